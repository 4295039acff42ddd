"""A whole winter over HTTP: from the plan to the list the public reads and the event another platform receives."""

from datetime import date

from tests.api.door import Door
from tests.api.feeding import flat
from tests.api.winter.county import COUNTY, LI, PACK, PLAN, RUNNING, STANDING, ZHANG, County, days
from tests.conftest import Clock


async def test_a_winter_from_the_plan_to_the_public_list(busy_door: Door, clock: Clock) -> None:
    clock.now = clock.now.replace(month=9, day=20)
    county = await County.opens(busy_door, clock)
    await the_plan_is_written_and_everybody_registered(county)
    await what_is_open_is_determined_and_who_deserves_it_exempted(county)
    schedule = await the_calendar_is_published_and_seen(county)
    await a_warning_comes_and_goes(county)
    ran = await readings_show_a_broken_stop(county, schedule)
    await a_person_makes_it_a_violation(county, ran)
    await the_rest_of_the_winter_is_planned_again(county, schedule)
    assert await county.damage() == []


async def the_plan_is_written_and_everybody_registered(county: County) -> None:
    await county.publishes_the_plan()
    source = {"name": "grid", "title": "国网", "region": COUNTY}
    await county.made("/v1/feed/sources", source)
    alpha = await county.registers("ALPHA", "甲铸造", performance_grade="B", green=False)
    await county.registers("BETA", "乙铸造", performance_grade="D", green=False)
    await county.registers("GREEN", "丙铸造", performance_grade="B", green=True)
    await county.is_measured(alpha, "A-1")
    await county.done("/v1/decision-runs", PLAN | {"region": COUNTY})
    firms = county.firms
    assert await county.rules(firms["ALPHA"], "2019-12-10") == ("decided", ["C-03"])
    assert await county.rules(firms["BETA"], "2019-12-10") == ("authority_decides", ["C-05"])
    assert await county.rules(firms["GREEN"], "2019-12-10") == ("decided", ["C-06.eligible", "C-03"])
    assert await county.owed(alpha) == {"phase1": "15", "phase2": "15"}


async def what_is_open_is_determined_and_who_deserves_it_exempted(county: County) -> None:
    county.comes("2019-10-10")
    beta, green = county.firms["BETA"], county.firms["GREEN"]
    choice = PLAN | {
        "subject_id": beta.line, "rule": "C-05", "valid_from": "2019-11-15", "alternative": 0, "number": "40",
        "basis": "县环委办会议纪要 3 号",
    }  # fmt: skip
    await county.made(f"/v1/enterprises/{beta.id}/determinations", choice)
    made = await county.made("/v1/exemption-lists", PLAN)
    here = f"/v1/exemption-lists/{made['id']}"
    wanted = {"enterprise_id": green.id, "subject_id": green.line, "rule": "C-06", "reason": "绿色工厂"}
    entry = f"{here}/entries/{(await county.made(f'{here}/entries', wanted, as_=ZHANG))['id']}"
    for step in ("review", "approval"):
        await county.made(f"{entry}/{step}", seen=await county.tag(entry))
    listed = {"effective_on": "2019-11-15", "basis": "县政府常务会议纪要"}
    await county.made(f"{here}/publication", listed, seen=await county.tag(here))
    await county.jobs()
    assert await county.rules(beta, "2019-12-10") == ("decided", ["C-05"])
    assert await county.rules(green, "2019-12-10") == ("decided", ["C-06"])


async def the_calendar_is_published_and_seen(county: County) -> str:
    county.comes("2019-11-01")
    schedule, served = await county.schedules("方案甲")
    alpha, green = county.firms["ALPHA"], county.firms["GREEN"]
    assert sum((until - first).days for first, until in await county.stops(schedule, alpha)) == 30
    assert await county.stops(schedule, green) == []
    (order,) = await county.orders(alpha)
    assert (order["occasion"], order["state"]) == ("schedule", "sent"), served
    taken = await county.made(f"/v1/orders/{order['id']}/acknowledgement", by=alpha.caller)
    assert (taken["state"], taken["acknowledged"]["person"]) == ("acknowledged", "李四")
    return schedule


async def a_warning_comes_and_goes(county: County) -> None:
    county.comes("2019-12-04")
    warning = {"colour": "orange", "from_at": "2019-12-05T08:00:00+08:00", "region": COUNTY, "basis": "预警通知"}
    answer = await county.post("/v1/warnings", warning, status=202)
    await county.jobs()
    alpha, url = county.firms["ALPHA"], f"/v1/warnings/{answer.json()['id']}"
    assert "C-07" in (await county.rules(alpha, "2019-12-06"))[1]
    assert (await county.orders(alpha))[-1]["occasion"] == "warning"
    county.comes("2019-12-07")
    lift = {"from_at": "2019-12-08T08:00:00+08:00", "basis": "解除通知"}
    await county.post(f"{url}/lift", lift, seen=await county.tag(url), status=202)
    await county.jobs()
    assert (await county.orders(alpha))[-1]["kind"] == "lift"
    assert "C-07" not in (await county.rules(alpha, "2019-12-10"))[1]


async def readings_show_a_broken_stop(county: County, schedule: str) -> date:
    """It stands as scheduled and as warned, but for one day; that day."""
    county.comes("2020-01-02")
    alpha = county.firms["ALPHA"]
    stands = {day for first, until in await county.stops(schedule, alpha) for day in days(first, until)}
    stands &= set(days(date(2019, 11, 15), date(2020, 1, 2)))
    ran = max(stands - set(days(date(2019, 12, 4), date(2019, 12, 10))))
    stood = stands | set(days(date(2019, 12, 5), date(2019, 12, 9)))
    curves = dict.fromkeys(days(date(2019, 8, 10), date(2020, 1, 2)), RUNNING)
    curves |= dict.fromkeys(stood, STANDING) | {ran: flat("100")}
    report = await county.sends("A-1", curves)
    assert (report["new"], report["rejected"]) == (len(curves), 0)
    found = {"region": COUNTY, "from_day": "2019-11-15", "until_day": "2020-01-02"}
    await county.done("/v1/compliance-runs", found)
    findings = (await county.get("/v1/compliance-findings", region=COUNTY, limit=500))["items"]
    assert [one["day"] for one in findings if one["verdict"] == "suspected"] == [str(ran)], findings
    return ran


async def a_person_makes_it_a_violation(county: County, ran: date) -> None:
    alpha = county.firms["ALPHA"]
    findings = (await county.get("/v1/compliance-findings", region=COUNTY, limit=500))["items"]
    (finding,) = [one for one in findings if one["day"] == str(ran)]
    claims = [{"fact": "faked_in_season", "value": "true"}]
    url = f"/v1/compliance-findings/{finding['id']}/violation"
    case = (await county.made(url, {"pack": PACK, "claims": claims}, as_=ZHANG))["violation"]
    url = f"/v1/violations/{case['id']}"
    hearing = {"reply_until": "2020-01-04T18:00:00+08:00", "notice": "听证告知书"}
    await county.made(f"{url}/hearing", hearing, as_=ZHANG, seen='"1"')
    await county.made(f"{url}/reply", {"text": "电表故障"}, by=alpha.caller, seen='"2"')
    decided = {"basis": "处罚决定书", "from_day": "2020-01-02"}
    done = await county.made(f"{url}/confirmation", decided, as_=LI, seen='"3"')
    assert done["violation"]["state"] == "confirmed"
    assert await county.rules(alpha, "2020-01-10") == ("decided", ["C-04", "C-08"])
    owed = await county.owed(alpha)
    assert sum(map(int, owed.values())) > 30, owed


async def the_rest_of_the_winter_is_planned_again(county: County, former: str) -> None:
    county.comes("2020-01-03")
    alpha = county.firms["ALPHA"]
    served = {
        "subject_id": alpha.line, "kind": "served", "from_day": "2019-12-05", "until_day": "2019-12-08",
        "source": {"kind": "document", "reference": "停产核查记录"},
    }  # fmt: skip
    await county.made(f"/v1/enterprises/{alpha.id}/ledger-entries", PLAN | served)
    before = len(await county.orders(alpha))
    schedule, _ = await county.schedules("方案乙")
    assert schedule != former
    ahead = [one for one in await county.stops(schedule, alpha) if one[1] > date(2020, 1, 3)]
    was = [one for one in await county.stops(former, alpha) if one[1] > date(2020, 1, 3)]
    assert sum((until - first).days for first, until in ahead) > sum((until - first).days for first, until in was)
    assert len(await county.orders(alpha)) > before
