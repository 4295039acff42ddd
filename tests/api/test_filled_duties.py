"""What a plan asks for and somebody does at the service anyway is filed by doing it: once, whichever was there first."""

import asyncio
from datetime import UTC, date, datetime
from typing import Any
from uuid import UUID, uuid4

import httpx
import pytest
from sqlalchemy import text

from app.domain.access import Origin
from app.domain.duties.contacts import Contact, ContactRole
from app.persistence.duties.contacts import ContactRepository
from app.persistence.duties.deeds import DeedRepository
from tests.api.door import Door
from tests.api.officer import Json
from tests.api.owing import HUAIREN, Owing, owing
from tests.api.packs import publish, published, store, text_of
from tests.api.plants import PAPER, PERSON_ZHANG, decided, plant, posted, registered
from tests.api.test_contacts import PERSONAL, changes, registers
from tests.conftest import Clock

GAOPING = "140581"
FURNACE = {"code": "U1", "name": "一号电炉", "kind": "induction_furnace"}
RETURNED = {"verdict": "returned", "reason": "电话已停用"}


@pytest.fixture
async def huairen(door: Door, clock: Clock) -> Owing:
    return await owing(door, clock)


async def undecided(door: Door, clock: Clock) -> Owing:
    """A firm of Huairen in August of 2019, before anybody owes anything."""
    clock.now = datetime(2019, 8, 20, 4, tzinfo=UTC)
    caller = await door.lasting_caller(on_behalf_of=True)
    firm, line = await registered(caller, plant("huairen-1", HUAIREN, "steel"))
    own = await door.lasting_caller(regions=(), enterprise_ids=(firm,), on_behalf_of=True)
    return Owing(door=door, clock=clock, caller=caller, own=own, firm=firm, line=line)


async def falls_due(town: Owing, pack: str = "huairen") -> None:
    """The plan is there, the firm is decided, and its duties are made."""
    town.clock.now = max(town.clock.now, datetime(2019, 9, 2, 4, tzinfo=UTC))
    await publish(town.door.sessions, pack)
    await decided(town.caller, town.firm, pack)
    await town.makes()


async def whole(town: Owing, duty: str = "duty-contacts") -> Json:
    """The firm's duty, or a body's, with its filings."""
    (found,) = await town.duties(duty=duty)
    answer: Json = (await town.caller.get(f"/v1/duties/{found['id']}")).json()
    return answer


async def told(town: Owing) -> list[Json]:
    """The news of filings, in order."""
    async with town.door.sessions() as session:
        found = await session.scalars(
            text("SELECT data FROM outbox WHERE type IN ('duty.filed', 'duty.amended') ORDER BY position")
        )
        return list(found)


def stands(duty: Json) -> Json:
    """What a filing says, without the names that differ from story to story."""
    (one,) = duty["filings"]
    return {"state": duty["state"], "filed_at": duty["filed_at"], "form": one["form"], "filed": one["filed"]}


async def test_a_contact_registered_files_that_one_was_named(huairen: Owing) -> None:
    """HR-33: by the address of the contact, with nothing personal in it."""
    assert (await whole(huairen))["forms"] == ["contact", "statement"]
    made = (await registers(huairen.own, enterprise_id=huairen.firm)).json()
    duty = await whole(huairen)
    (filing,) = duty["filings"]
    assert (duty["state"], duty["filed_at"]) == ("filed", made["changed_at"])
    assert (filing["form"], filing["report"]) == ("contact", {"url": f"/v1/contacts/{made['id']}", "version": 1})
    assert (await huairen.own.get(filing["report"]["url"])).json()["name"] == "王五"
    (news,) = await told(huairen)
    assert (news["duty"], news["form"], news["late"], news["number"]) == ("duty-contacts", "contact", False, 1)
    assert not [one for one in PERSONAL if one in str(duty["filings"]) + str(news)]
    assert (await huairen.makes())["filled"] == 0
    await registers(huairen.own, enterprise_id=huairen.firm, name="赵六")
    assert await whole(huairen) == duty, "once is enough"
    assert len(await told(huairen)) == 1
    assert await huairen.damage() == []


async def test_it_is_the_same_whether_the_contact_or_the_duty_was_there_first(door: Door, clock: Clock) -> None:
    """Named in August, owed from September on: filed in August, and not late."""
    town = await undecided(door, clock)
    made = (await registers(town.own, enterprise_id=town.firm, valid_from="2019-08-20")).json()
    await falls_due(town)
    before = await whole(town)
    assert stands(before)["filed_at"] == made["changed_at"]
    assert (before["state"], before["filed_late"], before["filings"][0]["late"]) == ("filed", False, False)
    assert len(await told(town)) == 1
    assert (await town.makes())["filled"] == 0
    # Another firm does the same things in the other order.
    caller = town.caller
    second, line = await registered(caller, plant("huairen-2", HUAIREN, "steel"))
    own = await door.lasting_caller(regions=(), enterprise_ids=(second,), on_behalf_of=True)
    other = Owing(door=door, clock=clock, caller=caller, own=own, firm=second, line=line)
    await decided(caller, second, "huairen")
    await other.makes()
    (duty,) = await other.duties(own, duty="duty-contacts")
    assert duty["state"] == "open"
    named = (await registers(own, enterprise_id=second)).json()
    after = (await own.get(f"/v1/duties/{duty['id']}")).json()
    assert (after["state"], after["filed_at"]) == ("filed", named["changed_at"])
    own_filing, first_filing = after["filings"][0], before["filings"][0]
    assert own_filing.keys() == first_filing.keys()
    assert own_filing["form"] == first_filing["form"]
    assert own_filing["filed"]["client_id"] != first_filing["filed"]["client_id"], "each by the firm's own hand"
    assert await town.damage() == []


@pytest.mark.parametrize(
    "said",
    [
        {"valid_from": "2018-09-01", "valid_to": "2019-07-01"},
        {"valid_from": "2019-08-01", "valid_to": "2019-08-10"},
        {"role": "lead_office"},
    ],
    ids=["ended before the season", "over when it was registered", "another role"],
)
async def test_not_every_contact_fills_it(door: Door, clock: Clock, said: Json) -> None:
    town = await undecided(door, clock)
    assert (await registers(town.own, enterprise_id=town.firm, **said)).status_code == 201
    await falls_due(town)
    assert ((await whole(town))["state"], await told(town)) == ("open", [])
    await registers(town.own, enterprise_id=town.firm, **said)
    assert ((await whole(town))["state"], await told(town)) == ("open", [])


async def test_a_contact_that_was_ended_last_season_fills_nothing(door: Door, clock: Clock) -> None:
    town = await undecided(door, clock)
    clock.now = datetime(2019, 5, 6, 4, tzinfo=UTC)
    made = (await registers(town.own, enterprise_id=town.firm, valid_from="2019-05-06")).json()
    ended = await changes(town.own, made, valid_from="2019-05-06", valid_to="2019-06-01")
    assert ended.status_code == 200, ended.text
    await falls_due(town)
    assert (await whole(town))["state"] == "open"


async def test_what_was_filled_stays_when_the_contact_ends(huairen: Owing) -> None:
    """HR-33 asks that one be named and reported; whoever receives it may return what is of no use."""
    made = (await registers(huairen.own, enterprise_id=huairen.firm)).json()
    before = await whole(huairen)
    assert (await changes(huairen.own, made, valid_to="2019-12-11")).status_code == 200
    await huairen.makes()
    assert await whole(huairen) == before


async def test_what_was_returned_is_filled_by_what_comes_after_and_not_by_what_was_there(huairen: Owing) -> None:
    made = (await registers(huairen.own, enterprise_id=huairen.firm)).json()
    await registers(huairen.own, enterprise_id=huairen.firm, name="赵六")
    huairen.clock.advance(minutes=1)
    duty = (await huairen.says(await whole(huairen), "receipt", RETURNED)).json()
    assert duty["state"] == "open"
    await huairen.makes()
    assert (await whole(huairen))["state"] == "open", "neither the one returned nor the other one"
    huairen.clock.advance(minutes=1)
    changed = (await changes(huairen.own, made, phone="0349-7654321")).json()
    again = await whole(huairen)
    assert (again["state"], again["filed_at"]) == ("filed", changed["changed_at"])
    assert [one["report"]["version"] for one in again["filings"]] == [1, 2]
    assert [one["number"] for one in await told(huairen)] == [1, 2]
    assert await huairen.damage() == []


async def test_a_firm_may_still_say_it_in_words_and_what_is_waived_is_not_filed(huairen: Owing) -> None:
    duty = await whole(huairen)
    statement = await huairen.files(duty, {"form": "statement", "text": "联系人已书面报送"})
    assert statement.status_code == 201, statement.text
    for form in ("contact", "application"):
        answer = await huairen.files(duty, {"form": form, "url": "/v1/contacts/1", "version": 1})
        assert answer.status_code == 422, "a deed is done, not written"
    await registers(huairen.own, enterprise_id=huairen.firm)
    assert [one["form"] for one in (await whole(huairen))["filings"]] == ["statement"]
    other = await whole(huairen, "duty-department-contacts")
    above = await huairen.door.caller(regions=("140600",), on_behalf_of=True)
    waived = await huairen.says(other, "waiver", {"reason": "由上级统一公布"}, by=above)
    assert waived.status_code == 201, waived.text
    await registers(huairen.caller, region=HUAIREN, body="市工信局")
    assert ((await whole(huairen, "duty-department-contacts"))["filings"]) == []


async def test_a_departments_contact_fills_the_departments_duty_of_its_region_alone(huairen: Owing) -> None:
    for region in ("140600", "140602"):
        assert (await registers(huairen.caller, region=region, body="市工信局")).status_code == 201
    assert (await whole(huairen, "duty-department-contacts"))["state"] == "open"
    await registers(huairen.caller, region=HUAIREN, body="市工信局")
    assert (await whole(huairen, "duty-department-contacts"))["state"] == "filed"
    assert (await whole(huairen))["state"] == "open", "the firm has named nobody"


async def foundry(door: Door, clock: Clock) -> Owing:
    """A foundry of Gaoping in the first days of September of 2019."""
    clock.now = datetime(2019, 9, 3, 4, tzinfo=UTC)
    caller = await door.lasting_caller(on_behalf_of=True)
    firm, line = await registered(caller, plant("F", GAOPING, "foundry", units=[FURNACE]))
    own = await door.lasting_caller(regions=(), enterprise_ids=(firm,), on_behalf_of=True)
    return Owing(door=door, clock=clock, caller=caller, own=own, firm=firm, line=line)


async def applies(town: Owing, workflow: str = "wf-foundry-need", **other: Any) -> httpx.Response:
    body = {
        "subject_id": town.line, "pack": "gaoping", "season": 2019, "workflow": workflow,
        "load": {"amount": "50", "unit": "%"}, "valid_from": "2019-11-15", "valid_to": "2020-03-16", "basis": "特殊订单",
    }  # fmt: skip
    url = f"/v1/enterprises/{town.firm}/dispatch-applications"
    return await posted(town.own, url, body | other, **PERSON_ZHANG)


@pytest.mark.parametrize("first", ["the duty", "the application"])
async def test_an_application_fills_what_the_plan_offers_until_its_day(door: Door, clock: Clock, first: str) -> None:
    """GP-16 with A-GP14."""
    town = await foundry(door, clock)
    if first == "the duty":
        await falls_due(town, "gaoping")
        made = await applies(town)
    else:
        await publish(door.sessions, "gaoping")
        made = await applies(town)
        clock.advance(days=5)
        await decided(town.caller, town.firm, "gaoping")
        await town.makes()
    assert made.status_code == 201, made.text
    duty = await whole(town, "wf-foundry-need")
    (filing,) = duty["filings"]
    assert (duty["state"], duty["filed_at"]) == ("filed", made.json()["asked"]["at"])
    assert filing["form"] == "application"
    address = filing["report"]["url"]
    assert (await town.own.get(address)).json()["id"] == made.json()["id"]
    assert [one["duty"] for one in await told(town)] == ["wf-foundry-need"]
    # Taken back it is still what was applied for by the day, and another one is another act.
    withdrawn = await posted(town.own, f"{address}/withdrawal", {"reason": "订单取消"}, seen='"1"', **PERSON_ZHANG)
    assert withdrawn.status_code == 201, withdrawn.text
    assert (await applies(town)).status_code == 201
    await town.makes()
    assert await whole(town, "wf-foundry-need") == duty
    assert await town.damage() == []


async def test_an_application_after_the_day_is_filed_late(door: Door, clock: Clock) -> None:
    town = await foundry(door, clock)
    await falls_due(town, "gaoping")
    clock.now = datetime(2019, 9, 11, 4, tzinfo=UTC)
    assert (await whole(town, "wf-foundry-need"))["state"] == "lapsed"
    made = (await applies(town)).json()
    duty = await whole(town, "wf-foundry-need")
    assert (made["late"], duty["state"], duty["filed_late"], duty["filings"][0]["late"]) == (True, "filed", True, True)
    assert [one["late"] for one in await told(town)] == [True]


async def test_a_firms_application_is_nobody_elses(door: Door, clock: Clock) -> None:
    town = await foundry(door, clock)
    await falls_due(town, "gaoping")
    second, line = await registered(town.caller, plant("G", GAOPING, "foundry", units=[FURNACE]))
    await decided(town.caller, second, "gaoping")
    await town.makes()
    own = await door.lasting_caller(regions=(), enterprise_ids=(second,), on_behalf_of=True)
    other = Owing(door=door, clock=clock, caller=town.caller, own=own, firm=second, line=line)
    assert (await applies(other)).status_code == 201
    await town.makes()
    found = {one["enterprise_id"]: one["state"] for one in await town.duties(duty="wf-foundry-need")}
    assert found == {town.firm: "open", second: "filed"}


async def test_a_place_asked_for_on_a_list_fills_the_application_it_is(door: Door, clock: Clock) -> None:
    """A plan whose firms ask for a place on the exemption list by a day."""
    listing = text_of("huairen").partition("  - id: wf-exemption-list\n")
    dated = listing[2].replace("    who: authority\n", "    who: enterprise\n    by: 12-20\n", 1)
    await store(door.sessions, published("".join((*listing[:2], dated))))
    caller = await door.lasting_caller(on_behalf_of=True)
    firm, line = await registered(caller, plant("GREEN", HUAIREN, "steel"))
    site = (await caller.get(f"/v1/enterprises/{firm}")).json()["sites"][0]["id"]
    clock.advance(minutes=1)
    await decided(caller, firm, "huairen")
    own = await door.lasting_caller(regions=(), enterprise_ids=(firm,), on_behalf_of=True)
    town = Owing(door=door, clock=clock, caller=caller, own=own, firm=firm, line=line)
    await town.makes()
    assert (await whole(town, "wf-exemption-list"))["state"] == "open"
    body = {"pack": "huairen", "season": 2019}
    made = await posted(caller, "/v1/exemption-lists", body, **PERSON_ZHANG)
    assert made.status_code == 201, made.text
    url = f"/v1/exemption-lists/{made.json()['id']}/entries"
    wanted = {"enterprise_id": firm, "subject_id": site, "rule": "HR-20", "reason": "绿色工厂", "evidence": PAPER}
    entry = await posted(own, url, wanted, **PERSON_ZHANG)
    assert entry.status_code == 201, entry.text
    duty = await whole(town, "wf-exemption-list")
    assert (duty["state"], duty["filings"][0]["report"]) == ("filed", {"url": f"{url}/{entry.json()['id']}"})


async def test_of_contacts_registered_while_duties_are_made_exactly_one_is_filed(busy_door: Door, clock: Clock) -> None:
    """Whichever comes first: three contacts of each of several firms, and two makers at once."""
    town = await undecided(busy_door, clock)
    await publish(busy_door.sessions, "huairen")
    others = [await registered(town.caller, plant(f"huairen-{number}", HUAIREN, "steel")) for number in range(2, 6)]
    firms = [town.firm, *(firm for firm, _ in others)]
    town.clock.now = datetime(2019, 9, 2, 4, tzinfo=UTC)
    for firm in firms:
        await decided(town.caller, firm, "huairen")
    town.clock.advance(minutes=1)
    names = [(firm, name) for name in ("王五", "赵六", "孙七") for firm in firms]
    registering = asyncio.gather(*(registers(town.caller, enterprise_id=firm, name=name) for firm, name in names))
    _, answers, _ = await asyncio.gather(town.makes(), registering, town.makes())
    assert [one.status_code for one in answers] == [201] * len(names)
    found = await town.duties(duty="duty-contacts")
    assert {one["enterprise_id"]: one["state"] for one in found} == dict.fromkeys(firms, "filed")
    for one in found:
        assert len((await town.caller.get(f"/v1/duties/{one['id']}")).json()["filings"]) == 1
    news = [one for one in await told(town) if one["duty"] == "duty-contacts"]
    assert len(news) == len(firms)
    assert await town.damage() == []


async def test_what_is_being_done_while_duties_are_made_is_waited_for(busy_door: Door, clock: Clock) -> None:
    """The contact is written and not yet kept when the duty is made: one of the two sees the other."""
    town = await undecided(busy_door, clock)
    await publish(busy_door.sessions, "huairen")
    town.clock.now = datetime(2019, 9, 2, 4, tzinfo=UTC)
    await decided(town.caller, town.firm, "huairen")
    contact = Contact(
        id=uuid4(), number=1, enterprise_id=UUID(town.firm), region=HUAIREN, body="", role=ContactRole.CONTACT, name="王五",
        phone=None, office=None, valid_from=date(2019, 9, 2), valid_to=None, at=clock(), by=Origin(client_id="t", person=None),
    )  # fmt: skip
    async with busy_door.sessions() as session, session.begin():
        await ContactRepository(session).add(contact)
        await DeedRepository(session).take_part()
        assert await DeedRepository(session).of_holder(contact.enterprise_id or "") == [], "nothing is owed yet"
        making = asyncio.create_task(town.makes())
        await asyncio.sleep(2)
        assert not making.done()
    assert (await making)["filled"] == 1
    duty = await whole(town)
    assert (duty["state"], duty["filings"][0]["report"]["url"]) == ("filed", f"/v1/contacts/{contact.id}")
    assert await town.damage() == []
