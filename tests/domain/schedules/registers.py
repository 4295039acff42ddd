"""Random registers for the shipped plans: enterprises down to their units, what is known of them, acts, ledgers, a past.

What hypothesis draws is the shape; the facts of each subject follow from one small number, so that a register stays
quick to draw and shrinks to few subjects.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from random import Random
from typing import Any
from uuid import UUID

from hypothesis import strategies as st

from app.domain.decisions.evaluate import Evaluator
from app.domain.decisions.subjects import FactSpan, Subject
from app.domain.enterprises.structure import Coupling
from app.domain.periods import ONE_DAY
from app.domain.policies.facts import Level
from app.domain.quantities import POLLUTANTS
from app.domain.schedules.given.prepared import Settings, Target, Works
from tests.domain.register import below, subject
from tests.domain.schedules.register_acts import acts_of, owed, standing
from tests.domain.schedules.register_facts import UNITS, aimed, classes, facts_of, industry_of, met
from tests.scenarios.plans_read import evaluator_of_plan

# Where each plan, or two of them, speak.
STACKS: list[tuple[tuple[str, ...], tuple[str, ...]]] = [
    (("linfen-twelve-industries",), ("141002", "141025")),
    (("linfen-city",), ("141002", "141027")),
    (("fushan",), ("141027",)),
    (("huairen",), ("140681",)),
    (("gaoping",), ("140581",)),
    (("yongning",), ("640121",)),
    (("changzhi",), ("140404",)),
    (("national-clinker",), ("141002", "640121", "210100")),
    (("fushan", "linfen-city"), ("141027",)),
    (("fushan", "linfen-twelve-industries"), ("141027",)),
    (("linfen-twelve-industries", "linfen-city"), ("141002", "141025")),
    (("linfen-twelve-industries", "national-clinker"), ("141002", "141025")),
    (("huairen", "national-clinker"), ("140681",)),
    (("gaoping", "national-clinker"), ("140581",)),
    (("yongning", "national-clinker"), ("640121",)),
    (("changzhi", "national-grades"), ("140404",)),
    (("fushan", "national-grades"), ("141027",)),
]
ANY_UNITS = ("other", "boiler", "treatment", "rotary_kiln", "calciner")
PROCESSES = ("casting", "smelting", "melting", "ironmaking")
FEEDS = ("matches", "matches", "feeds", "heats")
SEASONS = (2019, 2022)


@dataclass(frozen=True, kw_only=True)
class Register:
    """What a schedule is prepared from: the plans, the enterprises and the day of planning."""

    plans: tuple[str, ...]
    works: tuple[Works, ...]
    settings: Settings

    def __repr__(self) -> str:
        """A failing example in a few lines: whoever is drawn, with the values known."""
        lines = [f"{self.plans} from {self.settings.from_day}"]
        for works in self.works:
            lines += [_told(one) for one in below(works.tree)]
            lines += [f"  {act}" for acts in works.acts.values() for act in acts]
            lines += [f"  {one.kind} {one.from_id} -> {one.to_id}" for one in works.couplings]
        return "\n".join([*lines, *(f"  {due}" for due in self.settings.dues)])

    @property
    def evaluators(self) -> list[Evaluator]:
        return [evaluator_of_plan(name) for name in self.plans]


def _told(one: Subject) -> str:
    facts = {
        name: [(each["value"], each["from"], each["to"]) for each in spans] for name, spans in one["facts"].items()
    }
    plain = {name: told[0][0] if told[0][1:] == (None, None) else told for name, told in facts.items()}
    return (
        f"{one['level']} {one['id'][-4:]} {one.get('industry') or one.get('kind') or one.get('region') or ''} {plain}"
    )


@dataclass(slots=True, kw_only=True)
class _Trees:
    """Draws enterprises under some plans; with `only` all lines are of that industry. Ids count up, as UUIDs."""

    draw: st.DrawFn
    plans: tuple[str, ...]
    region: str
    season: int
    only: str | None
    share: float = 1.0
    last: int = 0

    def tree(self) -> Subject:
        """An enterprise of one or two sites, with lines of some industry in units and processes."""
        self.share = self.draw(st.sampled_from([1.0, 1.0, 1.0, 0.9, 0.6]))
        return self._made("enterprise", [self._site(first=not each) for each in range(self._count([1, 1, 1, 2]))])

    def _count(self, counts: Sequence[int]) -> int:
        return self.draw(st.sampled_from(counts))

    def _random(self) -> Random:
        return Random(self.draw(st.integers(0, 9999)))

    def _made(self, level: Level, children: Sequence[Subject] = ()) -> Subject:
        self.last += 1
        facts = facts_of(self._random(), self.season, level, self.plans, share=self.share)
        return subject(level, str(UUID(int=self.last)), facts, children)

    def _site(self, *, first: bool) -> Subject:
        site = self._made("site", [self._line() for _ in range(self._count([1, 2] if first else [0, 1, 2]))])
        if self.draw(st.booleans()):
            site["facts"] |= aimed(self._random(), self.plans, "site", None)
        # A second site may lie where none of the plans speaks.
        site["region"] = self.region if first else self.draw(st.sampled_from([self.region, self.region, "110101"]))
        return site

    def _line(self) -> Subject:
        tag, facts = self._industry()
        units = [self._part("unit", UNITS.get(tag, ANY_UNITS)) for _ in range(self._count([0, 1, 2, 3]))]
        processes = [self._part("process", PROCESSES) for _ in range(self._count([0, 0, 0, 1]))]
        for one in units if processes else ():
            one["process"] = self.draw(st.sampled_from([None, processes[0]["code"]]))
        line = self._made("line", [*units, *processes])
        line["industry"] = tag
        line["facts"] |= facts
        return line

    def _industry(self) -> tuple[str, dict[str, list[FactSpan]]]:
        """What a line makes, most often with the facts of some class it could be in."""
        known = sorted({one for name in self.plans for one in evaluator_of_plan(name).programs["line"].tags} - {"*"})
        aim = self.draw(st.sampled_from(["class", "class", "class", "rule", "none"]))
        if aim == "class" and not self.only and classes(self.plans):
            plan, rule_id = self.draw(st.sampled_from(classes(self.plans)))
            return industry_of(self._random(), plan, rule_id), met(self._random(), plan, rule_id)
        tag = self.only or self.draw(st.sampled_from(known or ["other"]))
        return tag, {} if aim == "none" else aimed(self._random(), self.plans, "line", tag)

    def _part(self, level: Level, kinds: Sequence[str]) -> Subject:
        found, kind = self._made(level), self.draw(st.sampled_from(kinds))
        if self._count([0, 0, 0, 1]):
            found["facts"] |= aimed(self._random(), self.plans, level, kind)
        found["kind"] = kind
        found["process"] = None
        return found


def _couplings(draw: st.DrawFn, tree: Subject) -> tuple[Coupling, ...]:
    """Units and lines of one enterprise that hang together, in circles too."""
    ends = [one for one in below(tree) if one["level"] in {"line", "unit"}]
    found = []
    for number in range(draw(st.sampled_from([0, 0, 0, 1, 2])) if len(ends) > 1 else 0):
        pair = draw(st.lists(st.sampled_from(ends), min_size=2, max_size=2, unique_by=lambda one: one["id"]))
        first, second = pair
        found.append(
            Coupling(
                id=UUID(int=10_000 + number),
                kind=draw(st.sampled_from(FEEDS)),
                from_level=first["level"],
                from_id=UUID(first["id"]),
                to_level=second["level"],
                to_id=UUID(second["id"]),
            )
        )
    return tuple(found)


@st.composite
def registers(draw: st.DrawFn) -> Register:
    """Everything one schedule is made of."""
    plans, regions = draw(st.sampled_from(STACKS))
    region, season = draw(st.sampled_from(regions)), draw(st.sampled_from(SEASONS))
    # Many works of one industry take turns; elsewhere few works of any.
    cohort = plans[0] == "gaoping" and draw(st.sampled_from([True, True, False]))
    drawing = _Trees(draw=draw, plans=plans, region=region, season=season, only="lime" if cohort else None)
    trees = [drawing.tree() for _ in range(draw(st.integers(2, 5) if cohort else st.integers(1, 3)))]
    random = Random(draw(st.integers(0, 9999)))
    answered = draw(st.sampled_from([0.0, 0.5, 0.9]))
    works = tuple(
        Works(
            tree=tree,
            acts={name: acts_of(random, evaluator_of_plan(name), tree, season, answered) for name in plans},
            couplings=_couplings(draw, tree),
        )
        for tree in trees
    )
    return Register(plans=plans, works=works, settings=_settings(draw, random, plans, works, season))


def _settings(draw: st.DrawFn, random: Random, plans: Sequence[str], works: Sequence[Works], season: int) -> Settings:
    """A day of planning before the season or in it, ledgers, what stands published or is wished, targets."""
    days = [date(season, 9, 1), date(season, 11, 1), date(season, 12, 12), date(season + 1, 2, 20)]
    from_day = draw(st.sampled_from(days))
    trees = [one.tree for one in works]
    ledgers = [(evaluator_of_plan(name), one) for name in plans for one in works] if draw(st.booleans()) else []
    past = standing(random, trees, date(season, 8, 1), from_day, 0.4)
    published = (
        {**past, **standing(random, trees, from_day, date(season + 1, 3, 1), 0.2)} if draw(st.booleans()) else {}
    )
    more: dict[str, Any] = {}
    if draw(st.sampled_from([True, False, False])):
        more["wished"] = standing(random, trees, from_day, from_day + 20 * ONE_DAY, 0.3)
    if draw(st.sampled_from([True, False, False, False])):
        more["targets"] = (_target(random),)
    return Settings(
        season=season,
        from_day=from_day,
        dues=tuple(due for each, one in ledgers for due in owed(random, each, one, season, from_day)),
        stopped_count=frozenset({"GP-19"}) if draw(st.booleans()) else frozenset(),
        past=past,
        published=published,
        **more,
    )


def _target(random: Random) -> Target:
    return Target(
        pollutant=random.choice(POLLUTANTS),
        tonnes=random.choice([0.0, 2.0, 20.0]),
        why={"zh": "冬季减排目标", "en": "winter target"},
        month=random.choice([None, 12, 1]),
    )
