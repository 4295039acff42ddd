"""Public lists, for anybody: no token, nothing personal, nothing that was not published."""

import asyncio
from collections.abc import Callable
from typing import Annotated, Any, Literal
from uuid import UUID

import orjson
from fastapi import Depends, Path, Query, Response

from app.api.bodies import RegionCode
from app.api.disclosure_bodies import PublicListDiff, PublicListOut, PublicListPage, PublicListVersion
from app.api.files import BINARY, PLAIN_CSV, TEXT
from app.api.language import Lang
from app.api.pagination import PageQuery
from app.api.public_answers import LOCKED, PASSING, Shown, count_address, shown
from app.api.refusals import HttpRefusal
from app.api.transactions import Unit, router
from app.documents.disclosures.forms import HTML, csv_of, page_of, xlsx_of
from app.documents.disclosures.sealed import rows_of
from app.documents.workbook import CSV, JSON, XLSX
from app.domain.disclosures.rows import ListKind, diff
from app.domain.errors import Language
from app.persistence.disclosures.public import PublicListReader, PublicSearch, PublicVersion

routes = router("disclosures", "/public/lists")
Number = Annotated[int, Path(ge=1, le=10_000)]
Asked = Annotated[int, Query(ge=1, le=10_000)]
Form = Literal["csv", "xlsx", "html"]
FORMS: dict[int | str, dict[str, Any]] = {
    200: {"description": "The list.", "content": {PLAIN_CSV: TEXT, XLSX: BINARY, "text/html": TEXT}}
}
CSP = {"Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'"}
COUNTED = [Depends(count_address)]


class PublicListWithdrawn(HttpRefusal):
    code = "public_list_withdrawn"
    http = 410
    zh = "第 {number} 版已由{office}撤回：{reason}。"
    en = "Version {number} was withdrawn by {office}: {reason}."


@routes.get("", response_model=PublicListPage, dependencies=COUNTED)
async def list_public_lists(
    *,
    uow: Unit,
    page: PageQuery,
    response: Response,
    region: Annotated[RegionCode | None, Query(description="GB/T 2260 code; its subtree is included.")] = None,
    season: Annotated[int | None, Query(ge=2013, le=2100)] = None,
    kind: Annotated[ListKind | None, Query()] = None,
    pack: Annotated[str | None, Query(max_length=60)] = None,
    q: Annotated[
        str | None,
        Query(min_length=2, max_length=100, description="Part of an enterprise's name or credit code on the list."),
    ] = None,
) -> Response:
    """Lists with at least one version, newest first; a version that was withdrawn says why."""
    search = PublicSearch(region=region, season=season, kind=kind, pack=pack, q=q)
    found = await PublicListReader(uow.session).page(search, after=page.after, limit=page.limit + 1)
    items, next_cursor = page.cut(found, lambda one: (one.series.id,))
    body = PublicListPage(items=[PublicListOut.of(one) for one in items], next_cursor=next_cursor)
    changed_at = max((one.changed_at for one in items), default=None)
    link = {"Link": response.headers["Link"]} if "Link" in response.headers else {}
    return shown(Shown(content=body.model_dump_json().encode(), media_type=JSON, changed_at=changed_at), headers=link)


@routes.get("/{list_id}.{form}", response_class=Response, responses=FORMS, dependencies=COUNTED)
async def download_public_list(list_id: UUID, form: Form, uow: Unit, language: Lang) -> Response:
    """The newest version, to keep or to print."""
    reader = PublicListReader(uow.session)
    newest = (await reader.get(list_id)).versions[-1]
    return await _formed(reader, newest, form, language, keeping=PASSING)


@routes.get("/{list_id}", response_model=PublicListOut, dependencies=COUNTED)
async def get_public_list(list_id: UUID, uow: Unit) -> Response:
    """Every version with its hash, by which decision of which office it was published, and what was withdrawn."""
    one = await PublicListReader(uow.session).get(list_id)
    content = PublicListOut.of(one).model_dump_json().encode()
    return shown(Shown(content=content, media_type=JSON, changed_at=one.changed_at))


@routes.get("/{list_id}/versions/{number}.{form}", response_class=Response, responses=FORMS, dependencies=COUNTED)
async def download_public_list_version(
    list_id: UUID, number: Number, form: Form, uow: Unit, language: Lang
) -> Response:
    """One version, to keep or to print."""
    reader = PublicListReader(uow.session)
    return await _formed(reader, await reader.version(list_id, number), form, language, keeping=LOCKED)


@routes.get("/{list_id}/versions/{number}", response_model=PublicListVersion, dependencies=COUNTED)
async def get_public_list_version(list_id: UUID, number: Number, uow: Unit) -> Response:
    """The very bytes that were hashed when it was published."""
    reader = PublicListReader(uow.session)
    one = await reader.version(list_id, number)
    content = (await _document(reader, one)).encode()
    changed_at = one.publication.known_at
    return shown(Shown(content=content, media_type=JSON, changed_at=changed_at, keeping=LOCKED))


@routes.get("/{list_id}/diff", response_model=PublicListDiff, dependencies=COUNTED)
async def compare_public_list_versions(
    list_id: UUID, *, uow: Unit, from_: Annotated[Asked, Query(alias="from")], to: Asked
) -> Response:
    """What the version `to` has that `from` has not, row by row and column by column."""
    reader = PublicListReader(uow.session)
    both = [await reader.version(list_id, number) for number in (from_, to)]
    before, after = [rows_of(await _document(reader, one)) for one in both]
    content = PublicListDiff.of(diff(before, after)).model_dump_json().encode()
    changed_at = max(one.publication.known_at for one in both)
    return shown(Shown(content=content, media_type=JSON, changed_at=changed_at, keeping=LOCKED))


async def _document(reader: PublicListReader, one: PublicVersion) -> str:
    """Raises PublicListWithdrawn, which is all that is left to say of such a version."""
    if one.withdrawal is not None:
        gone = one.withdrawal
        raise PublicListWithdrawn(
            number=one.publication.number, office=gone.withdrawn_by.office, reason=gone.reason.rstrip("。.")
        )
    return await reader.document(one)


async def _formed(
    reader: PublicListReader, one: PublicVersion, form: Form, language: Language, *, keeping: str
) -> Response:
    document = orjson.loads(await _document(reader, one))
    write, media_type = WRITERS[form]
    content = await asyncio.to_thread(write, document, one.publication.hash, language)
    name = f'{"inline" if form == "html" else "attachment"}; filename="{one.publication.serial}.{form}"'
    headers = {"Content-Disposition": name, "Content-Language": language, **(CSP if form == "html" else {})}
    changed_at = one.publication.known_at
    return shown(Shown(content=content, media_type=media_type, changed_at=changed_at, keeping=keeping), headers=headers)


WRITERS: dict[Form, tuple[Callable[[dict[str, Any], str, Language], bytes], str]] = {
    "csv": (lambda document, _, language: csv_of(document, language), CSV),
    "xlsx": (lambda document, _, language: xlsx_of(document, language), XLSX),
    "html": (page_of, HTML),
}
