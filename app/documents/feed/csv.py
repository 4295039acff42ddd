"""CSV as columns of text: at once where every line has its fields, line by line where one is broken or quoted."""

import csv
from collections.abc import Iterator, Sequence

import numpy as np
import polars as pl

from app.documents.feed.layout import Layout, layout_of
from app.documents.feed.table import Table, check_rows, malformed
from app.domain.feed.curves import Rejection
from app.domain.feed.profiles import Profile

# A quoted field may hold line ends; one that is never closed must not swallow the rest of the file.
LINES_OF_A_ROW = 16


def read_csv(content: bytes, profile: Profile, *, rows: int) -> Table:
    """The table of a file; raises the refusals of its header, FeedTooManyRows."""
    check_rows(content.count(b"\n") - 1, rows)
    first, rest = _split_header(content)
    headers = next(csv.reader([first], delimiter=profile.delimiter), [])
    layout = layout_of(headers, profile)
    quick = _quick(rest, len(headers), profile.delimiter)
    if quick is not None:
        return _table(layout, headers, quick, np.arange(2, quick.height + 2, dtype=np.int32), ())
    lines, records, broken = list[int](), list[list[str | None]](), list[Rejection]()
    for line, record in _records(rest.decode(), len(headers), profile.delimiter):
        if isinstance(record, str):
            broken.append(malformed(line, record))
        else:
            lines.append(line)
            records.append(record)
    frame = pl.DataFrame(records, schema=_schema(len(headers)), orient="row")
    return _table(layout, headers, frame, np.array(lines, dtype=np.int32), broken)


def _split_header(content: bytes) -> tuple[str, bytes]:
    first, end, rest = content.partition(b"\n")
    if not end and b"\r" in first:
        first, _, rest = content.partition(b"\r")
    return first.decode().rstrip("\r"), rest


def _quick(rest: bytes, width: int, delimiter: str) -> pl.DataFrame | None:
    """The rows at once, if counting proves that each has all its fields: none may have more, all together have enough."""
    lines = rest.count(b"\n") + (not rest.endswith(b"\n") and rest != b"")
    if b'"' in rest or rest.count(b"\r") != rest.count(b"\r\n") or rest.startswith((b"\n", b"\r")):
        return None
    if b"\n\n" in rest or b"\n\r" in rest or rest.count(delimiter.encode()) != (width - 1) * lines:
        return None
    if not lines:
        return pl.DataFrame(schema=_schema(width))
    try:
        frame = pl.read_csv(
            rest,
            has_header=False,
            separator=delimiter,
            quote_char=None,
            infer_schema=False,
            schema=_schema(width),
            truncate_ragged_lines=False,
        )
    except pl.exceptions.PolarsError:
        return None
    return frame if frame.height == lines else None


def _schema(width: int) -> dict[str, type[pl.String]]:
    return {str(index): pl.String for index in range(width)}


def _table(
    layout: Layout,
    headers: Sequence[str],
    frame: pl.DataFrame,
    line: np.ndarray[tuple[int], np.dtype[np.int32]],
    broken: Sequence[Rejection],
) -> Table:
    named = [pl.col(str(headers.index(header))).alias(name) for name, header in layout.headers.items()]
    return Table(layout, frame.select(named), line, malformed=broken)


def _records(text: str, width: int, delimiter: str) -> Iterator[tuple[int, list[str | None] | str]]:
    """Every row with its line: its fields, or its text if they are not `width`; blank lines are passed over."""
    lines = text.replace("\r\n", "\n").replace("\r", "\n").split("\n")
    at = 0
    while at < len(lines):
        here, taken = lines[at], 1
        if '"' in here:
            fields, taken = _quoted(lines[at : at + LINES_OF_A_ROW], delimiter)
        else:
            fields = here.split(delimiter)
        if len(fields) == width:
            yield at + 2, [field or None for field in fields]
        elif here.strip():
            # Reading goes on with the very next line: what seemed to belong to this row may be rows of their own.
            taken = 1
            yield at + 2, here
        at += taken


def _quoted(lines: Sequence[str], delimiter: str) -> tuple[list[str], int]:
    """The fields of a row that begins here and how many lines it takes; no fields if its quotes do not close."""
    reader = csv.reader((line + "\n" for line in lines), delimiter=delimiter, strict=True)
    try:
        fields = next(reader)
    except (csv.Error, StopIteration):
        return [], 1
    return fields, reader.line_num
