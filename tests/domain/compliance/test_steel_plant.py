"""A real steel plant's half year: exactly the days on which it stood still are judged stopped, no partial day is.

Its file is not part of the repository (UCI "Steel Industry Energy Consumption", CC BY 4.0).
"""

import csv
from datetime import date, timedelta
from pathlib import Path

import numpy as np
import pytest

from app.domain.compliance.assessing import Asked, Assessed, assess
from app.domain.compliance.baselines import Method
from app.domain.compliance.basing import baselines, held
from app.domain.compliance.findings import Verdict, signs_of
from app.domain.compliance.metering import Block
from app.domain.compliance.thresholds import PUBLISHED, Thresholds
from app.domain.feed.curves import Quality
from tests.domain.compliance.made import LINE, WEEKENDS, demand, meter

NAME = "shared/data/steel-plant-2018-h1.csv"
# Shared data lies beside the repository or further up.
FILE = next((above / NAME for above in Path(__file__).resolve().parents if (above / NAME).is_file()), None)
FIRST, END = date(2018, 1, 1), date(2018, 7, 1)
# Standing still means no interval above 6 kWh.
STILL_WH = 6_000


@pytest.fixture(scope="module")
def plant() -> Block:
    """Stamps are day/month/year, mark the end of an interval, and print each day's 24:00 as 00:00 of the same day."""
    if FILE is None:
        pytest.skip(f"the real steel plant's file {NAME} lies nowhere above the repository")
    wh = np.zeros(((END - FIRST).days, 96), dtype=np.int64)
    read = np.zeros_like(wh)
    with FILE.open(encoding="utf-8") as lines:
        for row in csv.DictReader(lines):
            day, time = row["date"].split()
            d, month, year = (int(part) for part in day.split("/"))
            hour, minute = (int(part) for part in time.split(":"))
            slot = (hour * 60 + minute) // 15 - 1
            place = ((date(year, month, d) - FIRST).days, slot % 96)
            wh[place] = round(float(row["Usage_kWh"]) * 1000)
            read[place] += 1
    assert (read == 1).all()
    return Block(
        meters=(meter(),),
        days=np.arange(np.datetime64(FIRST), np.datetime64(END)),
        wh=wh[None],
        quality=np.full((1, *wh.shape), Quality.ACTUAL, dtype=np.uint8),
    )


def judged(plant: Block, thresholds: Thresholds = PUBLISHED) -> Assessed:
    """Every day asked to stand still, against the plant's own half year, in which nothing held it back."""
    free = held(plant, demands={}, excuses={}, warned={})
    method = Method(name="eligible-days-mean/1", from_day=FIRST, until_day=END)
    found = baselines(plant, method, free, thresholds=thresholds, calendar=WEEKENDS)
    asked = Asked(demands={LINE: (demand(first=FIRST, days=(END - FIRST).days),)})
    return assess(plant, found, asked, thresholds=thresholds, calendar=WEEKENDS)


def still(plant: Block) -> list[bool]:
    return [bool(one) for one in (plant.wh[0] <= STILL_WH).all(axis=-1)]


def test_exactly_the_standing_days_are_judged_stopped(plant):
    verdicts = judged(plant).verdicts["stop"][0]
    assert sum(still(plant)) == 23
    assert [one == Verdict.COMPLIANT for one in verdicts] == still(plant)
    assert set(verdicts.tolist()) == {Verdict.COMPLIANT, Verdict.SUSPECTED}


def test_a_partial_day_below_a_quarter_of_the_baseline_is_no_stop(plant):
    found = judged(plant)
    numbers = found.checks["stop"].numbers
    below = (numbers["total_wh"] <= numbers["limit_wh"])[0] & ~np.array(still(plant))
    assert below.sum() >= 5
    assert (found.verdicts["stop"][0][below] == Verdict.SUSPECTED).all()


def test_a_day_that_ran_for_half_an_hour_is_told_by_its_burst_alone(plant):
    found = judged(plant)
    day = (date(2018, 6, 2) - FIRST).days
    assert signs_of(int(found.checks["stop"].signs[0, day])) == ("burst",)


@pytest.mark.parametrize(
    ("name", "values"),
    [("stop_main_pct", (15, 60)), ("on_main_pct", (19, 60)), ("burst_pct", (25, 80)), ("run_minutes", (30, 75))],
)
def test_the_standing_days_do_not_hang_on_a_threshold_by_a_hair(plant, name, values):
    for value in values:
        other = PUBLISHED.replaced("test/1", {name: value}, source="test", confirm="nobody")
        assert [one == Verdict.COMPLIANT for one in judged(plant, other).verdicts["stop"][0]] == still(plant)


def test_the_baseline_uses_every_day_it_may(plant):
    found = judged(plant).yard.baselines
    assert found.used[0, 2] + int((found.reasons[0] != 0).sum()) == (END - FIRST).days
    assert timedelta(days=int(found.used[0, 2])) > timedelta(days=170)
