"""crosses: what inspections, emission monitors and output say of a stop day beside the meters (L12-60, FS-40).

Nothing here changes a verdict: what contradicts is shown and calls for a person, who decides.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from datetime import date
from decimal import Decimal
from uuid import UUID

from app.domain.compliance.findings import Cross, CrossCheck, CrossKind, DayOf, Verdict
from app.domain.feed.channels import Quantity
from app.domain.inspections import Inspection, runs_on, standing
from app.domain.periods import civil_day
from app.domain.policies.undertakings import Text

# What a stopped line does not give off; a furnace that cools still does for a while, so that this is no proof.
EMISSIONS: tuple[Quantity, ...] = (
    "pm_kg",
    "so2_kg",
    "nox_kg",
    "voc_kg",
    "exceedance_hours",
    "flue_gas_m3",
    "fuel_gas_m3",
)


def crossed(
    one: DayOf, *, inspections: Iterable[Inspection] = (), measured: Mapping[Quantity, Decimal] | None = None
) -> DayOf:
    """The day with every other source beside it; only days on which something had to stand still are crossed."""
    ran = _metered(one)
    if not any(each.check == "stop" and each.would_be != Verdict.NOT_APPLICABLE for each in one.findings):
        return one
    told = [
        *_inspected(tuple(inspections), one.subject_id, one.day, metered=ran),
        *_measured(measured or {}, metered=ran),
    ]
    excused = one.verdict in {Verdict.DECLARED_EXCEPTION, Verdict.NOT_APPLICABLE}
    look = any(each.says == "contradicts" or (each.ran and each.says == "alone") for each in told) and not excused
    return replace(one, crosses=tuple(told), look=one.look or look)


def _metered(one: DayOf) -> bool | None:
    """Whether the meters say that it ran; None where they say nothing."""
    told = {each.would_be for each in one.findings if each.check == "stop"}
    if Verdict.SUSPECTED in told:
        return True
    return False if told == {Verdict.COMPLIANT} else None


def _inspected(
    inspections: tuple[Inspection, ...], subject_id: UUID, day: date, *, metered: bool | None
) -> Iterator[CrossCheck]:
    running = runs_on(inspections, subject_id, day)
    if running:
        at = min(each.at for each in running)
        zh, en = f"现场检查见其运行（{len(running)} 项）。", f"An inspection saw it running ({len(running)} findings)."
        yield _cross("inspection", metered=metered, ran=True, zh=zh, en=en, numbers={"first_at": at.isoformat()})
    stopped = [
        each
        for visit in standing(inspections)
        for each in visit.findings
        if each.kind == "unit_stopped" and each.subject_id == subject_id and civil_day(each.at) == day
    ]
    if stopped and not running:
        yield _cross(
            "inspection",
            metered=metered,
            ran=False,
            zh="现场检查见其停运。",
            en="An inspection saw it standing still.",
            numbers={"first_at": min(each.at for each in stopped).isoformat()},
        )


def _measured(measured: Mapping[Quantity, Decimal], *, metered: bool | None) -> Iterator[CrossCheck]:
    emitted = {name: measured[name] for name in EMISSIONS if name in measured}
    if emitted:
        above = {name: value for name, value in emitted.items() if value > 0}
        zh = f"自动监控有排放或超标：{'、'.join(above)}。" if above else "自动监控无排放。"
        en = f"The monitors report {', '.join(above)}." if above else "The monitors report no emission."
        yield _cross("emission", metered=metered, ran=bool(above), zh=zh, en=en, numbers=_written(emitted))
    output = measured.get("output_t")
    if output is not None:
        zh, en = f"当日产量 {output:f} 吨。", f"The output of the day is {output:f} t."
        yield _cross("output", metered=metered, ran=output > 0, zh=zh, en=en, numbers=_written({"output_t": output}))


def _written(values: Mapping[Quantity, Decimal]) -> dict[str, str]:
    return {name: f"{value:f}" for name, value in values.items()}


_BESIDE: Mapping[str, Text] = {
    "agrees": {"zh": "与用电一致。", "en": "This agrees with the meters."},
    "contradicts": {"zh": "与用电相反，请人工核实。", "en": "This contradicts the meters; a person has to look."},
    "alone": {"zh": "用电未能判定。", "en": "The meters say nothing."},
}


def _cross(
    kind: CrossKind, *, metered: bool | None, ran: bool, zh: str, en: str, numbers: Mapping[str, str]
) -> CrossCheck:
    says = _says(metered=metered, ran=ran)
    beside = _BESIDE[says]
    return CrossCheck(
        kind=kind, says=says, ran=ran, sentence={"zh": zh + beside["zh"], "en": f"{en} {beside['en']}"}, numbers=numbers
    )


def _says(*, metered: bool | None, ran: bool) -> Cross:
    if metered is None:
        return "alone"
    return "agrees" if metered == ran else "contradicts"
