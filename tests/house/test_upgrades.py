"""A database of an earlier version, with all that was written into it, is upgraded, proves itself, and goes on serving."""

import asyncio
import os
from collections.abc import Iterator
from datetime import UTC, datetime

import asyncpg
import httpx
import pytest
from fastapi import FastAPI
from sqlalchemy import text
from typer.testing import CliRunner

from app.cli import cli
from app.domain.clients import SCOPES
from app.integrations.embedded_postgres import EmbeddedPostgres
from app.jobs.registry import HANDLERS
from app.jobs.runner import Worker
from app.persistence.engine import create_engine, create_sessions, libpq_address
from app.persistence.health import known_revisions, mismatch, newest_revision
from app.settings import Settings
from tests import postgres
from tests.conftest import Clock, an_app
from tests.persistence import older

# A day after everything that was written.
LATER = datetime(2026, 12, 1, 2, tzinfo=UTC)


@pytest.fixture(params=older.REVISIONS)
def database(
    request: pytest.FixtureRequest, server: EmbeddedPostgres, monkeypatch: pytest.MonkeyPatch
) -> Iterator[str]:
    with postgres.database(server, f"older_{request.param}_{os.getpid()}", template="template1") as url:
        older.fill(url, request.param)
        monkeypatch.setenv("CUOFENG_DATABASE_URL", url)
        yield url


def cuofeng(*words: str) -> tuple[int, str]:
    done = CliRunner().invoke(cli, list(words))
    return done.exit_code, str(done.exception or "") + done.output


def test_an_older_database_is_refused_migrated_proved_and_served(database: str, settings: Settings) -> None:
    assert cuofeng("serve", "--port", "0")[1].startswith("The database is at schema 00")
    assert cuofeng("worker")[1].count("run `cuofeng migrate`") == 1
    assert cuofeng("migrate")[0] == 0
    code, said = cuofeng("verify")
    assert code == 0, said
    asyncio.run(serves(database, settings))
    code, said = cuofeng("verify")
    assert code == 0, said


@pytest.mark.parametrize("database", older.REVISIONS[-1:], indirect=True)
def test_a_migration_does_not_make_the_service_wait_and_is_run_again(database: str) -> None:
    with asyncio.Runner() as runner:
        reader = runner.run(asyncpg.connect(libpq_address(database)[0]))
        runner.run(reader.execute("BEGIN; SELECT count(*) FROM recurring_jobs"))
        code, said = cuofeng("migrate")
        assert code == 1
        assert "run `cuofeng migrate` again" in said
        runner.run(reader.close())
    assert cuofeng("migrate")[0] == 0


async def serves(url: str, settings: Settings) -> None:
    """Old credentials, old decisions and old work are all still good."""
    engine = create_engine(url)
    clock = Clock(LATER)
    app = an_app(sessions=create_sessions(engine), clock=clock, settings=settings)
    try:
        async with engine.connect() as connection:
            administrator = await connection.scalar(text("SELECT id FROM clients WHERE name = 'administrator'"))
            decided = (
                await connection.execute(text("SELECT enterprise_id, pack_name FROM decision_runs LIMIT 1"))
            ).one()
        caller = await enter(app, str(administrator))
        await Worker(sessions=create_sessions(engine), clock=clock, handlers=HANDLERS).drain()
        params = {"pack": decided.pack_name, "season": 2019, "day": "2019-12-10"}
        answer = await caller.get(f"/v1/enterprises/{decided.enterprise_id}/decisions", params=params)
        assert answer.status_code == 200, answer.text
        assert answer.json()["items"]
        body = {
            "code": "NEW",
            "name": "新厂",
            "region": "141002",
            "sites": [{"code": "S", "name": "厂", "region": "141002"}],
        }
        made = await caller.post("/v1/enterprises", json=body, headers={"Idempotency-Key": "new-after-upgrade"})
        assert made.status_code == 201, made.text
    finally:
        await engine.dispose()


async def enter(app: FastAPI, client_id: str) -> httpx.AsyncClient:
    """With the secret of before the upgrade; whoever may do everything may do what is new, too."""
    caller = httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://cuofeng.test")
    form = {"grant_type": "client_credentials", "client_id": client_id, "client_secret": older.SECRET}
    answer = await caller.post("/v1/oauth/token", data=form)
    assert answer.status_code == 200, answer.text
    assert set(answer.json()["scope"].split()) == set(SCOPES)
    caller.headers["Authorization"] = f"Bearer {answer.json()['access_token']}"
    return caller


def test_a_schema_that_does_not_fit_says_what_to_do() -> None:
    newest = newest_revision()
    assert newest is not None
    assert mismatch(newest) is None
    said = {found: str(mismatch(found)) for found in (None, "0001", "9999")}
    assert "cuofeng migrate" in said[None]
    assert "cuofeng migrate" in said["0001"]
    assert "newer" in said["9999"]
    assert "install" in said["9999"]
    assert set(older.REVISIONS) <= known_revisions()
