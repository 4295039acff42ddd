"""Registering one enterprise, several at once, or a change to one: the same landing, all or nothing or row by row."""

from collections.abc import Iterable, Mapping, Sequence
from uuid import UUID

from app.documents.catalogue import authority_records
from app.domain.access import Actor
from app.domain.enterprises.checking import Draft, Yardsticks
from app.domain.enterprises.merging import Merged, merge
from app.domain.enterprises.structure import (
    Enterprise,
    EnterpriseCodeTaken,
    EnterpriseStale,
    Head,
    StructureInvalid,
)
from app.domain.facts.assertions import AuthorityRecords
from app.domain.policies.facts import Catalogue
from app.integrations.ids import new_id
from app.persistence.enterprises.reading import EnterpriseReader
from app.persistence.regions import RegionRepository
from app.persistence.unit_of_work import UnitOfWork
from app.services.enterprises.landing import Landed, checked, land, store
from app.services.enterprises.yardsticks import codes_in, yardsticks


async def register_enterprise(
    uow: UnitOfWork, code: str, drafts: Sequence[Draft], *, by: Actor, catalogue: Catalogue
) -> Enterprise:
    """One enterprise with everything below it, or nothing and every reason why."""
    landed = await land(uow, {code: drafts}, by=await _yardsticks(uow, drafts, by, catalogue))
    _refuse_rejected(landed)
    if not landed.created:
        raise EnterpriseCodeTaken(code_=code)
    return await EnterpriseReader(uow.session).get(landed.created[0], visible_to=by)


async def register_batch(
    uow: UnitOfWork, drafts: Mapping[str, Sequence[Draft]], *, by: Actor, catalogue: Catalogue
) -> Landed:
    """Good rows land, bad ones come back; known codes are changed, so the same batch may be sent twice."""
    rows = [draft for one in drafts.values() for draft in one]
    return await land(uow, drafts, by=await _yardsticks(uow, rows, by, catalogue))


async def change_enterprise(
    uow: UnitOfWork,
    enterprise_id: UUID,
    drafts: Sequence[Draft],
    *,
    version: int,
    by: Actor,
    catalogue: Catalogue,
) -> Enterprise:
    """Add or change parts of an enterprise that is still as the caller last saw it."""
    reader = EnterpriseReader(uow.session)
    head = await reader.head(enterprise_id, visible_to=by, lock=True)
    if head.version != version:
        raise EnterpriseStale()
    landed = Landed()
    batch = checked(drafts, await _yardsticks(uow, drafts, by, catalogue), landed)
    (tree,) = await reader.below([head])
    merged = merge(tree, batch.rows, failed=batch.failed, new_id=new_id)
    landed.rejected += merged.rejected
    _refuse_rejected(landed)
    if not by.sees_region(head.region):
        _refuse_authoritys(head, merged, catalogue)
    await store(uow, [(tree, merged)], by, set(), landed)
    _refuse_rejected(landed)
    return await reader.get(enterprise_id, visible_to=by)


def _refuse_authoritys(head: Head, merged: Merged, catalogue: Catalogue) -> None:
    """What the authority records is not said by the enterprise, neither as a fact nor with its structure."""
    for said in merged.said:
        spec = catalogue[said.claim.fact]
        if authority_records(spec):
            raise AuthorityRecords(fact=spec.name, fact_zh=spec.zh, region=head.region)


def _refuse_rejected(landed: Landed) -> None:
    if landed.rejected:
        raise StructureInvalid(errors=[one.error for one in landed.rejected])


async def _yardsticks(uow: UnitOfWork, drafts: Iterable[Draft], by: Actor, catalogue: Catalogue) -> Yardsticks:
    regions = await RegionRepository(uow.session).around(codes_in(draft.cells for draft in drafts))
    return yardsticks(catalogue=catalogue, regions=regions, now=uow.now, by=by)
