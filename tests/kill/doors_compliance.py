"""Stories of an assessment: other thresholds published, a run asked for, and a case opened from what it found."""

from app.jobs.registry import HANDLERS
from app.jobs.runner import Worker
from tests.kill.doors_register import Requests, code, foundry
from tests.kill.stories import Scene, story

DAYS = {"from_day": "2019-12-01", "until_day": "2019-12-05"}


@story("POST /v1/compliance-thresholds", "POST /v1/compliance-runs")
async def compliance(here: Scene) -> Requests:
    await here.has(foundry() | {"code": code()}, decided_by="fushan")
    changes = [{"name": "run_minutes", "value": 45}]
    said = {"version": f"ours/{code().lower()}", "changes": changes, "source": "实施细则", "confirm": "生态环境局"}
    yield here.asks("/v1/compliance-thresholds", said)
    yield here.asks("/v1/compliance-runs", DAYS | {"enterprise_id": here.id, "thresholds": said["version"]})


@story("POST /v1/compliance-findings/{finding_id}/violation")
async def accusations(here: Scene) -> Requests:
    await here.has(foundry("D"), decided_by="fushan")
    await here.posts("/v1/compliance-runs", DAYS | {"enterprise_id": here.id})
    assessing = {"assess_region": HANDLERS["assess_region"]}
    await Worker(sessions=here.killing.sessions, clock=here.killing.clock, handlers=assessing).drain()
    asked = await here.officer.get("/v1/compliance-findings", params={"enterprise_id": here.id})
    found = asked.json()["items"][0]
    body = {"pack": "fushan", "claims": [{"fact": "violation_kind", "value": "data_fraud"}]}
    yield here.asks(f"/v1/compliance-findings/{found['id']}/violation", body)
