"""The fact catalogue at the door: the base catalogue and whatever published plans have added."""

from typing import Annotated

from fastapi import Depends

from app.api.transactions import Unit
from app.domain.policies.facts import Catalogue
from app.persistence.known_facts import known_facts


async def catalogue_of(uow: Unit) -> Catalogue:
    return await known_facts(uow.session)


KnownFacts = Annotated[Catalogue, Depends(catalogue_of)]
