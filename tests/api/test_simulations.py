"""Simulations over HTTP: a draft beside the plan in force, over a register or a table; who changes, why, how many tonnes."""

import io
from base64 import b64encode
from importlib.resources import files
from typing import Any

import httpx
import pytest
from sqlalchemy import func, select, table

from app.documents.workbook import XLSX, read_csv, read_xlsx, write_xlsx
from app.jobs.registry import HANDLERS
from app.jobs.runner import Worker
from app.persistence.simulations import ChangeRow
from tests.api.door import Door
from tests.api.packs import LINFEN, publish_linfen
from tests.api.test_decisions import GOOD, key, lime, registered, verify_all

ROW = "- {if: pm_mg_m3 <= 30}\n                - {if: so2_mg_m3 <= 200}"
TEXT = (files("app.packs") / f"{LINFEN}.yaml").read_text(encoding="utf-8")
STRICTER = TEXT.replace("pm_mg_m3 <= 30", "pm_mg_m3 <= 20").replace("version: 1.1.0", "version: 1.2.0", 1)
BODY: dict[str, Any] = {
    "draft": {"pack": STRICTER},
    "against": LINFEN,
    "season": 2019,
    "day": "2019-12-10",
    "region": "141000",
}
EMITTED = {"pm_emission_t_d": "0.5", "performance_grade": "B"}
SHEETS: dict[str, list[list[object]]] = {
    "企业": [["编码", "名称", "行政区代码"], ["E1", "甲厂", "141002"]],
    "厂区": [["企业编码", "编码", "名称", "行政区代码", "用电管控系统"], ["E1", "S", "厂区", "141002", "已完成未验收"]],
    "生产线": [
        ["企业编码", "厂区编码", "编码", "名称", "行业标签", "pm_mg_m3", "so2_mg_m3", "nox_mg_m3", "fuel", "kiln_plan_21", "deep_treatment"],
        ["E1", "S", "L1", "一号窑", "石灰窑", 25, 150, 250, "天然气", "已验收", "已验收"],
        ["E1", "S", "L2", "二号窑", "石灰窑", 15, 150, 250, "天然气", "已验收", "已验收"],
        ["E1", "S", "L3", "三号窑", "石灰窑", "很多", 150, 250, "天然气", "已验收", "已验收"],
    ],
}  # fmt: skip


@pytest.fixture
async def officer(door: Door) -> httpx.AsyncClient:
    await publish_linfen(door.sessions)
    return await door.caller(regions=("141000",))


async def simulated(door: Door, caller: httpx.AsyncClient, **changes: Any) -> dict[str, Any]:
    """Ask, let the worker run, and answer the finished operation."""
    answer = await caller.post("/v1/simulations", json=BODY | changes, headers=key())
    assert answer.status_code == 202, answer.text
    await Worker(sessions=door.sessions, clock=door.clock, handlers=HANDLERS).drain()
    finished: dict[str, Any] = (await caller.get(answer.headers["location"])).json()
    return finished


async def result(caller: httpx.AsyncClient, finished: dict[str, Any]) -> str:
    assert finished["state"] == "succeeded", finished
    found = (await caller.get(finished["result_url"])).json()["result"]
    return str(found["simulation_url"])


async def rows(door: Door, name: str) -> int:
    async with door.sessions() as session:
        return await session.scalar(select(func.count()).select_from(table(name))) or 0


async def two_kilns(door: Door, officer: httpx.AsyncClient) -> None:
    for code, pm in (("DUSTY", "25"), ("CLEAN", "15")):
        body = lime(code, **GOOD | EMITTED | {"pm_mg_m3": pm, "deep_treatment": "accepted"})
        await verify_all(door, (await registered(officer, body))["id"])


async def test_a_draft_tells_who_changes_from_what_to_what_and_by_which_leaf(
    door: Door, officer: httpx.AsyncClient
) -> None:
    await two_kilns(door, officer)
    url = await result(officer, await simulated(door, officer))
    summary = (await officer.get(url)).json()
    assert (summary["subjects"], summary["changed"], summary["stricter"], summary["milder"]) == (2, 1, 1, 0)
    assert [summary["draft"]["version"], summary["against"]["version"]] == ["1.2.0", "1.1.0"]
    assert summary["draft"]["hash"] != summary["against"]["hash"]
    assert summary["transitions"] == [
        {"from_status": "decided", "from_class": "I", "to_status": "decided", "to_class": "III", "subjects": 1}
    ]
    assert summary["tonnes"][0] == {
        "pollutant": "pm", "before_t_d": "0", "after_t_d": "0.5", "lines_known": 1, "lines_unknown": 0,
    }  # fmt: skip
    assert summary["tonnes"][1]["lines_unknown"] == 1
    groups = {name: [(one["key"], one["changed"]) for one in summary[name]] for name in ("by_industry", "by_region")}
    assert groups == {"by_industry": [("lime", 1)], "by_region": [("141002", 1)]}
    assert [(one["key"], one["subjects"]) for one in summary["by_grade"]] == [("B", 2)]
    (change,) = (await officer.get(f"{url}/changes")).json()["items"]
    assert (change["enterprise_code"], change["direction"]) == ("DUSTY", "stricter")
    assert (change["before"]["rules"], change["after"]["rules"]) == (["L12-37"], ["L12-39"])
    assert "停产" in change["after"]["measures"][0]
    deciding = next(one for one in change["causes"] if one["side"] == "after" and one["rule"] == "L12-37")
    assert (deciding["fact"], deciding["seen"], deciding["text"], deciding["truth"]) == (
        "pm_mg_m3", "25 mg/m3", "颗粒物 ≤ 20 mg/m3", "false",
    )  # fmt: skip
    assert deciding["citations"][0]["provision"] == "L12-37"
    assert summary["leaves"][0]["subjects"] == 1


async def test_a_simulation_is_told_in_english_too(door: Door, officer: httpx.AsyncClient) -> None:
    await two_kilns(door, officer)
    url = await result(officer, await simulated(door, officer))
    english = {"Accept-Language": "en"}
    (change,) = (await officer.get(f"{url}/changes", headers=english)).json()["items"]
    assert "stop production" in change["after"]["measures"][0]
    assert "≤ 20" in (await officer.get(url, headers=english)).json()["leaves"][0]["text"]


async def test_against_no_plan_every_line_of_the_plan_changes(door: Door, officer: httpx.AsyncClient) -> None:
    await two_kilns(door, officer)
    url = await result(officer, await simulated(door, officer, against=None))
    items = (await officer.get(f"{url}/changes", params={"direction": "stricter"})).json()["items"]
    assert [(one["before"]["status"], one["after"]["stagger_class"]) for one in items] == [("unregulated", "III")]
    everything = (await officer.get(url)).json()
    assert (everything["against"], everything["changed"]) == (None, 2)


async def test_a_published_version_may_stand_for_the_draft(door: Door, officer: httpx.AsyncClient) -> None:
    await two_kilns(door, officer)
    same = await simulated(door, officer, draft={"name": LINFEN, "version": "1.1.0"}, against=f"{LINFEN}@1.1.0")
    assert (await officer.get(await result(officer, same))).json()["changed"] == 0


async def test_a_stored_draft_is_simulated_as_it_was_when_asked_about(door: Door, officer: httpx.AsyncClient) -> None:
    await two_kilns(door, officer)
    stored = await officer.post("/v1/policy-packs", json={"pack": STRICTER}, headers=key())
    assert stored.status_code == 201, stored.text
    by_name = {"draft": {"name": LINFEN, "version": "1.2.0"}}
    asked = await officer.post("/v1/simulations", json=BODY | by_name, headers=key())
    gone = await officer.delete(
        f"/v1/policy-packs/{LINFEN}/versions/1.2.0", headers={"If-Match": stored.headers["ETag"]}
    )
    assert gone.status_code == 204, gone.text
    await Worker(sessions=door.sessions, clock=door.clock, handlers=HANDLERS).drain()
    found = (await officer.get(await result(officer, (await officer.get(asked.headers["location"])).json()))).json()
    assert (found["draft"]["version"], found["changed"]) == ("1.2.0", 1)
    late = await officer.post("/v1/simulations", json=BODY | by_name, headers=key())
    assert (late.status_code, late.json()["code"]) == (404, "pack_unknown")


async def test_changes_come_in_pages_and_by_filter(door: Door, officer: httpx.AsyncClient) -> None:
    await two_kilns(door, officer)
    url = await result(officer, await simulated(door, officer, against=None))
    first = (await officer.get(f"{url}/changes", params={"limit": 1})).json()
    second = (await officer.get(f"{url}/changes", params={"limit": 1, "cursor": first["next_cursor"]})).json()
    assert [one["items"][0]["position"] for one in (first, second)] == [0, 1]
    assert second["next_cursor"] is None
    for wanted, count in (({"region": "141000"}, 2), ({"region": "141027"}, 0), ({"industry": "coking"}, 0)):
        assert len((await officer.get(f"{url}/changes", params=wanted)).json()["items"]) == count


async def test_a_table_is_simulated_and_nothing_of_it_is_registered(door: Door, officer: httpx.AsyncClient) -> None:
    workbook = {"xlsx": b64encode(write_xlsx(SHEETS.items())).decode()}
    url = await result(officer, await simulated(door, officer, region=None, table=workbook))
    summary = (await officer.get(url)).json()
    assert (summary["region"], summary["subjects"], summary["changed"]) == (None, 2, 1)
    assert (summary["rejected_rows"], summary["errors"][0]["line"]) == (1, 4)
    assert summary["errors"][0]["message"]
    (change,) = (await officer.get(f"{url}/changes")).json()["items"]
    assert change["subject"]["code"] == "L1"
    assert [await rows(door, name) for name in ("enterprises", "lines", "assertions", "snapshots")] == [0, 0, 0, 0]


async def test_csv_texts_say_the_same_as_a_workbook(door: Door, officer: httpx.AsyncClient) -> None:
    levels = {"企业": "enterprise", "厂区": "site", "生产线": "line"}
    texts = {levels[name]: "\n".join(",".join(map(str, row)) for row in sheet) for name, sheet in SHEETS.items()}
    workbook = {"xlsx": b64encode(write_xlsx(SHEETS.items())).decode()}
    found = []
    for given in ({"csv": texts}, workbook):
        url = await result(officer, await simulated(door, officer, region=None, table=given))
        found.append((await officer.get(f"{url}/changes")).json())
    assert found[0] == found[1]


async def test_a_simulation_leaves_as_a_sheet(door: Door, officer: httpx.AsyncClient) -> None:
    await two_kilns(door, officer)
    url = await result(officer, await simulated(door, officer))
    csv = await officer.get(f"{url}/export")
    assert csv.headers["content-type"].startswith("text/csv")
    header, line = list(read_csv(csv.content))
    cells = dict(zip(header, line, strict=True))
    assert (cells["企业编码"], cells["原评级"], cells["新评级"], cells["颗粒物减排变化 (t/d)"]) == (
        "DUSTY",
        "I",
        "III",
        "0.5",
    )
    assert cells["二氧化硫减排变化 (t/d)"] == "未知"
    assert "颗粒物 ≤ 20 mg/m3 [25 mg/m3] = false" in str(cells["起决定作用的条件"])
    book = await officer.get(f"{url}/export", headers={"Accept": XLSX, "Accept-Language": "en"})
    ((name, sheet),) = read_xlsx(io.BytesIO(book.content).read())
    assert (name, len(list(sheet))) == ("changes", 2)
    assert (await officer.get(f"{url}/export", params={"format": "xlsx"})).headers["content-type"] == XLSX


async def test_only_who_asked_or_looks_after_the_whole_region_sees_a_simulation(
    door: Door, officer: httpx.AsyncClient
) -> None:
    await two_kilns(door, officer)
    url = await result(officer, await simulated(door, officer))
    seen = {}
    for regions in (("140000",), ("141000",), ("141002",), ("140500",)):
        other = await door.caller(regions=regions)
        seen[regions[0]] = [(await other.get(f"{url}{more}")).status_code for more in ("", "/changes", "/export")]
        assert len((await other.get("/v1/simulations")).json()["items"]) == (seen[regions[0]][0] == 200)
    assert seen == {"140000": [200] * 3, "141000": [200] * 3, "141002": [404] * 3, "140500": [404] * 3}


async def test_a_simulated_table_is_seen_by_who_asked_alone(door: Door, officer: httpx.AsyncClient) -> None:
    workbook = {"xlsx": b64encode(write_xlsx(SHEETS.items())).decode()}
    url = await result(officer, await simulated(door, officer, region=None, table=workbook))
    assert (await (await door.caller()).get(url)).json()["code"] == "simulation_unknown"


async def test_who_sees_part_of_a_region_simulates_that_part(door: Door, officer: httpx.AsyncClient) -> None:
    await two_kilns(door, officer)
    stranger = await door.caller(regions=("141027",))
    url = await result(stranger, await simulated(door, stranger, against=None))
    assert (await stranger.get(url)).json()["subjects"] == 0


async def test_a_cancelled_simulation_leaves_nothing(door: Door, officer: httpx.AsyncClient) -> None:
    await two_kilns(door, officer)
    asked = await officer.post("/v1/simulations", json=BODY, headers=key())
    worker = Worker(sessions=door.sessions, clock=door.clock, handlers=HANDLERS)

    async def cancelling(job: Any) -> dict[str, Any]:
        await officer.post(f"{asked.headers['location']}/cancel")
        return await HANDLERS["simulate"](job)

    worker.handlers = {**HANDLERS, "simulate": cancelling}
    await worker.drain()
    assert (await officer.get(asked.headers["location"])).json()["state"] == "cancelled"
    assert [await rows(door, name) for name in ("simulations", ChangeRow.__tablename__)] == [0, 0]


REFUSED: dict[str, tuple[dict[str, Any], int, str]] = {
    "a draft that is no pack": ({"draft": {"pack": "pack: x"}}, 422, "draft_unreadable"),
    "a draft without a word": ({"draft": {"pack": ""}}, 422, "draft_unreadable"),
    "a draft both as text and by name": ({"draft": {"pack": TEXT, "name": LINFEN}}, 422, "draft_unclear"),
    "a draft by name alone": ({"draft": {"name": LINFEN}}, 422, "draft_unclear"),
    "an unknown version": ({"draft": {"name": LINFEN, "version": "9"}}, 404, "pack_unknown"),
    "an unknown plan to stand against": ({"against": "nowhere"}, 404, "pack_unknown"),
    "nobody to simulate": ({"region": None}, 422, "population_unclear"),
    "a region and a table": ({"table": {"xlsx": "AA=="}}, 422, "population_unclear"),
    "a table that is empty": ({"region": None, "table": {}}, 422, "population_unclear"),
    "a day of another season": ({"day": "2021-01-01"}, 422, "day_outside_season"),
}


@pytest.mark.parametrize("what", REFUSED)
async def test_what_cannot_be_simulated_is_refused_and_queued_for_nobody(
    what: str, door: Door, officer: httpx.AsyncClient
) -> None:
    changes, status, code = REFUSED[what]
    answer = await officer.post("/v1/simulations", json=BODY | changes, headers=key())
    assert (answer.status_code, answer.json()["code"]) == (status, code)
    assert await rows(door, "operations") == 0


async def test_a_file_that_is_no_workbook_fails_with_its_reason(door: Door, officer: httpx.AsyncClient) -> None:
    finished = await simulated(door, officer, region=None, table={"xlsx": b64encode(b"no workbook").decode()})
    assert (finished["state"], finished["problem"]["code"]) == ("failed", "file_unreadable")


async def test_reading_and_asking_need_their_scopes(door: Door, officer: httpx.AsyncClient) -> None:
    reader = await door.caller("simulations:read")
    refused = await reader.post("/v1/simulations", json=BODY, headers=key())
    assert (refused.status_code, refused.json()["code"]) == (403, "missing_scope")
    asker = await door.caller("simulations:write")
    assert (await asker.get("/v1/simulations")).status_code == 403
