"""phasing: cuts that are reckoned over their phase, judged once it is over, from every day of it."""

import hashlib
from collections.abc import Mapping
from dataclasses import replace
from datetime import date, datetime
from uuid import UUID

import orjson

from app.documents.dossiers import canonical, digest
from app.domain.compliance.checked import yardstick
from app.domain.compliance.cuts import PhaseResult, check_phase, totals
from app.domain.compliance.days import of_phase
from app.domain.compliance.demands import Phase
from app.domain.compliance.dossier import Dossier
from app.domain.compliance.findings import Verdict
from app.domain.compliance.spans import spans
from app.domain.periods import ONE_DAY, Period
from app.persistence.unit_of_work import UnitOfWork
from app.services.compliance import measuring
from app.services.compliance.judging import PLACES, Case, FindingDocument, Judged, Yard, based_again


async def judge_phases(
    uow: UnitOfWork,
    dossiers: Mapping[UUID, tuple[Dossier, bytes]],
    results: dict[UUID, Judged],
    parts: Mapping[tuple[UUID, bytes], bytes],
    days: Period,
    *,
    yard: Yard,
    known_at: datetime | None = None,
) -> int:
    """The phases that end on one of these days, told on their last day; how many.

    What several enterprises share is known to no dossier alone: `phases_standing` says so, and no verdict does.
    """
    judged = 0
    for one, _ in dossiers.values():
        for phase in one.phases:
            if phase.until_day - ONE_DAY in days and set(phase.members) & results.keys():
                judged += await _judge(uow, one, phase, results, parts, days=days, yard=yard, known_at=known_at)
    return judged


async def _judge(
    uow: UnitOfWork,
    one: Dossier,
    phase: Phase,
    results: dict[UUID, Judged],
    parts: Mapping[tuple[UUID, bytes], bytes],
    *,
    days: Period,
    yard: Yard,
    known_at: datetime | None,
) -> int:
    result = await _result(uow, one, phase, parts, until=phase.until_day, yard=yard, known_at=known_at)
    if result is None or phase.shared:
        return 0
    for subject in phase.members:
        if subject in results:
            found = of_phase(
                result,
                subject,
                thresholds=yard.thresholds.version,
                baseline=yard.terms.method.name,
            )
            if result.verdict >= Verdict.COMPLIANT:
                _tell(results[subject], found.day, days, result.verdict)
            if result.verdict >= Verdict.DECLARED_EXCEPTION:
                content = canonical(found.as_json() | {"terms": yard.digest.hex(), "interval_minutes": 0})
                results[subject].findings.append(FindingDocument(finding=found, document=content, hash=digest(content)))
            results[subject].inputs = digest(results[subject].inputs + _hash(result, yard).encode())
    return 1


async def _result(
    uow: UnitOfWork,
    one: Dossier,
    phase: Phase,
    parts: Mapping[tuple[UUID, bytes], bytes],
    *,
    until: date,
    yard: Yard,
    known_at: datetime | None,
) -> PhaseResult | None:
    """What its days until one (exclusive) come to; None where no member has a meter with a baseline."""
    own = (each for (owner, _), each in parts.items() if owner == one.enterprise_id)
    every = {str(orjson.loads(each).get("meter_id")): each for each in own}
    meters = [each for each in one.meters if each.subject_id in phase.members and str(each.id) in every]
    documents = [every[str(each.id)] for each in meters]
    if not meters:
        return None
    wanted = measuring.days_from(phase.from_day, until)
    block = await measuring.block(uow, meters, one.gauges, wanted, known_at=known_at)
    case = Case(block=block, dossiers={one.enterprise_id: (replace(one, links=()), b"")}, subjects=frozenset())
    basis = based_again(case, documents, yard.calendar)
    yard_of = yardstick(block, basis.found, thresholds=yard.thresholds, calendar=yard.calendar)
    asked = spans(block, one.demands, ramp_down_minutes=yard.thresholds["ramp_down_minutes"])
    return check_phase(totals(block, asked, yard_of), phase, yard.thresholds)


async def phases_standing(
    uow: UnitOfWork, one: Dossier, parts: Mapping[tuple[UUID, bytes], bytes], days: Period, *, until: date, yard: Yard
) -> list[PhaseResult]:
    """The phases that have days in common with some, each as far as it is over by a day (exclusive)."""
    found = []
    for phase in one.phases:
        end = min(phase.until_day, until)
        if Period(phase.from_day, phase.until_day).meets(days) and phase.from_day < end:
            found.append(await _result(uow, one, phase, parts, until=end, yard=yard, known_at=None))
    return [each for each in found if each is not None]


def _tell(one: Judged, day: date, days: Period, verdict: Verdict) -> None:
    row = (day - days.start).days
    one.codes[row, PLACES["cut_phase"]] = verdict
    one.codes[row, 0] = max(one.codes[row, 0], verdict)


def _hash(result: PhaseResult, yard: Yard) -> str:
    told = {"phase": result.phase.id, "numbers": result.numbers, "terms": yard.digest.hex()}
    return hashlib.sha256(canonical(told)).hexdigest()
