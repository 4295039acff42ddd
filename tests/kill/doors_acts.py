"""Stories of acts: determinations, dispatches, credits, declared exceptions and readings, from the request to the end."""

from collections.abc import Awaitable, Callable

import httpx

from tests.api.officer import Json
from tests.api.plants import PAPER, PERSON_ZHANG, plant
from tests.kill.doors_register import Requests, code, foundry
from tests.kill.stories import Scene, Story, story


@story(
    "POST /v1/enterprises/{enterprise_id}/determinations",
    "POST /v1/determinations/{determination_id}/revocation",
)
async def determinations(here: Scene) -> Requests:
    await here.has(foundry(), decided_by="fushan")
    body = {
        "subject_id": here.line, "pack": "fushan", "season": 2019, "rule": "FS-43.days", "alternative": 1, "number": "60",
        "valid_from": "2019-12-22", "basis": "纪要",
    }  # fmt: skip
    made = yield here.asks(f"{here.base}/determinations", body)
    yield here.asks(f"/v1/determinations/{made.json()['id']}/revocation", {"basis": "复议"})


@story("POST /v1/policy-packs/{pack}/readings/{reading}/confirmations")
async def readings(here: Scene) -> Requests:
    body = {"season": 2019, "verdict": "confirmed", "basis": "县环委办答复"}
    yield here.asks("/v1/policy-packs/fushan/readings/A-FS2/confirmations", body)


Prepare = Callable[[Scene], Awaitable[Json]]


def life(route: str, *verbs: str) -> Callable[[Prepare], Story]:
    """The life of an act: asked for, decided in steps, revoked; another one is refused, a third withdrawn."""
    url = f"/v1/{route}"

    def keep(prepare: Prepare) -> Story:
        async def told(here: Scene) -> Requests:
            body = await prepare(here)

            def asked() -> httpx.Request:
                return here.asks(f"{here.base}/{route}", body, by=here.own, as_=PERSON_ZHANG)

            act = (yield asked()).json()
            for verb in verbs:
                step = yield here.asks(f"{url}/{act['id']}/steps", {"does": verb}, seen=act["version"])
                act = step.json()["act"]
            yield here.asks(f"{url}/{act['id']}/revocation", {"reason": "任务结束"}, seen=act["version"])
            act = (await here.sends(asked())).json()
            yield here.asks(f"{url}/{act['id']}/refusal", {"reason": "依据不足"}, seen=1)
            act = (await here.sends(asked())).json()
            reason = {"reason": "不需要了"}
            yield here.asks(f"{url}/{act['id']}/withdrawal", reason, seen=1, by=here.own, as_=PERSON_ZHANG)

        one = f"POST {url}/{{act_id}}"
        steps = [f"{one}/steps ({verb})" for verb in verbs]
        asking = f"POST /v1/enterprises/{{enterprise_id}}/{route}"
        return story(asking, *steps, f"{one}/revocation", f"{one}/refusal", f"{one}/withdrawal")(told)

    return keep


@life("dispatch-applications", "reviews", "approves")
async def dispatches(here: Scene) -> Json:
    facts = {
        "site": {"residential_heat": True},
        "special_limit_met": True,
        "enterprise": {"environmental_record_filed": True},
    }
    await here.has(plant(code(), "140404", "steel", facts), decided_by="changzhi")
    return {
        "subject_id": here.line, "pack": "changzhi", "season": 2019, "workflow": "wf-special-load",
        "load": {"amount": "300", "unit": "t/d"}, "valid_from": "2019-12-01", "basis": "供热任务书",
    }  # fmt: skip


@life("credits", "decides")
async def credited(here: Scene) -> Json:
    await here.has(foundry(), decided_by="fushan")
    return {
        "subject_id": here.line, "pack": "fushan", "season": 2019, "control": "有序用电", "valid_from": "2019-12-01",
        "valid_to": "2019-12-03", "basis": "通知", "evidence": PAPER,
    }  # fmt: skip


@life("declared-exceptions", "decides")
async def exceptions(here: Scene) -> Json:
    await here.has(foundry())
    return {
        "subject_id": here.line, "what": "maintenance", "valid_from": "2019-12-24", "valid_to": "2019-12-27",
        "basis": "检修计划", "evidence": PAPER,
    }  # fmt: skip
