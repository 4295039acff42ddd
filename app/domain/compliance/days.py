"""days: what one subject's day comes to, from every finding of its meters, its treatment and its phases."""

import json
from collections.abc import Iterable, Iterator, Sequence
from hashlib import sha256
from uuid import UUID

from app.domain.compliance.assessing import OF_LINKS, OF_METERS, Assessed
from app.domain.compliance.cuts import PhaseResult
from app.domain.compliance.demands import Demand, demand_json
from app.domain.compliance.explaining import finding, looked_at
from app.domain.compliance.findings import DayOf, Finding, SignCode, Verdict
from app.domain.compliance.spans import binding
from app.domain.compliance.wording import name_of, sentence_of
from app.domain.periods import ONE_DAY


def subject_days(found: Assessed, subjects: Iterable[UUID], days: Iterable[int]) -> Iterator[DayOf]:
    """Every subject on every day on which there is something to say, in that order."""
    rows = {one: [row for row, meter in enumerate(found.block.meters) if meter.subject_id == one] for one in subjects}
    columns = list(days)
    for subject_id, of_subject in rows.items():
        links = [place for place, link in enumerate(found.asked.links) if _of(found, link.production) == subject_id]
        for day in columns:
            told = [*_metered(found, of_subject, day), *_treated(found, links, day)]
            told += _beside(found, subject_id, day, metered=bool(of_subject))
            if told:
                yield day_of(subject_id, told)


def day_of(subject_id: UUID, findings: Sequence[Finding]) -> DayOf:
    """The gravest verdict is the day's; looking at any of its findings is looking at the day."""
    return DayOf(
        subject_id=subject_id,
        day=findings[0].day,
        verdict=worst(one.verdict for one in findings),
        look=any(one.look for one in findings),
        findings=tuple(findings),
        inputs_hash=hash_of(findings),
    )


def worst(verdicts: Iterable[Verdict]) -> Verdict:
    """Suspected before insufficient data before indicative only before a declared exception before compliant.

    What one meter shows is not undone by another that shows nothing; not applicable says nothing at all.
    """
    return max(verdicts, default=Verdict.NOT_APPLICABLE)


def hash_of(findings: Iterable[Finding]) -> str:
    """Over what all findings are a function of."""
    return sha256("\n".join(f"{one.check} {one.inputs_hash}" for one in findings).encode()).hexdigest()


def _of(found: Assessed, meter_id: UUID) -> UUID | None:
    return next((one.subject_id for one in found.block.meters if one.id == meter_id), None)


def _metered(found: Assessed, rows: Iterable[int], day: int) -> Iterator[Finding]:
    for row in rows:
        for check in OF_METERS:
            if found.checks[check].verdict[row, day] != Verdict.NOT_APPLICABLE:
                yield finding(found, check, row, day)


def _treated(found: Assessed, links: Iterable[int], day: int) -> Iterator[Finding]:
    if found.treated is None:
        return
    for place in links:
        for check in OF_LINKS:
            judged = found.checks[check].verdict[place, day] != Verdict.NOT_APPLICABLE
            if judged or (check == "treatment_alone" and _alone(found, place, day)):
                yield finding(found, check, place, day)


def _alone(found: Assessed, place: int, day: int) -> bool:
    """Whether treatment ran by itself while its production had to stand still."""
    row = next(row for row, one in enumerate(found.block.meters) if one.id == found.asked.links[place].production)
    ran = found.checks["treatment_alone"].numbers["alone_slots"][place, day] > 0
    return bool(ran and found.spans.stopped[row, day].any())


def _beside(found: Assessed, subject_id: UUID, day: int, *, metered: bool) -> Iterator[Finding]:
    """What electricity cannot judge, and what it could but for a meter."""
    for one in binding(found.asked.demands.get(subject_id, ()), found.block, day):
        if one.kind in {"other", "stop_charging"}:
            sign: SignCode = "stop_charging" if one.kind == "stop_charging" else "not_electric"
            yield _unjudged(found, one, day, Verdict.NOT_APPLICABLE, sign)
        elif not metered:
            yield _unjudged(found, one, day, Verdict.INSUFFICIENT_DATA, "no_meter")


def _unjudged(found: Assessed, one: Demand, day: int, verdict: Verdict, sign: SignCode) -> Finding:
    return Finding(
        subject_id=one.subject_id,
        meters=(),
        day=found.block.day(day),
        check="other",
        verdict=verdict,
        would_be=verdict,
        look=False,
        signs=(sign,),
        name=name_of("other", (sign,)),
        sentence=sentence_of("other", verdict, (sign,), {}, found.block.interval_minutes),
        clauses=one.clauses,
        demands=(one.id,),
        numbers={},
        curve=None,
        thresholds=found.yard.thresholds.version,
        baseline=None,
        inputs_hash=sha256(json.dumps(demand_json(one), sort_keys=True).encode()).hexdigest(),
    )


def of_phase(result: PhaseResult, subject_id: UUID, *, thresholds: str, baseline: str) -> Finding:
    """A phase as a finding of one of its members, on the last day that is known."""
    phase, verdict = result.phase, result.verdict
    return Finding(
        subject_id=subject_id,
        meters=(),
        day=result.until_day - ONE_DAY,
        check="cut_phase",
        verdict=verdict,
        would_be=result.would_be,
        look=looked_at(verdict, result.would_be, result.signs),
        signs=result.signs,
        name=name_of("cut_phase", result.signs),
        sentence=sentence_of("cut_phase", verdict, result.signs, result.numbers, 0),
        clauses=phase.clauses,
        demands=(phase.id,),
        numbers=result.numbers,
        curve=None,
        thresholds=thresholds,
        baseline=baseline,
        inputs_hash=result.inputs_hash,
    )
