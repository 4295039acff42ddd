"""NDJSON as columns: through the fast reader where it can mistake nothing, otherwise object by object."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import orjson
import polars as pl

from app.documents.feed.layout import Layout, layout_of
from app.documents.feed.table import Flags, Table, check_rows, malformed
from app.domain.feed.curves import Rejection
from app.domain.feed.profiles import Profile

# Whether a row has a key at all: null is sent, a missing key is not.
_MISSING = object()
_NUMBERS = (pl.Int64, pl.Float64)


def read_ndjson(content: bytes, profile: Profile, *, rows: int) -> Table:
    """The table of a file; raises the refusals of its keys, FeedTooManyRows."""
    lines = content.count(b"\n") + (not content.endswith(b"\n") and content != b"")
    check_rows(lines, rows)
    return _quick(content, lines, profile) or _by_object(content, profile)


def _quick(content: bytes, lines: int, profile: Profile) -> Table | None:
    """At once, if no key can be missing, doubled or null and every column is of one kind."""
    if not content.strip():
        return None
    try:
        frame = pl.read_ndjson(content, infer_schema_length=None)
    except (pl.exceptions.PolarsError, pl.exceptions.PanicException):
        return None
    # Every key is followed by a colon: as many of them as cells leave no room for a key too many or too few.
    if frame.height != lines or content.count(b'":') != frame.height * frame.width:
        return None
    if any(frame.null_count().row(0)):
        return None
    layout = layout_of(frame.columns, profile)
    named = frame.select(pl.col(header).alias(name) for name, header in layout.headers.items())
    if not all(_is_sure(name, kind) for name, kind in named.schema.items()):
        return None
    return Table(layout, named, np.arange(1, lines + 1, dtype=np.int32))


def _is_sure(name: str, kind: pl.DataType) -> bool:
    """Of values numbers, of all else text: numbers between texts would have been written anew."""
    if name == "values":
        return isinstance(kind, pl.List) and kind.inner in _NUMBERS
    if name == "value" or (name.startswith("v") and name[1:].isdigit()):
        return kind in _NUMBERS
    return kind == pl.String


def _by_object(content: bytes, profile: Profile) -> Table:
    found, lines, broken = list[dict[str, Any]](), list[int](), list[Rejection]()
    for line, raw in enumerate(content.split(b"\n"), start=1):
        if not raw.strip():
            continue
        row = _object(raw)
        if row is None:
            broken.append(malformed(line, raw.decode(errors="replace").strip("\r")))
        else:
            found.append(row)
            lines.append(line)
    if not found:
        return Table(None, pl.DataFrame(), np.zeros(0, dtype=np.int32), malformed=broken)
    layout = layout_of(list(dict.fromkeys(key for row in found for key in row)), profile)
    columns = {name: [row.get(header, _MISSING) for row in found] for name, header in layout.headers.items()}
    frame = pl.DataFrame([_series(name, column) for name, column in columns.items()])
    return Table(layout, frame, np.array(lines, dtype=np.int32), _absent(layout, found, columns), broken)


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
    if {type(cell) for cell in cells} <= {float, int, type(None)} and name not in {"channel", "at", "day"}:
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
