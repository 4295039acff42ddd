"""A caller with every scope finds no answer of the running service that the contract does not declare."""

import json
from collections.abc import AsyncIterator
from datetime import timedelta

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

# One winter is enough for all of them.
pytestmark = pytest.mark.xdist_group("contract")


@pytest.fixture(scope="module")
async def ground(server: EmbeddedPostgres, template: str) -> AsyncIterator[tuple[Ground, str]]:
    logs.configure(level="critical")
    async with grounded(server, template, "contract") as made:
        yield made


@pytest.fixture(scope="module")
async def told(ground: tuple[Ground, str]) -> Told:
    return await tell(ground[0], json.loads(openapi_text()))


@pytest.fixture(scope="module")
async def conversation(ground: tuple[Ground, str], told: Told) -> AsyncIterator[Conversation]:
    with serving(*ground) as base:
        door = ground[0].door
        client, _ = await door.register(tuple(SCOPES), on_behalf_of=True)
        token = door.app.state.tokens.issue(client.id, client.scopes, now=ground[0].clock() - timedelta(minutes=1))
        schema = schemathesis.openapi.from_dict(told.contract)
        yield Conversation(schema, base, token, told)


@pytest.mark.timeout(300)
def test_every_answer_is_one_the_contract_declares(conversation: Conversation) -> None:
    converses(conversation, allowed=1, not_allowed=1)


@pytest.mark.proof
@pytest.mark.timeout(1800)
def test_thousands_of_answers_are_ones_the_contract_declares(conversation: Conversation) -> None:
    converses(conversation, allowed=25, not_allowed=15)


def converses(conversation: Conversation, *, allowed: int, not_allowed: int) -> None:
    conversation.hears_what_was_told()
    conversation.reads()
    conversation.sends_what_is_allowed_and_what_is_not(allowed=allowed, not_allowed=not_allowed)
    every = {one.label for one in conversation.operations()}
    share = len(conversation.succeeded) / len(every)
    print(f"{share:.0%} of {len(every)} operations succeeded; statuses {dict(conversation.statuses)}")
    print("never:", sorted(every - conversation.succeeded))
    assert not conversation.wrong, "\n\n".join(conversation.wrong.values())
    assert share >= 0.95
