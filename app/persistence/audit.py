"""The audit: who did what, when, to what; written with the change itself and never altered."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger, Identity, Index, or_, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import Mapped, mapped_column

from app.domain.access import Actor
from app.persistence.clients import in_regions
from app.persistence.engine import Row


class AuditRow(Row):
    """One act of one client, and of the person behind it where there is one."""

    __tablename__ = "audit"
    __table_args__ = (Index(None, "subject", "at"), Index(None, "client_id", "at"))

    position: Mapped[int] = mapped_column(BigInteger, Identity(always=True), primary_key=True)
    at: Mapped[datetime]
    type: Mapped[str]
    subject: Mapped[str]
    enterprise_id: Mapped[str | None]
    region: Mapped[str | None]
    data: Mapped[dict[str, Any]]
    client_id: Mapped[str]
    person_name: Mapped[str | None]
    person_office: Mapped[str | None]
    request_id: Mapped[str | None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One line of the audit."""

    position: int
    at: datetime
    type: str
    subject: str
    enterprise_id: str | None
    region: str | None
    data: Mapping[str, Any]
    client_id: str
    person_name: str | None
    person_office: str | None
    request_id: str | None


class AuditReader:
    """The audit of one's own region, own enterprises and own acts."""

    def __init__(self, session: AsyncSession) -> None:
        self.session = session

    async def newest(
        self,
        *,
        subject: str | None,
        enterprise_id: str | None,
        visible_to: Actor,
        after: tuple[str, ...] | None,
        limit: int,
    ) -> list[Entry]:
        query = select(AuditRow).where(
            or_(
                in_regions(AuditRow.region, visible_to),
                AuditRow.enterprise_id.in_(visible_to.enterprise_ids),
                AuditRow.client_id == visible_to.client_id,
            )
        )
        if subject is not None:
            query = query.where(AuditRow.subject == subject)
        if enterprise_id is not None:
            query = query.where(AuditRow.enterprise_id == enterprise_id)
        if after is not None:
            query = query.where(AuditRow.position < int(after[0]))
        rows = await self.session.scalars(query.order_by(AuditRow.position.desc()).limit(limit))
        return [Entry(**{name: getattr(row, name) for name in Entry.__dataclass_fields__}) for row in rows]
