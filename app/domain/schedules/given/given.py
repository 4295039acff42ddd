"""given: from what is decided, owed and past to the planning problem, and to what cannot be planned yet."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import replace
from itertools import chain

from app.domain.decisions.evaluate import Evaluator
from app.domain.policies.facts import Catalogue
from app.domain.schedules.given.asked import Asked, Walk, label_of
from app.domain.schedules.given.calendar import calendar_of
from app.domain.schedules.given.cohorts import cohorts
from app.domain.schedules.given.cutting import cutting
from app.domain.schedules.given.hours import hours, made_up
from app.domain.schedules.given.keeping import floors, heat_duties
from app.domain.schedules.given.naming import lines_of
from app.domain.schedules.given.plant import Facts, Line, Part, Plant
from app.domain.schedules.given.prepared import Findings, Prepared, Settings, Works
from app.domain.schedules.given.stopping import stopping
from app.domain.schedules.given.together import together
from app.domain.schedules.problem import Plan, Problem, Resource, Stretch
from app.domain.schedules.requirements import Requirement, Stop, members


def problem_of(evaluators: Sequence[Evaluator], works: Sequence[Works], settings: Settings) -> Prepared:
    """The problem of these enterprises under these plans from a day of the season on.

    What is certain is planned; what waits for facts or for an authority is listed and never dropped. Raises
    RegisterInsufficient with every fact that is missing for a weighed number, or below zero.
    """
    findings = Findings()
    asked = [
        one for each in works for one in Walk(each, evaluators, settings.season, settings.from_day, findings).asked()
    ]
    dues = made_up(asked, settings.dues)
    # Rules for warnings reach over the whole year and give a season neither its days nor its heating.
    seasonal = [one for one in evaluators if one.pack.nature == "staggered"]
    calendar = calendar_of(works, seasonal, asked, dues, settings)
    by_works: dict[str, list[Asked]] = {}
    for one in asked:
        by_works.setdefault(one.works.id, []).append(one)
    owing = {due.subject_id for due in dues if due.hours > 0}
    lines = [line for each in works for line in lines_of(each, evaluators, by_works.get(each.id, []), owing)]
    plant = Plant(lines, Facts(settings.from_day, _catalogue(evaluators), findings))
    required: list[Requirement] = [
        *stopping(asked, plant, calendar, findings),
        *hours(asked, dues, plant, calendar, findings),
        *cutting(asked, plant, calendar, findings),
        *cohorts(asked, plant, lines, calendar=calendar, settings=settings, findings=findings),
        *heat_duties(lines, seasonal, plant, calendar=calendar, settings=settings, findings=findings),
        *floors(settings, calendar),
    ]
    required = list(together(required, plant, findings))
    touched = set(chain.from_iterable(members(one) for one in required))
    resources = _resources(plant, required, findings)
    _without_emission(lines, plant, touched, findings)
    findings.refuse()
    return Prepared(
        problem=Problem(
            first=calendar.first,
            end=calendar.end,
            from_day=calendar.from_day,
            resources=tuple(one for one in resources if one.id in touched),
            requirements=tuple(required),
            preferred_months=_months(evaluators, settings),
            past=_spread(settings.past, plant, touched),
            published=_spread(settings.published, plant, touched),
            wished=_spread(settings.wished, plant, touched),
        ),
        open=tuple(findings.opened.values()),
        notes=tuple(findings.noted.values()),
        free=tuple(one for one in resources if one.id not in touched),
    )


def _catalogue(evaluators: Sequence[Evaluator]) -> Catalogue:
    return evaluators[0].pack.catalogue if evaluators else Catalogue(())


def _months(evaluators: Sequence[Evaluator], settings: Settings) -> tuple[int, ...]:
    if settings.prefer_months is not None:
        return settings.prefer_months
    return tuple(sorted({month for each in evaluators for month in each.pack.placement.prefer_months}))


def _resources(plant: Plant, required: Iterable[Requirement], findings: Findings) -> list[Resource]:
    """Every part; what of its emission remains while ovens are only kept hot is the load that holds them (A-L12)."""
    hot = {one.resource for one in required if isinstance(one, Stop) and one.kind == "stop_charging"}
    return [_hot(plant, part, findings) if part.id in hot else plant.resource(part) for part in plant.parts.values()]


def _hot(plant: Plant, part: Part, findings: Findings) -> Resource:
    held = plant.facts.number(part.line.chain(part.subject), "safe_holding_load_pct")
    if held is None:
        zh = "未登记安全保温负荷占比，停止装煤期间的排放按零计。"
        en = "The load that holds the ovens is not registered; while they are kept hot, no emission is counted."
        findings.note("holding", part.id, part.label, zh=zh, en=en)
    return replace(plant.resource(part), idle_share=(held or 0.0) / 100)


def _without_emission(lines: Iterable[Line], plant: Plant, touched: Collection[str], findings: Findings) -> None:
    """Lines that are planned without a word on what they emit count for nothing in the tonnes."""
    for line in lines:
        parts = [part for part in plant.below(line.id) if part.id in touched]
        if parts and not any(plant.resource(part).emission_t_d for part in plant.below(line.id)):
            zh, en = (
                "未登记日排放量，不计入吨数。",
                "No daily emission is registered; it counts for nothing in the tonnes.",
            )
            findings.note("emission", line.id, label_of(line.chain(line.subject)), zh=zh, en=en)


def _spread(plan: Plan, plant: Plant, touched: Collection[str]) -> Plan:
    """What is told of a line that is planned by its units is told of each of them."""
    found: dict[str, tuple[Stretch, ...]] = {}
    for subject_id, stretches in plan.items():
        for part in plant.below(subject_id):
            if part.id in touched and (part.id == subject_id or part.id not in plan):
                found[part.id] = stretches
    return found
