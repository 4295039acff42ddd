"""Deciding: snapshot, evaluate the season, append what changed."""

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

import orjson

from app.documents.published import evaluator_of
from app.domain.access import Actor
from app.domain.decisions.evaluate import EVALUATOR_VERSION, Evaluator
from app.domain.decisions.flat import FlatDecider, FlatSubject, flatten
from app.domain.decisions.season import Stretch, decide_season
from app.domain.policies.pack import Pack
from app.integrations.geometry import BuiltUpRuler
from app.integrations.ids import new_id
from app.persistence.acts import ActRepository
from app.persistence.decisions.runs import RunRepository
from app.persistence.decisions.snapshots import Head, SnapshotRepository
from app.persistence.decisions.stale import StaleRepository
from app.persistence.enterprises.reading import EnterpriseReader
from app.persistence.facts.snapshots import SnapshotReader
from app.persistence.policies import PackNotInForce, PackRepository, StoredPack
from app.persistence.unit_of_work import UnitOfWork


@dataclass(frozen=True, slots=True, kw_only=True)
class Task:
    """One pack and one season, made ready."""

    pack: StoredPack
    season: int
    evaluator: Evaluator
    flat: FlatDecider


async def task(uow: UnitOfWork, pack_name: str, season: int) -> Task:
    """The version of a pack in force in a season, ready to decide; raises PackUnknown or PackNotInForce."""
    pack = await PackRepository(uow.session).get(pack_name, season=season)
    evaluator = evaluator_of(pack.document, pack.hash)
    return Task(pack=pack, season=season, evaluator=evaluator, flat=FlatDecider(evaluator, season))


async def decide_enterprise(uow: UnitOfWork, enterprise_id: UUID, pack_name: str, season: int, *, by: Actor) -> bool:
    """Decide one enterprise now; false when nothing it stands on has changed since the newest run."""
    await EnterpriseReader(uow.session).head(enterprise_id, visible_to=by, lock=True)
    work = await task(uow, pack_name, season)
    snapshots = await take_snapshots(uow, [enterprise_id], by=by)
    return await decide(uow, work, snapshots, known_at=uow.now) > 0


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


async def decide(uow: UnitOfWork, work: Task, heads: Sequence[Head], *, known_at: datetime) -> int:
    """Evaluate snapshots and append the runs that differ from the newest ones; returns how many."""
    ids = [head.enterprise_id for head in heads]
    acts = await ActRepository(uow.session).in_force(ids, work.pack.name, work.season, known_at=known_at)
    runs = RunRepository(uow.session)
    newest = await runs.newest_keys(ids, work.pack.name, work.season)
    run_rows: list[tuple[Any, ...]] = []
    decision_rows: list[tuple[Any, ...]] = []
    slow: list[tuple[Head, UUID]] = []
    for head in heads:
        act_ids = tuple(sorted(UUID(act.id) for act in acts.get(head.enterprise_id, ())))
        stands_on = (head.hash, work.pack.hash, act_ids, EVALUATOR_VERSION)
        if newest.get(head.enterprise_id) == stands_on:
            continue
        run_id = new_id()
        run_rows.append(
            (
                head.enterprise_id,
                run_id,
                work.pack.name,
                work.pack.hash,
                work.season,
                head.hash,
                act_ids,
                EVALUATOR_VERSION,
                known_at,
            )
        )
        stretches = None if act_ids else work.flat.decide(orjson.loads(head.flat))
        if stretches is None:
            slow.append((head, run_id))
        else:
            decision_rows += rows(head.enterprise_id, run_id, stretches)
    documents = await SnapshotRepository(uow.session).documents([head for head, _ in slow])
    for head, run_id in slow:
        own = acts.get(head.enterprise_id, [])
        tree = orjson.loads(documents[head.enterprise_id])
        stretches = decide_season(work.evaluator, tree, season=work.season, acts=own)
        decision_rows += rows(head.enterprise_id, run_id, stretches)
    await runs.add(run_rows, decision_rows)
    return len(run_rows)


def rows(enterprise: UUID, run_id: UUID, stretches: Sequence[Stretch]) -> Iterator[tuple[Any, ...]]:
    """Stretches as stored; `rules` are those every possible outcome shares."""
    for one in stretches:
        outcomes = one.outcomes
        yield (
            enterprise,
            run_id,
            one.subject_id,
            one.from_day,
            one.until_day,
            one.level,
            one.status,
            outcomes.stagger_class,
            outcomes.certain_ids,
            outcomes.codes,
        )


def governs(pack: Pack, head: Head) -> bool:
    """Whether something of the enterprise lies where the plan speaks."""
    flat: list[FlatSubject] = orjson.loads(head.flat)
    return any(pack.governs(subject[4]) for subject in flat)


async def redecide_stale(uow: UnitOfWork, *, limit: int, by: Actor, default: Sequence[tuple[str, int]]) -> int:
    """Decide enterprises again about which something new is known; `default` for those never decided."""
    ids = await StaleRepository(uow.session).take(limit)
    if not ids:
        return 0
    snapshots = await take_snapshots(uow, ids, by=by)
    wanted = await RunRepository(uow.session).seasons(ids)
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
        await decide(uow, work, chosen, known_at=uow.now)
    return len(ids)
