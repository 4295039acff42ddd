"""What a plan asks of people rather than of production: duties, reports, acts with their chain, and other levels."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

Text = Mapping[str, str]
WhenStricter = Literal["automatic", "on_notice", "unsaid"]
RelatedTo = Literal["national", "higher_level", "other_control"]
WorkflowKind = Literal[
    "dispatch",
    "listing",
    "delisting",
    "determination",
    "credit",
    "filing",
    "approval",
    "notice",
    "extension",
    "ratio_increase",
    "inspection",
    "declaration",
]
# What else than a report fills a duty.
FilledBy = Literal["", "contact"]
StepVerb = Literal["applies", "reviews", "files", "approves", "decides", "receives"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Duty:
    """Who must report, do or publish what, by when, to whom.

    `covers` is "season" for what can only be told when the season is over; `filled_by` names the deed that fills it.
    """

    id: str
    cites: tuple[str, ...]
    who: str
    what: Text
    to: str = ""
    by: str = ""
    every: str = ""
    months: tuple[int, ...] = ()
    day: int | None = None
    time: str = ""
    while_: str = ""
    covers: str = ""
    filled_by: FilledBy = ""
    readings: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One hand an act goes through: filing is not approval (A-GP6).

    Whoever takes it looks after `region`, which is the issuer's for the last hand of a plan and otherwise the enterprise's.
    """

    by: str
    does: StepVerb
    region: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Workflow:
    """An act the plan provides for, the chain it goes through, and the fact that its grant makes true."""

    id: str
    kind: WorkflowKind
    cites: tuple[str, ...]
    who: str
    what: Text
    steps: tuple[Step, ...] = ()
    by: str = ""
    grants: str = ""
    # The value it grants where the application names none.
    default: str = ""
    readings: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Placement:
    """How the plan wants stops placed: order of methods, preferred months, equal split, heat kept, other stops counted."""

    methods: tuple[str, ...] = ()
    prefer_months: tuple[int, ...] = ()
    split_equally: tuple[str, ...] = ()
    keep_heat: tuple[str, ...] = ()
    credit: tuple[str, ...] = ()
    credit_same_line_only: bool = True
    cites: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Relation:
    """What happens when another level or another control is stricter (A-G15)."""

    id: str
    to: RelatedTo
    when_stricter: WhenStricter
    notice_by: str = ""
    cites: tuple[str, ...] = ()
    readings: tuple[str, ...] = ()
