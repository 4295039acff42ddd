"""Parquet as columns: its size is checked before it is decoded, its types become those of the other formats."""

import io

import numpy as np
import polars as pl

from app.documents.feed.layout import is_value, layout_of
from app.documents.feed.parquet_footer import size_of
from app.documents.feed.table import Table, check_rows
from app.domain.feed.profiles import Profile
from app.domain.feed.refusals import FeedBodyTooLarge, FeedFileUnreadable

# The longest list a row may hold is a day of quarter hours.
LONGEST_LIST = 96


def read_parquet(content: bytes, profile: Profile, *, rows: int, limit: int) -> Table:
    """The table of a file; raises FeedFileUnreadable, FeedTooManyRows, FeedBodyTooLarge, the refusals of its columns."""
    try:
        size = size_of(content)
        headers = list(pl.read_parquet_schema(io.BytesIO(content)))
    except (ValueError, pl.exceptions.PolarsError, pl.exceptions.PanicException):
        raise FeedFileUnreadable(format="Parquet") from None
    check_rows(max(size.rows, -(-size.values // LONGEST_LIST)), rows)
    if size.bytes > limit:
        raise FeedBodyTooLarge(limit=limit)
    layout = layout_of(headers, profile)
    try:
        frame = pl.read_parquet(io.BytesIO(content), columns=list(layout.headers.values()))
    except (pl.exceptions.PolarsError, pl.exceptions.PanicException):
        raise FeedFileUnreadable(format="Parquet") from None
    check_rows(frame.height, rows)
    named = [_plain(frame[header].alias(name)) for name, header in layout.headers.items()]
    return Table(layout, pl.DataFrame(named), np.arange(1, frame.height + 1, dtype=np.int32))


def _plain(column: pl.Series) -> pl.Series:
    """Numbers as doubles or as their decimal text, days and instants as they are, everything else as text."""
    kind = column.dtype
    if column.name == "values":
        inner = kind.inner if isinstance(kind, (pl.List, pl.Array)) else kind
        exact = (
            pl.Float64 if inner == pl.Float64 or (isinstance(inner, pl.DataType) and inner.is_integer()) else pl.String
        )
        return column.cast(pl.List(exact), strict=False)
    if kind == pl.Float32:
        # The decimal that was meant is the shortest one next to it, not its expansion as a double.
        return column.cast(pl.String)
    if kind in {pl.Datetime, pl.Date, pl.Float64}:
        return column
    if kind.is_integer() and is_value(column.name):
        return column.cast(pl.Float64)
    return column.cast(pl.String, strict=False)
