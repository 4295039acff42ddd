"""Single values become sparse curves: each in its slot, versions apart, nothing else said."""

from datetime import date
from uuid import UUID

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from app.domain.feed.channels import Channel
from app.domain.feed.curves import Points, Quality
from app.domain.feed.gathering import gathered, newest

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
Point = tuple[int, int, int, int]


def points(listed: list[Point]) -> Points:
    """Of channel, day, slot and version; the value says which point it was."""
    return Points(
        line=np.arange(2, len(listed) + 2, dtype=np.int32),
        channel=np.array([one[0] for one in listed], dtype=np.int32),
        day=np.array([np.datetime64(date(2024, 1, 5)) + one[1] for one in listed], dtype="datetime64[D]"),
        slot=np.array([one[2] for one in listed], dtype=np.int32),
        value=np.arange(len(listed), dtype=np.int32),
        quality=np.full(len(listed), Quality.ACTUAL, dtype=np.uint8),
        version=np.array([VERSIONS[one[3]] for one in listed], dtype="datetime64[us]"),
    )


PLACES = st.tuples(st.integers(0, 2), st.integers(0, 2), st.integers(0, 23), st.integers(0, 2))


@given(st.lists(PLACES, min_size=1, max_size=40, unique_by=lambda one: one[:3]))
def test_every_value_is_in_its_slot_and_nothing_else_is_said(listed: list[Point]) -> None:
    blocks = gathered(points(listed), METERS)
    found = set()
    for block in blocks:
        keys = list(zip(block.channel.tolist(), block.day.tolist(), strict=True))
        assert len(keys) == len(set(keys))
        for row, slot in zip(*np.nonzero(block.quality), strict=True):
            day = int((block.day[row] - np.datetime64(date(2024, 1, 5))).astype(int))
            found.add((int(block.channel[row]), day, int(slot), str(block.version[row]), int(block.values[row, slot])))
    assert found == {(*one[:3], str(VERSIONS[one[3]]), number) for number, one in enumerate(listed)}
    assert {block.values.shape[1] for block in blocks} == {METERS[one[0]].slots for one in listed}


def test_older_versions_of_a_day_come_in_an_earlier_block() -> None:
    older, newer = gathered(points([(0, 0, 3, 2), (0, 0, 4, 0), (2, 0, 4, 1)]), METERS)
    assert [str(version) for version in older.version] == ["NaT", "2024-01-06T00:00:00.000000"]
    assert [str(version) for version in newer.version] == ["2024-01-07T00:00:00.000000"]
    assert older.line.tolist() == [3, 4]


@given(st.lists(st.tuples(st.integers(0, 2), st.integers(0, 2), st.integers(0, 2)), max_size=20))
def test_of_equal_keys_the_newest_version_stands_and_of_equal_versions_the_last_line(
    rows: list[tuple[int, int, int]],
) -> None:
    keys = [np.array([row[place] for row in rows], dtype=np.int64) for place in (0, 1)]
    version = np.array([VERSIONS[row[2]] for row in rows], dtype="datetime64[us]")
    stands = newest(keys, version, np.arange(len(rows), dtype=np.int32))
    best = {row[:2]: max((other[2], line) for line, other in enumerate(rows) if other[:2] == row[:2]) for row in rows}
    assert np.flatnonzero(stands).tolist() == sorted(line for _, line in best.values())
