"""What holds after whatever the machine does: sums, hours, lists and decisions agree with one another."""

from collections.abc import Iterable, Sequence
from datetime import date, datetime
from decimal import Decimal
from itertools import pairwise
from typing import Any
from uuid import UUID

import orjson

from app.cli.verifying import everything
from app.documents.published import evaluator_of
from app.domain.acts.act import ActState
from app.domain.decisions.season import decide_season
from app.domain.exemptions.lists import chained
from app.domain.ledger.entries import COUNTED, NOTHING, SETTLED, Entry, balances
from app.domain.ledger.frame import frame_of
from app.domain.orders import OrderState
from app.domain.periods import ONE_DAY, civil_day
from app.domain.warnings import Colour, WarningState
from app.integrations.geometry import BuiltUpRuler
from app.jobs.runner import SYSTEM
from app.persistence.acts.in_force import InForceReader
from app.persistence.decisions.runs import RunRepository
from app.persistence.exemptions.lists import ListRepository
from app.persistence.facts.snapshots import SnapshotReader
from app.persistence.ledger.repository import LedgerRepository, LedgerSearch
from app.persistence.policies import PackRepository
from app.persistence.unit_of_work import UnitOfWork, open_unit
from tests.machine.world import Json, Plant, Thing, World

DAYS = (date(2020, 3, 20),)
ORDER_SAYS = (
    "number",
    "kind",
    "occasion_id",
    "occasion_number",
    "from_at",
    "sent_at",
    "due_at",
    "hash",
    "items",
    "supersedes",
)


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
    """From the day of a version until the next one, somebody is listed just where the register says so."""
    versions = sorted((await world.reads(f"{world.list_url}/versions"))["items"], key=lambda one: int(one["number"]))
    begins = [date.fromisoformat(one["effective_on"]) for one in versions]
    await _listed(world, {}, [min([world.today, *(day - ONE_DAY for day in begins)])])
    for version, first, until in zip(versions, begins, [*begins, date(2020, 7, 1)][1:], strict=True):
        document = (await world.reads(f"{world.list_url}/versions/{version['number']}"))["document"]
        listed = {one["subject_id"]: one["expires_on"] for one in document["entries"]}
        assert all(end is None or version["effective_on"] < end for end in listed.values())
        await _listed(world, listed, {first, until - ONE_DAY} if first < until else set())


async def _listed(world: World, listed: dict[str, str | None], days: Iterable[date]) -> None:
    green = world.plants["green"]
    for day in days:
        page = await world.reads(f"{green.url}/assertions", fact="exemption_listed", day=day.isoformat())
        true = {one["subject_id"] for one in page["items"] if one["value"] == "true" and one["retraction"] is None}
        assert true == {one for one, end in listed.items() if end is None or day < date.fromisoformat(end)}, day


async def nothing_is_damaged(world: World) -> None:
    async with open_unit(world.door.sessions, now=world.clock()) as unit:
        assert await everything(unit) == []


async def credits_count_while_granted(world: World, plant: Plant, acts: Sequence[Thing]) -> None:
    """A credit that stands has hours in the ledger, and none once it is revoked or was never granted."""
    pages = await world.reads(f"{plant.url}/ledger/entries", limit=500)
    credited = {one["id"]: one["source"]["reference"] for one in pages["items"] if one["source"]["kind"] == "act"}
    hours: dict[str, Decimal] = {}
    for one in pages["items"]:
        act = credited.get(one["id"]) or credited.get(one["reverses"])
        if act is not None:
            hours[act] = hours.get(act, NOTHING) + Decimal(one["hours"])
    standing = {one.url.rsplit("/", 1)[1] for one in acts if one.state is ActState.GRANTED and "credits" in one.url}
    assert {act for act, net in hours.items() if net} == standing


async def acts_stand(world: World, acts: Iterable[Thing]) -> None:
    """Each act is where the steps that were taken have brought it, and nothing more was done to it."""
    for act in acts:
        told = await world.reads(act.url)
        assert (told["state"], told["version"]) == (act.state, act.version), act.url
        assert len(told["steps"]) == act.version - 1


async def needs_are_facts(world: World, plant: Plant, needs: Sequence[Thing]) -> None:
    """A need is on the register on just the days for which it is granted; of several the one that begins last."""
    granted = [one for one in needs if "granted" in one.told and one.state in {ActState.GRANTED, ActState.REVOKED}]
    days = {world.today, *(one.told[end] for one in granted for end in ("from", "to"))}
    for day in sorted(days):
        holding = [one.told for one in granted if one.told["from"] <= day < one.told["to"]]
        newest = max(holding, key=lambda told: (told["from"], told["granted"]), default={"value": "none"})
        page = await world.reads(f"{plant.url}/assertions", fact="foundry_need_approved", day=day.isoformat())
        said = [one["value"] for one in page["items"]] or ["none"]
        assert said == [newest["value"]], (day, [one.told for one in granted])


async def orders_of(world: World, plant: Plant) -> list[Json]:
    """Every order of an enterprise in full, the oldest first."""
    heads = (await world.reads(f"{plant.url}/orders", limit=500))["items"]
    return [await world.reads(f"/v1/orders/{one['id']}") | {"url": f"/v1/orders/{one['id']}"} for one in heads[::-1]]


async def orders_hold(world: World, plant: Plant, known: Sequence[Thing]) -> None:
    """Orders are numbered without a gap, each takes the place of the one before, and says what it once said."""
    found = await orders_of(world, plant)
    assert [one["number"] for one in found] == list(range(1, len(found) + 1))
    last: dict[str, str] = {}
    following = {one["supersedes"]: one["id"] for one in found}
    for told in found:
        assert told["supersedes"] == last.get(told["occasion_id"])
        assert told["superseded_by"] == following.get(told["id"])
        last[told["occasion_id"]] = told["id"]
    by_url = {one["url"]: one for one in found}
    for order in known:
        told = by_url[order.url]
        assert {name: told[name] for name in ORDER_SAYS} == {name: order.told[name] for name in ORDER_SAYS}
        assert told["state"] == order.state
        for mark in ("seen", "acknowledged"):
            at = order.told.get(f"{mark}_at")
            assert (told[mark] and datetime.fromisoformat(told[mark]["at"])) == at, (mark, told)
        overdue = order.state is not OrderState.ACKNOWLEDGED and world.clock() > datetime.fromisoformat(told["due_at"])
        assert told["overdue"] == overdue


async def orders_are_found_by_state(world: World, plant: Plant, known: Sequence[Thing]) -> None:
    for state in OrderState:
        page = await world.reads("/v1/orders", enterprise_id=plant.id, state=state, limit=500)
        assert {f"/v1/orders/{one['id']}" for one in page["items"]} == {one.url for one in known if one.state is state}


async def orders_demand(world: World, plant: Plant, needs: Sequence[Thing], warnings: Sequence[Thing]) -> None:
    """Under orange and red the furnace stops (GP-15), or runs at the load it was granted (GP-16), until it is lifted."""
    found = await orders_of(world, plant)
    before: dict[str, Json] = {}
    for told in found:
        former = before.get(told["occasion_id"])
        again = former is not None and former["occasion_number"] == told["occasion_number"]
        sent = datetime.fromisoformat(told["sent_at"])
        day = civil_day(datetime.fromisoformat(told["from_at"]))
        granted = _granted(needs, max(day, civil_day(sent)) if again else day, known_at=sent)
        said = [] if told["kind"] == "lift" else ["GP-16.warning" if granted else "GP-15"]
        assert [one["rule"] for one in told["items"]] == said, told
        before[told["occasion_id"]] = told
    for warning in warnings:
        newest = before.get(warning.url.rsplit("/", 1)[1])
        strict = warning.state is WarningState.ISSUED and warning.told["colour"] in {Colour.ORANGE, Colour.RED}
        assert (newest is not None and newest["kind"] == "command") == strict
        if strict and newest is not None:
            assert newest["occasion_number"] == warning.version - 1
            _says_what_is_granted(world, newest, needs)


def _says_what_is_granted(world: World, newest: Json, needs: Sequence[Thing]) -> None:
    """Orders are looked at again after each grant and revocation, on a day that is not told, so only what never changed."""
    moved = [one.told[at] for one in needs for at in ("granted", "revoked") if at in one.told]
    first = civil_day(datetime.fromisoformat(newest["from_at"]))
    since = max([first, *(civil_day(at) for at in moved)])
    days = [since + number * ONE_DAY for number in range((max(world.today, since) - since).days + 1)]
    said = {_granted(needs, day, known_at=world.clock()) for day in days}
    if len(said) == 1:
        assert [one["rule"] for one in newest["items"]] == ["GP-16.warning" if said.pop() else "GP-15"]


def _granted(needs: Iterable[Thing], day: date, *, known_at: datetime) -> bool:
    """Whether a need that begins last on a day covers warnings, as known at an instant."""
    holding = [
        one.told
        for one in needs
        if "granted" in one.told and one.told["granted"] <= known_at and one.told["from"] <= day < _end(one, known_at)
    ]
    newest = max(holding, key=lambda told: (told["from"], told["granted"]), default={"value": "none"})
    return newest["value"] in {"warning", "both"}


def _end(need: Thing, known_at: datetime) -> date:
    told = need.told
    found: date = told["to"] if "revoked" in told and told["revoked"] <= known_at else told["asked_to"]
    return found


async def visits_hold(world: World, plant: Plant, known: Sequence[Thing]) -> None:
    """Every visit stays as it was recorded, and names the one that took its place."""
    page = await world.reads(f"{plant.url}/inspections", limit=500)
    said = [(f"/v1/inspections/{one['id']}", one["findings"], one["corrected_by"]) for one in page["items"]]
    assert said == [(one.url, [one.told["said"]], one.told["corrected_by"]) for one in known[::-1]]


async def visits_are_read_as_known(world: World, plant: Plant, known: Sequence[Thing]) -> None:
    """Just after each visit was recorded, the ones before it were known, and those corrected by then."""
    for number, visit in enumerate(known, start=1):
        at = visit.told["known_at"].isoformat()
        page = await world.reads(f"{plant.url}/inspections", limit=500, known_at=at)
        then = [one.url.rsplit("/", 1)[1] for one in known[:number]]
        corrected = [one.told["corrected_by"] if one.told["corrected_by"] in then else None for one in known[:number]]
        assert [(one["id"], one["corrected_by"]) for one in page["items"]] == list(zip(then, corrected, strict=True))[
            ::-1
        ]
