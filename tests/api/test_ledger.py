"""The stop-day ledger over HTTP: owed by decisions, served by hand, tightened, known as before, doubled after the season."""

import asyncio
from datetime import date, timedelta
from uuid import UUID, uuid4

import pytest
from sqlalchemy import text

from app.cli.loading import REGISTRAR
from app.domain.acts.applications import CreditNotAllowed
from app.domain.ledger.entries import balances
from app.jobs.registry import HANDLERS
from app.jobs.runner import Worker
from app.persistence.ledger.repository import LedgerRepository, LedgerSearch
from app.persistence.unit_of_work import open_unit
from app.services import ledger
from app.services.decisions import settling
from tests.api.door import Door
from tests.api.foundry import FUSHAN, OFFICER, Foundry, a_foundry, damage, fraud, registered, works
from tests.api.officer import key
from tests.api.packs import publish
from tests.api.test_nothing_is_stored import rows
from tests.conftest import Clock


@pytest.fixture
async def foundry(door: Door, clock: Clock) -> Foundry:
    return await a_foundry(door, clock)


async def test_a_foundry_tightened_in_december_owes_the_rest_of_the_stricter_grade(
    door: Door, foundry: Foundry, clock: Clock
) -> None:
    assert await foundry.days() == {"phase1": "15", "phase2": "15"}
    await foundry.serves("2019-11-30", "2019-12-10")
    assert await foundry.days("due") == {"phase1": "5", "phase2": "15"}
    before = clock().isoformat()
    await foundry.waits_until(2019, 12, 20)
    await foundry.says(*fraud("2019-12-20"))
    assert await foundry.days() == {"phase1": "22", "phase2": "68"}
    assert await foundry.days("due") == {"phase1": "12", "phase2": "68"}
    assert await foundry.days("due", known_at=before) == {"phase1": "5", "phase2": "15"}
    (item,) = (await foundry.ledger())["items"]
    assert (item["subject_code"], item["settled_as_of"], item["due"]) == (
        "L",
        "2019-12-20",
        {"hours": "1920", "days": "80"},
    )
    assert [(one["first_day"], one["last_day"]) for one in item["accounts"]] == [
        ("2019-10-21", "2019-12-31"),
        ("2020-01-01", "2020-03-31"),
    ]
    page = (await foundry.caller.get(f"/v1/enterprises/{foundry.id}/ledger/entries", params={"limit": 4})).json()
    rest = await foundry.caller.get(
        f"/v1/enterprises/{foundry.id}/ledger/entries", params={"cursor": page["next_cursor"]}
    )
    entries = [*page["items"], *rest.json()["items"]]
    assert [(one["account"], one["kind"], one["hours"], one["reason"]) for one in entries] == [
        ("phase1", "owed", "360", "demanded"),
        ("phase2", "owed", "360", "demanded"),
        ("phase1", "served", "240", "posted"),
        ("phase1", "owed", "720", "tightened"),
        ("phase1", "owed", "-552", "moved"),
        ("phase2", "owed", "720", "tightened"),
        ("phase2", "owed", "552", "moved"),
    ]
    assert {"FS-16", "FS-42"} <= {cite["provision"] for cite in entries[3]["citations"]}
    assert entries[4]["readings"] == ["A-G23"]
    assert entries[2]["source"] == {"kind": "document", "reference": "检查 12 号"}
    assert await damage(door.sessions, clock) == []
    async with open_unit(door.sessions, now=clock()) as unit:
        repository = LedgerRepository(unit.session)
        sums = await repository.sums(UUID(foundry.id), LedgerSearch(), visible_to=REGISTRAR)
        assert sums == balances(await repository.journal(UUID(foundry.id)))


async def test_what_march_cannot_hold_is_due_after_the_season_and_doubled_once_found(
    door: Door, foundry: Foundry, clock: Clock
) -> None:
    await foundry.waits_until(2020, 3, 28)
    await foundry.serves("2019-12-01", "2019-12-16")
    await foundry.serves("2020-01-01", "2020-01-16")
    await foundry.says(*fraud("2020-03-28"))
    assert await foundry.days("due") == {"phase1": "0", "phase2": "4", "after_season": "56"}
    await foundry.says({"fact": "unserved_at_season_end", "value": "true", "valid_from": "2020-03-28"})
    assert (await foundry.days("due"))["after_season"] == "112"
    await foundry.waits_until(2020, 4, 5)
    posted = await foundry.serves("2020-03-28", "2020-04-03")
    assert [(one["account"], one["kind"], one["days"]) for one in posted["entries"]] == [
        ("phase2", "served", "4"),
        ("after_season", "made_up", "2"),
    ]
    assert posted["settlement"] is None
    assert await foundry.days("due") == {"phase1": "0", "phase2": "0", "after_season": "110"}
    assert await damage(door.sessions, clock) == []


async def test_days_that_pass_unserved_move_on_when_settled_or_by_the_daily_job(busy_door: Door, clock: Clock) -> None:
    await publish(busy_door.sessions, "fushan")
    foundries = [await registered(busy_door, clock, works(performance_grade="B")) for _ in range(2)]
    foundry = foundries[0]
    run = await foundry.caller.post("/v1/decision-runs", json=FUSHAN | {"region": "141000"}, headers=key())
    assert run.status_code == 202, run.text
    worker = Worker(
        sessions=busy_door.sessions, clock=clock, handlers=HANDLERS, recurring={"settle_ledgers": timedelta(days=1)}
    )
    await worker.drain()
    assert [await one.days("due") for one in foundries] == [{"phase1": "15", "phase2": "15"}] * 2
    await foundry.waits_until(2019, 12, 22)
    settled = (await foundry.settles()).json()
    assert [(one["account"], one["days"]) for one in settled["entries"]] == [("phase1", "-5"), ("phase2", "5")]
    again = await foundry.settles()
    assert (again.status_code, again.json()["entries"]) == (201, [])
    for one in foundries:
        await one.waits_until(2020, 1, 2)
    await worker.queue_due()
    await worker.drain()
    assert [await one.days("due") for one in foundries] == [{"phase1": "0", "phase2": "30"}] * 2
    assert await damage(busy_door.sessions, clock) == []


async def test_a_reversal_nets_to_nothing_and_happens_once(door: Door, foundry: Foundry, clock: Clock) -> None:
    entry = (await foundry.serves("2019-11-30", "2019-12-10"))["entries"][0]
    reversed_once = await foundry.reverses(entry["id"])
    assert reversed_once.status_code == 201, reversed_once.text
    (negation,) = reversed_once.json()["entries"]
    assert (negation["hours"], negation["reverses"], negation["note"]) == ("-240", entry["id"], "登记有误")
    assert await foundry.days("served") == {"phase1": "0", "phase2": "0"}
    told = (await foundry.caller.get("/v1/audit", params={"enterprise_id": foundry.id})).json()["items"]
    assert [one["type"] for one in told if one["type"].startswith("ledger.")] == [
        "ledger.reversed",
        "ledger.posted",
        "ledger.settled",
    ]
    assert told[-1]["region"] == "141027"
    before = await rows(door.sessions)
    for wrong, code in ((entry["id"], "entry_reversed_already"), (negation["id"], "entry_not_by_hand")):
        answer = await foundry.reverses(wrong)
        assert (answer.status_code, answer.json()["code"]) == (409, code)
    assert await rows(door.sessions) == before
    clock.advance(minutes=1)
    assert (await foundry.serves("2019-12-01", "2019-12-02"))["entries"][0]["days"] == "1"
    listed = await foundry.caller.get(f"/v1/enterprises/{foundry.id}/ledger/entries", params=FUSHAN)
    reversals = {one["id"]: one["reversed_by"] for one in listed.json()["items"]}
    assert reversals[entry["id"]] == negation["id"]


async def test_a_plan_of_days_stands_beside_the_balance(foundry: Foundry) -> None:
    planned = await foundry.serves("2019-12-17", "2020-01-16", kind="scheduled")
    assert [(one["account"], one["days"]) for one in planned["entries"]] == [("phase1", "15"), ("phase2", "15")]
    assert await foundry.days("scheduled") == {"phase1": "15", "phase2": "15"}
    assert await foundry.days("due") == {"phase1": "15", "phase2": "15"}


async def test_a_stop_by_order_runs_past_the_season(door: Door, clock: Clock) -> None:
    await publish(door.sessions, "fushan")
    plant = await registered(door, clock, works("concrete_mixing"))
    await plant.decides()
    await plant.waits_until(2020, 1, 10)
    await plant.says({"fact": "gas_violation_winter", "value": "true", "valid_from": "2020-01-10"})
    assert await plant.days("due") == {"order": "120"}
    await plant.waits_until(2020, 4, 20)
    (posted,) = (await plant.serves("2020-01-10", "2020-04-20"))["entries"]
    assert (posted["account"], posted["kind"], posted["days"]) == ("order", "served", "101")
    assert await plant.days("due") == {"order": "19"}


async def test_a_stop_under_another_control_counts_and_is_taken_back_with_its_act(
    door: Door, foundry: Foundry, clock: Clock
) -> None:
    act = uuid4()
    book = ledger.Ledger(subject_id=UUID(foundry.line), pack_name="fushan", season=2019)
    enterprise = UUID(foundry.id)
    async with open_unit(door.sessions, now=clock()) as unit:
        (made,) = await ledger.credit(
            unit, enterprise, book, from_day=date(2019, 10, 15), until_day=date(2019, 10, 24), act_id=act, by=OFFICER
        )
        assert (str(made.posting.hours), made.posting.cites) == ("72", ("FS-32",))
        assert await settling.settle_enterprise(unit, enterprise, "fushan", 2019, by=OFFICER) is None
    assert await foundry.days("due") == {"phase1": "12", "phase2": "15"}
    by_hand = await foundry.reverses(str(made.id))
    assert (by_hand.status_code, by_hand.json()["code"]) == (409, "entry_not_by_hand")
    overlapping = await foundry.posts(foundry.stood("2019-10-21", "2019-10-22"))
    assert overlapping.json()["code"] == "hours_counted_already"
    clock.advance(minutes=1)
    async with open_unit(door.sessions, now=clock()) as unit:
        assert len(await ledger.take_back_credit(unit, enterprise, act_id=act, reason="撤销", by=OFFICER)) == 1
        assert await ledger.take_back_credit(unit, enterprise, act_id=act, reason="撤销", by=OFFICER) == []
    assert await foundry.days("credited") == {"phase1": "0", "phase2": "0"}


async def test_a_plan_that_credits_nothing_credits_nothing(door: Door, clock: Clock) -> None:
    await publish(door.sessions, "linfen-city")
    plant = await registered(door, clock, works(exceedance_days="2", performance_grade="A"))
    await plant.decides("linfen-city")
    assert await plant.days("penalty", pack="linfen-city") == {"window": "2"}
    book = ledger.Ledger(subject_id=UUID(plant.line), pack_name="linfen-city", season=2019)
    days = {"from_day": date(2019, 12, 1), "until_day": date(2019, 12, 3)}
    async with open_unit(door.sessions, now=clock()) as unit:
        with pytest.raises(CreditNotAllowed):
            await ledger.credit(unit, UUID(plant.id), book, **days, act_id=uuid4(), by=OFFICER)


async def test_of_two_who_post_the_same_day_at_once_one_wins(busy_door: Door, clock: Clock) -> None:
    await publish(busy_door.sessions, "fushan")
    foundry = await registered(busy_door, clock, works(performance_grade="B"))
    await foundry.decides()
    body = foundry.stood("2019-12-01", "2019-12-02")
    answers = await asyncio.gather(*(foundry.posts(body) for _ in range(4)))
    assert sorted(one.status_code for one in answers) == [201, 409, 409, 409]
    assert {one.json()["code"] for one in answers if one.status_code == 409} == {"hours_counted_already"}
    assert await foundry.days("served") == {"phase1": "1", "phase2": "0"}
    # Deciding, settling and posting at once leave a journal without gaps that replays.
    more = {"assertions": [{"subject_id": foundry.line, **one} for one in fraud("2019-12-10")]}
    said = await foundry.caller.post(f"/v1/enterprises/{foundry.id}/assertions", json=more, headers=key())
    assert said.status_code == 201
    clock.advance(minutes=1)
    posts = [foundry.posts(foundry.stood(f"2019-12-0{day}", f"2019-12-0{day + 1}")) for day in (2, 3, 4)]
    await asyncio.gather(*posts, foundry.decides(), foundry.settles(), foundry.settles())
    assert await foundry.days("due") == {"phase1": "22", "phase2": "64"}
    assert (await foundry.settles()).json()["entries"] == []
    assert await damage(busy_door.sessions, clock) == []


async def test_a_settlement_under_another_evaluator_that_differs_is_no_damage(
    door: Door, foundry: Foundry, clock: Clock
) -> None:
    async with door.sessions() as session, session.begin():
        for table in ("ledger_entries", "decision_runs"):
            await session.execute(text(f"ALTER TABLE {table} DISABLE TRIGGER USER"))
        await session.execute(text("UPDATE ledger_entries SET hours = hours + 1 WHERE position = 1"))
    assert await damage(door.sessions, clock) == ["settlement_differs"]
    async with door.sessions() as session, session.begin():
        await session.execute(text("UPDATE decision_runs SET evaluator_version = '1'"))
    assert await damage(door.sessions, clock) == ["decided_by_another_evaluator"]


async def test_a_changed_journal_is_found(door: Door, foundry: Foundry, clock: Clock) -> None:
    entry = (await foundry.serves("2019-12-01", "2019-12-05"))["entries"][0]
    assert (await foundry.reverses(entry["id"])).status_code == 201
    assert await damage(door.sessions, clock) == []
    async with door.sessions() as session, session.begin():
        await session.execute(text("ALTER TABLE ledger_entries DISABLE TRIGGER USER"))
        await session.execute(text("UPDATE ledger_entries SET hours = hours + 1 WHERE position IN (1, 4)"))
        await session.execute(text("DELETE FROM ledger_entries WHERE position = 2"))
    assert sorted(set(await damage(door.sessions, clock))) == ["ledger_gap", "reversal_differs", "settlement_differs"]
