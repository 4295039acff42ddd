"""Files of sheets: XLSX and CSV read with a limit on everything, and written so that no cell becomes a formula."""

import csv
import io
import re
import zipfile
from collections.abc import Iterable, Iterator, Sequence
from datetime import date, datetime
from typing import Any, BinaryIO

import xlsxwriter
from python_calamine import CalamineError, CalamineWorkbook

from app.domain.errors import Invalid

Sheet = tuple[str, Iterator[list[object]]]

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
CSV = "text/csv; charset=utf-8"
JSON = "application/json"
# The largest register in view has 100,000 lines; three times that is another file.
MAX_ROWS = 300_000
# 300,000 rows of sixty cells are about a gigabyte of XML.
MAX_UNPACKED = 2**30
MAX_ENTRIES = 500
PIECE = 2**20
# The reader lays cells out in a rectangle, so one cell at the far corner would claim all memory between.
_FAR_COLUMN = re.compile(rb"""\sr\s*=\s*["'](?:[A-Z]{3}|[J-Z][A-Z])\d""")
_FAR_ROW = re.compile(rb"""\sr\s*=\s*["'][A-Z]{0,3}(?:\d{7}|[3-9]\d{5})["']""")
# Text cells stay text: nothing is written as a formula or a link.
_AS_TEXT = {"strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}
# What a spreadsheet program would run rather than show.
_FORMULA = ("=", "+", "-", "@", "\t", "\r")


class FileUnreadable(Invalid):
    code = "file_unreadable"
    zh = "无法读取该文件：{zh_reason}。请从模板另存为 XLSX 或 CSV 后重试。"
    en = "The file cannot be read: {en_reason}. Save it from the template as XLSX or CSV and try again."


def unreadable(zh: str, en: str) -> FileUnreadable:
    return FileUnreadable(zh_reason=zh, en_reason=en)


def read_xlsx(content: bytes) -> Iterator[Sheet]:
    """Sheets in their order, each row by row."""
    inspect_xlsx(content)
    try:
        workbook = CalamineWorkbook.from_filelike(io.BytesIO(content))
        for name in workbook.sheet_names:
            rows = workbook.get_sheet_by_name(name).iter_rows()
            yield name, (list(row) for row in rows)
    except CalamineError as error:
        raise unreadable("不是有效的 XLSX 工作簿", "it is not a valid XLSX workbook") from error


def inspect_xlsx(content: bytes) -> None:
    """Unpack piece by piece before anything is laid out: sizes in an archive's directory may lie."""
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            entries = archive.infolist()
            if len(entries) > MAX_ENTRIES or "[Content_Types].xml" not in archive.namelist():
                raise unreadable("不是 XLSX 工作簿", "it is not an XLSX workbook")
            unpacked = 0
            for entry in entries:
                unpacked = _inspect(archive, entry, unpacked)
    except (zipfile.BadZipFile, NotImplementedError, RuntimeError, EOFError, OSError) as error:
        raise unreadable("压缩结构损坏", "the archive is damaged") from error


def _inspect(archive: zipfile.ZipFile, entry: zipfile.ZipInfo, unpacked: int) -> int:
    tail = b""
    with archive.open(entry) as stream:
        while piece := stream.read(PIECE):
            unpacked += len(piece)
            if unpacked > MAX_UNPACKED:
                raise unreadable("解压后过大", "it is too large when unpacked")
            text = tail + piece
            if b"<!DOCTYPE" in text:
                raise unreadable("含有文档类型定义", "it contains a document type definition")
            if entry.filename.endswith(".xml") and (_FAR_COLUMN.search(text) or _FAR_ROW.search(text)):
                raise unreadable(
                    f"超过 {MAX_ROWS} 行或 260 列", f"it has more than {MAX_ROWS} rows or 260 columns; split it"
                )
            tail = piece[-64:]
    return unpacked


def read_csv(content: bytes) -> Iterator[list[object]]:
    """UTF-8 with or without its mark, or GB18030 as Chinese spreadsheet programs write it."""
    if content.startswith((b"PK", b"\xff\xfe", b"\xfe\xff")) or b"\0" in content[:PIECE]:
        raise unreadable("不是 CSV 文本", "it is not CSV text")
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        try:
            text = content.decode("gb18030")
        except UnicodeDecodeError as error:
            raise unreadable("编码既非 UTF-8 也非 GB18030", "it is neither UTF-8 nor GB18030") from error
    try:
        for number, row in enumerate(csv.reader(io.StringIO(text, newline=""), strict=True)):
            if number > MAX_ROWS:
                raise unreadable(f"超过 {MAX_ROWS} 行", f"it has more than {MAX_ROWS} rows; split it")
            yield [restored(cell) for cell in row]
    except csv.Error as error:
        raise unreadable("引号或分隔符有误", f"its quotes or separators are wrong ({error})") from error


def defused(cell: object) -> str:
    """A cell as CSV text that no spreadsheet program takes for a formula."""
    text = "" if cell is None else cell.isoformat() if isinstance(cell, date) else str(cell)
    return f"'{text}" if _needs_mark(text) else text


def restored(cell: str) -> str:
    return cell[1:] if cell[:1] == "'" and _needs_mark(cell[1:]) else cell


def _needs_mark(text: str) -> bool:
    # Text that already stands behind apostrophes gets one more, or reading would take its own away.
    return text.lstrip("'").startswith(_FORMULA)


class CsvFile:
    """Rows written to a file as they come, with the mark that makes spreadsheet programs read UTF-8."""

    def __init__(self, target: BinaryIO) -> None:
        self._text = io.TextIOWrapper(target, encoding="utf-8-sig", newline="")
        self._rows = csv.writer(self._text)

    def add(self, rows: Iterable[Sequence[object]]) -> None:
        self._rows.writerows([defused(cell) for cell in row] for row in rows)

    def close(self) -> None:
        """The file itself stays open."""
        self._text.detach()


class XlsxFile:
    """A workbook of one sheet, whose rows leave memory as they come: they wait in a temporary file until it is closed."""

    def __init__(self, target: BinaryIO, name: str) -> None:
        self._book = xlsxwriter.Workbook(target, {"constant_memory": True, **_AS_TEXT})
        self._rows = _Rows(self._book, name)

    def add(self, rows: Iterable[Sequence[object]]) -> None:
        self._rows.add(rows)

    def close(self) -> None:
        """The file itself stays open."""
        self._book.close()


class _Rows:
    """One sheet of a workbook; its first row is a header."""

    def __init__(self, book: Any, name: str) -> None:
        self._sheet = book.add_worksheet(name)
        self._sheet.freeze_panes(1, 0)
        self._bold, self._day = book.add_format({"bold": True}), book.add_format({"num_format": "yyyy-mm-dd"})
        self._count = 0

    def add(self, rows: Iterable[Sequence[object]]) -> None:
        for row in rows:
            for column, cell in enumerate(row):
                if isinstance(cell, date):
                    self._sheet.write_datetime(self._count, column, cell, self._day)
                elif cell is not None and cell != "":
                    self._sheet.write(self._count, column, cell, self._bold if self._count == 0 else None)
            self._count += 1


def write_csv(rows: Iterable[Sequence[object]]) -> bytes:
    content = io.BytesIO()
    file = CsvFile(content)
    file.add(rows)
    file.close()
    return content.getvalue()


def write_xlsx(sheets: Iterable[tuple[str, Iterable[Sequence[object]]]], *, made_at: datetime | None = None) -> bytes:
    """With `made_at` the same rows give the same bytes, whenever they are written."""
    content = io.BytesIO()
    with xlsxwriter.Workbook(content, {"in_memory": True, **_AS_TEXT}) as book:
        if made_at is not None:
            book.set_properties({"created": made_at})
        for name, rows in sheets:
            _Rows(book, name).add(rows)
    return content.getvalue()
