"""Attachments as rows, kept in the database like everything else."""

from collections.abc import Iterable
from uuid import UUID

from sqlalchemy import Select, insert, select
from sqlalchemy.ext.asyncio import AsyncSession

from app.domain.access import Actor
from app.domain.duties.attachments import Attachment, AttachmentUnknown
from app.persistence.duties.rows import NOBODY, AttachmentRow, DutyRow, DutyTermRow
from app.persistence.duties.visibility import seen_duty
from app.persistence.signed import signature


class AttachmentRepository:
    """Attachments are seen by whoever sees the duty they were uploaded for."""

    def __init__(self, session: AsyncSession) -> None:
        self.session = session

    async def add(self, attachment: Attachment, content: bytes) -> None:
        await self.session.execute(
            insert(AttachmentRow).values(
                enterprise_id=attachment.enterprise_id or NOBODY,
                id=attachment.id,
                duty_id=attachment.duty_id,
                name=attachment.name,
                media_type=attachment.media_type,
                size=attachment.size,
                sha256=attachment.sha256,
                content=content,
                at=attachment.at,
                **signature(attachment.by),
            )
        )

    async def get(self, attachment_id: UUID, *, visible_to: Actor) -> tuple[Attachment, bytes]:
        query = _attachments().where(AttachmentRow.id == attachment_id, seen_duty(visible_to))
        row = await self.session.scalar(query)
        if row is None:
            raise AttachmentUnknown()
        return _attachment(row), row.content

    async def of_duty(self, duty_id: UUID, ids: Iterable[UUID]) -> dict[UUID, str]:
        """The hashes of those of some attachments that were uploaded for a duty which the caller has seen."""
        rows = await self.session.execute(
            select(AttachmentRow.id, AttachmentRow.sha256).where(
                AttachmentRow.duty_id == duty_id, AttachmentRow.id.in_(list(ids))
            )
        )
        return {row.id: row.sha256 for row in rows}


def _attachments() -> Select[AttachmentRow]:
    same = (DutyRow.enterprise_id == AttachmentRow.enterprise_id) & (DutyRow.id == AttachmentRow.duty_id)
    return select(AttachmentRow).join(DutyRow, same).join(DutyTermRow, DutyTermRow.id == DutyRow.term_id)


def _attachment(row: AttachmentRow) -> Attachment:
    return Attachment(
        id=row.id,
        enterprise_id=None if row.enterprise_id == NOBODY else row.enterprise_id,
        duty_id=row.duty_id,
        name=row.name,
        media_type=row.media_type,
        size=row.size,
        sha256=row.sha256,
        at=row.at,
        by=row.origin,
    )
