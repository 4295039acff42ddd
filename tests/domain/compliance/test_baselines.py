"""Which days a baseline stands on, and why the others are left out."""

import json
from datetime import date, timedelta

import numpy as np
import pytest

from app.documents.dossiers import baseline_documents
from app.documents.holidays import china
from app.domain.compliance.baselines import GROUPS, Excluded, Method
from app.domain.compliance.basing import baselines, held
from app.domain.compliance.calendar import WorkCalendar
from app.domain.compliance.demands import Demand, Excuse
from app.domain.compliance.metering import Block
from app.domain.compliance.thresholds import PUBLISHED
from app.domain.feed.curves import Quality
from app.domain.periods import Period
from tests.domain.compliance.made import LINE, WEEKENDS, at, base_of, block, flat

# Four weeks from a Monday, with the National Day in the middle.
FIRST = date(2025, 9, 22)
DAYS = 28


def reasons(found: Block, **held_by: object) -> list[str]:
    nothing: dict[str, object] = {"demands": {}, "excuses": {}, "warned": {}}
    back = held(found, **(nothing | held_by))  # type: ignore[arg-type]  # a test gives what it is about
    calendar: WorkCalendar = china() if "calendar" not in held_by else WEEKENDS
    made = baselines(found, method(), back, thresholds=PUBLISHED, calendar=calendar)
    return [Excluded(one).name.lower() for one in made.reasons[0]]


def method() -> Method:
    return Method(name="eligible-days-mean/1", from_day=FIRST, until_day=FIRST + timedelta(days=DAYS))


def month(load: int = 1000) -> Block:
    return block([[flat(load)] * DAYS], first=FIRST)


def test_the_holidays_of_china_are_no_base():
    told = reasons(month())
    off = [FIRST + timedelta(days=index) for index, one in enumerate(told) if one == "holiday"]
    assert (off[0], off[-1], len(off)) == (date(2025, 10, 1), date(2025, 10, 8), 8)
    assert set(told) == {"used", "holiday"}


def test_a_sunday_that_is_worked_counts_among_workdays():
    made = baselines(month(), method(), np.zeros((1, DAYS), np.uint8), thresholds=PUBLISHED, calendar=china())
    assert made.day_types[(date(2025, 9, 28) - FIRST).days] == "workday"
    assert made.day_types[(date(2025, 10, 11) - FIRST).days] == "workday"


def test_days_under_a_control_a_warning_or_maintenance_are_no_base_and_say_so():
    asked = Demand(
        id="d",
        subject_id=LINE,
        kind="cut",
        cause="schedule",
        from_at=at(FIRST, 20),
        until_at=at(FIRST, 48),
        keep_pct=70,
    )
    warned = Period(FIRST + timedelta(days=1), FIRST + timedelta(days=4))
    repair = Excuse(
        subject_id=LINE,
        kind="maintenance",
        from_day=FIRST + timedelta(days=3),
        until_day=FIRST + timedelta(days=5),
        reference="act 1",
    )
    told = reasons(month(), demands={LINE: [asked]}, warned={LINE: [warned]}, excuses={LINE: [repair]})
    assert told[:6] == ["controlled", "controlled", "warning", "warning", "maintenance", "used"]


def test_a_day_with_less_than_nine_tenths_of_its_readings_is_no_base():
    given = month()
    given.quality[0, 0, :10] = Quality.ABSENT
    given.quality[0, 1, :9] = Quality.ESTIMATED
    given.quality[0, 2, :10] = Quality.ESTIMATED
    assert reasons(given)[:4] == ["incomplete", "used", "incomplete", "used"]


def test_a_day_far_from_all_others_of_its_type_is_an_outlier_and_a_quiet_sunday_is_none():
    given = month()
    given.wh[0, 2] = 9_000
    for index in range(DAYS):
        if (FIRST + timedelta(days=index)).weekday() == 6:
            given.wh[0, index] = 100
    told = reasons(given)
    assert [index for index, one in enumerate(told) if one == "outlier"] == [2]


def test_days_all_alike_have_no_outliers():
    assert "outlier" not in reasons(month(123_457))


def test_a_mean_counts_only_what_was_read_and_estimates_are_not():
    given = month()
    given.quality[0, 0, 0] = Quality.ESTIMATED
    given.wh[0, 0, 0] = 900_000
    given.wh[0, 1, 0] = 3_000
    given.wh[0, :, 2] = np.arange(DAYS) * 300
    made = base_of(given)
    used = DAYS - 1
    assert made.any_curve[0, 0] == (3_000 + 1_000 * (used - 1)) // used
    assert made.any_curve[0, 1] == 1_000


@pytest.mark.parametrize(("days", "enough"), [(9, False), (10, True)])
def test_fewer_than_ten_days_are_no_baseline(days, enough):
    made = base_of(block([[flat(1000)] * days], first=FIRST))
    assert bool(made.enough[0, GROUPS.index("any")]) is enough
    assert made.any_curve.any() == enough


def test_a_slot_that_was_never_read_leaves_no_baseline():
    given = month()
    given.quality[0, :, 5] = Quality.ABSENT
    assert not base_of(given).enough.any()


def test_a_baseline_in_words_names_every_day_once():
    given = month()
    given.quality[0, 3] = Quality.ABSENT
    made = baselines(given, method(), np.zeros((1, DAYS), np.uint8), thresholds=PUBLISHED, calendar=china())
    (document,) = baseline_documents(made, given.meters)
    told = json.loads(document)
    assert len(told["used"]["any"]) + len(told["excluded"]) == DAYS
    assert set(told["used"]["any"]) == set(told["used"]["workday"]) | set(told["used"]["rest_day"])
    assert [str(FIRST + timedelta(days=3)), "incomplete"] in told["excluded"]
    assert told["curve_wh"]["rest_day"] is None
    assert told["curve_wh"]["any"] == [1000] * 96


def test_days_outside_the_window_of_the_method_are_not_looked_at():
    given = month()
    inner = Method(
        name="eligible-days-mean/1", from_day=FIRST + timedelta(days=7), until_day=FIRST + timedelta(days=14)
    )
    made = baselines(given, inner, np.zeros((1, DAYS), np.uint8), thresholds=PUBLISHED, calendar=WEEKENDS)
    assert (len(made.days), made.used[0, 2]) == (7, 7)


def test_a_load_that_the_plan_names_counts_holidays_too():
    named = Method(name="plan-named/1", from_day=FIRST, until_day=FIRST + timedelta(days=DAYS))
    made = baselines(month(), named, np.zeros((1, DAYS), np.uint8), thresholds=PUBLISHED, calendar=china())
    assert made.used[0].tolist() == [0, 0, DAYS]
