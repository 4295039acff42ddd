"""The oracle reads files: bytes become rows, or the file is refused as a whole. The standard library only."""

import csv
import gzip
import json
import re
import zlib
from dataclasses import dataclass, field
from typing import Any

from tests.feed_proof.oracle_rows import MISSING, Cell, Row
from tests.feed_proof.spec import Company

CSV, LINES, PARQUET, JSON = "text/csv", "application/x-ndjson", "application/vnd.apache.parquet", "application/json"
OURS = ("channel", "day", "at", "value", "values", "quality", "version")
# A quoted field may hold line ends; one that is never closed does not swallow the rest of the file.
LINES_OF_A_ROW = 16


class Refused(Exception):
    """The file as a whole, with the codes that would be right."""

    def __init__(self, *codes: str) -> None:
        super().__init__(*codes)
        self.codes = set(codes)


@dataclass(slots=True)
class Table:
    """The rows of a file and which of our columns they have."""

    columns: list[str] = field(default_factory=list)
    rows: list[Row] = field(default_factory=list)


def read_file(body: bytes, media_type: str, company: Company) -> Table:
    """Raises Refused."""
    if media_type == JSON:
        return _array(body, company)
    text = _text(body, company)
    return _csv(text, company) if media_type == CSV else _lines(text, company)


def unpacked(body: bytes, encoding: str | None) -> bytes:
    """Without gzip; raises Refused."""
    if encoding is None:
        return body
    try:
        return gzip.decompress(body)
    except (OSError, EOFError, zlib.error):
        raise Refused("feed_compression_broken") from None


def _text(body: bytes, company: Company) -> str:
    encoding = company.told("encoding", "utf-8")
    bare = body.removeprefix(b"\xef\xbb\xbf")
    try:
        return bare.decode("ascii" if bare.isascii() else encoding).removeprefix("\ufeff")
    except UnicodeDecodeError:
        raise Refused("feed_text_undecodable") from None


def _csv(text: str, company: Company) -> Table:
    lines = re.split("\r\n|\r|\n", text) if text.count("\r") != text.count("\r\n") else text.split("\n")
    lines = [line.removesuffix("\r") for line in lines]
    mark = company.told("delimiter", ",")
    try:
        headers = next(csv.reader([lines[0]], delimiter=mark), [])
    except csv.Error:
        raise Refused("feed_file_unreadable") from None
    named = _named(headers, company)
    table = Table(columns=list(named.values()))
    at = 1
    while at < len(lines):
        fields, taken = _record(lines[at : at + LINES_OF_A_ROW], mark)
        if len(fields) == len(headers):
            cells: dict[str, Cell] = {named[at_]: one or None for at_, one in enumerate(fields) if at_ in named}
            table.rows.append(Row(at + 1, cells))
        # Blank is what has nothing but ASCII blanks: a stray separator of another script is told.
        elif lines[at].strip(" \t\r\n\x0b\x0c"):
            table.rows.append(Row(at + 1, broken=True))
            taken = 1
        at += taken
    return table


def _record(lines: list[str], mark: str) -> tuple[list[str], int]:
    reader = csv.reader((line + "\n" for line in lines), delimiter=mark, strict=True)
    try:
        return next(reader), reader.line_num
    except (csv.Error, StopIteration):
        return [], 1


def _named(headers: list[str], company: Company) -> dict[int, str]:
    """Our column by the place of a header; raises Refused."""
    ours = {company.column(name): name for name in OURS}
    named = dict[int, str]()
    for place, header in enumerate(headers):
        bare = header.strip()
        if bare in company.told("ignored", []):
            continue
        name = ours.get(bare) or _slot_name(bare)
        if name is None or name in named.values():
            raise Refused("feed_columns_unknown")
        named[place] = name
    _check_shape(set(named.values()), company)
    return named


def _slot_name(header: str) -> str | None:
    found = re.fullmatch(r"[vV]0*([1-9][0-9]?)", header)
    return f"v{int(found[1]):02}" if found and int(found[1]) <= 96 else None


def _check_shape(names: set[str], company: Company) -> None:
    slots = any(name[0] == "v" and name[1:].isdigit() for name in names)
    holders = ("value" in names) + ("values" in names) + slots
    one_time = ("at" in names) != ("day" in names)
    if "channel" not in names or not one_time or holders != 1 or ("at" in names and "value" not in names):
        raise Refused("feed_shape_undecidable")


def _lines(text: str, company: Company) -> Table:
    objects = [(line, _object(raw)) for line, raw in enumerate(text.split("\n"), start=1) if raw.strip(" \t\r\n\f\v")]
    return _objects(objects, company)


def _array(body: bytes, company: Company) -> Table:
    try:
        rows = json.loads(body)
    except ValueError:
        raise Refused("feed_file_unreadable") from None
    if not isinstance(rows, list):
        raise Refused("feed_file_unreadable")
    return _objects(
        [(line, row if isinstance(row, dict) and row else None) for line, row in enumerate(rows, 1)], company
    )


def _object(raw: str) -> dict[str, Any] | None:
    try:
        found = json.loads(raw, parse_constant=_no_constant)
    except ValueError:
        return None
    return found if isinstance(found, dict) and found else None


def _no_constant(name: str) -> None:
    raise ValueError(name)


def _objects(objects: list[tuple[int, dict[str, Any] | None]], company: Company) -> Table:
    keys = list(dict.fromkeys(key for _, one in objects if one for key in one))
    if not keys:
        return Table(rows=[Row(line, broken=True) for line, _ in objects])
    named = {keys[place]: name for place, name in _named(keys, company).items()}
    table = Table(columns=list(named.values()))
    for line, one in objects:
        if one is None:
            table.rows.append(Row(line, broken=True))
        else:
            cells = {name: _cell(one.get(key, MISSING)) for key, name in named.items()}
            table.rows.append(Row(line, cells))
    return table


def _cell(value: Any) -> Cell:
    """Numbers with a point are doubles, as JSON means them; everything else that is no text is its own JSON."""
    if value is None or value is MISSING or isinstance(value, str):
        return value
    if isinstance(value, list):
        return [one if isinstance(one := _cell(each), str | float) else None for each in value]
    return value if isinstance(value, float) else json.dumps(value)
