"""Settling: what a run demands is compared with what was posted, and the ledger gets the difference."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from app.domain.access import Actor, Origin
from app.domain.decisions.changes import Standpoint
from app.domain.errors import Conflict
from app.domain.events import Event
from app.domain.ledger.demands import Obligation, demands
from app.domain.ledger.entries import NOTHING, Entry, Posting, Source, balances
from app.domain.ledger.frame import keeps_ledger
from app.domain.ledger.settle import settle
from app.domain.ledger.standing import PackKeepsNoLedger
from app.domain.periods import civil_day
from app.integrations.ids import new_id
from app.persistence.decisions.runs import Run, RunRepository
from app.persistence.enterprises.reading import EnterpriseReader
from app.persistence.ledger.repository import LedgerRepository, Settlement, Tail
from app.persistence.unit_of_work import UnitOfWork
from app.services.decisions.reading import NotDecided, standpoint


@dataclass(frozen=True, slots=True, kw_only=True)
class Basis:
    """The run that an enterprise is settled under, and what it stood on."""

    enterprise_id: UUID
    run_id: UUID
    stands_on: Standpoint


@dataclass(frozen=True, slots=True, kw_only=True)
class Settled:
    """A settling and the entries it posted, perhaps none."""

    settlement: Settlement
    entries: list[Entry]


class DecidedMeanwhile(Conflict):
    code = "decided_meanwhile"
    zh = "该企业正在重新决定，台账将随新决定结算；请稍后再试。"
    en = "This enterprise is just being decided again and will be settled with that; try again in a moment."


async def settle_now(uow: UnitOfWork, enterprise_id: UUID, pack_name: str, season: int, *, by: Actor) -> Settled:
    """Settle one enterprise because somebody asked; kept as evidence even where nothing was missing."""
    settled = await settle_enterprise(uow, enterprise_id, pack_name, season, by=by, keep_empty=True)
    if settled is None:
        raise DecidedMeanwhile()
    return settled


async def settle_enterprise(
    uow: UnitOfWork, enterprise_id: UUID, pack_name: str, season: int, *, by: Actor, keep_empty: bool = False
) -> Settled | None:
    """Settle one enterprise as of today, under its newest run; None where nothing was missing, unless it is kept.

    Raises NotDecided, or PackKeepsNoLedger.
    """
    head = await EnterpriseReader(uow.session).head(enterprise_id, visible_to=by, lock=True)
    by.must_look_after(head.region)
    runs = await RunRepository(uow.session).newest_of([enterprise_id], pack_name, season)
    if not runs:
        raise NotDecided(enterprise_id=enterprise_id)
    basis = await _basis(uow, runs[0])
    if not keeps_ledger(basis.stands_on.evaluator.pack):
        raise PackKeepsNoLedger(pack=pack_name)
    found = await settle_all(uow, [basis], season=season, by=by, keep_empty=keep_empty)
    return found[0] if found else None


async def settle_again(uow: UnitOfWork, ids: Sequence[UUID], pack_name: str, season: int, *, by: Actor) -> int:
    """Settle enterprises as of today under their newest runs; returns how many got entries."""
    runs = await RunRepository(uow.session).newest_of(ids, pack_name, season)
    return len(await settle_all(uow, [await _basis(uow, run) for run in runs], season=season, by=by))


async def _basis(uow: UnitOfWork, run: Run) -> Basis:
    return Basis(enterprise_id=run.enterprise_id, run_id=run.id, stands_on=await standpoint(uow, run))


async def settle_all(
    uow: UnitOfWork, bases: Sequence[Basis], *, season: int, by: Actor, keep_empty: bool = False
) -> list[Settled]:
    """Post what is missing for enterprises under one pack; answers those that got something (`keep_empty`: all).

    Under the lock, whoever is not the newest run of an enterprise leaves it to the newer one.
    """
    if not bases:
        return []
    pack_name = bases[0].stands_on.evaluator.pack.name
    ids = [one.enterprise_id for one in bases]
    ledger = LedgerRepository(uow.session)
    tails = await ledger.tails(ids)
    newest = {run.id for run in await RunRepository(uow.session).newest_of(ids, pack_name, season)}
    posted = await ledger.of_plan(ids, pack_name, season)
    found: list[Settled] = []
    events: list[Event] = []
    for basis in (one for one in bases if one.run_id in newest):
        known = posted.get(basis.enterprise_id, [])
        postings = settle(obligations(basis.stands_on, season), known, as_of=civil_day(uow.now))
        if postings or keep_empty:
            tail = tails[basis.enterprise_id]
            settled = _settled(uow, basis, postings, tail, season=season, by=by)
            found.append(settled)
            events.append(_event(settled, [*known, *settled.entries], tail.region))
    await ledger.add_settlements([one.settlement for one in found])
    await ledger.add([entry for one in found for entry in one.entries])
    await uow.record_all(events, by=by)
    return found


def obligations(stood: Standpoint, season: int) -> Mapping[str, Obligation]:
    return demands(stood.evaluator, stood.tree, season=season, acts=stood.acts)


def _settled(
    uow: UnitOfWork, basis: Basis, postings: Sequence[Posting], tail: Tail, *, season: int, by: Actor
) -> Settled:
    pack = basis.stands_on.evaluator.pack
    settlement = Settlement(
        id=new_id(),
        enterprise_id=basis.enterprise_id,
        pack_name=pack.name,
        season=season,
        run_id=basis.run_id,
        as_of=civil_day(uow.now),
        seen=tail.position,
        known_at=_not_before(uow.now, tail.known_at),
    )
    entries = [
        Entry(
            id=new_id(),
            enterprise_id=basis.enterprise_id,
            position=position,
            pack_name=pack.name,
            pack_hash=pack.hash,
            season=season,
            posting=posting,
            source=Source(kind="run", reference=str(basis.run_id)),
            known_at=settlement.known_at,
            by=Origin.of(by),
            settlement_id=settlement.id,
        )
        for position, posting in enumerate(postings, start=tail.position + 1)
    ]
    return Settled(settlement=settlement, entries=entries)


def _not_before(now: datetime, last: datetime | None) -> datetime:
    """A request that waited for another was begun earlier; its entries are known after the other's all the same."""
    return now if last is None else max(now, last)


def _event(settled: Settled, journal: Iterable[Entry], region: str) -> Event:
    one = settled.settlement
    due: dict[str, dict[str, str]] = {}
    for key, sums in balances(journal).items():
        if sums.due > NOTHING:
            due.setdefault(key.subject_id, {})[key.account] = f"{sums.due:f}"
    return Event(
        type="ledger.settled",
        subject=str(one.id),
        enterprise_id=str(one.enterprise_id),
        region=region,
        data={
            "pack": one.pack_name,
            "season": one.season,
            "run_id": str(one.run_id),
            "as_of": one.as_of.isoformat(),
            "postings": [_posted(entry.posting) for entry in settled.entries],
            "due_hours": due,
        },
    )


def _posted(one: Posting) -> dict[str, Any]:
    return {
        "subject_id": one.subject_id,
        "account": one.account,
        "kind": one.kind,
        "hours": f"{one.hours:f}",
        "reason": one.reason,
    }
