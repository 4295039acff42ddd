"""A small write through our door beside a bare FastAPI handler that sends the same SQL through asyncpg."""

import asyncio
import itertools
import uuid
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import asyncpg
import httpx
from fastapi import FastAPI
from pydantic import BaseModel, SecretStr
from sqlalchemy import event

from app import logs
from app.clock import utc_now
from app.domain.clients import SCOPES
from app.main import create_app
from app.persistence import copying
from app.persistence.engine import Engine, create_engine, create_sessions
from app.persistence.facts import writing
from app.persistence.unit_of_work import open_unit
from app.services.clients import BOOTSTRAP, Grants, create_client
from app.settings import Settings
from bench.database import migrated, plain
from bench.report import Findings, Row, Target
from bench.timing import Spread, Task, interleaved, ratios

REQUESTS = 5
TURNS = 20
MOST = 3
WORK = "one fact asserted over HTTP"
BODY = {"assertions": [{"fact": "environmental_record_filed", "value": "true"}]}


@dataclass(slots=True)
class Recorded:
    """The statements of one request, as the driver got them."""

    statements: list[tuple[str, Any, bool]] = field(default_factory=list)

    def renewed(self, key: str, used: str) -> list[tuple[str, Any, bool]]:
        """The same statements for a new request: new ids, a new key, the present instant."""
        fresh: dict[object, object] = {used: key}
        now = datetime.now(UTC)

        def new(value: object) -> object:
            if isinstance(value, datetime):
                return now
            return fresh.get(value, value) if isinstance(value, str | uuid.UUID) else value

        for value in self._made_ids():
            fresh[value] = uuid.uuid4() if isinstance(value, uuid.UUID) else str(uuid.uuid4())
        return [
            (sql, [tuple(map(new, row)) for row in rows] if many else tuple(map(new, rows)), many)
            for sql, rows, many in self.statements
        ]

    def _made_ids(self) -> set[object]:
        """Ids the request made up, which are those of the assertion it inserted."""
        inserted = next((rows for sql, rows, _ in self.statements if sql.startswith("INSERT INTO assertions")), ())
        return {inserted[1]} if inserted else set()


def run(findings: Findings, *, count: int, rounds: int, tell: Callable[[str], None]) -> None:
    del count  # requests are few; the number of records is another part's
    logs.configure(level="critical")
    tell("starting a database")
    with migrated() as url, asyncio.Runner() as runner:
        ours, bare, close = runner.run(_both(url))
        numbers = itertools.count()

        def sending(client: httpx.AsyncClient, path: str) -> Callable[[], object]:
            return lambda: runner.run(_send(client, path, numbers))

        tasks = {
            "cuofeng: auth, scope, key, transaction, audit, outbox": Task(sending(*ours), REQUESTS),
            "bare FastAPI + asyncpg, same SQL": Task(sending(*bare), REQUESTS),
        }
        seconds = interleaved(tasks, rounds=rounds, turns=TURNS, clock=runner.get_loop().time, tell=tell)
        runner.run(close())
    mine, theirs = seconds.values()
    ratio = ratios(mine, theirs)
    (us, _), (them, _) = tasks.items()
    findings.rows += [
        Row(WORK, us, Spread.of(mine)),
        Row(WORK, them, Spread.of(theirs), "cuofeng", ratios(theirs, mine)),
    ]
    findings.targets.append(Target(f"{WORK}, against a bare handler", ratio, most=MOST))


async def _send(client: httpx.AsyncClient, path: str, numbers: "itertools.count[int]") -> None:
    for _ in range(REQUESTS):
        answer = await client.post(path, json=BODY, headers={"Idempotency-Key": f"bench-{next(numbers)}"})
        if answer.status_code != 201:
            raise RuntimeError(answer.text)


async def _both(url: str) -> tuple[tuple[httpx.AsyncClient, str], tuple[httpx.AsyncClient, str], Callable[[], Any]]:
    engine = create_engine(url)
    sessions = create_sessions(engine)
    settings = Settings(signing_key=SecretStr("a key of the bench that is long enough"), requests_per_minute=0)
    app = create_app(sessions=sessions, clock=utc_now, settings=settings)
    async with open_unit(sessions, now=utc_now()) as unit:
        grants = Grants(name="bench", region="000000", scopes=frozenset(SCOPES), regions=("000000",))
        client, _ = await create_client(unit, grants, by=BOOTSTRAP, now=utc_now())
    token = app.state.tokens.issue(client.id, client.scopes, now=utc_now())
    headers = {"Authorization": f"Bearer {token}"}
    ours = httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://bench", headers=headers)
    head = {"code": "bench", "name": "bench", "region": "141002"}
    made = await ours.post("/v1/enterprises", json=head, headers={"Idempotency-Key": "head"})
    path = f"/v1/enterprises/{made.json()['id']}/assertions"
    await ours.post(path, json=BODY, headers={"Idempotency-Key": "warm"})
    recorded = await _record(engine, ours, path)
    pool = await asyncpg.create_pool(plain(url), min_size=2, max_size=10)
    bare_app = _bare(recorded, pool)
    bare = httpx.AsyncClient(transport=httpx.ASGITransport(bare_app), base_url="http://bench", headers=headers)

    async def close() -> None:
        await ours.aclose()
        await bare.aclose()
        await pool.close()
        await engine.dispose()

    return (ours, path), (bare, "/assertions"), close


async def _record(engine: Engine, client: httpx.AsyncClient, path: str) -> Recorded:
    """What one request sends; a COPY of a row is recorded as the INSERT a bare handler would write."""
    found = Recorded()

    def statement(_conn: Any, _cursor: Any, sql: str, parameters: Any, _context: Any, many: bool) -> None:
        if sql != "SELECT 1":
            found.statements.append((sql, parameters, many))

    async def copied(_session: Any, table: str, columns: Any, rows: Any) -> None:
        marks = ", ".join(f"${number}" for number in range(1, len(columns) + 1))
        sql = f"INSERT INTO {table} ({', '.join(columns)}) VALUES ({marks})"
        found.statements += [(sql, row, False) for row in rows]

    event.listen(engine.sync_engine, "before_cursor_execute", statement)
    vars(writing)["copy_rows"] = copied  # put back below
    try:
        answer = await client.post(path, json=BODY, headers={"Idempotency-Key": "recorded"})
    finally:
        vars(writing)["copy_rows"] = copying.copy_rows
        event.remove(engine.sync_engine, "before_cursor_execute", statement)
    if answer.status_code != 201:
        raise RuntimeError(answer.text)
    return found


class Statement(BaseModel):
    """A fact as the bare handler takes it."""

    fact: str
    value: str


class Statements(BaseModel):
    """Several of them."""

    assertions: list[Statement]


def _bare(recorded: Recorded, pool: asyncpg.Pool) -> FastAPI:
    app = FastAPI()
    numbers = itertools.count()

    @app.post("/assertions", status_code=201)
    async def assertions(body: Statements) -> dict[str, Any]:
        async with pool.acquire() as connection, connection.transaction():
            for sql, rows, many in recorded.renewed(f"bare-{next(numbers)}", "recorded"):
                if many:
                    await connection.executemany(sql, rows)
                else:
                    await connection.fetch(sql, *rows)
        return {"items": [{"fact": one.fact, "value": one.value} for one in body.assertions]}

    return app
