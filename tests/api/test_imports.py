"""Imports at the door: good rows land, bad ones come back to be mended, and sending twice changes nothing."""

import asyncio
import io
import zipfile
from typing import Any

import httpx
import pytest

from app.documents.workbook import XLSX, read_csv, read_xlsx, write_csv, write_xlsx
from app.jobs.registry import HANDLERS
from app.jobs.runner import Worker
from tests.api.door import Door
from tests.api.test_enterprises import a_problem, an_enterprise, key
from tests.conftest import Clock

CSV = "text/csv"
Sheets = dict[str, list[list[object]]]


def a_register(**changes: list[list[object]]) -> Sheets:
    return {
        "企业": [["编码*", "名称*", "行政区代码*"], ["E1", "甲公司", "141000"], ["E2", "乙公司", "141000"]],
        "厂区": [
            ["企业编码*", "编码*", "名称*", "行政区代码*", "车辆冲洗平台"],
            ["E1", "S1", "一厂", "141002", "是"],
            ["E2", "S1", "一厂", "141027", None],
        ],
        "生产线": [
            ["企业编码", "厂区编码", "编码", "名称", "行业标签", "颗粒物 (mg/m3)", "燃料", "事实起始日期", "依据文件"],
            ["E1", "S1", "L1", "一号线", "陶瓷", 29.5, "天然气", "2019-09-30", "1号"],
            ["E2", "S1", "L1", "一号线", "石灰窑", None, "煤", None, None],
        ],
        "设备": [["企业编码", "生产线编码", "编码", "名称", "设备类型"], ["E1", "L1", "U1", "窑", "隧道窑"]],
        "电表": [
            ["企业编码", "计量点编号", "电表类型", "计量层级", "计量对象编码", "倍率"],
            ["E1", "M1", "总表", "厂区", "S1", 4000],
        ],
        **changes,
    }


def xlsx(sheets: Sheets) -> bytes:
    return write_xlsx(sheets.items())


class Importer:
    """A caller who sends a file and waits for the worker."""

    def __init__(self, door: Door, caller: httpx.AsyncClient) -> None:
        self.caller = caller
        self._worker = Worker(sessions=door.sessions, clock=door.clock, handlers=HANDLERS)
        self._sent = 0

    async def send(self, content: bytes, media_type: str = XLSX, *, accept: str = "zh", **query: str) -> dict[str, Any]:
        self._sent += 1
        headers = {"Content-Type": media_type, "Accept-Language": accept, **key(f"import-{self._sent}")}
        answer = await self.caller.post("/v1/imports", content=content, params=query, headers=headers)
        assert answer.status_code == 202, answer.text
        assert answer.headers["location"] == f"/v1/operations/{answer.json()['id']}"
        await self._worker.run_once()
        finished: dict[str, Any] = (await self.caller.get(answer.headers["location"])).json()
        return finished

    async def result(self, finished: dict[str, Any]) -> dict[str, Any]:
        assert finished["state"] == "succeeded", finished["problem"]
        found: dict[str, Any] = (await self.caller.get(finished["result_url"])).json()["result"]
        return found

    async def lands(self, content: bytes, media_type: str = XLSX, **query: str) -> dict[str, Any]:
        return await self.result(await self.send(content, media_type, **query))

    async def rejected(self, finished: dict[str, Any]) -> bytes:
        return (await self.caller.get(finished["file_url"])).content

    async def assertions(self, code: str) -> list[tuple[str, str]]:
        (head,) = (await self.caller.get("/v1/enterprises", params={"q": code})).json()["items"]
        held = (await self.caller.get(f"/v1/enterprises/{head['id']}/assertions")).json()["items"]
        return [(one["fact"], one["value"]) for one in held]


@pytest.fixture
async def importer(door: Door) -> Importer:
    return Importer(door, await door.caller())


def errors_of(result: dict[str, Any]) -> list[tuple[str, int, str, str]]:
    return [(one["sheet"], one["line"], one["field"], one["code"]) for one in result["errors"]]


async def test_a_workbook_lands_on_every_level(importer: Importer) -> None:
    result = await importer.lands(xlsx(a_register()))
    assert result == {
        "rows": 8,
        "enterprises_created": 2,
        "enterprises_changed": 0,
        "facts_asserted": 4,
        "landed": {"enterprise": 2, "site": 2, "line": 2, "unit": 1, "meter": 1},
        "rejected_rows": 0,
        "errors": [],
        "errors_left_out": 0,
    }
    assert await importer.assertions("E1") == [("wash_platform", "true"), ("pm_mg_m3", "29.5"), ("fuel", "natural_gas")]


async def test_sending_the_same_file_twice_changes_nothing(importer: Importer) -> None:
    await importer.lands(xlsx(a_register()))
    before = (await importer.caller.get("/v1/enterprises")).json()
    again = await importer.lands(xlsx(a_register()))
    assert (again["enterprises_created"], again["enterprises_changed"], again["facts_asserted"]) == (0, 0, 0)
    assert (await importer.caller.get("/v1/enterprises")).json() == before
    assert len(await importer.assertions("E1")) == 3


async def test_a_value_that_returns_after_a_correction_is_news(importer: Importer) -> None:
    header = ["企业编码", "编码", "燃料"]
    await importer.lands(xlsx(a_register()))
    for fuel, news in (("油", 1), ("油", 0), ("煤", 1)):
        result = await importer.lands(xlsx({"生产线": [[*header], ["E2", "L1", fuel]]}))
        assert result["facts_asserted"] == news
    assert [value for _, value in await importer.assertions("E2")] == ["coal", "oil", "coal"]


async def test_bad_rows_come_back_with_their_place_and_good_ones_land(importer: Importer) -> None:
    sheets = a_register()
    sheets["厂区"][2][3] = "140624"
    sheets["生产线"][1][5] = "≤30"
    finished = await importer.send(xlsx(sheets))
    result = await importer.result(finished)
    assert errors_of(result) == [
        ("厂区", 3, "region", "region_not_valid"),
        ("生产线", 2, "pm_mg_m3", "not_a_number"),
        ("生产线", 3, "site", "parent_rejected"),
        ("设备", 2, "line", "parent_rejected"),
    ]
    assert (result["enterprises_created"], result["rejected_rows"], result["landed"]) == (
        2,
        4,
        {"enterprise": 2, "site": 1, "meter": 1},
    )


async def test_the_file_of_rejected_rows_is_mended_and_sent_as_it_is(importer: Importer) -> None:
    sheets = a_register()
    sheets["厂区"][2][3] = "140624"
    finished = await importer.send(xlsx(sheets))
    returned = {name: [list(row) for row in rows] for name, rows in read_xlsx(await importer.rejected(finished))}
    assert {name: len(rows) for name, rows in returned.items()} == {"厂区": 2, "生产线": 2}
    assert returned["厂区"][0][-3:] == ["错误字段", "错误代码", "错误说明"]
    assert returned["厂区"][1][-2] == "region_not_valid"
    assert "140681" in str(returned["厂区"][1][-1])
    returned["厂区"][1][3] = "140681"
    result = await importer.lands(xlsx(returned))
    assert (result["errors"], result["landed"], result["facts_asserted"]) == ([], {"site": 1, "line": 1}, 1)


async def test_csv_comes_sheet_by_sheet_and_goes_back_as_csv(importer: Importer) -> None:
    sheets = a_register()
    for level, name in (("enterprise", "企业"), ("site", "厂区")):
        assert (await importer.lands(write_csv(sheets[name]), CSV, level=level))["errors"] == []
    sheets["生产线"][1][3] = "=cmd|' /C calc'!A0"
    sheets["生产线"][1][6] = "泥"
    finished = await importer.send(write_csv(sheets["生产线"]), CSV, level="line")
    content = await importer.rejected(finished)
    rows = list(read_csv(content))
    assert (len(rows), rows[1][-2]) == (2, "unknown_option")
    assert b"'=cmd" in content
    rows[1][6] = "煤"
    assert (await importer.lands(write_csv(rows), CSV, level="line"))["errors"] == []


async def test_csv_from_a_chinese_spreadsheet_program_is_read(importer: Importer) -> None:
    content = "编码,名称,行政区代码\r\nE1,甲公司,141000\r\n".encode("gb18030")
    assert (await importer.lands(content, CSV, level="enterprise"))["enterprises_created"] == 1


async def test_json_lands_item_by_item(importer: Importer) -> None:
    bad = an_enterprise(code="E2", uscc="91110000600037341M")
    items = f'{{"items": [{_json(an_enterprise())}, {_json(bad)}]}}'.encode()
    finished = await importer.send(items, "application/json", accept="en")
    result = await importer.result(finished)
    assert (result["rows"], result["enterprises_created"], result["rejected_rows"]) == (2, 1, 1)
    assert ("", 1, "/items/1/uscc", "uscc_check_digit") in errors_of(result)
    assert "check digit" in result["errors"][0]["message"]
    returned = await importer.rejected(finished)
    mended = returned.replace(b"91110000600037341M", b"91110000600037341L")
    assert (await importer.lands(mended, "application/json"))["enterprises_created"] == 1


def _json(body: dict[str, Any]) -> str:
    return httpx.Request("POST", "http://x.test", json=body).content.decode()


async def test_an_unknown_column_keeps_its_sheet_out(importer: Importer) -> None:
    sheets = a_register()
    sheets["生产线"][0][5] = "颗粒勿"
    result = await importer.lands(xlsx(sheets))
    assert ("生产线", 1, "颗粒勿", "column_unknown") in errors_of(result)
    assert result["landed"] == {"enterprise": 2, "site": 2, "meter": 1}


async def test_rows_without_a_home_say_so(importer: Importer) -> None:
    result = await importer.lands(
        xlsx(
            {
                "厂区": [
                    ["企业编码", "编码", "名称", "行政区代码"],
                    ["E9", "S1", "厂", "141002"],
                    [None, "S2", "厂", "141002"],
                ],
                "杂项": [["x"], ["y"]],
            }
        )
    )
    assert errors_of(result) == [
        ("厂区", 2, "enterprise", "parent_unknown"),
        ("厂区", 3, "enterprise", "required"),
        ("杂项", 1, "", "sheet_unknown"),
    ]


async def test_a_row_told_twice_is_refused_unless_it_tells_a_history(importer: Importer) -> None:
    await importer.lands(xlsx(a_register()))
    rows: list[list[object]] = [
        ["企业编码", "编码", "燃料", "事实起始日期"],
        ["E2", "L1", "油", "2019-10-01"],
        ["E2", "L1", "天然气", "2019-11-01"],
        ["E2", "L1", "煤", "2019-10-01"],
    ]
    result = await importer.lands(xlsx({"生产线": rows}))
    assert errors_of(result) == [("生产线", 4, "code", "duplicate_row")]
    assert [value for _, value in await importer.assertions("E2")] == ["coal", "oil", "natural_gas"]


async def test_another_registrars_codes_are_its_own(door: Door) -> None:
    for _ in range(2):
        importer = Importer(door, await door.caller())
        assert (await importer.lands(xlsx(a_register())))["enterprises_created"] == 2


async def test_rows_outside_the_callers_regions_stay_outside(door: Door) -> None:
    importer = Importer(door, await door.caller(regions=("141002",)))
    result = await importer.lands(xlsx(a_register()))
    assert result["landed"] == {}
    assert {code for *_, code in errors_of(result)} == {"region_not_yours", "parent_rejected"}


@pytest.mark.parametrize("content", [b"", b"not a workbook", b"PK\x03\x04"])
async def test_a_file_that_cannot_be_read_fails_with_its_reason(importer: Importer, content: bytes) -> None:
    finished = await importer.send(content)
    assert (finished["state"], finished["problem"]["code"]) == ("failed", "file_unreadable")


async def test_an_archive_that_is_no_workbook_fails(importer: Importer) -> None:
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w") as archive:
        archive.writestr("[Content_Types].xml", "<x/>")
    finished = await importer.send(target.getvalue())
    assert (finished["state"], finished["problem"]["code"]) == ("failed", "file_unreadable")


@pytest.mark.parametrize(
    ("media_type", "content", "problem"),
    [
        ("application/pdf", b"x", (415, "unsupported_media_type")),
        (CSV, b"x", (422, "level_missing")),
        ("application/json", b'{"items": [{"code": "E1", "nom": 1}]}', (422, "validation_failed")),
        ("application/json", b"{", (422, "validation_failed")),
    ],
)
async def test_what_is_no_import_is_refused_at_once(
    door: Door, media_type: str, content: bytes, problem: tuple[int, str]
) -> None:
    caller = await door.caller()
    answer = await caller.post("/v1/imports", content=content, headers={"Content-Type": media_type, **key("1")})
    assert a_problem(answer)[:2] == problem


@pytest.mark.parametrize("name", ["register.xlsx", "line.csv", "meter.csv"])
async def test_templates_are_read_back_without_complaint(door: Door, name: str) -> None:
    importer = Importer(door, await door.caller())
    answer = await importer.caller.get(f"/v1/import-templates/{name}")
    query = {} if name.endswith("xlsx") else {"level": name.removesuffix(".csv")}
    result = await importer.lands(answer.content, XLSX if name.endswith("xlsx") else CSV, **query)
    assert (result["rows"], result["errors"]) == (0, [])


async def test_two_imports_of_one_file_at_once_register_once(busy_door: Door, clock: Clock) -> None:
    caller = await busy_door.caller()
    for number in range(2):
        headers = {"Content-Type": XLSX, **key(str(number))}
        await caller.post("/v1/imports", content=xlsx(a_register()), headers=headers)
    workers = [Worker(sessions=busy_door.sessions, clock=clock, handlers=HANDLERS) for _ in range(2)]
    await asyncio.gather(*(worker.run_once() for worker in workers))
    finished = (await caller.get("/v1/operations")).json()["items"]
    assert [one["state"] for one in finished] == ["succeeded", "succeeded"]
    assert len((await caller.get("/v1/enterprises")).json()["items"]) == 2
    importer = Importer(busy_door, caller)
    assert len(await importer.assertions("E1")) == 3
