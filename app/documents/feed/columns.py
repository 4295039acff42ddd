"""Columns that name things: each different spelling is understood once, however many rows repeat it."""

from collections.abc import Callable, Sequence
from datetime import UTC, date, datetime, timedelta
from typing import Generic, TypeVar

import polars as pl

T = TypeVar("T")
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_EPOCH_DAY = date(1970, 1, 1)


class Understood(dict[str | int | None, T], Generic[T]):
    """What each spelling means, asked once."""

    def __init__(self, understand: Callable[[str | None], T], text: Callable[[str | int | None], str | None]) -> None:
        super().__init__()
        self._understand, self._text = understand, text

    def __missing__(self, spelling: str | int | None) -> T:
        meant = self[spelling] = self._understand(self._text(spelling))
        return meant


def understood(column: pl.Series, understand: Callable[[str | None], T]) -> list[T]:
    """What each row of a column means."""
    spellings, text = _spellings(column)
    return list(map(Understood(understand, text).__getitem__, spellings))


def text_at(column: pl.Series, row: int) -> str | None:
    """What stood in a row, as text."""
    spellings, text = _spellings(column[row : row + 1])
    return text(spellings[0])


def _spellings(column: pl.Series) -> tuple[Sequence[str | int | None], Callable[[str | int | None], str | None]]:
    kind = column.dtype
    if kind == pl.Date:
        return column.cast(pl.Int32).to_list(), _day_text
    if isinstance(kind, pl.Datetime):
        aware = kind.time_zone is not None
        return column.cast(
            pl.Datetime("us", kind.time_zone)
        ).to_physical().to_list(), _aware_text if aware else _naive_text
    return column.to_list(), _same


def _same(spelling: str | int | None) -> str | None:
    return spelling if spelling is None else str(spelling)


def _day_text(spelling: str | int | None) -> str | None:
    try:
        return None if spelling is None else (_EPOCH_DAY + timedelta(days=int(spelling))).isoformat()
    except OverflowError:
        return str(spelling)


def _aware_text(spelling: str | int | None) -> str | None:
    try:
        return None if spelling is None else (_EPOCH + timedelta(microseconds=int(spelling))).isoformat()
    except OverflowError:
        return str(spelling)


def _naive_text(spelling: str | int | None) -> str | None:
    text = _aware_text(spelling)
    return text if text is None else text.removesuffix("+00:00")
