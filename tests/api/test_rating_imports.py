"""Published lists of ratings: good rows land, bad ones come back to be mended, and sending twice changes nothing."""

import asyncio
from collections.abc import Iterable
from dataclasses import fields
from datetime import date, timedelta
from typing import Any

import httpx
import orjson
import pytest

from app.documents.workbook import XLSX, read_csv, read_xlsx, write_csv, write_xlsx
from app.jobs.context import JobContext
from app.jobs.import_ratings import import_ratings
from app.jobs.registry import HANDLERS
from app.jobs.runner import Worker
from app.services.ratings import importing
from tests.api.door import Door
from tests.api.officer import PERSON, key
from tests.api.packs import publish
from tests.api.test_nothing_is_stored import rows
from tests.api.test_ratings import works
from tests.conftest import Clock

CSV, JSON = "text/csv", "application/json"
USCC = "91110000600037341L"
TITLES = [
    *("企业编码或统一社会信用代码*", "生产线编码*", "等级事实", "绩效等级*", "起始日期*", "截止日期 (不含当日)"),
    *("评级依据*", "评定单位*", "文件文号*"),
]
PAPER = ["专家评审", "临汾市生态环境局", "临环发〔2019〕12号"]
Json = dict[str, Any]


def row(
    enterprise: str, grade: object = "B", line: str = "L1", fact: str | None = None, **more: object
) -> list[object]:
    return [enterprise, line, fact, grade, more.get("begins", "2019-10-01"), more.get("ends"), *PAPER]


def a_list(*listed: list[object]) -> bytes:
    return write_xlsx([("绩效评级", [TITLES, *listed])])


class Importer:
    """An officer who sends lists for a named person and waits for the worker."""

    def __init__(self, door: Door, clock: Clock, caller: httpx.AsyncClient) -> None:
        self.door, self.clock, self.caller = door, clock, caller

    async def registers(self, *bodies: Json) -> list[Json]:
        made = [await self.caller.post("/v1/enterprises", json=body, headers=key()) for body in bodies]
        assert [one.status_code for one in made] == [201] * len(bodies), made[-1].text
        return [one.json() for one in made]

    async def posts(self, content: bytes, media_type: str = XLSX) -> httpx.Response:
        headers = {"Content-Type": media_type, **key(), **PERSON}
        return await self.caller.post("/v1/rating-imports", content=content, headers=headers)

    async def sends(self, content: bytes, media_type: str = XLSX) -> Json:
        """What became of the list, with its result once it succeeded."""
        self.clock.advance(minutes=1)
        started = await self.posts(content, media_type)
        assert started.status_code == 202, started.text
        await Worker(sessions=self.door.sessions, clock=self.clock, handlers=HANDLERS).drain()
        return await self.found(started)

    async def found(self, started: httpx.Response) -> Json:
        found: Json = (await self.caller.get(started.headers["Location"])).json()
        if found["state"] == "succeeded":
            found["result"] = (await self.caller.get(found["result_url"])).json()["result"]
        return found

    async def grades(self, enterprises: Iterable[Json]) -> list[list[str]]:
        found = [await self.caller.get(f"/v1/enterprises/{one['id']}/ratings") for one in enterprises]
        return [[item["grade"] for item in one.json()["items"]] for one in found]


@pytest.fixture
async def importer(door: Door, clock: Clock) -> Importer:
    return Importer(door, clock, await door.caller(regions=("141027",), on_behalf_of=True))


def counts(found: Json) -> tuple[int, int, int, int]:
    result = found["result"]
    return result["rows"], result["landed"], result["unchanged"], result["rejected_rows"]


def errors(found: Json) -> list[tuple[str, int, str, str]]:
    return [(one["sheet"], one["line"], one["field"], one["code"]) for one in found["result"]["errors"]]


async def test_a_list_lands_is_decided_and_sent_again_changes_nothing(importer: Importer, door: Door) -> None:
    await publish(door.sessions, "fushan")
    processes = [{"code": "P1", "name": "铸造", "kind": "casting"}]
    made = await importer.registers(
        works(), works("F2") | {"uscc": USCC}, works("IRON", "foundry_pig_iron", processes=processes)
    )
    decide = [f"/v1/enterprises/{one['id']}/decisions" for one in made]
    for url in decide:
        await importer.caller.post(url, json={"pack": "fushan", "season": 2019}, headers=key())
    listed = a_list(
        row("F1", begins=date(2019, 10, 1)),
        row(USCC.lower(), "C级", ends="2020年10月1日"),
        row("IRON", "B－", "P1", "铸造工序绩效等级"),
    )
    first = await importer.sends(listed)
    assert (first["state"], counts(first), errors(first)) == ("succeeded", (3, 3, 0, 0), [])
    assert await importer.grades(made) == [["B"], ["C"], ["B_minus"]]

    worker = Worker(
        sessions=door.sessions,
        clock=importer.clock,
        handlers=HANDLERS,
        recurring={"redecide_stale": timedelta(seconds=30)},
    )
    await worker.queue_due()
    await worker.drain()
    asked: dict[str, str | int] = {"pack": "fushan", "season": 2019, "day": "2019-12-10"}
    told = [(await importer.caller.get(url, params=asked)).json()["items"] for url in decide]
    assert [[measure["rule"] for one in items for measure in one["measures"]][:1] for items in told[:2]] == [
        ["FS-15"],
        ["FS-16"],
    ]

    before = await rows(door.sessions)
    again = await importer.sends(listed)
    assert counts(again) == (3, 0, 3, 0)
    after = await rows(door.sessions)
    changed = {name for name in after if after[name] != before[name]}
    # Only the import itself is news.
    assert changed == {"operations", "uploads", "audit", "outbox", "idempotency_keys"}


async def test_bad_rows_come_back_with_their_place_and_are_mended(importer: Importer, door: Door, clock: Clock) -> None:
    made = await importer.registers(works(), works("KILN", "cement_grinding"))
    stranger = Importer(door, clock, await door.caller(regions=("140500",), on_behalf_of=True))
    await stranger.registers(works("FAR") | {"region": "140502", "sites": [works()["sites"][0] | {"region": "140502"}]})
    finished = await importer.sends(
        a_list(
            row("F1", "引领性"),
            row("KILN", "引领性"),
            row("KILN", "非引领性", begins="2020-01-01"),
            row("F1", "B", "L9"),
            row("F1", "B", "L1", "燃料"),
            row("F1", "B", begins="明年", ends="2019-09-30"),
            row("F1", "B", ends="2019-10-01"),
            row("FAR"),
            row("F1", None),
        )
    )
    assert counts(finished) == (9, 1, 0, 8)
    assert errors(finished) == [
        ("绩效评级", 2, "grade", "grade_not_on_ladder"),
        ("绩效评级", 4, "valid_from", "rating_overlaps"),
        ("绩效评级", 5, "subject", "rated_subject_unknown"),
        ("绩效评级", 6, "fact", "fact_is_no_grade"),
        ("绩效评级", 7, "valid_from", "not_a_day"),
        ("绩效评级", 8, "valid_to", "rating_period_empty"),
        ("绩效评级", 9, "enterprise", "enterprise_unknown"),
        ("绩效评级", 10, "grade", "required"),
    ]
    ((name, returned),) = read_xlsx((await importer.caller.get(finished["file_url"])).content)
    header, first, *_ = (list(one) for one in returned)
    assert (name, header[-3:], first[-2]) == ("绩效评级", ["错误字段", "错误代码", "错误说明"], "grade_not_on_ladder")
    first[3] = "A级"
    mended = await importer.sends(write_xlsx([(name, [header, first])]))
    assert (counts(mended), await importer.grades(made)) == ((1, 1, 0, 0), [["A"], ["leading"]])


async def test_csv_and_json_are_read_and_go_back_as_they_came(importer: Importer) -> None:
    made = await importer.registers(works())
    names = ["enterprise", "subject", "fact", "grade", "valid_from", "valid_to", "basis", "awarded_by", "document"]
    finished = await importer.sends(write_csv([names, row("F1", ends="2020-01-01"), row("F9")]), CSV)
    assert errors(finished) == [("绩效评级", 3, "enterprise", "enterprise_unknown")]
    returned = list(read_csv((await importer.caller.get(finished["file_url"])).content))
    assert [one[0] for one in returned] == ["enterprise", "F9"]
    items = [
        {name: cell for name, cell in zip(names, one, strict=True) if cell is not None}
        for one in (row("F1", "C", begins="2020-01-01"), row("F1", "D", begins="2020-02-01"))
    ]
    finished = await importer.sends(orjson.dumps({"items": items}), JSON)
    assert (counts(finished), errors(finished)) == ((2, 1, 0, 1), [("", 1, "valid_from", "rating_overlaps")])
    returned_json = orjson.loads((await importer.caller.get(finished["file_url"])).content)
    assert [one["grade"] for one in returned_json["items"]] == ["D"]
    assert await importer.grades(made) == [["C", "B"]]


async def test_a_code_that_two_registrars_use_is_not_guessed_at(importer: Importer, door: Door) -> None:
    officer = Importer(door, importer.clock, await door.caller(regions=("141027",), on_behalf_of=True))
    made = [*(await importer.registers(works())), *(await officer.registers(works()))]
    third = Importer(door, importer.clock, await door.caller(regions=("141027",), on_behalf_of=True))
    assert errors(await third.sends(a_list(row("F1"))))[0][2:] == ("enterprise", "enterprise_ambiguous")
    assert counts(await officer.sends(a_list(row("F1"))))[1] == 1
    assert await importer.grades(made) == [[], ["B"]]


async def test_who_does_not_look_after_an_enterprise_lands_nothing(importer: Importer, door: Door) -> None:
    (one,) = await importer.registers(works())
    grants: Json = {"regions": (), "enterprise_ids": (one["id"],), "region": "141027", "on_behalf_of": True}
    own = Importer(door, importer.clock, await door.caller(**grants))
    assert errors(await own.sends(a_list(row("F1")))) == [("绩效评级", 2, "enterprise", "authority_required")]
    assert await importer.grades([one]) == [[]]


async def test_what_is_no_list_is_refused_at_once_and_stores_nothing(importer: Importer, door: Door) -> None:
    reader = await door.caller("ratings:read", on_behalf_of=True)
    before = await rows(door.sessions)
    for content, media_type, status, code in (
        (b"x", "application/pdf", 415, "unsupported_media_type"),
        (b"{", JSON, 422, "validation_failed"),
        (b'{"items": [{"enterprise": "F1", "grad": "B"}]}', JSON, 422, "validation_failed"),
    ):
        answer = await importer.posts(content, media_type)
        assert (answer.status_code, answer.json()["code"]) == (status, code)
    headers = {"Content-Type": XLSX, **key()}
    nobody = await importer.caller.post("/v1/rating-imports", content=a_list(), headers=headers)
    blind = await reader.post("/v1/rating-imports", content=a_list(), headers=headers | PERSON)
    assert [one.json()["code"] for one in (nobody, blind)] == ["person_required", "missing_scope"]
    assert await rows(door.sessions) == before


async def test_a_file_that_cannot_be_read_or_has_strange_columns_says_so(importer: Importer) -> None:
    damaged = await importer.sends(b"PK\x03\x04")
    assert (damaged["state"], damaged["problem"]["code"]) == ("failed", "file_unreadable")
    strange = await importer.sends(write_csv([["企业编码", "企业编码", "等第"], ["F1", "F1", "B"]]), CSV)
    assert [one[2:] for one in errors(strange)] == [("企业编码", "column_twice"), ("等第", "column_unknown")]
    assert counts(strange) == (0, 0, 0, 0)


@pytest.mark.parametrize("name", ["ratings.xlsx", "ratings.csv"])
async def test_templates_are_read_back_without_complaint(importer: Importer, name: str) -> None:
    answer = await importer.caller.get(f"/v1/rating-import-templates/{name}")
    finished = await importer.sends(answer.content, XLSX if name.endswith("xlsx") else CSV)
    assert (counts(finished), errors(finished)) == ((0, 0, 0, 0), [])


async def test_after_a_killed_worker_another_goes_on_without_doubling(
    busy_door: Door, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(importing, "ROWS_AT_ONCE", 2)
    importer = Importer(busy_door, clock, await busy_door.caller(on_behalf_of=True))
    made = await importer.registers(*(works(f"F{number}") for number in range(3)))
    started = await importer.posts(a_list(*(row(f"F{number}") for number in range(3))))
    halfway = asyncio.Event()

    class Stuck(JobContext):
        """A worker that hangs once the first rows have landed."""

        async def progress(self, done: int, total: int | None = None) -> None:
            if done:
                halfway.set()
                await asyncio.Event().wait()

    async def hanging(job: JobContext) -> Json:
        return await import_ratings(Stuck(**{one.name: getattr(job, one.name) for one in fields(job)}))

    first = Worker(sessions=busy_door.sessions, clock=clock, handlers={importing.KIND: hanging})
    dying = asyncio.create_task(first.run_once())
    await halfway.wait()
    assert await importer.grades(made) == [["B"], ["B"], []]
    clock.advance(minutes=2)
    await Worker(sessions=busy_door.sessions, clock=clock, handlers=HANDLERS).drain()
    finished = await importer.found(started)
    dying.cancel()
    await asyncio.gather(dying, return_exceptions=True)
    assert counts(finished) == (3, 1, 2, 0)
    assert await importer.grades(made) == [["B"], ["B"], ["B"]]


async def test_two_imports_of_one_list_at_once_land_it_once(busy_door: Door, clock: Clock) -> None:
    importer = Importer(busy_door, clock, await busy_door.caller(on_behalf_of=True))
    made = await importer.registers(works("F1"), works("F2"))
    listed = [a_list(row("F1"), row("F2")), a_list(row("F2"), row("F1"))]
    started = [await importer.posts(one) for one in listed]
    workers = [Worker(sessions=busy_door.sessions, clock=clock, handlers=HANDLERS) for _ in started]
    await asyncio.gather(*(worker.run_once() for worker in workers))
    finished = [await importer.found(one) for one in started]
    assert sorted(counts(one) for one in finished) == [(2, 0, 2, 0), (2, 2, 0, 0)]
    assert await importer.grades(made) == [["B"], ["B"]]
