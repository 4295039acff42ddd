"""The audit: who did what, when, to what; written with the change itself and never altered."""

from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger, Identity, Index
from sqlalchemy.orm import Mapped, mapped_column

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
