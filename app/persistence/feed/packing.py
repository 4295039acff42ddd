"""Readings as the bytes that COPY takes, made by columns: no row is ever a Python object (PostgreSQL, "Binary Format")."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import numpy as np
from numpy.typing import NDArray

from app.domain.feed.curves import Codes, Days, Instants, Ints, Quality
from app.domain.feed.merging import Slots

# One chunk is made while the server stores the one before.
CHUNK = 2_000
HEADER_BYTES = 19
# Of the types of array elements; they are the same in every PostgreSQL.
_INT4_OID, _TIMESTAMPTZ_OID = 23, 1184
_DAY_ZERO = np.datetime64("2000-01-01", "D")
_ZERO = np.datetime64("2000-01-01", "us")
# PostgreSQL's -infinity is the very number with which NumPy writes "no instant".
_NONE = np.iinfo(np.int64).min
Ids = NDArray[np.void]
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


def ids(found: list[UUID]) -> Ids:
    """Ids as sixteen bytes each."""
    return np.frombuffer(b"".join(one.bytes for one in found), dtype="V16")


def pack_keys(order: Ints, day: Ints, enterprise: Ids, channel: Ids, slot: Ints) -> Iterator[bytes]:
    """Rows of (ord int4, day date, enterprise_id uuid, channel_id uuid, slot int2)."""
    fields = [("ord", ">i4"), ("day", ">i4"), ("enterprise", "V16"), ("channel", "V16"), ("slot", ">i2")]
    rows = _rows(len(order), fields)
    rows["ord"], rows["day"], rows["enterprise"], rows["channel"], rows["slot"] = order, day, enterprise, channel, slot
    yield rows.tobytes()


def pack_curves(rows: Rows, slots: Slots, *, batch: UUID, at: datetime, revision: Ints) -> Iterator[bytes]:
    """Rows of `load_curves` in the order of its columns."""
    for start in range(0, len(rows), CHUNK):
        part = slice(start, start + CHUNK)
        told = slots.quality[part] != Quality.ABSENT
        every = np.where(told, microseconds(slots.version[part]), _NONE)
        newest = every.max(axis=1)
        several = (told & (every != newest[:, None])).any(axis=1)
        for alike, versions in ((~several, None), (several, every[several])):
            if alike.any():
                made = _curve_rows(rows[part][alike], slots[part][alike], newest[alike], versions)
                made["batch"], made["at"], made["revision"] = np.void(batch.bytes), instant(at), revision[part][alike]
                yield _without_nulls(made, slots.values[part][alike], slots.quality[part][alike], versions)


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


def unpack(content: bytes, fields: list[tuple[Any, ...]]) -> NDArray[np.void]:
    """Rows that COPY gave, all of the same length and without nulls."""
    dtype = _dtype(fields)
    count = (len(content) - HEADER_BYTES) // dtype.itemsize
    return np.frombuffer(content, dtype=dtype, count=count, offset=HEADER_BYTES)


def sent_array(slots: int, of: str = ">i4") -> list[tuple[Any, ...]]:
    """What array_send makes of `slots` numbers without a null."""
    element = [("size", ">i4"), ("value", of)]
    return [("shape", ">i4", (5,)), ("element", element, (slots,))]


def _curve_rows(rows: Rows, slots: Slots, version: Counted, versions: Counted | None) -> NDArray[np.void]:
    width = slots.values.shape[1]
    made = _rows(len(rows), _curve_fields(width, several=versions is not None))
    made["day"], made["enterprise"], made["channel"] = days_since(rows.day), rows.enterprise, rows.channel
    made["quality"], made["version"] = slots.quality, version
    if versions is None:
        made["versions size"] = -1
    else:
        made["versions"]["shape"] = (1, 1, _TIMESTAMPTZ_OID, width, 1)
        made["versions"]["element"]["size"], made["versions"]["element"]["value"] = 8, versions
    return made


def _curve_fields(slots: int, *, several: bool) -> list[tuple[Any, ...]]:
    versions = ("versions", sent_array(slots, ">i8")) if several else ("versions", "V0")
    return [
        ("day", ">i4"), ("enterprise", "V16"), ("channel", "V16"), ("values", sent_array(slots)), ("quality", "u1", (slots,)),
        ("version", ">i8"), versions, ("batch", "V16"), ("at", ">i8"), ("revision", ">i4"),
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


def _without_nulls(rows: NDArray[np.void], values: Ints, quality: Codes, versions: Counted | None) -> bytes:
    array = rows["values"]
    array["shape"] = (1, 1, _INT4_OID, values.shape[1], 1)
    array["element"]["size"], array["element"]["value"] = 4, values
    nothing = quality <= Quality.NULL
    undated = rows["version"] == _NONE
    if versions is None and not nothing.any() and not undated.any():
        return rows.tobytes()
    kept = np.ones((len(rows), rows.dtype.itemsize), dtype=bool)
    _drop_elements(rows, kept, "values", nothing)
    if versions is not None:
        _drop_elements(rows, kept, "versions", versions == _NONE)
    _drop(rows, kept, "version", undated)
    return _bytes(rows, kept)


def _drop_elements(rows: NDArray[np.void], kept: NDArray[np.bool_], name: str, nothing: NDArray[np.bool_]) -> None:
    """A null in an array has no bytes and the length -1, and the array is shorter by it."""
    if not nothing.any():
        return
    element = rows.dtype[name]["element"].base
    rows[name]["element"]["size"][nothing] = -1
    rows[f"{name} size"] -= (element.itemsize - 4) * nothing.sum(axis=1)
    end = _offset(rows, name) + rows.dtype[name].itemsize
    start = end - element.itemsize * nothing.shape[1]
    elements = kept[:, start:end].reshape(*nothing.shape, element.itemsize)
    elements[nothing, 4:] = False
    # A slice of columns is copied when it is reshaped.
    kept[:, start:end] = elements.reshape(len(rows), -1)


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
