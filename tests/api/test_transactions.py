"""One request, one transaction, committed before the first byte."""

import asyncio
import os
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from typing import Annotated, Any

import httpx
import pytest
from fastapi import Depends, Request
from fastapi.responses import StreamingResponse
from sqlalchemy import func, select, text

from app.api.bodies import AnswerBody, RequestBody
from app.api.security import caller
from app.api.transactions import Idempotent, Unit, router
from app.domain.access import Actor
from app.domain.errors import Conflict
from app.domain.events import Event
from app.integrations.embedded_postgres import EmbeddedPostgres
from app.persistence.audit import AuditRow
from app.persistence.engine import Sessions, create_engine, create_sessions
from app.persistence.outbox import OutboxRow
from app.settings import Settings
from tests import postgres
from tests.api.door import Door, open_door
from tests.api.wire import tapped
from tests.conftest import Clock

routes = router("trials")
Writer = Annotated[Actor, Depends(caller("enterprises:write"))]


class TrialRefused(Conflict):
    code = "trial_refused"
    zh = "不"
    en = "no"


class TrialRequest(RequestBody):
    note: str


class TrialOut(AnswerBody):
    position: int


async def noted(uow: Unit, actor: Actor, note: str) -> int:
    await uow.record(Event(type="trial.noted", subject=note), by=actor)
    count = await uow.session.scalar(select(func.count()).where(AuditRow.subject == note))
    return count or 0


@routes.post("", status_code=201, dependencies=[Idempotent])
async def note_trial(body: TrialRequest, actor: Writer, uow: Unit) -> TrialOut:
    return TrialOut(position=await noted(uow, actor, body.note))


@routes.post("/refused")
async def refuse_trial(actor: Writer, uow: Unit) -> TrialOut:
    await noted(uow, actor, "refused")
    raise TrialRefused()


@routes.post("/broken")
async def break_trial(actor: Writer, uow: Unit) -> TrialOut:
    await noted(uow, actor, "broken")
    raise RuntimeError("the password is swordfish")


@routes.post("/deferred")
async def defer_trial(actor: Writer, uow: Unit) -> TrialOut:
    """A constraint that PostgreSQL checks only at the commit."""
    await noted(uow, actor, "deferred")
    await uow.session.execute(text("CREATE TEMP TABLE deferred (id int UNIQUE DEFERRABLE INITIALLY DEFERRED)"))
    await uow.session.execute(text("INSERT INTO deferred VALUES (1), (1)"))
    return TrialOut(position=1)


@routes.get("/stream", response_class=StreamingResponse)
async def stream_trial(actor: Writer, uow: Unit) -> StreamingResponse:
    await noted(uow, actor, "streamed")
    return StreamingResponse(iter([b"one", b"two"]))


@routes.get("")
async def list_trials(actor: Writer, uow: Unit) -> TrialOut:
    return TrialOut(position=await uow.session.scalar(select(func.count()).select_from(AuditRow)) or 0)


@routes.post("/raw")
async def read_raw(request: Request, actor: Writer) -> TrialOut:
    return TrialOut(position=len(await request.body()))


@pytest.fixture(scope="module")
async def trials(server: EmbeddedPostgres, template: str, settings: Settings) -> AsyncIterator[Door]:
    """One database with real commits for all of these stories; each has clients and notes of its own."""
    made = postgres.database(server, f"trials_{os.getpid()}", template=template)
    engine = create_engine(await asyncio.to_thread(made.__enter__), pool_size=20)
    opened = open_door(create_sessions(engine), Clock(datetime(2019, 12, 10, 2, tzinfo=UTC)), settings)
    opened.app.include_router(routes)
    yield opened
    await engine.dispose()
    await asyncio.to_thread(made.__exit__, None, None, None)


async def kept(sessions: Sessions, note: str) -> tuple[int, int]:
    """How often a note stands in the audit and in the outbox."""
    async with sessions() as session:
        audit = await session.scalar(select(func.count()).where(AuditRow.subject == note))
        outbox = await session.scalar(select(func.count()).where(OutboxRow.subject == note))
        return audit or 0, outbox or 0


@pytest.mark.parametrize(
    ("method", "path", "options"),
    [
        ("POST", "", {"json": {"note": "a"}, "headers": {"Idempotency-Key": "1"}}),
        ("GET", "", {}),
        ("GET", "/stream", {}),
        ("POST", "/raw", {"content": b"abc"}),
    ],
)
async def test_a_request_that_succeeds_commits_once_and_before_the_first_byte(
    trials: Door, method: str, path: str, options: dict[str, Any]
) -> None:
    writer = await trials.caller()
    with tapped(trials.sessions) as wire:
        watched = httpx.ASGITransport(wire.watched(trials.app))
        async with httpx.AsyncClient(
            transport=watched, base_url="http://cuofeng.test", headers=writer.headers
        ) as caller:
            answer = await caller.request(method, f"/v1/trials{path}", **options)
    assert answer.is_success
    order = wire.transactions()
    assert order[:3] == ["BEGIN", "COMMIT", "BYTES"]
    assert set(order[3:]) <= {"BYTES"}


@pytest.mark.parametrize("path", ["/refused", "/broken"])
async def test_a_request_that_fails_rolls_back_before_the_first_byte(trials: Door, path: str) -> None:
    writer = await trials.caller()
    with tapped(trials.sessions) as wire:
        transport = httpx.ASGITransport(wire.watched(trials.app))
        async with httpx.AsyncClient(
            transport=transport, base_url="http://cuofeng.test", headers=writer.headers
        ) as caller:
            answer = await caller.post(f"/v1/trials{path}")
    assert answer.is_error
    order = wire.transactions()
    assert order[:3] == ["BEGIN", "ROLLBACK", "BYTES"]
    assert set(order[3:]) <= {"BYTES"}
    assert await kept(trials.sessions, path.strip("/")) == (0, 0)


async def test_a_commit_that_fails_is_not_answered_as_done(trials: Door) -> None:
    writer = await trials.caller()
    answer = await writer.post("/v1/trials/deferred")
    assert (answer.status_code, answer.json()["code"]) == (500, "internal_error")
    assert await kept(trials.sessions, "deferred") == (0, 0)


async def test_a_failure_leaves_a_reference_and_nothing_else(trials: Door) -> None:
    writer = await trials.caller()
    answer = await writer.post("/v1/trials/broken", headers={"X-Request-Id": "my-trial"})
    assert (answer.status_code, answer.json()["code"]) == (500, "internal_error")
    assert "my-trial" in answer.json()["detail"]
    assert "swordfish" not in answer.text


async def test_audit_and_outbox_are_kept_together(trials: Door) -> None:
    writer = await trials.caller()
    await writer.post("/v1/trials", json={"note": "together"}, headers={"Idempotency-Key": "1"})
    assert await kept(trials.sessions, "together") == (1, 1)


async def test_twins_are_done_once_and_hear_the_same_bytes(trials: Door) -> None:
    writer = await trials.caller()
    posts = [writer.post("/v1/trials", json={"note": "twins"}, headers={"Idempotency-Key": "twin"}) for _ in range(12)]
    answers = await asyncio.gather(*posts)
    assert {(one.status_code, one.content, one.headers["content-type"]) for one in answers} == {
        (201, b'{"position":1}', "application/json")
    }
    assert await kept(trials.sessions, "twins") == (1, 1)


async def test_a_replay_has_the_same_headers_as_the_first_answer(trials: Door) -> None:
    admin = await trials.caller()
    body = {"name": "市平台", "region": "141000", "scopes": ["feed:write"]}
    first, again = [await admin.post("/v1/clients", json=body, headers={"Idempotency-Key": "1"}) for _ in range(2)]
    assert again.content == first.content
    passing = {"x-request-id", "ratelimit"}
    assert {*first.headers.items()} - {*again.headers.items()} <= {(name, first.headers[name]) for name in passing}
    assert again.headers["location"] == f"/v1/clients/{first.json()['client']['id']}"


async def test_a_secret_is_not_kept_readable_with_its_key(trials: Door) -> None:
    admin = await trials.caller()
    body = {"name": "市平台", "region": "141000", "scopes": ["feed:write"]}
    answer = await admin.post("/v1/clients", json=body, headers={"Idempotency-Key": "1"})
    async with trials.sessions() as session:
        stored = await session.scalar(text("SELECT string_agg(body, '') FROM idempotency_keys"))
    assert answer.json()["client_secret"].encode() not in stored


async def test_a_key_reused_for_another_body_is_refused(trials: Door) -> None:
    writer = await trials.caller()
    await writer.post("/v1/trials", json={"note": "reused"}, headers={"Idempotency-Key": "1"})
    answer = await writer.post("/v1/trials", json={"note": "b"}, headers={"Idempotency-Key": "1"})
    assert (answer.status_code, answer.json()["code"]) == (422, "idempotency_key_reused")
    assert await kept(trials.sessions, "reused") == (1, 1)


@pytest.mark.parametrize("headers", [{}, {"Idempotency-Key": ""}, {"Idempotency-Key": "a b"}])
async def test_a_creation_without_a_usable_key_is_refused(trials: Door, headers: dict[str, str]) -> None:
    writer = await trials.caller()
    answer = await writer.post("/v1/trials", json={"note": "keyless"}, headers=headers)
    assert (answer.status_code, answer.json()["code"]) == (400, "idempotency_key_missing")
    assert await kept(trials.sessions, "keyless") == (0, 0)


async def test_keys_of_two_clients_do_not_meet(trials: Door) -> None:
    for writer in (await trials.caller(), await trials.caller()):
        answer = await writer.post("/v1/trials", json={"note": "neighbours"}, headers={"Idempotency-Key": "1"})
        assert answer.status_code == 201
    assert await kept(trials.sessions, "neighbours") == (2, 2)


async def test_a_refused_request_leaves_its_key_free(trials: Door) -> None:
    writer = await trials.caller()
    refused = await writer.post("/v1/trials", json={"nota": "a"}, headers={"Idempotency-Key": "1"})
    mended = await writer.post("/v1/trials", json={"note": "freed"}, headers={"Idempotency-Key": "1"})
    assert (refused.status_code, mended.status_code) == (422, 201)


async def test_a_replay_is_not_given_to_a_client_that_lost_the_scope(trials: Door) -> None:
    client, _ = await trials.register(["enterprises:write", "feed:write"])
    tokens = trials.app.state.tokens
    strong, weak = (
        tokens.issue(client.id, frozenset({scope}), now=trials.clock()) for scope in ("enterprises:write", "feed:write")
    )
    for token, status in ((strong, 201), (weak, 403)):
        answer = await trials.anyone({"Authorization": f"Bearer {token}"}).post(
            "/v1/trials", json={"note": "scopeless"}, headers={"Idempotency-Key": "1"}
        )
        assert answer.status_code == status
