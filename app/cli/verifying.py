"""verify: prove that what is stored is what was decided."""

import asyncio

import typer

from app.cli.database import running_database
from app.cli.screen import bar, complain, out
from app.jobs.runner import SYSTEM
from app.main import utc_now
from app.persistence.decisions.runs import RunRepository
from app.persistence.engine import create_engine, create_sessions
from app.persistence.unit_of_work import open_unit
from app.services.decisions.verifying import Damage, verify_packs, verify_runs
from app.services.exemptions.verifying import verify_exemption_lists
from app.settings import Settings


def verify() -> None:
    """Replay every stored decision and check every hash; exits with 1 if anything differs."""
    with running_database(Settings()) as url:
        total, damage = asyncio.run(_verify(url))
    complain(*(f"{one.what}: {one.where}" for one in damage))
    if damage:
        raise typer.Exit(1)
    out.print(f"[green]✓[/] {total} runs replayed, every hash and decision as stored.")


async def _verify(url: str) -> tuple[int, list[Damage]]:
    engine = create_engine(url, pool_size=1)
    try:
        async with open_unit(create_sessions(engine), now=utc_now()) as unit:
            total = await RunRepository(unit.session).count()
            damage = await verify_packs(unit)
            damage += [Damage(what, where) for what, where in await verify_exemption_lists(unit, by=SYSTEM)]
            with bar() as progress:
                task = progress.add_task("Replaying", total=total)
                async for done, found in verify_runs(unit, by=SYSTEM):
                    damage += found
                    progress.update(task, completed=done)
            return total, damage
    finally:
        await engine.dispose()
