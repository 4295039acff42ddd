"""A policy pack: one plan as data, frozen, with every citation still attached."""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Literal, get_args

from app.domain.access import region_prefix
from app.domain.periods import Period
from app.domain.policies.conditions import Node, leaves
from app.domain.policies.facts import Catalogue, Level
from app.domain.policies.findings import Path
from app.domain.policies.measures import Measure, Span
from app.domain.policies.undertakings import Duty, Placement, Relation, Text, Workflow, WorkflowKind

Kind = Literal["M", "D", "X", "P", "R", "E", "G", "S"]
Stage = Literal["gate", "livelihood", "exemption", "rule", "adjustment", "penalty", "warning", "transport"]
Binding = Literal["line", "unit", "process", "site"]
STAGES: tuple[Stage, ...] = get_args(Stage)
Nature = Literal["staggered", "emergency"]
# Where a pack lists what it asks of people.
Section = Literal["duties", "reports", "disclosures"]
BINDINGS: tuple[Binding, ...] = ("site", "line", "process", "unit")


@dataclass(frozen=True, slots=True, kw_only=True)
class Provision:
    """What the text says at one printed place, in our own words."""

    id: str
    place: str
    kind: Kind
    says: Text
    excused: Text | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """What we read into a text that leaves something open, and who should confirm it."""

    id: str
    says: Text
    confirm: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Zone:
    """A part of the plan's territory with a window of its own."""

    name: str
    label: Text
    regions: tuple[str, ...]
    readings: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """A named group of regions a condition may ask for; what an unconfirmed list leaves out is unknown, not outside."""

    name: str
    label: Text
    regions: tuple[str, ...]
    complete: bool = True
    readings: tuple[str, ...] = ()

    def holds(self, region: str | None) -> bool | None:
        if region is None:
            return None
        if any(region.startswith(region_prefix(own)) for own in self.regions):
            return True
        return False if self.complete else None


@dataclass(frozen=True, slots=True, kw_only=True)
class Window:
    """The season of a zone, or of the whole territory when `zone` is None."""

    zone: str | None
    span: Span
    cites: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Group:
    """A named set of units or lines that a quantifier ranges over, found below an ancestor of the bound subject."""

    name: str
    zh: str
    level: Level
    within: Level
    kinds: frozenset[str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Industry:
    """A chapter of the plan and the industry tags it speaks of."""

    name: str
    label: Text
    tags: frozenset[str]
    readings: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Substitute:
    """A measure the text allows instead, and what that takes (HR-08)."""

    then: Measure
    cites: tuple[str, ...]
    needs: Text


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Rule:
    """A condition and the measure that follows, with the clause it stands on.

    `lifts`: where it holds, the ladders are not consulted. `to`: the ladder rows an adjustment speaks of, empty for all.
    `granted_by`: the fact by which an authority lists or grants what the rule's criteria only make possible; `basis`:
    whether nobody else may be listed (necessary) or everybody who meets them is to be (sufficient).
    """

    id: str
    stage: Stage
    cites: tuple[str, ...]
    then: Measure
    when: Node | None = None
    class_: str | None = None
    readings: tuple[str, ...] = ()
    flags: tuple[Text, ...] = ()
    lifts: bool = False
    to: frozenset[str] = frozenset()
    granted_by: str = ""
    basis: Literal["necessary", "sufficient", ""] = ""
    may_instead: tuple[Substitute, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Scoped:
    """A rule outside the ladders, with the subjects it binds."""

    rule: Rule
    binds: Binding
    tags: frozenset[str] | None = None
    except_tags: frozenset[str] = frozenset()
    kinds: frozenset[str] | None = None

    def reaches(self, tag: str | None) -> bool:
        """Whether a line of this industry, or a unit or process of this kind, can meet the rule."""
        return self.speaks_of(tag) if self.binds == "line" else self.kinds is None or tag in self.kinds

    def speaks_of(self, industry: str | None) -> bool:
        """Whether the rule is for lines of this industry, or for what stands on such lines."""
        return industry not in self.except_tags and (self.tags is None or industry in self.tags)

    @property
    def asks_industry(self) -> bool:
        return self.tags is not None or bool(self.except_tags)


@dataclass(frozen=True, slots=True, kw_only=True)
class Ladder:
    """The classes of one industry, best first: the first row whose condition holds wins."""

    industry: Industry
    rows: tuple[Rule, ...]
    lowest: str
    binds: Binding = "line"
    kinds: frozenset[str] | None = None
    cites: tuple[str, ...] = ()

    @property
    def asks_industry(self) -> bool:
        """A ladder of no chapter speaks of every industry."""
        return bool(self.industry.tags)

    def reaches(self, tag: str | None) -> bool:
        """Whether a line of this industry, or a unit or process of this kind, is on the ladder."""
        return self.speaks_of(tag) if self.binds == "line" else self.kinds is None or tag in self.kinds

    def speaks_of(self, industry: str | None) -> bool:
        return not self.asks_industry or industry in self.industry.tags


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """One place of a pack that cites: where it stands, which rule or duty it belongs to, and what it names."""

    path: Path
    owner: str
    cites: tuple[str, ...] = ()
    readings: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True, eq=False)
class Pack:
    """One plan, as published; `hash` is the identity of its content and scenarios."""

    name: str
    version: str
    hash: str
    title: Text
    issuer_region: str
    issuer_level: str
    issuer_body: str
    regions: tuple[str, ...]
    catalogue: Catalogue = field(repr=False)
    windows: tuple[Window, ...]
    zones: tuple[Zone, ...]
    provisions: Mapping[str, Provision]
    readings: Mapping[str, Reading]
    sets: Mapping[str, frozenset[str]]
    groups: Mapping[str, Group]
    ladders: tuple[Ladder, ...]
    # The rules outside the ladders, in stage order.
    scoped: tuple[Scoped, ...]
    nature: Nature = "staggered"
    effective: Period | None = None
    places: tuple[Place, ...] = ()
    periods: Mapping[str, Span] = field(default_factory=dict)
    duties: tuple[Duty, ...] = ()
    reports: tuple[Duty, ...] = ()
    disclosures: tuple[Duty, ...] = ()
    workflows: tuple[Workflow, ...] = ()
    placement: Placement = field(default_factory=Placement)
    relations: tuple[Relation, ...] = ()
    # What the pack itself declares, beside the base catalogue it was read with.
    local_facts: frozenset[str] = frozenset()
    sources: tuple[Source, ...] = field(default=(), repr=False)

    @property
    def decides(self) -> str:
        """The region whose authority decides what the plan leaves open; empty for the enterprise's own."""
        return "" if self.issuer_level == "nation" else self.issuer_region

    def governs(self, region: str) -> bool:
        return any(region.startswith(region_prefix(own)) for own in self.regions)

    def zone_of(self, region: str | None) -> str | None:
        """The zone a region lies in, or None when the plan (as read) does not say."""
        if region is None:
            return None
        found = (zone.name for zone in self.zones if any(region.startswith(region_prefix(r)) for r in zone.regions))
        return next(found, None)

    def window(self, zone: str | None) -> Span:
        """The season's window in a zone; a zone without one takes the first, until the linter's finding is mended."""
        found = (window.span for window in self.windows if window.zone in (zone, None))
        return next(found, self.windows[0].span)

    def bounds(self, season: int) -> tuple[date, date]:
        """The first and the last day on which some zone's season runs."""
        windows = [window.span.of_season(season) for window in self.windows]
        return min(window.start for window in windows), max(window.last_day or window.start for window in windows)

    def undertakings(self) -> Iterator[tuple[Section, Duty]]:
        """Every duty with the section of the pack it stands in."""
        sections: tuple[tuple[Section, tuple[Duty, ...]], ...] = (
            ("duties", self.duties),
            ("reports", self.reports),
            ("disclosures", self.disclosures),
        )
        for section, duties in sections:
            for duty in duties:
                yield section, duty

    def at_stage(self, stage: Stage) -> tuple[Scoped, ...]:
        return tuple(one for one in self.scoped if one.rule.stage == stage)

    def rules(self) -> Iterator[Rule]:
        """Every rule in stage order; one that binds several levels stands once."""
        found = [scoped.rule for scoped in self.scoped] + [row for ladder in self.ladders for row in ladder.rows]
        return iter(sorted(dict.fromkeys(found), key=lambda rule: STAGES.index(rule.stage)))

    def asked_facts(self) -> set[str]:
        """Every fact the conditions read, with the inputs of those that are derived."""
        asked = {leaf.fact for rule in self.rules() if rule.when for leaf in leaves(rule.when)}
        inputs = {name for fact in asked if (derive := self.catalogue[fact].derive) for name in derive.inputs}
        return asked | inputs

    def rule(self, rule_id: str) -> Rule:
        return next(rule for rule in self.rules() if rule.id == rule_id)

    def workflow_for(self, kind: WorkflowKind, cites: Collection[str]) -> Workflow | None:
        """The workflow of a kind that stands on most of the same clauses; of equals, the first."""
        found = [one for one in self.workflows if one.kind == kind]
        return max(found, key=lambda one: len(set(cites).intersection(one.cites)), default=None)

    def covers(self, zone: str | None, season: int, day: date) -> bool:
        return day in self.window(zone).of_season(season)

    def in_effect(self, season: int) -> bool:
        """Whether the plan dates itself so that it can speak of a season (A-G15: only rules valid in the same one)."""
        if self.effective is None:
            return True
        spans = [window.span.of_season(season) for window in self.windows]
        return any(span.meets(self.effective) for span in spans)
