"""verify: what was decided is proved again, and damage is named."""

from datetime import UTC, datetime

import orjson
from sqlalchemy import text

from app.cli.loading import REGISTRAR
from app.domain.evidence import Damage
from app.persistence.engine import Sessions
from app.persistence.unit_of_work import UnitOfWork, open_unit
from app.services.decisions.verifying import verify_packs, verify_runs
from tests.api.door import Door
from tests.api.packs import publish_linfen
from tests.api.test_decisions import GOOD, decided, lime, registered

NOW = datetime(2019, 12, 11, tzinfo=UTC)


async def damage(unit: UnitOfWork) -> list[str]:
    found: list[Damage] = await verify_packs(unit)
    async for _, more in verify_runs(unit, by=REGISTRAR):
        found += more
    return [one.what for one in found]


async def decided_register(door: Door) -> None:
    await publish_linfen(door.sessions)
    officer = await door.caller()
    one = await registered(officer, lime(**GOOD, deep_treatment="not_done"))
    await decided(officer, one["id"])


async def tamper(sessions: Sessions, table: str, statement: str) -> None:
    """As somebody who owns the database and switches the guard off."""
    async with sessions() as session, session.begin():
        await session.execute(text(f"ALTER TABLE {table} DISABLE TRIGGER USER"))
        await session.execute(text(statement))


async def test_an_untouched_register_proves_itself(door: Door) -> None:
    await decided_register(door)
    async with open_unit(door.sessions, now=NOW) as unit:
        assert await damage(unit) == []


async def test_a_changed_decision_is_found(door: Door) -> None:
    await decided_register(door)
    await tamper(door.sessions, "decisions", "UPDATE decisions SET rules = '{L12-37}'")
    async with open_unit(door.sessions, now=NOW) as unit:
        assert await damage(unit) == ["replay_differs"]


async def test_a_changed_snapshot_is_found(door: Door) -> None:
    await decided_register(door)
    await tamper(door.sessions, "snapshots", "UPDATE snapshots SET document = document || ' '::bytea")
    async with open_unit(door.sessions, now=NOW) as unit:
        assert await damage(unit) == ["snapshot_hash"]


async def test_a_changed_assertion_is_found(door: Door) -> None:
    await decided_register(door)
    await tamper(door.sessions, "assertions", "UPDATE assertions SET value = 'coal' WHERE fact = 'fuel'")
    async with open_unit(door.sessions, now=NOW) as unit:
        assert await damage(unit) == ["assertion_differs"]


async def test_a_changed_pack_is_found(door: Door) -> None:
    await decided_register(door)
    async with door.sessions() as session, session.begin():
        document = await session.scalar(text("SELECT document FROM packs"))
    changed = orjson.loads(document)
    changed["pack"]["title"]["zh"] = "另一方案"
    async with door.sessions() as session, session.begin():
        await session.execute(text("ALTER TABLE packs DISABLE TRIGGER USER"))
        await session.execute(
            text("UPDATE packs SET document = :document"), {"document": orjson.dumps(changed).decode()}
        )
    async with open_unit(door.sessions, now=NOW) as unit:
        assert "pack_hash" in await damage(unit)
