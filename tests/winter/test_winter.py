"""A whole winter over HTTP: from the plan to the list the public reads and the event another platform receives."""

from datetime import date

from tests.api.complying import days
from tests.api.feeding import flat
from tests.api.pushing import Post
from tests.winter.county import COUNTY, LI, PACK, PLAN, RUNNING, STANDING, ZHANG, County, Json


async def test_a_winter_from_the_plan_to_the_public_list(post: Post) -> None:
    post.clock.now = post.clock.now.replace(month=9, day=20)
    county = await County.opens(post)
    await another_platform_subscribes(county)
    await the_plan_is_written_and_everybody_registered(county)
    await what_is_open_is_determined_and_who_deserves_it_exempted(county)
    schedule = await the_calendar_is_published_and_seen(county)
    await a_warning_comes_and_goes(county)
    ran = await readings_show_a_broken_stop(county, schedule)
    await a_person_makes_it_a_violation(county, ran)
    await the_rest_of_the_winter_is_planned_again(county, schedule)
    await december_is_reported(county, ran)
    await everybody_can_read_who_staggers(county)
    the_other_platform_has_heard_everything_in_order(county)
    assert await county.damage() == []


async def another_platform_subscribes(county: County) -> None:
    """The province follows everything of the county at an address of its own."""
    wanted = {"url": county.post_office.receiver.url, "types": [], "region": COUNTY}
    made = await county.made("/v1/webhooks", wanted, by=county.province)
    county.secret = made["secret"]
    await county.post(f"/v1/webhooks/{made['webhook']['id']}/ping", by=county.province, status=202)
    await county.jobs()
    assert "webhook.pinged" in {one["type"] for one in county.heard}


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
    await the_firm_reports_by_five(county)
    county.comes("2019-12-07")
    lift = {"from_at": "2019-12-08T08:00:00+08:00", "basis": "解除通知"}
    await county.post(f"{url}/lift", lift, seen=await county.tag(url), status=202)
    await county.jobs()
    assert (await county.orders(alpha))[-1]["kind"] == "lift"
    assert "C-07" not in (await county.rules(alpha, "2019-12-10"))[1]


async def the_firm_reports_by_five(county: County) -> None:
    """As of 17:00 of the first day; who does not report is late."""
    county.comes("2019-12-05", hour=16)
    await county.jobs()
    alpha, beta = county.firms["ALPHA"], county.firms["BETA"]
    (duty,) = await county.duties(alpha, "report-daily", "2019-12-05")
    assert (duty["state"], duty["due_at"][:16]) == ("due_soon", "2019-12-05T17:00")
    report = {
        "form": "daily_execution", "as_of": "2019-12-05T16:00:00+08:00",
        "stopped": [{"line": "L1"}], "reduced": [],
    }  # fmt: skip
    url = f"/v1/duties/{duty['id']}"
    filed = await county.made(f"{url}/filings", {"report": report}, by=alpha.caller, seen=await county.tag(url))
    assert (filed["state"], filed["filed_late"]) == ("filed", False)
    county.comes("2019-12-05", hour=18)
    await county.jobs()
    (missing,) = await county.duties(beta, "report-daily", "2019-12-05")
    assert missing["state"] == "late"
    day = await county.get("/v1/reports/daily-execution", region=COUNTY, day="2019-12-05")
    assert day["until"][:16] == "2019-12-05T17:00"
    still = {one["place"]["enterprise_code"] for one in day["items"] if one["stands_still"]}
    # The exemption is one from staggering only.
    assert still == {"ALPHA", "BETA", "GREEN"}


async def readings_show_a_broken_stop(county: County, schedule: str) -> date:
    """It stands as scheduled and as warned, but for one day; that day."""
    county.comes("2020-01-02")
    alpha = county.firms["ALPHA"]
    stands = {day for first, until in await county.stops(schedule, alpha) for day in days(first, until)}
    stands &= set(days(date(2019, 11, 15), date(2020, 1, 2)))
    ran = max(day for day in stands if day.year == 2019 and day not in set(days(date(2019, 12, 4), date(2019, 12, 10))))
    stood = county.stood = stands | set(days(date(2019, 12, 5), date(2019, 12, 9)))
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


async def december_is_reported(county: County, ran: date) -> None:
    """By the 5th: what was due, served and found, and what the power company saw (HR-29, HR-34)."""
    county.comes("2020-01-04")
    month: Json = {"region": COUNTY, "month": "2019-12"}
    report = await county.get("/v1/reports/monthly-implementation", pack=PACK, **month)
    (alpha,) = [one for one in report["items"] if one["place"]["enterprise_code"] == "ALPHA"]
    served = {one["kind"]: one["days"] for one in alpha["days"]}
    assert served["served"] == "3"
    verdicts = {one["verdict"]: one["days"] for one in alpha["verdicts"]}
    assert verdicts["suspected"] == 1, alpha
    january = await county.get("/v1/reports/monthly-implementation", pack=PACK, region=COUNTY, month="2020-01")
    assert (january["total"]["violations_opened"], january["total"]["violations_confirmed"]) == (1, 1)
    power = await county.get("/v1/reports/electricity", **month)
    (row,) = power["items"]
    stood = [day for day in days(date(2019, 12, 1), date(2020, 1, 1)) if day in county.stood and day != ran]
    # 96 quarter hours of 100 kWh a running day, of 2 kWh a standing one.
    assert float(row["total_kwh"]) == 96 * (100 * (31 - len(stood)) + 2 * len(stood))


async def everybody_can_read_who_staggers(county: County) -> None:
    county.comes("2020-01-05")
    list_id = await county.discloses("政府公告 1 号")
    public = f"/v1/public/lists/{list_id}"
    anyone = county.door.anyone()
    first = await anyone.get(f"{public}/versions/1")
    assert {one["enterprise_name"] for one in first.json()["rows"]} == {"甲铸造", "乙铸造"}
    held = {"If-None-Match": first.headers["ETag"]}
    assert (await anyone.get(f"{public}/versions/1", headers=held)).status_code == 304
    assert await county.discloses("政府公告 2 号") == list_id
    changed = (await anyone.get(f"{public}/diff", params={"from": 1, "to": 2})).json()
    assert (changed["added"], changed["removed"]) == ([], [])


def the_other_platform_has_heard_everything_in_order(county: County) -> None:
    events = county.heard
    # Queues of different enterprises run beside each other; the sequence tells what came before what.
    heard = [one["type"] for one in sorted(events, key=lambda one: str(one["sequence"]))]
    assert len({one["id"] for one in events}) == len(events)
    told = iter(heard)
    story = [
        "policy.published", "enterprise.registered", "determination.made", "exemption.published",
        "schedule.published", "order.served", "order.acknowledged", "warning.issued", "duty.filed", "warning.lifted",
        "violation.suspected", "violation.heard", "violation.replied", "violation.confirmed", "schedule.published", "disclosure.published",
    ]  # fmt: skip
    missing = [one for one in story if one not in told]
    assert missing == [], heard
    queues: dict[str | None, list[int]] = {}
    for one in events:
        queues.setdefault(one.get("enterpriseid"), []).append(int(one["sequence"]))
    assert all(numbers == sorted(numbers) for numbers in queues.values())
