"""Drafts as rows: changed by version counter, seen by whoever wrote them and by those of the issuer's region."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, UniqueConstraint, delete, or_, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import Mapped, mapped_column

from app.domain.access import Actor
from app.domain.policies.drafts import Draft, DraftExists, DraftReport, DraftStale, Texts
from app.persistence.clients import in_regions
from app.persistence.engine import Row


class DraftRow(Row):
    """One version in the making."""

    __tablename__ = "pack_drafts"
    __table_args__ = (UniqueConstraint("name", "version"),)

    id: Mapped[UUID] = mapped_column(primary_key=True)
    name: Mapped[str]
    version: Mapped[str]
    region: Mapped[str | None]
    title: Mapped[dict[str, Any]]
    pack: Mapped[str]
    scenarios: Mapped[str | None]
    source_hash: Mapped[str]
    created_at: Mapped[datetime]
    created_by: Mapped[str]
    changed_at: Mapped[datetime]
    changed_by: Mapped[str]
    revision: Mapped[int]
    report: Mapped[dict[str, Any] | None]
    report_hash: Mapped[str | None]
    reported_at: Mapped[datetime | None]


class DraftRepository:
    """Reads and writes of drafts."""

    def __init__(self, session: AsyncSession) -> None:
        self.session = session

    async def all(self, *, visible_to: Actor) -> list[Draft]:
        """Every draft, by name, the newest first."""
        query = select(DraftRow).where(_visible(visible_to)).order_by(DraftRow.name, DraftRow.id.desc())
        return [_draft(row) for row in await self.session.scalars(query)]

    async def of_pack(self, name: str, *, visible_to: Actor) -> list[Draft]:
        query = select(DraftRow).where(DraftRow.name == name, _visible(visible_to)).order_by(DraftRow.id.desc())
        return [_draft(row) for row in await self.session.scalars(query)]

    async def find(self, name: str, version: str, *, visible_to: Actor, lock: bool = False) -> Draft | None:
        query = select(DraftRow).where(DraftRow.name == name, DraftRow.version == version, _visible(visible_to))
        row = await self.session.scalar(query.with_for_update() if lock else query)
        return None if row is None else _draft(row)

    async def add(self, draft: Draft) -> None:
        """A rival's uncommitted draft of the same version is waited for; raises DraftExists."""
        query = insert(DraftRow).values(_values(draft)).on_conflict_do_nothing(index_elements=["name", "version"])
        if await self.session.scalar(query.returning(DraftRow.id)) is None:
            raise DraftExists(name=draft.name, version=draft.version)

    async def save(self, draft: Draft) -> Draft:
        """The revision is in the WHERE: nobody overwrites what they have not read."""
        row = await self.session.scalar(
            update(DraftRow)
            .where(DraftRow.id == draft.id, DraftRow.revision == draft.revision)
            .values(_values(draft) | {"revision": draft.revision + 1})
            .returning(DraftRow)
            .execution_options(populate_existing=True)
        )
        if row is None:
            raise DraftStale()
        return _draft(row)

    async def remove(self, draft: Draft) -> None:
        removed = await self.session.scalar(
            delete(DraftRow).where(DraftRow.id == draft.id, DraftRow.revision == draft.revision).returning(DraftRow.id)
        )
        if removed is None:
            raise DraftStale()

    async def keep_report(self, draft: Draft, report: DraftReport) -> bool:
        """Remember a report; false when the draft is gone. It changes no text, so the revision stays."""
        kept = await self.session.scalar(
            update(DraftRow)
            .where(DraftRow.id == draft.id)
            .values(report=dict(report.document), report_hash=report.hash, reported_at=report.at)
            .returning(DraftRow.id)
        )
        return kept is not None


def _visible(actor: Actor) -> ColumnElement[bool]:
    return or_(DraftRow.created_by == actor.client_id, in_regions(DraftRow.region, actor))


def _values(draft: Draft) -> dict[str, Any]:
    return {
        "id": draft.id,
        "name": draft.name,
        "version": draft.version,
        "region": draft.region,
        "title": dict(draft.title),
        "pack": draft.texts.pack,
        "scenarios": draft.texts.scenarios,
        "source_hash": draft.texts.hash,
        "created_at": draft.created_at,
        "created_by": draft.created_by,
        "changed_at": draft.changed_at,
        "changed_by": draft.changed_by,
        "revision": draft.revision,
    }


def _draft(row: DraftRow) -> Draft:
    return Draft(
        id=row.id,
        name=row.name,
        version=row.version,
        region=row.region,
        title=row.title,
        texts=Texts(pack=row.pack, scenarios=row.scenarios, hash=row.source_hash),
        created_at=row.created_at,
        created_by=row.created_by,
        changed_at=row.changed_at,
        changed_by=row.changed_by,
        revision=row.revision,
        report=_report(row),
    )


def _report(row: DraftRow) -> DraftReport | None:
    if row.report is None or row.report_hash is None or row.reported_at is None:
        return None
    return DraftReport(hash=row.report_hash, at=row.reported_at, document=row.report)
