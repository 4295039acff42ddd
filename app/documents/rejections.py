"""Rejected rows: which row of a file stayed outside and why, and the file in which it goes back to be mended."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import orjson

from app.documents.workbook import CSV, JSON, XLSX, write_csv, write_xlsx
from app.domain.errors import FieldError, Language

ERROR_HEADERS = ("错误字段", "错误代码", "错误说明")
# The answer stays readable; the file of rejected rows has them all.
ERRORS_SHOWN = 1000
# A row by its sheet and line; of a JSON file by no sheet and its index.
Place = tuple[str, int]


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


def told(wrong: Iterable[Wrong], language: Language) -> dict[str, Any]:
    """The reasons in the order of the file, as far as an answer holds them."""
    found = sorted(wrong, key=lambda one: (one.sheet, one.line))
    return {
        "errors": [one.as_json(language) for one in found[:ERRORS_SHOWN]],
        "errors_left_out": max(0, len(found) - ERRORS_SHOWN),
    }


def returned(
    media_type: str,
    headers: Mapping[str, Sequence[str]],
    rejected: Mapping[Place, Any],
    wrong: Iterable[Wrong],
    language: Language,
) -> tuple[bytes, str, str] | None:
    """The rejected rows with their reasons, to be mended and sent again as they are: content, media type, name."""
    if not rejected:
        return None
    if media_type == JSON:
        items = [row for _, row in sorted(rejected.items(), key=lambda one: one[0][1])]
        return orjson.dumps({"items": items}, option=orjson.OPT_INDENT_2), JSON, "rejected.json"
    reasons: dict[Place, list[FieldError]] = {}
    for one in wrong:
        reasons.setdefault((one.sheet, one.line), []).append(one.error)
    sheets = [(sheet, list(_rows(sheet, names, rejected, reasons, language))) for sheet, names in headers.items()]
    if media_type == XLSX:
        return write_xlsx((name, rows) for name, rows in sheets if len(rows) > 1), XLSX, "rejected.xlsx"
    return write_csv(sheets[0][1]), CSV, "rejected.csv"


def _rows(
    name: str,
    names: Sequence[str],
    rejected: Mapping[Place, Any],
    reasons: Mapping[Place, list[FieldError]],
    language: Language,
) -> Iterator[list[object]]:
    kept = [index for index, title in enumerate(names) if title not in ERROR_HEADERS]
    yield [*(names[index] for index in kept), *ERROR_HEADERS]
    for (sheet, line), row in sorted(rejected.items()):
        if sheet == name:
            errors = reasons[sheet, line]
            yield [
                *(row[index] if index < len(row) else None for index in kept),
                "；".join(error.pointer for error in errors),
                "；".join(error.code for error in errors),
                "；".join(error.message(language) for error in errors),
            ]
