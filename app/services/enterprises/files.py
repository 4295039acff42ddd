"""Files of the register: gathered by enterprise before anything is checked, so that each lands whole."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

import orjson

from app.documents.nested import rows_of
from app.documents.rejections import Wrong, returned
from app.documents.spreadsheet import (
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
from app.documents.workbook import JSON, XLSX, read_csv, read_xlsx
from app.domain.enterprises.checking import Draft
from app.domain.enterprises.columns import SHEETS, RowLevel
from app.domain.errors import Language
from app.domain.policies.facts import Catalogue


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
    """The file of the rows that stayed outside."""
    headers = {name: header.names for name, header in gathered.headers.items()}
    return returned(gathered.media_type, headers, gathered.rejected, gathered.wrong, language)
