"""Curves of a day through HTTP, validated, merged and reported, beside COPY of the same readings as bare points."""

import asyncio
import contextlib
import gzip
import io
import multiprocessing
import os
import socket
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import asyncpg
import httpx
import numpy as np
import polars as pl
import uvicorn
from pydantic import SecretStr

from app import logs
from app.domain.clients import SCOPES
from app.integrations.ids import new_id
from app.main import build, create_tokens, options_from
from app.persistence.copying import copy_rows
from app.persistence.engine import create_engine, create_sessions
from app.persistence.unit_of_work import open_unit
from app.services.clients import BOOTSTRAP, Grants, create_client
from app.settings import Settings
from bench.database import migrated, plain
from bench.report import Findings, Row, Target
from bench.timing import Spread, ratios

METERS = 10_000
SLOTS = 96
ROUNDS = 7
SOURCE = "bench"
WORK = "a day of 10,000 meters as curves over HTTP"
FIRST = date(2024, 1, 1)
LEAST = {"gzip CSV": 4.0, "Parquet": 6.0}
FORMATS = {
    "gzip CSV": {"Content-Type": "text/csv", "Content-Encoding": "gzip"},
    "Parquet": {"Content-Type": "application/vnd.apache.parquet"},
}
# A hundred batches of a hundred thousand readings and more.
MEMORY_READINGS = 10_000_000
SETTINGS = Settings(
    signing_key=SecretStr("a key of the bench that is long enough"), requests_per_minute=0, log_level="error"
)


@dataclass(slots=True)
class Served:
    """Our server in a process of its own."""

    process: Any
    address: str

    @property
    def resident_mb(self) -> float:
        status = Path(f"/proc/{self.process.pid}/status").read_text(encoding="ascii")
        line = next(one for one in status.splitlines() if one.startswith("VmRSS"))
        return int(line.split()[1]) / 1024


@dataclass(slots=True)
class Seconds:
    """What each kind of batch took, by round."""

    copies: list[float] = field(default_factory=list)
    new: dict[str, list[float]] = field(default_factory=lambda: {name: [] for name in FORMATS})
    corrected: list[float] = field(default_factory=list)
    again: list[float] = field(default_factory=list)
    merged_again: list[float] = field(default_factory=list)


def run(findings: Findings, *, count: int, rounds: int, tell: Callable[[str], None]) -> None:
    del count  # a day of meters is what it is
    logs.configure(level="critical")
    tell("starting a database")
    with migrated() as url, asyncio.Runner() as runner:
        token = runner.run(_fill(url))
        with (
            served(url) as server,
            httpx.Client(base_url=server.address, headers={"Authorization": f"Bearer {token}"}, timeout=120) as client,
        ):
            seconds = runner.run(_rounds(url, client, min(rounds, ROUNDS), tell))
            _tell_times(findings, seconds)
            _tell_memory(findings, server, client, tell)


async def _rounds(url: str, client: httpx.Client, rounds: int, tell: Callable[[str], None]) -> Seconds:
    driver = await asyncpg.connect(plain(url))
    await driver.execute("CREATE TABLE bare_points (meter int4, at timestamptz, kwh float8)")
    found = Seconds()
    # The first round warms caches on both sides and is not counted.
    for number in range(rounds + 1):
        tell(f"round {number} of {rounds}")
        times = Seconds()
        values = _values(number)
        times.copies.append(await _copy(driver, values, FIRST + timedelta(days=2 * number)))
        for at, name in enumerate(FORMATS):
            day = FIRST + timedelta(days=2 * number + at)
            body = _body(name, day, values)
            times.new[name].append(_send(client, name, body, new=METERS))
        day = FIRST + timedelta(days=2 * number + 1)
        other = _body("Parquet", day, values + 1)
        times.corrected.append(_send(client, "Parquet", other, changed=METERS))
        times.again.append(_send(client, "Parquet", other, changed=METERS))
        # The same readings in other bytes: nothing tells beforehand that there is nothing to do.
        times.merged_again.append(_send(client, "gzip CSV", _body("gzip CSV", day, values + 1), unchanged=METERS))
        if number:
            found.copies += times.copies
            for name in FORMATS:
                found.new[name] += times.new[name]
            found.corrected += times.corrected
            found.again += times.again
            found.merged_again += times.merged_again
    await driver.close()
    return found


def _tell_times(findings: Findings, found: Seconds) -> None:
    bare = "text COPY of the readings into a keyless heap"
    readings = METERS * SLOTS

    def each(seconds: list[float]) -> Spread:
        return Spread.of([one / readings for one in seconds])

    findings.rows.append(Row(WORK, bare, each(found.copies)))
    kinds = {
        **{f"{name}, all new": seconds for name, seconds in found.new.items()},
        "Parquet, every value corrected, old ones kept": found.corrected,
        "gzip CSV, nothing changes": found.merged_again,
        "Parquet, the very same file again": found.again,
    }
    for who, seconds in kinds.items():
        findings.rows.append(Row(WORK, who, each(seconds), bare, ratios(found.copies, seconds)))
    for name, least in LEAST.items():
        ratio = ratios(found.copies, found.new[name])
        findings.targets.append(Target(f"curve feed, {name}, against COPY of points", ratio, least=least))
    findings.notes.append(
        "curve feed: body kept and hashed, every row examined, merged, reported and committed; one server process, one"
        " client; COPY's text is made beforehand; wall clock"
    )


def _tell_memory(findings: Findings, server: Served, client: httpx.Client, tell: Callable[[str], None]) -> None:
    """Ten million readings pass while the server's memory is looked at."""
    peaks: list[float] = []
    batches = MEMORY_READINGS // (METERS * SLOTS) + 1
    for number in range(batches):
        tell(f"memory: batch {number + 1} of {batches}")
        day = FIRST + timedelta(days=100 + number)
        name = list(FORMATS)[number % 2]
        _send(client, name, _body(name, day, _values(1000 + number)), new=METERS)
        peaks.append(server.resident_mb)
    half = len(peaks) // 2
    early, late = max(peaks[:half]), max(peaks[half:])
    findings.targets.append(
        Target(
            "server's memory, second half of 10 M readings against the first",
            Spread(late / early, late / early, late / early),
            most=1.1,
        )
    )
    findings.notes.append(
        f"memory of the server while {batches * METERS * SLOTS:,} readings pass: {peaks[0]:.0f} MB after the first batch,"
        f" at most {early:.0f} MB in the first half, {late:.0f} MB in the second"
    )


def _values(seed: int) -> np.ndarray[Any, Any]:
    return np.random.default_rng(seed).integers(0, 60_000, (METERS, SLOTS), dtype=np.int32)


async def _copy(driver: asyncpg.Connection, values: np.ndarray[Any, Any], day: date) -> float:
    """The peer: int4, timestamptz, float8 as text, made beforehand."""
    start = datetime.combine(day, datetime.min.time(), tzinfo=UTC)
    stamps = [(start + timedelta(minutes=15 * slot)).strftime("%Y-%m-%d %H:%M:%S+00") for slot in range(SLOTS)]
    frame = pl.DataFrame(
        {
            "meter": np.repeat(np.arange(METERS, dtype=np.int32), SLOTS),
            "at": stamps * METERS,
            "kwh": values.ravel() / 100,
        }
    )
    text = frame.write_csv(include_header=False, separator="\t").encode()
    await driver.execute("TRUNCATE bare_points")
    began = time.perf_counter()
    await driver.copy_to_table("bare_points", source=io.BytesIO(text), format="text")
    return time.perf_counter() - began


def _body(name: str, day: date, values: np.ndarray[Any, Any]) -> bytes:
    columns = {f"v{slot + 1:02}": values[:, slot] / 100 for slot in range(SLOTS)}
    frame = pl.DataFrame(
        {"channel": [f"M{one:05}" for one in range(len(values))], "day": [str(day)] * len(values), **columns}
    )
    if name == "Parquet":
        out = io.BytesIO()
        frame.write_parquet(out, compression="zstd")
        return out.getvalue()
    return gzip.compress(frame.write_csv().encode(), 6)


def _send(client: httpx.Client, name: str, body: bytes, **counts: int) -> float:
    began = time.perf_counter()
    answer = client.post("/v1/feed/batches", content=body, headers=FORMATS[name])
    seconds = time.perf_counter() - began
    report = answer.json().get("report") if answer.status_code == 200 else None
    if report is None or any(report[kind] != count for kind, count in counts.items()):
        raise RuntimeError(answer.text[:2000])
    return seconds


async def _fill(url: str) -> str:
    """A source with ten thousand channels in a hundred enterprises, and the token of its sender."""
    engine = create_engine(url)
    sessions = create_sessions(engine)
    now = datetime.now(UTC)
    async with open_unit(sessions, now=now) as unit:
        grants = Grants(name="b", region="000000", scopes=frozenset(SCOPES), regions=("000000",), sources=(SOURCE,))
        client, _ = await create_client(unit, grants, by=BOOTSTRAP, now=now)
        session = unit.session
        profile = {"source": SOURCE, "version": 1}
        await copy_rows(
            session, "feed_sources", _SOURCE, [(SOURCE, "b", "140000", _json(profile), 20, 360, 1, now, now)]
        )
        await copy_rows(
            session, "feed_source_heads", ("source", "batches", "chain", "directory"), [(SOURCE, 0, bytes(32), 0)]
        )
        firms = [new_id() for _ in range(METERS // 100)]
        heads = [(one, "bench", str(at), "b", "141002", None, None, False, 1, now, now) for at, one in enumerate(firms)]
        await copy_rows(session, "enterprises", _HEAD, heads)
        meters = [(firms[at % len(firms)], new_id(), f"M{at:05}") for at in range(METERS)]
        await copy_rows(
            session, "meters", _METER, [(firm, one, code, "main", "site", firm, 1) for firm, one, code in meters]
        )
        channels = [(firm, new_id(), meter, code) for firm, meter, code in meters]
        await copy_rows(
            session, "channel_heads", ("source", "key", "enterprise_id", "channel_id", "registered_at"),
            [(SOURCE, code, firm, one, now) for firm, one, _, code in channels],
        )  # fmt: skip
        await copy_rows(
            session, "channels", _CHANNEL,
            [
                (firm, one, meter, SOURCE, code, "energy_kwh", "interval", "total", "import", 15, 2, False, 1, now, now)
                for firm, one, meter, code in channels
            ],
        )  # fmt: skip
    await engine.dispose()
    return create_tokens(options_from(SETTINGS)).issue(client.id, client.scopes, now=now)


_SOURCE = (
    "name",
    "title",
    "region",
    "profile",
    "refuse_above_pct",
    "grace_minutes",
    "version",
    "created_at",
    "changed_at",
)
_HEAD = (
    "id", "registrar", "code", "name", "region", "uscc", "gbt4754", "sample", "version", "created_at", "changed_at",
)  # fmt: skip
_METER = ("enterprise_id", "id", "code", "kind", "level", "subject_id", "multiplier")
_CHANNEL = (
    "enterprise_id", "id", "meter_id", "source", "key", "quantity", "kind", "register", "direction", "interval_minutes",
    "decimals", "own_generation", "version", "created_at", "changed_at",
)  # fmt: skip


def _json(value: dict[str, Any]) -> str:
    return (
        "{"
        + ", ".join(f'"{name}": "{one}"' if isinstance(one, str) else f'"{name}": {one}' for name, one in value.items())
        + "}"
    )


@contextlib.contextmanager
def served(url: str) -> Iterator[Served]:
    """The API under uvicorn in a process of its own, as in production."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
        process = multiprocessing.get_context("fork").Process(target=_serve, args=(url, listener), daemon=True)
        process.start()
        address = f"http://127.0.0.1:{port}"
        for _ in range(200):
            with contextlib.suppress(httpx.HTTPError):
                if httpx.get(f"{address}/livez", timeout=1).status_code < 500:
                    break
            time.sleep(0.05)
        try:
            yield Served(process, address)
        finally:
            process.terminate()
            process.join(10)


def _serve(url: str, listener: socket.socket) -> None:
    logs.configure(level="critical")
    app = build(SETTINGS, url)
    server = uvicorn.Server(uvicorn.Config(app, loop="uvloop", log_config=None, access_log=False))
    server.run(sockets=[listener])
    os._exit(0)
