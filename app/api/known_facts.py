"""The fact catalogue at the door: the base catalogue and whatever the plans in force have added."""

from typing import Annotated

from fastapi import Depends, Request

from app.documents.catalogue import shipped_catalogue
from app.domain.policies.facts import Catalogue


def known_facts(request: Request) -> Catalogue:
    """`app.state.catalogue` where the entry has set one; else what comes with the service."""
    found: Catalogue | None = getattr(request.app.state, "catalogue", None)
    return found or shipped_catalogue()


KnownFacts = Annotated[Catalogue, Depends(known_facts)]
