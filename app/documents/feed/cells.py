"""Cells as numbers: a column of text or numbers becomes doubles, with what was empty apart from what was no number."""

from dataclasses import dataclass

import numpy as np
import polars as pl
from numpy.typing import NDArray

from app.documents.feed.table import Flags
from app.domain.feed.channels import Channel
from app.domain.feed.directory import Directory
from app.domain.feed.rejections import Code
from app.domain.feed.scaling import SURE_CHARACTERS, Floats, reason, scaled

Ints = NDArray[np.int32]


@dataclass(frozen=True, slots=True, eq=False)
class Cells:
    """Rows x slots: scaled integers, where no value was sent, and of every wrong row the first wrong cell and why."""

    values: Ints
    null: Flags | None
    wrong: dict[int, tuple[int, Code, str | None]]


def cells_of(frame: pl.DataFrame, directory: Directory, place: Ints) -> Cells:
    """The values of rows whose channels are at these places of the directory."""
    numbers = _numbers(frame)
    nulls = any(numbers.null_count().row(0))
    frame, numbers, null = _looked_at_closer(frame, numbers) if nulls else (frame, numbers, None)
    floats = numbers.to_numpy()
    values, bad = scaled(floats, None if null is None else ~null, directory.bounds.rows(place))
    doubtful = _doubtful(frame, floats.shape)
    suspects = bad if doubtful is None else bad | doubtful
    wrong = _reasons(frame, floats, bad, suspects, [directory.channels[one] for one in place]) if suspects.any() else {}
    return Cells(values, null, wrong)


def _numbers(frame: pl.DataFrame) -> pl.DataFrame:
    return frame.select(pl.all().cast(pl.Float64, strict=False))


def _looked_at_closer(frame: pl.DataFrame, numbers: pl.DataFrame) -> tuple[pl.DataFrame, pl.DataFrame, Flags]:
    """Empty cells apart from those that are no number; blanks around a number do no harm."""
    if any(kind == pl.String for kind in frame.schema.values()):
        text = pl.col(pl.String).str.strip_chars()
        frame = frame.with_columns(pl.when(text != "").then(text))
        numbers = _numbers(frame)
    return frame, numbers, frame.select(pl.all().is_null()).to_numpy()


def _doubtful(frame: pl.DataFrame, shape: tuple[int, ...]) -> Flags | None:
    """Texts of more digits than a double tells apart, not counting zeros at their end; these are decided exactly."""
    texts = [name for name, kind in frame.schema.items() if kind == pl.String]
    longest = frame.select(pl.col(texts).str.len_bytes().max()).row(0) if texts and frame.height else ()
    long = [name for name, most in zip(texts, longest, strict=False) if (most or 0) > SURE_CHARACTERS]
    if not long:
        return None
    doubtful = np.zeros(shape, dtype=bool)
    for name in long:
        text = frame[name]
        told = frame.select(
            pl.when(pl.col(name).str.contains(".", literal=True))
            .then(pl.col(name).str.strip_chars_end("0"))
            .otherwise(text)
        ).to_series()
        doubtful[:, frame.columns.index(name)] = (
            (told.str.len_bytes() > SURE_CHARACTERS).fill_null(value=False).to_numpy()
        )
    return doubtful


def _reasons(
    frame: pl.DataFrame, floats: Floats, bad: Flags, suspects: Flags, channels: list[Channel]
) -> dict[int, tuple[int, Code, str | None]]:
    found: dict[int, tuple[int, Code, str | None]] = {}
    for row in np.flatnonzero(suspects.any(axis=1)).tolist():
        for slot in np.flatnonzero(suspects[row]).tolist():
            cell = frame[row, slot]
            text = cell if isinstance(cell, str) else None
            code = reason(float(floats[row, slot]), text, channels[row]) or (
                "value_invalid" if bad[row, slot] else None
            )
            if code is not None:
                found[row] = (slot, code, text if text is not None else repr(cell))
                break
    return found
