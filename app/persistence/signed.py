"""Rows that say whose hand they come from, and rows that are one step of something under way."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Uuid
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Mapped, mapped_column

from app.domain.access import Origin


class Signed:
    """The credential, and the person behind it where there is one."""

    client_id: Mapped[str]
    person_name: Mapped[str | None]
    person_office: Mapped[str | None]

    @property
    def origin(self) -> Origin:
        return Origin(client_id=self.client_id, person=self.person_name, office=self.person_office)


class Step(Signed):
    """One thing done, with what was said, shown and asserted in doing it."""

    enterprise_id: Mapped[UUID] = mapped_column(primary_key=True)
    id: Mapped[UUID] = mapped_column(primary_key=True)
    number: Mapped[int]
    action: Mapped[str]
    state: Mapped[str]
    at: Mapped[datetime]
    note: Mapped[str]
    terms: Mapped[dict[str, Any]]
    evidence: Mapped[list[Any]]
    assertions: Mapped[list[UUID]] = mapped_column(ARRAY(Uuid()))


def signature(by: Origin) -> dict[str, str | None]:
    """The columns of `Signed`."""
    return {"client_id": by.client_id, "person_name": by.person, "person_office": by.office}
