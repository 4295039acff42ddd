"""The shape of a policy pack's YAML, field by field: the JSON Schema that editors complete from is made of this."""

import re
from typing import Annotated, Literal

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field

from app.domain.periods import MonthDay


def _month_day(text: str) -> str:
    MonthDay.parse(text)
    return text


def _days(value: object) -> object:
    # A list of texts reads better than a list of one.
    return [value] if isinstance(value, str) else value


MonthDayText = Annotated[str, Field(pattern=r"^\d{2}-\d{2}$", examples=["11-15"]), AfterValidator(_month_day)]
Name = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]{0,39}$")]
OptionCode = Annotated[str, Field(pattern=r"^[A-Za-z][A-Za-z0-9_]{0,39}$")]
RuleId = Annotated[str, Field(pattern=r"^[A-Za-z][A-Za-z0-9._-]{0,59}$")]
RegionCode = Annotated[str, Field(pattern=r"^\d{6}$")]
Cites = Annotated[list[str], BeforeValidator(_days), Field(default_factory=list)]
Open = Literal["treatment_accepted", "rectified", "season_end"]


class Shape(BaseModel):
    """A part of the pack; unknown keys are refused."""

    model_config = ConfigDict(extra="forbid", populate_by_name=True)


class TextShape(Shape):
    """A sentence in Chinese and in English."""

    zh: str
    en: str


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
    cites: Cites
    readings: Cites


class SetShape(Shape):
    zh: str
    of: str = Field(description="the fact whose values are listed, or `programme`")
    values: list[OptionCode] = Field(min_length=1)


class GroupShape(Shape):
    zh: str
    level: Literal["line", "process", "unit"]
    within: Literal["enterprise", "site", "line"]
    kinds: list[Name] = Field(min_length=1)


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
    cite: str = ""
    note: TextShape | None = None


class InlinePeriodShape(Shape):
    from_: MonthDayText = Field(alias="from")
    to: MonthDayText


class WhenShape(Shape):
    """When a measure binds: during a span, from a day until something happens, or after a span."""

    during: str | InlinePeriodShape | None = None
    from_: MonthDayText | Literal["finding"] | None = Field(default=None, alias="from")
    after: str | None = None
    until: Open | None = None


class StopShape(WhenShape):
    cites: Cites


class CutShape(WhenShape):
    pct: float = Field(gt=0, le=100)
    basis: str
    over: Literal["line", "site", "enterprise"] = "line"
    units: list[Name] = Field(default_factory=list)
    couples: list[Name] = Field(default_factory=list)
    cites: Cites


class CokingHoursShape(WhenShape):
    hours: float = Field(gt=0)
    tolerance_pct: float | None = Field(default=None, gt=0)
    cites: Cites


class SanctionShape(Shape):
    says: TextShape


class AuthorityShape(WhenShape):
    authority: str
    question: TextShape
    alternatives: list["str | MeasureShape"] = Field(default_factory=list)
    due: MonthDayText | None = None


class MeasureShape(Shape):
    """A measure that needs words of its own; the plain ones are written as a bare word."""

    stop: StopShape | None = None
    cut: CutShape | None = None
    coking_hours: CokingHoursShape | None = None
    stop_charging: WhenShape | None = None
    sanction: SanctionShape | None = None
    authority_decides: AuthorityShape | None = None


Then = str | MeasureShape


class RowShape(Shape):
    """One row of a ladder; without `when` it holds otherwise."""

    id: RuleId
    class_: str | None = Field(default=None, alias="class")
    cites: Cites
    readings: Cites
    when: NodeShape | None = None
    then: Then
    flags: list[TextShape] = Field(default_factory=list)


class ExceptShape(Shape):
    except_: list[str] = Field(alias="except", min_length=1)


class ScopedShape(RowShape):
    """A rule outside the ladders: which lines (by industry) or units (by kind) it binds."""

    binds: Literal["line", "unit"] = "line"
    industries: list[str] | ExceptShape | None = None
    kinds: list[Name] | None = None


class LadderShape(Shape):
    industry: Name
    binds: Literal["line", "unit"] = "line"
    lowest: str
    cites: Cites
    readings: Cites
    ladder: list[RowShape] = Field(min_length=1)


class KeepHeatShape(Shape):
    cites: Cites


class PlacementShape(Shape):
    methods: list[Literal["time_blocks", "whole_lines", "load"]] = Field(default_factory=list)
    prefer_months: list[Annotated[int, Field(ge=1, le=12)]] = Field(default_factory=list)
    keep_heat: KeepHeatShape | None = None
    cites: Cites
    readings: Cites


class RelationShape(Shape):
    to: Literal["higher_level", "other_control"]
    when_stricter: Literal["automatic", "on_notice", "unsaid"]
    cites: Cites
    readings: Cites


class DutyShape(Shape):
    id: RuleId
    cites: Cites
    who: str
    what: TextShape
    by: str = ""
    to: str = ""
    readings: Cites


class PackShape(Shape):
    """A staggered-production plan as data."""

    pack: str = Field(pattern=r"^[a-z][a-z0-9-]{2,59}$")
    version: str = Field(pattern=re.compile(r"^\d+\.\d+\.\d+$").pattern)
    title: TextShape
    issuer: IssuerShape
    scope: ScopeShape
    season: list[SeasonShape] = Field(min_length=1)
    zones: dict[Name, ZoneShape] = Field(default_factory=dict)
    periods: dict[Name, PeriodShape] = Field(default_factory=dict)
    provisions: list[ProvisionShape] = Field(min_length=1)
    readings: list[ReadingShape] = Field(default_factory=list)
    facts: dict[Name, FactShape] = Field(default_factory=dict)
    sets: dict[Name, SetShape] = Field(default_factory=dict)
    groups: dict[Name, GroupShape] = Field(default_factory=dict)
    industries: dict[Name, IndustryShape] = Field(default_factory=dict)
    gates: list[ScopedShape] = Field(default_factory=list)
    rules: list[LadderShape] = Field(default_factory=list)
    penalties: list[ScopedShape] = Field(default_factory=list)
    warnings: list[ScopedShape] = Field(default_factory=list)
    placement: PlacementShape | None = None
    relations: list[RelationShape] = Field(default_factory=list)
    duties: list[DutyShape] = Field(default_factory=list)
