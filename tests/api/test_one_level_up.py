"""One level up, chosen by a person at the door, raises the grade that a line or a casting process is read by."""

from typing import Any

import httpx
import pytest

from tests.api.door import Door
from tests.api.packs import publish
from tests.api.test_decisions import PERSON, key, registered
from tests.api.test_nothing_is_stored import rows
from tests.conftest import Clock

FUSHAN = "141027"
DAY = "2019-12-10"
NOT_EXECUTED = {"fact": "measure_not_executed", "value": "true", "valid_from": "2019-12-01"}
Json = dict[str, Any]


def works(code: str, line: Json) -> Json:
    site = {"code": "S", "name": "厂区", "region": FUSHAN, "lines": [{"code": "L", "name": "线", **line}]}
    return {"code": code, "name": "铸造厂", "region": FUSHAN, "sites": [site]}


FOUNDRY: Json = {"industry": "foundry", "facts": [{"fact": "performance_grade", "value": "B"}, NOT_EXECUTED]}
PIG_IRON: Json = {
    "industry": "foundry_pig_iron",
    "facts": [{"fact": "performance_grade", "value": "A"}, NOT_EXECUTED],
    "processes": [{"code": "P", "name": "铸造", "kind": "casting", "facts": [{"fact": "casting_grade", "value": "B"}]}],
}


@pytest.fixture
async def officer(door: Door) -> httpx.AsyncClient:
    await publish(door.sessions, "fushan")
    return await door.caller(on_behalf_of=True)


async def said(officer: httpx.AsyncClient, enterprise: str, level: str, day: str = DAY) -> Json:
    """What the plan says of the line or process, decided just now."""
    url = f"/v1/enterprises/{enterprise}/decisions"
    made = await officer.post(url, json={"pack": "fushan", "season": 2019}, headers=key())
    assert made.status_code == 201, made.text
    listed = await officer.get(url, params={"pack": "fushan", "season": 2019, "day": day})
    found: Json = next(one for one in listed.json()["items"] if one["subject"]["level"] == level)
    return found


def limit(item: Json) -> str:
    """The stop or cut that the plan asks for, in its own number."""
    [found] = [one for one in item["measures"] if one["kind"] in {"stop", "stop_days", "cut", "not_staggered"}]
    return f"{found['kind']} {found['stop_days'] or found['cut_pct'] or ''}".strip()


def choice(item: Json, **changed: Any) -> Json:
    question = next(one for one in item["measures"] if one["alternatives"])
    return {
        "subject_id": item["subject"]["id"],
        "pack": "fushan",
        "season": 2019,
        "rule": question["rule"],
        "alternative": 0,
        "valid_from": DAY,
        "basis": "会议纪要第1号",
        **changed,
    }


async def test_a_foundry_put_one_level_up_stops_as_the_next_grade_until_it_is_revoked(
    door: Door, officer: httpx.AsyncClient, clock: Clock
) -> None:
    one = (await registered(officer, works("F-1", FOUNDRY)))["id"]
    before = await said(officer, one, "line")
    assert (before["status"], limit(before)) == ("authority_decides", "stop_days 30")
    clock.advance(minutes=1)
    made = await officer.post(f"/v1/enterprises/{one}/determinations", json=choice(before), headers=key() | PERSON)
    assert (made.status_code, made.json()["rule"]) == (201, "FS-43.days"), made.text
    clock.advance(minutes=1)
    after = await said(officer, one, "line")
    assert (after["status"], limit(after)) == ("decided", "stop_days 90")
    assert limit(await said(officer, one, "line", "2019-12-09")) == "stop_days 30"
    recorded = (await officer.get(f"/v1/enterprises/{one}/assertions", params={"fact": "level_raised"})).json()["items"]
    assert [(fact["value"], fact["document"]) for fact in recorded] == [("true", f"act {made.json()['id']}")]
    clock.advance(days=2)
    # A token lasts an hour.
    officer = await door.caller(on_behalf_of=True)
    revoked = await officer.post(
        f"/v1/determinations/{made.json()['id']}/revocation", json={"basis": "复议"}, headers=key() | PERSON
    )
    assert revoked.status_code == 201, revoked.text
    clock.advance(minutes=1)
    again = await said(officer, one, "line", "2019-12-12")
    assert (again["status"], limit(again)) == ("authority_decides", "stop_days 30")
    assert limit(await said(officer, one, "line", "2019-12-11")) == "stop_days 90"


@pytest.mark.parametrize(("until", "raised"), [(None, ["2019-12-10"]), ("2019-12-20", ["2019-12-10"]), (DAY, [])])
async def test_a_choice_for_days_that_are_over_answers_them_and_raises_none_of_them(
    officer: httpx.AsyncClient, clock: Clock, until: str | None, raised: list[str]
) -> None:
    """A-L29: today is 10 December."""
    one = (await registered(officer, works("F-4", FOUNDRY)))["id"]
    item = await said(officer, one, "line")
    clock.advance(minutes=1)
    body = choice(item, valid_from="2019-12-05", valid_to=until)
    made = await officer.post(f"/v1/enterprises/{one}/determinations", json=body, headers=key() | PERSON)
    assert made.status_code == 201, made.text
    clock.advance(minutes=1)
    over = await said(officer, one, "line", "2019-12-09")
    assert (over["status"], limit(over)) == ("decided", "stop_days 30")
    recorded = (await officer.get(f"/v1/enterprises/{one}/assertions", params={"fact": "level_raised"})).json()["items"]
    assert [fact["valid_from"] for fact in recorded] == raised
    today = await said(officer, one, "line")
    assert limit(today) == ("stop_days 90" if raised else "stop_days 30")
    revoked = await officer.post(
        f"/v1/determinations/{made.json()['id']}/revocation", json={"basis": "复议"}, headers=key() | PERSON
    )
    assert revoked.status_code == 201, revoked.text


async def test_taking_choices_back_one_by_one_leaves_what_the_others_raise(
    door: Door, officer: httpx.AsyncClient, clock: Clock
) -> None:
    one = (await registered(officer, works("F-5", FOUNDRY)))["id"]
    item = await said(officer, one, "line")
    made = []
    for changed in ({}, {"valid_to": "2019-12-20"}, {}, {"valid_from": "2019-12-25"}):
        clock.advance(minutes=1)
        body = choice(item, **changed)
        answer = await officer.post(f"/v1/enterprises/{one}/determinations", json=body, headers=key() | PERSON)
        assert answer.status_code == 201, answer.text
        made.append(answer.json()["id"])
    clock.advance(days=1)
    officer = await door.caller(on_behalf_of=True)
    days = ("2019-12-12", "2019-12-21", "2019-12-26")
    for act, raised in zip(
        made, ((True, True, True), (True, True, True), (False, False, True), (False,) * 3), strict=True
    ):
        clock.advance(minutes=1)
        url = f"/v1/determinations/{act}/revocation"
        answer = await officer.post(url, json={"basis": "复议"}, headers=key() | PERSON)
        assert answer.status_code == 201, answer.text
        clock.advance(minutes=1)
        found = [limit(await said(officer, one, "line", day)) for day in days]
        assert found == ["stop_days 90" if each else "stop_days 30" for each in raised]


async def test_a_casting_process_goes_up_by_its_own_grade_and_the_line_stays(
    officer: httpx.AsyncClient, clock: Clock
) -> None:
    one = (await registered(officer, works("F-2", PIG_IRON)))["id"]
    before = await said(officer, one, "process")
    assert (before["status"], limit(before)) == ("authority_decides", "stop_days 30")
    clock.advance(minutes=1)
    made = await officer.post(f"/v1/enterprises/{one}/determinations", json=choice(before), headers=key() | PERSON)
    assert (made.status_code, made.json()["rule"]) == (201, "FS-43.casting"), made.text
    clock.advance(minutes=1)
    assert limit(await said(officer, one, "process")) == "stop_days 90"
    line = await said(officer, one, "line")
    assert (line["status"], limit(line)) == ("authority_decides", "not_staggered")


async def test_a_refused_choice_of_one_level_up_stores_nothing(
    door: Door, officer: httpx.AsyncClient, clock: Clock
) -> None:
    one = (await registered(officer, works("F-3", FOUNDRY)))["id"]
    item = await said(officer, one, "line")
    clock.advance(minutes=1)
    url = f"/v1/enterprises/{one}/determinations"
    stranger = await door.caller(regions=("140500",), on_behalf_of=True)
    before = await rows(door.sessions)
    for caller, body, headers, expected in (
        (officer, choice(item), key(), (403, "person_required")),
        (officer, choice(item, number="60"), key() | PERSON, (422, "number_not_asked")),
        (officer, choice(item, alternative=2), key() | PERSON, (422, "choice_outside_bracket")),
        (officer, choice(item, valid_to=DAY), key() | PERSON, (422, "period_empty")),
        (stranger, choice(item), key() | PERSON, (404, "enterprise_unknown")),
    ):
        answer = await caller.post(url, json=body, headers=headers)
        assert (answer.status_code, answer.json()["code"]) == expected
    assert await rows(door.sessions) == before
