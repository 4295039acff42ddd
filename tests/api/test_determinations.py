"""Determinations: a raised ratio, one level up, and a revocation that ends what was decided from today on."""

from typing import Any

from tests.api.door import Door
from tests.api.officer import Json
from tests.api.packs import publish
from tests.api.plants import PERSON_LI, decided, plant, posted, registered
from tests.api.test_nothing_is_stored import rows
from tests.conftest import Clock


def wanted(subject: str, pack: str, rule: str, **other: Any) -> Json:
    return {
        "subject_id": subject, "pack": pack, "season": 2019, "rule": rule, "valid_from": "2019-12-10",
        "basis": "市政府常务会议纪要 7 号", **other,
    }  # fmt: skip


def said(items: list[Json], subject: str) -> Json:
    return next(one for one in items if one["subject"]["id"] == subject)


async def test_a_government_may_raise_a_ratio_and_never_lower_it(door: Door, clock: Clock) -> None:
    """HR-12."""
    await publish(door.sessions, "huairen")
    officer = await door.caller(on_behalf_of=True)
    facts = {"enterprise": {"annual_task": "accepted", "industrial_policy_encouraged": True}}
    body = plant("HR", "140681", "steel", facts)
    body["sites"][0] |= {"longitude": "113.2", "latitude": "39.9"}
    body["sites"][0]["facts"] = [{"fact": "fugitive_treatment", "value": "accepted"}]
    made = (await posted(officer, "/v1/enterprises", body)).json()
    site, url = made["sites"][0]["id"], f"/v1/enterprises/{made['id']}/determinations"
    await decided(officer, made["id"], "huairen")
    before = await rows(door.sessions)
    for number in ("20", "15", "101"):
        answer = await posted(officer, url, wanted(site, "huairen", "HR-09", number=number), **PERSON_LI)
        assert (answer.status_code, answer.json()["code"]) == (422, "number_outside_bracket")
    chosen = await posted(officer, url, wanted(site, "huairen", "HR-09", number="30", alternative=0), **PERSON_LI)
    assert (chosen.status_code, chosen.json()["code"]) == (422, "choice_outside_bracket")
    assert await rows(door.sessions) == before
    clock.advance(minutes=1)
    raised = await posted(officer, url, wanted(site, "huairen", "HR-09", number="35"), **PERSON_LI)
    assert raised.status_code == 201, raised.text
    assert (raised.json()["alternative"], raised.json()["number"]) == (None, "35")


async def test_a_plan_without_that_power_raises_nothing(door: Door) -> None:
    await publish(door.sessions, "fushan")
    officer = await door.caller(on_behalf_of=True)
    enterprise, line = await registered(officer, plant("F", "141027", "foundry_pig_iron", {"performance_grade": "B"}))
    body = wanted(line, "fushan", "FS-10", number="40")
    answer = await posted(officer, f"/v1/enterprises/{enterprise}/determinations", body, **PERSON_LI)
    assert (answer.status_code, answer.json()["code"]) == (409, "nothing_to_determine")


async def test_one_level_up_is_carried_out_and_ends_when_it_is_taken_back(door: Door, clock: Clock) -> None:
    """FS-43: the grade falls, so the foundry of grade B stops as one of grade C; the record names the act."""
    await publish(door.sessions, "fushan")
    officer = await door.lasting_caller(on_behalf_of=True)
    facts = {"performance_grade": "B", "measure_not_executed": True}
    enterprise, line = await registered(officer, plant("F", "141027", "foundry", facts))
    question = said(await decided(officer, enterprise, "fushan"), line)
    assert question["status"] == "authority_decides"
    url = f"/v1/enterprises/{enterprise}/determinations"
    clock.advance(minutes=1)
    made = await posted(officer, url, wanted(line, "fushan", "FS-43.days", alternative=0), **PERSON_LI)
    assert made.status_code == 201, made.text
    after = said(await decided(officer, enterprise, "fushan"), line)
    assert after["status"] == "decided"
    stop = next(one for one in after["measures"] if one["kind"] == "stop_days" and one["stage"] == "rule")
    assert (stop["rule"], stop["stop_days"]) == ("FS-16", "90")
    explained = await officer.get(
        f"/v1/enterprises/{enterprise}/decisions/{line}?pack=fushan&season=2019&day=2019-12-20"
    )
    level_up = next(one for one in explained.json()["rules_examined"] if one["rule"] == "FS-43.level")
    assert level_up["truth"] == "true"
    assert level_up["conditions"][0]["evidence"]["document"] == f"act {made.json()['id']}"
    clock.advance(days=5)
    revoked = await posted(
        officer, f"/v1/determinations/{made.json()['id']}/revocation", {"basis": "复议"}, **PERSON_LI
    )
    assert revoked.status_code == 201, revoked.text
    await decided(officer, enterprise, "fushan")
    base = f"/v1/enterprises/{enterprise}/decisions?pack=fushan&season=2019&day="
    held = said((await officer.get(base + "2019-12-12")).json()["items"], line)
    over = said((await officer.get(base + "2019-12-15")).json()["items"], line)
    assert (held["status"], over["status"]) == ("decided", "authority_decides")
    twice = await posted(officer, f"/v1/determinations/{made.json()['id']}/revocation", {"basis": "复议"}, **PERSON_LI)
    assert (twice.status_code, twice.json()["code"]) == (409, "transition_refused")


async def test_a_larger_ratio_is_larger_than_the_one_that_binds(door: Door, clock: Clock) -> None:
    """LN-13: once the city has set 60 %, what is not carried out costs more than 60."""
    await publish(door.sessions, "linfen-city")
    officer = await door.caller(on_behalf_of=True)
    facts = {"performance_grade": "C", "measure_not_executed": True}
    enterprise, line = await registered(officer, plant("F", "141027", "foundry", facts))
    url = f"/v1/enterprises/{enterprise}/determinations"

    async def answered(rule: str, number: str) -> Json:
        clock.advance(minutes=1)
        choice = wanted(line, "linfen-city", rule, alternative=0 if rule == "LN-07" else 1, number=number)
        answer: Json = (await posted(officer, url, choice, **PERSON_LI)).json()
        return answer

    assert (await answered("LN-13", "0"))["code"] == "number_outside_bracket"
    assert (await answered("LN-07", "60"))["number"] == "60"
    for number in ("55", "60"):
        refused = await answered("LN-13", number)
        assert refused["code"] == "number_outside_bracket"
        assert "> 60" in refused["detail"]
    assert (await answered("LN-13", "65"))["number"] == "65"
    # An answer is given anew against the class, not against itself.
    assert (await answered("LN-13", "62"))["number"] == "62"
    assert (await answered("LN-07", "0"))["number"] == "0"
