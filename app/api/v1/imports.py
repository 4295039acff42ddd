"""Imports: templates to fill in, and files that land row by row."""

from typing import Annotated, Literal

from fastapi import Depends, Query, Request, Response
from pydantic import Field, TypeAdapter

from app.api.bodies import RequestBody
from app.api.files import BINARY, PLAIN_CSV, TEXT, checked, download, file_body, media_type_of
from app.api.known_facts import KnownFacts
from app.api.language import Lang
from app.api.long_work import OperationOut, accepted
from app.api.security import caller
from app.api.structure import EnterpriseRequest
from app.api.transactions import Idempotent, Unit, router
from app.documents.spreadsheet import GUIDE, guide, titles
from app.documents.workbook import CSV, JSON, XLSX, write_csv, write_xlsx
from app.domain.access import Actor
from app.domain.enterprises.columns import COLUMNS, SHEETS, RowLevel
from app.domain.errors import Invalid
from app.services.enterprises import imports
from app.services.enterprises.yardsticks import options

routes = router("imports", prefix="")
Importer = Annotated[Actor, Depends(caller("imports:write"))]
Reader = Annotated[Actor, Depends(caller("imports:read"))]
Template = Literal[
    "register.xlsx",
    "enterprise.csv",
    "site.csv",
    "line.csv",
    "process.csv",
    "unit.csv",
    "coupling.csv",
    "meter.csv",
]


class LevelMissing(Invalid):
    code = "level_missing"
    zh = "CSV 文件须以 ?level= 说明是哪一张表：enterprise、site、line、process、unit、coupling 或 meter。"
    en = "A CSV file needs ?level=: enterprise, site, line, process, unit, coupling or meter."


class RegisterFile(RequestBody):
    """The register as JSON."""

    items: Annotated[list[EnterpriseRequest], Field(min_length=1, max_length=50_000)]


_FILE = TypeAdapter(RegisterFile)


@routes.get(
    "/import-templates/{template}",
    response_class=Response,
    responses={200: {"description": "A template with its headers.", "content": {XLSX: BINARY, CSV: TEXT}}},
)
async def get_import_template(template: Template, _: Reader, catalogue: KnownFacts) -> Response:
    """One sheet or file per level; own codes are keys, a blank cell is unknown."""
    if template == "register.xlsx":
        sheets = [(SHEETS[level], [titles(level, catalogue)]) for level in COLUMNS]
        content = write_xlsx([*sheets, (GUIDE, guide(catalogue, options()))])
        media_type = XLSX
    else:
        level = next(level for level in COLUMNS if template == f"{level}.csv")
        content, media_type = write_csv([titles(level, catalogue)]), CSV
    return download(content, media_type=media_type, name=template)


@routes.post(
    "/imports",
    status_code=202,
    dependencies=[Idempotent],
    openapi_extra=file_body(RegisterFile),
)
async def import_register(
    *,
    request: Request,
    actor: Importer,
    uow: Unit,
    language: Lang,
    response: Response,
    level: Annotated[RowLevel | None, Query(description="Which sheet a CSV file is.")] = None,
) -> OperationOut:
    """Good rows land and bad ones come back with sheet, line, field, code and message; sending again changes nothing."""
    content = await request.body()
    media_type = media_type_of(request)
    if media_type == PLAIN_CSV and level is None:
        raise LevelMissing()
    if media_type == JSON:
        content = checked(content, _FILE)
    operation = await imports.start_import(
        uow, content, media_type=media_type, level=level, language=language, by=actor
    )
    return accepted(operation, response, language)
