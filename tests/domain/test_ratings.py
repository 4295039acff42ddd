"""Ratings: what ladders allow, what a history comes to, and what it refuses, whatever order people act in."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from uuid import UUID, uuid5

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.documents.catalogue import grading_of, shipped_catalogue, vocabulary
from app.domain.access import Origin
from app.domain.errors import Refusal
from app.domain.facts.assertions import Assertion, Claim, holding_on
from app.domain.policies.facts import FactSpec
from app.domain.ratings.ladders import UNRATED, FactIsNoGrade, GradeNotOnLadder
from app.domain.ratings.rating import (
    CorrectionLeavesOut,
    DowngradeBackdated,
    DowngradeNotWorse,
    DowngradeOutside,
    Rating,
    RatingAct,
    RatingOfAnother,
    RatingOverlaps,
    RatingPeriodEmpty,
    RatingReplaced,
    RatingState,
    RatingUnknown,
    ReplacesMismatch,
)
from app.domain.ratings.standing import History, admitted, standing

FACTS = shipped_catalogue()
GRADE, CASTING, FUEL = FACTS["performance_grade"], FACTS["casting_grade"], FACTS["fuel"]
FOUNDRY, BRICK = grading_of("foundry"), grading_of("fired_brick")
TODAY, OPEN = date(2019, 12, 10), date(2100, 1, 1)
OCT, DEC, JAN, APR = date(2019, 10, 1), date(2019, 12, 20), date(2020, 1, 10), date(2020, 4, 1)
SPACE = UUID(int=7)
LINE, OTHER_LINE = uuid5(SPACE, "line"), uuid5(SPACE, "other line")


def a_rating(name: str, grade: str = "B", begins: date = OCT, ends: date | None = None, **more: object) -> Rating:
    plain = Rating(
        id=uuid5(SPACE, name),
        enterprise_id=uuid5(SPACE, "enterprise"),
        subject_id=LINE,
        level="line",
        fact="performance_grade",
        grade=grade,
        act=RatingAct.AWARD,
        replaces=None,
        valid_from=begins,
        valid_to=ends,
        basis="评审",
        awarded_by="市生态环境局",
        document="1 号",
        evidence=(),
        by=Origin(client_id="officer", person="李四", office="县局"),
        known_at=datetime(2019, 12, 10, tzinfo=UTC),
    )
    return replace(plain, **more)  # type: ignore[arg-type]  # the fields of a rating


def lowered(name: str, old: Rating, grade: str = "C", begins: date = DEC, ends: date | None = None) -> Rating:
    return a_rating(name, grade, begins, ends, act=RatingAct.DOWNGRADE, replaces=old.id)


def corrected(name: str, old: Rating, grade: str = "A", begins: date = OCT, ends: date | None = None) -> Rating:
    return a_rating(name, grade, begins, ends, act=RatingAct.CORRECTION, replaces=old.id)


def kept(*ratings: Rating) -> list[Rating]:
    """One after another as the history admits them."""
    history: list[Rating] = []
    for one in ratings:
        history.append(admitted(one, History(history), BRICK, today=TODAY))
    return history


def story(ratings: Iterable[Rating]) -> list[tuple[str, date, date | None]]:
    return [(one.rating.grade, one.period.start, one.period.until) for one in standing(ratings)]


@pytest.mark.parametrize(
    ("written", "code"),
    [("B", "B"), ("b", "B"), ("B级", "B"), ("Ｂ级", "B"), ("B-", "B_minus"), ("B－级", "B_minus"), ("b—", "B_minus"),
     ("B减级", "B_minus"), (" 引领性 ", "leading"), ("非引领性企业", "non_leading"), ("grade C", "C")],
)  # fmt: skip
def test_a_grade_is_read_however_lists_write_it(written: str, code: str) -> None:
    assert BRICK.read(written, GRADE) == code


@pytest.mark.parametrize(
    ("industry", "fact", "written"),
    [
        ("foundry", GRADE, "引领性"),
        ("cement_grinding", GRADE, "B"),
        ("foundry_pig_iron", CASTING, "leading"),
        ("ceramics", CASTING, "leading"),
        ("foundry", GRADE, "未评级"),
        (None, GRADE, UNRATED),
        ("foundry", GRADE, "E"),
        ("foundry", GRADE, ""),
    ],
)
def test_a_grade_that_is_not_on_the_industrys_ladder_is_refused(
    industry: str | None, fact: FactSpec, written: str
) -> None:
    with pytest.raises(GradeNotOnLadder):
        grading_of(industry).read(written, fact)


def test_the_refusal_names_the_industry_and_its_ladder() -> None:
    with pytest.raises(GradeNotOnLadder) as refused:
        FOUNDRY.read("引领性", GRADE)
    assert "铸造" in refused.value.message("zh")
    assert "A级、B级、B减级、C级、D级" in refused.value.message("zh")
    assert "A, B, B_minus, C, D" in refused.value.message("en")


def test_only_a_grade_can_be_awarded() -> None:
    with pytest.raises(FactIsNoGrade):
        FOUNDRY.read("B", FUEL)


def test_a_ladder_goes_down_and_two_ladders_cannot_be_compared() -> None:
    pairs = {(one, than) for one in BRICK.grades for than in BRICK.grades if BRICK.is_worse(one, than)}
    graded = ["A", "B", "B_minus", "C", "D"]
    down = {(worse, better) for number, better in enumerate(graded) for worse in graded[number + 1 :]}
    assert pairs == down | {("non_leading", "leading")}


def test_every_industry_has_a_ladder_and_every_grade_stands_on_one() -> None:
    lists = vocabulary()
    ladders = {code: one.grades for code, one in lists["grade_ladders"].items()}
    assert all(set(one.ladders) <= set(ladders) and one.ladders for one in lists["industries"].values())
    assert [grade for grades in ladders.values() for grade in grades] == list(lists["performance_grades"])
    named = {code: label.zh for code, label in lists["performance_grades"].items()}
    assert {**named, UNRATED: "未评级"} == dict(GRADE.options)


def test_industries_use_the_ladder_their_texts_show_and_others_either() -> None:
    used = {tag: label.ladders for tag, label in vocabulary()["industries"].items()}
    graded = {"steel", "integrated_foundry_iron", "coking", "cement", "foundry", "foundry_pig_iron"}
    assert {tag for tag, ladders in used.items() if ladders == ("graded",)} == graded
    assert {tag for tag, ladders in used.items() if ladders == ("leading",)} == {"cement_grinding"}


def test_an_award_holds_for_its_period() -> None:
    assert story(kept(a_rating("1", ends=APR))) == [("B", OCT, APR)]


def test_a_downgrade_takes_over_until_the_old_end() -> None:
    first = a_rating("1", ends=APR)
    history = kept(first, lowered("2", first))
    assert history[1].valid_to == APR
    assert story(history) == [("B", OCT, DEC), ("C", DEC, APR)]


def test_after_a_downgrade_for_a_while_the_better_grade_holds_again() -> None:
    first = a_rating("1")
    assert story(kept(first, lowered("2", first, ends=JAN))) == [("B", OCT, DEC), ("C", DEC, JAN), ("B", JAN, None)]


def test_a_corrected_award_keeps_the_downgrade_inside_it() -> None:
    first = a_rating("1", ends=APR)
    second = lowered("2", first)
    history = kept(first, second, corrected("3", first, "A", ends=APR))
    assert story(history) == [("A", OCT, DEC), ("C", DEC, APR)]


def test_a_corrected_downgrade_moves_the_day_on_which_the_award_ends() -> None:
    first = a_rating("1", ends=APR)
    second = lowered("2", first)
    assert story(kept(first, second, corrected("3", second, "D", JAN))) == [("B", OCT, JAN), ("D", JAN, APR)]


def test_a_correction_may_correct_the_past_and_be_corrected_itself() -> None:
    first = a_rating("1", ends=APR)
    second = corrected("2", first, "A", date(2019, 9, 1), APR)
    history = kept(first, second, corrected("3", second, "D", OCT, JAN), a_rating("4", "A", JAN))
    assert story(history) == [("D", OCT, JAN), ("A", JAN, None)]
    states = [History(history).state(one, TODAY) for one in history]
    assert states == [RatingState.REPLACED, RatingState.REPLACED, RatingState.STANDING, RatingState.STANDING]


def test_a_rating_ends_with_its_period_or_with_a_downgrade_for_good() -> None:
    first = a_rating("1", ends=APR)
    history = History(kept(first, lowered("2", first)))
    days = [DEC - timedelta(days=1), DEC, APR - timedelta(days=1), APR]
    assert [[history.state(one, day).value for one in history.ratings.values()] for day in days] == [
        ["standing", "standing"],
        ["ended", "standing"],
        ["ended", "standing"],
        ["ended", "ended"],
    ]


def test_two_subjects_and_two_facts_stand_apart() -> None:
    ratings = [a_rating("1"), a_rating("2", subject_id=OTHER_LINE), a_rating("3", fact="casting_grade")]
    assert len(standing(kept(*ratings))) == 3


ONE, SHORT = a_rating("1"), a_rating("1", ends=APR)
TWO = lowered("2", ONE, ends=APR)
MENDED = corrected("2", ONE, "A")
REFUSED: dict[str, tuple[list[Rating], Rating, type[Refusal]]] = {
    "an award over an award": ([ONE], a_rating("9", begins=APR), RatingOverlaps),
    "an award over the days of a downgrade": ([SHORT, lowered("2", SHORT)], a_rating("9", begins=JAN), RatingOverlaps),
    "an award that names another": ([ONE], a_rating("9", begins=APR, replaces=ONE.id), ReplacesMismatch),
    "a correction of nothing": ([ONE], a_rating("9", act=RatingAct.CORRECTION), ReplacesMismatch),
    "a downgrade of nothing": ([ONE], a_rating("9", act=RatingAct.DOWNGRADE), ReplacesMismatch),
    "a correction of what is not there": ([], corrected("9", ONE), RatingUnknown),
    "a correction of another line's": (
        [ONE], a_rating("9", act=RatingAct.CORRECTION, replaces=ONE.id, subject_id=OTHER_LINE), RatingOfAnother,
    ),
    "a downgrade of another fact": (
        [ONE], a_rating("9", "C", DEC, act=RatingAct.DOWNGRADE, replaces=ONE.id, fact="casting_grade"), RatingOfAnother,
    ),
    "a correction of what was corrected": ([ONE, MENDED], corrected("9", ONE), RatingReplaced),
    "a downgrade of what was corrected": ([ONE, MENDED], lowered("9", ONE), RatingReplaced),
    "a downgrade to the same grade": ([ONE], lowered("9", ONE, "B"), DowngradeNotWorse),
    "a downgrade upwards": ([ONE], lowered("9", ONE, "A"), DowngradeNotWorse),
    "a downgrade to another ladder": ([ONE], lowered("9", ONE, "non_leading"), DowngradeNotWorse),
    "a downgrade from the day before": ([ONE], lowered("9", ONE, begins=TODAY - timedelta(days=1)), DowngradeBackdated),
    "a downgrade after the end": ([SHORT], lowered("9", SHORT, begins=APR), DowngradeOutside),
    "a downgrade beyond the end": ([SHORT], lowered("9", SHORT, ends=OPEN), DowngradeOutside),
    "a downgrade over a downgrade": ([ONE, TWO], lowered("9", ONE, "D", JAN), RatingOverlaps),
    "a correction over another award": ([SHORT, a_rating("2", begins=APR)], corrected("9", SHORT), RatingOverlaps),
    "a correction that leaves its downgrade outside": ([ONE, TWO], corrected("9", ONE, ends=JAN), CorrectionLeavesOut),
    "a downgrade moved out of its award": ([ONE, TWO], corrected("9", TWO, "C", OCT), DowngradeOutside),
}  # fmt: skip


@pytest.mark.parametrize("what", REFUSED)
def test_what_the_history_does_not_allow_is_refused(what: str) -> None:
    known, new, kind = REFUSED[what]
    with pytest.raises(kind) as refused:
        admitted(new, History(kept(*known)), BRICK, today=TODAY)
    assert type(refused.value) is kind
    assert refused.value.message("zh")
    assert refused.value.message("en")


def test_an_overlap_names_the_rating_that_stands() -> None:
    with pytest.raises(RatingOverlaps) as refused:
        admitted(a_rating("9"), History(kept(SHORT)), BRICK, today=TODAY)
    assert str(SHORT.id) in refused.value.message("zh")
    assert "2019-10-01/2020-04-01" in refused.value.message("zh")


def test_a_period_without_days_is_refused() -> None:
    with pytest.raises(RatingPeriodEmpty):
        a_rating("1", ends=OCT)


def test_a_downgrade_of_a_downgrade_lies_inside_it() -> None:
    second = lowered("2", SHORT)
    assert story(kept(SHORT, second, lowered("3", second, "D", JAN))) == [
        ("B", OCT, DEC),
        ("C", DEC, JAN),
        ("D", JAN, APR),
    ]


DAYS = st.integers(0, 12).map(lambda number: TODAY + timedelta(days=number))
STATED = st.tuples(st.sampled_from(RatingAct), st.integers(0, 5), st.sampled_from("ABCD"), DAYS, st.none() | DAYS)


@settings(max_examples=80, deadline=None)
@given(st.lists(STATED, max_size=8))
def test_whatever_people_record_each_day_has_one_grade_and_it_is_the_one_the_facts_give(
    stated: list[tuple[RatingAct, int, str, date, date | None]],
) -> None:
    history: list[Rating] = []
    for number, (act, about, grade, begins, ends) in enumerate(stated):
        named = history[about].id if act is not RatingAct.AWARD and about < len(history) else None
        try:
            new = a_rating(str(number), grade, begins, ends, act=act, replaces=named)
            history.append(admitted(new, History(history), BRICK, today=TODAY))
        except Refusal:
            continue
    found, facts = standing(history), [an_assertion(one) for one in History(history).counting]
    for day in (TODAY + timedelta(days=number) for number in range(14)):
        holding = [one.rating.grade for one in found if day in one.period]
        said = holding_on(day, facts)
        assert holding == ([] if said is None else [said.claim.value])
    for one in history:
        replaced = History(history).state(one, TODAY) is RatingState.REPLACED
        assert replaced == (one.id in {other.replaces for other in history if other.act is RatingAct.CORRECTION})


def an_assertion(one: Rating) -> Assertion:
    claim = Claim(fact=one.fact, type="enum", value=one.grade, valid_from=one.valid_from, valid_to=one.valid_to)
    return Assertion(
        id=one.id,
        enterprise_id=one.enterprise_id,
        level=one.level,
        subject_id=one.subject_id,
        claim=claim,
        known_at=one.known_at,
        asserted_by=one.by,
    )
