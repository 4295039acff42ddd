"""What anybody gets without a token: cacheable bytes that prove themselves, and nothing personal in any of them."""

import base64
import csv
import hashlib
import io
from email.utils import parsedate_to_datetime
from typing import Any

import httpx
import pytest

from app.api.disclosure_bodies import PublicListVersion, PublicRow
from app.documents.workbook import XLSX, read_xlsx
from app.domain.disclosures.rows import ALL
from app.settings import Settings
from tests.api.disclosing import LISTS, Office, an_office
from tests.api.door import Door, open_door
from tests.api.foundry import works
from tests.api.listing import GREEN, OF_SITE, Authority
from tests.api.listing import works as listed_works
from tests.api.officer import key
from tests.api.packs import publish
from tests.api.scheduling import Planner, a_foundry
from tests.api.test_schedule_sheets import furnished, said
from tests.conftest import Clock

CANARY = "金丝雀"


@pytest.fixture
async def office(door: Door, clock: Clock) -> Office:
    await a_foundry(door, clock)
    return await an_office(door, clock)


async def published(office: Office) -> str:
    """The address of a list with one version."""
    return f"{LISTS}/{(await office.published())['list_id']}"


async def test_the_bytes_of_a_version_come_to_its_hash_and_never_change(office: Office, clock: Clock) -> None:
    url = await published(office)
    anyone = office.door.anyone()
    version = (await office.public(url))["standing"]
    first = await anyone.get(version["url"])
    digest = hashlib.sha256(first.content)
    assert digest.hexdigest() == version["sha256"]
    assert first.headers["etag"] == f'"{version["sha256"]}"'
    assert first.headers["content-digest"] == f"sha-256=:{base64.b64encode(digest.digest()).decode()}:"
    PublicListVersion.model_validate_json(first.content, extra="forbid")
    clock.advance(minutes=30)
    await office.drafts()
    assert (await anyone.get(version["url"])).content == first.content


@pytest.mark.parametrize("form", ["csv", "xlsx", "html"])
async def test_a_form_of_a_version_is_the_same_bytes_whenever_it_is_made(
    office: Office, clock: Clock, form: str
) -> None:
    url = f"{await published(office)}/versions/1.{form}"
    anyone = office.door.anyone()
    first = await anyone.get(url)
    assert first.status_code == 200, first.text
    clock.advance(days=3)
    again = await anyone.get(url)
    assert (again.content, again.headers["etag"]) == (first.content, first.headers["etag"])
    english = await anyone.get(url, headers={"Accept-Language": "en"})
    assert english.headers["etag"] != first.headers["etag"]
    assert english.headers["vary"] == "Accept-Language"


async def test_who_holds_the_newest_bytes_is_told_so_and_sent_nothing(office: Office) -> None:
    url = await published(office)
    anyone = office.door.anyone()
    for one in (LISTS, url, f"{url}.csv", f"{url}/versions/1", f"{url}/versions/1.html", f"{url}/diff?from=1&to=1"):
        first = await anyone.get(one)
        assert first.status_code == 200, first.text
        known = await anyone.get(one, headers={"If-None-Match": first.headers["etag"]})
        assert (known.status_code, known.content) == (304, b"")
        for name in ("etag", "cache-control", "vary", "access-control-allow-origin", "last-modified"):
            assert known.headers[name] == first.headers[name], name
        assert not first.headers["etag"].startswith("W/")


async def test_a_locked_version_may_be_kept_for_a_day_and_the_newest_for_a_minute(office: Office, clock: Clock) -> None:
    made_at = clock.now
    url = await published(office)
    anyone = office.door.anyone()
    for one in ("/versions/1", "/versions/1.csv", "/diff?from=1&to=1"):
        answer = await anyone.get(f"{url}{one}")
        assert answer.headers["cache-control"] == "public, max-age=86400, immutable"
        assert abs((parsedate_to_datetime(answer.headers["last-modified"]) - made_at).total_seconds()) < 120
    for one in ("", ".csv", ".html"):
        assert (await anyone.get(f"{url}{one}")).headers["cache-control"] == "public, max-age=60"


async def test_pages_of_any_origin_may_read_public_lists_and_nothing_else(office: Office) -> None:
    url = await published(office)
    origin = {"Origin": "https://news.example"}
    anyone = office.door.anyone(origin)
    assert (await anyone.get(url)).headers["access-control-allow-origin"] == "*"
    for other in ("/v1/vocabulary", "/v1/problems"):
        assert "access-control-allow-origin" not in (await anyone.get(other)).headers
    inside = await office.caller.get("/v1/disclosures", headers=origin)
    assert "access-control-allow-origin" not in inside.headers


async def test_an_address_that_asks_too_often_waits(door: Door, clock: Clock, settings: Settings) -> None:
    strict = open_door(door.sessions, clock, settings.model_copy(update={"token_requests_per_minute": 2}))
    anyone = strict.anyone()
    answers = [(await anyone.get(LISTS)).status_code for _ in range(3)]
    assert answers == [200, 200, 429]


async def test_sheets_and_the_page_hold_the_rows_in_columns_of_their_language(office: Office) -> None:
    url = f"{await published(office)}/versions/1"
    anyone = office.door.anyone()
    rows = list(csv.reader(io.StringIO((await anyone.get(f"{url}.csv")).content.decode("utf-8-sig"))))
    assert rows[0][:3] == ["行政区代码", "企业名称", "统一社会信用代码"]
    assert rows[1][:2] == ["141027", "铸造厂"]
    book = await anyone.get(f"{url}.xlsx")
    assert book.headers["content-type"] == XLSX
    ((_, sheet),) = read_xlsx(book.content)
    assert [[str(cell) for cell in row] for row in sheet][1][:2] == rows[1][:2]
    page = await anyone.get(f"{url}.html", headers={"Accept-Language": "en"})
    assert page.headers["content-security-policy"].startswith("default-src 'none'")
    assert '<th scope="col">enterprise</th>' in page.text
    assert [one for one in ("http://", "https://", "<script", "<link", "src=", "url(") if one in page.text] == []


async def test_a_name_that_looks_like_markup_or_a_formula_is_only_text(office: Office, clock: Clock) -> None:
    body = works(performance_grade="B") | {"name": '=<script>alert("1")</script>'}
    made = (await office.caller.post("/v1/enterprises", json=body, headers=key())).json()
    await decide(office, made["id"])
    url = f"{await published(office)}/versions/1"
    anyone = office.door.anyone()
    assert "<script" not in (await anyone.get(f"{url}.html")).text
    assert "\n141027,\"'=<script>" in (await anyone.get(f"{url}.csv")).content.decode("utf-8-sig").replace("\r", "")


async def decide(office: Office, enterprise: str, pack: str = "fushan") -> None:
    office.clock.advance(minutes=1)
    body = {"pack": pack, "season": 2019}
    answer = await office.caller.post(f"/v1/enterprises/{enterprise}/decisions", json=body, headers=key())
    assert answer.status_code == 201, answer.text
    office.clock.advance(minutes=1)


def test_a_public_row_has_the_columns_of_the_allow_list_and_no_others() -> None:
    assert tuple(PublicRow.model_fields) == ALL


def sung(body: dict[str, Any]) -> dict[str, Any]:
    """A foundry with a canary in every free text and personal field the register takes, but those a list must print."""
    body["code"] = f"{CANARY}-{body['code']}"
    texts = {
        "contact_person": f"{CANARY}联系人", "contact_phone": "13812345678", "supervising_person": f"{CANARY}监管人",
        "response_plan_filing_no": f"{CANARY}备案号", "supervising_unit": "浮山分局",
    }  # fmt: skip
    paper = {"document": f"{CANARY}文件"}
    body["facts"] = [one | paper for one in said(texts)]
    (site,) = body["sites"]
    site |= {"code": f"{CANARY}S", "address": f"{CANARY}路1号", "longitude": "111.8421", "latitude": "35.9687"}
    site["facts"] = [one | paper for one in site["facts"]]
    (line,) = site["lines"]
    line["facts"] = [one | paper for one in line["facts"] if one["fact"] != "check_method"]
    line["facts"] += said({"check_method": f"{CANARY}用电量"})
    line["code"] = f"{CANARY}L"
    for part in (*line["processes"], *line["units"]):
        part["code"] = f"{CANARY}{part['code']}"
    for unit in line["units"]:
        unit["process"] = f"{CANARY}{unit['process']}"
    for meter in body["meters"]:
        meter["code"] = f"{CANARY}{meter['code']}"
        meter["subject"] = f"{CANARY}{meter['subject']}"
    return body


async def every_public_byte(door: Door) -> str:
    """All that anybody can be told of public lists, in both languages, workbooks unpacked."""
    found: list[str] = []
    for language in ("zh", "en"):
        anyone = door.anyone({"Accept-Language": language})
        page = await anyone.get(LISTS)
        found.append(page.text)
        for one in page.json()["items"]:
            url = f"{LISTS}/{one['id']}"
            versions = [f"{url}/versions/{each['number']}" for each in one["versions"]]
            forms = [f"{each}.{form}" for each in (url, *versions) for form in ("csv", "xlsx", "html")]
            diffs = [f"{url}/diff?from=1&to={len(versions)}"]
            found += [told(await anyone.get(each)) for each in (url, *versions, *forms, *diffs)]
    return "\n".join(found)


def told(answer: httpx.Response) -> str:
    headers = str(answer.headers)
    if answer.headers["content-type"] == XLSX:
        return headers + str([list(rows) for _, rows in read_xlsx(answer.content)])
    return headers + answer.content.decode()


async def test_nothing_personal_of_the_register_is_in_any_public_byte(door: Door, clock: Clock) -> None:
    await publish(door.sessions, "fushan")
    office = await an_office(door, clock)
    made = await office.caller.post("/v1/enterprises", json=sung(furnished()), headers=key())
    assert made.status_code == 201, made.text
    await decide(office, made.json()["id"])
    plan = Planner(door=door, clock=clock, caller=office.caller)
    schedule = await plan.computes(name=f"{CANARY}方案")
    await plan.publishes_and_serves(schedule)
    day = (await office.reads(f"{schedule}/lines"))["items"][0]["stretches"][-1]["from_at"][:10]
    await office.published()
    first = await office.published(kind="stopped", day=day)
    await office.published(kind="stopped", day=day)
    await office.withdraws(first["id"], seen='"3"')
    authority = await Authority.opens(door, clock, "huairen", "140681")
    body = listed_works("G-1", "140681", "steel", own=GREEN | {"contact_person": f"{CANARY}人"}, of_site=OF_SITE)
    exempt = await authority.registers(body)
    evidence = [{"kind": "document", "reference": f"{CANARY}证据", "note": f"{CANARY}注"}]
    await authority.approves(exempt, "HR-20", reason=f"{CANARY}理由", evidence=evidence)
    assert (await authority.publishes("2019-12-22")).status_code == 201
    clock.advance(minutes=1)
    keeper = await an_office(door, clock, "140681")
    await keeper.published(kind="exempt", region="140681", pack="huairen")
    public = await every_public_byte(door)
    assert "浮山分局" in public
    assert "HR-20" in public
    ids = {made.json()["id"], exempt["id"], made.json()["sites"][0]["lines"][0]["id"]}
    for secret in (CANARY, "13812345678", "111.8421", "35.9687", "周公布", "王五", "李四", *ids):
        assert secret not in public, secret


@pytest.mark.parametrize("field", ["name", "supervising_unit", "line", "process"])
async def test_a_telephone_or_a_known_person_in_a_printed_column_keeps_the_list_from_being_published(
    office: Office, field: str
) -> None:
    body = furnished()
    person = next(one["value"] for one in body["facts"] if one["fact"] == "contact_person")
    (line,) = body["sites"][0]["lines"]
    match field:
        case "name":
            body["name"] = f"{person}铸造厂"
        case "supervising_unit":
            next(one for one in body["facts"] if one["fact"] == field)["value"] = "浮山分局 13812345678"
        case "line":
            line["name"] = "一号线（0357-3321234）"
        case _:
            line["processes"][0]["name"] = f"{person}班组"
    made = (await office.caller.post("/v1/enterprises", json=body, headers=key())).json()
    await decide(office, made["id"])
    refused = await office.publishes(await office.drafts())
    assert (refused.status_code, refused.json()["code"]) == (409, "disclosure_incomplete")
    assert {one["code"] for one in refused.json()["errors"]} == {"personal"}
