"""SIGKILL in the middle of each kind of write leaves nothing, and the same request sent again does all of it."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from itertools import count
from typing import Any

import httpx
import pytest

from tests.api.officer import Json, key
from tests.api.plants import PAPER, PERSON_LI, PERSON_ZHANG, decided, plant, posted, registered
from tests.api.test_nothing_is_stored import rows
from tests.kill.conftest import Killing

NUMBERS = count(1)


@dataclass(slots=True)
class Scene:
    """An officer, an enterprise that was decided, and its own credential."""

    killing: Killing
    officer: httpx.AsyncClient
    own: httpx.AsyncClient
    enterprise: str
    line: str

    def request(
        self, url: str, body: Json, *, seen: int | None = None, own: bool = False, **headers: str
    ) -> httpx.Request:
        caller = self.own if own else self.officer
        version = {} if seen is None else {"If-Match": f'"{seen}"'}
        return caller.build_request("POST", url, json=body, headers=key() | version | (headers or PERSON_LI))

    @property
    def base(self) -> str:
        return f"/v1/enterprises/{self.enterprise}"


Prepare = Callable[[Scene], Awaitable[httpx.Request]]
DOORS: dict[str, tuple[str, Prepare]] = {}


def door(name: str, pack: str = "fushan") -> Callable[[Prepare], Prepare]:
    def keep(prepare: Prepare) -> Prepare:
        DOORS[name] = (pack, prepare)
        return prepare

    return keep


PLANTS: dict[str, Json] = {
    "fushan": plant("F", "141027", "foundry", {"performance_grade": "B"}),
    "changzhi": plant(
        "C", "140404", "steel",
        {"site": {"residential_heat": True}, "special_limit_met": True, "enterprise": {"environmental_record_filed": True}},
    ),
}  # fmt: skip


async def scene(killing: Killing, pack: str) -> Scene:
    killing.clock.advance(minutes=1)
    officer = await killing.door.caller(on_behalf_of=True)
    code = f"K{next(NUMBERS)}"
    enterprise, line = await registered(officer, PLANTS[pack] | {"code": code})
    await decided(officer, enterprise, pack)
    own = await killing.door.caller(regions=(), enterprise_ids=(enterprise,), on_behalf_of=True)
    killing.clock.advance(minutes=1)
    return Scene(killing, officer, own, enterprise, line)


@door("register an enterprise")
async def _(here: Scene) -> httpx.Request:
    return here.request("/v1/enterprises", PLANTS["fushan"] | {"code": f"K{next(NUMBERS)}"})


@door("assert facts")
async def _(here: Scene) -> httpx.Request:
    claims = [{"fact": "pm_mg_m3", "value": "9"}, {"fact": "so2_mg_m3", "value": "20"}]
    return here.request(f"{here.base}/assertions", {"assertions": claims})


@door("verify a fact")
async def _(here: Scene) -> httpx.Request:
    url = f"{here.base}/assertions"
    made = await posted(here.own, url, {"assertions": [{"fact": "annual_task", "value": "accepted"}]})
    return here.request(f"/v1/assertions/{made.json()['items'][0]['id']}/verification", {})


@door("retract a fact")
async def _(here: Scene) -> httpx.Request:
    url = f"{here.base}/assertions"
    made = await posted(here.own, url, {"assertions": [{"fact": "annual_task", "value": "accepted"}]})
    return here.request(f"/v1/assertions/{made.json()['items'][0]['id']}/retraction", {"reason": "误报"})


@door("decide an enterprise")
async def _(here: Scene) -> httpx.Request:
    fact = {"fact": "performance_grade", "value": "C", "subject_id": here.line}
    await posted(here.officer, f"{here.base}/assertions", {"assertions": [fact]})
    here.killing.clock.advance(minutes=1)
    return here.request(f"{here.base}/decisions", {"pack": "fushan", "season": 2019})


def determination(here: Scene) -> Json:
    return {
        "subject_id": here.line, "pack": "fushan", "season": 2019, "rule": "FS-43.days", "alternative": 1, "number": "60",
        "valid_from": "2019-12-10", "basis": "纪要",
    }  # fmt: skip


@door("make a determination")
async def _(here: Scene) -> httpx.Request:
    return here.request(f"{here.base}/determinations", determination(here))


@door("revoke a determination")
async def _(here: Scene) -> httpx.Request:
    made = await posted(here.officer, f"{here.base}/determinations", determination(here), **PERSON_LI)
    here.killing.clock.advance(minutes=1)
    return here.request(f"/v1/determinations/{made.json()['id']}/revocation", {"basis": "复议"})


def application(here: Scene) -> Json:
    return {
        "subject_id": here.line, "pack": "changzhi", "season": 2019, "workflow": "wf-special-load",
        "load": {"amount": "300", "unit": "t/d"}, "valid_from": "2019-12-01", "basis": "供热任务书",
    }  # fmt: skip


async def applied(here: Scene, *verbs: str) -> Json:
    made = await posted(here.own, f"{here.base}/dispatch-applications", application(here), **PERSON_ZHANG)
    assert made.status_code == 201, made.text
    act: Json = made.json()
    for verb in verbs:
        url = f"/v1/dispatch-applications/{act['id']}/steps"
        act = (await posted(here.officer, url, {"does": verb}, seen=f'"{act["version"]}"', **PERSON_LI)).json()["act"]
    here.killing.clock.advance(minutes=1)
    return act


@door("apply for a dispatch", "changzhi")
async def _(here: Scene) -> httpx.Request:
    return here.request(f"{here.base}/dispatch-applications", application(here), own=True)


@door("forward a dispatch application", "changzhi")
async def _(here: Scene) -> httpx.Request:
    act = await applied(here)
    return here.request(f"/v1/dispatch-applications/{act['id']}/steps", {"does": "reviews"}, seen=1)


@door("grant a dispatch application", "changzhi")
async def _(here: Scene) -> httpx.Request:
    act = await applied(here, "reviews")
    return here.request(f"/v1/dispatch-applications/{act['id']}/steps", {"does": "approves"}, seen=2)


@door("refuse a dispatch application", "changzhi")
async def _(here: Scene) -> httpx.Request:
    act = await applied(here)
    return here.request(f"/v1/dispatch-applications/{act['id']}/refusal", {"reason": "负荷过高"}, seen=1)


@door("withdraw a dispatch application", "changzhi")
async def _(here: Scene) -> httpx.Request:
    act = await applied(here)
    url = f"/v1/dispatch-applications/{act['id']}/withdrawal"
    return here.request(url, {"reason": "不需要了"}, seen=1, own=True, **PERSON_ZHANG)


@door("revoke a dispatch", "changzhi")
async def _(here: Scene) -> httpx.Request:
    act = await applied(here, "reviews", "approves")
    here.killing.clock.advance(minutes=1)
    return here.request(f"/v1/dispatch-applications/{act['id']}/revocation", {"reason": "任务结束"}, seen=3)


def credit(here: Scene) -> Json:
    return {
        "subject_id": here.line, "pack": "fushan", "season": 2019, "control": "有序用电", "valid_from": "2019-12-01",
        "valid_to": "2019-12-03", "basis": "通知", "evidence": PAPER,
    }  # fmt: skip


@door("ask for a credit")
async def _(here: Scene) -> httpx.Request:
    return here.request(f"{here.base}/credits", credit(here), own=True)


@door("grant a credit")
async def _(here: Scene) -> httpx.Request:
    made = await posted(here.own, f"{here.base}/credits", credit(here))
    here.killing.clock.advance(minutes=1)
    return here.request(f"/v1/credits/{made.json()['id']}/steps", {"does": "decides"}, seen=1)


@door("declare an exception")
async def _(here: Scene) -> httpx.Request:
    body: dict[str, Any] = {
        "subject_id": here.line, "what": "maintenance", "valid_from": "2019-12-12", "valid_to": "2019-12-15",
        "basis": "检修计划", "evidence": PAPER,
    }  # fmt: skip
    return here.request(f"{here.base}/declared-exceptions", body, own=True)


@door("confirm a reading")
async def _(here: Scene) -> httpx.Request:
    body = {"season": 2019, "verdict": "confirmed", "basis": "县环委办答复"}
    return here.request("/v1/policy-packs/fushan/readings/A-FS2/confirmations", body)


@pytest.mark.parametrize("name", DOORS)
async def test_a_killed_server_leaves_nothing_and_the_same_request_again_does_all(name: str, killing: Killing) -> None:
    pack, prepare = DOORS[name]
    here = await scene(killing, pack)
    request = await prepare(here)
    before = await rows(killing.sessions)
    await killing.cut_off(request)
    assert await rows(killing.sessions) == before
    async with killing.door.anyone() as client:
        again = await client.request(request.method, str(request.url), content=request.content, headers=request.headers)
    assert again.status_code in {200, 201, 202}, again.text
    after = await rows(killing.sessions)
    assert sum(after.values()) > sum(before.values())
