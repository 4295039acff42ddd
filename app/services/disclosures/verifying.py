"""verify: every published list still comes to the hash it was sealed with, and the versions of each are one chain."""

from app.domain.disclosures.lists import broken
from app.domain.evidence import Damage
from app.persistence.disclosures.repository import DisclosureRepository
from app.persistence.unit_of_work import UnitOfWork


async def verify_disclosures(uow: UnitOfWork) -> list[Damage]:
    """What is stored of public lists and does not prove itself."""
    found = list[Damage]()
    for series, published in await DisclosureRepository(uow.session).everything():
        found += [Damage("disclosure_hash", f"public list {series.id} v{number}") for number in broken(published)]
        if series.newest != len(published):
            found.append(Damage("disclosure_missing", f"public list {series.id}"))
    return found
