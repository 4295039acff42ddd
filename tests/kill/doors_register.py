"""Stories of the register: enterprises, what is said about them, what is decided of them, and how they are rated."""

from collections.abc import AsyncGenerator
from itertools import count

import httpx

from app.documents.workbook import XLSX
from tests.api.officer import Json, key
from tests.api.plants import PERSON_LI, plant
from tests.api.test_imports import a_register, xlsx
from tests.api.test_rating_imports import a_list, row
from tests.api.test_regions import SQUARE
from tests.kill.stories import Scene, story

NUMBERS = count(1)
Requests = AsyncGenerator[httpx.Request, httpx.Response]


def code() -> str:
    return f"K{next(NUMBERS)}"


def foundry(grade: str | None = "B") -> Json:
    return plant(code(), "141027", "foundry", {} if grade is None else {"performance_grade": grade})


def claims(*values: str) -> Json:
    return {"assertions": [{"fact": "annual_task", "value": value} for value in values]}


@story(
    "POST /v1/enterprises",
    "PATCH /v1/enterprises/{enterprise_id}",
    "POST /v1/enterprises/batch",
)
async def enterprises(here: Scene) -> Requests:
    made = yield here.asks("/v1/enterprises", foundry())
    url = f"/v1/enterprises/{made.json()['id']}"
    yield here.asks(url, {"name": "改名后"}, method="PATCH", seen=made.headers["ETag"])
    yield here.asks("/v1/enterprises/batch", {"items": [foundry(), foundry()]})


@story(
    "POST /v1/enterprises/{enterprise_id}/assertions",
    "POST /v1/assertions/{assertion_id}/verification",
    "POST /v1/assertions/{assertion_id}/retraction",
    "POST /v1/enterprises/{enterprise_id}/verifications",
    "POST /v1/enterprises/{enterprise_id}/decisions",
)
async def facts(here: Scene) -> Requests:
    await here.has(foundry(), decided_by="fushan")
    url = f"{here.base}/assertions"
    more = {"fact": "special_limit_met", "value": "true", "subject_id": here.line}
    made = yield here.asks(url, {"assertions": [*claims("accepted")["assertions"], more]}, by=here.own)
    one, other = (item["id"] for item in made.json()["items"])
    yield here.asks(f"/v1/assertions/{one}/verification", {})
    yield here.asks(f"/v1/assertions/{one}/retraction", {"reason": "误报"})
    yield here.asks(f"{here.base}/verifications", {"assertion_ids": [other]})
    graded = {"fact": "performance_grade", "value": "C", "subject_id": here.line}
    await here.posts(url, {"assertions": [graded]})
    yield here.asks(f"{here.base}/decisions", {"pack": "fushan", "season": 2019})


@story("POST /v1/imports")
async def imports(here: Scene) -> Requests:
    headers = {"Content-Type": XLSX, **key()}
    yield here.officer.build_request("POST", "/v1/imports", content=xlsx(a_register()), headers=headers)


@story("POST /v1/regions/{code}/built-up-areas")
async def regions(here: Scene) -> Requests:
    body = {"name": "建成区", "polygon": SQUARE, "valid_from": "2019-01-01", "document": "规划图"}
    yield here.asks("/v1/regions/141002/built-up-areas", body)


@story(
    "POST /v1/decision-runs",
    "POST /v1/operations/{operation_id}/cancel",
    "POST /v1/decision-reviews",
)
async def long_work(here: Scene) -> Requests:
    asked = {"region": "141027", "pack": "fushan", "season": 2019}
    run = yield here.asks("/v1/decision-runs", asked)
    yield here.asks(f"{run.headers['Location']}/cancel", keyed=False)
    yield here.asks("/v1/decision-reviews", asked)


@story(
    "POST /v1/enterprises/{enterprise_id}/ratings (award)",
    "POST /v1/enterprises/{enterprise_id}/ratings (downgrade)",
    "POST /v1/enterprises/{enterprise_id}/ratings (correction)",
    "POST /v1/rating-imports",
)
async def ratings(here: Scene) -> Requests:
    await here.has(foundry(None), decided_by="fushan")
    url = f"{here.base}/ratings"
    paper = {"basis": "专家评审", "awarded_by": "市生态环境局", "document": "临环发〔2019〕12号"}
    body = {"subject_id": here.line, "grade": "B", "valid_from": "2019-10-01", **paper}
    first = yield here.asks(url, body)
    lower = {"grade": "C", "valid_from": "2019-12-25", "act": "downgrade"}
    second = yield here.asks(url, body | lower | {"replaces": first.json()["rating"]["id"]})
    mended = {"grade": "C", "valid_from": "2020-01-10", "act": "correction"}
    yield here.asks(url, body | mended | {"replaces": second.json()["rating"]["id"]})
    listed = a_list(row(here.made["code"], "A", begins="2021-01-01"))
    headers = {"Content-Type": XLSX, **key(), **PERSON_LI}
    yield here.officer.build_request("POST", "/v1/rating-imports", content=listed, headers=headers)
