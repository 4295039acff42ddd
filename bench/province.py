"""Re-deciding a province and storing every decision, beside COPY of the same bytes into tables of the same shape."""

import asyncio
import hashlib
import io
import itertools
import time
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from contextlib import asynccontextmanager
from typing import Any, cast
from uuid import UUID

import asyncpg
import orjson

from app.clock import utc_now
from app.documents.catalogue import base_catalogue
from app.documents.pack import read_pack
from app.domain.access import Actor
from app.domain.decisions.flat import flatten
from app.domain.decisions.program import Program
from app.domain.decisions.subjects import FactSpan, Subject
from app.integrations.ids import new_id
from app.jobs.context import JobContext
from app.jobs.decide import decide_region
from app.persistence.copying import copy_rows
from app.persistence.decisions.snapshots import Head, SnapshotRepository
from app.persistence.engine import Sessions, create_engine, create_sessions
from app.persistence.policies import PackRepository, StoredPack
from app.persistence.unit_of_work import UnitOfWork, open_unit
from bench.contenders import PACK, evaluator, pack_text
from bench.database import migrated, plain
from bench.records import Record, complete_records, with_missing
from bench.report import Findings, Row, Target
from bench.timing import Spread, ratios

LINES_EACH = 100 / 30
ROUNDS = 5
MOST = 3
WORK = "re-decide a province and store it"
OPERATOR = Actor(client_id="bench", regions=("000000",))
ZONES = {"plains": "141002", "mountain": "141027"}
TABLES = {"decision_runs": "id", "decisions": "run_id"}
# A season nobody decided before, so that nothing is found unchanged; each round takes the next one.
FIRST_SEASON = 2019


def run(findings: Findings, *, count: int, rounds: int, tell: Callable[[str], None]) -> None:
    tell("starting a database")
    with migrated() as url, asyncio.Runner() as runner:
        runner.run(_run(url, findings, count, min(rounds, ROUNDS), tell))


async def _run(url: str, findings: Findings, lines: int, rounds: int, tell: Callable[[str], None]) -> None:
    engine = create_engine(url)
    sessions = create_sessions(engine)
    enterprises = await _fill(sessions, lines, tell)
    driver = await asyncpg.connect(plain(url))
    for table in TABLES:
        await driver.execute(f"CREATE TABLE copied_{table} (LIKE {table} INCLUDING ALL)")
    ours: list[float] = []
    copies: list[float] = []
    records: list[float] = []
    rows = size = 0
    # The first season warms caches on both sides and is not counted.
    for season in range(FIRST_SEASON, FIRST_SEASON + rounds + 1):
        tell(f"season {season}: deciding {enterprises:,} enterprises")
        began = time.perf_counter()
        await decide_region(cast("JobContext", _Job(sessions, season)))
        deciding = time.perf_counter() - began
        content = {table: await _bytes_of(driver, table, key, season) for table, key in TABLES.items()}
        tell(f"season {season}: copying the same bytes")
        copying = await _copy(driver, content)
        if season > FIRST_SEASON:
            ours.append(deciding)
            copies.append(copying)
            records.append(await _copy_records(driver))
        rows = await driver.fetchval("SELECT count(*) FROM copied_decisions")
        size = sum(map(len, content.values()))
    await driver.close()
    await engine.dispose()
    findings.rows += [
        Row(WORK, "cuofeng", Spread.of(ours)),
        Row(WORK, "COPY of the same bytes, binary", Spread.of(copies), "cuofeng", ratios(copies, ours)),
        Row(WORK, "COPY of the same rows, from Python", Spread.of(records), "cuofeng", ratios(records, ours)),
    ]
    findings.targets.append(Target(f"{WORK}, against COPY of the same bytes", ratios(ours, copies), most=MOST))
    findings.notes.append(
        f"province: {enterprises:,} enterprises, {lines:,} lines, {rows:,} decisions, {size / 1e6:.1f} MB a season;"
        " snapshots were up to date, as after a new version of a plan; wall clock, one process"
    )


async def _copy(driver: asyncpg.Connection, content: dict[str, bytes]) -> float:
    for table in content:
        await driver.execute(f"TRUNCATE copied_{table}")
    began = time.perf_counter()
    async with driver.transaction():
        for table, data in content.items():
            await driver.copy_to_table(f"copied_{table}", source=io.BytesIO(data), format="binary")
    return time.perf_counter() - began


async def _copy_records(driver: asyncpg.Connection) -> float:
    """The same rows as Python values: what is left of the way when deciding takes no time."""
    content = {table: await driver.fetch(f"SELECT * FROM copied_{table}") for table in TABLES}
    for table in content:
        await driver.execute(f"TRUNCATE copied_{table}")
    began = time.perf_counter()
    async with driver.transaction():
        for table, rows in content.items():
            await driver.copy_records_to_table(f"copied_{table}", records=rows)
    return time.perf_counter() - began


async def _bytes_of(driver: asyncpg.Connection, table: str, key: str, season: int) -> bytes:
    out = io.BytesIO()
    query = f"SELECT * FROM {table} WHERE {key} IN (SELECT id FROM decision_runs WHERE season = {season})"
    await driver.copy_from_query(query, output=out, format="binary")
    return out.getvalue()


class _Job:
    """As much of a job as deciding a region asks for, without a queue around it."""

    def __init__(self, sessions: Sessions, season: int) -> None:
        self.sessions = sessions
        self.clock = utc_now
        self.actor = OPERATOR
        self.payload = {"region": "140000", "pack": PACK, "season": season}

    @asynccontextmanager
    async def unit(self) -> AsyncIterator[UnitOfWork]:
        async with open_unit(self.sessions, now=utc_now()) as unit:
            yield unit

    async def progress(self, done: int, total: int | None = None) -> None:
        pass


async def _fill(sessions: Sessions, lines: int, tell: Callable[[str], None]) -> int:
    """The published pack, the heads of the enterprises, and a snapshot of each."""
    await _publish(sessions)
    count = 0
    for batch in _batches(_trees(lines), 1_000):
        async with open_unit(sessions, now=utc_now()) as unit:
            await copy_rows(unit.session, "enterprises", _COLUMNS, [_head(tree, unit) for tree in batch])
            await SnapshotRepository(unit.session).add([_taken(tree) for tree in batch], known_at=unit.now)
        count += len(batch)
        tell(f"{count:,} enterprises registered")
    return count


async def _publish(sessions: Sessions) -> None:
    found = read_pack(pack_text(), base_catalogue())
    pack = found.pack
    async with open_unit(sessions, now=utc_now()) as unit:
        await PackRepository(unit.session).add(
            StoredPack(
                id=new_id(),
                name=pack.name,
                version=pack.version,
                hash=pack.hash,
                source_hash=hashlib.sha256(pack_text().encode()).hexdigest(),
                region=pack.issuer_region,
                level=pack.issuer_level,
                title=dict(pack.title),
                document=orjson.dumps(found.document).decode(),
                scenarios="null",
                published_at=unit.now,
                published_by=OPERATOR.client_id,
            )
        )


_COLUMNS = (
    "id", "registrar", "code", "name", "region", "uscc", "gbt4754", "sample", "version", "created_at", "changed_at",
)  # fmt: skip


def _head(tree: Subject, unit: UnitOfWork) -> tuple[Any, ...]:
    region = tree["children"][0].get("region")
    head = (UUID(tree["id"]), "bench", tree["code"], tree["name"], region, None, None, False, 1)
    return (*head, unit.now, unit.now)


def _taken(tree: Subject) -> tuple[Head, bytes]:
    document = orjson.dumps(tree, option=orjson.OPT_SORT_KEYS)
    digest = hashlib.sha256(document).digest()
    return Head(UUID(tree["id"]), digest, orjson.dumps(flatten(tree))), document


def _trees(lines: int) -> Iterator[Subject]:
    """Enterprises of three or four lines of one industry on one site; one fact in twelve is missing."""
    program = evaluator().programs["line"]
    complete = sorted(complete_records(program, lines), key=lambda record: str(record[program.tag]))
    holes = with_missing(complete, program)
    # The register knows the industry of nearly every line; what it lacks are facts.
    records = iter([hole | {program.tag: whole[program.tag]} for hole, whole in zip(holes, complete, strict=True)])
    for number in itertools.count():
        size = int((number + 1) * LINES_EACH) - int(number * LINES_EACH)
        own = list(itertools.islice(records, size))
        if not own:
            return
        yield _tree(number, own, program)


def _tree(number: int, records: Sequence[Record], program: Program) -> Subject:
    zone = next((str(record["zone"]) for record in records if "zone" in record), "plains")
    site = _node("site", f"s{number}", {}, [])
    site["region"] = ZONES[zone]
    for index, record in enumerate(records):
        facts = {key: value for key, value in record.items() if key in program.pack.catalogue.facts}
        line = _node("line", f"l{index}", {key: [_span(key, value)] for key, value in facts.items()}, [])
        line["industry"] = record.get(program.tag)
        site["children"].append(line)
    return _node("enterprise", f"e{number}", {}, [site])


def _node(level: Any, code: str, facts: dict[str, list[FactSpan]], children: list[Subject]) -> Subject:
    return {"level": level, "id": str(new_id()), "code": code, "name": code, "facts": facts, "children": children}


def _span(fact: str, value: Any) -> FactSpan:
    return {"value": value, "from": None, "to": None, "assertion": fact, "verified": True, "document": None}


def _batches(trees: Iterator[Subject], size: int) -> Iterator[list[Subject]]:
    while batch := list(itertools.islice(trees, size)):
        yield batch
