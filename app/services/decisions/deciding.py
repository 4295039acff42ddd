"""Deciding: snapshot, evaluate the season, append what changed."""

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple
from uuid import UUID

import orjson

from app.documents.published import evaluator_of
from app.domain.access import Actor
from app.domain.acts.effects import Effect
from app.domain.decisions.changes import Standpoint
from app.domain.decisions.evaluate import EVALUATOR_VERSION, Evaluator
from app.domain.decisions.flat import FlatDecider, FlatSubject, flatten
from app.domain.decisions.season import decide_season
from app.domain.ledger.frame import keeps_ledger
from app.domain.policies.pack import Pack
from app.integrations.geometry import BuiltUpRuler
from app.integrations.ids import new_ids
from app.persistence.acts.in_force import InForceReader
from app.persistence.decisions.ready_rows import ReadyDecisions, ReadyRuns
from app.persistence.decisions.runs import RunRepository, StandsOn
from app.persistence.decisions.snapshots import Head, SnapshotRepository
from app.persistence.decisions.stale import StaleRepository
from app.persistence.enterprises.reading import EnterpriseReader
from app.persistence.facts.snapshots import SnapshotReader
from app.persistence.policies import PackNotInForce, PackRepository, StoredPack
from app.persistence.unit_of_work import UnitOfWork
from app.services.decisions.settling import Basis, settle_all

# Enterprises decided between two writes to the server: about what a socket takes at once, in some milliseconds.
CHUNK = 250


@dataclass(frozen=True, slots=True, kw_only=True)
class Task:
    """One pack and one season, made ready."""

    pack: StoredPack
    season: int
    evaluator: Evaluator
    flat: FlatDecider
    # What was already said, as bytes.
    ready: ReadyDecisions
    # Whether the pack counts stop days, so that what a run demands is settled with it.
    keeps_ledger: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """What deciding some enterprises stands on, as known at an instant, and what their newest runs stood on."""

    heads: Sequence[Head]
    acts: Mapping[UUID, Sequence[Effect]]
    newest: Mapping[UUID, StandsOn]
    known_at: datetime


class Due(NamedTuple):
    """An enterprise to decide, and the run that will say so."""

    head: Head
    run_id: bytes
    act_ids: tuple[UUID, ...]
    acts: Sequence[Effect]


async def task(uow: UnitOfWork, pack_name: str, season: int, *, last: Task | None = None) -> Task:
    """The version of a pack in force in a season, ready to decide (`last`, if that is still the one).

    Raises PackUnknown or PackNotInForce.
    """
    pack = await PackRepository(uow.session).get(pack_name, season=season)
    if last is not None and (last.pack.hash, last.season) == (pack.hash, season):
        return last
    evaluator = evaluator_of(pack.document, pack.hash)
    return Task(
        pack=pack,
        season=season,
        evaluator=evaluator,
        flat=FlatDecider(evaluator, season),
        ready=ReadyDecisions(),
        keeps_ledger=keeps_ledger(evaluator.pack),
    )


async def decide_enterprise(uow: UnitOfWork, enterprise_id: UUID, pack_name: str, season: int, *, by: Actor) -> bool:
    """Decide one enterprise now; false when nothing it stands on has changed since the newest run."""
    await EnterpriseReader(uow.session).head(enterprise_id, visible_to=by, lock=True)
    work = await task(uow, pack_name, season)
    snapshots = await take_snapshots(uow, [enterprise_id], by=by)
    return await decide(uow, work, snapshots, known_at=uow.now, by=by) > 0


async def take_snapshots(uow: UnitOfWork, ids: Sequence[UUID], *, by: Actor) -> list[Head]:
    """Write down what is known of these enterprises at this instant, each under the hash of its content."""
    reader = SnapshotReader(uow.session, ruler=BuiltUpRuler)
    trees = await reader.of(ids, known_at=uow.now, visible_to=by)
    taken: list[tuple[Head, bytes]] = []
    for tree in trees:
        document = orjson.dumps(tree, option=orjson.OPT_SORT_KEYS)
        digest = hashlib.sha256(document).digest()
        taken.append((Head(UUID(tree["id"]), digest, orjson.dumps(flatten(tree))), document))
    await SnapshotRepository(uow.session).add(taken, known_at=uow.now)
    return [head for head, _ in taken]


async def decide(uow: UnitOfWork, work: Task, heads: Sequence[Head], *, known_at: datetime, by: Actor) -> int:
    """Evaluate snapshots and append the runs that differ from the newest ones; returns how many."""
    return await store(uow, work, await known(uow, work.pack.name, work.season, heads, known_at=known_at), by=by)


async def known(uow: UnitOfWork, pack_name: str, season: int, heads: Sequence[Head], *, known_at: datetime) -> Known:
    """Everything but the pack that decisions on these snapshots stand on; they count as made at `known_at`."""
    ids = [head.enterprise_id for head in heads]
    return Known(
        heads=heads,
        acts=await InForceReader(uow.session).known(ids, pack_name, season, known_at=known_at),
        newest=await RunRepository(uow.session).newest_keys(ids, pack_name, season),
        known_at=known_at,
    )


async def store(uow: UnitOfWork, work: Task, found: Known, *, by: Actor) -> int:
    """Append the runs that differ from the newest ones, and settle under each; returns how many."""
    due = list(_due(work, found))
    if not due:
        return 0
    runs = RunRepository(uow.session)
    slow: list[Due] = []
    await runs.add_decisions(_decided_fast(work, due, slow))
    if slow:
        documents = await SnapshotRepository(uow.session).documents([one.head for one in slow])
        await runs.add_decisions(_decided_fully(work, slow, documents))
    await runs.add(_runs(work, due, found.known_at))
    if work.keeps_ledger:
        await _settle(uow, work, due, by)
    return len(due)


async def _settle(uow: UnitOfWork, work: Task, due: Sequence[Due], by: Actor) -> None:
    # In order of ids, because settling locks enterprises and two regions may overlap.
    in_order = sorted(due, key=lambda one: one.head.enterprise_id)
    for start in range(0, len(in_order), CHUNK):
        part = in_order[start : start + CHUNK]
        documents = await SnapshotRepository(uow.session).documents([one.head for one in part])
        await settle_all(uow, [_basis(work, one, documents) for one in part], season=work.season, by=by)


def _basis(work: Task, due: Due, documents: Mapping[UUID, bytes]) -> Basis:
    enterprise_id = due.head.enterprise_id
    stood = Standpoint(evaluator=work.evaluator, tree=orjson.loads(documents[enterprise_id]), acts=due.acts)
    return Basis(enterprise_id=enterprise_id, run_id=UUID(bytes=due.run_id), stands_on=stood)


def _due(work: Task, found: Known) -> Iterator[Due]:
    for head, run_id in zip(found.heads, new_ids(len(found.heads)), strict=True):
        own = found.acts.get(head.enterprise_id, ())
        act_ids = tuple(sorted(step for act in own for step in act.steps)) if own else ()
        if found.newest.get(head.enterprise_id) != (head.hash, work.pack.hash, act_ids, EVALUATOR_VERSION):
            yield Due(head, run_id, act_ids, own)


def _decided_fast(work: Task, due: Sequence[Due], slow: list[Due]) -> Iterator[bytes]:
    """Rows by the fast way, some enterprises at a time; those it cannot decide are put into `slow`."""
    decide_flat, write = work.flat.decide, work.ready.rows
    for start in range(0, len(due), CHUNK):
        rows: list[bytes] = []
        for one in due[start : start + CHUNK]:
            head = one.head
            stretches = None if one.act_ids else decide_flat(orjson.loads(head.flat))
            if stretches is None:
                slow.append(one)
            else:
                rows.append(write(head.enterprise_id, one.run_id, stretches))
        yield b"".join(rows)


def _decided_fully(work: Task, due: Sequence[Due], documents: Mapping[UUID, bytes]) -> Iterator[bytes]:
    """Rows by the full tree, one enterprise at a time."""
    for one in due:
        enterprise = one.head.enterprise_id
        stretches = decide_season(
            work.evaluator, orjson.loads(documents[enterprise]), season=work.season, acts=one.acts
        )
        yield work.ready.rows(enterprise, one.run_id, stretches)


def _runs(work: Task, due: Sequence[Due], known_at: datetime) -> Iterator[bytes]:
    ready = ReadyRuns(
        pack_name=work.pack.name,
        pack_hash=work.pack.hash,
        season=work.season,
        version=EVALUATOR_VERSION,
        known_at=known_at,
    )
    for start in range(0, len(due), CHUNK):
        part = due[start : start + CHUNK]
        yield b"".join([ready.row(one.head.enterprise_id, one.run_id, one.head.hash, one.act_ids) for one in part])


def governs(pack: Pack, head: Head) -> bool:
    """Whether something of the enterprise lies where the plan speaks."""
    flat: list[FlatSubject] = orjson.loads(head.flat)
    return any(pack.governs(subject[4]) for subject in flat)


async def redecide_stale(
    uow: UnitOfWork, *, limit: int, by: Actor, default: Sequence[tuple[str, int]]
) -> Sequence[UUID]:
    """Decide enterprises again about which something new is known; `default` for those never decided."""
    stale = StaleRepository(uow.session)
    waiting = await stale.waiting(limit)
    await EnterpriseReader(uow.session).locked(waiting, visible_to=by)
    ids = await stale.take_of(waiting)
    if ids:
        await redecide(uow, ids, by=by, default=default)
    return ids


async def redecide(
    uow: UnitOfWork, ids: Sequence[UUID], *, by: Actor, default: Sequence[tuple[str, int]]
) -> list[tuple[Task, list[Head]]]:
    """Decide enterprises under every pack and season they were decided under, and under `default` where it governs them.

    Answers the packs with the enterprises each decided.
    """
    snapshots = await take_snapshots(uow, ids, by=by)
    wanted = await RunRepository(uow.session).seasons(ids)
    found: list[tuple[Task, list[Head]]] = []
    for pack_name, season in sorted({pair for pairs in wanted.values() for pair in pairs} | set(default)):
        try:
            work = await task(uow, pack_name, season)
        except PackNotInForce:
            # A retired version decides nothing new; what it decided stays.
            continue
        pair = (pack_name, season)
        chosen = [
            one
            for one in snapshots
            if pair in wanted[one.enterprise_id] or (pair in default and governs(work.evaluator.pack, one))
        ]
        await decide(uow, work, chosen, known_at=uow.now, by=by)
        found.append((work, chosen))
    return found
