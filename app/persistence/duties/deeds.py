"""Which unfiled duties may be filled by something their holders did elsewhere, and what that was."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby
from uuid import UUID

from sqlalchemy import ColumnElement, and_, exists, func, or_, select, tuple_
from sqlalchemy.ext.asyncio import AsyncSession

from app.domain.duties.contacts import ContactRole
from app.domain.duties.deeds import Deed, Under, naming
from app.domain.duties.filing import OwedDuty
from app.domain.duties.terms import Form
from app.persistence.acts.rows import ActRow
from app.persistence.duties.contacts import ContactRepository
from app.persistence.duties.repository import duties_with_terms, owed_of
from app.persistence.duties.rows import NOBODY, ContactRow, DutyFilingRow, DutyReceiptRow, DutyRow, DutyTermRow
from app.persistence.engine import one_of
from app.persistence.exemptions.rows import ExemptionEntryRow, ExemptionListRow

# The advisory lock between those who do something and the job that looks whether it fills what it has just made.
DOING = 26


@dataclass(frozen=True, slots=True)
class Unfiled:
    """A duty for which nothing stands, how often something was filed, and when that was returned last."""

    owed: OwedDuty
    filings: int
    returned_at: datetime | None


class DeedRepository:
    """For the service itself, which looks at nothing but what one holder owes and did."""

    def __init__(self, session: AsyncSession) -> None:
        self.session = session

    async def take_part(self) -> None:
        """Whoever does something lets the job wait until it is kept; several do so at once."""
        await self.session.execute(select(func.pg_advisory_xact_lock_shared(DOING)))

    async def wait(self) -> None:
        """Until whatever was being done is kept: those who begin later find the duties that are there now."""
        await self.session.execute(select(func.pg_advisory_xact_lock(DOING)))

    async def of_holder(self, holder: UUID | str) -> list[Unfiled]:
        """What an enterprise, or the bodies of a region, owe of any season."""
        if isinstance(holder, UUID):
            return await self._unfiled(DutyRow.enterprise_id == holder)
        return await self._unfiled(DutyRow.enterprise_id == NOBODY, DutyRow.region == holder)

    async def of_season(self, season: int, after: tuple[UUID, UUID] | None, limit: int) -> list[Unfiled]:
        """What everybody owes of a season, in order of keys."""
        wanted = [DutyTermRow.season == season]
        if after is not None:
            wanted.append(tuple_(DutyRow.enterprise_id, DutyRow.id) > after)
        return await self._unfiled(*wanted, limit=limit)

    async def done_by(self, duties: Sequence[OwedDuty]) -> dict[UUID | str, list[Deed]]:
        """What each holder of some duties did that may fill some of them."""
        firms = sorted({one.enterprise_id for one in duties if one.enterprise_id is not None})
        regions = sorted({one.region for one in duties if one.enterprise_id is None})
        contacts = await ContactRepository(self.session).of_holders(firms, regions)
        named = [deed for _, versions in groupby(contacts, lambda one: one.id) for deed in naming([*versions])]
        packs = sorted({one.term.pack for one in duties})
        found: dict[UUID | str, list[Deed]] = {}
        for deed in (*named, *await self._applied(firms, packs), *await self._asked_for(firms, packs)):
            found.setdefault(deed.holder, []).append(deed)
        return found

    async def _unfiled(self, *wanted: ColumnElement[bool], limit: int | None = None) -> list[Unfiled]:
        same = and_(DutyFilingRow.enterprise_id == DutyRow.enterprise_id, DutyFilingRow.duty_id == DutyRow.id)
        counted = select(func.count()).select_from(DutyFilingRow).where(same).scalar_subquery()
        receipt = and_(
            DutyReceiptRow.enterprise_id == DutyFilingRow.enterprise_id, DutyReceiptRow.filing_id == DutyFilingRow.id
        )
        returned = select(func.max(DutyReceiptRow.at)).join(DutyFilingRow, receipt).where(same).scalar_subquery()
        query = (
            duties_with_terms()
            .add_columns(counted, returned)
            .where(
                DutyRow.filed_at.is_(None),
                DutyRow.waived_at.is_(None),
                DutyRow.ceased_at.is_(None),
                or_(_named(), _applied()),
                *wanted,
            )
            .order_by(DutyRow.enterprise_id, DutyRow.id)
        )
        rows = await self.session.execute(query if limit is None else query.limit(limit))
        return [Unfiled(owed_of(row, term), count, at) for row, term, count, at in rows]

    async def _applied(self, firms: Sequence[UUID], packs: Sequence[str]) -> list[Deed]:
        rows = await self.session.scalars(
            select(ActRow).where(
                one_of(ActRow.enterprise_id, firms), ActRow.kind == "dispatch", ActRow.pack_name.in_(packs)
            )
        )
        return [
            Deed(
                form=Form.APPLICATION,
                says={"url": f"/v1/dispatch-applications/{row.id}"},
                holder=row.enterprise_id,
                at=row.known_at,
                by=row.origin,
                under=Under(pack=row.pack_name or "", season=row.season or 0, workflow=row.workflow),
            )
            for row in rows
        ]

    async def _asked_for(self, firms: Sequence[UUID], packs: Sequence[str]) -> list[Deed]:
        rows = await self.session.execute(
            select(ExemptionEntryRow, ExemptionListRow)
            .join(ExemptionListRow, ExemptionListRow.id == ExemptionEntryRow.list_id)
            .where(one_of(ExemptionEntryRow.enterprise_id, firms), ExemptionListRow.pack_name.in_(packs))
        )
        return [
            Deed(
                form=Form.APPLICATION,
                says={"url": f"/v1/exemption-lists/{row.list_id}/entries/{row.id}"},
                holder=row.enterprise_id,
                at=row.known_at,
                by=row.origin,
                under=Under(pack=kept.pack_name, season=kept.season, workflow=kept.workflow),
            )
            for row, kept in rows
        ]


def _named() -> ColumnElement[bool]:
    """Whether the holder ever named a contact; which days it is for is judged afterwards."""
    of_holder = or_(DutyRow.enterprise_id != NOBODY, ContactRow.region == DutyRow.region)
    named = exists().where(
        ContactRow.enterprise_id == DutyRow.enterprise_id, ContactRow.role == ContactRole.CONTACT, of_holder
    )
    return and_(DutyTermRow.forms.contains([Form.CONTACT]), named)


def _applied() -> ColumnElement[bool]:
    """Whether the holder applied under the workflow, or asked for a place on the list it leads to."""
    act = exists().where(
        ActRow.enterprise_id == DutyRow.enterprise_id,
        ActRow.pack_name == DutyTermRow.pack,
        ActRow.season == DutyTermRow.season,
        ActRow.workflow == DutyTermRow.duty,
    )
    entry = exists().where(
        ExemptionEntryRow.enterprise_id == DutyRow.enterprise_id,
        ExemptionListRow.id == ExemptionEntryRow.list_id,
        ExemptionListRow.pack_name == DutyTermRow.pack,
        ExemptionListRow.season == DutyTermRow.season,
        ExemptionListRow.workflow == DutyTermRow.duty,
    )
    return and_(DutyTermRow.forms.contains([Form.APPLICATION]), or_(act, entry))
