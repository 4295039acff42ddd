"""An enterprise's verdicts day by day with other sources beside them, and its load beside what was allowed."""

from collections.abc import Iterator
from datetime import date
from typing import Annotated
from uuid import UUID

from fastapi import Depends, Query

from app.api.compliance_bodies import (
    CheckOut,
    ComplianceClause,
    ComplianceDay,
    ComplianceNumber,
    CompliancePhase,
    ComplianceSubject,
    CrossOut,
    EnterpriseCompliance,
    EnterpriseLoad,
    ExcuseOut,
    MeterLoad,
)
from app.api.language import Lang
from app.api.security import caller
from app.api.transactions import Unit as Work
from app.api.transactions import router
from app.domain.access import Actor
from app.domain.compliance.cuts import PhaseResult
from app.domain.compliance.dossier import CHECKS
from app.domain.compliance.wording import EXCUSES, sentence_of
from app.domain.enterprises.structure import Enterprise, Head, Line, Process, Site, Unit
from app.domain.errors import Language
from app.domain.periods import ONE_DAY
from app.persistence.enterprises.reading import EnterpriseReader
from app.services.compliance import viewing
from app.services.compliance.viewing import ShownDay, ShownLoad

routes = router("compliance", "/enterprises/{enterprise_id}")
Reader = Annotated[Actor, Depends(caller("compliance:read"))]
First = Annotated[date, Query(alias="from", description="The first civil day.")]
Last = Annotated[date, Query(alias="to", description="The last civil day, included.")]
MOST_PLOTTED = 62


@routes.get("/compliance")
async def get_enterprise_compliance(
    enterprise_id: UUID, *, actor: Reader, uow: Work, language: Lang, first: First, last: Last
) -> EnterpriseCompliance:
    """Agreeing or contradicting: inspections, daily emissions and output stand beside every stop."""
    days = viewing.days_wanted(first, last, viewing.today_of(uow), viewing.MOST_DAYS)
    enterprise = await EnterpriseReader(uow.session).get(enterprise_id, visible_to=actor)
    found = await viewing.shown(uow, enterprise_id, days, by=actor)
    return EnterpriseCompliance(
        enterprise_id=enterprise_id,
        first_day=first,
        last_day=last,
        subjects=[
            ComplianceSubject(
                subject_id=one.subject_id,
                level=enterprise.level_of(one.subject_id),
                **named(enterprise, one.subject_id),
                days=[day_out(each, language) for each in one.days],
            )
            for one in found
        ],
        phases=[phase_out(one, language) for one in await viewing.phases(uow, enterprise_id, days, by=actor)],
    )


@routes.get("/load")
async def get_enterprise_load(
    enterprise_id: UUID, *, actor: Reader, uow: Work, first: First, last: Last
) -> EnterpriseLoad:
    """Every meter's curve beside what it may take, ready to plot."""
    days = viewing.days_wanted(first, last, viewing.today_of(uow), MOST_PLOTTED)
    found = await viewing.load(uow, enterprise_id, days, by=actor)
    return EnterpriseLoad(
        enterprise_id=enterprise_id, first_day=first, last_day=last, meters=[load_out(one) for one in found]
    )


def named(enterprise: Enterprise, subject: UUID) -> dict[str, str | None]:
    parts: tuple[Head | Site | Line | Process | Unit, ...] = (
        enterprise.head, *enterprise.sites, *enterprise.lines, *enterprise.processes, *enterprise.units,
    )  # fmt: skip
    one = next((each for each in parts if each.id == subject), None)
    return {"code": None if one is None else one.code, "name": None if one is None else one.name}


def day_out(one: ShownDay, language: Language) -> ComplianceDay:
    return ComplianceDay(
        day=one.day,
        verdict=one.verdicts["day"].word,
        look=one.look,
        checks=[CheckOut(check=check, verdict=one.verdicts[check].word) for check in CHECKS if check in one.verdicts],
        findings=[each.id for each in one.findings],
        crosses=[
            CrossOut(
                kind=each.kind, says=each.says, ran=each.ran, text=each.sentence[language], numbers=dict(each.numbers)
            )
            for each in one.crosses
        ],
        verdict_id=one.verdict_id,
        excuses=[
            ExcuseOut(kind=each.kind, text=EXCUSES[each.kind][language == "en"], reference=each.reference)
            for each in one.excuses
        ],
    )


def phase_out(one: PhaseResult, language: Language) -> CompliancePhase:
    phase = one.phase
    return CompliancePhase(
        phase_id=phase.id,
        members=list(phase.members),
        from_day=phase.from_day,
        last_day=phase.until_day - ONE_DAY,
        until_day=one.until_day,
        keep_pct=phase.keep_pct,
        verdict=one.verdict.word,
        signs=list(one.signs),
        text=sentence_of("cut_phase", one.verdict, one.signs, one.numbers, 0)[language],
        clauses=[
            ComplianceClause(pack=each.pack, rule=each.rule, cites=list(each.cites), text=each.says[language])
            for each in phase.clauses
        ],
        numbers=[ComplianceNumber(name=name, value=value) for name, value in one.numbers.items()],
    )


def load_out(one: ShownLoad) -> MeterLoad:
    slots = 1440 // one.interval_minutes
    return MeterLoad(
        meter_id=one.meter.id,
        subject_id=one.meter.subject_id,
        code=one.meter.label,
        kind=one.meter.kind,
        interval_minutes=one.interval_minutes,
        used_wh=[each for slice_ in one.slices for each in slice_.wh],
        allowed_wh=list(_allowed(one, slots)),
        usual_wh=[each for usual in one.usual for each in (usual or (None,) * slots)],
        judged=[bool(slice_.judged) and slice_.judged[slot] for slice_ in one.slices for slot in range(slots)],
        estimated=[slot in slice_.estimated for slice_ in one.slices for slot in range(slots)],
    )


def _allowed(one: ShownLoad, slots: int) -> Iterator[int | None]:
    for slice_, usual in zip(one.slices, one.usual, strict=True):
        known = slice_.limit_wh if usual is not None and slice_.limit_wh is not None else None
        yield from known if known is not None else (None,) * slots
