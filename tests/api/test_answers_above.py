"""Answers that go beyond what binds: a longer stop (FS-43), and a ratio raised above the bracket of a reading (HR-12)."""

import pytest

from tests.api.door import Door
from tests.api.packs import publish
from tests.api.plants import PERSON_LI, plant, posted, registered
from tests.api.test_determinations import wanted


@pytest.mark.parametrize(("grade", "refused", "accepted"), [("B", "30", "31"), ("C", "90", "91"), ("D", "162", None)])
async def test_the_longer_stop_is_longer_than_the_one_that_binds(
    door: Door, grade: str, refused: str, accepted: str | None
) -> None:
    await publish(door.sessions, "fushan")
    officer = await door.caller(on_behalf_of=True)
    facts = {"performance_grade": grade, "measure_not_executed": True}
    enterprise, line = await registered(officer, plant("F", "141027", "foundry", facts))
    url = f"/v1/enterprises/{enterprise}/determinations"
    answer = await posted(
        officer, url, wanted(line, "fushan", "FS-43.days", alternative=1, number=refused), **PERSON_LI
    )
    assert (answer.status_code, answer.json()["code"]) == (422, "number_outside_bracket")
    if accepted is not None:
        body = wanted(line, "fushan", "FS-43.days", alternative=1, number=accepted)
        made = await posted(officer, url, body, **PERSON_LI)
        assert made.status_code == 201, made.text


async def test_a_ratio_the_authority_sets_may_be_raised_above_its_bracket_and_not_below(door: Door) -> None:
    """HR-12, A-HR1."""
    await publish(door.sessions, "huairen")
    officer = await door.caller(on_behalf_of=True)
    facts = {"enterprise": {"annual_task": "accepted", "industrial_policy_encouraged": False}}
    body = plant("HR", "140681", "steel", facts)
    body["sites"][0]["facts"] = [{"fact": "fugitive_treatment", "value": "accepted"}]
    made = (await posted(officer, "/v1/enterprises", body)).json()
    site, url = made["sites"][0]["id"], f"/v1/enterprises/{made['id']}/determinations"
    for number in ("19", "101"):
        answer = await posted(officer, url, wanted(site, "huairen", "A-HR1", alternative=0, number=number), **PERSON_LI)
        assert (answer.status_code, answer.json()["code"]) == (422, "number_outside_bracket")
    for number in ("40", "45"):
        answer = await posted(officer, url, wanted(site, "huairen", "A-HR1", alternative=0, number=number), **PERSON_LI)
        assert answer.status_code == 201, answer.text
