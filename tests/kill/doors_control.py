"""Stories of control: warnings and orders, inspections, violations, and the days that were served."""

from app.jobs.registry import HANDLERS
from app.jobs.runner import Worker
from tests.api.cases import PROOF
from tests.api.plants import PERSON_ZHANG
from tests.api.warned import GAOPING, grinding
from tests.kill.doors_register import Requests, code, foundry
from tests.kill.stories import Scene, story


@story(
    "POST /v1/warnings",
    "POST /v1/orders/{order_id}/receipt",
    "POST /v1/orders/{order_id}/acknowledgement",
    "POST /v1/warnings/{warning_id}/changes",
    "POST /v1/warnings/{warning_id}/lift",
)
async def warnings(here: Scene) -> Requests:
    await here.has(grinding(code()), decided_by="gaoping")
    said = {"basis": "通知", "from_at": here.killing.clock().isoformat()}
    issued = yield here.asks("/v1/warnings", said | {"colour": "yellow", "region": GAOPING})
    serving = {"serve_orders": HANDLERS["serve_orders"]}
    await Worker(sessions=here.killing.sessions, clock=here.killing.clock, handlers=serving).drain()
    (order,) = (await here.own.get(f"{here.base}/orders")).json()["items"]
    yield here.asks(f"/v1/orders/{order['id']}/receipt", by=here.own)
    yield here.asks(f"/v1/orders/{order['id']}/acknowledgement", by=here.own)
    url, seen = f"/v1/warnings/{issued.json()['id']}", issued.headers["ETag"]
    later = {"basis": "通知", "from_at": "2019-12-23T18:00:00+08:00"}
    changed = yield here.asks(f"{url}/changes", later | {"colour": "orange"}, seen=seen)
    later = {"basis": "通知", "from_at": "2019-12-24T18:00:00+08:00"}
    yield here.asks(f"{url}/lift", later, seen=changed.headers["ETag"])


@story(
    "POST /v1/enterprises/{enterprise_id}/inspections",
    "POST /v1/enterprises/{enterprise_id}/inspections (corrects another)",
)
async def inspections(here: Scene) -> Requests:
    await here.has(foundry())
    finding = {"subject_id": here.line, "kind": "other", "at": "2019-12-21T02:30:00+08:00", "text": "夜间生产"}
    visit = {
        "subject_id": here.line, "from_at": "2019-12-21T02:00:00+08:00", "until_at": "2019-12-21T03:00:00+08:00",
        "inspectors": ["李四", "王五"], "findings": [finding], "evidence": PROOF,
    }  # fmt: skip
    first = yield here.asks(f"{here.base}/inspections", visit)
    mended = {"findings": [finding | {"text": "未生产"}], "corrects": first.json()["id"], "reason": "看错"}
    yield here.asks(f"{here.base}/inspections", visit | mended)


@story(
    "POST /v1/enterprises/{enterprise_id}/violations",
    "POST /v1/violations/{violation_id}/hearing",
    "POST /v1/violations/{violation_id}/reply",
    "POST /v1/violations/{violation_id}/confirmation",
    "POST /v1/violations/{violation_id}/rectification",
    "POST /v1/violations/{violation_id}/overturning",
    "POST /v1/violations/{violation_id}/dismissal",
)
async def violations(here: Scene) -> Requests:
    await here.has(foundry(), decided_by="fushan")
    report = {
        "subject_id": here.line, "pack": "fushan", "season": 2019, "occurred_from": "2019-12-01",
        "occurred_to": "2019-12-09", "claims": [{"fact": "violation_kind", "value": "data_fraud"}], "what": "夜间生产",
    }  # fmt: skip
    url = f"{here.base}/violations"
    one = f"/v1/violations/{(yield here.asks(url, report)).json()['violation']['id']}"

    async def seen() -> str:
        return str((await here.officer.get(one)).headers["ETag"])

    notice = {"reply_until": "2019-12-25T10:00:00+08:00", "notice": "告知书1号"}
    yield here.asks(f"{one}/hearing", notice, seen=await seen())
    yield here.asks(f"{one}/reply", {"text": "没有此事"}, seen=await seen(), by=here.own)
    decision = {"from_day": "2019-12-22", "basis": "决定书1号"}
    yield here.asks(f"{one}/confirmation", decision, seen=await seen(), as_=PERSON_ZHANG)
    done = {"note": "现场验收", "evidence": PROOF}
    yield here.asks(f"{one}/rectification", done, seen=await seen(), as_=PERSON_ZHANG)
    yield here.asks(f"{one}/overturning", {"reason": "复核"}, seen=await seen(), as_=PERSON_ZHANG)
    one = f"/v1/violations/{(await here.posts(url, report))['violation']['id']}"
    yield here.asks(f"{one}/dismissal", {"reason": "证据不足"}, seen=await seen(), as_=PERSON_ZHANG)


@story(
    "POST /v1/enterprises/{enterprise_id}/settlements",
    "POST /v1/enterprises/{enterprise_id}/ledger-entries",
    "POST /v1/ledger-entries/{entry_id}/reversal",
)
async def ledger(here: Scene) -> Requests:
    now = here.officer
    # From then on too few days are left in the year for what it owes.
    with here.earlier(days=12):
        here.officer = await here.killing.door.caller(on_behalf_of=True)
        await here.has(foundry(), decided_by="fushan")
    here.officer = now
    book = {"pack": "fushan", "season": 2019}
    yield here.asks(f"{here.base}/settlements", book)
    served = {
        "subject_id": here.line, "kind": "served", "from_day": "2019-12-01", "until_day": "2019-12-05",
        "source": {"kind": "document", "reference": "检查 12 号"},
    }  # fmt: skip
    posted = yield here.asks(f"{here.base}/ledger-entries", book | served)
    entry = posted.json()["entries"][0]["id"]
    yield here.asks(f"/v1/ledger-entries/{entry}/reversal", {"reason": "登记有误"})
