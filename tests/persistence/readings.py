"""Readings for the store, without a file around them, and a slow merge to compare the quick one with."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from uuid import UUID

import numpy as np

from app.domain.feed.channels import Channel
from app.domain.feed.curves import Quality
from app.domain.feed.directory import Directory
from app.domain.feed.merging import Slots
from app.integrations.ids import new_id
from app.persistence.feed.landing import CURVES, Arrival, Landed, ReadingStore, in_key_order
from app.persistence.unit_of_work import UnitOfWork

NOW = datetime(2019, 12, 10, 2, tzinfo=UTC)
DAY = date(2019, 12, 8)
NEVER = np.datetime64("NaT", "us")
# Value, quality and version of a slot.
Cell = tuple[int, int, int | None]


def directory(count: int, *, interval_minutes: int = 60) -> Directory:
    made = [
        Channel(
            id=new_id(),
            enterprise_id=new_id(),
            meter_id=new_id(),
            source="s",
            key=f"M{at}",
            interval_minutes=interval_minutes,
        )
        for at in range(count)
    ]
    return Directory({one.key: one for one in made})


async def land(
    unit: UnitOfWork,
    known: Directory,
    places: Sequence[int],
    slots: Slots,
    *,
    day: date = DAY,
    batch: UUID | None = None,
    late: bool = False,
) -> Landed:
    rows = in_key_order(known, np.array(places), np.full(len(places), np.datetime64(day)), slots)
    return await ReadingStore(unit.session, CURVES).land(rows, Arrival(batch=batch or new_id(), at=unit.now, late=late))


def slots_of(cells: Sequence[Sequence[Cell]]) -> Slots:
    return Slots(
        values=np.array([[one[0] for one in row] for row in cells], dtype=np.int32),
        quality=np.array([[one[1] for one in row] for row in cells], dtype=np.uint8),
        version=np.array(
            [[NEVER if one[2] is None else np.datetime64(one[2], "us") for one in row] for row in cells],
            dtype="datetime64[us]",
        ),
    )


@dataclass(slots=True)
class Oracle:
    """The rules of a merge, one slot at a time: what is kept, and every value it replaced."""

    kept: dict[tuple[int, int], Cell] = field(default_factory=dict)
    counts: dict[str, int] = field(default_factory=dict)

    def says(self, place: int, slot: int, sent: Cell) -> None:
        if sent[1] == Quality.ABSENT:
            return
        held = self.kept.get((place, slot))
        verdict = self._verdict(held, sent)
        self.counts[verdict] = self.counts.get(verdict, 0) + 1
        if verdict in {"new", "changed"}:
            self.kept[place, slot] = sent
        elif verdict == "unchanged" and held is not None and sent[2] is not None:
            self.kept[place, slot] = (*held[:2], max(sent[2], held[2] or sent[2]))

    @staticmethod
    def _verdict(held: Cell | None, sent: Cell) -> str:
        if held is None:
            return "new"
        if held[:2] == sent[:2]:
            return "unchanged"
        behind = held[2] is not None and sent[2] is not None and held[2] > sent[2]
        return "stale" if behind or sent[1] < held[1] else "changed"
