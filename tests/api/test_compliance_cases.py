"""Through the whole room at the door: what a meter, an act or a night can do to a verdict."""

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from itertools import count, islice

import httpx

from tests.api.complying import (
    BASE,
    FIRST,
    GONE,
    RAN,
    RUNNING,
    STANDING,
    TODAY,
    Json,
    Supervision,
    a_supervision,
    acting,
    days,
)
from tests.api.door import Door
from tests.api.feeding import MAIN, a_grid, flat
from tests.api.officer import CASES, SMALL, key
from tests.api.packs import publish
from tests.api.plants import PAPER, PERSON_LI, PERSON_ZHANG
from tests.api.warned import Bureau, grinding
from tests.conftest import Clock

SWAPPED = date(2019, 11, 15)
CUT = "{cut: {pct: 30, basis: least_of_three_capacities}}"


def showing(start: int, step: int) -> Iterator[int]:
    """A register of five digits at the end of each slot."""
    return (shown % 100_000 for shown in count(start + step, step))


async def posted(works: Supervision, url: str, body: Json, **headers: str) -> httpx.Response:
    works.clock.advance(minutes=1)
    answer = await works.officer.post(url, json=body, headers=key() | headers)
    assert answer.is_success, answer.text
    return answer


async def test_a_register_that_turns_over_is_read_through_and_a_replaced_meter_once_it_is_said(
    door: Door, clock: Clock
) -> None:
    works = await a_supervision(door, clock, kept=False, keys=())
    await works.grid.registers("M1", kind="register", digits=5)
    ran = showing(7_000, 100)
    curves = {day: list(islice(ran, 96)) for day in days(BASE, FIRST)}
    stood = showing(curves[date(2019, 10, 31)][-1], 2)
    curves |= {day: list(islice(stood, 96)) for day in days(FIRST, SWAPPED)}
    changed = list(islice(stood, 40))
    after = showing(5, 2)
    curves[SWAPPED] = [*changed, *islice(after, 56)]
    curves |= {day: list(islice(after, 96)) for day in days(date(2019, 11, 16), TODAY)}
    assert min(day for day, shown in curves.items() if shown != sorted(shown)) < FIRST
    await works.sends(curves)
    clock.advance(hours=1)
    await works.assesses()
    told = await works.verdicts()
    # The register fell by tens of thousands, which a turn of five digits might be: the day is for a person to look at.
    assert {day for day, one in told.items() if one["verdict"] != "compliant"} == {str(SWAPPED)}
    url = f"{works.grid.url}/{works.grid.channels['M1']['id']}/replacements"
    swap = {"at": f"{SWAPPED}T10:00:00+08:00", "final_old": str(changed[-1]), "initial_new": "5"}
    await posted(works, url, swap)
    await works.catches_up()
    (one,) = await works.outbox("verdict.changed")
    assert [each["day"] for each in one["data"]["days"]] == [str(SWAPPED)]
    assert {each["verdict"] for each in (await works.verdicts()).values()} == {"compliant"}
    assert await works.damage() == []


async def test_late_readings_of_a_register_reach_the_day_after(door: Door, clock: Clock) -> None:
    works = await a_supervision(door, clock, kept=False, keys=())
    await works.grid.registers("M1", kind="register", digits=5)
    ran = showing(7_000, 100)
    curves = {day: list(islice(ran, 96)) for day in days(BASE, FIRST)}
    stood = showing(curves[date(2019, 10, 31)][-1], 2)
    curves |= {day: list(islice(stood, 96)) for day in days(FIRST, TODAY)}
    late = curves.pop(GONE)
    await works.sends(curves)
    clock.advance(hours=1)
    await works.assesses()
    await works.sends({GONE: late})
    await works.catches_up()
    # What it shows at midnight ends the day before, and begins the first slot of the day after.
    assert (await works.rows())[-1] == (GONE - timedelta(days=1), 3)
    assert {each["verdict"] for each in (await works.verdicts()).values()} == {"compliant"}
    assert await works.damage() == []


async def test_production_without_its_treatment_is_told_of_the_line_it_runs_on(door: Door, clock: Clock) -> None:
    made = {"code": "E2", "kind": "production", "level": "line", "subject": "L"}
    works = await a_supervision(
        door, clock, kept=False, keys=(), meters=[MAIN, made, made | {"code": "E3", "kind": "treatment"}]
    )
    for name, meter in zip(("P", "T"), works.grid.enterprise["meters"][1:], strict=True):
        await works.grid.registers(name, meter_id=meter["id"])
    until, off = date(2019, 10, 25), date(2019, 10, 28)
    await works.sends(dict.fromkeys(days(BASE, FIRST), RUNNING), channel="P")
    fans = dict.fromkeys(days(BASE, FIRST), flat("10")) | {off: [*flat("10")[:40], *["0"] * 8, *flat("10")[48:]]}
    await works.sends(fans, channel="T")
    clock.advance(hours=1)
    await works.assesses(from_day=str(until), until_day=str(FIRST))
    found = await works.findings(verdict="suspected")
    assert {(one["subject_id"], one["day"]) for one in found} == {(works.line, str(off))}
    assert {one["check"] for one in found} >= {"treatment_off"}
    assert await works.damage() == []


async def test_what_was_declared_beforehand_and_granted_is_an_exception_and_no_suspicion(
    door: Door, clock: Clock
) -> None:
    works = await a_supervision(door, clock)
    own = await door.lasting_caller(regions=(), enterprise_ids=(works.id,), on_behalf_of=True)
    clock.now = clock.now.replace(month=11, day=18)
    body = {
        "subject_id": works.site, "what": "maintenance", "valid_from": str(RAN), "valid_to": "2019-11-21",
        "basis": "检修计划", "evidence": PAPER,
    }  # fmt: skip
    asked = await own.post(f"/v1/enterprises/{works.id}/declared-exceptions", json=body, headers=key() | PERSON_ZHANG)
    assert asked.status_code == 201, asked.text
    url = f"/v1/declared-exceptions/{asked.json()['id']}/steps"
    await posted(works, url, {"does": "decides"}, **{"If-Match": '"1"'}, **PERSON_LI)
    clock.now = clock.now.replace(month=12, day=10)
    clock.advance(hours=2)
    await works.assesses()
    assert (await works.verdicts())[str(RAN)]["verdict"] == "declared_exception"
    (one,) = await works.findings(verdict="declared_exception")
    whole = await works.reads(f"/v1/compliance-findings/{one['id']}")
    assert (one["day"], whole["would_be"]) == (str(RAN), "suspected")
    refused = await works.officer.post(
        f"/v1/compliance-findings/{one['id']}/violation",
        json={"pack": "small-town", "claims": [{"fact": "violation_kind", "value": "data_fraud"}]},
        headers=acting(),
    )
    assert (refused.status_code, refused.json()["code"]) == (409, "compliance_finding_excused")
    assert await works.damage() == []


async def test_a_declared_holding_load_is_no_running(door: Door, clock: Clock) -> None:
    works = await a_supervision(door, clock, kept=False)
    await works.sends(dict.fromkeys(days(BASE, FIRST), RUNNING) | dict.fromkeys(days(FIRST, TODAY), flat("40")))
    clock.advance(hours=1)
    await works.assesses()
    assert {one["verdict"] for one in (await works.verdicts()).values()} == {"suspected"}
    # Two hundred kilowatts are fifty kilowatt-hours in a quarter of an hour.
    said = {"assertions": [{"subject_id": works.line, "fact": "safe_holding_load_kw", "value": "200"}]}
    await posted(works, f"/v1/enterprises/{works.id}/assertions", said)
    await posted(works, f"/v1/enterprises/{works.id}/decisions", {"pack": "small-town", "season": 2019})
    await works.assesses()
    assert {one["verdict"] for one in (await works.verdicts()).values()} == {"compliant"}
    assert await works.damage() == []


async def test_with_own_generation_the_meter_only_indicates(door: Door, clock: Clock) -> None:
    works = await a_supervision(door, clock, kept=False, keys=())
    await works.grid.registers("M1", own_generation=True)
    season = dict.fromkeys(days(FIRST, TODAY), STANDING) | {RAN: RUNNING}
    await works.sends(dict.fromkeys(days(BASE, FIRST), RUNNING) | season)
    clock.advance(hours=1)
    await works.assesses()
    assert {one["verdict"] for one in (await works.verdicts()).values()} == {"indicative_only"}
    found = {one["day"]: one for one in await works.findings(verdict="indicative_only")}
    whole = await works.reads(f"/v1/compliance-findings/{found[str(RAN)]['id']}")
    assert (whole["would_be"], "own_generation" in whole["signs"]) == ("suspected", True)
    assert await works.damage() == []


async def test_production_that_moves_into_the_night_of_a_cut_is_told(door: Door, clock: Clock) -> None:
    cut = SMALL.replace("class: II, cites: [ST-2], then: stop", "class: II, cites: [ST-2], then: CUT").replace(
        "CUT", CUT
    )
    cases = CASES.partition(", measures:")[0] + "}\n"
    works = await a_supervision(door, clock, kept=False, pack=cut, cases=cases)
    night = [*flat("150")[:24], *flat("20")[:64], *flat("150")[:8]]
    season = dict.fromkeys(days(FIRST, TODAY), flat("70")) | {RAN: night}
    await works.sends(dict.fromkeys(days(BASE, FIRST), RUNNING) | season)
    clock.advance(hours=1)
    await works.assesses()
    told = await works.verdicts()
    assert {day for day, one in told.items() if one["verdict"] != "compliant"} == {str(RAN)}
    assert {one["check"]: one["verdict"] for one in told[str(RAN)]["checks"]} == {
        "cut_day": "compliant",
        "night_anomaly": "suspected",
    }
    assert await works.damage() == []


async def test_a_warned_day_is_no_base(door: Door, clock: Clock) -> None:
    works = await a_supervision(door, clock)
    town = Bureau(door=door, clock=clock, caller=works.officer)
    clock.now = datetime(2019, 10, 10, 2, tzinfo=UTC)
    issued = await town.issues("yellow", from_at="2019-10-10T10:00:00+08:00", region="141027")
    clock.now = datetime(2019, 10, 12, 2, tzinfo=UTC)
    lifted = await town.says(
        f"/v1/warnings/{issued.json()['id']}/lift", etag=issued.headers["ETag"], from_at="2019-10-12T10:00:00+08:00"
    )
    assert lifted.is_success, lifted.text
    clock.now = datetime(2019, 12, 10, 4, tzinfo=UTC)
    await works.assesses()
    one = next(each for each in await works.findings() if each["day"] == str(RAN))
    (base,) = (await works.reads(f"/v1/compliance-findings/{one['id']}"))["baselines"]
    assert [each["day"] for each in base["excluded_days"] if each["reason"] == "warning"] == [
        f"2019-10-{day}" for day in (10, 11, 12)
    ]
    assert await works.damage() == []


async def test_a_baseline_made_again_knows_what_was_known_to_its_verdict(door: Door, clock: Clock) -> None:
    works = await a_supervision(door, clock)
    await works.assesses()
    town = Bureau(door=door, clock=clock, caller=works.officer)
    clock.now = datetime(2019, 10, 10, 2, tzinfo=UTC)
    issued = await town.issues("yellow", from_at="2019-10-10T10:00:00+08:00", region="141027")
    clock.now = datetime(2019, 10, 12, 2, tzinfo=UTC)
    await town.says(
        f"/v1/warnings/{issued.json()['id']}/lift", etag=issued.headers["ETag"], from_at="2019-10-12T10:00:00+08:00"
    )
    # The warning comes to be known behind the verdict; days of its base, beside the warned ones, are read otherwise.
    clock.now = datetime(2019, 12, 10, 6, tzinfo=UTC)
    await works.sends(dict.fromkeys(days(BASE, BASE + timedelta(days=20)), flat("110")))
    await works.catches_up()

    async def excluded() -> tuple[int, set[str]]:
        one = next(each for each in await works.findings() if each["day"] == str(RAN))
        (base,) = (await works.reads(f"/v1/compliance-findings/{one['id']}"))["baselines"]
        return base["curve_wh"][0], {each["reason"] for each in base["excluded_days"]}

    usual, reasons = await excluded()
    assert usual > 100_000
    assert "warning" not in reasons
    # An assessment that is asked for anew hears of it.
    await works.assesses()
    assert "warning" in (await excluded())[1]
    assert await works.damage() == []


async def test_what_a_warning_asks_is_judged_in_its_hours_and_a_meter_silent_just_then_is_told(
    door: Door, clock: Clock
) -> None:
    await publish(door.sessions, "gaoping")
    grid = await a_grid(door, clock, keys=(), region="140500")
    grid.officer = await door.lasting_caller(on_behalf_of=True)
    town = Bureau(door=door, clock=clock, caller=grid.officer)
    meter = {"code": "E1", "kind": "main", "level": "line", "subject": "L"}
    made = await grid.officer.post("/v1/enterprises", json=grinding() | {"meters": [meter]}, headers=key())
    grid.enterprise = made.json()
    works = Supervision(door=door, clock=clock, grid=grid)
    await posted(works, f"/v1/enterprises/{works.id}/decisions", {"pack": "gaoping", "season": 2019})
    issued = await town.issues("yellow", from_at="2019-12-10T12:00:00+08:00")
    clock.now = datetime(2019, 12, 12, 4, tzinfo=UTC)
    lifted = await town.says(
        f"/v1/warnings/{issued.json()['id']}/lift", etag=issued.headers["ETag"], from_at="2019-12-12T12:00:00+08:00"
    )
    assert lifted.is_success, lifted.text
    clock.now = datetime(2019, 12, 16, 2, tzinfo=UTC)
    await grid.registers("M1")
    season = dict.fromkeys(days(date(2019, 9, 1), date(2019, 12, 15)), RUNNING)
    season[date(2019, 12, 10)] = [*RUNNING[:48], *[""] * 48]
    season[date(2019, 12, 12)] = [*STANDING[:48], *RUNNING[48:]]
    await works.sends(season)
    clock.advance(hours=1)
    await works.assesses(from_day="2019-12-08", until_day="2019-12-15")
    found = {one["day"]: one for one in await works.findings() if one["subject_id"] == works.line}
    assert {day: one["verdict"] for day, one in found.items()} == {
        "2019-12-10": "insufficient_data",
        "2019-12-11": "suspected",
    }
    silent = await works.reads(f"/v1/compliance-findings/{found['2019-12-10']['id']}")
    assert "offline_in_control" in silent["signs"]
    broken = await works.reads(f"/v1/compliance-findings/{found['2019-12-11']['id']}")
    assert all(one.startswith("warning:") for one in broken["demands"])
    assert await works.damage() == []
