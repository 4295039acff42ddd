"""What has come and what has not: watermark, completeness, gaps, checksums, requests to send again, days that close."""

import hashlib
from datetime import date, datetime
from typing import Any

import numpy as np
import orjson
import pytest
from sqlalchemy import text

from app.jobs.runner import SYSTEM
from app.persistence.feed.channels import ChannelRepository
from app.persistence.feed.reading import CurveReader
from app.persistence.unit_of_work import open_unit
from app.services import operations
from tests.api.door import Door
from tests.api.feeding import Grid, Json, a_grid, curve_file, day_after, flat, point_file
from tests.api.officer import key
from tests.conftest import Clock

DAY, TODAY = "2019-12-08", "2019-12-10"
_LETTER = dict(enumerate("-NESA"))


@pytest.fixture
async def grid(door: Door, clock: Clock) -> Grid:
    return await a_grid(door, clock)


async def test_completeness_gaps_and_watermark_agree(grid: Grid) -> None:
    await grid.lands(curve_file(("M1", "2019-12-07", flat("1")), ("M2", "2019-12-07", flat("1"))))
    await grid.lands(curve_file(("M1", DAY, [*flat("1")[:90], *[""] * 6])))
    days = {"from": "2019-12-07", "to": DAY}
    found = (await grid.sender.get("/v1/feed/completeness", params=days)).json()
    assert [(one["day"], one["expected"], one["measured"], one["null"], one["missing"]) for one in found["items"]] == [
        ("2019-12-07", 192, 192, 0, 0),
        (DAY, 192, 90, 6, 102),
    ]
    by_channel = (await grid.sender.get("/v1/feed/completeness", params={**days, "by": "channel"})).json()
    assert {one["key"]: one["missing"] for one in by_channel["items"]} == {"M1": 6, "M2": 96}
    gaps = (await grid.sender.get("/v1/feed/gaps", params=days)).json()
    assert [(one["key"], one["day"], one["missing"]) for one in gaps["items"]] == [("M1", DAY, 6), ("M2", DAY, 96)]
    mark = (await grid.sender.get("/v1/feed/watermark")).json()
    assert (mark["complete_to"], mark["seen_to"], mark["closed_to"]) == ("2019-12-07", DAY, "2019-12-09")
    assert mark["lag_days"] == 2


async def test_two_sides_compare_a_month_by_checksums(grid: Grid) -> None:
    values = [slot / 4 for slot in range(96)]
    await grid.lands(curve_file(("M1", DAY, values), ("M2", DAY, ["", *flat("2")[1:]])))
    answer = await grid.sender.get("/v1/feed/checksums", params={"from": "2019-11-20", "to": "2019-12-20"})
    first, second = [orjson.loads(line) for line in answer.content.splitlines()]
    scaled = np.array([round(one * 100) for one in values], dtype=">i4")
    own = hashlib.sha256(scaled.tobytes() + bytes([4] * 96)).hexdigest()
    assert first == {"channel": "M1", "day": DAY, "count": 96, "sum": int(scaled.sum()), "sha256": own}
    assert (second["count"], second["sum"]) == (95, 95 * 200)
    table = await grid.sender.get("/v1/feed/checksums", params={"from": DAY, "to": DAY, "format": "csv"})
    assert len(table.text.splitlines()) == 3


async def test_a_range_of_days_runs_forward(grid: Grid) -> None:
    answer = await grid.sender.get("/v1/feed/gaps", params={"from": DAY, "to": "2019-12-01"})
    assert (answer.status_code, answer.json()["code"]) == (422, "feed_days_upside_down")


async def test_what_is_asked_for_again_is_polled_and_closed_when_it_came(grid: Grid) -> None:
    body = {"channel_id": grid.channels["M1"]["id"], "from_day": DAY, "last_day": "2019-12-09", "reason": "现场核对"}
    made = await grid.officer.post("/v1/feed/resend-requests", json=body, headers=key())
    assert made.status_code == 201, made.text
    (asked,) = (await grid.sender.get("/v1/feed/resend-requests")).json()["items"]
    assert (asked["key"], asked["from_day"], asked["reason"]) == ("M1", DAY, "现场核对")
    await grid.lands(curve_file(("M1", DAY, flat("1"))))
    assert len((await grid.sender.get("/v1/feed/resend-requests")).json()["items"]) == 1
    await grid.lands(curve_file(("M1", "2019-12-09", flat("1"))))
    assert (await grid.sender.get("/v1/feed/resend-requests")).json()["items"] == []
    closed = (await grid.sender.get(f"/v1/feed/resend-requests/{asked['id']}")).json()
    assert closed["closed_as"] == "filled"


async def test_a_request_may_be_withdrawn_once_and_not_by_the_sender(grid: Grid) -> None:
    body = {"channel_id": grid.channels["M1"]["id"], "from_day": DAY, "last_day": DAY, "reason": "x"}
    made = (await grid.officer.post("/v1/feed/resend-requests", json=body, headers=key())).json()
    url = f"/v1/feed/resend-requests/{made['id']}"
    assert (await grid.sender.delete(url)).status_code == 403
    assert (await grid.officer.delete(url)).status_code == 204
    assert (await grid.officer.delete(url)).json()["code"] == "resend_request_closed"


async def test_readings_of_an_open_day_are_points_and_become_its_curve_when_it_closes(grid: Grid, clock: Clock) -> None:
    await grid.lands(point_file(("M1", f"{TODAY}T00:00:00+08:00", 1), ("M1", f"{TODAY}T00:15:00+08:00", 2)))
    changed = await grid.lands(point_file(("M1", f"{TODAY}T00:15:00+08:00", 3)))
    assert changed["changed"] == 1
    (live,) = await grid.reads("M1", TODAY)
    assert (live["values"][:3], live["revision"]) == (["1.00", "3.00", None], 0)
    clock.advance(days=1, hours=6)
    await closes(grid)
    (folded,) = await grid.reads("M1", TODAY)
    assert (folded["values"], folded["quality"], folded["revision"]) == (live["values"], live["quality"], 1)
    await closes(grid)
    assert await grid.reads("M1", TODAY) == [folded]
    async with grid.door.sessions() as session:
        assert await session.scalar(text("SELECT count(*) FROM load_points")) == 0
        assert await session.scalar(text("SELECT value FROM load_point_revisions")) == 200


async def test_a_folded_day_is_still_read_as_it_was_known_at_every_instant_before(grid: Grid, clock: Clock) -> None:
    first, second, last = (f"{TODAY}T00:{minutes:02}:00+08:00" for minutes in (0, 15, 30))
    known: list[tuple[str, list[Json]]] = []
    for rows in (
        (("M1", first, 1), ("M1", second, 2), ("M2", first, 7)),
        (("M1", second, 3),),
        (("M1", last, ""),),
    ):
        await grid.lands(point_file(*rows))
        known.append((clock().isoformat(), await grid.reads("M1", TODAY)))
        clock.advance(minutes=1)
    clock.advance(days=1, hours=6)
    before = clock().isoformat()
    clock.advance(minutes=1)
    await closes(grid)
    (folded,) = await grid.reads("M1", TODAY, known_at=clock().isoformat())
    assert (folded["values"][:4], folded["quality"][:4], folded["revision"]) == (
        ["1.00", "3.00", None, None],
        "AAN-",
        1,
    )
    for then, live in [*known, (before, known[-1][1])]:
        assert await grid.reads("M1", TODAY, known_at=then) == live
        values, quality = await cube(grid, "M1", TODAY, then)
        assert [_LETTER[one] for one in quality] == list(live[0]["quality"])
        assert [f"{value / 100:.2f}" for value in values[quality > 1]] == [one for one in live[0]["values"] if one]
    async with grid.door.sessions() as session:
        kept = (await session.execute(text("SELECT channel_id, slot, revision FROM folded_points"))).all()
    assert sorted((str(one), slot, revision) for one, slot, revision in kept) == sorted(
        [(grid.channels["M1"]["id"], [0, 1, 2], [1, 2, 1]), (grid.channels["M2"]["id"], [0], [1])]
    )


async def test_a_reading_of_a_closed_day_goes_into_its_curve_slot_by_slot(grid: Grid) -> None:
    await grid.lands(curve_file(("M1", DAY, [*flat("1")[:95], ""])))
    late = await grid.lands(
        point_file(
            ("M1", f"{DAY}T23:45:00+08:00", 9), ("M1", f"{DAY}T00:00:00+08:00", 1), ("M1", f"{DAY}T00:15:00+08:00", 8)
        )
    )
    assert (late["unchanged"], late["changed"]) == (1, 2)
    (one,) = await grid.reads("M1", DAY)
    assert (one["values"][:3], one["values"][95], one["revision"]) == (["1.00", "8.00", "1.00"], "9.00", 2)


async def test_each_slot_is_corrected_by_its_own_version(grid: Grid) -> None:
    def at(slot: str, value: int, version: str) -> str:
        return f"M1,{DAY}T{slot}:00+08:00,{value},2019-12-09T{version}:00+08:00\n"

    head = "channel,at,value,version\n"
    await grid.lands(head + at("00:00", 1, "08:00") + at("00:15", 2, "12:00"))
    report = await grid.lands(head + at("00:00", 5, "10:00") + at("00:15", 6, "10:00"))
    assert (report["changed"], report["stale"]) == (1, 1)
    (one,) = await grid.reads("M1", DAY)
    assert one["values"][:2] == ["5.00", "2.00"]


async def test_what_a_closed_day_lacks_is_asked_for_without_anybodys_doing(grid: Grid) -> None:
    await grid.lands(curve_file(("M1", DAY, flat("1")), ("M1", "2019-12-09", [*flat("1")[:95], ""])))
    await closes(grid)
    await closes(grid)
    (asked,) = (await grid.sender.get("/v1/feed/resend-requests")).json()["items"]
    assert (asked["key"], asked["from_day"], asked["last_day"], asked["reason"]) == (
        "M1",
        "2019-12-09",
        "2019-12-09",
        "gap",
    )
    assert day_after(DAY) == asked["from_day"]


async def cube(grid: Grid, name: str, day: str, known_at: str) -> tuple[Any, Any]:
    """Values and quality as those who compute read them."""
    async with open_unit(grid.door.sessions, now=grid.clock()) as unit:
        channel = (await ChannelRepository(unit.session).of_source(grid.name))[name]
        then = datetime.fromisoformat(known_at)
        read = await CurveReader(unit.session).cube([channel], [date.fromisoformat(day)], known_at=then)
    return read.values[0, 0], read.quality[0, 0]


async def closes(grid: Grid) -> None:
    """The recurring job, now."""
    async with open_unit(grid.door.sessions, now=grid.clock()) as unit:
        await operations.start(unit, kind="close_feed_days", payload={}, by=SYSTEM, now=unit.now, recorded=False)
    await grid.works()


async def test_a_channel_the_source_does_not_have_is_refused_not_counted_as_empty(grid: Grid) -> None:
    for what in ("completeness", "gaps", "checksums"):
        answer = await grid.sender.get(f"/v1/feed/{what}", params={"channel": "nobody"})
        assert (answer.status_code, answer.json()["code"]) == (404, "channel_unknown")
