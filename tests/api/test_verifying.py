"""verify: what was decided is proved again, and damage is named."""

import asyncio
from datetime import UTC, datetime

import httpx
import orjson
from sqlalchemy import text
from typer.testing import CliRunner

from app.cli import cli
from app.cli.loading import REGISTRAR
from app.domain.decisions.evaluate import EVALUATOR_VERSION
from app.domain.evidence import Damage, Finding, Outlived
from app.persistence.engine import Sessions
from app.persistence.unit_of_work import UnitOfWork, open_unit
from app.services.decisions.verifying import verify_packs, verify_runs
from tests.api.door import Door
from tests.api.packs import publish_linfen
from tests.api.test_decisions import ASKED, GOOD, decided, lime, registered

NOW = datetime(2019, 12, 11, tzinfo=UTC)


async def damage(unit: UnitOfWork) -> list[str]:
    return [one.what for one in await findings(unit)]


async def findings(unit: UnitOfWork) -> list[Finding]:
    found: list[Finding] = [*await verify_packs(unit)]
    async for _, more in verify_runs(unit, by=REGISTRAR):
        found += more
    return found


async def decided_register(door: Door) -> tuple[httpx.AsyncClient, str, str]:
    """Somebody who may read it, the enterprise, and its line."""
    await publish_linfen(door.sessions)
    officer = await door.caller()
    one = await registered(officer, lime(**GOOD, deep_treatment="not_done"))
    await decided(officer, one["id"])
    return officer, one["id"], one["sites"][0]["lines"][0]["id"]


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


async def test_what_another_evaluator_decided_differently_is_told_apart_from_damage(door: Door) -> None:
    officer, enterprise, line = await decided_register(door)
    await tamper(door.sessions, "decision_runs", "UPDATE decision_runs SET evaluator_version = '1'")
    url = f"/v1/enterprises/{enterprise}/decisions"
    async with open_unit(door.sessions, now=NOW) as unit:
        assert await findings(unit) == [], "it answers the same"
    assert (await officer.get(url, params=ASKED)).status_code == 200
    await tamper(door.sessions, "decisions", "UPDATE decisions SET rules = '{L12-37}'")
    async with open_unit(door.sessions, now=NOW) as unit:
        (found,) = await findings(unit)
    assert isinstance(found, Outlived)
    assert (found.what, found.version) == ("decided_by_another_evaluator", "1")
    assert f"enterprise {enterprise} run " in found.where
    for refused in (await officer.get(url, params=ASKED), await officer.get(f"{url}/{line}", params=ASKED)):
        assert (refused.status_code, refused.json()["code"]) == (409, "evaluator_differs")
        assert enterprise in refused.json()["detail"]
    listed = await officer.get("/v1/decisions", params=ASKED | {"region": "141000"})
    assert [one["rules"] for one in listed.json()["items"]] == [["L12-37"]], "as stored"
    again = await decided(officer, enterprise)
    assert "L12-37" not in again["items"][0]["summary"]
    assert (await officer.get(url, params=ASKED)).status_code == 200


async def test_a_broken_snapshot_of_another_evaluator_is_damage(door: Door) -> None:
    await decided_register(door)
    await tamper(door.sessions, "decision_runs", "UPDATE decision_runs SET evaluator_version = '1'")
    await tamper(door.sessions, "snapshots", "UPDATE snapshots SET document = document || ' '::bytea")
    async with open_unit(door.sessions, now=NOW) as unit:
        (found,) = await findings(unit)
    assert found == Damage("snapshot_hash", found.where)


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


async def test_the_command_reports_what_another_evaluator_decided_and_fails_only_for_damage(
    busy_door: Door, own_database_url: str
) -> None:
    await decided_register(busy_door)
    await tamper(busy_door.sessions, "decisions", "UPDATE decisions SET rules = '{L12-37}'")
    environment = {"CUOFENG_DATABASE_URL": own_database_url}
    broken = await asyncio.to_thread(CliRunner().invoke, cli, ["verify"], env=environment)
    assert (broken.exit_code, "replay_differs" in broken.output) == (1, True)
    await tamper(busy_door.sessions, "decision_runs", "UPDATE decision_runs SET evaluator_version = '1'")
    found = await asyncio.to_thread(CliRunner().invoke, cli, ["verify"], env=environment)
    assert (found.exit_code, found.exception) == (0, None)
    assert f"decided by evaluator 1, evaluator {EVALUATOR_VERSION} differs" in found.output
    assert "1 of evaluator 1 stand as they were decided" in found.output
