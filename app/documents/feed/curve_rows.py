"""Rows of whole days: checked by columns, a block of curves for each number of slots."""

from datetime import date

import numpy as np
import polars as pl
from numpy.typing import NDArray

from app.documents.feed.cells import Cells, cells_of
from app.documents.feed.layout import Layout
from app.documents.feed.rows import EPOCH_DAY, Examined, Rows
from app.documents.feed.table import Flags
from app.domain.feed.channels import DAY_MINUTES, INTERVAL_MINUTES
from app.domain.feed.curves import Codes, Curves, Points, Quality
from app.domain.feed.rejections import Code
from app.domain.feed.repeats import newest
from app.domain.feed.stamps import day_of

# What stands between the values of a list written as text.
BETWEEN_VALUES = ";"
_WIDTHS = {DAY_MINUTES // minutes for minutes in INTERVAL_MINUTES}
_NO_DAY = np.iinfo(np.int64).min
Numbers = NDArray[np.int64]


def curves_of(examined: Examined) -> tuple[list[Curves], list[int]]:
    """A block for each number of slots, and the lines of rows that another row says again."""
    day = _days(examined)
    blocks, superseded = list[Curves](), list[int]()
    slots = examined.of_rows(examined.directory.slots)
    for width in np.unique(slots[examined.rows()]).tolist():
        rows = examined.rows()
        rows = _filled(examined, rows[slots[rows] == width], width)
        if len(rows):
            block, again = _standing(_block(examined, rows, day, width))
            blocks.append(block)
            superseded += again
    return [block for block in blocks if len(block.line)], superseded


def registers_as_points(block: Curves, examined: Examined) -> tuple[Curves, Points | None]:
    """Registers of a source that stamps the start, read at the beginning of each slot, as single values.

    What a register shows at the beginning of a slot closes the slot before, of the first slot that of another day.
    """
    if examined.profile.stamps != "start":
        return block, None
    opening = examined.directory.register[examined.place[block.channel]]
    if not opening.any():
        return block, None
    row, slot = np.nonzero((block.quality != Quality.ABSENT) & opening[:, None])
    first = slot == 0
    points = Points(
        line=block.line[row],
        channel=block.channel[row],
        day=block.day[row] - first.astype("timedelta64[D]"),
        slot=np.where(first, block.values.shape[1] - 1, slot - 1).astype(np.int32),
        value=block.values[row, slot],
        quality=block.quality[row, slot],
        version=block.version[row],
    )
    return block[np.flatnonzero(~opening)], points


def _days(examined: Examined) -> Numbers:
    spelled = examined.told("day")
    told = spelled.understood(lambda text: _number(day_of(text or "", examined.profile)))
    day = np.array(told, dtype=np.int64)[spelled.index]
    examined.reject_all(np.flatnonzero(day == _NO_DAY), "day", "day_invalid")
    outside = (day < examined.earliest) | (day > examined.latest[0])
    examined.reject_all(np.flatnonzero(outside), "day", "day_out_of_range")
    return day


def _number(day: date | None) -> int:
    return _NO_DAY if day is None else (day - EPOCH_DAY).days


def _filled(examined: Examined, rows: Rows, width: int) -> Rows:
    """Rows with as many values as their day has slots; all others are rejected."""
    table, layout = examined.table, examined.layout
    column = layout.cells[0] if layout.cells else "values"
    if table.absent is not None:
        nothing = np.logical_and.reduce(table.absent, axis=1)
        examined.reject_all(rows[nothing[rows]], column, "value_missing")
    fits = _columns_fit(table.frame, layout, width) if layout.cells else _lists_fit(table.frame["values"], width)
    examined.reject_all(rows[~fits[rows]], column, "wrong_number_of_values")
    return rows[examined.sound[rows]]


def _lists_fit(values: pl.Series, width: int) -> Flags:
    return (_listed(values).list.len().fill_null(0) == width).to_numpy()


def _listed(values: pl.Series) -> pl.Series:
    return values if isinstance(values.dtype, pl.List) else values.str.split(BETWEEN_VALUES)


def _columns_fit(frame: pl.DataFrame, layout: Layout, width: int) -> Flags:
    """Columns as many as a day of another interval has are that other interval, not the beginning of a day."""
    most = max(layout.slots) + 1
    if most < width and most in _WIDTHS:
        return np.zeros(frame.height, dtype=bool)
    beyond = [name for name, slot in zip(layout.cells, layout.slots, strict=True) if slot >= width]
    if not beyond:
        return np.ones(frame.height, dtype=bool)
    return frame.select(pl.all_horizontal(pl.col(beyond).is_null())).to_series().to_numpy()


def _block(examined: Examined, rows: Rows, day: Numbers, width: int) -> Curves:
    cells, absent = _cells(examined, rows, width)
    for row, (slot, code, raw) in cells.wrong.items():
        examined.reject(int(rows[row]), examined.cell(slot), code, raw)
    quality = examined.qualities(rows, width)
    if cells.null is not None:
        quality[cells.null] = Quality.NULL
    if absent is not None:
        quality[absent] = Quality.ABSENT
    _reject_future(examined, rows, day, quality)
    values, kept = cells.values, examined.sound[rows]
    values[quality <= Quality.NULL] = 0
    if not kept.all():
        quality, rows, values = quality[kept], rows[kept], values[kept]
    return Curves(
        line=examined.table.line[rows],
        channel=examined.channel[rows],
        day=day[rows].astype("datetime64[D]"),
        values=values,
        quality=quality,
        version=examined.version[rows],
    )


def _cells(examined: Examined, rows: Rows, width: int) -> tuple[Cells, NDArray[np.bool_] | None]:
    table, layout = examined.table, examined.layout
    place = examined.place[examined.channel[rows]]
    if not layout.cells:
        listed = _listed(table.frame["values"])[rows]
        # A list per row becomes one column of cells, taken apart again by rows.
        flat = listed.explode().to_frame()
        return _reshaped(cells_of(flat, examined.directory, np.repeat(place, width)), width), None
    slots = [slot for slot in layout.slots if slot < width]
    frame = table.frame.select(layout.cells[: len(slots)])
    whole = len(rows) == len(table.line)
    cells = cells_of(frame if whole else frame[rows], examined.directory, place)
    return _spread(cells, None if table.absent is None else table.absent[rows, : len(slots)], slots, width)


def _reshaped(cells: Cells, width: int) -> Cells:
    wrong: dict[int, tuple[int, Code, str | None]] = {}
    for place, (_, code, raw) in cells.wrong.items():
        row, slot = divmod(place, width)
        wrong.setdefault(row, (slot, code, raw))
    null = None if cells.null is None else cells.null.reshape(-1, width)
    return Cells(cells.values.reshape(-1, width), null, wrong)


def _spread(
    cells: Cells, absent: NDArray[np.bool_] | None, slots: list[int], width: int
) -> tuple[Cells, NDArray[np.bool_] | None]:
    """The cells at their slots; slots without a column are absent in every row."""
    if len(slots) == width:
        return cells, absent
    shape = (len(cells.values), width)
    values, null, missing = np.zeros(shape, dtype=np.int32), np.zeros(shape, dtype=bool), np.ones(shape, dtype=bool)
    values[:, slots] = cells.values
    if cells.null is not None:
        null[:, slots] = cells.null
    missing[:, slots] = False if absent is None else absent
    wrong = {row: (slots[slot], code, raw) for row, (slot, code, raw) in cells.wrong.items()}
    return Cells(values, null, wrong), missing


def _reject_future(examined: Examined, rows: Rows, day: Numbers, quality: Codes) -> None:
    """A value for a slot of today that has not begun is no measurement."""
    today, seconds = examined.latest
    width = quality.shape[1]
    begun = seconds * width // 86400 + 1
    ahead = np.flatnonzero(day[rows] == today)
    if len(ahead):
        too_early = (quality[ahead, begun:] >= Quality.ESTIMATED).any(axis=1)
        examined.reject_all(rows[ahead[too_early]], "day", "stamp_future")


def _standing(block: Curves) -> tuple[Curves, list[int]]:
    """One row per channel and day; slots that row does not have at all are taken from the rows it supersedes."""
    if not len(block.line):
        return block, []
    keys = [block.channel.astype(np.int64), block.day.view(np.int64)]
    stands = newest(keys, block.version, block.line)
    if stands.all():
        return block, []
    _complete(block, stands, keys)
    return block[np.flatnonzero(stands)], block.line[~stands].tolist()


def _complete(block: Curves, stands: NDArray[np.bool_], keys: list[Numbers]) -> None:
    places = {key: row for row, key in enumerate(zip(*keys, strict=True)) if stands[row]}
    older = np.flatnonzero(~stands)
    order = np.lexsort((block.line[older], block.version[older].view(np.int64)))
    for row in older[order[::-1]].tolist():
        into = places[keys[0][row], keys[1][row]]
        gap = (block.quality[into] == Quality.ABSENT) & (block.quality[row] != Quality.ABSENT)
        block.values[into, gap], block.quality[into, gap] = block.values[row, gap], block.quality[row, gap]
