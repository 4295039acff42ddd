"""Sources and channels at the door: registered by officers, unique in their source, parked rows land when they come."""

import pytest

from tests.api.door import Door
from tests.api.feeding import Grid, a_grid, curve_file, flat
from tests.api.officer import key
from tests.conftest import Clock

DAY = "2019-12-08"


@pytest.fixture
async def grid(door: Door, clock: Clock) -> Grid:
    return await a_grid(door, clock)


async def test_a_source_is_changed_only_in_the_version_that_was_seen(grid: Grid) -> None:
    seen = await grid.officer.get("/v1/feed/sources/grid")
    assert seen.headers["ETag"] == '"1"'
    patch = {"refuse_above_pct": 50}
    changed = await grid.officer.patch("/v1/feed/sources/grid", json=patch, headers={"If-Match": '"1"'})
    late = await grid.officer.patch("/v1/feed/sources/grid", json=patch, headers={"If-Match": '"1"'})
    bare = await grid.officer.patch("/v1/feed/sources/grid", json=patch)
    assert (changed.status_code, changed.json()["refuse_above_pct"], changed.json()["title"]) == (200, 50, "国网")
    assert (late.status_code, bare.status_code) == (412, 428)
    whole = {"title": "新", "region": "141000", "profile": {"naive": True}}
    put = await grid.officer.put("/v1/feed/sources/grid", json=whole, headers={"If-Match": changed.headers["ETag"]})
    assert (put.json()["title"], put.json()["profile"]["naive"], put.json()["refuse_above_pct"]) == ("新", True, 20)


async def test_a_source_has_one_name_and_a_known_zone(grid: Grid) -> None:
    body = {"name": "grid", "title": "又一个", "region": "141000"}
    twice = await grid.officer.post("/v1/feed/sources", json=body, headers=key())
    zone = {"name": "mars", "title": "火星", "region": "141000", "profile": {"zone": "Mars/Olympus"}}
    nowhere = await grid.officer.post("/v1/feed/sources", json=zone, headers=key())
    assert (twice.status_code, twice.json()["code"]) == (409, "feed_source_name_taken")
    assert (nowhere.status_code, nowhere.json()["code"]) == (422, "profile_invalid")


async def test_a_sender_does_not_describe_its_own_source(grid: Grid) -> None:
    answer = await grid.sender.patch("/v1/feed/sources/grid", json={"title": "我"}, headers={"If-Match": '"1"'})
    assert (answer.status_code, answer.json()["code"]) == (403, "authority_required")


async def test_a_key_is_one_channels_in_the_whole_source(grid: Grid) -> None:
    body = {"meter_id": grid.meter, "source": "grid", "key": "M1"}
    answer = await grid.officer.post(grid.url, json=body, headers=key())
    assert (answer.status_code, answer.json()["code"]) == (409, "channel_key_taken")


async def test_how_the_readings_of_a_channel_are_read_never_changes(grid: Grid) -> None:
    channel = grid.channels["M1"]
    url = f"{grid.url}/{channel['id']}"
    body = {name: channel[name] for name in channel if name not in {"id", "enterprise_id", "version"}}
    other = await grid.officer.put(url, json={**body, "decimals": 1}, headers={"If-Match": '"1"'})
    same = await grid.officer.put(url, json={**body, "own_generation": True}, headers={"If-Match": '"1"'})
    late = await grid.officer.put(url, json=body, headers={"If-Match": '"1"'})
    assert (other.status_code, other.json()["code"]) == (409, "channel_fixed")
    assert (same.status_code, same.json()["own_generation"], same.headers["ETag"]) == (200, True, '"2"')
    assert late.status_code == 412


async def test_a_channel_hangs_on_a_meter_of_its_enterprise(grid: Grid) -> None:
    body = {"meter_id": str(grid.enterprise["id"]), "source": "grid", "key": "M7"}
    answer = await grid.officer.post(grid.url, json=body, headers=key())
    assert (answer.status_code, answer.json()["code"]) == (422, "meter_unknown")


async def test_multipliers_and_replacements_are_said_and_stay_said(grid: Grid) -> None:
    url = f"{grid.url}/{grid.channels['M1']['id']}"
    by_source = await grid.sender.post(f"{url}/multipliers", json={"from_day": DAY, "factor": "80"}, headers=key())
    again = await grid.officer.post(f"{url}/multipliers", json={"from_day": DAY, "factor": "120.5"}, headers=key())
    swapped = {"at": "2019-12-08T10:00:00+08:00", "final_old": "9999.5", "initial_new": "0"}
    replaced = await grid.sender.post(f"{url}/replacements", json=swapped, headers=key())
    assert {by_source.status_code, again.status_code, replaced.status_code} == {201}
    said = (await grid.firm.get(f"{url}/multipliers")).json()["items"]
    assert [one["factor"] for one in said] == ["80", "120.5"]
    assert (await grid.firm.get(f"{url}/replacements")).json()["items"][0]["final_old"] == "9999.5"
    refused = await grid.firm.post(f"{url}/multipliers", json={"from_day": DAY, "factor": "1"}, headers=key())
    assert refused.status_code == 403


async def test_parked_rows_land_once_their_channel_is_registered(door: Door, clock: Clock) -> None:
    grid = await a_grid(door, clock, profile={"unknown": "park"})
    report = await grid.lands(curve_file(("M1", DAY, flat("1")), ("M3", DAY, flat("3")), ("M4", DAY, flat("4"))))
    assert (report["new"], report["parked"], report["rejected"]) == (1, 2, 0)
    waiting = (await grid.sender.get("/v1/feed/parked")).json()["items"]
    assert [(one["key"], one["rows"]) for one in waiting] == [("M3", 1), ("M4", 1)]
    made = await grid.registers("M3")
    assert made["replay_url"] is not None
    await grid.works()
    (landed,) = await grid.reads("M3", DAY)
    assert landed["values"] == ["3.00"] * 96
    assert [one["key"] for one in (await grid.sender.get("/v1/feed/parked")).json()["items"]] == ["M4"]
    assert (await grid.reads("M1", DAY))[0]["revision"] == 1


async def test_a_file_refused_for_an_unknown_channel_is_read_anew_once_it_is_known(grid: Grid) -> None:
    rows = [("M1", f"2019-11-{day:02}", flat("1")) for day in range(1, 11)]
    file = curve_file(*rows, ("M3", DAY, flat("3")))
    assert (await grid.lands(file))["rejected"] == 1
    grid.clock.advance(minutes=1)
    await grid.registers("M3")
    report = await grid.lands(file)
    assert (report["new"], report["unchanged"], report["rejected"]) == (1, 10, 0)


async def test_daily_emissions_come_through_the_same_door(grid: Grid) -> None:
    await grid.registers("NOX", quantity="nox_kg", interval_minutes=1440)
    report = await grid.lands(f"channel,day,value\nNOX,{DAY},12.5\nNOX,2019-12-07,\n")
    assert report["new"] == 2
    found = await grid.reads("NOX", "2019-12-07", DAY)
    assert [(one["values"], one["quality"]) for one in found] == [([None], "N"), (["12.50"], "A")]
