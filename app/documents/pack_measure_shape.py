"""The shape of measures in a pack's YAML: one kind each, with its numbers and its days."""

from typing import Annotated, Any, Literal

from pydantic import Field

from app.documents.pack_basics import Cites, InlinePeriodShape, MonthDayText, Name, Shape, TextShape

Open = Literal[
    "treatment_accepted", "rectified", "season_end", "warning_lifted", "notice_lifted", "next_ranking", "served"
]
Range = Annotated[
    list[float], Field(min_length=2, max_length=2, description="from, to; the authority names a number inside")
]
Pct = Annotated[float, Field(gt=0, le=100)]


class WhenShape(Shape):
    """When a measure binds: during a span, from a day until something happens, or after a span."""

    during: str | InlinePeriodShape | None = None
    from_: MonthDayText | Literal["finding"] | None = Field(default=None, alias="from")
    after: str | None = None
    after_hours: int | None = Field(default=None, gt=0)
    until: Open | None = None
    through: MonthDayText | None = Field(default=None, description="the last day, instead of `until`")


class StopShape(WhenShape):
    """Stop everything, or with `share_pct` a share of it."""

    share_pct: Pct | None = None
    by: Literal["line", "unit"] | None = None
    cites: Cites


class QuotaShape(Shape):
    in_: str = Field(alias="in")
    days: float = Field(gt=0)


class SplitShape(Shape):
    """How stop days are divided: in equal parts over periods, or a number in each."""

    equally: list[str] | None = None
    quotas: list[QuotaShape] | None = None


class StopDaysShape(WhenShape):
    """Stop for a number of days that the planner places."""

    days: float | None = Field(default=None, gt=0)
    days_range: Range | None = None
    above: bool | None = Field(default=None, description="the lower end of the range itself is not enough")
    split: SplitShape | None = None
    continuous: bool | None = None
    min_days: float | None = Field(default=None, ge=0)
    max_days: float | None = Field(default=None, gt=0)
    cites: Cites


class CutShape(WhenShape):
    """Cut production by a percentage of a named base."""

    pct: Pct | None = None
    pct_range: Range | None = None
    at_least: bool | None = None
    above: bool | None = Field(default=None, description="the lower end of the range itself is not enough")
    basis: str
    over: Literal["line", "site", "enterprise"] = "line"
    units: list[Name] = Field(default_factory=list)
    couples: list[Name] = Field(default_factory=list)
    except_units: Name | None = None
    reckoned: Literal["window", "phase", "month", "day"] | None = None
    cites: Cites


class LoadCapShape(WhenShape):
    """Run at most at a share of a named base."""

    basis: Name
    pct: Pct | None = None
    pct_range: Range | None = None
    strictly_below: bool | None = None
    of: list[Name] = Field(default_factory=list)
    amount_by: TextShape | None = None
    cites: Cites


class CokingHoursShape(WhenShape):
    hours: float = Field(gt=0)
    tolerance_pct: float | None = Field(default=None, gt=0)
    cites: Cites


class CycleShape(WhenShape):
    """Stop some hours, run some hours, again and again."""

    stop_hours: float = Field(gt=0)
    run_hours: float = Field(gt=0)
    cites: Cites


class CohortShape(WhenShape):
    """Some of many stop, by number; the authority picks which."""

    of: Literal["enterprises", "lines"]
    share_pct: Pct | None = None
    worst: int | None = Field(default=None, gt=0)
    rounding: Literal["up", "down", "nearest"] | None = None
    every: Literal["season", "month"] = "season"
    rank_by: TextShape | None = None
    authority: str
    then: "str | MeasureShape" = "stop"
    cites: Cites


class TransportShape(WhenShape):
    do: Literal[
        "stagger",
        "stagger_in_plant",
        "seal_high_emitters",
        "prefer_national_5",
        "rail_in_principle",
        "ban_national_4",
        "no_road_transport",
    ]
    cites: Cites


class MakeUpShape(Shape):
    """Stop days owed, counted by the ledger."""

    per: Literal["exceedance_day", "unserved_day"]
    times: float = Field(gt=0)
    placed: Literal["in_season", "after_season"]
    cites: Cites


class SanctionShape(Shape):
    says: TextShape


class OneLevelUpShape(Shape):
    """The ladder is read as if the rating were the next one; `stop` is beyond the last."""

    of: Name
    levels: dict[str, str] = Field(min_length=1)


class AddShape(Shape):
    """Change the number of the row that applies."""

    days: float | None = None
    pct: float | None = None


class AuthorityShape(WhenShape):
    authority: str
    question: TextShape
    alternatives: list["str | MeasureShape"] = Field(default_factory=list)
    due: MonthDayText | None = None


class MeasureShape(Shape):
    """A measure that needs words of its own; the plain ones are written as a bare word."""

    stop: StopShape | None = None
    stop_days: StopDaysShape | None = None
    cut: CutShape | None = None
    load_cap: LoadCapShape | None = None
    coking_hours: CokingHoursShape | None = None
    stop_charging: WhenShape | None = None
    cycle: CycleShape | None = None
    cohort: CohortShape | None = None
    transport: TransportShape | None = None
    make_up: MakeUpShape | None = None
    sanction: SanctionShape | None = None
    one_level_up: OneLevelUpShape | None = None
    add: AddShape | None = None
    self_directed: WhenShape | None = None
    authority_decides: AuthorityShape | None = None

    def given(self) -> dict[str, Any]:
        """The kinds written, by name."""
        return {name: getattr(self, name) for name in self.model_fields_set}


Then = str | list[str] | MeasureShape
