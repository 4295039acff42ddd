"""Grade ladders: which national performance grades an industry can be awarded, from the best to the worst."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from app.domain.errors import Invalid
from app.domain.policies.facts import FactSpec, normal

# The value of a grade's fact that says nobody awarded one.
UNRATED = "unrated"


class GradeNotOnLadder(Invalid):
    code = "grade_not_on_ladder"
    zh = "“{grade}”不是{industry_zh}可以授予的绩效等级；可授予的等级：{ladders_zh}。"
    en = "{grade!r} is not a performance grade of {industry_en}; one of its ladders: {ladders_en}."


class FactIsNoGrade(Invalid):
    code = "fact_is_no_grade"
    zh = "事实“{fact_zh}”不是绩效等级，不能评级；请改用 performance_grade 或方案声明的等级事实。"
    en = "The fact {fact} is no performance grade; use performance_grade or a grade that a plan declares."


@dataclass(frozen=True, slots=True, kw_only=True)
class Ladder:
    """Grades of one kind, the best first; grades of different ladders cannot be compared."""

    zh: str
    en: str
    grades: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Grading:
    """How one industry is graded: its ladders, and every grade by its labels and by whatever people write for it."""

    zh: str
    en: str
    ladders: tuple[Ladder, ...]
    grades: Mapping[str, tuple[str, str]]
    words: Mapping[str, str]

    def read(self, written: str, fact: FactSpec) -> str:
        """The code of a grade as somebody wrote it; raises FactIsNoGrade or GradeNotOnLadder."""
        possible = set(fact.options) - {UNRATED}
        if fact.type != "enum" or not possible or not possible <= set(self.grades):
            raise FactIsNoGrade(fact=fact.name, fact_zh=fact.zh)
        code = self.words.get(normal(written).strip().casefold())
        ladders = list(self._within(possible))
        if code is None or not any(code in ladder.grades for ladder in ladders):
            raise GradeNotOnLadder(
                grade=written[:40],
                industry_zh=self.zh,
                industry_en=self.en,
                ladders_zh="；".join(
                    f"{one.zh}（{'、'.join(self.grades[code][0] for code in one.grades)}）" for one in ladders
                ),
                ladders_en="; ".join(f"{one.en} ({', '.join(one.grades)})" for one in ladders),
            )
        return code

    def _within(self, possible: set[str]) -> Iterator[Ladder]:
        """The industry's ladders as far as a fact can say them: Fushan's casting grade knows no leading one."""
        for ladder in self.ladders:
            grades = tuple(code for code in ladder.grades if code in possible)
            if grades:
                yield Ladder(zh=ladder.zh, en=ladder.en, grades=grades)

    def is_worse(self, grade: str, than: str) -> bool:
        """Whether one ladder has both, and `grade` further down."""
        return any(
            grade in one.grades and than in one.grades and one.grades.index(grade) > one.grades.index(than)
            for one in self.ladders
        )
