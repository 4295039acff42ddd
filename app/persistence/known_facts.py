"""Every fact that may be asserted: the base catalogue, what comes with the service, and what published packs declare."""

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from app.documents.catalogue import shipped_catalogue
from app.documents.published import evaluator_of
from app.domain.policies.facts import Catalogue
from app.persistence.policies import PackRow

# Keyed by the hashes of the published packs, so it can only be right; one entry, because packs change seldom.
_LAST: dict[frozenset[str], Catalogue] = {}


async def known_facts(session: AsyncSession) -> Catalogue:
    """The catalogue in force; reads the packs only when some pack was published since the last call."""
    hashes = frozenset(await session.scalars(select(PackRow.hash)))
    if hashes not in _LAST:
        rows = await session.execute(select(PackRow.document, PackRow.hash).order_by(PackRow.published_at))
        published = [evaluator_of(document, digest).pack.catalogue for document, digest in rows]
        known = shipped_catalogue()
        for catalogue in published:
            known = known.extended(fact for fact in catalogue.facts.values() if fact.name not in known)
        _LAST.clear()
        _LAST[hashes] = known
    return _LAST[hashes]
