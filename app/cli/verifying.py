"""verify: prove that what is stored is what was decided."""

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable, Sequence
from functools import partial

import typer

from app.cli.database import running_database
from app.cli.screen import bar, complain, out
from app.clock import utc_now
from app.domain.decisions.evaluate import EVALUATOR_VERSION
from app.domain.evidence import Damage, Finding, Outlived
from app.jobs.runner import SYSTEM
from app.persistence.decisions.runs import RunRepository
from app.persistence.engine import create_engine, create_sessions
from app.persistence.unit_of_work import UnitOfWork, open_unit
from app.services.acts.verifying import verify_acts
from app.services.compliance.verifying import verify_compliance
from app.services.decisions.verifying import verify_packs, verify_runs
from app.services.decisions.verifying_ledger import verify_ledger
from app.services.disclosures.verifying import verify_disclosures
from app.services.duties.filing import verify_duties
from app.services.exemptions.verifying import verify_exemption_lists
from app.services.orders import verify_orders
from app.services.schedules.verifying import verify_schedules
from app.services.violations.verifying import verify_violations
from app.settings import Settings

# Each reads everything of its room and names what does not prove itself.
CHECKS: tuple[Callable[[UnitOfWork], Awaitable[Sequence[Finding]]], ...] = (
    verify_packs,
    verify_acts,
    verify_orders,
    partial(verify_violations, by=SYSTEM),
    verify_ledger,
    partial(verify_exemption_lists, by=SYSTEM),
    verify_schedules,
    verify_compliance,
    verify_disclosures,
    verify_duties,
)


def verify() -> None:
    """Replay every stored decision and settlement, check every hash; exits with 1 if anything is damaged.

    What another evaluator had decided and the present one answers differently is reported, and is no damage.
    """
    with running_database(Settings()) as url:
        total, findings = asyncio.run(_verify(url))
    outlived = [one for one in findings if isinstance(one, Outlived)]
    for one in outlived:
        out.print(
            f"{one.where}: decided by evaluator {one.version}, evaluator {EVALUATOR_VERSION} differs", soft_wrap=True
        )
    damage = [one for one in findings if isinstance(one, Damage)]
    complain(*(f"{one.what}: {one.where}" for one in damage))
    if damage:
        raise typer.Exit(1)
    out.print(
        f"[green]✓[/] {total} runs replayed; every hash, decision, act, list, order, schedule, settlement, verdict and filing is as stored."
    )
    for version, count in sorted(Counter(one.version for one in outlived).items()):
        out.print(
            f"  {count} of evaluator {version} stand as they were decided; evaluator {EVALUATOR_VERSION} would answer differently."
        )


async def _verify(url: str) -> tuple[int, list[Finding]]:
    engine = create_engine(url, pool_size=1)
    try:
        async with open_unit(create_sessions(engine), now=utc_now()) as unit:
            return await RunRepository(unit.session).count(), await everything(unit)
    finally:
        await engine.dispose()


async def everything(unit: UnitOfWork) -> list[Finding]:
    """Every check over everything stored."""
    findings = [one for check in CHECKS for one in await check(unit)]
    with bar() as progress:
        task = progress.add_task("Replaying", total=await RunRepository(unit.session).count())
        async for done, found in verify_runs(unit, by=SYSTEM):
            findings += found
            progress.update(task, completed=done)
    return findings
