"""Exemption lists: places asked for and decided, versions published and locked, gaps found."""

from datetime import date
from typing import Annotated
from uuid import UUID

from fastapi import Depends, Query, Response

from app.api.bodies import RegionCode
from app.api.exemption_bodies import (
    CriterionOut,
    EntryOut,
    EntryPage,
    ExemptionListOut,
    ExemptionListPage,
    ExemptionListRequest,
    ExemptionReasonRequest,
    ExemptionRequest,
    ExemptionStepRequest,
    ExplainedEntry,
    GapsRequest,
    ListDiffOut,
    ListDocument,
    ListVersionList,
    ListVersionOut,
    PublicationOut,
    PublicationRequest,
)
from app.api.language import Lang
from app.api.long_work import OperationOut, accepted
from app.api.pagination import PageQuery
from app.api.preconditions import IfMatch, etag
from app.api.security import caller
from app.api.transactions import Idempotent, Unit, router
from app.documents.criteria import criterion_document
from app.domain.access import Actor
from app.domain.exemptions.entries import Entry, EntryState
from app.domain.periods import civil_day
from app.persistence.exemptions.entries import EntryRepository, EntrySearch
from app.persistence.exemptions.findings import FindingRepository
from app.persistence.exemptions.lists import ListRepository, ListSearch
from app.services import operations
from app.services.duties.filling import fill
from app.services.exemptions import comparing, handling, publishing, requesting
from app.services.exemptions.judging import evaluator_for, judged_now

routes = router("exemptions", "/exemption-lists")
Reader = Annotated[Actor, Depends(caller("exemptions:read"))]
Applicant = Annotated[Actor, Depends(caller("exemptions:write"))]
Authority = Annotated[Actor, Depends(caller("exemptions:decide"))]
Number = Annotated[int, Query(ge=0, le=10_000)]


def said(list_id: UUID, entry_id: UUID, body: ExemptionStepRequest, version: IfMatch) -> handling.Asked:
    evidence = tuple(piece.evidence() for piece in body.evidence)
    return handling.Asked(list_id=list_id, entry_id=entry_id, version=version, note=body.note, evidence=evidence)


def reasoned(list_id: UUID, entry_id: UUID, body: ExemptionReasonRequest, version: IfMatch) -> handling.Asked:
    evidence = tuple(piece.evidence() for piece in body.evidence)
    return handling.Asked(list_id=list_id, entry_id=entry_id, version=version, note=body.reason, evidence=evidence)


Said = Annotated[handling.Asked, Depends(said)]
Reasoned = Annotated[handling.Asked, Depends(reasoned)]


@routes.post("", status_code=201, dependencies=[Idempotent])
async def create_exemption_list(
    body: ExemptionListRequest, actor: Authority, uow: Unit, response: Response
) -> ExemptionListOut:
    """Reserved to a person of the authority that issued the plan; one list for each plan and season."""
    one = await requesting.open_list(uow, body.pack, body.season, by=actor)
    response.headers["ETag"] = etag(one.version)
    return ExemptionListOut.of(one)


@routes.get("")
async def list_exemption_lists(
    *,
    actor: Reader,
    uow: Unit,
    page: PageQuery,
    pack: Annotated[str | None, Query(max_length=60)] = None,
    season: Annotated[int | None, Query(ge=2013, le=2100)] = None,
    region: Annotated[RegionCode | None, Query(description="GB/T 2260 code; its subtree is included.")] = None,
) -> ExemptionListPage:
    """The lists a caller may see, by plan, season and region."""
    search = ListSearch(pack=pack, season=season, region=region)
    found = await ListRepository(uow.session).page(search, visible_to=actor, after=page.after, limit=page.limit + 1)
    items, next_cursor = page.cut(found, lambda one: (one.id,))
    return ExemptionListPage(items=[ExemptionListOut.of(one) for one in items], next_cursor=next_cursor)


@routes.get("/{list_id}")
async def get_exemption_list(list_id: UUID, actor: Reader, uow: Unit, response: Response) -> ExemptionListOut:
    """One list, its state and its version."""
    one = await ListRepository(uow.session).get(list_id, visible_to=actor)
    response.headers["ETag"] = etag(one.version)
    return ExemptionListOut.of(one)


@routes.post("/{list_id}/entries", status_code=201, dependencies=[Idempotent])
async def request_exemption(
    list_id: UUID, body: ExemptionRequest, actor: Applicant, uow: Unit, response: Response
) -> EntryOut:
    """By the enterprise or an officer; refused where the facts on record already say that the criterion fails."""
    wanted = requesting.Wanted(
        enterprise_id=body.enterprise_id,
        subject_id=body.subject_id,
        rule=body.rule,
        reason=body.reason,
        evidence=tuple(piece.evidence() for piece in body.evidence),
        expires_on=body.expires_on,
    )
    entry = await requesting.request(uow, list_id, wanted, by=actor)
    await fill(uow, entry.enterprise_id, by=actor)
    return out(uow, entry, response)


@routes.get("/{list_id}/entries")
async def list_exemption_entries(
    *,
    list_id: UUID,
    actor: Reader,
    uow: Unit,
    page: PageQuery,
    state: Annotated[EntryState | None, Query()] = None,
    enterprise_id: UUID | None = None,
) -> EntryPage:
    """Places on a list, asked for, granted, doubted or gone."""
    await ListRepository(uow.session).get(list_id, visible_to=actor)
    today = civil_day(uow.now)
    search = EntrySearch(day=today, state=state, enterprise_id=enterprise_id)
    found = await EntryRepository(uow.session).page(
        list_id, search, visible_to=actor, after=page.after, limit=page.limit + 1
    )
    items, next_cursor = page.cut(found, lambda one: (one.id,))
    return EntryPage(items=[EntryOut.of(one, today) for one in items], next_cursor=next_cursor)


@routes.get("/{list_id}/entries/{entry_id}")
async def get_exemption_entry(
    list_id: UUID, entry_id: UUID, *, actor: Reader, uow: Unit, language: Lang, response: Response
) -> ExplainedEntry:
    """With every step and finding, and all criteria for the same fact by what is known now."""
    one = await ListRepository(uow.session).get(list_id, visible_to=actor)
    entries = EntryRepository(uow.session)
    entry = await entries.get(list_id, entry_id, visible_to=actor)
    judged = await judged_now(uow, one, entry, by=actor)
    criteria = [] if judged is None else [criterion_document(item, judged.pack, language) for item in judged.every]
    response.headers["ETag"] = etag(entry.version)
    return ExplainedEntry.whole(
        entry,
        day=civil_day(uow.now),
        steps=await entries.steps(entry),
        findings=await FindingRepository(uow.session).of(entry),
        criteria=[CriterionOut.model_validate(item) for item in criteria],
    )


@routes.post("/{list_id}/entries/{entry_id}/review", status_code=201, dependencies=[Idempotent])
async def review_exemption(asked: Said, actor: Authority, uow: Unit, response: Response) -> EntryOut:
    """Reserved to a person of the authority who did not ask for the place."""
    return out(uow, await handling.review(uow, asked, by=actor), response)


@routes.post("/{list_id}/entries/{entry_id}/approval", status_code=201, dependencies=[Idempotent])
async def approve_exemption(asked: Said, actor: Authority, uow: Unit, response: Response) -> EntryOut:
    """Only where the criterion claimed is met by the facts known now; the next version puts it on the list."""
    return out(uow, await handling.approve(uow, asked, by=actor), response)


@routes.post("/{list_id}/entries/{entry_id}/refusal", status_code=201, dependencies=[Idempotent])
async def refuse_exemption(asked: Reasoned, actor: Authority, uow: Unit, response: Response) -> EntryOut:
    """Marked where the plan lists everybody who meets the criterion and this one does."""
    return out(uow, await handling.refuse(uow, asked, by=actor), response)


@routes.post("/{list_id}/entries/{entry_id}/withdrawal", status_code=201, dependencies=[Idempotent])
async def withdraw_exemption(asked: Said, actor: Applicant, uow: Unit, response: Response) -> EntryOut:
    """By whoever asked for it, until it is on the list."""
    return out(uow, await handling.withdraw(uow, asked, by=actor), response)


@routes.post("/{list_id}/entries/{entry_id}/revocation", status_code=201, dependencies=[Idempotent])
async def revoke_exemption(asked: Reasoned, actor: Authority, uow: Unit, response: Response) -> EntryOut:
    """Takes effect with the next version, which should follow promptly."""
    return out(uow, await handling.revoke(uow, asked, by=actor), response)


@routes.post("/{list_id}/entries/{entry_id}/retention", status_code=201, dependencies=[Idempotent])
async def retain_exemption(asked: Reasoned, actor: Authority, uow: Unit, response: Response) -> EntryOut:
    """Keeps a doubted entry; the same doubt is not raised again."""
    return out(uow, await handling.retain(uow, asked, by=actor), response)


@routes.post("/{list_id}/publication", status_code=201, dependencies=[Idempotent])
async def publish_exemption_list(
    list_id: UUID, body: PublicationRequest, *, actor: Authority, version: IfMatch, uow: Unit, response: Response
) -> PublicationOut:
    """Locks the next version: everybody approved or listed, without the revoked and those whose last day is over."""
    wanted = publishing.Publication(
        version=version,
        effective_on=body.effective_on,
        basis=body.basis,
        filing=() if body.document is None else (body.document.evidence(),),
    )
    made = await publishing.publish(uow, list_id, wanted, by=actor)
    response.headers["ETag"] = etag(made.list.version)
    return PublicationOut(
        version=ListVersionOut.of(made.version, made.list.newest),
        diff=ListDiffOut.of(made.diff),
        enterprise_ids=list(made.enterprises),
    )


@routes.get("/{list_id}/versions")
async def list_exemption_versions(list_id: UUID, actor: Reader, uow: Unit) -> ListVersionList:
    """Every version that was published, locked and chained by hash."""
    lists = ListRepository(uow.session)
    one = await lists.get(list_id, visible_to=actor)
    return ListVersionList(items=[ListVersionOut.of(version, one.newest) for version in await lists.versions(one)])


@routes.get("/{list_id}/versions/{number}")
async def get_exemption_version(list_id: UUID, number: int, actor: Reader, uow: Unit) -> ListDocument:
    """The list as published, whoever stands on it."""
    lists = ListRepository(uow.session)
    one = await lists.get(list_id, visible_to=actor)
    return ListDocument.whole(await lists.version(one, number), one.newest)


@routes.get("/{list_id}/diff")
async def compare_exemption_versions(
    list_id: UUID,
    *,
    actor: Reader,
    uow: Unit,
    from_: Annotated[Number, Query(alias="from", description="0 is the empty list before the first version.")],
    to: Annotated[Number, Query(description="A later version.")],
) -> ListDiffOut:
    """What one published version has that another has not."""
    one = await ListRepository(uow.session).get(list_id, visible_to=actor)
    return ListDiffOut.of(await comparing.compare(uow, one, first=from_, last=to))


@routes.get("/{list_id}/draft")
async def preview_exemption_list(
    list_id: UUID,
    *,
    actor: Authority,
    uow: Unit,
    effective_on: Annotated[date | None, Query(description="Of the version to come; today if absent.")] = None,
) -> ListDiffOut:
    """What publishing would change now; nothing is stored."""
    one = await ListRepository(uow.session).get(list_id, visible_to=actor)
    return ListDiffOut.of(await comparing.preview(uow, one, on=effective_on or civil_day(uow.now), by=actor))


@routes.post("/{list_id}/gaps", status_code=202, dependencies=[Idempotent])
async def find_exemption_gaps(
    list_id: UUID, body: GapsRequest, *, actor: Reader, uow: Unit, language: Lang, response: Response
) -> OperationOut:
    """Over the register of the list's region: eligible and unlisted, listed and no longer meeting a criterion."""
    one = await ListRepository(uow.session).get(list_id, visible_to=actor)
    await evaluator_for(uow, one)
    day = one.day(body.day or civil_day(uow.now))
    payload = {"list_id": str(one.id), "pack": one.pack_name, "season": one.season, "region": one.region}
    operation = await operations.start(
        uow,
        kind="find_list_gaps",
        payload={**payload, "day": day.isoformat(), "language": language},
        by=actor,
        now=uow.now,
    )
    return accepted(operation, response, language)


def out(uow: Unit, one: Entry, response: Response) -> EntryOut:
    response.headers["ETag"] = etag(one.version)
    return EntryOut.of(one, civil_day(uow.now))
