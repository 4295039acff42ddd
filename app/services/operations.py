"""Long work: started in the transaction that wants it, seen and cancelled by whoever started it."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from app.domain.access import Actor
from app.domain.events import Event
from app.domain.operations import Operation, OperationFinished, OperationState
from app.integrations.ids import new_id
from app.persistence.operations import OperationRepository
from app.persistence.unit_of_work import UnitOfWork
from app.persistence.uploads import Upload, UploadRepository


async def start(
    uow: UnitOfWork,
    *,
    kind: str,
    payload: Mapping[str, Any],
    by: Actor,
    now: datetime,
    upload: bytes | None = None,
    media_type: str = "application/octet-stream",
    upload_name: str = "upload",
    recorded: bool = True,
) -> Operation:
    """Queue a job of `kind`; it becomes visible to workers with this transaction's commit.

    Not `recorded` is only what the service does every few seconds on its own: nobody's act.
    """
    upload_id = None
    if upload is not None:
        upload_id = new_id()
        kept = Upload(id=upload_id, content=upload, media_type=media_type, name=upload_name)
        await UploadRepository(uow.session).add(kept, at=now)
    operation = Operation(
        id=new_id(),
        kind=kind,
        payload=payload,
        state=OperationState.QUEUED,
        done=0,
        total=None,
        result=None,
        problem=None,
        actor=by,
        upload_id=upload_id,
        file_id=None,
        cancel_requested=False,
        attempts=0,
        fence=0,
        lease_until=None,
        created_at=now,
        started_at=None,
        finished_at=None,
    )
    await OperationRepository(uow.session).add(operation)
    if recorded:
        await uow.record(Event(type="operation.started", subject=str(operation.id), data={"kind": kind}), by=by)
    return operation


async def cancel(uow: UnitOfWork, operation_id: UUID, *, by: Actor, now: datetime) -> Operation:
    """Ask an operation to stop; asking twice is the same as asking once."""
    operations = OperationRepository(uow.session)
    operation = await operations.get(operation_id, visible_to=by, for_update=True)
    if operation.state is OperationState.CANCELLED or operation.cancel_requested:
        return operation
    if operation.is_over:
        raise OperationFinished(state=operation.state)
    asked = await operations.cancel(operation, at=now)
    await uow.record(Event(type="operation.cancel_requested", subject=str(operation_id)), by=by)
    return asked
