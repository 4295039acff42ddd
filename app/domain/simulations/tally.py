"""Counting: how many change, which way, how many tonnes a day, by industry, region, grade, and by which leaf."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from app.domain.policies.conditions import Truth, text_of
from app.domain.quantities import Pollutant
from app.domain.simulations.causes import Cause, Side
from app.domain.simulations.comparing import EMISSIONS, Change, Seen

UNREGULATED = "unregulated"
# Leaves named in a summary; the changes name them all.
LEAVES_SHOWN = 100
Standing = tuple[str, str | None]


@dataclass(slots=True)
class Tonnes:
    """What two plans keep out of the air on the day, in t/d, over the lines of which everything for it is known."""

    before: float = 0.0
    after: float = 0.0
    known: int = 0
    unknown: int = 0

    def add(self, found: tuple[float, float] | None) -> None:
        if found is None:
            self.unknown += 1
            return
        self.known += 1
        self.before += found[0]
        self.after += found[1]


@dataclass(slots=True)
class Group:
    """Some subjects: how many there are, how many change and which way, and the tonnes of the lines that change."""

    subjects: int = 0
    changed: int = 0
    directions: Counter[str] = field(default_factory=Counter)
    tonnes: dict[Pollutant, Tonnes] = field(default_factory=lambda: {name: Tonnes() for name in EMISSIONS})

    def add(self, seen: Seen, change: Change | None) -> None:
        self.subjects += 1
        if change is None:
            return
        self.changed += 1
        self.directions[change.direction] += 1
        if seen.is_line:
            for pollutant, tonnes in self.tonnes.items():
                tonnes.add(change.tonnes(pollutant))


@dataclass(frozen=True, slots=True)
class LeafKey:
    """One leaf of one rule on one side, as it turned out."""

    side: Side
    rule: str
    text: str
    truth: Truth


@dataclass(slots=True)
class Tally:
    """The counts of one simulation, growing portion by portion."""

    whole: Group = field(default_factory=Group)
    by_industry: dict[str | None, Group] = field(default_factory=dict)
    by_region: dict[str | None, Group] = field(default_factory=dict)
    by_grade: dict[str | None, Group] = field(default_factory=dict)
    transitions: Counter[tuple[Standing, Standing]] = field(default_factory=Counter)
    leaves: Counter[LeafKey] = field(default_factory=Counter)
    # One example of each leaf, to be written out in words.
    examples: dict[LeafKey, Cause] = field(default_factory=dict)

    def add(self, seen: Seen, change: Change | None) -> None:
        groups: tuple[tuple[dict[str | None, Group], str | None], ...] = (
            (self.by_industry, seen.industry),
            (self.by_region, seen.region),
            (self.by_grade, seen.grade),
        )
        for group in (self.whole, *(kept.setdefault(key, Group()) for kept, key in groups)):
            group.add(seen, change)
        if change is None:
            return
        self.transitions[standing(change, "before"), standing(change, "after")] += 1
        for key, cause in leaf_keys(change).items():
            self.leaves[key] += 1
            self.examples.setdefault(key, cause)

    def frequent(self) -> list[tuple[LeafKey, int]]:
        """The leaves that decide most changes first, in a stable order."""
        ordered = sorted(self.leaves.items(), key=lambda one: (-one[1], one[0].rule, one[0].text, one[0].side))
        return ordered[:LEAVES_SHOWN]


def standing(change: Change, side: Side) -> Standing:
    """Status and class on one side."""
    decision = change.before if side == "before" else change.after
    if decision is None:
        return UNREGULATED, None
    return decision.status, decision.outcomes.stagger_class


def leaf_keys(change: Change) -> dict[LeafKey, Cause]:
    """The leaves behind a change, each once."""
    return {
        LeafKey(cause.side, cause.rule.id, text_of(cause.leaf), cause.truth): cause
        for cause in change.causes
        if cause.leaf is not None
    }


def in_order(groups: Mapping[str | None, Group]) -> list[tuple[str | None, Group]]:
    """Groups in a stable order, the nameless one last."""
    return sorted(groups.items(), key=lambda one: (one[0] is None, one[0] or ""))


def ordered_transitions(tally: Tally) -> list[tuple[Standing, Standing, int]]:
    def key(one: tuple[tuple[Standing, Standing], int]) -> Any:
        return -one[1], str(one[0])

    return [(before, after, count) for (before, after), count in sorted(tally.transitions.items(), key=key)]
