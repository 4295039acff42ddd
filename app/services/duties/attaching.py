"""Attaching: a file is checked by its bytes and kept under its hash, for one duty, by whoever files that duty."""

import hashlib
from uuid import UUID

from app.domain.access import Actor, Origin
from app.domain.duties.attachments import Attachment, AttachmentEmpty, tidy_name
from app.integrations.ids import new_id
from app.persistence.duties.attachments import AttachmentRepository
from app.persistence.duties.repository import DutyRepository
from app.persistence.unit_of_work import UnitOfWork
from app.services.duties.events import duty_event
from app.services.duties.filing import must_be_filer


async def attach(
    uow: UnitOfWork, duty_id: UUID, content: bytes, *, name: str, media_type: str, by: Actor
) -> Attachment:
    """The caller has told the media type from the bytes; the name is tidied."""
    if not content:
        raise AttachmentEmpty()
    owed = (await DutyRepository(uow.session).get(duty_id, visible_to=by)).owed
    await must_be_filer(uow, owed, by)
    made = Attachment(
        id=new_id(),
        enterprise_id=owed.enterprise_id,
        duty_id=owed.id,
        name=tidy_name(name, media_type),
        media_type=media_type,
        size=len(content),
        sha256=hashlib.sha256(content).hexdigest(),
        at=uow.now,
        by=Origin.of(by),
    )
    await AttachmentRepository(uow.session).add(made, content)
    data = {"attachment_id": str(made.id), "sha256": made.sha256, "size": made.size, "media_type": made.media_type}
    await uow.record(duty_event("duty.attached", owed, **data), by=by)
    return made
