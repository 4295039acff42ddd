"""Treatment has to run while production does; alone it may."""

import numpy as np
import pytest

from app.domain.compliance.assessing import Assessed
from app.domain.compliance.days import subject_days
from app.domain.compliance.demands import Excuse
from app.domain.compliance.findings import CheckCode, Verdict, signs_of
from app.domain.compliance.metering import TreatmentLink
from tests.domain.compliance.made import FIRST, LINE, USUAL, Curve, demand, flat, judged, meter

KILN, FILTER, SPARE = meter(1, "production"), meter(2, "treatment"), meter(3, "treatment")
LINK = TreatmentLink(production=KILN.id, treatment=(FILTER.id,))
CLEANS = 10_000


def steady() -> list[list[Curve]]:
    """Production and treatment of six weeks, the treatment a little different each time."""
    drawn = np.random.default_rng(1)
    cleaned: list[Curve] = [[int(one) for one in drawn.integers(9_000, 11_001, 96)] for _ in range(42)]
    return [[flat()] * 42, cleaned]


def of(made: Curve, cleaned: Curve, **more: object) -> Assessed:
    given = {"meters": [KILN, FILTER], "base": steady(), "links": [LINK]} | more
    return judged([[made], [cleaned]], **given)  # type: ignore[arg-type]  # a test gives what it is about


def verdict(found: Assessed, check: CheckCode = "treatment_off") -> Verdict:
    return Verdict(int(found.verdicts[check][0, 0]))


def off(slots: int, value: int | None = 0) -> Curve:
    return [value if 40 <= slot < 40 + slots else CLEANS for slot in range(96)]


@pytest.mark.parametrize(("slots", "told"), [(0, "compliant"), (1, "compliant"), (2, "suspected"), (96, "suspected")])
def test_more_than_a_quarter_of_an_hour_without_treatment_is_told(slots, told):
    assert verdict(of(flat(), off(slots))).word == told


def test_without_production_nothing_is_asked_of_treatment():
    assert verdict(of(flat(0), flat(0))) == Verdict.NOT_APPLICABLE


def test_treatment_that_runs_on_through_a_stop_is_information_only():
    found = of(flat(0), flat(CLEANS), demands=[demand()])
    (day,) = subject_days(found, [LINE], [0])
    alone = next(one for one in day.findings if one.check == "treatment_alone")
    assert (alone.verdict, alone.look, day.verdict, day.look) == (
        Verdict.NOT_APPLICABLE,
        False,
        Verdict.COMPLIANT,
        False,
    )
    assert alone.numbers["alone_slots"] == 96


def test_a_gap_in_the_readings_of_treatment_is_not_treatment_off():
    assert verdict(of(flat(), off(1, None))) == Verdict.COMPLIANT
    assert verdict(of(flat(), off(3, None))) == Verdict.INSUFFICIENT_DATA
    assert verdict(of(flat(), off(20, None))) == Verdict.INSUFFICIENT_DATA


def test_what_stands_in_for_each_other_is_enough_together():
    link = TreatmentLink(production=KILN.id, treatment=(FILTER.id, SPARE.id))
    base: list[list[Curve]] = [*steady(), [flat(0)] * 42]
    halves = [flat()], [off(96)], [flat(CLEANS)]
    found = judged(list(halves), meters=[KILN, FILTER, SPARE], base=base, links=[link])
    assert verdict(found) == Verdict.COMPLIANT


def test_a_declared_threshold_stands_before_the_reckoned_one():
    one = meter(2, "treatment", on_kw=20.0)
    assert verdict(of(flat(), off(4, 4_999), meters=[KILN, one])) == Verdict.SUSPECTED
    assert verdict(of(flat(), off(4, 5_000), meters=[KILN, one])) == Verdict.COMPLIANT


def test_two_hours_below_the_usual_low_at_the_same_production_look_slowed_down():
    found = of(flat(), off(8, 8_000))
    assert verdict(found) == Verdict.COMPLIANT
    assert verdict(found, "treatment_derated") == Verdict.SUSPECTED
    assert signs_of(int(found.checks["treatment_derated"].signs[0, 0])) == ("below_percentile",)
    assert verdict(of(flat(), off(7, 8_000)), "treatment_derated") == Verdict.NOT_APPLICABLE
    # At a production that was never seen there is nothing usual.
    assert verdict(of(flat(USUAL // 3), off(96, 8_000)), "treatment_derated") == Verdict.NOT_APPLICABLE


def test_an_exemption_from_staggering_does_not_excuse_treatment_and_declared_maintenance_does():
    def excuse(kind: str) -> Excuse:
        return Excuse(subject_id=LINE, kind=kind, from_day=FIRST, until_day=None, reference="a")  # type: ignore[arg-type]  # a test gives what it is about

    assert verdict(of(flat(), off(96), excuses=[excuse("exempt")])) == Verdict.SUSPECTED
    assert verdict(of(flat(), off(96), excuses=[excuse("maintenance")])) == Verdict.DECLARED_EXCEPTION
