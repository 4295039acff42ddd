"""Readings into the store: what is new is copied, what is there is read, merged slot by slot, and kept when replaced.

The caller holds the source's head (`SourceRepository.hold`): a channel belongs to one source, so batches that meet
wait for each other there, in one place, and nothing here can deadlock or lose a value.
"""

import io
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any
from uuid import UUID

import numpy as np
from asyncpg import UniqueViolationError
from sqlalchemy.ext.asyncio import AsyncSession

from app.domain.feed.curves import Codes, Days, Ints, Quality
from app.domain.feed.directory import Directory
from app.domain.feed.merging import Flags, Slots, Verdict, merge, of_rows
from app.persistence.copying import copy_ready
from app.persistence.engine import driver_of
from app.persistence.feed import packing
from app.persistence.feed.packing import Rows

# So many keys are looked up before a batch is taken to be new; the table itself proves it.
SAMPLE = 48
KEYS = ("ord", "day", "enterprise_id", "channel_id", "slot")
MAKE_KEYS = (
    "CREATE TEMP TABLE IF NOT EXISTS feed_keys (ord int, day date, enterprise_id uuid, channel_id uuid, slot smallint)"
    " ON COMMIT DELETE ROWS; TRUNCATE feed_keys"
)
# Few rows of a large table are wanted: its index, not a scan of the month.
BY_INDEX = "SELECT set_config('enable_hashjoin', 'off', true), set_config('enable_mergejoin', 'off', true)"
PLAIN = "SELECT set_config('enable_hashjoin', 'on', true), set_config('enable_mergejoin', 'on', true)"


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    """One of the two tables of readings; `read` are its values and its quality as bytes of one length."""

    name: str
    revisions: str
    key: tuple[str, ...]
    content: tuple[str, ...]
    dating: tuple[str, ...]
    read: str
    pack: Callable[..., Iterator[bytes]]

    @property
    def columns(self) -> tuple[str, ...]:
        return (*self.key, *self.content, *self.dating, "batch_id", "known_at", "revision")

    def same_key(self, other: str) -> str:
        return " AND ".join(f"c.{name} = {other}.{name}" for name in self.key)


_CURVE_KEY = ("day", "enterprise_id", "channel_id")
CURVES = Table(
    name="load_curves",
    revisions="load_curve_revisions",
    key=_CURVE_KEY,
    content=("values", "quality"),
    dating=("version", "versions"),
    read="c.values, c.quality",
    pack=packing.pack_curves,
)
POINTS = Table(
    name="load_points",
    revisions="load_point_revisions",
    key=(*_CURVE_KEY, "slot"),
    content=("value", "quality"),
    dating=("version",),
    read="coalesce(c.value, 0), set_byte('\\x00', 0, c.quality)",
    pack=packing.pack_points,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Arrival:
    """Which batch readings come in, and when; `late` when batches that came after it may be there already."""

    batch: UUID
    at: datetime
    late: bool = False
    force: bool = False


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Landed:
    """What became of each row as a whole and of each of its slots, in the order in which they came."""

    rows: Codes
    slots: Codes


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class _Kept:
    """What is there for each row; absent slots where it is not."""

    there: Flags
    slots: Slots
    later: Flags
    revision: Ints


def in_key_order(directory: Directory, place: Ints, day: Days, slots: Slots, slot: Ints | None = None) -> Rows:
    """Every writer goes through the index the same way; `place` says which channel of the directory a row is of."""
    count = np.arange(len(day), dtype=np.int32)
    slot = np.zeros_like(count) if slot is None else slot
    order = np.lexsort((slot, place, day))
    ordered = bool((order == count).all())
    if not ordered:
        day, place, slot, slots = day[order], place[order], slot[order], slots[order]
    return Rows(
        order=order.astype(np.int32),
        day=day,
        enterprise=directory.enterprise[place],
        channel=directory.channel[place],
        slot=slot,
        slots=slots,
    )


class ReadingStore:
    """Where readings of whole days (`CURVES`) and single ones (`POINTS`) land."""

    def __init__(self, session: AsyncSession, table: Table) -> None:
        self.session = session
        self.table = table

    async def land(self, rows: Rows, arrival: Arrival) -> Landed:
        """Store what is new or changed, keep what it replaces, and say what became of everything."""
        if len(rows) == 0:
            return Landed(rows=np.empty(0, np.uint8), slots=np.empty((0, 1), np.uint8))
        if await self._seems_new(rows) and await self._copied(rows, arrival):
            told = rows.slots.quality != Quality.ABSENT
            new = np.full(len(rows), Verdict.NEW, dtype=np.uint8)
            return _in_order(rows, new, np.where(told, new[:, None], np.uint8(Verdict.NOTHING)))
        return await self._merged(rows, arrival)

    async def _seems_new(self, rows: Rows) -> bool:
        some = rows[np.unique(np.linspace(0, len(rows) - 1, min(SAMPLE, len(rows))).astype(int))]
        driver = await driver_of(self.session)
        # The limit has every key looked up in the index by itself, whatever is believed of the table's size.
        one_is_there = await driver.fetchval(
            "SELECT EXISTS (SELECT FROM unnest($1::date[], $2::uuid[], $3::uuid[], $4::smallint[])"  # noqa: S608  our own names
            " AS k(day, enterprise_id, channel_id, slot)"
            f" CROSS JOIN LATERAL (SELECT FROM {self.table.name} c WHERE {self.table.same_key('k')} LIMIT 1) AS found)",
            some.day.tolist(),
            packing.uuids(some.enterprise),
            packing.uuids(some.channel),
            some.slot.tolist(),
        )
        return not one_is_there

    async def _copied(self, rows: Rows, arrival: Arrival) -> bool:
        """False, and nothing done, where a row is there after all."""
        driver = await driver_of(self.session)
        attempt = driver.transaction()
        await attempt.start()
        try:
            await self._copy(self.table.name, rows, rows.slots, arrival, np.ones(len(rows), dtype=np.int32))
        except UniqueViolationError:
            await attempt.rollback()
            return False
        await attempt.commit()
        return True

    async def _copy(self, table: str, rows: Rows, slots: Slots, arrival: Arrival, revision: Ints) -> None:
        packed = self.table.pack(rows, slots, batch=arrival.batch, at=arrival.at, revision=revision)
        await copy_ready(self.session, table, self.table.columns, packed)

    async def _merged(self, rows: Rows, arrival: Arrival) -> Landed:
        kept = await self._kept(rows, arrival)
        there = kept.there
        merged = merge(kept.slots, rows.slots, later=kept.later, force=arrival.force)
        whole = np.where(there, of_rows(merged.verdicts), np.uint8(Verdict.NEW)).astype(np.uint8)
        if not there.all():
            ones = np.ones(int((~there).sum()), dtype=np.int32)
            await self._copy(self.table.name, rows[~there], merged.slots[~there], arrival, ones)
        changed = there & (whole == Verdict.CHANGED)
        dated = there & merged.dated
        if (changed | dated).any():
            chosen = changed | dated
            revision = (kept.revision + changed)[chosen]
            await self._replace(rows[chosen], merged.slots[chosen], arrival, revision.astype(np.int32))
        return _in_order(rows, whole, merged.verdicts)

    async def _kept(self, rows: Rows, arrival: Arrival) -> _Kept:
        count, slots = rows.slots.values.shape
        await self._stage_keys(rows)
        driver = await driver_of(self.session)
        await driver.execute(BY_INDEX)
        found = io.BytesIO()
        days = ", ".join(f"'{day}'" for day in _days(rows))
        several = "c.versions IS NOT NULL" if "versions" in self.table.dating else "false"
        query = (
            f"SELECT k.ord, {self.table.read}, coalesce(c.version, '-infinity'), {several}, c.batch_id > '{arrival.batch}',"  # noqa: S608  our own columns, ids and days
            f" c.revision FROM feed_keys k JOIN {self.table.name} c ON {self.table.same_key('k')} WHERE c.day IN ({days})"
        )
        await driver.copy_from_query(query, output=found, format="binary")
        await driver.execute(PLAIN)
        own = [("values", ">i4", (slots,)), ("quality", "u1", (slots,))]
        fields = [
            ("ord", ">i4"), *own, ("version", ">i8"), ("several", "?"), ("later", "?"), ("revision", ">i4"),
        ]  # fmt: skip
        read = packing.unpack(found.getvalue(), fields)
        kept = _aligned(read, count, slots, late=arrival.late)
        return await self._several(kept, slots, days) if read["several"].any() else kept

    async def _several(self, kept: _Kept, slots: int, days: str) -> _Kept:
        """With the versions of the slots of those rows that have more than one."""
        driver = await driver_of(self.session)
        found = io.BytesIO()
        await driver.execute(BY_INDEX)
        query = (
            "SELECT k.ord, c.versions FROM feed_keys k"  # noqa: S608  our own days
            f" JOIN load_curves c ON {self.table.same_key('k')} WHERE c.day IN ({days}) AND c.versions IS NOT NULL"
        )
        await driver.copy_from_query(query, output=found, format="binary")
        await driver.execute(PLAIN)
        read = packing.unpack(found.getvalue(), [("ord", ">i4"), ("versions", ">i8", (slots,))])
        version = np.repeat(kept.slots.version, slots, axis=1)
        version[read["ord"]] = packing.instants(read["versions"].astype(np.int64))
        return replace(kept, slots=replace(kept.slots, version=version))

    async def _stage_keys(self, rows: Rows) -> None:
        driver = await driver_of(self.session)
        await driver.execute(MAKE_KEYS)
        order = np.arange(len(rows), dtype=np.int32)
        keys = packing.pack_keys(order, packing.days_since(rows.day), rows.enterprise, rows.channel, rows.slot)
        await copy_ready(self.session, "feed_keys", KEYS, keys)

    async def _replace(self, rows: Rows, slots: Slots, arrival: Arrival, revision: Ints) -> None:
        """The old rows become revisions; rows that only tell a newer version are dated without one."""
        table, staged = self.table, f"staged_{self.table.name}"
        driver = await driver_of(self.session)
        await driver.execute(
            f"CREATE TEMP TABLE IF NOT EXISTS {staged} (LIKE {table.name}) ON COMMIT DELETE ROWS; TRUNCATE {staged}"
        )
        await self._copy(staged, rows, slots, arrival, revision)
        await driver.execute(BY_INDEX)
        same = f"{table.same_key('s')} AND c.day = ANY($1::date[])"
        columns = ", ".join(table.columns)
        await driver.execute(
            f"INSERT INTO {table.revisions} ({columns}, replaced_at, replaced_by)"  # noqa: S608  our own names
            f" SELECT {', '.join(f'c.{name}' for name in table.columns)}, $2::timestamptz, $3::uuid"
            f" FROM {staged} s JOIN {table.name} c ON {same} WHERE s.revision > c.revision",
            _days(rows),
            arrival.at,
            arrival.batch,
        )
        plain = ", ".join(f"{name} = s.{name}" for name in (*table.content, *table.dating, "revision"))
        origin = ", ".join(
            f"{name} = CASE WHEN s.revision > c.revision THEN s.{name} ELSE c.{name} END"
            for name in ("batch_id", "known_at")
        )
        await driver.execute(
            f"UPDATE {table.name} c SET {plain}, {origin} FROM {staged} s WHERE {same}",  # noqa: S608  our own names
            _days(rows),
        )
        await driver.execute(PLAIN)


def _aligned(read: np.ndarray[Any, np.dtype[np.void]], count: int, slots: int, *, late: bool) -> _Kept:
    at = read["ord"].astype(np.int64)
    there, later = np.zeros(count, dtype=bool), np.zeros(count, dtype=bool)
    values, quality = np.zeros((count, slots), dtype=np.int32), np.zeros((count, slots), dtype=np.uint8)
    version = np.full((count, 1), np.datetime64("NaT", "us"))
    revision = np.ones(count, dtype=np.int32)
    there[at], later[at], revision[at] = True, read["later"] & late, read["revision"]
    values[at], quality[at] = read["values"], read["quality"]
    version[at, 0] = packing.instants(read["version"].astype(np.int64))
    return _Kept(
        there=there, slots=Slots(values=values, quality=quality, version=version), later=later, revision=revision
    )


def _days(rows: Rows) -> list[date]:
    found: list[date] = np.unique(rows.day).tolist()
    return found


def _in_order(rows: Rows, whole: Codes, slots: Codes) -> Landed:
    back, spread = np.empty_like(whole), np.empty_like(slots)
    back[rows.order], spread[rows.order] = whole, slots
    return Landed(rows=back, slots=spread)
