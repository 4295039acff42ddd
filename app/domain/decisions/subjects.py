"""The register as the evaluator sees it: one plain tree per enterprise, facts as dated spans."""

from collections.abc import Mapping
from typing import NotRequired, TypedDict

from app.domain.policies.facts import Level, Value

# `from` is a keyword, so the stored spelling needs the functional form.
FactSpan = TypedDict(
    "FactSpan",
    {
        "value": Value,
        "from": str | None,
        "to": str | None,
        "assertion": str,
        "verified": bool,
        "document": NotRequired[str | None],
        # Where the state itself begins, if it is verified only from a later day on, which is then `from`.
        "since": NotRequired[str | None],
    },
)
# L12-49: until somebody verifies it, a claimed acceptance is work done, a claimed exception work not done.
UNVERIFIED: Mapping[Value, str] = {"accepted": "done", "not_applicable": "not_done"}


class Subject(TypedDict):
    """An enterprise, site, line, process or unit with its facts and what lies below it."""

    level: Level
    id: str
    code: str
    name: str
    facts: dict[str, list[FactSpan]]
    children: list["Subject"]
    region: NotRequired[str]
    position: NotRequired[list[float] | None]
    industry: NotRequired[str | None]
    gbt4754: NotRequired[str | None]
    kind: NotRequired[str | None]
    process: NotRequired[str | None]


def span_at(spans: list[FactSpan], day: str) -> FactSpan | None:
    """The span in force on a day: the last one that covers it.

    Spans are sorted by beginning, then by when known; what warnings add stands behind them all. The empty day lies
    before all days.
    """
    for span in reversed(spans):
        start, end = span["from"], span["to"]
        if (start is None or start <= day) and (end is None or day < end):
            return span
    return None


def beginning(span: FactSpan) -> str | None:
    """The day a state begins, whether or not it is verified by then."""
    return span["since"] if "since" in span else span["from"]


def verified_from(span: FactSpan, day: str) -> list[FactSpan]:
    """A verified state whose verification counts from a day on: until then it stands as it was claimed (A-L29)."""
    begins, ends = span["from"], span["to"]
    if begins is not None and day <= begins:
        return [span]
    claimed: FactSpan = {**span, "verified": False}
    if ends is not None and ends <= day:
        return [claimed]
    return [{**claimed, "to": day}, {**span, "from": day, "since": begins}]


def state_before(spans: list[FactSpan], eve: str, day: str) -> FactSpan | None:
    """The state of an eve as it is known on a later day: a verification that counts by then proves it (A-G20, A-L29)."""
    found = span_at(spans, eve)
    if found is None or found["verified"]:
        return found
    halves = (one for one in spans if "since" in one and one["assertion"] == found["assertion"])
    return next((one for one in halves if (one["from"] or "") <= day), found)


def change_days(tree: Subject) -> set[str]:
    """Every day on which some fact of the tree begins or ends."""
    days: set[str] = set()
    for spans in tree["facts"].values():
        for span in spans:
            days.update(day for day in (span["from"], span["to"]) if day is not None)
    for child in tree["children"]:
        days |= change_days(child)
    return days
