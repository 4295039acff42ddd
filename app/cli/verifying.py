"""verify: prove that what is stored is what was decided."""

import asyncio
from collections.abc import Awaitable, Callable
from functools import partial

import typer

from app.cli.database import running_database
from app.cli.screen import bar, complain, out
from app.domain.evidence import Damage
from app.jobs.runner import SYSTEM
from app.main import utc_now
from app.persistence.decisions.runs import RunRepository
from app.persistence.engine import create_engine, create_sessions
from app.persistence.unit_of_work import UnitOfWork, open_unit
from app.services.acts.verifying import verify_acts
from app.services.decisions.verifying import verify_packs, verify_runs
from app.services.decisions.verifying_ledger import verify_ledger
from app.services.exemptions.verifying import verify_exemption_lists
from app.services.orders import verify_orders
from app.services.schedules.verifying import verify_schedules
from app.services.violations.verifying import verify_violations
from app.settings import Settings

# Each reads everything of its room and names what does not prove itself.
CHECKS: tuple[Callable[[UnitOfWork], Awaitable[list[Damage]]], ...] = (
    verify_packs,
    verify_acts,
    verify_orders,
    partial(verify_violations, by=SYSTEM),
    verify_ledger,
    partial(verify_exemption_lists, by=SYSTEM),
    verify_schedules,
)


def verify() -> None:
    """Replay every stored decision and settlement, check every hash; exits with 1 if anything differs."""
    with running_database(Settings()) as url:
        total, damage = asyncio.run(_verify(url))
    complain(*(f"{one.what}: {one.where}" for one in damage))
    if damage:
        raise typer.Exit(1)
    out.print(
        f"[green]✓[/] {total} runs replayed; every hash, decision, act, list, order, schedule and settlement is as stored."
    )


async def _verify(url: str) -> tuple[int, list[Damage]]:
    engine = create_engine(url, pool_size=1)
    try:
        async with open_unit(create_sessions(engine), now=utc_now()) as unit:
            return await RunRepository(unit.session).count(), await everything(unit)
    finally:
        await engine.dispose()


async def everything(unit: UnitOfWork) -> list[Damage]:
    """Every check over everything stored."""
    damage = [one for check in CHECKS for one in await check(unit)]
    with bar() as progress:
        task = progress.add_task("Replaying", total=await RunRepository(unit.session).count())
        async for done, found in verify_runs(unit, by=SYSTEM):
            damage += found
            progress.update(task, completed=done)
    return damage
