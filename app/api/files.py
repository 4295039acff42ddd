"""Files at the door: how they are declared, which kinds are taken, and how one leaves."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from tempfile import TemporaryFile
from typing import Annotated, Any, BinaryIO, Literal, TypeVar
from urllib.parse import quote

from fastapi import Depends, Header, Query, Request, Response
from fastapi.responses import StreamingResponse
from pydantic import BaseModel, TypeAdapter, ValidationError

from app.api.refusals import UnsupportedMediaType, ValidationFailed
from app.api.validation import field_error
from app.documents.workbook import CSV, JSON, PIECE, XLSX, CsvFile, XlsxFile

M = TypeVar("M", bound=BaseModel)
PLAIN_CSV = "text/csv"
BINARY = {"schema": {"type": "string", "format": "binary"}}
# Generated clients read text/* as text.
TEXT = {"schema": {"type": "string"}}


def file_body(model: type[BaseModel]) -> dict[str, Any]:
    """How the contract declares a body that is a workbook, a CSV file, or this model as JSON."""
    as_json = {"schema": {"$ref": f"#/components/schemas/{model.__name__}"}}
    return {"requestBody": {"required": True, "content": {XLSX: BINARY, PLAIN_CSV: BINARY, JSON: as_json}}}


def media_type_of(request: Request) -> str:
    """What kind of file the request brings; raises UnsupportedMediaType."""
    media_type = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if media_type not in {XLSX, PLAIN_CSV, JSON}:
        raise UnsupportedMediaType(accepted=f"{XLSX}, {PLAIN_CSV}, {JSON}")
    return media_type


def checked(content: bytes, shape: TypeAdapter[M]) -> bytes:
    """The shape of JSON is checked here, where a pointer still means something to the caller."""
    try:
        return shape.validate_json(content).model_dump_json(exclude_none=True).encode()
    except ValidationError as error:
        wrong = [one | {"loc": ("body", *one["loc"])} for one in error.errors(include_url=False)]
        raise ValidationFailed(errors=[field_error(dict(one)) for one in wrong[:1000]]) from error


def sheet_form(
    form: Annotated[
        Literal["csv", "xlsx"] | None, Query(alias="format", description="Goes before the Accept header.")
    ] = None,
    accept: Annotated[str | None, Header(include_in_schema=False)] = None,
) -> str:
    """The media type of a sheet: CSV unless the caller asks for a workbook."""
    return XLSX if form == "xlsx" or (form is None and XLSX in (accept or "")) else CSV


SheetForm = Annotated[str, Depends(sheet_form)]


def sheet_answer(description: str) -> dict[int | str, dict[str, Any]]:
    """How the contract declares an answer that is a sheet."""
    return {200: {"description": description, "content": {XLSX: BINARY, PLAIN_CSV: TEXT}}}


@dataclass(frozen=True, slots=True, kw_only=True)
class Leaving:
    """A sheet on its way out: of which kind, its own name, and that of its file, without an ending."""

    media_type: str
    sheet: str
    name: str


async def stream_sheet(rows: AsyncIterator[Sequence[Sequence[object]]], leaving: Leaving) -> Response:
    """Rows go to a temporary file as they come, and the file leaves piece by piece: memory does not grow with them.

    So nothing is sent before the last row is read, and an answer of 200 is never half a sheet.
    """
    file = TemporaryFile()  # noqa: SIM115  it outlives this call, and what streams it closes it
    try:
        await _fill(file, rows, leaving)
    except BaseException:
        file.close()
        raise
    ending = "xlsx" if leaving.media_type == XLSX else "csv"
    headers = attached(f"{leaving.name}.{ending}") | {"Content-Length": str(file.tell())}
    return StreamingResponse(_pieces(file), media_type=leaving.media_type, headers=headers)


async def _fill(file: BinaryIO, rows: AsyncIterator[Sequence[Sequence[object]]], leaving: Leaving) -> None:
    as_book = leaving.media_type == XLSX
    sheet = await asyncio.to_thread(XlsxFile, file, leaving.sheet) if as_book else CsvFile(file)
    async for some in rows:
        await asyncio.to_thread(sheet.add, some)
    await asyncio.to_thread(sheet.close)
    file.seek(0, 2)


async def _pieces(file: BinaryIO) -> AsyncIterator[bytes]:
    with file:
        file.seek(0)
        while piece := await asyncio.to_thread(file.read, PIECE):
            yield piece


def download(content: bytes, *, media_type: str, name: str) -> Response:
    return Response(content, media_type=media_type, headers=attached(name))


def attached(name: str) -> dict[str, str]:
    """A download under a name of any script (RFC 6266)."""
    if name.isascii():
        return {"Content-Disposition": f'attachment; filename="{name}"'}
    ending = name.rpartition(".")[2]
    plain = f"file.{ending}" if ending.isascii() else "file"
    return {"Content-Disposition": f"attachment; filename=\"{plain}\"; filename*=UTF-8''{quote(name, safe='')}"}
