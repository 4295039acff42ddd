"""Senders that race: real connections, real commits; nothing is lost, nothing is doubled, nobody waits for ever."""

import asyncio

import pytest
from sqlalchemy import text

from app.jobs.runner import SYSTEM
from app.persistence.engine import Sessions
from app.persistence.feed.sources import SourceRepository
from app.persistence.unit_of_work import open_unit
from app.services.feed.closing import fold
from tests.api.door import Door
from tests.api.feeding import Grid, a_grid, curve_file, flat, point_file
from tests.conftest import Clock

DAY, TODAY = "2019-12-08", "2019-12-10"
KEYS = tuple(f"M{number}" for number in range(6))


@pytest.fixture
async def grid(busy_door: Door, clock: Clock) -> Grid:
    return await a_grid(busy_door, clock, keys=KEYS)


async def test_the_same_file_sent_at_once_lands_once(grid: Grid) -> None:
    file = curve_file(*((name, DAY, flat("1")) for name in KEYS))
    answers = await asyncio.gather(*(grid.sends(file) for _ in range(6)))
    assert {one.status_code for one in answers} == {200}
    assert len({one.json()["id"] for one in answers}) == 1
    assert (await grid.sender.get("/v1/feed/batches")).json()["items"][0]["number"] == 1


async def test_batches_of_the_same_channels_in_any_order_lose_no_value(grid: Grid) -> None:
    """Each tells other slots of the same days, half of them going backwards through the channels."""

    def slot(number: int) -> str:
        return f"{DAY}T{number // 4:02}:{number % 4 * 15:02}:00+08:00"

    files = [
        point_file(
            *((name, slot(part * 8 + at), part + 1) for name in KEYS[:: -1 if part % 2 else 1] for at in range(8))
        )
        for part in range(8)
    ]
    answers = await asyncio.gather(*(grid.sends(file) for file in files))
    assert [one.status_code for one in answers] == [200] * 8, [one.text for one in answers]
    assert sum(one.json()["report"]["readings"]["new"] for one in answers) == 8 * 8 * len(KEYS)
    for name in KEYS:
        (one,) = await grid.reads(name, DAY)
        assert one["values"][:64] == [f"{part + 1}.00" for part in range(8) for _ in range(8)]


async def test_corrections_that_race_keep_every_value_they_replace(grid: Grid) -> None:
    files = [curve_file(*((name, DAY, flat(number)) for name in KEYS)) for number in range(6)]
    answers = await asyncio.gather(*(grid.sends(file) for file in files))
    assert [one.status_code for one in answers] == [200] * 6
    async with grid.door.sessions() as session:
        query = 'SELECT channel_id, array_agg(substr("values", 1, 4) ORDER BY revision) FROM {} GROUP BY channel_id'
        rows = "(SELECT * FROM load_curves UNION ALL SELECT {} FROM load_curve_revisions) AS every"
        columns = 'day, enterprise_id, channel_id, "values", quality, version, versions, batch_id, known_at, revision'
        found = (await session.execute(text(query.format(rows.format(columns))))).all()
    assert len(found) == len(KEYS)
    assert {tuple(sorted(int.from_bytes(one) for one in values)) for _, values in found} == {
        (0, 100, 200, 300, 400, 500)
    }


async def test_days_fold_once_while_readings_of_them_still_arrive(grid: Grid, clock: Clock) -> None:
    def file(hour: int) -> str:
        return point_file(*((name, f"{TODAY}T{hour:02}:00:00+08:00", hour + 1) for name in KEYS))

    for hour in range(4):
        await grid.lands(file(hour))
    clock.advance(days=1, hours=6)
    moved, sent = await asyncio.gather(
        asyncio.gather(*(folds(grid.door.sessions, clock) for _ in range(2))),
        asyncio.gather(*(grid.sends(file(hour)) for hour in (5, 6, 7))),
    )
    assert {one.status_code for one in sent} == {200}
    assert sum(moved) == 4 * len(KEYS)
    await folds(grid.door.sessions, clock)
    for name in KEYS:
        (one,) = await grid.reads(name, TODAY)
        hours = [one["values"][hour * 4] for hour in range(8)]
        assert hours == ["1.00", "2.00", "3.00", "4.00", None, "6.00", "7.00", "8.00"]
    async with grid.door.sessions() as session:
        assert await session.scalar(text("SELECT count(*) FROM load_points")) == 0


async def folds(sessions: Sessions, clock: Clock) -> int:
    """As one worker does it: portions until nothing is left."""
    readings = 0
    while True:
        async with open_unit(sessions, now=clock()) as unit:
            source = await SourceRepository(unit.session).get("grid", visible_to=SYSTEM)
            moved = await fold(unit, source, by=SYSTEM)
        if not moved:
            return readings
        readings += moved


async def test_the_numbers_and_the_chain_of_a_source_have_no_hole(grid: Grid) -> None:
    files = [curve_file((KEYS[number], DAY, flat(number))) for number in range(6)]
    await asyncio.gather(*(grid.sends(file) for file in files))
    items = (await grid.sender.get("/v1/feed/batches")).json()["items"]
    assert sorted(one["number"] for one in items) == [1, 2, 3, 4, 5, 6]
    assert len({one["chain"] for one in items}) == 6
