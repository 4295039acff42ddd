"""cutting: percentages of a base as cuts over the time they are reckoned by, and what stops along with furnaces."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import cast, get_args

from app.domain.enterprises.structure import Coupling as Registered
from app.domain.periods import Period
from app.domain.policies.pack import Pack
from app.domain.schedules.given.asked import Asked
from app.domain.schedules.given.calendar import Calendar
from app.domain.schedules.given.plant import Part, Plant
from app.domain.schedules.given.prepared import Findings, common, months_of
from app.domain.schedules.given.stopping import opened
from app.domain.schedules.requirements import Clause, Coupling, Cut, Method, Requirement, Stop

BASES: Mapping[str, tuple[str, ...]] = {
    "blast_furnace_capacity": ("blast_furnace_capacity_t_d",),
    "smelting_furnace_capacity": ("smelting_capacity_t_d",),
}
# By number, every member weighs the same.
_BY_NUMBER = frozenset({"line_count"})
DEFAULT_METHODS: tuple[Method, ...] = ("time_blocks", "whole_lines", "load")
_LEVELS = {"line": 2, "site": 1, "enterprise": 0}


@dataclass(slots=True)
class _Group:
    """One percentage over everything that its scope holds of what the rule binds, through one span of time."""

    first: Asked
    days: Period
    members: dict[str, Part] = field(default_factory=dict)
    following: dict[str, Part] = field(default_factory=dict)


def cutting(asked: Sequence[Asked], plant: Plant, calendar: Calendar, findings: Findings) -> Iterator[Requirement]:
    """The cuts of all rules, and the couplings that come with them or are registered."""
    groups: dict[tuple[object, ...], _Group] = {}
    loads = {
        (one.pack.name, one.subject["id"]) for one in asked if one.constraint.params.get("basis") == "load_before_1101"
    }
    for one in asked:
        # Who is asked later than others is reckoned with them from the first span on that both share.
        for days in reckoned(one) if share_of(one) is not None else ():
            if calendar.still(days) is not None:
                group = groups.setdefault((*_scope(one), days), _Group(one, days))
                group.members |= {part.id: part for part in _members(one, plant)}
                group.following |= {part.id: part for part in _following(one, plant)}
    coupled: dict[str, Coupling] = {}
    names: Counter[str] = Counter()
    for group in groups.values():
        by_load = (group.first.pack.name, group.first.subject["id"]) in loads
        weights = _weights(group, plant, findings)
        if not group.members:
            zh = "除另有规定的设备外，没有登记其他产能，比例无从安排。"
            en = "Nothing is registered beside the units that have a measure of their own, so there is nothing to cut."
            findings.open(opened("insufficient_facts", group.first, zh=zh, en=en))
        elif weights:
            name = "/".join(str(each) for each in (*_scope(group.first)[:3], group.days.start))
            names[name] += 1
            told = name if names[name] == 1 else f"{name}/{names[name]}"
            yield from _cuts(told, group, weights, plant, calendar, by_load=by_load)
            for part in group.following.values():
                found = _coupling(group, weights, part)
                known = coupled.setdefault(part.id, found)
                coupled[part.id] = replace(known, upstream_t_d={**known.upstream_t_d, **found.upstream_t_d})
    yield from coupled.values()
    yield from _registered(asked, plant, coupled)


def share_of(one: Asked) -> float | None:
    """What part is cut, where a demand is a percentage: a cut, or a stop of some lines or units."""
    name = {"cut": "pct", "stop": "share_pct"}.get(one.constraint.kind)
    value = None if name is None else one.constraint.given(name)
    return None if value is None else value / 100


def named_kinds(one: Asked, which: str) -> frozenset[str]:
    """The kinds of units a cut is counted by (`units`) or that stop along (`couples`)."""
    return frozenset(one.constraint.listed(which))


def _scope(one: Asked) -> tuple[object, ...]:
    params = one.constraint.params
    over = "site" if one.constraint.kind == "stop" else str(params.get("over", "line"))
    level = _LEVELS.get(over, 2)
    place = one.subject["id"] if level >= len(one.chain) or level == 2 else one.chain[level]["id"]
    return (one.pack.name, one.rule.id, place, share_of(one))


def _members(one: Asked, plant: Plant) -> list[Part]:
    kinds = named_kinds(one, "units")
    named = plant.units_of(one.subject["id"], kinds) if kinds else []
    found = named or [
        part for part in plant.producing(one.subject["id"]) if not kinds or part.id not in _couples(one, plant)
    ]
    excluded = one.constraint.params.get("except_units")
    if excluded is None:
        return found
    return [part for part in found if not is_excluded(part, str(excluded), plant)]


def is_excluded(part: Part, catalogue_class: str, plant: Plant) -> bool:
    """A-HR3: units of the class have a cut of their own, and the rest of the enterprise has this one."""
    chain = part.line.chain(part.subject)
    return part.subject["level"] == "unit" and plant.facts.value(chain, "catalogue_class") == catalogue_class


def _couples(one: Asked, plant: Plant) -> set[str]:
    return {part.id for part in _following(one, plant)}


def _following(one: Asked, plant: Plant) -> list[Part]:
    """What stops along; a line that consists of nothing else follows as a whole."""
    kinds, units = named_kinds(one, "couples"), named_kinds(one, "units")
    if not kinds:
        return []
    found = plant.units_of(one.subject["id"], kinds)
    whole = [
        part
        for part in plant.below(one.subject["id"])
        if part.subject["level"] == "line" and only_follows(part.line.production, kinds, units)
    ]
    return [*found, *whole]


def only_follows(production: Sequence[Mapping[str, object]], kinds: frozenset[str], units: frozenset[str]) -> bool:
    """Whether a line has nothing but what stops along, and nothing a cut is counted by."""
    own = {one.get("kind") for one in production}
    return bool(own) and own <= kinds and not own & units


def _weights(group: _Group, plant: Plant, findings: Findings) -> dict[str, float]:
    """The capacity of each member by the plan's base; alone, a member needs none to be cut by a percentage."""
    members = list(group.members.values())
    found: dict[str, float] = {}
    for part in members:
        weight = _weight(group.first, part, plant)
        if weight is not None:
            found[part.id] = weight[0]
            _noted(group.first, part, weight, plant, findings)
        elif len(members) == 1:
            found[part.id] = 1.0
            _unweighed(group.first, part, findings)
        else:
            _refused(group.first, part, plant)
    return found


def _weight(one: Asked, part: Part, plant: Plant) -> tuple[float, str] | None:
    basis = str(one.constraint.params.get("basis", "line_count"))
    if basis in _BY_NUMBER:
        return 1.0, ""
    if basis in BASES:
        return plant.of_unit(part.line, part.subject, BASES[basis])
    if part.subject["level"] == "line" or part.share == 1.0:
        least = plant.least_of_three(part.line)
        return None if least is None or not part.share else (least[0] * part.share, least[1])
    return plant.of_unit(part.line, part.subject)


def _noted(one: Asked, part: Part, weight: tuple[float, str], plant: Plant, findings: Findings) -> None:
    value, fact = weight
    if fact:
        zh, en = plant.facts.words(fact)
        findings.note(
            "baseline",
            part.id,
            part.label,
            zh=f"{one.rule.id}：基数为{zh}，合每日 {value:g} 吨。",
            en=f"{one.rule.id}: the base is the {en}, {value:g} t/d.",
        )


def _unweighed(one: Asked, part: Part, findings: Findings) -> None:
    findings.note(
        "baseline",
        part.id,
        part.label,
        zh=f"{one.rule.id}：只有一条线或一台设备，比例按停限时间计，不涉及产能基数（未登记）。",
        en=f"{one.rule.id}: the only member is cut by time alone; the capacity the base asks for is not registered.",
    )


def _refused(one: Asked, part: Part, plant: Plant) -> None:
    """Of several members each needs its weight; the row names the first fact that would give it."""
    basis = str(one.constraint.params.get("basis"))
    unit = part.subject["level"] == "unit"
    fact = BASES[basis][0] if basis in BASES else "unit_capacity_t_d" if unit else "capacity_eia"
    chain = part.line.chain(part.subject)
    zh = f"{one.rule.id} 的比例须按产能加权。"
    plant.facts.missing(chain, fact, zh=zh, en=f"and the percentage of {one.rule.id} is weighed by capacity.")


def _cuts(
    name: str, group: _Group, weights: Mapping[str, float], plant: Plant, calendar: Calendar, *, by_load: bool
) -> Iterator[Requirement]:
    """What can stop is cut by the plan's methods; what cannot is limited by the same share on every day (FS-39).

    A cut of everything is no sum over days: each member stands still on each of them.
    """
    one = group.first
    share = share_of(one) or 0.0
    methods = methods_of(one.pack, some_stop=one.constraint.kind == "stop")
    whole, ahead = calendar.counted(group.days), calendar.still(group.days)
    if whole is None or ahead is None:
        return
    if share >= 1:
        for each in weights:
            yield Stop(id=f"{name}/{each}", clause=one.clause, resource=each, period=ahead)
        return
    limited = {
        name for name in weights if by_load or methods == ("load",) or not _stoppable(group.members[name], plant)
    }
    held = {each: weight for each, weight in weights.items() if each in limited and "load" in methods}
    free = {each: weight for each, weight in weights.items() if each not in held}
    if free:
        yield Cut(id=name, clause=one.clause, weights_t_d=free, period=whole, share=share, methods=methods)
    if held:
        name = f"{name}/load" if free else name
        yield Cut(id=name, clause=one.clause, weights_t_d=held, period=ahead, share=share, methods=("load",))


def methods_of(pack: Pack, *, some_stop: bool = False) -> tuple[Method, ...]:
    """The plan's own order; a stop of so many lines is met by whole lines first."""
    known = get_args(Method)
    found = tuple(cast("Method", each) for each in pack.placement.methods if each in known) or DEFAULT_METHODS
    return ("whole_lines", *(each for each in found if each not in {"whole_lines", "load"})) if some_stop else found


def _stoppable(part: Part, plant: Plant) -> bool:
    return plant.resource(part).stoppable


def reckoned(one: Asked) -> list[Period]:
    """The spans of time over each of which a percentage is counted (A-G6, A-FS2).

    What the measure leaves unsaid is the plan's phases, the window where the plan's reading counts by it, else months.
    """
    how = "window" if one.constraint.kind == "stop" else one.constraint.params.get("reckoned")
    phases = [one.pack.periods[name].of_season(one.decision.season) for name in one.pack.placement.split_equally]
    if how is None:
        how = "phase" if phases else "window" if "A-G6" in one.pack.readings else "month"
    if how == "month":
        return months_of(one.period)
    if how == "phase" and phases:
        return [piece for phase in phases if (piece := common(one.period, phase)) is not None]
    return [one.period]


def _coupling(group: _Group, weights: Mapping[str, float], part: Part) -> Coupling:
    """Registered ones first, then the furnaces of its own line, then all that are counted (L12-18)."""
    one = group.first
    mates = _mates(part, one.works.couplings) & weights.keys()
    own = {name for name in weights if group.members[name].line.id == part.line.id}
    upstream = {name: weights[name] for name in weights if name in (mates or own or weights.keys())}
    return Coupling(
        id=f"{one.pack.name}/{one.rule.id}/{part.id}", clause=one.clause, upstream_t_d=upstream, downstream=part.id
    )


def _mates(part: Part, couplings: Iterable[Registered]) -> set[str]:
    """What a unit is registered to match, else what it feeds or is fed by."""
    pairs = [(one.kind, str(one.from_id), str(one.to_id)) for one in couplings]
    matched = {start for kind, start, end in pairs if kind == "matches" and end == part.id}
    fed = {start for kind, start, end in pairs if kind == "feeds" and end == part.id}
    return matched or fed | {end for kind, start, end in pairs if kind == "feeds" and start == part.id}


def _registered(asked: Iterable[Asked], plant: Plant, coupled: Mapping[str, Coupling]) -> Iterator[Coupling]:
    """What is registered to stop together does so without a rule; what merely feeds may have stocks."""
    works = {one.works.id: one.works for one in asked}
    upstream: dict[str, dict[str, float]] = {}
    for known in (coupling for each in works.values() for coupling in each.couplings):
        start, end = plant.parts.get(str(known.from_id)), plant.parts.get(str(known.to_id))
        if known.kind == "matches" and start is not None and end is not None and end.id not in coupled:
            upstream.setdefault(end.id, {})[start.id] = plant.capacity(start) or 0.0
    says = {
        "zh": "登记的配套关系：上游停，下游随停。",
        "en": "Registered to stop together: what follows runs no more than what leads.",
    }
    for end_id, weights in upstream.items():
        clause = Clause(pack="", rule="coupling", says=says)
        told = weights if all(weights.values()) else dict.fromkeys(weights, 1.0)
        yield Coupling(id=f"coupling/{end_id}", clause=clause, upstream_t_d=told, downstream=end_id)
