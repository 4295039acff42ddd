"""Partitions by month: made ahead of their first reading, by any number of processes at once."""

import re
from collections.abc import Iterable
from datetime import date

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

PARENTS = ("load_curves", "load_points")
MONTHS_AHEAD = 3
_PARTITION = re.compile(rf"({'|'.join(PARENTS)})_(default|\d{{4}}_\d{{2}})")
# One at a time: two that make the same partition would wait for each other and one would fail.
_TURN = 0x6665_6564


def is_partition(table: str) -> bool:
    return _PARTITION.fullmatch(table) is not None


def partition(parent: str, month: date) -> str:
    return f"{parent}_{month:%Y_%m}"


def ahead(day: date) -> list[date]:
    """The month of a day and those that follow, by their first days."""
    found = [day.replace(day=1)]
    for _ in range(MONTHS_AHEAD):
        found.append(_next(found[-1]))
    return found


async def ensure_partitions(session: AsyncSession, days: Iterable[date]) -> list[str]:
    """Make what is missing for these days and say what was made; call it in a transaction of its own.

    A table is made aside and attached, so that readers and writers of other months never wait.
    """
    wanted = {partition(parent, month): (parent, month) for month in _months(days) for parent in PARENTS}
    missing = await _missing(session, wanted)
    if not missing:
        return []
    await session.execute(text("SELECT pg_advisory_xact_lock(:turn)"), {"turn": _TURN})
    missing = await _missing(session, wanted)
    for name in missing:
        parent, month = wanted[name]
        bounds = f"'{month}', '{_next(month)}'".split(", ")
        within = f"day >= {bounds[0]} AND day < {bounds[1]}"
        await session.execute(text(f"CREATE TABLE {name} (LIKE {parent} INCLUDING ALL, CHECK ({within}))"))
        await session.execute(
            text(f"ALTER TABLE {parent} ATTACH PARTITION {name} FOR VALUES FROM ({bounds[0]}) TO ({bounds[1]})")
        )
    return missing


async def _missing(session: AsyncSession, names: Iterable[str]) -> list[str]:
    # Read from the catalogue itself: to_regclass may remember that there was no such table.
    found = await session.scalars(
        text("SELECT relname FROM pg_class WHERE relname = ANY(:names) AND pg_table_is_visible(oid)"),
        {"names": list(names)},
    )
    return sorted(set(names) - set(found))


def _months(days: Iterable[date]) -> set[date]:
    return {day.replace(day=1) for day in days}


def _next(month: date) -> date:
    return date(month.year + month.month // 12, month.month % 12 + 1, 1)
