"""Inspections over HTTP: recorded by a person, corrected by another record, readable as it was known."""

from typing import Any

import pytest

from tests.api.cases import PROOF, Town, town, works
from tests.api.door import Door
from tests.api.officer import PERSON, key
from tests.api.test_nothing_is_stored import rows
from tests.conftest import Clock

AT = "2019-12-09T02:30:00+08:00"


@pytest.fixture
async def kiln(door: Door, clock: Clock) -> Town:
    body = works("lime")
    line = body["sites"][0]["lines"][0]
    line["units"] = [
        {"code": "U", "name": "窑", "kind": "lime_kiln"},
        {"code": "F", "name": "布袋", "kind": "treatment"},
    ]
    body["meters"] = [{"code": "M1", "kind": "production", "level": "line", "subject": "L"}]
    return await town(door, clock, "fushan", body)


def visit(here: Town, *findings: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {
        "subject_id": here.line,
        "from_at": "2019-12-09T02:00:00+08:00",
        "until_at": "2019-12-09T03:00:00+08:00",
        "inspectors": ["李四", "王五"],
        "findings": [{"at": AT, **one} for one in findings],
        "evidence": PROOF,
        **more,
    }


def units(here: Town) -> list[str]:
    return [one["id"] for one in here.enterprise["sites"][0]["lines"][0]["units"]]


async def test_a_visit_is_recorded_corrected_and_read_as_it_was_known(kiln: Town) -> None:
    unit, filters = units(kiln)
    url = f"/v1/enterprises/{kiln.id}/inspections"
    seen: list[dict[str, Any]] = [
        {"subject_id": unit, "kind": "unit_running"},
        {"subject_id": filters, "kind": "unit_running"},
        {"subject_id": unit, "kind": "furnace_warm", "text": "约 300 度"},
        {"subject_id": kiln.line, "kind": "units_running", "count": 0, "total": 2},
        {"subject_id": kiln.line, "kind": "meter_reading", "value": "1234.50", "unit": "kWh", "meter": "M1"},
    ]
    made = await kiln.authority.post(url, json=visit(kiln, *seen), headers=key() | PERSON)
    assert made.status_code == 201, made.text
    first = made.json()
    assert [one["runs"] for one in first["findings"]] == [True, False, False, False, False]
    assert (first["findings"][4]["value"], first["recorded"]["person"]) == ("1234.5", "李四")
    then = kiln.clock()
    kiln.clock.advance(minutes=5)
    mended = visit(kiln, {"subject_id": unit, "kind": "unit_stopped"}, corrects=first["id"], reason="看错窑号")
    second = (await kiln.authority.post(url, json=mended, headers=key() | PERSON)).json()
    now = (await kiln.firm.get(url)).json()["items"]
    assert [(one["id"], one["corrected_by"]) for one in now] == [(second["id"], None), (first["id"], second["id"])]
    past = (await kiln.firm.get(url, params={"known_at": then.isoformat()})).json()["items"]
    assert [(one["id"], one["corrected_by"]) for one in past] == [(first["id"], None)]
    before = await rows(kiln.door.sessions)
    again = await kiln.authority.post(url, json=mended, headers=key() | PERSON)
    assert (again.status_code, again.json()["code"]) == (409, "inspection_corrected")
    assert await rows(kiln.door.sessions) == before
    page = (await kiln.authority.get("/v1/inspections?region=141000&from=2019-12-09&to=2019-12-09&limit=1")).json()
    assert [one["id"] for one in page["items"]] == [second["id"]]
    assert page["next_cursor"]
    assert (await kiln.authority.get("/v1/inspections?from=2019-12-10")).json()["items"] == []
    assert (await kiln.authority.get("/v1/inspections?region=140500")).json()["items"] == []
    # A visit that stands is evidence of a violation; one that was corrected is none.
    for reference, status in ((first["id"], 422), (second["id"], 201)):
        report = kiln.claim(
            {"fact": "measure_not_executed", "value": "true"},
            evidence=[{"kind": "inspection", "reference": reference}],
        )
        answer = await kiln.reporter.post(f"/v1/enterprises/{kiln.id}/violations", json=report, headers=key())
        assert answer.status_code == status, answer.text
    audit = (await kiln.authority.get("/v1/audit?limit=100")).json()["items"]
    assert {one["type"] for one in audit} >= {"inspection.recorded", "inspection.corrected"}


async def test_what_does_not_fit_is_refused_and_stores_nothing(kiln: Town) -> None:
    unit, _ = units(kiln)
    running = {"subject_id": unit, "kind": "unit_running"}
    wrong: dict[str, dict[str, Any]] = {
        "outside_visit": visit(kiln, {**running, "at": "2019-12-09T04:00:00+08:00"}),
        "empty_visit": visit(kiln, running, until_at="2019-12-09T01:00:00+08:00"),
        "not_over": visit(kiln, running, until_at="2019-12-11T01:00:00+08:00"),
        "subject_elsewhere": visit(kiln, {**running, "subject_id": kiln.id}),
        "more_than_all": visit(kiln, {"subject_id": kiln.line, "kind": "units_running", "count": 3, "total": 2}),
        "missing": visit(kiln, {"subject_id": kiln.line, "kind": "other"}),
        "not_asked": visit(kiln, {**running, "count": 1}),
        "meter_unknown": visit(kiln, {"subject_id": unit, "kind": "meter_reading", "value": "1", "unit": "kWh", "meter": "M9"}),
        "sha256": visit(kiln, running, evidence=[{"kind": "photo", "reference": "1.jpg"}]),
        "value_error": visit(kiln, running, corrects=kiln.id),
        "subject_unknown": visit(kiln, running, subject_id="01a22809-5b5e-7f00-8000-000000000001"),
        "inspection_unknown": visit(kiln, running, corrects=kiln.id, reason="无此记录"),
    }  # fmt: skip
    url = f"/v1/enterprises/{kiln.id}/inspections"
    stranger = await kiln.door.caller(regions=("140500",), on_behalf_of=True)
    own = await kiln.door.caller(regions=(), enterprise_ids=(kiln.id,), on_behalf_of=True)
    before = await rows(kiln.door.sessions)
    for word, body in wrong.items():
        answer = await kiln.authority.post(url, json=body, headers=key() | PERSON)
        assert (answer.status_code, word in answer.text) == (
            404 if word.endswith("_unknown") and "meter" not in word else 422,
            True,
        ), answer.text
    fine = visit(kiln, running)
    for caller, headers, status, code in (
        (kiln.authority, {}, 403, "person_required"),
        (kiln.reporter, {}, 403, "missing_scope"),
        (stranger, PERSON, 404, "enterprise_unknown"),
        (own, PERSON, 403, "authority_required"),
    ):
        answer = await caller.post(url, json=fine, headers=key() | headers)
        assert (answer.status_code, answer.json()["code"]) == (status, code)
    assert (await stranger.get(url)).status_code == 404
    assert await rows(kiln.door.sessions) == before
