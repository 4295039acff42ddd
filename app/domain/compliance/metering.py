"""Metering: the meters that are judged, and a block of their energy by day and slot, in whole watt-hours."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any, Literal
from uuid import UUID

import numpy as np
from numpy.typing import NDArray

from app.domain.enterprises.structure import MeterKind
from app.domain.feed.channels import DAY_MINUTES
from app.domain.feed.curves import Codes, Days, Quality

WattHours = NDArray[np.int32] | NDArray[np.int64]
Known = NDArray[np.bool_]
EventKind = Literal["replaced", "multiplier_changed", "offline", "backup_generator"]


@dataclass(frozen=True, slots=True, kw_only=True)
class MeterEvent:
    """Something that happened to a meter at an instant, which bears on how far its day can be trusted."""

    kind: EventKind
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Metered:
    """One meter of a subject as it is judged; several channels of one subject and kind may be summed into one.

    `on_kw` above which it runs and `holding_kw` that safety or keeping warm takes are declared, or None.
    `ramp_down_minutes` None takes the published allowance. `own_generation`: purchased is not used electricity.
    """

    id: UUID
    subject_id: UUID
    kind: MeterKind
    label: str = ""
    on_kw: float | None = None
    holding_kw: float | None = None
    ramp_down_minutes: int | None = None
    own_generation: bool = False
    events: tuple[MeterEvent, ...] = ()

    def as_json(self) -> dict[str, Any]:
        return {
            "id": str(self.id),
            "subject_id": str(self.subject_id),
            "kind": self.kind,
            "on_kw": self.on_kw,
            "holding_kw": self.holding_kw,
            "ramp_down_minutes": self.ramp_down_minutes,
            "own_generation": self.own_generation,
            "events": [{"kind": one.kind, "at": one.at.isoformat()} for one in self.events],
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class TreatmentLink:
    """Treatment that has to run while production does; several meters of one link stand in for each other (几用几备)."""

    production: UUID
    treatment: tuple[UUID, ...]


_LEAST_READ, _ESTIMATED = np.uint8(Quality.SUBSTITUTED), np.uint8(Quality.ESTIMATED)


def read(quality: Codes) -> Known:
    """Which slots were read, of those whose quality this is."""
    return np.asarray(quality >= _LEAST_READ)


def made_up(quality: Codes) -> Known:
    """Which slots the source filled, with an estimate or from another meter."""
    return np.asarray((quality == _ESTIMATED) | (quality == _LEAST_READ))


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Block:
    """Some meters over some consecutive civil days in China: `wh` in whole watt-hours, anything where nothing was read.

    `quality` holds the codes of `app.domain.feed.curves.Quality`. What the source estimated is a gap it has filled, and
    counts as a gap here; what was substituted from another meter counts as read.
    """

    meters: Sequence[Metered]
    days: Days  # d, consecutive
    wh: WattHours  # m x d x slots
    quality: Codes  # m x d x slots

    @property
    def slots(self) -> int:
        return int(self.wh.shape[2])

    @property
    def interval_minutes(self) -> int:
        return DAY_MINUTES // self.slots

    @property
    def first_day(self) -> date:
        return date.fromisoformat(str(self.days[0]))

    @property
    def known(self) -> Known:
        """Which slots were read; reckoned anew each time."""
        return read(self.quality)

    def day(self, index: int) -> date:
        return date.fromisoformat(str(self.days[index]))

    def of(self, rows: NDArray[np.intp]) -> "Block":
        """Some of its meters alone."""
        return replace(self, meters=[self.meters[row] for row in rows], wh=self.wh[rows], quality=self.quality[rows])
