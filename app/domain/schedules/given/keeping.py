"""keeping: what has to go on or be reached whatever stops: heat for homes, and the tonnes a region wants less."""

from collections.abc import Iterable, Iterator, Sequence

from app.domain.decisions.evaluate import Evaluator
from app.domain.periods import MonthDay, Period
from app.domain.schedules.given.asked import label_of
from app.domain.schedules.given.calendar import Calendar
from app.domain.schedules.given.plant import HEAT_DUTY, HEAT_OUTPUT, Line, Part, Plant
from app.domain.schedules.given.prepared import Findings, Open, Settings, common
from app.domain.schedules.requirements import Clause, Floor, HeatDuty

_SAYS = {"zh": "停限产期间居民供热不得低于供热任务。", "en": "Heat for homes is kept up whatever stops."}


def heat_duties(
    lines: Iterable[Line],
    evaluators: Sequence[Evaluator],
    plant: Plant,
    *,
    calendar: Calendar,
    settings: Settings,
    findings: Findings,
) -> Iterator[HeatDuty]:
    """One duty for each site that an authority confirmed as a heat supplier, through the heating season (L12-54, L12-03)."""
    sites = {line.site["id"]: line for line in lines}
    for line in sites.values():
        chain = (line.works.tree, line.site)
        period = calendar.still(_heating(line, evaluators, calendar, settings))
        if plant.facts.value(chain, "residential_heat") is True and period is not None:
            clause = _clause(line, evaluators)
            needed = plant.facts.number(chain, HEAT_DUTY)
            heat = {part.id: mw for part in plant.below(line.site["id"]) if (mw := heat_of(part, plant))}
            if needed is None:
                findings.open(_unknown(line, clause, period))
            elif not heat:
                plant.facts.missing(
                    chain, HEAT_OUTPUT, zh="供热任务无从保证。", en="so nothing is known to carry the heat duty."
                )
            else:
                yield HeatDuty(
                    id=f"heat/{line.site['id']}", clause=clause, heat_mw=heat, period=period, needed_mw=needed
                )


def heat_of(part: Part, plant: Plant) -> float | None:
    """What a unit supplies, else its share of what its line as a whole does."""
    own = plant.facts.stated(part.line.chain(part.subject), HEAT_OUTPUT)
    if own is not None or part.subject is part.line.subject:
        return None if own is None else own * (part.share if part.subject is part.line.subject else 1.0)
    whole = plant.facts.stated(part.line.chain(part.line.subject), HEAT_OUTPUT)
    return None if whole is None else whole * part.share


def _heating(line: Line, evaluators: Sequence[Evaluator], calendar: Calendar, settings: Settings) -> Period:
    """The heating season, else the windows of the plans where the site lies taken together (A-G8)."""
    if settings.heating is not None:
        return settings.heating
    packs = [each.pack for each in evaluators if each.pack.governs(line.site.get("region") or "")]
    windows = [pack.window(pack.zone_of(line.site.get("region"))).of_season(settings.season) for pack in packs]
    ends = [one.until for one in windows if one.until is not None]
    return Period(min((one.start for one in windows), default=calendar.first), max(ends, default=calendar.end))


def _clause(line: Line, evaluators: Sequence[Evaluator]) -> Clause:
    """The plan that wants heat kept, if one does."""
    for each in evaluators:
        if each.pack.placement.keep_heat and each.pack.governs(line.site.get("region") or ""):
            return Clause(pack=each.pack.name, rule="heat", cites=each.pack.placement.keep_heat, says=_SAYS)
    return Clause(pack="", rule="heat", says=_SAYS)


def _unknown(line: Line, clause: Clause, period: Period) -> Open:
    return Open(
        kind="insufficient_facts",
        enterprise_id=line.works.id,
        subject_id=line.site["id"],
        label=label_of((line.works.tree, line.site)),
        clause=clause,
        period=period,
        says={
            "zh": "该厂区承担居民供热，但没有登记供热任务（兆瓦），排产未能保证供热。",
            "en": "The site heats homes, but how many megawatts it has to keep is not registered, so the plan does not guard it.",
        },
    )


def floors(settings: Settings, calendar: Calendar) -> Iterator[Floor]:
    """The tonnes a region has to emit less, by month or over the calendar; the past of it counts."""
    whole = Period(calendar.first, calendar.end)
    for number, target in enumerate(settings.targets):
        period = whole if target.month is None else _month(target.month, settings.season)
        held = common(period, whole)
        rule = f"target/{number}/{target.pollutant}"
        clause = Clause(pack=target.pack, rule=rule, cites=target.cites, says=target.why)
        yield Floor(id=rule, clause=clause, pollutant=target.pollutant, period=held or period, tonnes=target.tonnes)


def _month(month: int, season: int) -> Period:
    """A calendar month of the season; 31 is clamped to its last day."""
    first = MonthDay(month, 1).of_season(season)
    return Period.inclusive(first, MonthDay(month, 31).of_season(season))
