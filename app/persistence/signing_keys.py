"""The key that signs tokens, for installations that bring none of their own."""

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import Mapped, mapped_column

from app.persistence.engine import Row


class SigningKeyRow(Row):
    """The one secret that signs; there is at most one, because `slot` has one value."""

    __tablename__ = "signing_keys"

    slot: Mapped[str] = mapped_column(primary_key=True)
    secret: Mapped[str]
    created_at: Mapped[datetime]


class SigningKeyRepository:
    """Keeps the first key that anybody brings."""

    def __init__(self, session: AsyncSession) -> None:
        self.session = session

    async def first(self, secret: str, *, at: datetime) -> str:
        """Two processes that start at once agree on one key: the loser reads the winner's."""
        await self.session.execute(
            insert(SigningKeyRow).values(slot="current", secret=secret, created_at=at).on_conflict_do_nothing()
        )
        return (await self.session.execute(select(SigningKeyRow.secret))).scalar_one()

    async def find(self) -> str | None:
        return await self.session.scalar(select(SigningKeyRow.secret))
