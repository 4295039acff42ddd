"""CSV as columns of text: at once where every line has its fields, line by line where one is broken or quoted."""

import csv
import string
from collections.abc import Iterator, Sequence

import numpy as np
import polars as pl

from app.documents.feed.layout import Layout, is_value, layout_of
from app.documents.feed.table import Table, check_rows, malformed
from app.domain.feed.curves import Rejection
from app.domain.feed.profiles import Profile
from app.domain.feed.refusals import FeedFileUnreadable
from app.domain.feed.scaling import SURE_CHARACTERS

# A quoted field may hold line ends; one that is never closed must not swallow the rest of the file.
LINES_OF_A_ROW = 16
# So much is looked at in one go that it stays in the processor's cache.
_BLOCK = 512 * 1024
# The rows that could be taken apart, their lines, and the others.
_Taken = tuple[pl.DataFrame, list[int], list[Rejection]]


def read_csv(content: bytes, profile: Profile, *, rows: int) -> Table:
    """The table of a file; raises the refusals of its header, FeedTooManyRows."""
    content = _one_line_end(content)
    first, _, rest = content.partition(b"\n")
    check_rows(rest.count(b"\n") + (not rest.endswith(b"\n") and rest != b""), rows)
    headers = _headers(first.decode().rstrip("\r"), profile.delimiter)
    layout = layout_of(headers, profile)
    numbers = [headers.index(header) for name, header in layout.headers.items() if is_value(name)]
    quick = _quick(rest, len(headers), profile.delimiter, numbers)
    if quick is not None:
        return _table(layout, headers, quick, range(2, quick.height + 2), ())
    if b'"' not in rest:
        frame, lines, broken = _sound_lines(rest, len(headers), profile.delimiter, numbers)
    else:
        frame, lines, broken = _row_by_row(rest, len(headers), profile.delimiter)
    return _table(layout, headers, frame, lines, broken)


def _sound_lines(rest: bytes, width: int, delimiter: str, numbers: Sequence[int]) -> _Taken:
    """Without quotes a line is a row: what is broken shows by counting, the others can be read at once."""
    mark = delimiter.encode()
    told = [(line, raw) for line, raw in enumerate(rest.split(b"\n"), start=2) if raw.strip()]
    sound = [(line, raw) for line, raw in told if raw.count(mark) == width - 1]
    quick = _quick(b"\n".join(raw for _, raw in sound), width, delimiter, numbers)
    if quick is None:
        return _row_by_row(rest, width, delimiter)
    broken = [malformed(line, raw.decode().rstrip("\r")) for line, raw in told if raw.count(mark) != width - 1]
    return quick, [line for line, _ in sound], broken


def _row_by_row(rest: bytes, width: int, delimiter: str) -> _Taken:
    lines, records, broken = list[int](), list[list[str | None]](), list[Rejection]()
    for line, record in _records(rest.decode(), width, delimiter):
        if isinstance(record, str):
            broken.append(malformed(line, record))
        else:
            lines.append(line)
            records.append(record)
    return pl.DataFrame(records, schema=_schema(width, ()), orient="row"), lines, broken


def _one_line_end(content: bytes) -> bytes:
    """Line ends as LF or CRLF; where a file has others they all become LF, so that every reader counts alike."""
    if b"\r" not in content or content.count(b"\r") == content.count(b"\r\n"):
        return content
    return content.replace(b"\r\n", b"\n").replace(b"\r", b"\n")


def _headers(first: str, delimiter: str) -> list[str]:
    try:
        return next(csv.reader([first], delimiter=delimiter), [])
    except csv.Error:
        raise FeedFileUnreadable(format="CSV") from None


def _quick(rest: bytes, width: int, delimiter: str, numbers: Sequence[int]) -> pl.DataFrame | None:
    """The rows at once, where each has all its fields and nothing is quoted; None otherwise.

    Columns of `numbers` are read as such if every cell is short enough for a double to tell it exactly.
    """
    measured = None if b'"' in rest else _longest(rest, width, delimiter, numbers)
    if measured is None:
        return None
    lines, longest = measured
    if not lines:
        return pl.DataFrame(schema=_schema(width, ()))
    kinds = (numbers, ()) if longest <= SURE_CHARACTERS else ((),)
    for chosen in kinds:
        try:
            frame = pl.read_csv(
                rest, has_header=False, separator=delimiter, quote_char=None, schema=_schema(width, chosen)
            )
        except pl.exceptions.PolarsError:
            continue
        return frame if frame.height == lines else None
    return None


def _longest(rest: bytes, width: int, delimiter: str, numbers: Sequence[int]) -> tuple[int, int] | None:
    """How many lines there are and how long their longest number is; None unless each line has `width` fields."""
    if rest and not rest.endswith(b"\n"):
        rest += b"\n"
    lines, longest, at = 0, 0, 0
    while at < len(rest):
        end = rest.find(b"\n", min(at + _BLOCK, len(rest) - 1)) + 1
        block = np.frombuffer(rest, dtype=np.uint8, count=end - at, offset=at)
        marks = np.flatnonzero((block == ord(delimiter)) | (block == ord("\n")))
        if len(marks) % width or not (block[marks[width - 1 :: width]] == ord("\n")).all():
            return None
        if np.count_nonzero(block == ord("\n")) != len(marks) // width:
            return None
        lengths = np.diff(marks, prepend=-1).reshape(-1, width) - 1
        longest = max(longest, int(lengths[:, numbers].max(initial=0)))
        lines, at = lines + len(lengths), end
    return lines, longest


def _schema(width: int, numbers: Sequence[int]) -> dict[str, pl.DataType]:
    return {str(index): pl.Float64() if index in numbers else pl.String() for index in range(width)}


def _table(
    layout: Layout,
    headers: Sequence[str],
    frame: pl.DataFrame,
    line: Sequence[int],
    broken: Sequence[Rejection],
) -> Table:
    named = [pl.col(str(headers.index(header))).alias(name) for name, header in layout.headers.items()]
    return Table(layout, frame.select(named), np.array(line, dtype=np.int32), malformed=broken)


def _records(text: str, width: int, delimiter: str) -> Iterator[tuple[int, list[str | None] | str]]:
    """Every row with its line: its fields, or its text if they are not `width`; blank lines are passed over."""
    lines = text.replace("\r\n", "\n").split("\n")
    at = 0
    while at < len(lines):
        here, taken = lines[at], 1
        if '"' in here:
            fields, taken = _quoted(lines[at : at + LINES_OF_A_ROW], delimiter)
        else:
            fields = here.split(delimiter)
        if len(fields) == width:
            yield at + 2, [field or None for field in fields]
        elif here.strip(string.whitespace):
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
