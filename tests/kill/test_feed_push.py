"""SIGKILL of server, worker and database at random moments of a push, then resume: no reading is lost and none doubled."""

import asyncio
import contextlib
import csv
import hashlib
import io
import os
import random
import shutil
import signal
import socket
import struct
import sys
from asyncio.subprocess import PIPE, Process
from collections.abc import AsyncIterator
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Literal

import httpx
import orjson
import pytest
from pydantic import SecretStr
from sqlalchemy import text

from app.cli.feed_client import Credentials, FeedClient, PushFailed
from app.cli.feed_parts import Cut
from app.cli.feed_push import Push, State
from app.clock import utc_now
from app.integrations.embedded_postgres import EmbeddedPostgres
from app.persistence.engine import Engine, create_engine, create_sessions
from app.persistence.schema import upgrade
from app.settings import Settings
from tests import postgres
from tests.api.door import open_door
from tests.api.feeding import Grid, a_grid
from tests.conftest import Clock
from tests.kill.conftest import ROOT
from tests.kill.servers import KEY

# One database server of their own, which they kill.
pytestmark = pytest.mark.xdist_group("kill feed")

KEYS = tuple(f"M{number}" for number in range(5))
DAYS = 8
ROWS = 160
Victim = Literal["server", "database", "worker"]


@dataclass(slots=True)
class Plant:
    """A database, a forker of servers, and what of it runs now."""

    database: EmbeddedPostgres
    url: str
    forker: Process
    port: int
    pids: dict[str, int]
    grid: Grid
    credentials: Credentials
    engine: Engine

    async def starts(self, what: str) -> None:
        assert self.forker.stdin is not None
        assert self.forker.stdout is not None
        self.forker.stdin.write(f"serve {self.port}\n".encode() if what == "server" else b"work\n")
        line = await asyncio.wait_for(self.forker.stdout.readline(), 30)
        self.pids[what] = int(line)
        if what == "server":
            await self.answers()

    async def answers(self) -> None:
        """Until the server is ready and reaches its database."""
        async with httpx.AsyncClient(base_url=self.address) as client:
            for _ in range(400):
                with contextlib.suppress(httpx.TransportError):
                    if (await client.get("/readyz")).is_success:
                        return
                await asyncio.sleep(0.05)
        raise AssertionError("the server does not come up")

    async def kills(self, victim: Victim) -> None:
        pid = self.database.pid() if victim == "database" else self.pids[victim]
        assert pid is not None
        os.kill(pid, signal.SIGKILL)
        # Dead is who has let go of its place, which takes a moment.
        while victim == "database" and self.database.pid() == pid:  # noqa: ASYNC110  so says the system, not an event
            await asyncio.sleep(0.01)

    async def restores(self, victim: Victim) -> None:
        if victim == "database":
            await asyncio.to_thread(self.database.start)
            # Of the story's own connections none has survived.
            await self.engine.dispose()
            await self.answers()
        else:
            await self.starts(victim)

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def push(self, file: Path, http: httpx.AsyncClient, *, who: str = "", later: bool = False, patience: float) -> Push:
        client = FeedClient(http=http, credentials=self.credentials, patience=patience, wait=briefly)
        return Push(
            cut=Cut(path=file, format="csv", rows=ROWS),
            client=client,
            source=None,
            compression="zstd",
            state_file=file.with_suffix(f".push{who}"),
            rejected_file=file.with_suffix(f".rejected{who}"),
            later=later,
        )

    async def batches(self) -> int:
        async with self.grid.door.sessions() as session:
            return int(await session.scalar(text("SELECT count(*) FROM feed_batches")) or 0)


async def briefly(seconds: float) -> None:
    """As a push would wait, ten times as fast."""
    await asyncio.sleep(seconds / 10)


@pytest.fixture(scope="module")
async def plant(testrun_uid: str) -> AsyncIterator[Plant]:
    home = postgres.home().with_name(f"cuofeng-kill-{testrun_uid[:8]}-{os.getpid()}")
    database = EmbeddedPostgres(home)
    await asyncio.to_thread(database.start)
    url = database.url()
    await asyncio.to_thread(upgrade, url)
    engine = create_engine(url, pool_size=5)
    settings = Settings(signing_key=SecretStr(KEY), log_level="error")
    door = open_door(create_sessions(engine), utc_now, settings)
    grid = await a_grid(door, Clock(utc_now()), keys=KEYS)
    client, secret = await door.register(("feed:read", "feed:write"), regions=(), sources=("grid",), region="141000")
    forker = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "tests.kill.whole", url, stdin=PIPE, stdout=PIPE, cwd=ROOT, start_new_session=True
    )
    assert forker.stdout is not None
    assert (await asyncio.wait_for(forker.stdout.readline(), 60)).strip() == b"ready"
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    made = Plant(
        database, url, forker, port, {}, grid, Credentials(client_id=str(client.id), client_secret=secret), engine
    )  # fmt: skip
    await made.starts("server")
    await made.starts("worker")
    yield made
    # With every server it forked.
    os.killpg(forker.pid, signal.SIGKILL)
    await forker.wait()
    await engine.dispose()
    await asyncio.to_thread(database.stop)
    shutil.rmtree(home)


def a_file(directory: Path, seed: int) -> Path:
    """Single values of whole days, channel by channel, of a month that no other round touches."""
    chance = random.Random(seed)
    month = f"{2001 + seed % 20}-{3 + 3 * (seed // 20):02}"
    lines = ["channel,at,value"]
    for day in range(1, DAYS + 1):
        for key in KEYS:
            lines += [
                f"{key},{month}-{day:02}T{slot // 4:02}:{slot % 4 * 15:02}:00+08:00,{chance.randrange(10**6) / 100}"
                for slot in range(96)
            ]
    file = directory / f"{seed}.csv"
    file.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return file


def expected(file: Path) -> list[dict[str, object]]:
    """What the checksums have to be, by the standard library alone."""
    days: dict[tuple[str, str], dict[int, int]] = {}
    for row in csv.DictReader(io.StringIO(file.read_text(encoding="utf-8"))):
        slot = int(row["at"][11:13]) * 4 + int(row["at"][14:16]) // 15
        days.setdefault((row["at"][:10], row["channel"]), {})[slot] = int(Decimal(row["value"]) * 100)
    found = list[dict[str, object]]()
    for (day, key), slots in sorted(days.items()):
        values = [slots[slot] for slot in range(96)]
        digest = hashlib.sha256(struct.pack(">96i", *values) + bytes([4] * 96)).hexdigest()
        found.append({"channel": key, "day": day, "count": 96, "sum": sum(values), "sha256": digest})
    return found


async def checksums(plant: Plant, file: Path) -> list[dict[str, object]]:
    own = expected(file)
    days = {"from": str(own[0]["day"]), "to": str(own[-1]["day"])}
    answer = await plant.grid.sender.get("/v1/feed/checksums", params=days)
    assert answer.status_code == 200, answer.text
    return sorted(map(orjson.loads, answer.content.splitlines()), key=lambda one: (one["day"], one["channel"]))


async def finishes(plant: Plant, push: Push, victim: Victim, chance: random.Random, *, kills: int) -> State:
    """Push, kill in the middle, resume, as often as asked for; then without harm to the end."""
    for _ in range(kills):
        going = asyncio.create_task(push.run())
        await asyncio.wait([going], timeout=chance.uniform(0.02, 0.7))
        await plant.kills(victim)
        if push.client.patience == 0:
            await asyncio.wait([going])
        await plant.restores(victim)
        with contextlib.suppress(PushFailed):
            await going
    return await push.run()


# Who is killed, and how long the push waits for its return; without patience it breaks off and is run again.
ROUNDS = [
    (1, "server", 0.0),
    pytest.param(3, "server", 60.0, marks=pytest.mark.proof),
    pytest.param(4, "database", 0.0, marks=pytest.mark.proof),
]
MORE = [
    pytest.param(20 + seed, victim, patience, marks=pytest.mark.feed_proof)
    for seed, (victim, patience) in enumerate(
        [("server", 0.0), ("server", 60.0), ("database", 0.0), ("database", 60.0)] * 3
    )
]
LATER = [pytest.param(11, "worker", marks=pytest.mark.proof)]
MORE_LATER = [
    pytest.param(40 + seed, victim, marks=pytest.mark.feed_proof)
    for seed, victim in enumerate(["server", "worker", "database"] * 2)
]


@pytest.mark.parametrize(("seed", "victim", "patience"), [*ROUNDS, *MORE])
async def test_killed_in_the_middle_a_push_goes_on_and_everything_is_there_once(
    plant: Plant, tmp_path: Path, seed: int, victim: Victim, patience: float
) -> None:
    file, before = a_file(tmp_path, seed), await plant.batches()
    async with httpx.AsyncClient(base_url=plant.address, timeout=30) as http:
        push = plant.push(file, http, patience=patience)
        state = await finishes(plant, push, victim, random.Random(seed), kills=3)
    rows = len(KEYS) * DAYS * 96
    assert dict(+state.total()) == {"received": rows, "new": rows}
    assert await checksums(plant, file) == expected(file)
    assert await plant.batches() - before == len(state.parts) == rows // ROWS


@pytest.mark.parametrize(("seed", "victim"), [*LATER, *MORE_LATER])
async def test_what_was_received_and_not_yet_merged_survives_too(
    plant: Plant, tmp_path: Path, seed: int, victim: Victim
) -> None:
    file, before = a_file(tmp_path, seed), await plant.batches()
    async with httpx.AsyncClient(base_url=plant.address, timeout=30) as http:
        push = plant.push(file, http, later=True, patience=60)
        state = await finishes(plant, push, victim, random.Random(seed), kills=2)
        if victim == "database":
            # Whether the worker has outlived its database or not.
            await plant.starts("worker")
    rows = len(KEYS) * DAYS * 96
    assert dict(+state.total()) == {"received": rows, "new": rows}
    assert await checksums(plant, file) == expected(file)
    assert await plant.batches() - before == rows // ROWS


@pytest.mark.proof
async def test_two_who_push_the_same_file_while_the_server_is_killed_land_it_once(plant: Plant, tmp_path: Path) -> None:
    file, before = a_file(tmp_path, 17), await plant.batches()
    async with httpx.AsyncClient(base_url=plant.address, timeout=30) as http:
        both = [plant.push(file, http, who=who, patience=60) for who in ("one", "other")]
        going = asyncio.gather(*(push.run() for push in both))
        chance = random.Random(17)
        for _ in range(3):
            await asyncio.sleep(chance.uniform(0.05, 0.5))
            await plant.kills("server")
            await plant.restores("server")
        one, other = await going
    rows = len(KEYS) * DAYS * 96
    assert one.parts == other.parts
    assert dict(+one.total()) == {"received": rows, "new": rows}
    assert await checksums(plant, file) == expected(file)
    assert await plant.batches() - before == rows // ROWS


async def command(plant: Plant, file: Path, *more: str) -> Process:
    """`cuofeng feed push` as a person starts it."""
    who = file.with_name("sender.json")
    who.write_bytes(
        orjson.dumps({"client_id": plant.credentials.client_id, "client_secret": plant.credentials.client_secret})
    )
    words = ["feed", "push", str(file), "--api", plant.address, "--credentials", str(who), "--rows", str(ROWS), *more]
    start = "import sys; from app.cli import main; main()"
    return await asyncio.create_subprocess_exec(sys.executable, "-c", start, *words, cwd=ROOT, stdout=PIPE, stderr=PIPE)


async def test_the_command_killed_and_started_again_says_how_it_went(plant: Plant, tmp_path: Path) -> None:
    file, before = a_file(tmp_path, 18), await plant.batches()
    note = file.with_name("18.csv.push.json")
    first = await command(plant, file)
    while not note.exists():  # noqa: ASYNC110  so says a file, not an event
        await asyncio.sleep(0.01)
    first.kill()
    await first.wait()
    assert not orjson.loads(note.read_bytes())["finished"]
    second = await command(plant, file)
    said, _ = await second.communicate()
    rows = len(KEYS) * DAYS * 96
    assert (second.returncode, said.decode().startswith(f"{rows} received, {rows} new, 0 changed")) == (0, True)
    assert await checksums(plant, file) == expected(file)
    assert await plant.batches() - before == rows // ROWS


async def test_the_command_tells_by_its_exit_code_what_is_left_to_do(plant: Plant, tmp_path: Path) -> None:
    file = a_file(tmp_path, 19)
    with file.open("a", encoding="utf-8") as more:
        more.write(
            "M404,2020-06-01T00:00:00+08:00,1\n" * 3
            + "".join(f"M0,2020-07-01T{hour:02}:00:00+08:00,1\n" for hour in range(20))
        )
    some = await command(plant, file)
    said, _ = await some.communicate()
    told = said.decode().splitlines()[0]  # one line, however narrow the screen
    assert (some.returncode, told.endswith("0 parked, 3 rejected")) == (1, True)
    lines = [orjson.loads(line)["line"] for line in file.with_name("19.csv.rejected.ndjson").read_bytes().splitlines()]
    assert lines == [len(KEYS) * DAYS * 96 + 2 + at for at in range(3)]
    wrong = file.with_name("wrong.csv")
    wrong.write_text("what,is,this\n1,2,3\n", encoding="utf-8")
    refused = await command(plant, wrong)
    _, why = await refused.communicate()
    assert (refused.returncode, b"feed_columns_unknown" in why) == (2, True)
    nobody = await command(plant, file, "--api", "http://127.0.0.1:9", "--patience", "0")
    assert await nobody.wait() == 2
