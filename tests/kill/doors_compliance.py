"""The story of an assessment: other thresholds published, and a run asked for."""

from tests.kill.doors_register import Requests, code, foundry
from tests.kill.stories import Scene, story


@story("POST /v1/compliance-thresholds", "POST /v1/compliance-runs")
async def compliance(here: Scene) -> Requests:
    await here.has(foundry() | {"code": code()}, decided_by="fushan")
    changes = [{"name": "run_minutes", "value": 45}]
    said = {"version": f"ours/{code().lower()}", "changes": changes, "source": "实施细则", "confirm": "生态环境局"}
    yield here.asks("/v1/compliance-thresholds", said)
    asked = {"enterprise_id": here.id, "from_day": "2019-12-01", "until_day": "2019-12-05"}
    yield here.asks("/v1/compliance-runs", asked | {"thresholds": said["version"]})
