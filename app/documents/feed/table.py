"""A file as a table: columns under our names, the line of every row, and the rows that could not even be taken apart."""

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
import polars as pl
from numpy.typing import NDArray

from app.documents.feed.layout import Layout
from app.domain.feed.curves import Ints, Rejection
from app.domain.feed.refusals import FeedTooManyRows
from app.domain.feed.rejections import rejection

Flags = NDArray[np.bool_]


@dataclass(frozen=True, slots=True, eq=False)
class Table:
    """Rows by column; `absent` marks the cells (rows x the layout's cells) whose key a row does not have at all."""

    layout: Layout | None
    frame: pl.DataFrame
    line: Ints
    absent: Flags | None = None
    malformed: Sequence[Rejection] = field(default_factory=tuple)

    @property
    def received(self) -> int:
        return len(self.line) + len(self.malformed)


def malformed(line: int, raw: str) -> Rejection:
    return rejection(line, "", "row_malformed", raw)


def check_rows(rows: int, limit: int) -> None:
    """Raises FeedTooManyRows."""
    if rows > limit:
        raise FeedTooManyRows(limit=limit)
