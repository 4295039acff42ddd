"""Parquet as columns: its size is checked before it is decoded, its types become those of the other formats."""

import io
from collections.abc import Mapping

import numpy as np
import polars as pl

from app.documents.feed.layout import Layout, is_value, layout_of
from app.documents.feed.parquet_footer import size_of
from app.documents.feed.table import Table, check_rows
from app.domain.errors import FieldError
from app.domain.feed.profiles import Profile
from app.domain.feed.refusals import FeedBodyTooLarge, FeedColumnsUnknown, FeedFileUnreadable

# The longest list a row may hold is a day of quarter hours.
LONGEST_LIST = 96


def read_parquet(content: bytes, profile: Profile, *, rows: int, limit: int) -> Table:
    """The table of a file; raises FeedFileUnreadable, FeedTooManyRows, FeedBodyTooLarge, the refusals of its columns."""
    try:
        size = size_of(content)
        schema = pl.read_parquet_schema(io.BytesIO(content))
    except (ValueError, pl.exceptions.PolarsError, pl.exceptions.PanicException):
        raise FeedFileUnreadable(format="Parquet") from None
    check_rows(max(size.rows, -(-size.values // LONGEST_LIST)), rows)
    if size.bytes > limit:
        raise FeedBodyTooLarge(limit=limit)
    layout = layout_of(list(schema), profile)
    _check_kinds(schema, layout)
    try:
        frame = pl.read_parquet(io.BytesIO(content), columns=list(layout.headers.values()))
    except (pl.exceptions.PolarsError, pl.exceptions.PanicException):
        raise FeedFileUnreadable(format="Parquet") from None
    check_rows(frame.height, rows)
    named = [_plain(frame[header].alias(name)) for name, header in layout.headers.items()]
    return Table(layout, pl.DataFrame(named), np.arange(1, frame.height + 1, dtype=np.int32))


def _check_kinds(schema: Mapping[str, pl.DataType], layout: Layout) -> None:
    """Raises FeedColumnsUnknown with every column that holds neither text nor numbers nor days nor instants."""
    errors = [
        _wrong_kind(header, schema[header])
        for name, header in layout.headers.items()
        if not _may_be(_inner(schema[header]) if name == "values" else schema[header])
    ]
    if errors:
        raise FeedColumnsUnknown(errors=errors)


def _may_be(kind: pl.DataType) -> bool:
    plain = (pl.String, pl.Categorical, pl.Enum, pl.Boolean, pl.Date, pl.Datetime, pl.Null)
    return kind.is_numeric() or isinstance(kind, plain)


def _inner(kind: pl.DataType) -> pl.DataType:
    inner = kind.inner if isinstance(kind, (pl.List, pl.Array)) else None
    # Values that are no list would have to be text, and lists as text belong to CSV.
    return inner if isinstance(inner, pl.DataType) else pl.Object()


def _plain(column: pl.Series) -> pl.Series:
    """Numbers as doubles or as their decimal text, days and instants as they are, everything else as text."""
    if column.name == "values":
        return column.cast(pl.List(_exact(_inner(column.dtype))))
    if is_value(column.name):
        return column.cast(_exact(column.dtype))
    return column if isinstance(column.dtype, (pl.Date, pl.Datetime)) else column.cast(pl.String)


def _exact(kind: pl.DataType) -> pl.DataType:
    """Of a float of 32 bits the decimal that was meant is the shortest one next to it, not its expansion as a double."""
    return pl.Float64() if kind == pl.Float64 or kind.is_integer() else pl.String()


def _wrong_kind(header: str, kind: pl.DataType) -> FieldError:
    return FieldError(
        pointer=header,
        code="column_kind_unknown",
        zh=f"列“{header}”的类型 {kind} 不能识别；请用文本、数字、日期或时间。",
        en=f"The column {header!r} is of type {kind}; send text, numbers, dates or instants.",
    )
