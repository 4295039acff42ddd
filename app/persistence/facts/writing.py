"""Writing assertions: they are appended, and marked by further rows."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from typing import Literal
from uuid import UUID

from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from app.domain.access import Origin
from app.domain.facts.assertions import Assertion
from app.persistence.copying import copy_rows
from app.persistence.facts.rows import AssertionMarkRow

MarkKind = Literal["verification", "retraction"]
COLUMNS = (
    "enterprise_id", "id", "level", "subject_id", "fact", "type", "value", "valid_from", "valid_to", "document",
    "known_at", "client_id", "person",
)  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class NewMark:
    """A verification or retraction about to be written."""

    id: UUID
    enterprise_id: UUID
    assertion_id: UUID
    kind: MarkKind
    at: datetime
    by: Origin
    note: str | None
    # Of a verification.
    counts_from: date | None = None


class FactWriter:
    """Appends; nothing here updates or deletes, and the database would refuse it."""

    def __init__(self, session: AsyncSession) -> None:
        self.session = session

    async def add(self, assertions: Iterable[Assertion]) -> None:
        await copy_rows(
            self.session,
            "assertions",
            COLUMNS,
            [
                (
                    one.enterprise_id,
                    one.id,
                    one.level,
                    one.subject_id,
                    one.claim.fact,
                    one.claim.type,
                    one.claim.value,
                    one.claim.valid_from,
                    one.claim.valid_to,
                    one.claim.document,
                    one.known_at,
                    one.asserted_by.client_id,
                    one.asserted_by.person,
                )
                for one in assertions
            ],
        )

    async def mark(self, marks: list[NewMark]) -> set[UUID]:
        """Answers the assertions that got their mark; another's uncommitted mark of the same kind is waited for."""
        if not marks:
            return set()
        rows = [
            {
                "enterprise_id": one.enterprise_id,
                "id": one.id,
                "assertion_id": one.assertion_id,
                "kind": one.kind,
                "at": one.at,
                "client_id": one.by.client_id,
                "person": one.by.person,
                "note": one.note,
                "counts_from": one.counts_from,
            }
            for one in sorted(marks, key=lambda mark: mark.assertion_id)
        ]
        marked: set[UUID] = set()
        # Nine parameters a row; PostgreSQL takes at most 32,767 in one statement.
        for start in range(0, len(rows), 3500):
            query = (
                insert(AssertionMarkRow)
                .values(rows[start : start + 3500])
                .on_conflict_do_nothing(index_elements=["enterprise_id", "assertion_id", "kind"])
                .returning(AssertionMarkRow.assertion_id)
            )
            marked.update((await self.session.execute(query)).scalars())
        return marked
