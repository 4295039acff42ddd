"""The measures of a pack's YAML, bound to its periods."""

from typing import Any

from app.documents.pack_basics import InlinePeriodShape
from app.documents.pack_measure_shape import AuthorityShape, CohortShape, SplitShape, Then, WhenShape
from app.documents.pack_names import Problem
from app.documents.pack_shape import PackShape
from app.domain.periods import MonthDay
from app.domain.policies.findings import Path
from app.domain.policies.measures import FREE_CODES, After, During, Measure, OpenEnd, Span, When

_BARE = {"stop", "stop_charging", "lowest_class", *FREE_CODES}
_CHOICES = {"as_classed", "one_level_up"}
_NOT_NUMBERS = {*WhenShape.model_fields, "cites"}


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
        if isinstance(then, list):
            return self._several(path, then)
        if isinstance(then, str):
            if then not in _BARE:
                known = ", ".join(sorted(_BARE))
                self.problem(path, "measure_unknown", f"未知措施 {then}", f"no plain measure {then}; there are {known}")
            return Measure(kind=then)
        given = then.given()
        if len(given) != 1:
            self.problem(path, "measure_shape", "一条规则只写一种措施", "a measure has exactly one kind")
            return Measure(kind="normal")
        (kind, shape), *_ = given.items()
        return self._worded((*path, kind), kind, shape)

    def _several(self, path: Path, words: list[str]) -> Measure:
        """Outcomes that stand side by side, such as 自主减排、不予错峰 (A-G12)."""
        if len(words) < 2 or not set(words) <= set(FREE_CODES):
            known = ", ".join(FREE_CODES)
            self.problem(
                path, "measure_shape", "并列的措施只能是自主减排一类的结果", f"only these stand together: {known}"
            )
            return Measure(kind="normal")
        return Measure(kind=words[0], params={"also": tuple(words[1:])})

    def _worded(self, path: Path, kind: str, shape: Any) -> Measure:
        cites = tuple(getattr(shape, "cites", ()))
        when = self._when(path, shape) if isinstance(shape, WhenShape) else During()
        params = self._question(path, shape) if isinstance(shape, AuthorityShape) else self._params(path, shape)
        if isinstance(shape, CohortShape):
            picked = self.measure((*path, "then"), shape.then)
            params |= {"then": picked, "alternatives": (picked, Measure(kind="normal", when=when))}
        return Measure(kind=kind, when=when, params=params, cites=cites)

    def _params(self, path: Path, shape: Any) -> dict[str, Any]:
        params = {
            key: value
            for key, value in shape.model_dump(exclude=_NOT_NUMBERS | {"split", "then"}).items()
            if value not in (None, [])
        }
        split = getattr(shape, "split", None)
        return params | ({"split": self._split((*path, "split"), split)} if split else {})

    def _split(self, path: Path, shape: SplitShape) -> tuple[tuple[str, Span, float | None], ...]:
        """The periods stop days are divided over, each with its number of days, or None where the parts are equal."""
        if (shape.equally is None) == (shape.quotas is None):
            self.problem(path, "split_shape", "split 须写 equally 或 quotas 之一", "write either equally or quotas")
            return ()
        wanted: list[tuple[str, float | None]] = [(name, None) for name in shape.equally or ()]
        wanted += [(quota.in_, quota.days) for quota in shape.quotas or ()]
        return tuple((name, self._span(path, name), days) for name, days in wanted)

    def _question(self, path: Path, shape: AuthorityShape) -> dict[str, Any]:
        alternatives: list[str | Measure] = []
        for index, item in enumerate(shape.alternatives):
            if isinstance(item, str) and item in _CHOICES:
                alternatives.append(item)
            else:
                alternatives.append(self.measure((*path, "alternatives", index), item))
        return {
            "authority": shape.authority,
            "question": shape.question.model_dump(),
            "alternatives": tuple(alternatives),
            **({"due": MonthDay.parse(shape.due)} if shape.due else {}),
        }

    def _when(self, path: Path, shape: WhenShape) -> When:
        if shape.during == "warning":
            return OpenEnd(first=None, until="warning_lifted")
        given = [word for word in ("during", "from_", "after") if getattr(shape, word) is not None]
        ends = [word for word in ("until", "through") if getattr(shape, word) is not None]
        if (
            len(given) > 1
            or len(ends) != (shape.from_ is not None or shape.after is not None)
            or (shape.through is not None and shape.from_ is None)
        ):
            self.problem(
                path,
                "when_shape",
                "时间写法须为 during，或 from+until，或 from+through，或 after+until",
                "write either during, or from with until or through, or after with until",
            )
            return During()
        if shape.until is not None and shape.after is not None:
            return After(span=self._span(path, shape.after), until=shape.until)
        if shape.from_ is not None:
            first = None if shape.from_ == "finding" else MonthDay.parse(str(shape.from_))
            last = MonthDay.parse(shape.through) if shape.through else None
            return OpenEnd(
                first=first, until=shape.until or "season_end", after_hours=shape.after_hours or 0, last=last
            )
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
