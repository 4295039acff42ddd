"""The measures of a pack's YAML, bound to its periods."""

from collections.abc import Callable
from typing import Any

from app.documents.pack_shape import (
    AuthorityShape,
    InlinePeriodShape,
    MeasureShape,
    PackShape,
    Then,
    WhenShape,
)
from app.domain.periods import MonthDay
from app.domain.policies.findings import Path
from app.domain.policies.measures import FREE_CODES, After, During, Measure, OpenEnd, Span, When

Problem = Callable[[Path, str, str, str], None]
_BARE = {"stop", "stop_charging", "lowest_class", *FREE_CODES}


class MeasureBuilder:
    """Reads `then` values of one pack."""

    def __init__(self, shape: PackShape, problem: Problem) -> None:
        self.problem = problem
        self.spans = {
            name: Span(
                first=MonthDay.parse(period.from_),
                last=MonthDay.parse(period.to),
                readings=tuple(period.readings),
                printed_days=period.printed_days,
            )
            for name, period in shape.periods.items()
        }

    def measure(self, path: Path, then: Then) -> Measure:
        if isinstance(then, str):
            if then not in _BARE:
                known = ", ".join(sorted(_BARE))
                self.problem(path, "measure_unknown", f"未知措施 {then}", f"no plain measure {then}; there are {known}")
            return Measure(kind=then)
        given = then.model_fields_set
        if len(given) != 1:
            self.problem(path, "measure_shape", "一条规则只写一种措施", "a measure has exactly one kind")
            return Measure(kind="normal")
        kind = next(iter(given))
        return self._worded((*path, kind), kind, getattr(then, kind))

    def _worded(self, path: Path, kind: str, shape: Any) -> Measure:
        if kind == "sanction":
            return Measure(kind=kind, params={"says": shape.says.model_dump()})
        if isinstance(shape, AuthorityShape):
            return Measure(kind=kind, when=self._when(path, shape), params=self._question(path, shape))
        params = {
            key: value
            for key, value in shape.model_dump(exclude=set(WhenShape.model_fields) | {"cites"}).items()
            if value not in (None, [])
        }
        cites = tuple(getattr(shape, "cites", ()))
        return Measure(kind=kind, when=self._when(path, shape), params=params, cites=cites)

    def _question(self, path: Path, shape: AuthorityShape) -> dict[str, Any]:
        alternatives: list[str | Measure] = []
        for index, item in enumerate(shape.alternatives):
            if item == "as_classed":
                alternatives.append("as_classed")
            else:
                alternatives.append(self.measure((*path, "alternatives", index), _then(item)))
        return {
            "authority": shape.authority,
            "question": shape.question.model_dump(),
            "alternatives": tuple(alternatives),
            **({"due": MonthDay.parse(shape.due)} if shape.due else {}),
        }

    def _when(self, path: Path, shape: WhenShape) -> When:
        given = [word for word in ("during", "from_", "after") if getattr(shape, word) is not None]
        if len(given) > 1 or (shape.until is not None) != (shape.from_ is not None or shape.after is not None):
            self.problem(
                path,
                "when_shape",
                "时间写法须为 during，或 from+until，或 after+until",
                "write either during, or from with until, or after with until",
            )
            return During()
        if shape.until is not None and shape.after is not None:
            return After(span=self._span(path, shape.after), until=shape.until)
        if shape.until is not None:
            first = None if shape.from_ in (None, "finding") else MonthDay.parse(str(shape.from_))
            return OpenEnd(first=first, until=shape.until)
        if isinstance(shape.during, InlinePeriodShape):
            return During(span=Span(first=MonthDay.parse(shape.during.from_), last=MonthDay.parse(shape.during.to)))
        if shape.during in (None, "season"):
            return During()
        return During(span=self._span(path, str(shape.during)), name=str(shape.during))

    def _span(self, path: Path, name: str) -> Span:
        if name not in self.spans:
            self.problem(path, "period_unknown", f"未定义时段 {name}", f"no period is named {name}")
            return Span(first=MonthDay(11, 15), last=MonthDay(3, 15))
        return self.spans[name]


def _then(item: str | MeasureShape) -> Then:
    return item
