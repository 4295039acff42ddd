"""verify: every stored run is hashed and replayed; what does not come out the same is named."""

import hashlib
from collections.abc import AsyncIterator
from uuid import UUID

import orjson

from app.documents.pack import content_hash
from app.documents.published import evaluator_of
from app.domain.access import Actor
from app.domain.decisions.evaluate import EVALUATOR_VERSION
from app.domain.decisions.season import decide_season
from app.domain.decisions.subjects import Subject
from app.domain.evidence import Damage, Finding, Outlived
from app.domain.facts.values import value_of
from app.persistence.acts.in_force import InForceReader
from app.persistence.decisions.runs import Run, RunRepository
from app.persistence.decisions.snapshots import SnapshotRepository
from app.persistence.facts.reading import FactReader
from app.persistence.policies import PackRepository, StoredPack
from app.persistence.unit_of_work import UnitOfWork


async def verify_packs(uow: UnitOfWork) -> list[Damage]:
    """Every published pack still has the hash it was published under."""
    packs = PackRepository(uow.session)
    found = []
    for one in await packs.everything():
        pack = await packs.version(one.head.name, one.head.version)
        document = {**orjson.loads(pack.document), "scenarios": orjson.loads(pack.scenarios)}
        if content_hash(document) != pack.hash:
            found.append(Damage("pack_hash", f"{pack.name} {pack.version}"))
    return found


async def verify_runs(uow: UnitOfWork, *, by: Actor, batch: int = 500) -> AsyncIterator[tuple[int, list[Finding]]]:
    """Replay all runs in order; yields how many were read so far and what was found in this batch."""
    runs = RunRepository(uow.session)
    packs: dict[str, StoredPack] = {}
    after: tuple[UUID, UUID] | None = None
    done = 0
    while found := await runs.batch(after, batch):
        findings: list[Finding] = []
        for run in found:
            if run.pack_hash not in packs:
                stored = await PackRepository(uow.session).find(run.pack_hash)
                if stored is not None:
                    packs[run.pack_hash] = stored
            findings += await _verify(uow, run, packs.get(run.pack_hash), by)
        done += len(found)
        after = (found[-1].enterprise_id, found[-1].id)
        yield done, findings


async def _verify(uow: UnitOfWork, run: Run, pack: StoredPack | None, by: Actor) -> list[Finding]:
    where = f"enterprise {run.enterprise_id} run {run.id}"
    if pack is None:
        return [Damage("pack_missing", where)]
    try:
        document = await SnapshotRepository(uow.session).get(run.enterprise_id, run.snapshot_hash)
    except LookupError:
        return [Damage("snapshot_missing", where)]
    if hashlib.sha256(document).digest() != run.snapshot_hash:
        return [Damage("snapshot_hash", where)]
    tree = orjson.loads(document)
    acts = await InForceReader(uow.session).named(run.enterprise_id, run.acts)
    stretches = decide_season(evaluator_of(pack.document, pack.hash), tree, season=run.season, acts=acts)
    replayed = sorted(
        (s.subject_id, s.from_day, s.until_day, s.level, s.status, o.stagger_class, o.certain_ids, o.codes)
        for s in stretches
        for o in [s.outcomes]
    )
    stored = sorted(
        (str(s.subject_id), s.from_day, s.until_day, s.level, s.status, s.stagger_class, s.rules, s.possible)
        for s in await RunRepository(uow.session).said(run)
    )
    differing = [] if replayed == stored else [difference("replay_differs", where, run)]
    return [*differing, *await _verify_evidence(uow, tree, where, by)]


def difference(what: str, where: str, run: Run) -> Finding:
    """What does not come out as it was stored: no damage where another evaluator had decided."""
    if run.evaluator_version == EVALUATOR_VERSION:
        return Damage(what, where)
    return Outlived("decided_by_another_evaluator", where, run.evaluator_version)


async def _verify_evidence(uow: UnitOfWork, tree: Subject, where: str, by: Actor) -> list[Damage]:
    """Every assertion a snapshot speaks of is still in the register with the same value."""
    cited = dict(_assertions(tree))
    found = await FactReader(uow.session).some(UUID(tree["id"]), list(cited), visible_to=by)
    known = {one.id: value_of(one.claim.type, one.claim.value) for one in found}
    return [Damage("assertion_differs", f"{where} assertion {one}") for one in cited if known.get(one) != cited[one]]


def _assertions(subject: Subject) -> list[tuple[UUID, object]]:
    found: list[tuple[UUID, object]] = []
    for spans in subject["facts"].values():
        # Derived spans name what they follow from instead of an assertion.
        found += [(UUID(s["assertion"]), s["value"]) for s in spans if not s["assertion"].startswith("derived:")]
    for child in subject["children"]:
        found += _assertions(child)
    return found
