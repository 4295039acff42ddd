"""Doubting: whenever an enterprise is decided again, its listed entries are looked at, and what no longer holds is found."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import cast
from uuid import UUID

import orjson

from app.domain.access import Actor, Origin
from app.domain.decisions.criteria import criteria, verdict
from app.domain.decisions.evaluate import Evaluator
from app.domain.decisions.season import days_inside
from app.domain.decisions.subjects import Subject
from app.domain.events import Event
from app.domain.exemptions.entries import ENTRIES, ON_THE_LIST, Entry, EntryAction, EntryState, EntryStep, Finding
from app.domain.exemptions.lists import ExemptionList
from app.domain.periods import civil_day
from app.integrations.ids import new_id
from app.persistence.decisions.snapshots import SnapshotRepository
from app.persistence.exemptions.entries import EntryRepository
from app.persistence.exemptions.findings import FindingRepository
from app.persistence.exemptions.lists import ListRepository
from app.persistence.policies import PackNotInForce
from app.persistence.unit_of_work import UnitOfWork
from app.services.exemptions.judging import evaluator_for

# Nobody decided to doubt: the step says so, and the audit says whose news it was.
FOUND = Origin(client_id="system", person=None)


@dataclass(frozen=True, slots=True)
class Seen:
    """The facts a decision was made on, and the hash they are kept under."""

    hash: bytes
    tree: Subject


async def doubt(uow: UnitOfWork, enterprise_ids: Sequence[UUID], *, by: Actor) -> list[Finding]:
    """Look at the listed entries of enterprises just decided again; answers what was found that was not known before."""
    entries = await EntryRepository(uow.session).held(enterprise_ids, ON_THE_LIST) if enterprise_ids else []
    if not entries:
        return []
    lists = await ListRepository(uow.session).some({one.list_id for one in entries})
    evaluators = await _evaluators(uow, lists)
    seen = await _seen(uow, sorted({one.enterprise_id for one in entries}))
    before = await FindingRepository(uow.session).newest(entries)
    news: list[tuple[Entry, Finding]] = []
    for entry in entries:
        evaluator, facts = evaluators.get(entry.list_id), seen.get(entry.enterprise_id)
        if evaluator is None or facts is None:
            continue
        finding = _look(uow, lists[entry.list_id], entry, evaluator, facts)
        if finding is not None and not finding.says_the_same(before.get(entry.id)):
            news.append((entry, finding))
    await _keep(uow, news, lists, by)
    return [finding for _, finding in news]


async def _evaluators(uow: UnitOfWork, lists: Mapping[UUID, ExemptionList]) -> dict[UUID, Evaluator]:
    found: dict[UUID, Evaluator] = {}
    for one in lists.values():
        try:
            found[one.id] = await evaluator_for(uow, one)
        except PackNotInForce:
            # A retired plan asks nothing any more of those it listed.
            continue
    return found


async def _seen(uow: UnitOfWork, ids: Sequence[UUID]) -> dict[UUID, Seen]:
    snapshots = SnapshotRepository(uow.session)
    heads, _ = await snapshots.newest(ids)
    documents = await snapshots.documents(heads)
    return {
        head.enterprise_id: Seen(head.hash, cast("Subject", orjson.loads(documents[head.enterprise_id])))
        for head in heads
    }


def _look(uow: UnitOfWork, one: ExemptionList, entry: Entry, evaluator: Evaluator, facts: Seen) -> Finding | None:
    """Today and on every later day of the season on which a fact begins or ends; None for what has run out."""
    today = max(civil_day(uow.now), one.days.start)
    if today not in one.days:
        return None
    later = [day for day in days_inside(facts.tree, (), one.season) if day > today]
    days = [day for day in (today, *later) if not entry.ended(day)]
    found = [_finding(uow, entry, evaluator, facts, day) for day in days]
    failing = next((finding for finding in found if finding.standing != "met"), None)
    return failing or next(iter(found), None)


def _finding(uow: UnitOfWork, entry: Entry, evaluator: Evaluator, facts: Seen, day: date) -> Finding:
    every = criteria(evaluator, facts.tree, day=day, fact=entry.fact, subject_id=str(entry.subject_id))
    come_to = verdict(one for one in every if one.rule.id == entry.rule)
    holding = (one.rule.id for one in every if one.truth is True and one.rule.id != entry.rule)
    met = come_to.standing == "met"
    return Finding(
        id=new_id(),
        enterprise_id=entry.enterprise_id,
        entry_id=entry.id,
        standing=come_to.standing,
        fails_on=None if met else day,
        lacking=come_to.lacking,
        otherwise=() if met else tuple(dict.fromkeys(holding)),
        snapshot=facts.hash,
        known_at=uow.now,
    )


async def _keep(
    uow: UnitOfWork, news: Sequence[tuple[Entry, Finding]], lists: Mapping[UUID, ExemptionList], by: Actor
) -> None:
    repository = EntryRepository(uow.session)
    await FindingRepository(uow.session).add(finding for _, finding in news)
    lines = await repository.lines([entry for entry, _ in news]) if news else []
    regions = [line.region for line in lines]
    await uow.record_all(
        [
            _event(entry, finding, lists[entry.list_id], region)
            for (entry, finding), region in zip(news, regions, strict=True)
        ],
        by=by,
    )
    steps = [(entry, action, finding) for entry, finding in news if (action := _action(entry, finding)) is not None]
    await repository.move([(entry, _step(uow, entry, action, finding)) for entry, action, finding in steps])


def _action(entry: Entry, finding: Finding) -> EntryAction | None:
    """Nothing to do where a kept entry holds again."""
    if finding.standing != "met":
        return EntryAction.DOUBT
    return EntryAction.CLEAR if entry.state is EntryState.DOUBTED else None


def _step(uow: UnitOfWork, entry: Entry, action: EntryAction, finding: Finding) -> EntryStep:
    return EntryStep(
        id=new_id(),
        entry_id=entry.id,
        number=entry.version,
        action=action,
        state=ENTRIES.after(entry.state, action),
        at=uow.now,
        by=FOUND,
        note="",
        terms={},
        finding_id=finding.id,
    )


def _event(entry: Entry, finding: Finding, one: ExemptionList, region: str) -> Event:
    return Event(
        type="exemption.cleared" if finding.standing == "met" else "exemption.doubted",
        subject=str(entry.id),
        enterprise_id=str(entry.enterprise_id),
        region=region,
        data={
            "list_id": str(one.id),
            "pack": one.pack_name,
            "season": one.season,
            "subject_id": str(entry.subject_id),
            "fact": entry.fact,
            "rule": entry.rule,
            "standing": finding.standing,
            "fails_on": None if finding.fails_on is None else finding.fails_on.isoformat(),
            "lacking": list(finding.lacking),
        },
    )
