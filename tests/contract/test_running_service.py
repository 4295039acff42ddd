"""A caller with every scope finds no answer of the running service that the contract does not declare."""

import copy
import json
from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any

import pytest
import schemathesis

from app import logs
from app.domain.clients import SCOPES
from app.integrations.embedded_postgres import EmbeddedPostgres
from app.main import openapi_text
from tests.contract.conversation import Conversation
from tests.contract.serving import serving
from tests.contract.winter import Told, tell
from tests.kill.conftest import Ground, grounded

Json = dict[str, Any]
# One winter is enough for all of them.
pytestmark = [pytest.mark.proof, pytest.mark.xdist_group("contract")]


@pytest.fixture(scope="module")
async def ground(server: EmbeddedPostgres, template: str) -> AsyncIterator[tuple[Ground, str]]:
    logs.configure(level="critical")
    async with grounded(server, template, "contract") as made:
        yield made


@pytest.fixture(scope="module")
async def told(ground: tuple[Ground, str]) -> Told:
    return await tell(ground[0], json.loads(openapi_text()))


@dataclass(slots=True)
class Caller:
    """Somebody with every scope, and what they are told is promised."""

    base: str
    token: str
    client_id: str
    secret: str

    def converses(self, told: Told, contract: Json) -> Conversation:
        return Conversation(schemathesis.openapi.from_dict(contract), self.base, self.token, told)


@pytest.fixture(scope="module")
async def caller(ground: tuple[Ground, str], told: Told) -> AsyncIterator[Caller]:
    with serving(*ground) as base:
        door = ground[0].door
        client, secret = await door.register(tuple(SCOPES), on_behalf_of=True)
        token = door.app.state.tokens.issue(client.id, client.scopes, now=ground[0].clock())
        yield Caller(base, token, client.id, secret)


@pytest.mark.timeout(1800)
def test_thousands_of_answers_are_ones_the_contract_declares(caller: Caller, told: Told) -> None:
    proves_itself(caller, told, allowed=10, not_allowed=6)


def test_an_answer_the_contract_does_not_declare_is_noticed(caller: Caller, told: Told) -> None:
    promised = copy.deepcopy(told.contract)
    promised["components"]["schemas"]["EnterpriseOut"]["properties"]["name"] = {"type": "integer"}
    del promised["paths"]["/v1/clients"]["post"]["responses"]["201"]
    heard = caller.converses(told, promised)
    heard.hears_what_was_told()
    found = {label for label, _ in heard.wrong}
    assert {"POST /v1/enterprises", "PATCH /v1/enterprises/{enterprise_id}", "POST /v1/clients"} <= found


def proves_itself(caller: Caller, told: Told, *, allowed: int, not_allowed: int) -> None:
    conversation = caller.converses(told, told.contract)
    conversation.hears_what_was_told()
    conversation.reads()
    conversation.asks_what_stores_nothing(caller.client_id, caller.secret)
    conversation.sends_what_is_allowed_and_what_is_not(allowed=allowed, not_allowed=not_allowed)
    every = {one.label for one in conversation.operations()}
    never = sorted(every - conversation.succeeded)
    said = (
        f"{1 - len(never) / len(every):.0%} of {len(every)} operations succeeded, not {never}; {conversation.statuses}"
    )
    print(said)  # noqa: T201  the share is read with -s, and where the test fails
    assert not conversation.wrong, "\n\n".join(conversation.wrong.values())
    assert len(never) <= len(every) / 10
