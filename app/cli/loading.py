"""load: publish the packs that come with the service, import the sample register, decide it."""

import asyncio
import contextlib
import csv
from collections import Counter, defaultdict
from collections.abc import Awaitable, Callable, Sequence
from datetime import date
from functools import partial
from pathlib import Path
from typing import Annotated, Any
from uuid import UUID

import typer
from rich.table import Table

from app import logs
from app.cli.database import running_database
from app.cli.screen import bar, out, step
from app.clock import utc_now
from app.documents.catalogue import base_catalogue
from app.documents.published import evaluator_of
from app.documents.shipped import shipped_packs
from app.domain.access import Actor
from app.domain.clients import SCOPES
from app.domain.decisions.outcomes import Status
from app.domain.decisions.season import season_bounds
from app.domain.enterprises.columns import COLUMNS
from app.domain.errors import Mendable
from app.domain.operations import Operation, OperationState
from app.domain.periods import ONE_DAY
from app.domain.policies.drafts import PackVersionNotRaised
from app.domain.policies.pack import Pack
from app.jobs.registry import HANDLERS
from app.jobs.runner import Worker
from app.persistence.decisions.runs import Listed, Question, RunRepository
from app.persistence.engine import Sessions, create_engine, create_sessions
from app.persistence.enterprises.reading import EnterpriseReader, Search
from app.persistence.facts.reading import AssertionSearch, FactReader
from app.persistence.operations import OperationRepository
from app.persistence.policies import PackRepository
from app.persistence.unit_of_work import UnitOfWork, open_unit
from app.services import facts, operations
from app.services.enterprises import imports
from app.services.policies import publishing
from app.settings import Settings

SAMPLES = Path(__file__).resolve().parents[2] / "samples"
# Two credentials, because nobody may verify what they asserted themselves.
REGISTRAR = Actor(client_id="sample-register", scopes=frozenset(SCOPES), regions=("000000",))
VERIFIER = Actor(client_id="sample-verifier", scopes=frozenset(SCOPES), regions=("000000",))
PACK, SEASON, DAY = "linfen-twelve-industries", 2019, date(2019, 12, 10)
ROWS_SHOWN = 16


def load(
    *,
    samples: Annotated[
        bool, typer.Option("--samples", help="Also import, verify and decide the sample register.")
    ] = False,
) -> None:
    """Publish the packs that come with the service."""
    settings = Settings()
    logs.configure(level="warning", fmt=settings.log_format)
    with running_database(settings) as url:
        with step("Publishing the packs"):
            load_packs(url, settings)
        if samples:
            with step("Loading and deciding the sample register"):
                load_samples(url, settings)


class LoadFailed(Mendable):
    """Something that comes with the service does not load."""


def load_packs(url: str, _settings: Settings) -> None:
    """Publish every shipped pack that is not published yet."""
    asyncio.run(_with_sessions(url, _publish))


def load_samples(url: str, _settings: Settings) -> None:
    """Import and verify the sample register, once per database, and decide it."""
    if SAMPLES.is_dir():
        asyncio.run(_with_sessions(url, _load))


def show_decisions(url: str, _settings: Settings) -> None:
    """A short table of what was decided."""
    asyncio.run(_with_sessions(url, _show))


async def _with_sessions(url: str, act: Callable[[Sessions], Awaitable[None]]) -> None:
    engine = create_engine(url, pool_size=4)
    try:
        await act(create_sessions(engine))
    finally:
        await engine.dispose()


async def _publish(sessions: Sessions) -> None:
    for text, scenarios in shipped_packs():
        async with open_unit(sessions, now=utc_now()) as unit:
            with contextlib.suppress(PackVersionNotRaised):  # a newer version was published here over HTTP
                await publishing.publish_texts(unit, text, scenarios, base_catalogue(), by=REGISTRAR)


async def _load(sessions: Sessions) -> None:
    async with open_unit(sessions, now=utc_now()) as unit:
        loaded = await EnterpriseReader(unit.session).page(Search(), visible_to=REGISTRAR, after=None, limit=1)
    if not loaded:
        for level in COLUMNS:
            content = (SAMPLES / "register" / f"{level}.csv").read_bytes()

            start = partial(
                imports.start_import, content=content, media_type="text/csv", level=level, language="zh", by=REGISTRAR
            )
            result = await _run(sessions, f"Importing {level}.csv", start)
            if result["rejected_rows"]:
                raise LoadFailed(f"{level}.csv: {result['errors'][:3]}")
        await _verify(sessions)
    async with open_unit(sessions, now=utc_now()) as unit:
        packs = await _packs(unit)
    for pack in packs:
        for region in pack.regions:
            payload = {"region": region, "pack": pack.name, "season": first_season(pack)}
            start = partial(_start_deciding, payload=payload)
            await _run(sessions, f"Deciding {pack.name} in {region}", start)


def first_season(pack: Pack) -> int:
    """The first season, from that of the samples on, of which a plan speaks."""
    return next(season for season in range(SEASON, SEASON + 20) if pack.in_effect(season))


async def _start_deciding(unit: UnitOfWork, *, payload: dict[str, Any]) -> Operation:
    return await operations.start(unit, kind="decide_region", payload=payload, by=REGISTRAR, now=unit.now)


async def _verify(sessions: Sessions) -> None:
    """Confirm the claims that verifications.csv lists."""
    wanted: dict[str, list[tuple[str, str, str]]] = defaultdict(list)
    with (SAMPLES / "verifications.csv").open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            wanted[row["enterprise"]].append((row["level"], row["code"], row["fact"]))
    with bar() as progress:
        task = progress.add_task("Verifying", total=len(wanted))
        for code, claims in wanted.items():
            async with open_unit(sessions, now=utc_now()) as unit:
                await _verify_one(unit, code, claims)
            progress.advance(task)


async def _verify_one(unit: UnitOfWork, code: str, claims: list[tuple[str, str, str]]) -> None:
    reader = EnterpriseReader(unit.session)
    near = await reader.page(Search(q=code), visible_to=VERIFIER, after=None, limit=50)
    head = next(one for one in near if one.code == code)
    (tree,) = await reader.below([head])
    codes = {
        ("enterprise", head.code): head.id,
        **{("site", one.code): one.id for one in tree.sites},
        **{("line", one.code): one.id for one in tree.lines},
        **{("process", one.code): one.id for one in tree.processes},
        **{("unit", one.code): one.id for one in tree.units},
    }
    named = {(codes[level, subject], fact) for level, subject, fact in claims}
    said = await FactReader(unit.session).page(
        head.id, AssertionSearch(), visible_to=VERIFIER, after=None, limit=10_000
    )  # fmt: skip
    ids: list[UUID] = [one.id for one in said if (one.subject_id, one.claim.fact) in named]
    await facts.verify(unit, head.id, ids, note="样例核验", by=VERIFIER, counts_from=season_bounds(SEASON)[0] - ONE_DAY)


async def _run(sessions: Sessions, doing: str, start: Callable[[UnitOfWork], Awaitable[Operation]]) -> dict[str, Any]:
    """Start an operation, work on it here, show how far it is, and return its result."""
    async with open_unit(sessions, now=utc_now()) as unit:
        operation = await start(unit)
    worker = Worker(sessions=sessions, clock=utc_now, handlers=HANDLERS)
    working = asyncio.create_task(worker.drain())
    with bar() as progress:
        task = progress.add_task(doing, total=None)
        while not operation.is_over:
            await asyncio.wait([working], timeout=0.2)
            async with open_unit(sessions, now=utc_now()) as unit:
                operation = await OperationRepository(unit.session).get(operation.id, visible_to=operation.actor)
            progress.update(task, completed=operation.done, total=operation.total)
    await working
    if operation.state is not OperationState.SUCCEEDED:
        raise LoadFailed(f"{doing}: {operation.problem}")
    return dict(operation.result or {})


async def _packs(unit: UnitOfWork) -> list[Pack]:
    """The newest version of every plan that is not retired; a sample needs no season that is going on."""
    packs = PackRepository(unit.session)
    names = {one.head.name: one.head for one in reversed(await packs.everything()) if one.retirement is None}
    stored = [await packs.version(head.name, head.version) for head in names.values()]
    return [evaluator_of(one.document, one.hash).pack for one in stored]


async def _show(sessions: Sessions) -> None:
    async with open_unit(sessions, now=utc_now()) as unit:
        packs = await _packs(unit)
        listed = {pack.name: await _decided(unit, pack) for pack in packs}
    found = listed.get(PACK, [])
    if not found:
        return
    _show_counts(listed)
    counts = Counter(one.said.status for one in found)
    out.print(f"\n  {len(found)} lines and boilers under {PACK}, season {SEASON}, as of {DAY}:")
    out.print("  " + ", ".join(f"{number} {status}" for status, number in sorted(counts.items())))
    table = Table(box=None, padding=(0, 1))
    for column, least in (("enterprise", 23), ("line", 4), ("class", 5), ("status", 18), ("rules", 18)):
        table.add_column(column, no_wrap=True, min_width=least)
    for one in first_of_each_kind(found):
        said = one.said
        rules = " + ".join(said.rules) or f"one of {len(said.possible)}"
        table.add_row(one.enterprise_code[:23], one.subject_code, said.stagger_class or "", said.status, rules)
    out.print(table)


async def _decided(unit: UnitOfWork, pack: Pack) -> list[Listed]:
    day = DAY.replace(year=first_season(pack))
    question = Question(pack_name=pack.name, season=first_season(pack), day=day, known_at=utc_now())
    return await RunRepository(unit.session).page(
        question, region="000000", status=None, rule=None, visible_to=REGISTRAR, after=None, limit=5000
    )  # fmt: skip


def _show_counts(listed: dict[str, list[Listed]]) -> None:
    """How many subjects each plan decided, and how."""
    table = Table(box=None, padding=(0, 1))
    statuses: tuple[Status, ...] = ("decided", "authority_decides", "insufficient_facts")
    for column, least in (("plan", 24), ("subjects", 8), ("decided", 7), ("authority", 9), ("open", 4)):
        table.add_column(column, no_wrap=True, min_width=least)
    for name, found in listed.items():
        counts = Counter(one.said.status for one in found)
        table.add_row(name, str(len(found)), *(str(counts[status]) for status in statuses))
    out.print()
    out.print(table)


def first_of_each_kind(found: Sequence[Listed]) -> list[Listed]:
    """A short selection that shows how decisions differ: by industry, and by what was decided."""
    kinds: dict[tuple[str | None, str], Listed] = {}
    for one in found:
        kinds.setdefault((one.industry, one.said.status), one)
    chosen: dict[str, Listed] = {}
    for one in kinds.values():
        chosen.setdefault("+".join(one.said.rules) or str(one.industry), one)
    return list(chosen.values())[:ROWS_SHOWN]
