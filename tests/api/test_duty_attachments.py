"""Attachments: what a file is its bytes say, its hash is answered, and it leaves as a download to whoever may see it."""

import hashlib
import io
import zipfile

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from app.settings import Settings
from tests.api.door import Door, open_door
from tests.api.owing import TABLE, Owing, owing
from tests.conftest import Clock

JPEG = b"\xff\xd8\xff\xe0\x00\x10JFIF\x00\x01" + bytes(40)
PNG = b"\x89PNG\r\n\x1a\n" + bytes(40)
PDF = b"%PDF-1.7\n1 0 obj\n"


def package(*names: str) -> bytes:
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w") as file:
        for name in names:
            file.writestr(name, "x")
    return made.getvalue()


DOCX, XLSX = package("[Content_Types].xml", "word/document.xml"), package("[Content_Types].xml", "xl/workbook.xml")
TAKEN = {
    "a.pdf": PDF, "b.jpg": JPEG, "c.png": PNG, "d.docx": DOCX, "e.xlsx": XLSX, "f.csv": TABLE,
    "g.csv": "企业;电量\n".encode("gb18030"),
}  # fmt: skip
REFUSED = {
    "a page": b"<html><script>alert(1)</script>,</html>",
    "a drawing that runs scripts": b"<svg xmlns='http://www.w3.org/2000/svg'>,</svg>",
    "a program": b"MZ\x90\x00" + bytes(60),
    "an ELF program": b"\x7fELF" + bytes(60),
    "a workbook with a macro": package("[Content_Types].xml", "xl/workbook.xml", "xl/vbaProject.bin"),
    "an archive": package("a.txt"),
    "half an archive": DOCX[:30],
    "an old document": b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(60),
    "bytes that are nothing": bytes(range(256)),
    "text that is no table": b"hello",
}


@pytest.fixture
async def huairen(door: Door, clock: Clock) -> Owing:
    return await owing(door, clock)


async def test_what_is_taken_is_told_by_its_bytes_and_hashed(huairen: Owing) -> None:
    duty = await huairen.one("report-monthly-firms", "2020-01")
    for name, content in TAKEN.items():
        # However it is called.
        answer = await huairen.attaches(duty, content, name="月报.exe")
        assert answer.status_code == 201, (name, answer.text)
        made = answer.json()
        assert made["name"] == f"月报.{name.partition('.')[2]}"
        assert (made["size"], made["sha256"]) == (len(content), hashlib.sha256(content).hexdigest())
        found = await huairen.own.get(f"/v1/attachments/{made['id']}")
        assert found.content == content
        assert found.headers["X-Content-Type-Options"] == "nosniff"
        assert found.headers["Content-Type"] == "application/octet-stream"
        assert found.headers["Content-Disposition"].startswith("attachment; ")
        assert found.headers["Content-Disposition"].isascii()


async def test_what_is_not_on_the_list_is_not_taken_whatever_it_is_called(huairen: Owing) -> None:
    duty = await huairen.one("report-monthly-firms", "2020-01")
    for what, content in REFUSED.items():
        answer = await huairen.attaches(duty, content, name="月报.pdf")
        assert (answer.status_code, answer.json()["code"]) == (415, "unsupported_media_type"), what
    empty = await huairen.attaches(duty, b"")
    assert (empty.status_code, empty.json()["code"]) == (422, "attachment_empty")


async def test_a_file_larger_than_the_setting_is_refused_unread(
    huairen: Owing, clock: Clock, settings: Settings
) -> None:
    small = open_door(huairen.door.sessions, clock, settings.model_copy(update={"max_attachment_bytes": 1024}))
    own = await small.caller(regions=(), enterprise_ids=(huairen.firm,))
    duty = await huairen.one("report-monthly-firms", "2020-01")
    assert (await huairen.attaches(duty, TABLE + b"x" * 500, by=own)).status_code == 201
    answer = await huairen.attaches(duty, TABLE + b"x" * 2000, by=own)
    assert (answer.status_code, answer.json()["code"]) == (413, "body_too_large")


async def test_an_attachment_belongs_to_its_duty_and_to_whoever_files_it(huairen: Owing) -> None:
    first, other = [await huairen.one("report-monthly-firms", month) for month in ("2020-01", "2020-02")]
    made = (await huairen.attaches(other)).json()
    await huairen.waits_until(2020, 1, 3)
    report = {"form": "monthly_implementation", "carried_out": "停产"}
    answer = await huairen.files(first, report, attachments=[made["id"]])
    assert (answer.status_code, answer.json()["code"]) == (422, "attachment_foreign")
    refused = await huairen.attaches(first, by=huairen.caller)
    assert (refused.status_code, refused.json()["code"]) == (403, "own_enterprise_only")
    # The officer who receives the report reads it.
    assert (await huairen.caller.get(f"/v1/attachments/{made['id']}")).content == TABLE


@pytest.mark.parametrize(
    "table", ["duty_filings", "duty_receipts", "duty_waivers", "duty_reminders", "attachments", "duty_settings"]
)
@pytest.mark.parametrize("statement", ["UPDATE {} SET at = at", "DELETE FROM {}", "TRUNCATE {} CASCADE"])
async def test_what_was_filed_received_and_attached_is_never_altered(door: Door, table: str, statement: str) -> None:
    async with door.sessions() as session:
        with pytest.raises(DBAPIError, match="append-only"):
            await session.execute(text(statement.format(table)))
        await session.rollback()
