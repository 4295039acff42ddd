"""Files of the register: gathered by enterprise before anything is checked, so that each lands whole."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import orjson

from app.documents.nested import rows_of
from app.documents.spreadsheet import (
    ERROR_HEADERS,
    GUIDE,
    LEVEL_BY_SHEET,
    Header,
    HeaderRefused,
    is_blank,
    key_missing,
    key_of,
    read_header,
    read_row,
    unknown_sheet,
)
from app.documents.workbook import CSV, XLSX, read_csv, read_xlsx, write_csv, write_xlsx
from app.domain.enterprises.checking import Draft
from app.domain.enterprises.columns import SHEETS, RowLevel
from app.domain.errors import FieldError, Language
from app.domain.policies.facts import Catalogue

JSON = "application/json"


@dataclass(frozen=True, slots=True)
class Wrong:
    """One reason why a row stayed outside."""

    sheet: str
    line: int
    error: FieldError

    def as_json(self, language: Language) -> dict[str, Any]:
        error = self.error
        return {
            "sheet": self.sheet,
            "line": self.line,
            "field": error.pointer,
            "code": error.code,
            "message": error.message(language),
        }


@dataclass(slots=True)
class Gathered:
    """A file's rows by the enterprise they belong to, and what was wrong before any of them was looked at."""

    media_type: str
    rows: dict[str, list[tuple[str, int, Any]]] = field(default_factory=dict)
    headers: dict[str, Header] = field(default_factory=dict)
    wrong: list[Wrong] = field(default_factory=list)
    rejected: dict[tuple[str, int], Any] = field(default_factory=dict)
    total: int = 0

    def drafts(self, code: str) -> list[Draft]:
        if self.media_type == JSON:
            return [
                draft
                for _, line, item in self.rows[code]
                for draft in rows_of(item, pointer=f"/items/{line}", line=line)
            ]
        return [read_row(self.headers[sheet], row, sheet=sheet, line=line) for sheet, line, row in self.rows[code]]

    def reject(self, code: str, wrong: Iterable[Wrong]) -> None:
        """Keep the rows of an enterprise that stayed outside, as they were written."""
        found = list(wrong)
        self.wrong += found
        places = {(one.sheet, one.line) for one in found}
        for sheet, line, row in self.rows[code]:
            if (sheet, line) in places or (self.media_type == JSON and any(one.line == line for one in found)):
                self.rejected[sheet, line] = row

    def landed(self, code: str) -> None:
        """What has landed needs no memory."""
        del self.rows[code]


def gather(content: bytes, media_type: str, level: RowLevel | None, catalogue: Catalogue) -> Gathered:
    """Reads the whole file; raises FileUnreadable when it is none."""
    gathered = Gathered(media_type)
    if media_type == JSON:
        for index, item in enumerate(orjson.loads(content)["items"]):
            gathered.total += 1
            gathered.rows.setdefault(item["code"], []).append(("", index, item))
    elif media_type == XLSX:
        for name, rows in read_xlsx(content):
            _gather_sheet(gathered, name, LEVEL_BY_SHEET.get(name.strip()), rows, catalogue)
    elif level is not None:
        _gather_sheet(gathered, SHEETS[level], level, read_csv(content), catalogue)
    return gathered


def _gather_sheet(
    gathered: Gathered, name: str, level: RowLevel | None, rows: Iterator[list[object]], catalogue: Catalogue
) -> None:
    first = next(rows, None)
    if first is None or name.strip() == GUIDE or all(is_blank(cell) for cell in first):
        return
    if level is None:
        gathered.wrong.append(Wrong(name, 1, unknown_sheet(name)))
        return
    try:
        header = read_header(level, first, catalogue)
    except HeaderRefused as refused:
        gathered.wrong += [Wrong(name, 1, error) for error in refused.errors]
        return
    gathered.headers[name] = header
    for line, row in enumerate(rows, start=2):
        if all(is_blank(cell) for cell in row):
            continue
        gathered.total += 1
        code = key_of(header, row)
        if code is None:
            gathered.wrong.append(Wrong(name, line, key_missing(level)))
            gathered.rejected[name, line] = row
        else:
            gathered.rows.setdefault(code, []).append((name, line, row))


def rejected_file(gathered: Gathered, language: Language) -> tuple[bytes, str, str] | None:
    """The rejected rows with their reasons, to be mended and sent again as they are: content, media type, name."""
    if not gathered.rejected:
        return None
    if gathered.media_type == JSON:
        items = [row for _, row in sorted(gathered.rejected.items(), key=lambda one: one[0][1])]
        return orjson.dumps({"items": items}, option=orjson.OPT_INDENT_2), JSON, "rejected.json"
    reasons: dict[tuple[str, int], list[FieldError]] = {}
    for one in gathered.wrong:
        reasons.setdefault((one.sheet, one.line), []).append(one.error)
    sheets = [(name, list(_rejected_rows(gathered, name, reasons, language))) for name in gathered.headers]
    if gathered.media_type == XLSX:
        return write_xlsx((name, rows) for name, rows in sheets if len(rows) > 1), XLSX, "rejected.xlsx"
    return write_csv(sheets[0][1]), CSV, "rejected.csv"


def _rejected_rows(
    gathered: Gathered, name: str, reasons: Mapping[tuple[str, int], list[FieldError]], language: Language
) -> Iterator[list[object]]:
    header = gathered.headers[name]
    kept = [index for index, title in enumerate(header.names) if title not in ERROR_HEADERS]
    yield [*(header.names[index] for index in kept), *ERROR_HEADERS]
    for (sheet, line), row in sorted(gathered.rejected.items()):
        if sheet == name:
            errors = reasons[sheet, line]
            yield [
                *(row[index] if index < len(row) else None for index in kept),
                "；".join(error.pointer for error in errors),
                "；".join(error.code for error in errors),
                "；".join(error.message(language) for error in errors),
            ]
