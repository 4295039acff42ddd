"""The stop-day ledger: balances as known at any instant, entries with their reasons, hours posted and taken back."""

from collections.abc import Iterable
from datetime import datetime
from typing import Annotated, Literal
from uuid import UUID

from fastapi import Depends, Query
from pydantic import AwareDatetime, Field

from app.api.bodies import CivilDay, RequestBody
from app.api.evidence import EvidenceRequests
from app.api.language import Lang
from app.api.ledger_bodies import (
    LedgerEntryOut,
    LedgerEntryPage,
    LedgerOut,
    PostedOut,
    SettlementOut,
    SubjectLedgerOut,
    SubjectPlace,
    account_out,
    entry_out,
    places,
    total_due,
)
from app.api.pagination import PageQuery
from app.api.security import caller
from app.api.transactions import Idempotent, Unit, router
from app.documents.published import evaluator_of
from app.domain.access import Actor
from app.domain.errors import FieldError, Language
from app.domain.ledger.entries import Entry, Source, Sums
from app.domain.ledger.frame import AFTER_SEASON, frame_of
from app.domain.ledger.standing import HoursInvalid
from app.domain.periods import midnight
from app.domain.policies.pack import Pack
from app.persistence.decisions.runs import RunRepository
from app.persistence.enterprises.reading import EnterpriseReader
from app.persistence.ledger.repository import LedgerRepository, LedgerSearch, Settlement
from app.persistence.policies import PackRepository
from app.persistence.unit_of_work import UnitOfWork
from app.services import ledger
from app.services.decisions import settling
from app.services.decisions.settling import Settled

routes = router("ledger", "")
Reader = Annotated[Actor, Depends(caller("ledger:read"))]
Authority = Annotated[Actor, Depends(caller("ledger:write"))]
PackName = Annotated[str, Field(max_length=60)]
Season = Annotated[int, Field(ge=2013, le=2100)]
Text = Annotated[str, Field(min_length=1, max_length=500)]


class SourceRequest(RequestBody):
    """What the hours rest on: its id here, or the number of the paper."""

    kind: Literal["inspection", "document", "reading"]
    reference: Annotated[str, Field(min_length=1, max_length=200)]


class LedgerEntryRequest(RequestBody):
    """Hours a subject stood still, or is to; either instants or days (`until_day` exclusive, from midnight in China).

    Hours of the season count as served, hours after it as made up, whichever of the two is said.
    """

    pack: PackName
    season: Season
    subject_id: UUID
    kind: Literal["served", "made_up", "scheduled"]
    from_at: AwareDatetime | None = None
    until_at: AwareDatetime | None = None
    from_day: CivilDay | None = None
    until_day: CivilDay | None = None
    source: SourceRequest
    note: Annotated[str, Field(max_length=500)] = ""
    evidence: EvidenceRequests = Field(default_factory=list)

    def span(self) -> tuple[datetime, datetime]:
        """Raises HoursInvalid unless one whole pair is given."""
        by_instant, by_day = (self.from_at, self.until_at), (self.from_day, self.until_day)
        if self.from_at and self.until_at and by_day == (None, None):
            return self.from_at, self.until_at
        if self.from_day and self.until_day and by_instant == (None, None):
            return midnight(self.from_day), midnight(self.until_day)
        zh, en = (
            "写 from_at 与 until_at，或 from_day 与 until_day。",
            "give from_at and until_at, or from_day and until_day.",
        )
        raise HoursInvalid(errors=[FieldError(pointer="/from_at", code="one_pair", zh=zh, en=en)])


class ReversalRequest(RequestBody):
    """Why an entry is taken back."""

    reason: Text


class SettlementRequest(RequestBody):
    """Which ledger is settled as of today."""

    pack: PackName
    season: Season


def search(
    pack: Annotated[str | None, Query(max_length=60)] = None,
    season: Annotated[int | None, Query(ge=2013, le=2100)] = None,
    subject_id: UUID | None = None,
    known_at: Annotated[AwareDatetime | None, Query(description="As it was known at this instant.")] = None,
) -> LedgerSearch:
    return LedgerSearch(pack_name=pack, season=season, subject_id=subject_id, known_at=known_at)


Search = Annotated[LedgerSearch, Depends(search)]


@routes.get("/enterprises/{enterprise_id}/ledger")
async def get_ledger(enterprise_id: UUID, actor: Reader, uow: Unit, asked: Search) -> LedgerOut:
    """What every subject owes, has served and still has to stop, account by account."""
    enterprise = await EnterpriseReader(uow.session).get(enterprise_id, visible_to=actor)
    sums = await LedgerRepository(uow.session).sums(enterprise_id, asked, visible_to=actor)
    where = places(enterprise)
    books: dict[tuple[str, str, int], dict[str, Sums]] = {}
    for key, one in sums.items():
        books.setdefault(key[:3], {})[key.account] = one
    plans = {(pack, season) for _, pack, season in books}
    packs = {plan: await _settled_under(uow, enterprise_id, asked, *plan) for plan in plans}
    return LedgerOut(
        enterprise_id=enterprise_id,
        known_at=asked.known_at or uow.now,
        items=[_book(key, accounts, where.get(key[0]), packs[key[1:]]) for key, accounts in books.items()],
        due=total_due(list(sums.values())),
    )


@routes.get("/enterprises/{enterprise_id}/ledger/entries")
async def list_ledger_entries(
    *, enterprise_id: UUID, actor: Reader, uow: Unit, asked: Search, page: PageQuery, language: Lang
) -> LedgerEntryPage:
    """The journal in the order it was posted."""
    await EnterpriseReader(uow.session).head(enterprise_id, visible_to=actor)
    found = await LedgerRepository(uow.session).page(
        enterprise_id, asked, visible_to=actor, after=page.after, limit=page.limit + 1
    )
    items, next_cursor = page.cut(found, lambda one: (one[0].position,))
    packs = await _packs(uow, [entry for entry, _ in items])
    return LedgerEntryPage(
        items=[entry_out(entry, packs, language, reversed_by=by) for entry, by in items], next_cursor=next_cursor
    )


@routes.post("/enterprises/{enterprise_id}/ledger-entries", status_code=201, dependencies=[Idempotent])
async def post_ledger_entry(
    enterprise_id: UUID, body: LedgerEntryRequest, actor: Authority, uow: Unit, language: Lang
) -> PostedOut:
    """One entry per account the hours fall into; reserved to a person of the authority, and settled again at once."""
    from_at, until_at = body.span()
    said = ledger.Statement(
        ledger=ledger.Ledger(subject_id=body.subject_id, pack_name=body.pack, season=body.season),
        kind=body.kind,
        from_at=from_at,
        until_at=until_at,
        source=Source(kind=body.source.kind, reference=body.source.reference),
        note=body.note,
        evidence=tuple(one.evidence() for one in body.evidence),
    )
    entries = await ledger.post(uow, enterprise_id, said, by=actor)
    return await _posted(uow, entries, actor, language)


@routes.post("/ledger-entries/{entry_id}/reversal", status_code=201, dependencies=[Idempotent])
async def reverse_ledger_entry(
    entry_id: UUID, body: ReversalRequest, actor: Authority, uow: Unit, language: Lang
) -> PostedOut:
    """The entry stays readable and is negated once; settled again at once."""
    entry = await ledger.reverse(uow, entry_id, reason=body.reason, by=actor)
    return await _posted(uow, [entry], actor, language)


@routes.post("/enterprises/{enterprise_id}/settlements", status_code=201, dependencies=[Idempotent])
async def settle_ledger(
    enterprise_id: UUID, body: SettlementRequest, actor: Authority, uow: Unit, language: Lang
) -> SettlementOut:
    """As of today; what passing days leave unserved moves on, although nothing else is new."""
    settled = await settling.settle_now(uow, enterprise_id, body.pack, body.season, by=actor)
    return _settlement(settled, await _packs(uow, settled.entries), language)


async def _posted(uow: UnitOfWork, entries: list[Entry], by: Actor, language: Language) -> PostedOut:
    first = entries[0]
    settled = await settling.settle_enterprise(uow, first.enterprise_id, first.pack_name, first.season, by=by)
    packs = await _packs(uow, [*entries, *(settled.entries if settled else [])])
    return PostedOut(
        entries=[entry_out(one, packs, language) for one in entries],
        settlement=None if settled is None else _settlement(settled, packs, language),
    )


def _settlement(settled: Settled, packs: dict[str, Pack], language: Language) -> SettlementOut:
    one: Settlement = settled.settlement
    entries: list[LedgerEntryOut] = [entry_out(entry, packs, language) for entry in settled.entries]
    return SettlementOut(
        id=one.id,
        enterprise_id=one.enterprise_id,
        pack=one.pack_name,
        season=one.season,
        run_id=one.run_id,
        as_of=one.as_of,
        known_at=one.known_at,
        entries=entries,
    )


async def _packs(uow: UnitOfWork, entries: Iterable[Entry]) -> dict[str, Pack]:
    """The versions that entries cite."""
    found = [await PackRepository(uow.session).find(digest) for digest in sorted({one.pack_hash for one in entries})]
    return {one.hash: evaluator_of(one.document, one.hash).pack for one in found if one is not None}


async def _settled_under(
    uow: UnitOfWork, enterprise_id: UUID, asked: LedgerSearch, pack_name: str, season: int
) -> tuple[Settlement, Pack] | None:
    """The newest settlement of a plan, as known then, and the version it was made under."""
    wanted = LedgerSearch(pack_name=pack_name, season=season, known_at=asked.known_at)
    settlement = await LedgerRepository(uow.session).settlement(enterprise_id, wanted)
    run = None if settlement is None else await RunRepository(uow.session).get(enterprise_id, settlement.run_id)
    stored = None if run is None else await PackRepository(uow.session).find(run.pack_hash)
    if settlement is None or stored is None:
        return None
    return settlement, evaluator_of(stored.document, stored.hash).pack


def _book(
    key: tuple[str, str, int],
    accounts: dict[str, Sums],
    place: SubjectPlace | None,
    under: tuple[Settlement, Pack] | None,
) -> SubjectLedgerOut:
    subject_id, pack_name, season = key
    frame = None if under is None else frame_of(under[1], season, place.region if place else None)
    return SubjectLedgerOut(
        subject_id=UUID(subject_id),
        subject_level=place.level if place else None,
        subject_code=place.code if place else None,
        subject_name=place.name if place else None,
        pack=pack_name,
        season=season,
        settled_as_of=None if under is None else under[0].as_of,
        accounts=[account_out(name, sums, frame) for name, sums in _in_order(accounts)],
        due=total_due(list(accounts.values())),
    )


def _in_order(accounts: dict[str, Sums]) -> list[tuple[str, Sums]]:
    return sorted(accounts.items(), key=lambda one: (one[0] == AFTER_SEASON, one[0]))
