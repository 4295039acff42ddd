"""What holds after whatever the machine does: sums, hours, lists and decisions agree with one another."""

from collections.abc import Iterable, Sequence
from datetime import date
from decimal import Decimal
from itertools import pairwise
from typing import Any
from uuid import UUID

import orjson

from app.cli.verifying import everything
from app.documents.published import evaluator_of
from app.domain.decisions.season import decide_season
from app.domain.exemptions.lists import chained
from app.domain.ledger.entries import COUNTED, NOTHING, SETTLED, Entry, balances
from app.domain.ledger.frame import frame_of
from app.integrations.geometry import BuiltUpRuler
from app.jobs.runner import SYSTEM
from app.persistence.acts.in_force import InForceReader
from app.persistence.decisions.runs import RunRepository
from app.persistence.exemptions.lists import ListRepository
from app.persistence.facts.snapshots import SnapshotReader
from app.persistence.ledger.repository import LedgerRepository, LedgerSearch
from app.persistence.policies import PackRepository
from app.persistence.unit_of_work import UnitOfWork, open_unit
from tests.machine.world import Plant, World

DAYS = (date(2020, 3, 20),)


async def sums_agree(world: World, plant: Plant) -> None:
    """SQL adds up what Python does, no hour counts twice, and no period owes more hours than it has."""
    async with open_unit(world.door.sessions, now=world.clock()) as unit:
        ledger, enterprise = LedgerRepository(unit.session), UUID(plant.id)
        journal = await ledger.journal(enterprise)
        assert await ledger.sums(enterprise, LedgerSearch(), visible_to=SYSTEM) == balances(journal)
        pack = await PackRepository(unit.session).get(plant.pack, season=2019)
    assert [one.position for one in journal] == list(range(1, len(journal) + 1))
    assert all(one.known_at <= other.known_at for one, other in pairwise(journal))
    no_hour_twice(journal)
    frame = frame_of(evaluator_of(pack.document, pack.hash).pack, 2019, plant.region)
    lengths = {slot.name: slot.hours for slot in frame.slots}
    for account, sums in balances(journal).items():
        asked = sum((sums.of(kind) for kind in SETTLED), NOTHING)
        assert min(NOTHING, *(sums.of(kind) for kind in (*SETTLED, *COUNTED))) == NOTHING, (account, sums)
        assert asked <= lengths.get(account.account, asked), (account, sums)


def no_hour_twice(journal: Sequence[Entry]) -> None:
    gone = {one.reverses for one in journal}
    standing = [
        one
        for one in journal
        if one.posting.kind in COUNTED and one.reverses is None and one.id not in gone and one.posting.from_at
    ]
    for subject in {one.posting.subject_id for one in standing}:
        spans = sorted(_span(one) for one in standing if one.posting.subject_id == subject)
        assert all(before[1] <= after[0] for before, after in pairwise(spans)), spans


def _span(one: Entry) -> tuple[Any, Any]:
    return one.posting.from_at, one.posting.until_at


async def api_agrees(world: World, plant: Plant) -> None:
    """The API tells the sums of the journal it shows; what is due is owed and put on top, less what counted."""
    told = await world.reads(f"{plant.url}/ledger")
    pages = await world.reads(f"{plant.url}/ledger/entries", limit=500)
    added: dict[tuple[str, str, str], Decimal] = {}
    for one in pages["items"]:
        account = (one["subject_id"], one["account"], one["kind"])
        added[account] = added.get(account, NOTHING) + Decimal(one["hours"])
    due = NOTHING
    for item in told["items"]:
        for account in item["accounts"]:
            own = {kind: Decimal(account[kind]["hours"]) for kind in (*SETTLED, *COUNTED, "scheduled")}
            for kind, hours in own.items():
                assert hours == added.pop((item["subject_id"], account["account"], kind), NOTHING)
            balance = sum(own[kind] for kind in SETTLED) - sum(own[kind] for kind in COUNTED)
            assert Decimal(account["due"]["hours"]) == max(NOTHING, balance)
            due += max(NOTHING, balance)
    assert added == {}
    assert Decimal(told["due"]["hours"]) == due


async def decisions_replay(world: World, plant: Plant, days: Iterable[date]) -> None:
    """Reading replays the run: 409 replay_differs would show."""
    for day in days:
        await world.reads(f"{plant.url}/decisions", **plant.plan, day=day.isoformat())


async def decisions_are_new(world: World, plant: Plant) -> None:
    """Once the worker has run, what is stored is what a fresh look at the register comes to."""
    async with open_unit(world.door.sessions, now=world.clock()) as unit:
        enterprise = UUID(plant.id)
        seasons = (await RunRepository(unit.session).seasons([enterprise]))[enterprise]
        assert (plant.pack, 2019) in seasons
        for pack, season in seasons:
            stored, fresh = await _said(unit, enterprise, pack, season)
            assert stored == fresh, (plant.name, pack, season)


async def _said(unit: UnitOfWork, enterprise: UUID, pack: str, season: int) -> tuple[list[Any], list[Any]]:
    (run,) = await RunRepository(unit.session).newest_of([enterprise], pack, season)
    found = await RunRepository(unit.session).said(run)
    version = await PackRepository(unit.session).get(pack, season=season)
    reader = SnapshotReader(unit.session, ruler=BuiltUpRuler)
    tree = orjson.loads(orjson.dumps(await reader.snapshot(enterprise, known_at=unit.now, visible_to=SYSTEM)))
    acts = (await InForceReader(unit.session).known([enterprise], pack, season, known_at=unit.now)).get(enterprise, [])
    stretches = decide_season(evaluator_of(version.document, version.hash), tree, season=season, acts=acts)
    return (
        sorted(
            (str(s.subject_id), s.from_day, s.until_day, s.status, s.stagger_class, s.rules, s.possible) for s in found
        ),
        sorted(
            (s.subject_id, s.from_day, s.until_day, s.status, o.stagger_class, o.certain_ids, o.codes)
            for s in stretches
            for o in [s.outcomes]
        ),
    )


async def settled_already(world: World, plant: Plant) -> None:
    """Settling is idempotent: right after the worker has settled nothing is missing."""
    if (await world.reads(f"{plant.url}/ledger"))["items"]:
        made = await world.sends(f"{plant.url}/settlements", plant.plan, person="li")
        assert made is not None
        assert made["entries"] == []


async def versions_hold(world: World, known: dict[int, str]) -> None:
    """Numbers without a gap, an unbroken chain, and what was once read of a version is read again."""
    async with open_unit(world.door.sessions, now=world.clock()) as unit:
        one = await ListRepository(unit.session).get(UUID(world.list_url.rsplit("/", 1)[1]), visible_to=SYSTEM)
        versions = await ListRepository(unit.session).versions(one)
    before = ""
    for number, version in enumerate(versions, start=1):
        assert (version.number, version.previous_hash) == (number, before)
        assert version.hash == chained(before, version.document)
        assert known.setdefault(number, version.document) == version.document
        before = version.hash
    assert len(known) == len(versions)


async def lists_are_facts(world: World) -> None:
    """On the day of the newest version and after it, somebody is listed just where the register says so."""
    versions = (await world.reads(f"{world.list_url}/versions"))["items"]
    newest = versions[-1] if versions else None
    listed: dict[str, str | None] = {}
    days = [world.today]
    if newest is not None:
        document = (await world.reads(f"{world.list_url}/versions/{newest['number']}"))["document"]
        listed = {one["subject_id"]: one["expires_on"] for one in document["entries"]}
        days = [max(world.today, date.fromisoformat(newest["effective_on"])), date(2020, 6, 30)]
    green = world.plants["green"]
    for day in days:
        page = await world.reads(f"{green.url}/assertions", fact="exemption_listed", day=day.isoformat())
        true = {one["subject_id"] for one in page["items"] if one["value"] == "true" and one["retraction"] is None}
        assert true == {one for one, end in listed.items() if end is None or day < date.fromisoformat(end)}, day


async def nothing_is_damaged(world: World) -> None:
    async with open_unit(world.door.sessions, now=world.clock()) as unit:
        assert await everything(unit) == []
