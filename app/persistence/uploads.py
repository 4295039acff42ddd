"""Uploads: files that came with a request or that a job made, kept in the database like everything else."""

import hashlib
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import BigInteger, LargeBinary, insert, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import Mapped, mapped_column

from app.persistence.engine import Row


class UploadRow(Row):
    """One file with its fingerprint."""

    __tablename__ = "uploads"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    content: Mapped[bytes] = mapped_column(LargeBinary)
    sha256: Mapped[bytes] = mapped_column(LargeBinary)
    size: Mapped[int] = mapped_column(BigInteger)
    media_type: Mapped[str]
    name: Mapped[str]
    created_at: Mapped[datetime]


@dataclass(frozen=True, slots=True, kw_only=True)
class Upload:
    """A file: its bytes, what they are, and what people call it."""

    id: UUID
    content: bytes
    media_type: str
    name: str


class UploadRepository:
    """Files by id; who may read one is decided by the operation it belongs to."""

    def __init__(self, session: AsyncSession) -> None:
        self.session = session

    async def add(self, upload: Upload, *, at: datetime) -> None:
        await self.session.execute(
            insert(UploadRow).values(
                id=upload.id,
                content=upload.content,
                sha256=hashlib.sha256(upload.content).digest(),
                size=len(upload.content),
                media_type=upload.media_type,
                name=upload.name,
                created_at=at,
            )
        )

    async def get(self, upload_id: UUID) -> Upload:
        row = (await self.session.execute(select(UploadRow).where(UploadRow.id == upload_id))).scalar_one()
        return Upload(id=row.id, content=row.content, media_type=row.media_type, name=row.name)
