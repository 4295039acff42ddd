"""A plant's export through the door under its source's profile: every day complete, every value in its place."""

from decimal import Decimal
from pathlib import Path

import pytest

from samples.meter_feed import TARGET
from tests.api.door import Door
from tests.api.feeding import Grid, a_grid, day_after
from tests.conftest import Clock
from tests.documents.test_feed_plant import REAL, Truth, truth

PROFILE = {
    "columns": {"at": "date", "value": "Usage_kWh"},
    "only_channel": "steel",
    "date_order": "dmy",
    "zone": "Asia/Seoul",
    "naive": True,
    "stamps": "end",
    "midnight": "same_day",
}


async def plant(door: Door, clock: Clock) -> Grid:
    return await a_grid(door, clock, keys=("steel",), profile=PROFILE)


async def measured(grid: Grid, first: str, last: str) -> dict[str, int]:
    """Readings by day, asked for two months at a time."""
    found: dict[str, int] = {}
    while first <= last:
        upto = min(day_after(first, 61), last)
        query = {"source": grid.name, "channel": "steel", "from": first, "to": upto}
        answer = await grid.officer.get("/v1/feed/completeness", params=query)
        assert answer.status_code == 200, answer.text
        found |= {one["day"]: one["measured"] for one in answer.json()["items"]}
        first = day_after(upto)
    return found


def exported(path: Path) -> tuple[bytes, Truth]:
    """The file, and what it says by the standard library alone."""
    return path.read_bytes(), truth(path)


async def told(grid: Grid, content: bytes, known: Truth) -> None:
    """Sent once, everything is new; sent again in other bytes, nothing changes; read back, nothing is lost or shifted."""
    days = sorted({day for day, _ in known})
    first, last = str(days[0]), str(days[-1])
    report = await grid.lands(content)
    assert (report["received"], report["new"], report["rejected"]) == (len(known), len(known), 0), report
    again = await grid.lands(content + b"\n")
    assert (again["new"], again["changed"], again["unchanged"]) == (0, 0, len(known))
    assert await measured(grid, first, last) == dict.fromkeys(map(str, days), 96)
    curves = {one["day"]: one["values"] for one in await grid.reads("steel", first, last)}
    assert sorted(curves) == [str(day) for day in days]
    assert all(Decimal(curves[str(day)][slot]) == value for (day, slot), value in known.items())


async def test_the_generated_feed_comes_through_whole(door: Door, clock: Clock) -> None:
    clock.now = clock.now.replace(year=2026)
    await told(await plant(door, clock), *exported(TARGET))


async def test_the_real_half_year_comes_through_whole(door: Door, clock: Clock) -> None:
    path = next((one for one in REAL if one.exists()), None)
    if path is None:
        pytest.skip("the plant's file is not beside this copy of the project")
    content, known = exported(path)
    assert len({day for day, _ in known}) == 181
    await told(await plant(door, clock), content, known)
