"""Reminders: of each duty it is told once that it is due soon and once that it is late, and its calendar rings."""

import asyncio
from collections import Counter

import httpx
from icalendar import Calendar
from sqlalchemy import text

from app.jobs.registry import HANDLERS, RECURRING
from app.jobs.runner import Worker
from app.persistence.engine import Sessions
from tests.api.door import Door
from tests.api.officer import Json, key
from tests.api.owing import CARRIED_OUT, YONGNING, Owing, owing
from tests.conftest import Clock


async def told(sessions: Sessions) -> list[tuple[str, str, Json]]:
    """What the outbox holds about duties: the type, the duty, and the data."""
    query = text("SELECT type, subject, data FROM outbox WHERE type LIKE 'duty.%' ORDER BY position")
    async with sessions() as session:
        return [(kind, subject, data) for kind, subject, data in await session.execute(query)]


async def test_each_duty_is_told_once_when_due_soon_and_once_when_late(busy_door: Door, clock: Clock) -> None:
    town = await owing(busy_door, clock)
    await town.reminds()
    # The department and the power supplier missed 5 December; nobody was told while it was due soon.
    assert Counter(kind for kind, *_ in await told(busy_door.sessions)) == {"duty.late": 2}
    await town.waits_until(2019, 12, 30)
    await asyncio.gather(*(town.reminds() for _ in range(3)))
    duty = await town.one("report-monthly-firms", "2020-01")
    assert Counter(kind for kind, *_ in await told(busy_door.sessions)) == {"duty.late": 2, "duty.due_soon": 3}
    await town.waits_until(2020, 1, 3)
    await town.files(duty, CARRIED_OUT)
    await town.waits_until(2020, 1, 6)
    await town.reminds()
    await town.reminds()
    found = await told(busy_door.sessions)
    assert Counter(kind for kind, *_ in found) == {"duty.late": 4, "duty.due_soon": 3, "duty.filed": 1}
    assert duty["id"] not in {subject for kind, subject, _ in found if kind == "duty.late"}
    (soon,) = [data for kind, subject, data in found if (kind, subject) == ("duty.due_soon", duty["id"])]
    assert soon == {
        "pack": "huairen", "season": 2019, "duty": "report-monthly-firms", "key": "2020-01", "who": "enterprise",
        "due_at": "2020-01-06T00:00:00+08:00", "conflicts": [], "form": "monthly_implementation",
    }  # fmt: skip


async def test_the_worker_makes_and_tells_by_itself(busy_door: Door, clock: Clock) -> None:
    assert {"make_duties", "remind", "erase_contacts"} <= set(RECURRING)
    town = await owing(busy_door, clock)
    wanted = {kind: RECURRING[kind] for kind in ("make_duties", "remind", "erase_contacts")}
    workers = [Worker(sessions=busy_door.sessions, clock=clock, handlers=HANDLERS, recurring=wanted) for _ in range(2)]
    for worker in workers:
        await worker.queue_due()
    await asyncio.gather(*(worker.drain() for worker in workers))
    assert Counter(kind for kind, *_ in await told(busy_door.sessions)) == {"duty.late": 2}
    assert await town.damage() == []


async def calendar(town: Owing, own: httpx.AsyncClient) -> Calendar:
    url = f"/v1/enterprises/{town.firm}/calendar-feeds"
    made = (await own.post(url, json={"name": "厂长手机"}, headers=key())).json()
    answer = await town.door.anyone().get(made["url"])
    assert answer.status_code == 200
    return Calendar.from_ical(answer.content)


async def test_an_enterprises_calendar_holds_its_days_with_alarm_and_contradiction(door: Door, clock: Clock) -> None:
    town = await owing(door, clock, "yongning", YONGNING, "cement")
    (event,) = (await calendar(town, town.own)).walk("VEVENT")
    assert (str(event.decoded("dtstart")), str(event.decoded("dtend"))) == ("2020-03-05", "2020-03-06")
    assert str(event["summary"]).startswith("报送期限")
    assert "03-10" in str(event["description"])
    (alarm,) = event.walk("VALARM")
    assert alarm.decoded("trigger").isoformat() == "2020-02-27T16:00:00+00:00"
    await town.waits_until(2020, 3, 1)
    duty = await town.one("report-summary", "season")
    await town.files(duty, {"form": "season_summary", "up_to_day": "2020-02-29", "carried_out": "停窑"})
    (done,) = (await calendar(town, town.own)).walk("VEVENT")
    assert (done["uid"], str(done["summary"])[:3], done.walk("VALARM")) == (event["uid"], "已报送", [])
    assert done.decoded("sequence") > event.decoded("sequence")
