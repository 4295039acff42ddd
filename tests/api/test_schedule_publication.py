"""A schedule published by a person: locked, served on enterprises, planned in their ledgers, and superseded by the next."""

from typing import Any

import pytest

from app.persistence.unit_of_work import open_unit
from app.services import operations
from app.services.orders import verify_orders
from app.services.schedules.verifying import verify_schedules
from tests.api.door import Door
from tests.api.foundry import OFFICER, Foundry, damage
from tests.api.scheduling import Planner, a_foundry, another_foundry
from tests.conftest import Clock


@pytest.fixture
async def foundry(door: Door, clock: Clock) -> Foundry:
    return await a_foundry(door, clock)


@pytest.fixture
async def planner(door: Door, clock: Clock, foundry: Foundry) -> Planner:
    return Planner(door=door, clock=clock, caller=await door.caller(regions=("141027",), on_behalf_of=True))


async def planned(foundry: Foundry) -> dict[str, str]:
    return await foundry.days("scheduled")


async def orders(planner: Planner, enterprise: str) -> list[dict[str, Any]]:
    page = await planner.reads(f"/v1/enterprises/{enterprise}/orders")
    return [await planner.reads(f"/v1/orders/{one['id']}") for one in reversed(page["items"])]


async def sound(door: Door, clock: Clock) -> bool:
    async with open_unit(door.sessions, now=clock()) as unit:
        found = [*await verify_schedules(unit), *await verify_orders(unit)]
    return not found and not await damage(door.sessions, clock)


async def test_publishing_locks_serves_and_plans_the_ledger(
    planner: Planner, foundry: Foundry, door: Door, clock: Clock
) -> None:
    url = await planner.computes()
    assert await planned(foundry) == {"phase1": "0", "phase2": "0"}
    served = await planner.publishes_and_serves(url)
    assert (served["number"], served["enterprises"], served["commands"]) == (1, 1, 1)
    one = await planner.reads(url)
    assert (one["state"], one["number"], one["publication"]["supersedes"]) == ("published", 1, None)
    assert one["publication"]["published"]["person"] == "李四"
    assert await planned(foundry) == {"phase1": "15", "phase2": "15"}
    (order,) = await orders(planner, foundry.id)
    assert (order["occasion"], order["kind"], order["occasion_number"]) == ("schedule", "command", 1)
    item = order["items"][0]
    assert (item["subject_id"], item["kind"], item["text"]) == (foundry.line, "stop", "停产")
    assert (item["from_at"][:16], item["until_at"][:16]) == ("2019-12-10T00:00", "2019-12-25T00:00")
    assert item["numbers"] == [{"name": "stop_days", "value": "15"}]
    assert item["citations"][0]["provision"].startswith("FS-")
    assert await sound(door, clock)


async def test_publishing_for_a_season_nobody_was_decided_in_plans_its_ledger_too(
    planner: Planner, foundry: Foundry
) -> None:
    async def accounts() -> dict[str, str]:
        page = await planner.reads(f"/v1/enterprises/{foundry.id}/ledger?pack=fushan&season=2020")
        own = [one for one in page["items"] if one["season"] == 2020]
        return {account["account"]: account["scheduled"]["days"] for one in own for account in one["accounts"]}

    url = await planner.computes(season=2020)
    assert await accounts() == {}
    await planner.publishes_and_serves(url)
    assert await accounts() == {"phase1": "15", "phase2": "15"}


async def test_a_published_schedule_is_read_by_its_enterprises_and_shows_them_their_lines_only(
    planner: Planner, foundry: Foundry, door: Door, clock: Clock
) -> None:
    other = await another_foundry(door, clock)
    url = await planner.computes()
    await planner.publishes_and_serves(url)
    own = Planner(door=door, clock=clock, caller=await door.caller(regions=(), enterprise_ids=(foundry.id,)))
    assert [one["id"] for one in (await own.reads("/v1/schedules"))["items"]] == [url[-36:]]
    assert [one["enterprise_id"] for one in (await own.reads(f"{url}/lines"))["items"]] == [foundry.id]
    assert (await own.reads(f"{url}/tonnes"))["lines"] == 1
    assert (await own.caller.get(f"{url}/enterprises/{other.id}")).status_code == 404
    assert (await (await door.caller(regions=("141002",))).get(url)).status_code == 404


async def test_the_next_one_keeps_the_past_and_takes_the_place_of_the_first(
    planner: Planner, foundry: Foundry, door: Door, clock: Clock
) -> None:
    first = await planner.computes()
    await planner.publishes_and_serves(first)
    clock.advance(days=5)
    planner.caller = await door.caller(regions=("141027",), on_behalf_of=True)
    second = await planner.computes(based_on=first[-36:])
    one = await planner.reads(second)
    assert (one["based_on"], one["from_day"]) == (first[-36:], "2019-12-15")
    (line,) = (await planner.reads(f"{second}/lines"))["items"]
    assert [each["from_at"][:10] for each in line["stretches"]][:2] == ["2019-12-10", "2019-12-15"]
    foundry.caller = planner.caller
    served = await planner.publishes_and_serves(second)
    assert (served["number"], served["commands"]) == (2, 1)
    assert [(await planner.reads(url))["state"] for url in (first, second)] == ["superseded", "published"]
    # The simple engine stops the whole phase once more; what counts here is that the first plan's hours are gone.
    assert await planned(foundry) == {"phase1": "20", "phase2": "15"}
    former, latter = await orders(planner, foundry.id)
    assert (latter["supersedes"], former["superseded_by"]) == (former["id"], latter["id"])
    assert latter["items"][0]["from_at"][:10] == "2019-12-15"
    assert await sound(door, clock)


async def test_serving_again_serves_nobody_twice_and_no_hand_reverses_what_was_planned(
    planner: Planner, foundry: Foundry, door: Door, clock: Clock
) -> None:
    url = await planner.computes()
    served = await planner.publishes_and_serves(url)
    async with open_unit(door.sessions, now=clock()) as unit:
        payload = {"schedule_id": url[-36:]}
        await operations.start(unit, kind="serve_schedule", payload=payload, by=OFFICER, now=unit.now)
    await planner.works()
    assert served["commands"] == len(await orders(planner, foundry.id)) == 1
    assert await planned(foundry) == {"phase1": "15", "phase2": "15"}
    found = await planner.caller.get(
        f"/v1/enterprises/{foundry.id}/ledger/entries", params={"pack": "fushan", "season": 2019}
    )
    entry = next(one for one in found.json()["items"] if one["kind"] == "scheduled")
    assert (entry["reason"], entry["source"]) == ("scheduled", {"kind": "schedule", "reference": url[-36:]})
    refused = await foundry.reverses(entry["id"])
    assert (refused.status_code, refused.json()["code"]) == (409, "entry_not_by_hand")


async def test_hours_planned_by_hand_are_not_planned_twice(planner: Planner, foundry: Foundry) -> None:
    by_hand = await foundry.posts(foundry.stood("2019-12-12", "2019-12-14", kind="scheduled"))
    assert by_hand.status_code == 201, by_hand.text
    await planner.publishes_and_serves(await planner.computes())
    assert await planned(foundry) == {"phase1": "15", "phase2": "15"}


async def test_who_stands_in_the_next_one_no_more_is_told_that_it_is_over(
    planner: Planner, foundry: Foundry, door: Door, clock: Clock
) -> None:
    first = await planner.computes()
    await planner.publishes_and_serves(first)
    await foundry.says({"fact": "performance_grade", "value": "A", "valid_from": "2019-10-01"})
    clock.advance(days=1)
    planner.caller = await door.caller(regions=("141027",), on_behalf_of=True)
    served = await planner.publishes_and_serves(await planner.computes())
    assert (served["commands"], served["lifts"]) == (0, 1)


async def test_only_a_person_publishes_what_they_have_seen(planner: Planner, door: Door) -> None:
    url = await planner.computes()
    nobody = await planner.publishes(url, **{"X-Nobody": "1"})
    assert (nobody.status_code, nobody.json()["code"]) == (403, "person_required")
    unseen = await planner.publishes(url, seen='"2"')
    assert (unseen.status_code, unseen.json()["code"]) == (412, "schedule_stale")
    await planner.publishes_and_serves(url)
    again = await planner.publishes(url, seen='"2"')
    assert (again.status_code, again.json()["code"]) == (409, "transition_refused")


async def test_what_was_planned_before_another_was_published_is_planned_again(planner: Planner) -> None:
    first, second = await planner.computes(), await planner.computes(name="方案乙")
    await planner.publishes_and_serves(first)
    late = await planner.publishes(second)
    assert (late.status_code, late.json()["code"]) == (409, "schedule_outdated")


async def test_days_that_have_passed_are_not_published(planner: Planner, door: Door, clock: Clock) -> None:
    url = await planner.computes()
    clock.advance(days=1)
    planner.caller = await door.caller(regions=("141027",), on_behalf_of=True)
    late = await planner.publishes(url)
    assert (late.status_code, late.json()["code"]) == (409, "schedule_backdated")


async def test_a_line_follows_one_schedule_only(planner: Planner, foundry: Foundry) -> None:
    region, own = await planner.computes(), await planner.computes(region=None, enterprise_id=foundry.id)
    await planner.publishes_and_serves(region)
    late = await planner.publishes(own)
    assert (late.status_code, late.json()["code"]) == (409, "schedule_scopes_overlap")
