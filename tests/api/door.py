"""The door as tests use it: an app on a database, and callers with a token that may do just what the test says."""

from collections.abc import Callable, Collection, Generator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import httpx
from fastapi import FastAPI

from app.domain.clients import SCOPES, Client
from app.persistence.engine import Sessions
from app.persistence.unit_of_work import open_unit
from app.services.clients import BOOTSTRAP, Grants, create_client
from app.settings import Settings
from tests.conftest import an_app


@dataclass(slots=True)
class Door:
    """An app, what it stands on, and a way to become a caller."""

    app: FastAPI
    sessions: Sessions
    clock: Callable[[], datetime]

    def anyone(self, headers: dict[str, str] | None = None, **options: Any) -> httpx.AsyncClient:
        """A caller without a token."""
        transport = httpx.ASGITransport(self.app, **options)
        return httpx.AsyncClient(transport=transport, base_url="http://cuofeng.test", headers=headers)

    async def register(
        self, scopes: Collection[str] = tuple(SCOPES), *, regions: tuple[str, ...] = ("000000",), **grants: Any
    ) -> tuple[Client, str]:
        """A client and its secret."""
        wanted: dict[str, Any] = {"name": "a test", "region": next(iter(regions), "000000"), **grants}
        async with open_unit(self.sessions, now=self.clock()) as unit:
            return await create_client(
                unit,
                Grants(scopes=frozenset(scopes), regions=regions, **wanted),
                by=BOOTSTRAP,
                now=self.clock(),
            )

    async def caller(self, *scopes: str, headers: dict[str, str] | None = None, **grants: Any) -> httpx.AsyncClient:
        """A caller who holds these scopes (none named: all of them) and sees these regions (the country)."""
        client, _ = await self.register(scopes or tuple(SCOPES), **grants)
        token = self.app.state.tokens.issue(client.id, client.scopes, now=self.clock())
        return self.anyone({"Authorization": f"Bearer {token}", **(headers or {})})

    async def lasting_caller(self, *scopes: str, **grants: Any) -> httpx.AsyncClient:
        """A caller for stories that last for months: each request brings a new token."""
        client, _ = await self.register(scopes or tuple(SCOPES), **grants)
        caller = self.anyone()
        caller.auth = _Renewed(lambda: self.app.state.tokens.issue(client.id, client.scopes, now=self.clock()))
        return caller


class _Renewed(httpx.Auth):
    """A token made when it is needed."""

    def __init__(self, issue: Callable[[], str]) -> None:
        self.issue = issue

    def auth_flow(self, request: httpx.Request) -> Generator[httpx.Request, httpx.Response, None]:
        request.headers["Authorization"] = f"Bearer {self.issue()}"
        yield request


async def read(caller: httpx.AsyncClient, url: str, params: Mapping[str, Any]) -> dict[str, Any]:
    """What a caller finds at an address."""
    answer = await caller.get(url, params=params)
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


def open_door(sessions: Sessions, clock: Callable[[], datetime], settings: Settings) -> Door:
    return Door(an_app(sessions=sessions, clock=clock, settings=settings), sessions, clock)
