"""Files of sheets: hostile ones are refused, honest ones come back as they were written."""

import csv
import io
import zipfile
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.documents import workbook
from app.documents.workbook import FileUnreadable, read_csv, read_xlsx, restored, write_csv, write_xlsx

HEADER = ["编码", "名称"]


def sheets_of(content: bytes) -> dict[str, list[list[object]]]:
    return {name: list(rows) for name, rows in read_xlsx(content)}


def tampered(content: bytes, change: dict[str, bytes]) -> bytes:
    """The same archive with some entries replaced."""
    target = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(content)) as old, zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as new:
        for name in old.namelist():
            new.writestr(name, change.get(name, old.read(name)))
    return target.getvalue()


def test_a_workbook_comes_back_as_it_was_written() -> None:
    rows: list[list[object]] = [[*HEADER], ["E1", "甲"], [None, None], ["007", date(2019, 9, 30)], [1.5, True]]
    found = sheets_of(write_xlsx([("企业", rows), ("厂区", [[*HEADER]])]))
    assert found["厂区"] == [HEADER]
    assert found["企业"][:2] == rows[:2]
    assert found["企业"][3:] == rows[3:]
    assert len(found["企业"]) == len(rows)


@pytest.mark.parametrize("text", ["=1+1", "+1", "-1", "@x", "=HYPERLINK(1)", "{=1}", "http://x.test"])
def test_no_text_becomes_a_formula_or_a_link(text: str) -> None:
    content = write_xlsx([("企业", [[text]])])
    assert sheets_of(content)["企业"] == [[text]]
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        sheet = archive.read("xl/worksheets/sheet1.xml")
    assert b"<f>" not in sheet
    assert b"hyperlink" not in sheet


@given(st.lists(st.lists(st.text(st.characters(codec="utf-8", exclude_characters="\0\r\n")), min_size=1), min_size=1))
def test_csv_comes_back_as_it_was_written_and_runs_nothing(rows: list[list[str]]) -> None:
    content = write_csv(rows)
    kept = [row if row != [""] else [""] for row in rows]
    assert [row or [""] for row in read_csv(content)] == kept
    # Lines as CSV has them: Python's own also end at a form feed, which ends no row.
    shown = csv.reader(io.StringIO(content.decode("utf-8-sig"), newline=""))
    assert not any(cell.startswith(("=", "+", "-", "@")) for row in shown for cell in row)


@pytest.mark.parametrize("text", ["'=1", "''=1", "'-", "'", "''tis", "\x0c="])
def test_text_behind_apostrophes_of_its_own_keeps_them(text: str) -> None:
    assert list(read_csv(write_csv([[text]]))) == [[text]]


def test_a_lone_apostrophe_is_kept() -> None:
    assert restored("'tis") == "'tis"


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030"])
def test_csv_is_read_in_the_encodings_of_chinese_programs(encoding: str) -> None:
    assert list(read_csv("编码,名称\r\nE1,甲\r\n".encode(encoding))) == [HEADER, ["E1", "甲"]]


@pytest.mark.parametrize(
    "content",
    [b"PK\x03\x04", "编码".encode("utf-16"), b"a\0b", b"\xff\xff\xff", b'"a"b,c\n"d'],
    ids=["zip", "utf-16", "nul", "bytes", "quotes"],
)
def test_what_is_no_csv_is_refused(content: bytes) -> None:
    with pytest.raises(FileUnreadable):
        list(read_csv(content))


@pytest.mark.parametrize("content", [b"", b"a,b\n", b"PK\x03\x04broken", write_csv([HEADER])])
def test_what_is_no_workbook_is_refused(content: bytes) -> None:
    with pytest.raises(FileUnreadable):
        sheets_of(content)


def test_an_archive_that_is_no_workbook_is_refused() -> None:
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w") as archive:
        archive.writestr("a.txt", "a")
    with pytest.raises(FileUnreadable):
        sheets_of(target.getvalue())


def test_a_bomb_is_noticed_while_it_unpacks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(workbook, "MAX_UNPACKED", 2**20)
    bomb = tampered(write_xlsx([("企业", [HEADER])]), {"xl/worksheets/sheet1.xml": b" " * 2**21})
    assert len(bomb) < 20_000
    with pytest.raises(FileUnreadable, match="large"):
        sheets_of(bomb)


@pytest.mark.parametrize("cell", [b"XFD1", b"JA1", b"A1048576", b"A300001", b"CZ999999"])
def test_a_far_cell_does_not_claim_all_memory_between(cell: bytes) -> None:
    content = write_xlsx([("企业", [HEADER, ["E1", "甲"]])])
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        sheet = archive.read("xl/worksheets/sheet1.xml")
    moved = sheet.replace(b'r="B2"', b'r="' + cell + b'"')
    assert moved != sheet
    with pytest.raises(FileUnreadable, match="columns"):
        sheets_of(tampered(content, {"xl/worksheets/sheet1.xml": moved}))


def test_entities_are_not_expanded() -> None:
    content = write_xlsx([("企业", [HEADER])])
    lol = b'<?xml version="1.0"?><!DOCTYPE a [<!ENTITY b "c">]><a>&b;</a>'
    with pytest.raises(FileUnreadable, match="document type"):
        sheets_of(tampered(content, {"xl/sharedStrings.xml": lol}))


def test_rows_keep_their_numbers_below_empty_ones() -> None:
    content = write_xlsx([("企业", [[None], [None], HEADER])])
    assert sheets_of(content)["企业"][-1] == HEADER
    assert len(sheets_of(content)["企业"]) == 3
