"""What the mutations of the feed's proof found, each told once by itself."""

import hashlib

import orjson
import pytest

from tests.api.door import Door
from tests.api.feeding import CSV, Grid, a_grid, curve_file, flat, point_file
from tests.conftest import Clock

DAY, TODAY = "2019-12-08", "2019-12-10"


@pytest.fixture
async def grid(door: Door, clock: Clock) -> Grid:
    return await a_grid(door, clock, refuse_above_pct=100)


async def test_a_nul_in_a_rejected_cell_is_told_and_harms_nothing(grid: Grid) -> None:
    answer = await grid.sends(point_file(("M1", f"{DAY}T00:00:00+08:00", "1\0"), ("M\0", f"{DAY}T00:00:00+08:00", 1)))
    assert answer.status_code == 200, answer.text
    told = [(one["line"], one["code"], one["raw"]) for one in answer.json()["report"]["errors"]]
    assert told == [(2, "value_invalid", "1\u2400"), (3, "unknown_channel", "M\u2400")]
    header = await grid.sends("channel,at,va\0lue\nM1,x,1\n", headers={**CSV, "Prefer": "respond-async"})
    await grid.works()
    batch = (await grid.sender.get(header.headers["Content-Location"])).json()
    assert (batch["state"], batch["report"]["refusal"]["code"]) == ("refused", "feed_columns_unknown")


async def test_the_curve_of_a_register_is_one_row_whatever_its_readings_come_to(grid: Grid) -> None:
    await grid.registers("R", kind="register", digits=6)
    report = await grid.lands(curve_file(("R", DAY, flat("7")), ("M1", DAY, flat("1"))))
    assert (report["received"], report["new"], report["readings"]["new"]) == (2, 2, 192)
    # The first of today's closes yesterday, which is over; the others are of a day that is not.
    report = await grid.lands(curve_file(("R", TODAY, [7, 8, *[""] * 94])))
    assert (report["received"], report["new"], report["readings"]["new"]) == (1, 1, 96)


async def test_versions_within_a_second_are_told_apart(grid: Grid) -> None:
    def file(value: int, fraction: str) -> str:
        return f"channel,at,value,version\nM1,{DAY}T00:00:00+08:00,{value},2019-12-09T03:00:00{fraction}+08:00\n"

    await grid.lands(file(1, ".25"))
    assert (await grid.lands(file(2, ".2")))["stale"] == 1
    assert (await grid.lands(file(3, ".250001")))["changed"] == 1


@pytest.mark.parametrize("offset", ["x+08:00", "\0+08:00", "+08:00\0", "+08:60", "+19:00"])
async def test_what_stands_in_an_offsets_place_must_be_one(grid: Grid, offset: str) -> None:
    report = await grid.lands(point_file(("M1", f"{DAY}T00:00:00{offset}", 1)))
    assert [one["code"] for one in report["errors"]] == ["stamp_invalid"]


async def test_a_reading_of_an_open_day_that_was_corrected_is_read_as_it_was_known(grid: Grid, clock: Clock) -> None:
    await grid.lands(point_file(("M1", f"{TODAY}T00:00:00+08:00", 1)))
    then = clock().isoformat()
    clock.advance(minutes=1)
    await grid.lands(point_file(("M1", f"{TODAY}T00:00:00+08:00", 2)))
    (before,) = await grid.reads("M1", TODAY, known_at=then)
    (now,) = await grid.reads("M1", TODAY)
    assert (before["values"][0], now["values"][0]) == ("1.00", "2.00")


async def test_rows_as_one_json_array_are_kept_as_they_came_and_told_by_their_place(grid: Grid) -> None:
    rows = [{"channel": "M1", "at": f"{DAY}T00:00:00+08:00", "value": 1.5}, {"channel": "M1", "at": "x", "value": 2}]
    body = orjson.dumps(rows, option=orjson.OPT_INDENT_2)
    answer = await grid.sends(body, headers={"Content-Type": "application/json"})
    assert answer.status_code == 200, answer.text
    batch = answer.json()
    assert (batch["media_type"], batch["sha256"]) == ("application/json", hashlib.sha256(body).hexdigest())
    assert [(one["line"], one["code"]) for one in batch["report"]["errors"]] == [(2, "stamp_invalid")]
    assert (await grid.sender.get(batch["body_url"])).content == body
    many = await grid.sends(orjson.dumps([rows[0]] * 1001), headers={"Content-Type": "application/json"})
    assert many.json()["code"] == "feed_too_many_rows"


async def test_files_and_rows_are_counted_by_what_became_of_them(grid: Grid) -> None:
    file = point_file(("M1", f"{DAY}T00:00:00+08:00", 1), ("M1", f"{DAY}T00:15:00+08:00", "x"))
    for _ in range(2):
        await grid.lands(file)
    await grid.sends("nothing,known\n1,2\n")
    numbers = (await grid.sender.get("/metrics")).text.splitlines()
    counted = {f'cuofeng_feed_batches_total{{outcome="{one}"}} 1.0' for one in ("merged", "again", "refused")}
    counted |= {f'cuofeng_feed_rows_total{{outcome="{one}"}} 1.0' for one in ("new", "rejected")}
    assert counted <= set(numbers)
    assert f"cuofeng_feed_bytes_total {2 * len(file) + 18}.0" in numbers
