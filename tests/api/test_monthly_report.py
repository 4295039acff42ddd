"""The monthly implementation of a small county, every figure reckoned by hand, in every form, the same again later."""

from html.parser import HTMLParser
from typing import Any

import pytest

from app.api import files, report_answers
from app.documents.workbook import read_csv, read_xlsx
from app.services.reports import monthly
from tests.api.door import Door
from tests.api.reporting import EVIL, MONTH, County, a_county
from tests.conftest import Clock

Json = dict[str, Any]
AS_OF = "2020-01-05T10:00:00+08:00"
VOID = {"meta", "br", "link", "img", "input", "hr"}


@pytest.fixture
async def county(door: Door, clock: Clock) -> County:
    """Ten of the fifteen days were served by one, none by the two others."""
    made = await a_county(door, clock)
    await made.plans()
    made.waits_until(2020, 1, 5)
    await made.diligent.serves("2019-12-10", "2019-12-20")
    made.waits_until(2020, 1, 5)
    made.clock.advance(hours=1)
    return made


def days(one: Json) -> dict[str, str]:
    return {each["kind"]: each["days"] for each in one["days"]}


async def test_every_sum_is_the_sum_of_its_rows(county: County) -> None:
    found = await county.reads("monthly-implementation", **MONTH)
    assert (found["month_over"], found["due_on"]) == (True, "2020-01-05")
    rows = {one["place"]["enterprise_code"]: one for one in found["items"]}
    assert list(rows) == ["F-1", "F-2", "F-3"]
    nothing = {"credited": "0", "made_up": "0"}
    # Of the thirty days owed, fifteen are planned in December and fifteen in January, which is another month.
    assert days(rows["F-1"]) == nothing | {
        "scheduled": "15", "served": "10", "behind": "5", "owed": "30", "due": "20",
    }  # fmt: skip
    assert days(rows["F-2"]) == nothing | {"scheduled": "15", "served": "0", "behind": "15", "owed": "30", "due": "30"}
    whole = found["total"]
    # 3 x 15 planned, 10 served, 5 + 15 + 15 behind, 3 x 30 owed, 20 + 30 + 30 due.
    assert days(whole) == nothing | {"scheduled": "45", "served": "10", "behind": "35", "owed": "90", "due": "80"}
    assert (whole["enterprises"], whole["subjects"]) == (3, 3)
    assert whole["problems"] == [{"problem": "behind_plan", "subjects": 3}]
    assert [(one["industry"], one["sums"]) for one in found["industries"]] == [("foundry", whole)]
    assert [(one["region"], one["sums"]) for one in found["regions"]] == [("141027", whole)]


async def test_hours_that_reach_into_another_month_count_only_as_far_as_they_lie_in_it(county: County) -> None:
    county.waits_until(2020, 1, 20)
    await county.idle.serves("2019-12-30", "2020-01-03")
    december = await county.reads("monthly-implementation", **MONTH)
    january = await county.reads("monthly-implementation", **MONTH | {"month": "2020-01"})
    assert (days(december["total"])["served"], days(january["total"])["served"]) == ("12", "2")
    # What was posted on 20 January was not known on the 5th.
    before = await county.reads("monthly-implementation", **MONTH, as_of=AS_OF.replace("10:00", "10:30"))
    assert days(before["total"])["served"] == "10"


async def test_what_was_reversed_is_not_served(county: County) -> None:
    entry = (await county.diligent.serves("2019-12-21", "2019-12-23"))["entries"][0]["id"]
    county.clock.advance(minutes=1)
    assert days((await county.reads("monthly-implementation", **MONTH))["total"])["served"] == "12"
    assert (await county.diligent.reverses(entry)).status_code == 201
    county.clock.advance(minutes=1)
    assert days((await county.reads("monthly-implementation", **MONTH))["total"])["served"] == "10"


async def test_a_month_that_is_not_over_is_told_as_far_as_it_has_come(county: County) -> None:
    found = await county.reads("monthly-implementation", **MONTH | {"month": "2020-01"}, as_of=AS_OF)
    # From the 1st to 10:00 of the 5th the schedule plans four days and ten hours.
    assert (found["month_over"], days(found["items"][1])["scheduled"]) == (False, "4.416667")


async def test_the_same_instant_gives_the_same_bytes_whatever_happened_since(county: County) -> None:
    told = MONTH | {"as_of": "2020-01-05T11:00:00+08:00"}
    forms: list[tuple[str, dict[str, str]]] = [("", {}), ("/export", {"format": "csv"}), (".html", {})]

    async def bytes_of() -> list[bytes]:
        url = "/v1/reports/monthly-implementation"
        return [(await county.officer.get(url + end, params=told | more)).content for end, more in forms]

    before = await bytes_of()
    county.clock.advance(minutes=1)
    await county.idle.serves("2019-12-10", "2019-12-12")
    county.clock.advance(days=1)
    assert await bytes_of() == before
    assert days((await county.reads("monthly-implementation", **MONTH))["total"])["served"] == "12"


async def test_nothing_is_told_of_what_has_not_come_to_pass(county: County) -> None:
    url = "/v1/reports/monthly-implementation"
    ahead = await county.officer.get(url, params=MONTH | {"as_of": "2021-01-01T00:00:00+08:00"})
    assert (ahead.status_code, ahead.json()["code"]) == (422, "report_ahead")
    later = await county.officer.get(url, params=MONTH | {"month": "2020-02"})
    assert (later.status_code, later.json()["code"]) == (422, "report_before_its_days")
    unknown = await county.officer.get(url, params=MONTH | {"pack": "nowhere"})
    assert (unknown.status_code, unknown.json()["code"]) == (404, "pack_unknown")


async def test_the_sheet_has_the_same_rows_and_the_sums_at_its_end(county: County) -> None:
    url = "/v1/reports/monthly-implementation/export"
    answer = await county.officer.get(url, params=MONTH)
    header, *rows = read_csv(answer.content)
    told = [dict(zip(map(str, header), row, strict=True)) for row in rows]
    assert [one["行类型"] for one in told] == ["明细", "明细", "明细", "行业小计", "行政区小计", "合计"]
    assert [one["已停天数"] for one in told] == ["10", "0", "0", "10", "10", "10"]
    assert told[2]["企业名称"] == EVIL
    assert (told[0]["问题"], told[-1]["问题"]) == ("未达排期", "未达排期 3")
    assert {one["截至"] for one in told} == {"2020-01-05T11:00:00+08:00"}
    english = await county.officer.get(url, params=MONTH | {"format": "xlsx"}, headers={"Accept-Language": "en"})
    ((name, book),) = read_xlsx(english.content)
    first, *lines = book
    assert (name, first[0], len(lines)) == ("monthly implementation", "row", 6)
    assert english.headers["content-disposition"] == (
        'attachment; filename="monthly-implementation-141027-2019-12.xlsx"'
    )


async def test_no_name_becomes_a_formula(county: County) -> None:
    patched = await county.officer.get(f"/v1/enterprises/{county.unknown.id}")
    named = await county.officer.patch(
        f"/v1/enterprises/{county.unknown.id}",
        json={"name": "=HYPERLINK(1)"},
        headers={"If-Match": patched.headers["ETag"]},
    )
    assert named.status_code == 200, named.text
    content = (await county.officer.get("/v1/reports/monthly-implementation/export", params=MONTH)).content.decode()
    assert "'=HYPERLINK(1)" in content
    assert ",=HYPERLINK" not in content


async def test_many_enterprises_leave_in_pieces_and_a_body_of_too_many_rows_is_refused(
    county: County, monkeypatch: pytest.MonkeyPatch
) -> None:
    url = "/v1/reports/monthly-implementation"
    whole = (await county.officer.get(f"{url}/export", params=MONTH)).content
    monkeypatch.setattr(monthly, "AT_ONCE", 1)
    monkeypatch.setattr(files, "PIECE", 100)
    monkeypatch.setattr(report_answers, "MOST_ROWS", 2)
    assert (await county.officer.get(f"{url}/export", params=MONTH)).content == whole
    for end in ("", ".html"):
        refused = await county.officer.get(url + end, params=MONTH)
        assert (refused.status_code, refused.json()["code"]) == (409, "report_too_large")


class Balanced(HTMLParser):
    """Every element that is opened is closed, and what was read of text and attributes."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.open: list[str] = []
        self.seen: list[str] = []
        self.text: list[str] = []
        self.attributes: list[tuple[str, str | None]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.seen.append(tag)
        self.attributes += attrs
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.text.append(data)


def parsed(content: bytes) -> Balanced:
    page = Balanced()
    page.feed(content.decode())
    page.close()
    assert page.open == []
    return page


async def test_the_page_is_sound_fetches_nothing_runs_nothing_and_escapes_names(county: County) -> None:
    answer = await county.officer.get("/v1/reports/monthly-implementation.html", params=MONTH)
    assert answer.headers["content-type"] == "text/html; charset=utf-8"
    policy = answer.headers["content-security-policy"]
    assert policy.startswith("default-src 'none'; style-src 'sha256-")
    assert "unsafe" not in policy
    assert (answer.headers["content-language"], answer.headers["x-content-type-options"]) == ("zh-CN", "nosniff")
    page = parsed(answer.content)
    assert not {"script", "link", "img", "iframe", "a"} & set(page.seen)
    assert not [value for name, value in page.attributes if name.startswith("on") or name in {"src", "href", "style"}]
    assert b"<script>alert" not in answer.content
    assert any(EVIL in text for text in page.text)
    assert ("lang", "zh-CN") in page.attributes
    assert "浮山县 141027错峰生产月度实施情况报告" in page.text
    english = await county.officer.get(
        "/v1/reports/monthly-implementation.html", params=MONTH, headers={"Accept-Language": "en"}
    )
    assert english.headers["content-language"] == "en"
    assert "Monthly implementation" in english.text
    assert "behind the schedule" in english.text


async def test_a_firm_reads_its_own_row_an_officer_elsewhere_none(county: County, door: Door) -> None:
    own = await door.lasting_caller("reports:read", regions=(), enterprise_ids=(county.idle.id,), region="141027")
    stranger = await door.lasting_caller("reports:read", regions=("140500",))
    url = "/v1/reports/monthly-implementation"
    found = (await own.get(url, params=MONTH)).json()
    assert [one["place"]["enterprise_code"] for one in found["items"]] == ["F-2"]
    assert days(found["total"])["owed"] == "30"
    assert (await stranger.get(url, params=MONTH)).json()["items"] == []
    nobody = await door.lasting_caller("ledger:read")
    refused = await nobody.get(url, params=MONTH)
    assert (refused.status_code, refused.json()["code"]) == (403, "missing_scope")
