"""The service on a port for generated clients, and where those clients are."""

from collections.abc import AsyncIterator
from dataclasses import dataclass

import pytest

from app import logs
from app.domain.clients import SCOPES
from app.integrations.embedded_postgres import EmbeddedPostgres
from contract.generating import CLIENTS, DOCUMENT
from contract.tools import SDK
from tests.api.feeding import a_grid
from tests.contract.serving import serving
from tests.kill.conftest import grounded


@dataclass(frozen=True, slots=True)
class Service:
    """Its address, and a login that may do everything."""

    base: str
    client_id: str
    secret: str


@pytest.fixture(scope="session")
def generated() -> None:
    missing = [name for name in (DOCUMENT, *CLIENTS) if not (SDK / name).exists()]
    if missing:
        pytest.fail(f"sdk/ has no {', '.join(missing)}; `make sdk` generates the clients")


@pytest.fixture(scope="module")
async def service(generated: None, server: EmbeddedPostgres, template: str) -> AsyncIterator[Service]:
    """The plans are published, and the source `grid` has a channel for each client."""
    logs.configure(level="critical")
    async with grounded(server, template, "clients") as (ground, url):
        await a_grid(ground.door, ground.clock, keys=tuple(CLIENTS))
        client, secret = await ground.door.register(tuple(SCOPES))
        with serving(ground, url) as base:
            yield Service(base, client.id, secret)
