"""Preparing a planning problem: what is known of the enterprises of a scope, what they owe, and what stands published."""

import asyncio
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from app.domain.access import Actor
from app.domain.decisions.evaluate import Evaluator
from app.domain.decisions.subjects import Subject
from app.domain.errors import FieldError, Invalid, pointer_to
from app.domain.ledger.demands import demands
from app.domain.ledger.dues import dues_of
from app.domain.ledger.entries import NOTHING, AccountKey, Entry, Sums, balances
from app.domain.ledger.frame import keeps_ledger
from app.domain.ledger.settle import settle
from app.domain.schedules.computation import Computation
from app.domain.schedules.given.given import problem_of
from app.domain.schedules.given.prepared import Due, Prepared, Settings, Target, Works
from app.domain.schedules.lines import ScheduledLine, joined
from app.domain.schedules.planning.conflicts import RHYTHM
from app.domain.schedules.problem import Plan, Problem, Stretch
from app.domain.schedules.refusing.refusals import refuse_wrong
from app.persistence.enterprises.reading import EnterpriseReader
from app.persistence.ledger.repository import LedgerRepository
from app.persistence.schedules.repository import ScheduleRepository
from app.persistence.unit_of_work import UnitOfWork
from app.services.schedules.registered import pinned, registered

# Enterprises read together: some thousands of facts.
AT_ONCE = 500


class ConcessionUnknown(Invalid):
    code = "schedule_concession_unknown"
    zh = "concessions 中有本次排期没有的要求；逐条见 errors。"
    en = "Some concessions name requirements that this schedule does not have; see errors."


class WishedLineUnknown(Invalid):
    code = "schedule_wish_unknown"
    zh = "wishes 中有生产线不在本次排期范围内；逐条见 errors。"
    en = "Some wishes name lines outside the scope of this schedule; see errors."


@dataclass(frozen=True, slots=True, kw_only=True)
class Ready:
    """A problem with what is told beside it, and the lines of the schedule it goes on from."""

    prepared: Prepared
    former: Mapping[str, ScheduledLine]


async def prepared(uow: UnitOfWork, asked: Computation, *, known_at: datetime, by: Actor) -> Ready:
    """Everything as known at an instant; raises RegisterInsufficient, ScheduleInvalid, WishedLineUnknown or ConcessionUnknown."""
    evaluators = await pinned(uow, asked)
    ids = await _ids(uow, asked, by)
    works: list[Works] = []
    owed: list[Due] = []
    for start in range(0, len(ids), AT_ONCE):
        part = ids[start : start + AT_ONCE]
        names = [each.pack.name for each in evaluators]
        found = await registered(uow, part, names, asked.season, known_at=known_at, by=by)
        some = [Works(tree=one.tree, acts=one.acts, couplings=one.enterprise.couplings) for one in found]
        works += some
        for each in evaluators:
            entries = await LedgerRepository(uow.session).of_plan(part, each.pack.name, asked.season)
            known = {one: [e for e in all_ if e.known_at <= known_at] for one, all_ in entries.items()}
            owed += await asyncio.to_thread(_owed, each, some, known, asked)
    lines = [] if asked.based_on is None else await ScheduleRepository(uow.session).all_lines(asked.based_on)
    former = {one.resource.id: one for one in lines}
    settings = _settings(asked, works, former, owed)
    ready = Ready(prepared=await asyncio.to_thread(_problem, evaluators, works, settings), former=former)
    _refuse_unknown(asked, ready.prepared.problem)
    return ready


async def _ids(uow: UnitOfWork, asked: Computation, by: Actor) -> list[UUID]:
    """One enterprise, or those whose seat lies in the region, each with all its lines."""
    if asked.scope.enterprise_id is not None:
        return [asked.scope.enterprise_id]
    return await EnterpriseReader(uow.session).ids(asked.scope.region, visible_to=by)


def _owed(
    evaluator: Evaluator, works: Sequence[Works], entries: Mapping[UUID, Sequence[Entry]], asked: Computation
) -> list[Due]:
    """What the ledgers will have due when planning begins: settled as of that day, though nothing is posted here.

    So also of an enterprise nobody has decided yet: its ledger would say the same.
    """
    pack, found = evaluator.pack, list[Due]()
    if not keeps_ledger(pack):
        return found
    for one in works:
        own = entries.get(UUID(one.id), ())
        asks = demands(evaluator, one.tree, season=asked.season, acts=one.acts.get(pack.name, ()))
        sums = balances(own)
        for posting in settle(asks, own, as_of=asked.from_day):
            key = AccountKey(posting.subject_id, pack.name, asked.season, posting.account)
            kinds = dict(sums.get(key, Sums()).by_kind)
            kinds[posting.kind] = kinds.get(posting.kind, NOTHING) + posting.hours
            sums[key] = Sums(kinds)
        found += dues_of(pack.name, asked.season, asks, sums)
    return found


def _settings(
    asked: Computation, works: Sequence[Works], former: Mapping[str, ScheduledLine], owed: Sequence[Due]
) -> Settings:
    published: Plan = {name: one.stretches for name, one in former.items() if one.stretches}
    past = {name: joined(stretches, (), asked.from_day) for name, stretches in published.items()}
    options = asked.options
    return Settings(
        season=asked.season,
        from_day=asked.from_day,
        prefer_months=options.preferred_months,
        targets=tuple(
            Target(pollutant=one.pollutant, tonnes=one.tonnes, why={"zh": one.why, "en": one.why}, month=one.month)
            for one in options.floors
        ),
        dues=tuple(owed),
        past={name: stretches for name, stretches in past.items() if stretches},
        published=published,
        wished=_wished(asked, works),
    )


def _wished(asked: Computation, works: Sequence[Works]) -> Plan:
    known = {line["id"] for one in works for line in _lines(one.tree)}
    wrong = [
        FieldError(
            pointer=f"/settings/wishes/{number}/line_id",
            code="line_unknown",
            zh="此生产线不在本次排期范围内。",
            en="This line is not in the scope of the schedule.",
        )
        for number, wish in enumerate(asked.options.wishes)
        if str(wish.line_id) not in known
    ]
    if wrong:
        raise WishedLineUnknown(errors=wrong)
    found: dict[str, tuple[Stretch, ...]] = {}
    for wish in sorted(asked.options.wishes, key=lambda one: one.from_at):
        stretch = Stretch(from_at=wish.from_at, until_at=wish.until_at)
        found[str(wish.line_id)] = (*found.get(str(wish.line_id), ()), stretch)
    return found


def _refuse_unknown(asked: Computation, problem: Problem) -> None:
    """Raises ConcessionUnknown with every concession of something that is not asked here."""
    known = {one.id for one in problem.requirements} | {RHYTHM + one.id for one in problem.resources}
    wrong = [
        FieldError(
            pointer=pointer_to("settings", "concessions", number, "requirement"),
            code="requirement_unknown",
            zh="本次排期没有这项要求。",
            en="Nothing of this name is asked here.",
        )
        for number, one in enumerate(asked.options.concessions)
        if one.requirement not in known
    ]
    if wrong:
        raise ConcessionUnknown(errors=wrong)


def _lines(tree: Subject) -> Iterator[Subject]:
    for site in tree["children"]:
        yield from site["children"]


def _problem(evaluators: Sequence[Evaluator], works: Sequence[Works], settings: Settings) -> Prepared:
    found = problem_of(evaluators, works, settings)
    refuse_wrong(found.problem)
    return found
