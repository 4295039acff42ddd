"""Readings as the bytes that COPY takes, made by columns: no row is ever a Python object (PostgreSQL, "Binary Format")."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import numpy as np
from numpy.typing import NDArray

from app.domain.feed.curves import Days, Instants, Ints, Quality
from app.domain.feed.directory import Ids
from app.domain.feed.merging import Slots

# One chunk is made while the server stores the one before.
CHUNK = 2_000
HEADER_BYTES = 19
_DAY_ZERO = np.datetime64("2000-01-01", "D")
_ZERO = np.datetime64("2000-01-01", "us")
# PostgreSQL's -infinity is the very number with which NumPy writes "no instant".
_NONE = np.iinfo(np.int64).min
Counted = NDArray[np.int64]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Rows:
    """Readings in the order of a table's key, ids as bytes; of curves `slot` is 0, of points the day has one slot."""

    order: Ints  # where each row stands among those that came
    day: Days
    enterprise: Ids
    channel: Ids
    slot: Ints
    slots: Slots

    def __getitem__(self, chosen: Any) -> "Rows":
        return Rows(
            order=self.order[chosen],
            day=self.day[chosen],
            enterprise=self.enterprise[chosen],
            channel=self.channel[chosen],
            slot=self.slot[chosen],
            slots=self.slots[chosen],
        )

    def __len__(self) -> int:
        return len(self.day)


def days_since(days: Days) -> Ints:
    """As PostgreSQL counts them."""
    return (days.astype("datetime64[D]") - _DAY_ZERO).astype(np.int32)


def microseconds(instants: Instants) -> NDArray[np.int64]:
    """As PostgreSQL counts them; NaT becomes -infinity."""
    found = (instants.astype("datetime64[us]") - _ZERO).astype(np.int64)
    return np.where(np.isnat(instants), _NONE, found)


def instants(counted: NDArray[np.int64]) -> Instants:
    """The way back."""
    nothing = counted == _NONE
    found: Instants = _ZERO + np.where(nothing, 0, counted).astype("timedelta64[us]")
    found[nothing] = np.datetime64("NaT")
    return found


def instant(at: datetime) -> int:
    """One instant, in microseconds as PostgreSQL counts them."""
    return int((np.datetime64(at.astimezone(UTC).replace(tzinfo=None), "us") - _ZERO).astype(np.int64))


def uuids(found: Ids) -> list[UUID]:
    """Ids of sixteen bytes each, as the driver takes them."""
    return [UUID(bytes=one.tobytes()) for one in found]


def pack_keys(order: Ints, day: Ints, enterprise: Ids, channel: Ids, slot: Ints) -> Iterator[bytes]:
    """Rows of (ord int4, day date, enterprise_id uuid, channel_id uuid, slot int2)."""
    fields = [("ord", ">i4"), ("day", ">i4"), ("enterprise", "V16"), ("channel", "V16"), ("slot", ">i2")]
    rows = _rows(len(order), fields)
    rows["ord"], rows["day"], rows["enterprise"], rows["channel"], rows["slot"] = order, day, enterprise, channel, slot
    yield rows.tobytes()


def pack_curves(rows: Rows, slots: Slots, *, batch: UUID, at: datetime, revision: Ints) -> Iterator[bytes]:
    """Rows of `load_curves` in the order of its columns."""
    for start in range(0, len(rows), CHUNK):
        chunk = slice(start, start + CHUNK)
        for part, newest, versions in _by_versions(slots, chunk):
            made = _curve_rows(rows[part], slots[part], newest, versions)
            made["batch"], made["at"], made["revision"] = np.void(batch.bytes), instant(at), revision[part]
            yield _undated(made)


def _by_versions(slots: Slots, chunk: slice) -> Iterator[tuple[Any, Counted, Counted | None]]:
    """Which rows of a chunk have one version, and which need one for each slot; the newest one, and all of them."""
    if slots.version.shape[1] == 1:
        yield chunk, microseconds(slots.version[chunk, 0]), None
        return
    told = slots.quality[chunk] != Quality.ABSENT
    every = np.where(told, microseconds(slots.version[chunk]), _NONE)
    newest = every.max(axis=1)
    several = (told & (every != newest[:, None])).any(axis=1)
    for alike, versions in ((~several, None), (several, every[several])):
        if alike.any():
            yield np.flatnonzero(alike) + chunk.start, newest[alike], versions


def pack_points(rows: Rows, slots: Slots, *, batch: UUID, at: datetime, revision: Ints) -> Iterator[bytes]:
    """Rows of `load_points` in the order of its columns."""
    day, version = days_since(rows.day), microseconds(slots.version[:, 0])
    value, quality = slots.values[:, 0], slots.quality[:, 0]
    for start in range(0, len(rows), CHUNK * 20):
        part = slice(start, start + CHUNK * 20)
        made = _rows(len(day[part]), _POINT_FIELDS)
        made["day"], made["enterprise"], made["channel"] = day[part], rows.enterprise[part], rows.channel[part]
        made["slot"], made["value"], made["quality"] = rows.slot[part], value[part], quality[part]
        made["version"], made["batch"], made["at"] = version[part], np.void(batch.bytes), instant(at)
        made["revision"] = revision[part]
        kept = np.ones((len(made), made.dtype.itemsize), dtype=bool)
        _drop(made, kept, "value", quality[part] <= Quality.NULL)
        _drop(made, kept, "version", version[part] == _NONE)
        yield _bytes(made, kept)


def values_of(content: bytes, quality: bytes) -> list[int | None]:
    """The values of a stored curve; None where it has none."""
    values = np.frombuffer(content, dtype=">i4").tolist()
    return [value if known > Quality.NULL else None for value, known in zip(values, quality, strict=True)]


def unpack(content: bytes, fields: list[tuple[Any, ...]]) -> NDArray[np.void]:
    """Rows that COPY gave, all of the same length and without nulls."""
    dtype = _dtype(fields)
    count = (len(content) - HEADER_BYTES) // dtype.itemsize
    return np.frombuffer(content, dtype=dtype, count=count, offset=HEADER_BYTES)


def _curve_rows(rows: Rows, slots: Slots, version: Counted, versions: Counted | None) -> NDArray[np.void]:
    width = slots.values.shape[1]
    dated = bool((version != _NONE).any())
    made = _rows(len(rows), _curve_fields(width, dated=dated, several=versions is not None))
    made["day"], made["enterprise"], made["channel"] = days_since(rows.day), rows.enterprise, rows.channel
    made["values"], made["quality"] = slots.values, slots.quality
    if dated:
        made["version"] = version
    else:
        made["version size"] = -1
    if versions is None:
        made["versions size"] = -1
    else:
        made["versions"] = versions
    return made


def _curve_fields(slots: int, *, dated: bool, several: bool) -> list[tuple[Any, ...]]:
    return [
        ("day", ">i4"), ("enterprise", "V16"), ("channel", "V16"), ("values", ">i4", (slots,)), ("quality", "u1", (slots,)),
        ("version", ">i8" if dated else "V0"), ("versions", ">i8", (slots,)) if several else ("versions", "V0"),
        ("batch", "V16"), ("at", ">i8"), ("revision", ">i4"),
    ]  # fmt: skip


_POINT_FIELDS: list[tuple[Any, ...]] = [
    ("day", ">i4"), ("enterprise", "V16"), ("channel", "V16"), ("slot", ">i2"), ("value", ">i4"), ("quality", ">i2"),
    ("version", ">i8"), ("batch", "V16"), ("at", ">i8"), ("revision", ">i4"),
]  # fmt: skip


def _dtype(fields: list[tuple[Any, ...]]) -> np.dtype[np.void]:
    """Every field stands behind its length, every row behind the number of its fields."""
    laid: list[tuple[Any, ...]] = [("fields", ">i2")]
    for name, *what in fields:
        laid += [(f"{name} size", ">i4"), (name, *what)]
    return np.dtype(laid)


def _rows(count: int, fields: list[tuple[Any, ...]]) -> NDArray[np.void]:
    rows = np.zeros(count, dtype=_dtype(fields))
    rows["fields"] = len(fields)
    for name, *_ in fields:
        rows[f"{name} size"] = rows.dtype[name].itemsize
    return rows


def _undated(rows: NDArray[np.void]) -> bytes:
    """The rows as bytes, where some of them may tell no version."""
    if rows.dtype["version"].itemsize == 0 or (rows["version"] != _NONE).all():
        return rows.tobytes()
    kept = np.ones((len(rows), rows.dtype.itemsize), dtype=bool)
    _drop(rows, kept, "version", rows["version"] == _NONE)
    return _bytes(rows, kept)


def _drop(rows: NDArray[np.void], kept: NDArray[np.bool_], name: str, nothing: NDArray[np.bool_]) -> None:
    """A null has no bytes and the length -1."""
    start = _offset(rows, name)
    rows[f"{name} size"][nothing] = -1
    kept[nothing, start : start + rows.dtype[name].itemsize] = False


def _offset(rows: NDArray[np.void], name: str) -> int:
    fields = rows.dtype.fields
    if fields is None:  # pragma: no cover  these rows always have fields
        raise TypeError
    return int(fields[name][1])


def _bytes(rows: NDArray[np.void], kept: NDArray[np.bool_]) -> bytes:
    plain = rows.view(np.uint8).reshape(len(rows), rows.dtype.itemsize)
    return plain.tobytes() if kept.all() else plain[kept].tobytes()
