"""A plant's half year, as its meter exported it: 96 values of every day, none lost, none shifted."""

import csv
from collections import Counter
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path

import pytest

from app.documents.feed.reading import CSV, read_batch
from app.domain.feed.curves import Quality
from app.domain.feed.directory import Directory
from app.domain.feed.gathering import Gathered, gathered
from app.domain.feed.limits import Limits
from app.domain.feed.profile_check import profile_errors
from app.domain.feed.profiles import Profile
from samples.meter_feed import DAYS, FIRST, STANDING, TARGET, text
from tests.documents.feeds import channel

# The published file lies near the repository, where it is at all.
REAL = [up / "shared" / "data" / "steel-plant-2018-h1.csv" for up in Path(__file__).resolve().parents[3:5]]
PROFILE = Profile(
    source="plant",
    columns={"at": "date", "value": "Usage_kWh"},
    only_channel="steel",
    date_order="dmy",
    zone="Asia/Seoul",
    naive=True,
    stamps="end",
    midnight="same_day",
)
METER = channel("steel", decimals=2)
Truth = dict[tuple[date, int], Decimal]


def truth(path: Path) -> Truth:
    """The file by the standard library alone: the n-th row of a day, in the order published, is its n-th interval."""
    found: Truth = {}
    seen = Counter[date]()
    with path.open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            stamp, _, clock = row["date"].partition(" ")
            day, month, year = (int(part) for part in stamp.split("/"))
            hour, minute = (int(part) for part in clock.split(":"))
            place = date(year, month, day), seen[date(year, month, day)]
            assert (hour * 60 + minute) == (place[1] + 1) * 15 % 1440
            found[place] = Decimal(row["Usage_kWh"])
            seen[place[0]] += 1
    return found


def days(path: Path) -> Gathered:
    directory = Directory({METER.key: METER})
    batch = read_batch(
        path.read_bytes(),
        media_type=CSV,
        encoding=None,
        profile=PROFILE,
        directory=directory,
        now=datetime(2026, 1, 1, tzinfo=UTC),
        limits=Limits(),
    )
    assert (list(batch.rejected), list(batch.superseded), list(batch.unknown)) == ([], [], [])
    assert batch.points is not None
    assert len(batch.points.line) == batch.received
    (part,) = gathered(batch.points, directory.slots)
    return part


def compare(read: Gathered, expected: Truth) -> None:
    assert (read.slots.quality == Quality.ACTUAL).all()
    found = {
        (day, slot): Decimal(value).scaleb(-2)
        for day, row in zip(read.day.astype(object).tolist(), read.slots.values.tolist(), strict=True)
        for slot, value in enumerate(row)
    }
    assert found == expected


def test_the_real_half_year_is_181_complete_days_with_nothing_lost_or_shifted() -> None:
    real = next((path for path in REAL if path.exists()), None)
    if real is None:
        pytest.skip("the published half year of a steel plant is not on this machine")
    read = days(real)
    compare(read, truth(real))
    assert read.slots.values.shape == (181, 96)
    assert read.day.astype(object).tolist() == [date(2018, 1, 1) + timedelta(days=n) for n in range(181)]
    assert int(((read.slots.values <= 600).all(axis=1)).sum()) == 23


def test_the_sample_reads_like_the_real_one() -> None:
    read = days(TARGET)
    compare(read, truth(TARGET))
    assert read.day.astype(object).tolist() == [FIRST + timedelta(days=number) for number in range(DAYS)]
    assert int(((read.slots.values <= 600).all(axis=1)).sum()) == len(STANDING)


def test_the_sample_is_what_its_generator_writes() -> None:
    assert TARGET.read_text(encoding="utf-8") == text()


def test_the_profile_of_the_plant_is_sound() -> None:
    assert profile_errors(PROFILE) == []
