"""The register as the evaluator sees it: one plain tree per enterprise, facts as dated spans."""

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
    },
)


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


def change_days(tree: Subject) -> set[str]:
    """Every day on which some fact of the tree begins or ends."""
    days: set[str] = set()
    for spans in tree["facts"].values():
        for span in spans:
            days.update(day for day in (span["from"], span["to"]) if day is not None)
    for child in tree["children"]:
        days |= change_days(child)
    return days
