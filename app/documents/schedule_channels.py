"""What the plans say of the subjects of an enterprise on a day: their class, the season's measures, and each warning's.

What a warning of a colour would demand is asked of the plans themselves: as if it were in force at every site.
"""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from app.documents.measure_wording import constraint_text
from app.documents.measures import citations, constraint_document
from app.documents.orders import answers_warnings, asks_for_warnings, demanded
from app.documents.wording import each_once, number_text
from app.domain.acts.effects import Effect
from app.domain.decisions.evaluate import Applied, Decision, Evaluator
from app.domain.decisions.subjects import Subject
from app.domain.decisions.warned import supposing
from app.domain.errors import Language
from app.domain.orders import OrderItem
from app.domain.periods import SHANGHAI, midnight
from app.domain.warnings import COLOURS, Colour

NOTHING: Mapping[Language, str] = {"zh": "无", "en": "none"}
UNSAID: Mapping[Language, str] = {"zh": "方案未规定", "en": "not in these plans"}
UNDECIDED: Mapping[Language, str] = {"zh": "《{title}》事实不足，未定", "en": "{title}: undecided for want of facts"}
_HOUR = timedelta(hours=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Channel:
    """Measures of one occasion in words, and their numbers where they have any."""

    measures: str
    cut_pct: str = ""
    cap_pct: str = ""
    stop_hours: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Warned:
    """What a warning of one colour that begins at an instant demands, item by item; None: no plan speaks of warnings."""

    items: Sequence[OrderItem] | None
    begins: datetime
    language: Language

    def of(self, subjects: Collection[str], *, names: Mapping[str, str]) -> Channel:
        """What it demands of some subjects; parts of a line are called by name."""
        if self.items is None:
            return Channel(measures=UNSAID[self.language])
        own = [one for one in self.items if one.subject_id in subjects]
        settled = [one for one in own if one.open is None]
        words = (self._words(one, names.get(one.subject_id)) for one in own)
        return Channel(
            measures=each_once(words) or NOTHING[self.language],
            cut_pct=each_once(one.numbers.get("cut_pct", "") for one in settled),
            cap_pct=each_once(one.numbers.get("cap_pct", "") for one in settled),
            stop_hours=each_once(_hours(one) for one in settled),
        )

    def _words(self, one: OrderItem, part: str | None) -> str:
        zh = self.language == "zh"
        name = "" if part is None else f"{part}：" if zh else f"{part}: "
        maybe = "" if one.open != "facts_missing" else "（事实不足，可能）" if zh else " (possible; facts are missing)"
        return f"{name}{one.says[self.language]}{maybe}{self._when(one)} {one.rule}"

    def _when(self, one: OrderItem) -> str:
        after = (one.from_at - self.begins) / _HOUR
        ends = None if one.until_at is None else one.until_at.astimezone(SHANGHAI).strftime("%Y-%m-%d %H:%M")
        if self.language == "zh":
            start = f"生效 {number_text(after)} 小时后" if after else "生效时"
            return f"（{start}至{ends or '解除'}）"
        start = f"{number_text(after)} h after it begins" if after else "from its beginning"
        return f" ({start} until {ends or 'it is lifted'})"


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """Everything the plans say of one enterprise."""

    decisions: Sequence[Decision]
    warnings: Mapping[str, Warned]
    language: Language

    def classes(self, subjects: Collection[str]) -> str:
        """The class under each plan that has any: one, or those that are still possible."""
        return each_once(f"{title} {'/'.join(classes)}" for title, classes, _ in self._classed(subjects))

    def class_clauses(self, subjects: Collection[str]) -> str:
        """The clauses that put it there; of a class that is still open, those of every possible one."""
        return each_once(clause for _, _, clauses in self._classed(subjects) for clause in clauses)

    def _classed(self, subjects: Collection[str]) -> Iterator[tuple[str, Sequence[str], Sequence[str]]]:
        for decision in self._of(subjects):
            outcomes = decision.outcomes.possible
            rules = dict.fromkeys(rule for one in outcomes for rule in one.rules if rule.class_ is not None)
            classes = dict.fromkeys(rule.class_ for rule in rules if rule.class_ is not None)
            if classes:
                cites = tuple(cite for rule in rules for cite in rule.cites)
                clauses = [f"{one['provision']} {one['place']}" for one in citations(cites, decision.pack, "zh")]
                yield decision.pack.title[self.language], [*classes], clauses

    def season(self, subjects: Collection[str]) -> Channel:
        """What the season asks of some subjects, whatever day it was placed on."""
        own = list(self._of(subjects))
        found = [(one, each) for one in own for each in one.applied if _seasonal(each)]
        undecided = {one.pack.title[self.language] for one in own if one.status == "insufficient_facts"}
        told = [constraint_document(each.constraint, one.season, self.language) for one, each in found]
        return Channel(
            measures=each_once(
                [
                    *(constraint_text(each.constraint, self.language) for _, each in found),
                    *(UNDECIDED[self.language].format(title=title) for title in sorted(undecided)),
                ]
            ),
            cut_pct=each_once(one["cut_pct"] or "" for one in told),
            cap_pct=each_once(one["cap_pct"] or "" for one in told),
        )

    def season_clauses(self, subjects: Collection[str]) -> str:
        """The clauses behind what the season asks of some subjects."""
        found = (
            citation
            for one in self._of(subjects)
            for each in one.applied
            if _seasonal(each)
            for citation in citations((*each.rule.cites, *each.rule.then.cites), one.pack, "zh")
        )
        return each_once(f"{one['provision']} {one['place']}" for one in found)

    def _of(self, subjects: Collection[str]) -> Iterator[Decision]:
        return (one for one in self.decisions if one.bound.subject["id"] in subjects)


def said_of(
    evaluators: Sequence[Evaluator],
    tree: Subject,
    acts: Mapping[str, Sequence[Effect]],
    *,
    season: int,
    day: date,
    language: Language,
) -> Said:
    """What the plans say of an enterprise on a day, and what they would say under a warning of each colour."""

    def decided(each: Evaluator, given: Subject) -> list[Decision]:
        return each.evaluate(given, season=season, day=day, acts=acts.get(each.pack.name, ()))

    begins = midnight(day)
    speaking = [each for each in evaluators if answers_warnings(each.pack)]
    warned = {
        colour: [
            item
            for each in speaking
            for decision in decided(each, supposing(tree, Colour(colour), day))
            for item in demanded(decision, from_at=begins)
        ]
        for colour in COLOURS
    }
    return Said(
        decisions=[decision for each in evaluators for decision in decided(each, tree)],
        warnings={
            colour: Warned(items=items if speaking else None, begins=begins, language=language)
            for colour, items in warned.items()
        },
        language=language,
    )


def _seasonal(applied: Applied) -> bool:
    return applied.rule.then.acts and not asks_for_warnings(applied.rule)


def _hours(one: OrderItem) -> str:
    """Hours of standing still, where the measure has an end."""
    days = one.numbers.get("stop_days")
    if days is not None:
        return number_text(float(days) * 24)
    if one.kind != "stop" or one.until_at is None:
        return ""
    return number_text(round((one.until_at - one.from_at) / _HOUR, 4))
