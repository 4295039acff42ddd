"""Columns that name things: each different spelling is understood once, however many rows repeat it."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import TypeVar

import numpy as np
import polars as pl
from numpy.typing import NDArray

T = TypeVar("T")
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_EPOCH_DAY = date(1970, 1, 1)


@dataclass(frozen=True, slots=True, eq=False)
class Spellings:
    """What a column says, each different text once, and which of them every row says."""

    texts: list[str | None]
    index: NDArray[np.intp]

    def understood(self, understand: Callable[[str | None], T]) -> list[T]:
        """What each of the texts means."""
        return [understand(text) for text in self.texts]

    def text_at(self, row: int) -> str | None:
        return self.texts[int(self.index[row])]


def same_in_all(text: str | None, rows: int) -> Spellings:
    return Spellings([text], np.zeros(rows, dtype=np.intp))


def spellings_of(column: pl.Series) -> Spellings:
    """Days and instants of a typed column are spelled in ISO 8601."""
    kind = column.dtype
    if kind == pl.Date:
        return _of_numbers(column.cast(pl.Int64), _day_text)
    if isinstance(kind, pl.Datetime):
        physical = column.cast(pl.Datetime("us", kind.time_zone)).to_physical()
        return _of_numbers(physical, _naive_text if kind.time_zone is None else _aware_text)
    distinct = column.unique(maintain_order=True).drop_nulls()
    return Spellings([*distinct.to_list(), None], _place_in(distinct, column))


def _place_in(distinct: pl.Series, column: pl.Series) -> NDArray[np.intp]:
    if len(distinct) == len(column):
        return np.arange(len(column), dtype=np.intp)
    place = column.cast(pl.Enum(distinct)).to_physical().cast(pl.Int64).fill_null(len(distinct))
    return place.to_numpy()


def _of_numbers(column: pl.Series, text: Callable[[int], str]) -> Spellings:
    known = column.is_not_null().to_numpy()
    distinct, found = np.unique(column.drop_nulls().to_numpy(), return_inverse=True)
    index = np.full(len(column), len(distinct), dtype=np.intp)
    index[known] = found
    return Spellings([*map(text, distinct.tolist()), None], index)


def _day_text(days: int) -> str:
    try:
        return (_EPOCH_DAY + timedelta(days=days)).isoformat()
    except OverflowError:
        return str(days)


def _aware_text(microseconds: int) -> str:
    try:
        return (_EPOCH + timedelta(microseconds=microseconds)).isoformat()
    except OverflowError:
        return str(microseconds)


def _naive_text(microseconds: int) -> str:
    return _aware_text(microseconds).removesuffix("+00:00")
