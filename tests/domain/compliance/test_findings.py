"""A finding proves itself: its numbers and its curve give its verdict again, and its hash covers what it stands on."""

from dataclasses import replace
from itertools import groupby

import numpy as np
import pytest

from app.domain.compliance.assessing import Assessed
from app.domain.compliance.days import day_of, of_phase, subject_days, worst
from app.domain.compliance.demands import Excuse
from app.domain.compliance.explaining import finding
from app.domain.compliance.findings import SIGNS, VERDICTS, CheckCode, Finding, Verdict
from app.domain.compliance.metering import TreatmentLink
from app.domain.compliance.thresholds import PUBLISHED, ThresholdUnknown
from app.domain.compliance.wording import CHECKS, SIGN_LABELS
from app.domain.feed.curves import Quality
from tests.domain.compliance.made import CLAUSE, FIRST, LINE, Curve, demand, flat, judged, meter
from tests.domain.compliance.replay import verdict_of
from tests.domain.compliance.test_cuts import of_phase as judged_phase
from tests.domain.compliance.test_cuts import phase, share

STOPPED, CUT = demand(days=10), demand("cut", keep=70.0, days=20, id="d2")


@pytest.fixture(scope="module")
def found() -> Assessed:
    """Six meters, three of production with treatment, twenty days of every kind of curve: with gaps, runs, estimates."""
    drawn = np.random.default_rng(11)
    meters = [
        meter(1),
        meter(2, own_generation=True),
        meter(3, "production", on_kw=100.0),
        meter(4, "production"),
        meter(5, "treatment"),
        meter(6, "main", holding_kw=250.0),
    ]
    level = drawn.choice([0, 0.05, 0.2, 0.26, 0.7, 0.78, 1], (6, 20, 1))
    curves = (level * 250_000 * drawn.uniform(0.9, 1.1, (6, 20, 96))).astype(int)
    known = drawn.random((6, 20, 96)) > drawn.choice([0, 0.02, 0.2], (6, 20, 1))
    for row, day in zip(*np.nonzero(drawn.random((6, 20)) < 0.4), strict=True):
        first = drawn.integers(0, 90)
        curves[row, day, first : first + drawn.integers(1, 12)] = 240_000
    given = [
        [[int(one) if there else None for one, there in zip(*pair, strict=True)] for pair in zip(*each, strict=True)]
        for each in zip(curves, known, strict=True)
    ]
    base: list[list[Curve]] = [
        [[int(one) for one in drawn.integers(230_000, 270_000, 96)] for _ in range(42)] for _ in range(6)
    ]
    links = [TreatmentLink(production=meters[row].id, treatment=(meters[4].id,)) for row in (2, 3)]
    return judged(given, [STOPPED, CUT], meters=meters, base=base, links=links)


def told(found: Assessed) -> list[Finding]:
    return [finding(found, check, row, day) for check, row, day in found.told()]


def test_its_numbers_give_the_verdict_again(found):
    verdicts = set()
    for one in told(found):
        assert verdict_of(one.check, one.numbers) == one.would_be, one
        verdicts.add((one.check, one.would_be))
    assert {("stop", Verdict(value)) for value in (1, 4, 5)} <= verdicts
    assert {("cut_day", Verdict(value)) for value in (1, 4, 5)} <= verdicts
    assert {("treatment_off", Verdict(value)) for value in (1, 4, 5)} <= verdicts


def test_its_curve_gives_its_numbers_again(found):
    for one in (one for one in told(found) if one.check in {"stop", "cut_day"}):
        assert one.curve is not None
        judged_slots = [wh for wh, counts in zip(one.curve.wh, one.curve.judged, strict=True) if counts]
        read = [wh for wh in judged_slots if wh is not None]
        assert one.numbers["judged_slots"] == len(judged_slots)
        assert one.numbers["known_slots"] == len(read)
        assert one.numbers["total_wh"] == sum(read)
        if one.check == "stop":
            on = one.numbers["on_wh"]
            flags = [
                counts and wh is not None and wh > on for wh, counts in zip(one.curve.wh, one.curve.judged, strict=True)
            ]
            assert one.numbers["longest_run"] == max((len([*run]) for ran, run in groupby(flags) if ran), default=0)
            assert one.numbers["peak_wh"] == max(read, default=0)


def test_a_phase_gives_its_verdict_again():
    unread: Curve = [None] * 96
    for days in ([share(1)] * 10, [share(0.5)] * 10, [share(1)] * 4, [unread] * 10):
        result = judged_phase([days], phase(10))
        one = of_phase(result, LINE, thresholds="t", baseline="b")
        assert verdict_of("cut_phase", one.numbers) == one.would_be == result.verdict
        assert (
            one.inputs_hash == judged_phase([days], phase(10)).inputs_hash != judged_phase([days], phase(9)).inputs_hash
        )
        assert all(one.sentence[language] for language in ("zh", "en"))


def test_it_names_its_clauses_demands_thresholds_and_baseline(found):
    one = next(one for one in told(found) if one.check == "stop" and one.verdict == Verdict.SUSPECTED)
    assert (one.clauses, one.demands) == ((CLAUSE,), ("d1",))
    assert (one.thresholds, one.baseline) == ("published/1", "eligible-days-mean/1")
    assert one.as_json()["verdict"] == "suspected"


def test_it_says_in_both_languages_what_why_and_what_next(found):
    for one in told(found):
        for language, next_step in (("zh", "请人工核实"), ("en", "A person has to verify it")):
            assert one.name[language]
            assert (next_step in one.sentence[language]) == (one.verdict == Verdict.SUSPECTED)
    assert set(SIGN_LABELS) == set(SIGNS)
    assert set(VERDICTS) == {one.word for one in Verdict}
    assert all(check in CHECKS for check in {one.check for one in told(found)})


def hash_of(**more: object) -> str:
    given: dict[str, object] = {"demands": [demand()], "meters": [meter()]} | more
    curve = given.pop("curve", flat(20_000))
    return finding(judged([[curve]], **given), "stop", 0, 0).inputs_hash  # type: ignore[arg-type,list-item]  # a test gives what it is about


def test_its_hash_changes_with_everything_it_stands_on_and_with_nothing_else():
    plain = hash_of()
    changed = flat(20_000)
    changed[95] = 20_001
    others = {
        "reading": hash_of(curve=changed),
        "gap": hash_of(curve=[*changed[:95], None]),
        "base": hash_of(base=[[flat(250_001)] * 42]),
        "demand": hash_of(demands=[demand(id="other")]),
        "clause": hash_of(demands=[demand(clauses=(replace(CLAUSE, cites=("L12-15",)),))]),
        "ramp": hash_of(meters=[meter(ramp_down_minutes=15)], demands=[demand(hour=8)]),
        "holding": hash_of(meters=[meter(holding_kw=1.0)]),
        "threshold": hash_of(thresholds=PUBLISHED.replaced("t/1", {"stop_main_pct": 24}, source="t", confirm="t")),
        "excuse": hash_of(
            excuses=[Excuse(subject_id=LINE, kind="other", from_day=FIRST, until_day=None, reference="a")]
        ),
    }
    assert len({plain, *others.values()}) == len(others) + 1
    assert hash_of() == plain


def test_thresholds_are_replaced_by_a_version_and_never_altered():
    mine = PUBLISHED.replaced("huairen/1", {"run_minutes": 30}, source="HR-28", confirm="朔州市工信局")
    assert (mine["run_minutes"], PUBLISHED["run_minutes"], mine.version) == (30, 60, "huairen/1")
    assert mine.values["run_minutes"].source == "HR-28"
    with pytest.raises(ThresholdUnknown):
        PUBLISHED.replaced("t/1", {"no_such": 1}, source="t", confirm="t")
    assert all(one.source and one.confirm and one.says["zh"] and one.says["en"] for one in PUBLISHED.values.values())


def test_a_finding_names_the_version_it_was_judged_by():
    mine = PUBLISHED.replaced("t/1", {"stop_main_pct": 5}, source="t", confirm="t")
    assert finding(judged([[flat(20_000)]], [demand()], thresholds=mine), "stop", 0, 0).thresholds == "t/1"


def test_a_day_comes_to_its_gravest_finding(found):
    days = {one.day: one for one in subject_days(found, [LINE], range(20))}
    assert len(days) == 20
    for one in days.values():
        assert one.verdict == max(each.verdict for each in one.findings) == day_of(LINE, one.findings).verdict
        assert one.look == any(each.look for each in one.findings)
    assert worst([]) == Verdict.NOT_APPLICABLE
    assert worst([Verdict.COMPLIANT, Verdict.SUSPECTED, Verdict.INSUFFICIENT_DATA]) == Verdict.SUSPECTED


@pytest.mark.parametrize("kind", ["other", "stop_charging"])
def test_what_electricity_cannot_judge_is_not_applicable(kind):
    (day,) = subject_days(judged([[flat()]], [demand(kind)]), [LINE], [0])
    assert (day.verdict, day.look) == (Verdict.NOT_APPLICABLE, False)
    assert [one.check for one in day.findings] == ["other"]
    assert day.findings[0].clauses == (CLAUSE,)


def test_a_stop_of_a_subject_without_a_meter_is_insufficient_data():
    elsewhere = meter(9).id
    (day,) = subject_days(judged([[flat()]], [demand(subject_id=elsewhere)]), [elsewhere], [0])
    assert day.verdict == Verdict.INSUFFICIENT_DATA
    assert day.findings[0].signs == ("no_meter",)


def test_estimated_values_are_marked_in_the_curve():
    found = judged([[flat(20_000)]], [demand()])
    found.block.quality[0, 0, 7] = Quality.SUBSTITUTED
    curve = finding(found, "stop", 0, 0).curve
    assert curve is not None
    assert (curve.estimated, curve.wh[7]) == ((7,), 20_000)


def test_links_are_told_with_production_beside_treatment(found):
    one = next(one for one in told(found) if one.check == "treatment_off")
    assert one.curve is not None
    assert one.curve.beside_wh is not None
    assert len(one.meters) == 2


def test_every_check_has_a_replay():
    checks: list[CheckCode] = ["treatment_alone", "other"]
    assert {verdict_of(one, {}) for one in checks} == {Verdict.NOT_APPLICABLE}


def test_its_hash_does_not_depend_on_what_else_is_assessed_with_it():
    stop = [demand(days=3)]
    whole = judged([[flat(20_000)] * 3, [flat()] * 3], stop, meters=[meter(1), meter(2)])
    alone = judged([[flat(20_000)]], stop, meters=[meter(1)])
    assert finding(whole, "stop", 0, 0).inputs_hash == finding(alone, "stop", 0, 0).inputs_hash
    assert finding(whole, "stop", 0, 0) == finding(alone, "stop", 0, 0)
