"""NDJSON as columns: through the fast reader where it can mistake nothing, otherwise object by object."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import orjson
import polars as pl

from app.documents.feed.layout import Layout, is_value, layout_of
from app.documents.feed.table import Flags, Table, check_rows, malformed
from app.domain.errors import Invalid
from app.domain.feed.profiles import Profile

# Whether a row has a key at all: null is sent, a missing key is not.
_MISSING = object()


def read_ndjson(content: bytes, profile: Profile, *, rows: int) -> Table:
    """The table of a file; raises the refusals of its keys, FeedTooManyRows."""
    lines = content.count(b"\n") + (not content.endswith(b"\n") and content != b"")
    check_rows(lines, rows)
    return _quick(content, lines, profile) or _line_by_line(content, profile)


def _quick(content: bytes, lines: int, profile: Profile) -> Table | None:
    """At once, if every row has the keys of the first, once each, and every value is a number or null."""
    first = _object(content.partition(b"\n")[0])
    if first is None:
        return None
    try:
        layout = layout_of(list(first), profile)
    except Invalid:
        # Other rows may have what the first has not.
        return None
    names = {header: name for name, header in layout.headers.items()}
    try:
        frame = pl.read_ndjson(content, schema={key: _kind(names.get(key)) for key in first})
    except (pl.exceptions.PolarsError, pl.exceptions.PanicException):
        return None
    # A colon follows every key: as many of them as cells leave room for another key only where one is missing.
    if frame.height != lines or content.count(b'":') != frame.height * frame.width:
        return None
    # A list or an object where text belongs arrives as its JSON.
    if frame.select(pl.any_horizontal(pl.col(pl.String).str.contains(r"^[\[{]").any())).to_series().any():
        return None
    if any(frame.null_count().row(0)) and not _has_all_keys(content, frame, set(first)):
        return None
    named = frame.select(pl.col(header).alias(name) for name, header in layout.headers.items())
    return Table(layout, named, np.arange(1, lines + 1, dtype=np.int32))


def _kind(name: str | None) -> pl.DataType:
    if name == "values":
        return pl.List(pl.Float64)
    return pl.Float64() if name is not None and is_value(name) else pl.String()


def _has_all_keys(content: bytes, frame: pl.DataFrame, keys: set[str]) -> bool:
    """Whether the rows with a null say so themselves: the fast reader shows a missing key as null too."""
    lines = content.split(b"\n")
    doubtful = frame.select(pl.any_horizontal(pl.all().is_null())).to_series().arg_true()
    return all((row := _object(lines[at])) is not None and row.keys() == keys for at in doubtful)


def _line_by_line(content: bytes, profile: Profile) -> Table:
    """Exactly the broken lines are told; without them and blank ones the fast reader may get on."""
    raws = content.split(b"\n")
    rows = [(line, _object(raw)) for line, raw in enumerate(raws, start=1) if raw.strip()]
    broken = [malformed(line, raws[line - 1].decode(errors="replace").strip("\r")) for line, row in rows if row is None]
    found = [row for _, row in rows if row is not None]
    lines = np.array([line for line, row in rows if row is not None], dtype=np.int32)
    if not found:
        return Table(None, pl.DataFrame(), lines, malformed=broken)
    sound = b"\n".join(raws[line - 1] for line in lines.tolist())
    quick = _quick(sound, len(lines), profile) if len(lines) < len(raws) else None
    return replace(quick or _by_object(found, profile), line=lines, malformed=broken)


def _by_object(found: list[dict[str, Any]], profile: Profile) -> Table:
    layout = layout_of(list(dict.fromkeys(key for row in found for key in row)), profile)
    columns = {name: [row.get(header, _MISSING) for row in found] for name, header in layout.headers.items()}
    frame = pl.DataFrame([_series(name, column) for name, column in columns.items()])
    return Table(layout, frame, np.zeros(len(found), dtype=np.int32), _absent(layout, found, columns))


def _object(raw: bytes) -> dict[str, Any] | None:
    try:
        row = orjson.loads(raw)
    except orjson.JSONDecodeError:
        return None
    return row if isinstance(row, dict) and row else None


def _absent(layout: Layout, found: list[dict[str, Any]], columns: dict[str, list[Any]]) -> Flags | None:
    holders = layout.cells or ("values",)
    wanted = len(layout.headers)
    if all(len(row) >= wanted for row in found) and not any(_MISSING in columns[name] for name in holders):
        return None
    return np.array([[cell is _MISSING for cell in columns[name]] for name in holders], dtype=bool).T


def _series(name: str, column: list[Any]) -> pl.Series:
    cells = [None if cell is _MISSING else cell for cell in column]
    if name == "values":
        return pl.Series(name, [_texts(cell) for cell in cells], dtype=pl.List(pl.String))
    if {type(cell) for cell in cells} <= {float, int, type(None)} and is_value(name):
        return pl.Series(name, [None if cell is None else float(cell) for cell in cells], dtype=pl.Float64)
    return pl.Series(name, [_text(cell) for cell in cells], dtype=pl.String)


def _texts(cell: Any) -> Sequence[str | None]:
    # A value that is no list has the wrong number of values, whatever it is.
    return [_text(one) for one in cell] if isinstance(cell, list) else []


def _text(cell: Any) -> str | None:
    if cell is None or isinstance(cell, str):
        return cell
    if isinstance(cell, list):
        return ";".join(_text(one) or "" for one in cell)
    return orjson.dumps(cell).decode()
