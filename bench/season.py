"""A season of meters assessed from the database to stored verdicts: wall clock, processor time, and memory."""

import asyncio
import hashlib
import os
import resource
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast
from uuid import UUID

import numpy as np
import orjson
from sqlalchemy import text

from app.clock import utc_now
from app.documents.catalogue import base_catalogue
from app.documents.holidays import china
from app.documents.pack import read_pack
from app.domain.access import Actor
from app.domain.compliance.assessing import ASSESSOR_VERSION
from app.domain.compliance.baselines import Method
from app.domain.compliance.dossier import Terms
from app.domain.compliance.thresholds import PUBLISHED
from app.domain.feed.channels import Channel
from app.domain.feed.curves import Quality
from app.domain.feed.directory import Directory
from app.domain.feed.merging import Slots
from app.integrations.ids import new_id
from app.jobs.assess import assess_region
from app.jobs.context import JobContext
from app.jobs.decide import decide_region
from app.persistence.copying import copy_ready, copy_rows
from app.persistence.engine import Sessions, create_engine, create_sessions
from app.persistence.feed import packing
from app.persistence.feed.landing import CURVES, in_key_order
from app.persistence.feed.partitions import ensure_partitions
from app.persistence.policies import PackRepository, StoredPack
from app.persistence.unit_of_work import UnitOfWork, open_unit
from app.services.compliance.yards import published
from bench import assess
from bench.database import migrated
from bench.report import Findings, Row, Target
from bench.timing import Spread

METERS, LINES_EACH = 10_000, 4
FIRST, SEASON_DAYS, BASE_DAYS = date(2025, 10, 1), 182, 90
MOST_SECONDS = 60
WORK = "assess a season of 10,000 meters and store it"
OPERATOR = Actor(client_id="bench", regions=("000000",))
SOURCE, REGION = "grid", "141027"
# Of three lines one stops from 15 November to 15 March, one is cut by 30 %, and of one nothing is asked.
FUELS = ("coal", "natural_gas", "electricity")
PACK = """
pack: bench-town
version: 1.0.0
title: {zh: 测试方案, en: a plan to measure by}
issuer: {region: "141027", level: county, body: 县政府}
scope: {regions: ["141027"]}
season: [{from: 11-15, to: 03-15, cites: [BT-1]}]
provisions:
  - {id: BT-1, place: 一, kind: M, says: 冬季执行, says_en: it binds in winter}
  - {id: BT-2, place: 二, kind: M, says: 烧煤的停产, says_en: coal burners stop}
  - {id: BT-3, place: 三, kind: M, says: 烧气的限产, says_en: gas burners are cut}
industries:
  lime: {name: {zh: 石灰, en: lime}, tags: [lime]}
rules:
  - industry: lime
    lowest: III
    ladder:
      - {id: BT-1, class: I, cites: [BT-1], when: {if: fuel is electricity}, then: normal}
      - {id: BT-3, class: II, cites: [BT-3], when: {if: fuel is natural_gas}, then: {cut: {pct: 30, basis: smelting_furnace_capacity}}}
      - {id: BT-2, class: III, cites: [BT-2], then: stop}
"""


@dataclass(frozen=True, slots=True)
class Measured:
    """What a season took."""

    wall: float
    own_cpu: float
    server_cpu: float
    peak_mib: tuple[float, float]
    result: dict[str, Any]


def run(findings: Findings, *, count: int, rounds: int, tell: Callable[[str], None]) -> None:
    del rounds
    meters = min(METERS, count)
    tell("starting a database")
    with migrated() as url, asyncio.Runner() as runner:
        found = runner.run(measure(url, meters, tell))
    days = found.result["days"]
    findings.rows.append(Row(f"assess a season of {meters:,} meters", "cuofeng", Spread.of([found.wall])))
    if meters == METERS:
        findings.targets.append(Target(WORK, Spread.of([found.wall]), most=MOST_SECONDS, unit="s"))
    findings.notes.append(
        f"season: {meters:,} meters x {SEASON_DAYS} days with {BASE_DAYS} days of baselines, {found.result['findings']:,}"
        f" findings, days {days}; {found.wall:.1f} s of wall clock, {found.own_cpu:.1f} s of processor in the worker,"
        f" {found.server_cpu:.1f} s in the database; memory {found.peak_mib[0]:.0f} MiB after a tenth,"
        f" {found.peak_mib[1]:.0f} MiB at the end"
    )


def run_pure(findings: Findings, *, count: int, rounds: int, tell: Callable[[str], None]) -> None:
    """The same without a database: readings in memory, and nothing stored."""
    del rounds
    meters = min(METERS, count)
    tell(f"{meters:,} meters")
    found = assess.measure(meters)
    findings.rows.append(
        Row("judge a season of meters in memory", f"{meters:,} meters", Spread.of([found.wall_seconds]))
    )
    findings.notes.append(
        f"assess: {found.meters:,} meters x {found.days} days in memory, {found.cpu_seconds:.1f} s of processor,"
        f" {found.told:,} findings told, {found.peak_mib:.0f} MiB at most"
    )


async def measure(url: str, meters: int, tell: Callable[[str], None]) -> Measured:
    engine = create_engine(url)
    sessions = create_sessions(engine)
    await _fill(sessions, meters, tell)
    tell("deciding")
    await decide_region(cast("JobContext", _Job(sessions, {"region": REGION, "pack": "bench-town", "season": 2025})))
    job = _Job(sessions, await _payload(sessions), tell=tell)
    tell("assessing")
    server, own, began = await _server_cpu(sessions), time.process_time(), time.perf_counter()
    result = await assess_region(cast("JobContext", job))
    wall = time.perf_counter() - began
    found = Measured(
        wall=wall,
        own_cpu=time.process_time() - own,
        server_cpu=await _server_cpu(sessions) - server,
        peak_mib=(job.early_mib, _peak()),
        result=result,
    )
    await engine.dispose()
    return found


class _Job:
    """As much of a job as deciding and assessing ask for, without a queue around it."""

    def __init__(
        self, sessions: Sessions, payload: dict[str, Any], *, tell: Callable[[str], None] = lambda _: None
    ) -> None:
        self.sessions, self.payload, self.tell = sessions, payload, tell
        self.clock, self.actor = utc_now, OPERATOR
        self.operation = SimpleNamespace(id=new_id())
        self.early_mib = 0.0

    @asynccontextmanager
    async def unit(self, *, at: datetime | None = None) -> AsyncIterator[UnitOfWork]:
        async with open_unit(self.sessions, now=at or utc_now()) as unit:
            yield unit

    async def progress(self, done: int, total: int | None = None) -> None:
        self.tell(f"{done:,} of {total or 0:,} enterprises")
        if not self.early_mib and done * 10 >= (total or 1):
            self.early_mib = _peak()


def _peak() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


async def _server_cpu(sessions: Sessions) -> float:
    """Seconds of processor that the server's processes of now have taken."""
    async with sessions() as session:
        pids = list(await session.scalars(text("SELECT pid FROM pg_stat_activity")))
    return sum(map(_cpu, pids))


def _cpu(pid: int) -> float:
    try:
        stat = Path(f"/proc/{pid}/stat").read_text(encoding="ascii")
    except OSError:
        return 0.0
    user, system = stat.rpartition(")")[2].split()[11:13]
    return (int(user) + int(system)) / os.sysconf("SC_CLK_TCK")


async def _payload(sessions: Sessions) -> dict[str, Any]:
    async with open_unit(sessions, now=utc_now()) as unit:
        await published(unit)
    method = Method(name="eligible-days-mean/1", from_day=FIRST - timedelta(days=BASE_DAYS), until_day=FIRST)
    terms = Terms(
        method=method, thresholds=PUBLISHED.version, calendar=china().version, packs=None, assessor=ASSESSOR_VERSION
    )
    return {
        "region": REGION,
        "enterprise_id": None,
        "from_day": FIRST.isoformat(),
        "until_day": (FIRST + timedelta(days=SEASON_DAYS)).isoformat(),
        "terms": terms.as_json(),
    }


async def _fill(sessions: Sessions, meters: int, tell: Callable[[str], None]) -> None:
    await _publish(sessions)
    directory = Directory({one.key: one async for one in _register(sessions, meters)})
    days = [FIRST - timedelta(days=BASE_DAYS) + timedelta(days=number) for number in range(BASE_DAYS + SEASON_DAYS)]
    async with open_unit(sessions, now=utc_now()) as unit:
        await ensure_partitions(unit.session, days)
    for number, day in enumerate(days):
        async with open_unit(sessions, now=utc_now()) as unit:
            await _readings(unit, directory, day, number)
        if number % 10 == 0:
            tell(f"{number} days of readings")
    async with sessions() as session:
        await session.execute(text("ANALYZE"))
        await session.commit()


async def _readings(unit: UnitOfWork, directory: Directory, day: date, number: int) -> None:
    """Works with a shift pattern and noise; nearly everybody keeps what was asked, and a few readings are missing."""
    drawn, count = np.random.default_rng(number), len(directory.channels)
    place = np.arange(count)
    shape = 1 + 0.5 * np.sin(np.linspace(0, 2 * np.pi, 96))
    load = (20_000 + place * 37 % 300_000)[:, None]
    wh = load * shape * drawn.normal(1, 0.08, (count, 96)).clip(0.2)
    if date(2025, 11, 15) <= day < date(2026, 3, 16):
        keeps = drawn.random(count) > 0.01
        wh[(place % 3 == 0) & keeps] /= 15
        wh[(place % 3 == 1) & keeps] *= 0.66
    quality = np.full(wh.shape, Quality.ACTUAL, dtype=np.uint8)
    quality[drawn.random(count) < 0.002, 40:60] = Quality.ABSENT
    values = np.where(quality > 0, wh, 0).astype(np.int32)
    version = np.full((count, 1), np.datetime64("NaT", "us"))
    slots = Slots(values=values, quality=quality, version=version)
    rows = in_key_order(directory, place.astype(np.int32), np.full(count, np.datetime64(day)), slots)
    packed = packing.pack_curves(rows, rows.slots, batch=new_id(), at=unit.now, revision=np.ones(count, dtype=np.int32))
    await copy_ready(unit.session, "load_curves", CURVES.columns, packed)


async def _register(sessions: Sessions, meters: int) -> AsyncIterator[Channel]:
    async with open_unit(sessions, now=utc_now()) as unit:
        now = unit.now
        source = (SOURCE, "电网", "140000", "{}", 5, 120, 1, now, now)
        await copy_rows(
            unit.session,
            "feed_sources",
            (
                "name",
                "title",
                "region",
                "profile",
                "refuse_above_pct",
                "grace_minutes",
                "version",
                "created_at",
                "changed_at",
            ),
            [source],
        )
        for start in range(0, meters, LINES_EACH * 500):
            rows = _Rows(now)
            for number in range(start, min(start + LINES_EACH * 500, meters), LINES_EACH):
                rows.add(number, min(LINES_EACH, meters - number))
            for table, columns in _TABLES.items():
                await copy_rows(unit.session, table, columns, rows.of[table])
            for one in rows.channels:
                yield one


_TABLES: dict[str, tuple[str, ...]] = {
    "enterprises": (
        "id", "registrar", "code", "name", "region", "uscc", "gbt4754", "sample", "version", "created_at", "changed_at",
    ),
    "sites": ("enterprise_id", "id", "code", "name", "region"),
    "lines": ("enterprise_id", "id", "site_id", "code", "name", "industry"),
    "meters": ("enterprise_id", "id", "code", "kind", "level", "subject_id", "multiplier"),
    "assertions": (
        "enterprise_id", "id", "level", "subject_id", "fact", "type", "value", "document", "known_at", "client_id",
    ),
    "channel_heads": ("source", "key", "enterprise_id", "channel_id", "registered_at"),
    "channels": (
        "enterprise_id", "id", "meter_id", "source", "key", "quantity", "kind", "register", "direction",
        "interval_minutes", "decimals", "own_generation", "version", "created_at", "changed_at",
    ),
}  # fmt: skip


class _Rows:
    """Works of four lines with a main meter each, on one site."""

    def __init__(self, now: Any) -> None:
        self.now = now
        self.of: dict[str, list[tuple[Any, ...]]] = {table: [] for table in _TABLES}
        self.channels: list[Channel] = []

    def add(self, first: int, lines: int) -> None:
        enterprise, site = new_id(), new_id()
        code, at = f"e{first}", self.now
        self.of["enterprises"].append((enterprise, "bench", code, code, REGION, None, None, False, 1, at, at))
        self.of["sites"].append((enterprise, site, "s", "s", REGION))
        for number in range(first, first + lines):
            self._line(enterprise, site, number)

    def _line(self, enterprise: UUID, site: UUID, number: int) -> None:
        line, meter, at = new_id(), new_id(), self.now
        channel = Channel(id=new_id(), enterprise_id=enterprise, meter_id=meter, source=SOURCE, key=f"m{number}")
        self.of["lines"].append((enterprise, line, site, f"l{number}", f"l{number}", "lime"))
        self.of["meters"].append((enterprise, meter, f"m{number}", "main", "line", line, 1))
        fuel = FUELS[number % 3]
        self.of["assertions"].append(
            (enterprise, new_id(), "line", line, "fuel", "enum", fuel, "bench", at, OPERATOR.client_id)
        )
        self.of["channel_heads"].append((SOURCE, channel.key, enterprise, channel.id, at))
        self.of["channels"].append(
            (
                enterprise, channel.id, meter, SOURCE, channel.key, "energy_kwh", "interval", "total", "import", 15, 3,
                False, 1, at, at,
            )
        )  # fmt: skip
        self.channels.append(channel)


async def _publish(sessions: Sessions) -> None:
    found = read_pack(PACK, base_catalogue())
    async with open_unit(sessions, now=utc_now()) as unit:
        await PackRepository(unit.session).add(
            StoredPack(
                id=new_id(),
                name=found.pack.name,
                version=found.pack.version,
                hash=found.pack.hash,
                source_hash=hashlib.sha256(PACK.encode()).hexdigest(),
                region=found.pack.issuer_region,
                level=found.pack.issuer_level,
                title=dict(found.pack.title),
                document=orjson.dumps(found.document).decode(),
                scenarios="null",
                published_at=unit.now,
                published_by=OPERATOR.client_id,
            )
        )
