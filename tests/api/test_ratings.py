"""Ratings at the door: a grade is awarded, lowered and corrected, and everybody sees at once what that changes."""

import asyncio
from collections.abc import Callable
from typing import Any
from uuid import uuid4

import httpx
import pytest

from tests.api.door import Door
from tests.api.officer import PERSON, key
from tests.api.packs import LINFEN, publish
from tests.api.test_nothing_is_stored import rows
from tests.conftest import Clock

Json = dict[str, Any]
ELSEWHERE = str(uuid4())


def works(code: str = "F1", industry: str = "foundry", **line: Any) -> Json:
    lines = [{"code": "L1", "name": "一线", "industry": industry, **line}]
    site = {"code": "S", "name": "厂区", "region": "141027", "lines": lines}
    return {"code": code, "name": "浮山铸造厂", "region": "141027", "sites": [site]}


class Office:
    """An officer of Fushan who acts for a named person, and one enterprise to act on."""

    def __init__(self, caller: httpx.AsyncClient, clock: Clock) -> None:
        self.caller, self.clock = caller, clock
        self.enterprise = self.line = ""

    async def registers(self, body: Json) -> Json:
        made = await self.caller.post("/v1/enterprises", json=body, headers=key())
        assert made.status_code == 201, made.text
        found: Json = made.json()
        self.enterprise, self.line = found["id"], found["sites"][0]["lines"][0]["id"]
        return found

    async def decides(self, pack: str = "fushan") -> Json:
        url = f"/v1/enterprises/{self.enterprise}/decisions"
        made = await self.caller.post(url, json={"pack": pack, "season": 2019}, headers=key())
        assert made.status_code == 201, made.text
        found: Json = made.json()
        return found

    def grade(self, grade: str = "B", begins: str = "2019-10-01", **more: Any) -> Json:
        paper = {"basis": "专家评审", "awarded_by": "临汾市生态环境局", "document": "临环发〔2019〕12号"}
        return {"subject_id": self.line, "grade": grade, "valid_from": begins, **paper, **more}

    async def asks(self, body: Json, headers: Json | None = None) -> httpx.Response:
        url = f"/v1/enterprises/{self.enterprise}/ratings"
        return await self.caller.post(url, json=body, headers=key() | (PERSON if headers is None else headers))

    async def rates(self, grade: str = "B", begins: str = "2019-10-01", **more: Any) -> Json:
        self.clock.advance(minutes=1)
        made = await self.asks(self.grade(grade, begins, **more))
        assert made.status_code == 201, made.text
        found: Json = made.json()
        return found

    async def history(self, **query: str) -> Json:
        answer = await self.caller.get(f"/v1/enterprises/{self.enterprise}/ratings", params=query)
        assert answer.status_code == 200, answer.text
        found: Json = answer.json()
        return found


@pytest.fixture
async def office(door: Door, clock: Clock) -> Office:
    await publish(door.sessions, "fushan", LINFEN)
    return Office(await door.caller(regions=("141027",), on_behalf_of=True), clock)


def told(change: Json) -> tuple[list[str], list[str], str, str]:
    return change["before"]["rules"], change["after"]["rules"], change["from_day"], change["last_day"]


def seen(history: Json) -> list[tuple[str, str, str, bool, list[tuple[str, str | None]]]]:
    return [
        (one["grade"], one["act"], one["state"], one["standing"],
         [(held["valid_from"], held["valid_to"]) for held in one["held"]])
        for one in history["items"]
    ]  # fmt: skip


async def test_a_foundry_awarded_b_is_decided_by_its_row_and_told_so(office: Office) -> None:
    await office.registers(works())
    before = await office.decides()
    assert before["items"][0]["status"] == "insufficient_facts"
    evidence = [{"kind": "document", "reference": "公告附件1"}]
    made = await office.rates("B级", evidence=evidence)
    (change,) = made["changes"]
    assert (change["pack"], change["season"], change["subject_code"]) == ("fushan", 2019, "L1")
    assert (change["before"]["status"], change["after"]["status"]) == ("insufficient_facts", "decided")
    assert change["after"]["rules"] == ["FS-15"]
    assert "30" in change["after"]["summary"]
    rating = made["rating"]
    assert (rating["grade"], rating["fact"], rating["level"], rating["state"]) == (
        "B",
        "performance_grade",
        "line",
        "standing",
    )
    assert (rating["recorded"]["person"], rating["evidence"][0]["reference"]) == ("李四", "公告附件1")
    again = await office.caller.get(f"/v1/ratings/{rating['id']}")
    assert again.json() == rating
    held = (await office.caller.get(f"/v1/enterprises/{office.enterprise}/assertions")).json()["items"]
    assert [(one["id"], one["value"], one["document"]) for one in held] == [
        (rating["assertion_ids"][0], "B", "临环发〔2019〕12号")
    ]


async def test_a_grade_is_lowered_then_mended_and_the_history_keeps_it_all(office: Office, clock: Clock) -> None:
    await office.registers(works())
    await office.decides()
    first = (await office.rates(valid_to="2020-10-01"))["rating"]
    then = clock().isoformat()
    down = await office.rates("C", "2019-12-20", act="downgrade", replaces=first["id"])
    assert down["rating"]["valid_to"] == "2020-10-01"
    assert [told(one) for one in down["changes"]] == [(["FS-15"], ["FS-16"], "2019-12-20", "2020-06-30")]
    between = clock().isoformat()
    # The day was wrong, and the old fact never held.
    mended = await office.rates("C", "2020-01-10", act="correction", replaces=down["rating"]["id"])
    assert [told(one) for one in mended["changes"]] == [(["FS-16"], ["FS-15"], "2019-12-20", "2020-01-09")]
    assert seen(await office.history()) == [
        ("C", "correction", "standing", False, [("2020-01-10", "2020-10-01")]),
        ("C", "downgrade", "replaced", False, []),
        ("B", "award", "standing", True, [("2019-10-01", "2020-01-10")]),
    ]
    assert seen(await office.history(known_at=then)) == [
        ("B", "award", "standing", True, [("2019-10-01", "2020-10-01")])
    ]
    assert seen(await office.history(known_at=between)) == [
        ("C", "downgrade", "standing", False, [("2019-12-20", "2020-10-01")]),
        ("B", "award", "standing", True, [("2019-10-01", "2019-12-20")]),
    ]
    replaced = (await office.caller.get(f"/v1/ratings/{down['rating']['id']}")).json()
    assert replaced["replaced_by"] == mended["rating"]["id"]
    facts = (await office.caller.get(f"/v1/enterprises/{office.enterprise}/assertions")).json()["items"]
    assert [(one["value"], one["valid_from"], one["retraction"] is not None) for one in facts] == [
        ("B", "2019-10-01", False),
        ("C", "2019-12-20", True),
        ("C", "2020-01-10", False),
    ]


async def test_every_act_is_an_event_of_its_own(office: Office, door: Door) -> None:
    await office.registers(works())
    first = (await office.rates())["rating"]
    second = (await office.rates("D", "2019-12-20", act="downgrade", replaces=first["id"]))["rating"]
    await office.rates("C", "2019-12-20", act="correction", replaces=second["id"])
    audit = (await (await door.caller()).get("/v1/audit", params={"limit": 500})).json()["items"]
    assert sorted(one["type"] for one in audit if one["type"].startswith("rating.")) == [
        "rating.awarded",
        "rating.corrected",
        "rating.downgraded",
    ]


async def test_the_class_of_a_plan_stands_beside_the_grade(office: Office, door: Door) -> None:
    """L12-05: the grade changes nothing of the class, and both are shown."""
    facts = {
        "electricity_control_system": "accepted",
        "residential_heat": "false",
        "benchmark_35": "not_done",
        "full_reduction_35": "accepted",
        "organised_reduction_35": "accepted",
        "gas_flaring_treatment": "accepted",
    }
    body = works("STEEL", "steel", units=[{"code": "BF", "name": "高炉", "kind": "blast_furnace"}])
    body["sites"][0]["facts"] = [{"fact": name, "value": value} for name, value in facts.items()]
    await office.registers(body)
    verifier = await door.caller()
    url = f"/v1/enterprises/{office.enterprise}"
    ids = [one["id"] for one in (await verifier.get(f"{url}/assertions")).json()["items"]]
    await verifier.post(f"{url}/verifications", json={"assertion_ids": ids}, headers=key())
    await office.decides(LINFEN)
    made = await office.rates("A")
    assert made["changes"] == []
    history = await office.history()
    assert [one["grade"] for one in history["items"]] == ["A"]
    (beside,) = history["plan_classes"]
    assert (beside["pack"], beside["season"], beside["subject_id"]) == (LINFEN, 2019, office.line)
    assert (beside["stagger_class"], beside["rules"]) == ("II", ["L12-14"])


async def test_a_casting_process_has_a_grade_of_its_own(office: Office) -> None:
    """A-FS21: the casting of a pig iron maker is graded as a foundry."""
    processes = [{"code": "P1", "name": "铸造", "kind": "casting"}]
    made = await office.registers(works("IRON", "foundry_pig_iron", processes=processes))
    process = made["sites"][0]["lines"][0]["processes"][0]["id"]
    await office.decides()
    answer = await office.rates("B-", fact="铸造工序绩效等级", subject_id=process)
    assert (answer["rating"]["grade"], answer["rating"]["fact"]) == ("B_minus", "casting_grade")
    assert [one["after"]["rules"] for one in answer["changes"]] == [["A-FS5.casting"]]
    there = await office.asks(office.grade("B", fact="casting_grade"))
    assert (there.status_code, there.json()["code"]) == (422, "rating_subject_mismatch")


Wrong = Callable[[Office, Json], Json]
REFUSED: dict[str, tuple[Wrong, int, str]] = {
    "a grade of another ladder": (lambda o, _: o.grade("引领性"), 422, "grade_not_on_ladder"),
    "no grade at all": (lambda o, _: o.grade("unrated"), 422, "grade_not_on_ladder"),
    "a fact that is no grade": (lambda o, _: o.grade(fact="fuel"), 422, "fact_is_no_grade"),
    "a fact nobody knows": (lambda o, _: o.grade(fact="grad"), 422, "fact_unknown"),
    "days that another rating has": (lambda o, _: o.grade("C", "2020-01-01"), 409, "rating_overlaps"),
    "a subject of nobody": (lambda o, _: o.grade(subject_id=ELSEWHERE), 404, "subject_unknown"),
    "the enterprise as a whole": (lambda o, _: o.grade(subject_id=o.enterprise), 422, "rating_subject_mismatch"),
    "a period without days": (lambda o, _: o.grade(valid_to="2019-10-01"), 422, "rating_period_empty"),
    "a correction of nothing": (lambda o, _: o.grade("A", act="correction"), 422, "replaces_mismatch"),
    "a correction of an unknown rating": (
        lambda o, _: o.grade("A", act="correction", replaces=ELSEWHERE), 404, "rating_unknown",
    ),
    "a correction of what was corrected": (
        lambda o, known: o.grade("A", act="correction", replaces=known["old"]), 409, "rating_replaced",
    ),
    "a downgrade that is none": (
        lambda o, known: o.grade("A", "2019-12-20", act="downgrade", replaces=known["now"]), 422, "downgrade_not_worse",
    ),
    "a downgrade of yesterday": (
        lambda o, known: o.grade("D", "2019-12-09", act="downgrade", replaces=known["now"]), 422, "downgrade_backdated",
    ),
    "a photo without its hash": (
        lambda o, _: o.grade(evidence=[{"kind": "photo", "reference": "1.jpg"}]), 422, "evidence_invalid",
    ),
    "no document": (lambda o, _: o.grade(document=""), 422, "validation_failed"),
    "an act nobody knows": (lambda o, _: o.grade(act="promotion"), 422, "validation_failed"),
}  # fmt: skip


async def test_whatever_is_refused_stores_nothing(office: Office, door: Door) -> None:
    await office.registers(works())
    old = (await office.rates())["rating"]
    now = (await office.rates("C", act="correction", replaces=old["id"]))["rating"]
    before = await rows(door.sessions)
    for what, (wrong, status, code) in REFUSED.items():
        answer = await office.asks(wrong(office, {"old": old["id"], "now": now["id"]}))
        assert (answer.status_code, answer.json()["code"]) == (status, code), (what, answer.text)
    assert await rows(door.sessions) == before


async def test_only_a_person_of_the_authority_awards_and_strangers_see_nothing(office: Office, door: Door) -> None:
    await office.registers(works())
    rating = (await office.rates())["rating"]
    url, one = f"/v1/enterprises/{office.enterprise}/ratings", f"/v1/ratings/{rating['id']}"
    body = office.grade(begins="2021-01-01")
    own = await door.caller(regions=(), enterprise_ids=(office.enterprise,), region="141027", on_behalf_of=True)
    stranger = await door.caller(regions=("140500",), on_behalf_of=True)
    blind = await door.caller("enterprises:read", regions=("141027",), on_behalf_of=True)
    before = await rows(door.sessions)
    nobody = await office.asks(body, headers={})
    assert (nobody.status_code, nobody.json()["code"]) == (403, "person_required")
    for caller, status, code in (
        (own, 403, "authority_required"),
        (stranger, 404, "enterprise_unknown"),
        (blind, 403, "missing_scope"),
    ):
        answer = await caller.post(url, json=body, headers=key() | PERSON)
        assert (answer.status_code, answer.json()["code"]) == (status, code)
    assert (await own.get(url)).json()["items"][0]["grade"] == "B"
    assert (await own.get(one)).status_code == 200
    assert [
        (answer.status_code, answer.json()["code"]) for answer in (await stranger.get(url), await stranger.get(one))
    ] == [
        (404, "enterprise_unknown"),
        (404, "rating_unknown"),
    ]
    assert await rows(door.sessions) == before


async def test_of_two_awards_at_once_one_stands(busy_door: Door, clock: Clock) -> None:
    office = Office(await busy_door.caller(on_behalf_of=True), clock)
    await office.registers(works())
    answers = await asyncio.gather(*(office.asks(office.grade(grade)) for grade in "AABC"))
    assert sorted(answer.status_code for answer in answers) == [201, 409, 409, 409]
    assert {answer.json()["code"] for answer in answers if answer.status_code == 409} == {"rating_overlaps"}
    history = await office.history()
    assert [one["standing"] for one in history["items"]] == [True]
    wrong = office.grade("D", act="correction", replaces=history["items"][0]["id"])
    again = await asyncio.gather(*(office.asks(wrong) for _ in range(3)))
    assert sorted(answer.status_code for answer in again) == [201, 409, 409]
    assert [one["state"] for one in (await office.history())["items"]] == ["standing", "replaced"]


async def test_the_vocabulary_names_the_ladder_of_every_industry(door: Door) -> None:
    answer = await door.anyone().get("/v1/vocabulary")
    lists = {one["name"]: {entry["code"]: entry for entry in one["entries"]} for one in answer.json()["lists"]}
    assert lists["industries"]["foundry"]["ladders"] == ["graded"]
    assert lists["industries"]["fired_brick"]["ladders"] == ["graded", "leading"]
    assert lists["grade_ladders"]["graded"]["grades"] == ["A", "B", "B_minus", "C", "D"]
    assert lists["performance_grades"]["B_minus"]["label_zh"] == "B减级"
    assert {*lists["rating_acts"], *lists["rating_states"]} == {
        "award",
        "correction",
        "downgrade",
        "standing",
        "ended",
        "replaced",
    }
