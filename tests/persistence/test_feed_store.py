"""The store of readings: every merge agrees with a slow one, months are made once, and evidence stays."""

import asyncio
from datetime import date
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given
from hypothesis import strategies as st
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from app.domain.feed.curves import Quality
from app.domain.feed.merging import counted
from app.persistence.engine import Sessions
from app.persistence.feed import packing
from app.persistence.feed.partitions import ahead, ensure_partitions
from app.persistence.feed.reading import CurveReader
from app.persistence.unit_of_work import open_unit
from tests.examples import tried
from tests.persistence.readings import DAY, NOW, Cell, Oracle, directory, land, slots_of

CHANNELS, SLOTS = 3, 24
CELLS = st.tuples(st.integers(-5, 5), st.sampled_from(list(map(int, Quality))), st.sampled_from([None, 1, 2, 3]))


def cell(drawn: Cell) -> Cell:
    """A slot without a value holds none."""
    value, quality, version = drawn
    return (value if quality > Quality.NULL else 0, quality, version if quality else None)


BATCHES = st.lists(
    st.lists(st.lists(CELLS.map(cell), min_size=4, max_size=4), min_size=1, max_size=CHANNELS), min_size=1, max_size=5
)


@tried(40, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(batches=BATCHES)
async def test_every_merge_agrees_with_a_slow_one(sessions: Sessions, batches: list[list[list[Cell]]]) -> None:
    known, oracle = directory(CHANNELS), Oracle()
    found: dict[str, int] = {}
    async with open_unit(sessions, now=NOW) as unit:
        await ensure_partitions(unit.session, [DAY])
        for batch in batches:
            cells = [[*row, *[(0, 0, None)] * (SLOTS - len(row))] for row in batch]
            for place, row in enumerate(cells):
                for slot, one in enumerate(row):
                    oracle.says(place, slot, one)
            landed = await land(unit, known, list(range(len(cells))), slots_of(cells))
            for verdict, count in counted(landed.slots).items():
                found[verdict] = found.get(verdict, 0) + count
        cube = await CurveReader(unit.session).cube(known.channels, [DAY])
    stored = {
        (place, slot): (int(cube.values[place, 0, slot]), int(cube.quality[place, 0, slot]))
        for place, slot in zip(*np.nonzero(cube.quality[:, 0]), strict=True)
    }
    assert stored == {at: one[:2] for at, one in oracle.kept.items()}
    assert {name: count for name, count in found.items() if count} == oracle.counts


async def test_every_value_that_was_replaced_is_kept_with_its_batch(sessions: Sessions) -> None:
    known = directory(1)
    async with open_unit(sessions, now=NOW) as unit:
        await ensure_partitions(unit.session, [DAY])
        for value in (1, 2, 3):
            await land(unit, known, [0], slots_of([[(value, 4, None)] * SLOTS]))
        rows = await unit.session.execute(
            text('SELECT revision, "values", batch_id, replaced_by FROM load_curve_revisions ORDER BY revision')
        )
        kept = rows.all()
        newest = (await unit.session.execute(text('SELECT revision, "values", batch_id FROM load_curves'))).one()
    assert [(one.revision, values_of(one)) for one in kept] == [(1, [1] * SLOTS), (2, [2] * SLOTS)]
    assert (newest.revision, values_of(newest)) == (3, [3] * SLOTS)
    assert [one.replaced_by for one in kept] == [kept[1].batch_id, newest.batch_id]


async def test_months_are_made_once_by_whoever_comes_first_and_strays_find_no_place(
    committed_sessions: Sessions,
) -> None:
    days = [date(2020, month, 15) for month in range(1, 13)]

    async def make() -> list[str]:
        async with open_unit(committed_sessions, now=NOW) as unit:
            return await ensure_partitions(unit.session, days)

    made = await asyncio.gather(*(make() for _ in range(8)))
    assert sorted(name for one in made for name in one) == sorted(
        f"{parent}_2020_{month:02}" for parent in ("load_curves", "load_points") for month in range(1, 13)
    )
    async with open_unit(committed_sessions, now=NOW) as unit:
        await land(unit, directory(2), [0, 1], slots_of([[(1, 4, None)] * SLOTS] * 2), day=date(2020, 12, 31))
        strays = await unit.session.scalar(text("SELECT count(*) FROM load_curves_default"))
    assert strays == 0


def test_the_months_ahead_reach_over_the_end_of_a_year() -> None:
    assert [str(one) for one in ahead(date(2019, 11, 30))] == ["2019-11-01", "2019-12-01", "2020-01-01", "2020-02-01"]


@pytest.mark.parametrize(
    "change",
    [
        "UPDATE load_curve_revisions SET revision = 0",
        "DELETE FROM load_point_revisions",
        "UPDATE folded_points SET slot = '{}'",
        "DELETE FROM feed_bodies",
        "UPDATE feed_batches SET size = 0",
        "TRUNCATE feed_reports",
        "DELETE FROM channel_multipliers",
        "DELETE FROM meter_replacements",
    ],
)
async def test_what_was_sent_and_said_is_never_altered(sessions: Sessions, change: str) -> None:
    async with sessions() as session:
        with pytest.raises(DBAPIError, match=r"is append-only|cannot truncate"):
            await session.execute(text(change))


def values_of(row: Any) -> list[int | None]:
    return packing.values_of(row.values, bytes([Quality.ACTUAL] * SLOTS))
