"""Yongning's response notice: a load below the one before 22 October, fixed line by line (YN-08, YN-09, A-YN10)."""

from typing import Any
from uuid import uuid4

import pytest
from httpx import AsyncClient, Response

from tests.api.door import Door
from tests.api.officer import Json
from tests.api.packs import publish
from tests.api.plants import PERSON_LI, PERSON_ZHANG, given, plant, posted, registered
from tests.api.test_determinations import wanted as determination

BEFORE = {"load_before_1022_pct": "80"}
NOTICE: Json = {
    "pack": "yongning",
    "season": 2019,
    "workflow": "wf-load-notice",
    "valid_from": "2019-12-10",
    "valid_to": "2019-12-20",
    "basis": "响应通知1号",
}


@pytest.fixture
async def officer(door: Door) -> AsyncClient:
    await publish(door.sessions, "yongning")
    return await door.caller(on_behalf_of=True)


async def asks(officer: AsyncClient, facts: Json, load: Json, *, second: Json | None = None) -> Response:
    """The bureau asks for a notice: for the line, or where there is a second one for the site of both."""
    body = plant(f"YN-{uuid4()}", "640121", "thermal_power", facts)
    if second is not None:
        body["sites"][0]["lines"].append(
            {"code": "L2", "name": "二号线", "industry": "thermal_power", "facts": given(second)}
        )
    enterprise, line = await registered(officer, body)
    made = (await officer.get(f"/v1/enterprises/{enterprise}")).json()
    subject = line if second is None else made["sites"][0]["id"]
    url = f"/v1/enterprises/{enterprise}/dispatch-applications"
    return await posted(officer, url, NOTICE | {"subject_id": subject, "load": load}, **PERSON_ZHANG)


async def grants(officer: AsyncClient, act: Json, **load: Any) -> Response:
    url = f"/v1/dispatch-applications/{act['id']}/steps"
    for seen in (1, 2):
        assert (await posted(officer, url, {"does": "decides"}, seen=f'"{seen}"', **PERSON_LI)).status_code == 201
    return await posted(officer, url, {"does": "decides", **load}, seen='"3"', **PERSON_LI)


def percent(amount: str) -> Json:
    return {"amount": amount, "unit": "%"}


async def test_a_percentage_lies_below_the_load_before_22_october(officer: AsyncClient) -> None:
    refused = await asks(officer, BEFORE, percent("80"))
    assert (refused.status_code, refused.json()["code"]) == (422, "load_not_below")
    assert "80%" in refused.json()["errors"][0]["detail"]


async def test_the_number_of_the_last_hand_is_held_against_it_too(officer: AsyncClient) -> None:
    made = await asks(officer, BEFORE, percent("79.9"))
    assert made.status_code == 201, made.text
    refused = await grants(officer, made.json(), load=percent("85"))
    assert (refused.status_code, refused.json()["code"]) == (422, "load_not_below")
    url = f"/v1/dispatch-applications/{made.json()['id']}/steps"
    granted = await posted(officer, url, {"does": "decides"}, seen='"3"', **PERSON_LI)
    assert granted.status_code == 201, granted.text
    assert granted.json()["act"]["load"]["amount"] == "79.9"


async def test_full_load_is_below_none_and_an_unknown_load_is_asked_for_first(officer: AsyncClient) -> None:
    made = await asks(officer, {}, percent("60"))
    assert made.status_code == 201, made.text
    missing = await grants(officer, made.json())
    assert (missing.status_code, missing.json()["code"]) == (409, "base_load_unknown")
    assert "load_before_1022_pct" in missing.text
    full = await asks(officer, {}, percent("100"))
    assert (full.status_code, full.json()["code"]) == (422, "load_not_below")


async def test_an_amount_is_not_shared_by_lines_and_a_percentage_is_held_against_each(officer: AsyncClient) -> None:
    shared = await asks(officer, BEFORE, {"amount": "30", "unit": "MW"}, second=BEFORE)
    assert (shared.status_code, shared.json()["code"]) == (422, "load_of_several_lines")
    other = await asks(officer, BEFORE, percent("70"), second={"load_before_1022_pct": "65"})
    assert [one["detail"] for one in other.json()["errors"]] == ["YN-08：L2 的负荷须低于 65%。"]
    each = await asks(officer, BEFORE, percent("60"), second={"load_before_1022_pct": "65"})
    assert each.status_code == 201, each.text


async def test_the_whole_load_before_is_no_answer_to_the_warning(officer: AsyncClient) -> None:
    """YN-07: the load has to fall."""
    await asks(officer, BEFORE, percent("60"))
    (enterprise,) = (await officer.get("/v1/enterprises")).json()["items"]
    whole = (await officer.get(f"/v1/enterprises/{enterprise['id']}")).json()
    line = whole["sites"][0]["lines"][0]["id"]
    url = f"/v1/enterprises/{enterprise['id']}/determinations"
    body = determination(line, "yongning", "YN-07", alternative=1, number="100")
    refused = await posted(officer, url, body, **PERSON_LI)
    assert (refused.status_code, refused.json()["code"]) == (422, "number_outside_bracket")
    assert "< 100" in refused.json()["detail"]
    made = await posted(officer, url, body | {"number": "99"}, **PERSON_LI)
    assert made.status_code == 201, made.text
