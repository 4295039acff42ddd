"""Mutated batches go through the door one after the other, and after each all accounts have to agree, row by row."""

import random
import struct
from collections import Counter
from collections.abc import Sequence
from copy import deepcopy
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

import httpx
from sqlalchemy import text

from tests.api.door import Door
from tests.api.officer import key
from tests.conftest import Clock
from tests.feed_proof.file_changes import change_file, change_lines, damage
from tests.feed_proof.mutations import PARQUET, Draft, change_cells, draft_of, packed, written
from tests.feed_proof.oracle_files import Refused, Table, read_file, unpacked
from tests.feed_proof.oracle_store import Kept, Outcome, Store
from tests.feed_proof.spec import COMPANIES, HOURS_AHEAD, Company

GRACE = timedelta(hours=6)
COUNTS = ("received", "new", "changed", "unchanged", "stale", "superseded", "parked", "rejected")
DAYS = 'SELECT channel_id, day, "values", quality FROM load_curves WHERE channel_id = ANY(:channels)'
POINTS = "SELECT channel_id, day, slot, value, quality FROM load_points WHERE channel_id = ANY(:channels)"


@dataclass(slots=True)
class Account:
    """One company at the door: who sends for it, its channels, and what the oracle says is kept of them."""

    company: Company
    sender: httpx.AsyncClient
    channels: dict[str, UUID]
    store: Store = field(default_factory=Store)
    # What came before, byte by byte: the same again changes nothing.
    sent: dict[tuple[bytes, str, str | None, str], dict[str, Any]] = field(default_factory=dict)
    last: Draft | None = None


@dataclass(slots=True)
class Proof:
    """Three companies behind one door, and a seed."""

    door: Door
    clock: Clock
    accounts: Sequence[Account]
    chance: random.Random
    mutations: int = 0
    batches: int = 0
    refused: Counter[str] = field(default_factory=Counter)
    outcomes: Counter[str] = field(default_factory=Counter)
    # What was kept of a channel at an instant.
    snapshots: list[tuple[Account, str, Store, str]] = field(default_factory=list)

    async def run(self, mutations: int) -> None:
        while self.mutations < mutations:
            await self.batch()
        for account in self.accounts:
            await self._compare(account, [])
            for name in account.channels:
                await self._reads(account, name, account.store, {})
        for account, name, store, known_at in self.snapshots:
            await self._reads(account, name, store, {"known_at": known_at})

    async def batch(self) -> None:
        account = self.chance.choices(list(self.accounts), weights=[5, 5, 2])[0]
        self.clock.advance(seconds=7)
        wall = self.clock().astimezone(UTC).replace(tzinfo=None) + timedelta(hours=HOURS_AHEAD)
        draft = self._draft(account, wall)
        self.mutations += len(draft.done)
        self.batches += 1
        kind = draft.headers.get("Content-Type", draft.media_type)
        headers = {"Content-Type": kind, **{name: told for name, told in draft.headers.items() if name != "again"}}
        if draft.encoding:
            headers.setdefault("Content-Encoding", draft.encoding)
        answer = await account.sender.post(
            "/v1/feed/batches", content=draft.body, headers=headers, params=draft.params
        )  # fmt: skip
        what = [*draft.done, f"seed batch {self.batches}", account.company.name, kind, draft.body[:3000]]
        assert answer.status_code < 500, (answer.text, what)
        known = (draft.body, kind, draft.encoding, str(draft.params))
        if known in account.sent and draft.refused_at_the_door is None:
            assert answer.json() == account.sent[known], what
            self.outcomes["sent again"] += 1
        else:
            await self._judge(account, draft, answer, wall, what)
            if answer.status_code == 200:
                account.sent[known] = answer.json()
        if self.batches % 5 == 0:
            await self._compare(account, what)
        if self.batches % 40 == 0:
            name = self.chance.choice(list(account.channels))
            self.snapshots.append((account, name, deepcopy(account.store), self.clock().isoformat()))

    def _draft(self, account: Account, wall: datetime) -> Draft:
        again = account.last
        if again is not None and self.chance.random() < 0.03:
            again.done = ["sent again"]
            return again
        days = [wall.date() - timedelta(days=self.chance.randint(1, 6)) for _ in range(3)]
        draft = draft_of(account.company, self.chance, now=wall, days=days)
        change_cells(draft, self._how_many(draft))
        written(draft)
        if self.chance.random() < 0.4:
            change_lines(draft, self.chance.randint(1, 4))
        if self.chance.random() < 0.3:
            change_file(draft)
        if draft.media_type != "application/json":
            packed(draft)
        if self.chance.random() < 0.08:
            damage(draft)
        account.last = draft if draft.refused_at_the_door is None else account.last
        return draft

    def _how_many(self, draft: Draft) -> int:
        """Fewer where a row has many cells, and where a fifth of bad rows is a wrong file."""
        if draft.company.refuse_above_pct < 100:
            return self.chance.choice([0, 1, 2, 4, 8])
        return self.chance.choice([0, 10, 30, 60, 90]) // (1 if "at" in draft.columns else 4)

    async def _judge(
        self, account: Account, draft: Draft, answer: httpx.Response, wall: datetime, what: list[Any]
    ) -> None:
        """One answer against the oracle's."""
        expected = self._expected(account, draft, wall)
        if isinstance(expected, Refused):
            assert answer.status_code in {400, 413, 415, 422}, (expected.codes, answer.text, what)
            assert answer.json()["code"] in expected.codes, (expected.codes, answer.text, what)
            self.refused[answer.json()["code"]] += 1
            return
        assert answer.status_code == 200, (expected, answer.text, what)
        report = answer.json()["report"]
        told = {name: report[name] for name in COUNTS if report[name]}
        rejected = {one["line"]: one["code"] for one in report["errors"]}
        assert set(rejected) == set(expected.rejected), (rejected, expected.rejected, what)
        wrong = {
            line: (code, expected.rejected[line])
            for line, code in rejected.items()
            if code not in expected.rejected[line]
        }
        assert not wrong, (wrong, what)
        assert told == dict(expected.rows), (told, expected.rows, what)
        assert {name: count for name, count in report["readings"].items() if count} == dict(expected.readings), (report, expected, what)  # fmt: skip
        assert answer.headers["Feed-Rejected"] == str(len(rejected))
        self.outcomes.update(told)

    def _expected(self, account: Account, draft: Draft, wall: datetime) -> Outcome | Refused:
        if draft.refused_at_the_door is not None:
            return Refused(draft.refused_at_the_door)
        try:
            return account.store.takes(
                _table(draft, account.company),
                account.company,
                now=wall,
                open_from=(wall - GRACE).date(),
                strict="Prefer" in draft.headers,
                force=bool(draft.params),
            )
        except Refused as refused:
            return refused

    async def _reads(self, account: Account, name: str, store: Store, more: dict[str, str]) -> None:
        """What the sender reads of one channel at the door, also as it was known at an instant."""
        query = {"channel": str(account.channels[name]), "from": "2019-11-25", "to": "2019-12-10", **more}
        answer = await account.sender.get("/v1/load-curves", params=query)
        assert answer.status_code == 200, answer.text
        told = answer.json()
        found = {
            (one["day"], slot): (text, letter)
            for one in told["items"]
            for slot, (text, letter) in enumerate(zip(one["values"], one["quality"], strict=True))
            if letter != "-"
        }
        kept: dict[tuple[str, int], tuple[str | None, str]] = {}
        for days in (store.points, store.days):
            for (key_, day), slots in days.items():
                if key_ == name and date(2019, 11, 25) <= day <= date(2019, 12, 10):
                    kept |= {(str(day), slot): _printed(one, told["decimals"]) for slot, one in slots.items()}
        assert found == kept, (
            name,
            more,
            {
                one: (found.get(one), kept.get(one))
                for one in found.keys() | kept.keys()
                if found.get(one) != kept.get(one)
            },
        )

    async def _compare(self, account: Account, what: list[Any]) -> None:
        """Everything that is kept against everything the oracle keeps."""
        keys = {identity: name for name, identity in account.channels.items()}
        async with self.door.sessions() as session:
            ids = {"channels": list(keys)}
            days = {
                (keys[channel], day): _slots(values, quality)
                for channel, day, values, quality in await session.execute(text(DAYS), ids)
            }
            points: dict[tuple[str, date], dict[int, tuple[int | None, int]]] = {}
            for channel, day, slot, value, quality in await session.execute(text(POINTS), ids):
                points.setdefault((keys[channel], day), {})[slot] = (value if quality > 1 else None, quality)
        assert days == _plain(account.store.days), what
        assert points == _plain(account.store.points), what


def _printed(one: Kept, decimals: int) -> tuple[str | None, str]:
    return None if one.value is None else str(Decimal(one.value).scaleb(-decimals)), "-NESA"[one.quality]


def _plain(kept: dict[Any, Any]) -> dict[Any, dict[int, tuple[int | None, int]]]:
    return {place: {slot: (one.value, one.quality) for slot, one in slots.items()} for place, slots in kept.items()}


def _slots(values: bytes, quality: bytes) -> dict[int, tuple[int | None, int]]:
    """Big-endian integers of 32 bits, and a byte of quality for each."""
    numbers = struct.unpack(f">{len(quality)}i", values)
    told = enumerate(zip(numbers, quality, strict=True))
    return {slot: (number if flag > 1 else None, flag) for slot, (number, flag) in told if flag}


def _table(draft: Draft, company: Company) -> Table:
    if draft.media_type == PARQUET:
        assert draft.table is not None
        return draft.table
    return read_file(unpacked(draft.body, draft.encoding), draft.media_type, company)


async def a_proof(door: Door, clock: Clock, seed: int) -> Proof:
    """Three companies, each with a source, an enterprise, a meter and five channels."""
    officer = await door.lasting_caller()
    accounts = [await _account(door, officer, company) for company in COMPANIES]
    return Proof(door, clock, accounts, random.Random(seed))


async def _account(door: Door, officer: httpx.AsyncClient, company: Company) -> Account:
    async def posts(url: str, body: dict[str, Any]) -> dict[str, Any]:
        answer = await officer.post(url, json=body, headers=key())
        assert answer.status_code == 201, answer.text
        found: dict[str, Any] = answer.json()
        return found

    source = {"name": company.name, "title": company.name, "region": "141000", "profile": company.profile}
    await posts("/v1/feed/sources", source | {"refuse_above_pct": company.refuse_above_pct})
    site = {"code": "S", "name": "厂区", "region": "141027", "lines": [{"code": "L", "name": "线", "industry": "lime"}]}
    meter = {"code": "E", "kind": "main", "level": "site", "subject": "S"}
    firm = {"code": company.name, "name": company.name, "region": "141027", "sites": [site], "meters": [meter]}
    made = await posts("/v1/enterprises", firm)
    channels = {}
    for one in company.streams:
        body = {"meter_id": made["meters"][0]["id"], "source": company.name, **one.body()}
        found = await posts(f"/v1/enterprises/{made['id']}/channels", body)
        channels[one.key] = UUID(found["channel"]["id"])
    sender = await door.lasting_caller("feed:read", "feed:write", regions=(), sources=(company.name,), region="141000")
    return Account(company, sender, channels)
