"""Single values become rows of days, each in its slot, nothing else said; of repeats the newest stands."""

from datetime import date
from uuid import UUID

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from app.domain.feed.channels import Channel
from app.domain.feed.curves import Points, Quality
from app.domain.feed.gathering import gathered
from app.domain.feed.repeats import newest

VERSIONS = [
    np.datetime64("NaT", "us"),
    np.datetime64("2024-01-06T00:00:00", "us"),
    np.datetime64("2024-01-07T00:00:00", "us"),
]


def meter(interval: int) -> Channel:
    nobody = UUID(int=0)
    return Channel(
        id=nobody, enterprise_id=nobody, meter_id=nobody, source="grid", key=str(interval), interval_minutes=interval
    )


METERS = [meter(15), meter(60), meter(15)]
WIDTH = np.array([one.slots for one in METERS], dtype=np.int32)
FIRST = np.datetime64(date(2024, 1, 5))
Point = tuple[int, int, int, int]


def points(listed: list[Point]) -> Points:
    """Of channel, day, slot and version; the value says which point it was."""
    return Points(
        line=np.arange(2, len(listed) + 2, dtype=np.int32),
        channel=np.array([one[0] for one in listed], dtype=np.int32),
        day=np.array([FIRST + one[1] for one in listed], dtype="datetime64[D]"),
        slot=np.array([one[2] for one in listed], dtype=np.int32),
        value=np.arange(len(listed), dtype=np.int32),
        quality=np.full(len(listed), Quality.ACTUAL, dtype=np.uint8),
        version=np.array([VERSIONS[one[3]] for one in listed], dtype="datetime64[us]"),
    )


PLACES = st.tuples(st.integers(0, 2), st.integers(0, 2), st.integers(0, 23), st.integers(0, 2))


@given(st.lists(PLACES, min_size=1, max_size=40, unique_by=lambda one: one[:3]))
def test_every_value_is_in_its_slot_with_its_version_and_nothing_else_is_said(listed: list[Point]) -> None:
    parts = list(gathered(points(listed), WIDTH))
    found = set()
    for part in parts:
        keys = list(zip(part.channel.tolist(), part.day.tolist(), strict=True))
        assert len(keys) == len(set(keys))
        for row, slot in zip(*np.nonzero(part.slots.quality), strict=True):
            day = int((part.day[row] - FIRST).astype(int))
            version = str(part.slots.version[row, slot])
            found.add((int(part.channel[row]), day, int(slot), version, int(part.slots.values[row, slot])))
    assert found == {(*one[:3], str(VERSIONS[one[3]]), number) for number, one in enumerate(listed)}
    assert [part.slots.values.shape[1] for part in parts] == sorted({METERS[one[0]].slots for one in listed})


@given(st.lists(PLACES, min_size=1, max_size=40, unique_by=lambda one: one[:3]))
def test_every_point_is_told_which_row_it_went_into(listed: list[Point]) -> None:
    went = {}
    for part in gathered(points(listed), WIDTH):
        for point, row in zip(part.chosen.tolist(), part.row.tolist(), strict=True):
            assert point not in went
            went[point] = (int(part.channel[row]), int((part.day[row] - FIRST).astype(int)))
    assert went == {number: one[:2] for number, one in enumerate(listed)}


def test_a_day_told_in_several_versions_is_one_row() -> None:
    (part,) = gathered(points([(0, 0, 3, 2), (0, 0, 4, 0), (2, 0, 4, 1)]), WIDTH)
    assert part.channel.tolist() == [0, 2]
    assert [str(version) for version in part.slots.version[0, 3:5]] == ["2024-01-07T00:00:00.000000", "NaT"]
    assert [str(version) for version in part.slots.version[1, 3:5]] == ["NaT", "2024-01-06T00:00:00.000000"]


@given(st.lists(st.tuples(st.integers(0, 2), st.integers(0, 2), st.integers(0, 2)), max_size=20))
def test_of_equal_keys_the_newest_version_stands_and_of_equal_versions_the_last_line(
    rows: list[tuple[int, int, int]],
) -> None:
    keys = [np.array([row[place] for row in rows], dtype=np.int64) for place in (0, 1)]
    version = np.array([VERSIONS[row[2]] for row in rows], dtype="datetime64[us]")
    stands = newest(keys, version, np.arange(len(rows), dtype=np.int32))
    best = {row[:2]: max((other[2], line) for line, other in enumerate(rows) if other[:2] == row[:2]) for row in rows}
    assert np.flatnonzero(stands).tolist() == sorted(line for _, line in best.values())
