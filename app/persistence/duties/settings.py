"""What regions set for their duties, as rows; the newest version of a region holds."""

from typing import Any

from sqlalchemy import func, select
from sqlalchemy.dialects.postgresql import distinct_on, insert
from sqlalchemy.ext.asyncio import AsyncSession

from app.domain.duties.settings import DutySettings, DutySettingsOutdated
from app.persistence.duties.rows import DutySettingsRow
from app.persistence.signed import signature

_PLAIN = (
    "region", "number", "lead_days", "lead_hours", "power_supplier_day", "contact_months", "basis", "at",
)  # fmt: skip


class DutySettingsRepository:
    """Settings are public: whoever may read duties may know when they count as due soon."""

    def __init__(self, session: AsyncSession) -> None:
        self.session = session

    async def everything(self) -> list[DutySettings]:
        """The newest settings of every region that set some."""
        query = select(DutySettingsRow).ext(distinct_on(DutySettingsRow.region))
        rows = await self.session.scalars(query.order_by(DutySettingsRow.region, DutySettingsRow.number.desc()))
        return [_settings(row) for row in rows]

    async def count(self) -> int:
        """How many versions there are, of all regions."""
        return await self.session.scalar(select(func.count()).select_from(DutySettingsRow)) or 0

    async def add(self, settings: DutySettings) -> None:
        """Raises DutySettingsOutdated where somebody else was first with this version."""
        by = settings.by
        values: dict[str, Any] = {name: getattr(settings, name) for name in _PLAIN}
        if by is not None:
            values |= signature(by)
        added = await self.session.scalar(
            insert(DutySettingsRow).values(values).on_conflict_do_nothing().returning(DutySettingsRow.number)
        )
        if added is None:
            raise DutySettingsOutdated()


def _settings(row: DutySettingsRow) -> DutySettings:
    return DutySettings(**{name: getattr(row, name) for name in _PLAIN}, by=row.origin)
