"""The shape of a policy pack's YAML, field by field: the JSON Schema that editors complete from is made of this."""

import re
from datetime import date
from typing import Annotated, Literal

from pydantic import BeforeValidator, Field

from app.documents.pack_basics import (
    Cites,
    MonthDayText,
    Name,
    OptionCode,
    RegionCode,
    RuleId,
    Shape,
    TextShape,
    listed,
)
from app.documents.pack_measure_shape import Then
from app.domain.policies.undertakings import FilledBy, RelatedTo, StepVerb, WhenStricter, WorkflowKind


class IssuerShape(Shape):
    region: RegionCode
    level: Literal["nation", "province", "city", "county"]
    body: str


class ScopeShape(Shape):
    regions: list[RegionCode] = Field(min_length=1)


class SeasonShape(Shape):
    zone: Name | None = None
    from_: MonthDayText = Field(alias="from")
    to: MonthDayText
    cites: Cites
    printed_days: int | None = None


class ZoneShape(Shape):
    name: TextShape
    regions: list[RegionCode]
    readings: Cites


class PlaceShape(Shape):
    """A named group of regions; `complete: false` says that its list is not confirmed."""

    name: TextShape
    regions: list[RegionCode]
    complete: bool = True
    readings: Cites


class EffectiveShape(Shape):
    """The days from and to which a text dates itself, both included."""

    from_: date = Field(alias="from")
    to: date | None = None


class PeriodShape(Shape):
    name: TextShape | None = None
    from_: MonthDayText = Field(alias="from")
    to: MonthDayText
    printed_days: int | None = None
    readings: Cites
    cites: Cites


class ProvisionShape(Shape):
    id: RuleId
    place: str
    kind: Literal["M", "D", "X", "P", "R", "E", "G", "S"]
    says: str
    says_en: str
    excused: TextShape | None = None


class ReadingShape(Shape):
    id: RuleId
    says: str
    says_en: str
    confirm: str


class DerivationShape(Shape):
    of: Name
    oxygen: Name
    reference_pct: float = Field(ge=0, lt=21)


class DeriveShape(Shape):
    at_reference_oxygen: DerivationShape | None = None
    distance_to_built_up: dict[str, str] | None = None


class FactShape(Shape):
    """One fact: its Chinese name may be used in conditions, so it must be a plain word."""

    zh: str = Field(min_length=1, max_length=60)
    en: str = Field(min_length=1, max_length=120)
    type: Literal["boolean", "number", "enum", "programme", "date", "text"]
    subject: Literal["enterprise", "site", "line", "process", "unit"]
    unit: str = ""
    values: dict[OptionCode, str] = Field(default_factory=dict)
    question: str
    question_en: str
    absent: bool | float | str | None = None
    absent_reason: str = ""
    derive: DeriveShape | None = None
    occurs: Literal["in_window"] | None = Field(
        default=None, description="true only of what happened on a day of the plan's window"
    )
    follows: dict[Name, bool | str] = Field(
        default_factory=dict, description="the findings, with their values, that make it true where they happened there"
    )
    cites: Cites
    readings: Cites


class SetShape(Shape):
    zh: str
    of: str = Field(description="the fact whose values are listed, or `programme`")
    values: list[str] = Field(default_factory=list, description="by their codes or their Chinese names")
    includes: list[Name] = Field(default_factory=list, description="other sets whose values belong to this one")


class GroupShape(Shape):
    zh: str
    level: Literal["line", "process", "unit"]
    within: Literal["enterprise", "site", "line"]
    kinds: list[Name] = Field(default_factory=list)
    includes: list[Name] = Field(default_factory=list, description="other groups whose kinds belong to this one")


class IndustryShape(Shape):
    name: TextShape
    tags: list[Name] = Field(min_length=1)
    readings: Cites


class NodeShape(Shape):
    """Exactly one of all, any, not, if; with every or some, the rest speaks of each member of that group."""

    all: list["NodeShape"] | None = None
    any: list["NodeShape"] | None = None
    not_: "NodeShape | None" = Field(default=None, alias="not")
    if_: str | None = Field(default=None, alias="if")
    every: str | None = None
    some: str | None = None
    at: MonthDayText | None = Field(default=None, description="the state before this day begins, whatever comes later")
    cite: str = ""
    note: TextShape | None = None


class SubstituteShape(Shape):
    """A measure the text allows instead, and what that takes."""

    then: Then
    cites: Cites
    needs: TextShape


class RowShape(Shape):
    """One row of a ladder; without `when` it holds otherwise."""

    id: RuleId
    class_: str | None = Field(default=None, alias="class")
    cites: Cites
    readings: Cites
    when: NodeShape | None = None
    then: Then
    flags: list[TextShape] = Field(default_factory=list)
    may_instead: list[SubstituteShape] = Field(default_factory=list)


class ExceptShape(Shape):
    except_: list[str] = Field(alias="except", min_length=1)


BindingWord = Literal["line", "unit", "process", "site"]
Binds = Annotated[list[BindingWord], BeforeValidator(listed), Field(min_length=1)]


class ScopedShape(RowShape):
    """A rule outside the ladders: which sites, lines (by industry), processes or units (by kind) it binds."""

    binds: Binds = Field(default=["line"])
    industries: list[str] | ExceptShape | None = None
    kinds: list[Name] | None = None
    lifts: Literal["rules"] | None = Field(default=None, description="where it holds, the ladders are not consulted")


class ExemptionShape(ScopedShape):
    """A criterion of the exemption list: who meets it is eligible, whom the authority lists is exempt."""

    granted_by: Name
    basis: Literal["necessary", "sufficient"] = "necessary"


class AdjustmentShape(ScopedShape):
    """A change to what the ladder gives, or a further constraint beside it."""

    to: list[RuleId] = Field(default_factory=list)


class LadderShape(Shape):
    industry: str | None = Field(default=None, description="a chapter of `industries`, by its name or its Chinese one")
    binds: BindingWord = "line"
    kinds: list[Name] | None = None
    lowest: str = ""
    cites: Cites
    readings: Cites
    ladder: list[RowShape] = Field(min_length=1)


class KeepHeatShape(Shape):
    cites: Cites


class CreditShape(Shape):
    """Other stops may be counted."""

    cites: Cites
    readings: Cites
    same_line_only: bool = True


class EquallyShape(Shape):
    equally: list[str] = Field(min_length=2)


class PlacementShape(Shape):
    methods: list[Literal["rotation", "time_blocks", "day_blocks", "whole_lines", "load"]] = Field(default_factory=list)
    prefer_months: list[Annotated[int, Field(ge=1, le=12)]] = Field(default_factory=list)
    split: EquallyShape | None = None
    keep_heat: KeepHeatShape | None = None
    credit: CreditShape | None = None
    cites: Cites
    readings: Cites


class RelationShape(Shape):
    id: RuleId | None = None
    to: RelatedTo
    when_stricter: WhenStricter
    notice_by: str = ""
    cites: Cites
    readings: Cites


class DutyShape(Shape):
    """Who must do, report or publish what: on a day, or every day or month, or while a warning lasts."""

    id: RuleId
    cites: Cites
    who: str
    what: TextShape
    by: MonthDayText | Literal[""] = ""
    to: str = ""
    every: Literal["", "day", "month"] = ""
    months: list[Annotated[int, Field(ge=1, le=12)]] = Field(default_factory=list)
    day: Annotated[int, Field(ge=1, le=31)] | None = None
    time: str = ""
    while_: str = Field(default="", alias="while")
    covers: Literal["", "season"] = ""
    filled_by: FilledBy = Field(
        default="", description="what fills it without a report: a contact that who owes it has registered"
    )
    readings: Cites


class StepShape(Shape):
    by: str
    does: StepVerb
    region: RegionCode | Literal[""] = Field(
        default="", description="whose hand it is, where that is neither the issuer's (the last) nor the enterprise's"
    )


class WorkflowShape(Shape):
    """An act the plan provides for, and the hands it goes through."""

    id: RuleId
    kind: WorkflowKind
    cites: Cites
    who: str
    what: TextShape
    steps: list[StepShape] = Field(default_factory=list)
    by: MonthDayText | Literal[""] = ""
    grants: str = Field(default="", description="the fact that a granted act makes true, by either of its names")
    default: str = Field(default="", description="the value it grants where the application names none")
    readings: Cites


class PackShape(Shape):
    """A staggered-production plan as data."""

    pack: str = Field(pattern=r"^[a-z][a-z0-9-]{2,59}$")
    version: str = Field(pattern=re.compile(r"^\d+\.\d+\.\d+$").pattern)
    title: TextShape
    issuer: IssuerShape
    nature: Literal["staggered", "emergency"] = "staggered"
    effective: EffectiveShape | None = None
    scope: ScopeShape
    season: list[SeasonShape] = Field(min_length=1)
    zones: dict[Name, ZoneShape] = Field(default_factory=dict)
    places: dict[Name, PlaceShape] = Field(default_factory=dict)
    periods: dict[Name, PeriodShape] = Field(default_factory=dict)
    provisions: list[ProvisionShape] = Field(min_length=1)
    readings: list[ReadingShape] = Field(default_factory=list)
    facts: dict[Name, FactShape] = Field(default_factory=dict)
    sets: dict[Name, SetShape] = Field(default_factory=dict)
    groups: dict[Name, GroupShape] = Field(default_factory=dict)
    industries: dict[Name, IndustryShape] = Field(default_factory=dict)
    gates: list[ScopedShape] = Field(default_factory=list)
    livelihood: list[ScopedShape] = Field(default_factory=list)
    exemptions: list[ExemptionShape] = Field(default_factory=list)
    rules: list[LadderShape] = Field(default_factory=list)
    adjustments: list[AdjustmentShape] = Field(default_factory=list)
    penalties: list[ScopedShape] = Field(default_factory=list)
    warnings: list[ScopedShape] = Field(default_factory=list)
    transport: list[ScopedShape] = Field(default_factory=list)
    placement: PlacementShape | None = None
    relations: list[RelationShape] = Field(default_factory=list)
    workflows: list[WorkflowShape] = Field(default_factory=list)
    duties: list[DutyShape] = Field(default_factory=list)
    reports: list[DutyShape] = Field(default_factory=list)
    disclosures: list[DutyShape] = Field(default_factory=list)
