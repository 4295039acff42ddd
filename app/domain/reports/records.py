"""records: what a past winter kept out of the air, as an authority says it from its papers; never altered (FS-35)."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from app.domain.access import Origin
from app.domain.errors import Invalid
from app.domain.evidence import Evidence
from app.domain.quantities import POLLUTANTS, Pollutant
from app.domain.reports.winters import Winter


class SeasonRecordEmpty(Invalid):
    code = "season_record_empty"
    zh = "季节记录至少填写一种污染物的减排吨数，或停产日产能。"
    en = "A record of a season gives the tonnes of one pollutant at least, or the stop-day capacity."


class SeasonRecordAhead(Invalid):
    code = "season_record_ahead"
    zh = "{season} 年度尚未结束，不能登记其结果；已结束的年度才可登记。"
    en = "The season {season} is not over yet, so its result cannot be recorded; record seasons that are over."


@dataclass(frozen=True, slots=True, kw_only=True)
class SeasonRecord:
    """One winter of a region, or of one industry of it; a pollutant left out is not known. The newest one counts."""

    id: UUID
    region: str
    season: int
    industry: str | None
    tonnes: Mapping[Pollutant, float]
    stop_days: float | None
    stop_day_capacity: float | None
    source: str
    evidence: tuple[Evidence, ...]
    recorded_by: Origin
    known_at: datetime

    def checked(self) -> "SeasonRecord":
        """Raises SeasonRecordEmpty where it says nothing that could be compared."""
        if not self.tonnes and self.stop_day_capacity is None:
            raise SeasonRecordEmpty()
        return self

    @property
    def winter(self) -> Winter:
        return Winter(
            tonnes={one: self.tonnes.get(one) for one in POLLUTANTS},
            stop_days=self.stop_days,
            stop_day_capacity=self.stop_day_capacity,
        )
