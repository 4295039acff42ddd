"""Determinations of the older schema become acts, and the runs made under them still find them."""

import asyncio
import os
from uuid import UUID

import asyncpg

from app.domain.acts.effects import Determination
from app.integrations.embedded_postgres import EmbeddedPostgres
from app.persistence.acts.in_force import InForceReader
from app.persistence.engine import create_engine, create_sessions
from app.persistence.schema import downgrade, upgrade
from app.persistence.unit_of_work import open_unit
from tests import postgres
from tests.persistence.test_stale import NOW

FIRM, LINE, MADE, TAKEN_BACK, REVOCATION = (UUID(int=number) for number in range(1, 6))
OLD = f"""
INSERT INTO enterprises (id, registrar, code, name, region, sample, version, created_at, changed_at)
VALUES ('{FIRM}', 'r', 'A', 'A', '141002', false, 1, now(), now());
INSERT INTO determinations (enterprise_id, id, subject_id, pack_name, season, rule_id, choice, number, valid_from, basis,
                            person_name, person_office, client_id, known_at, revokes)
VALUES ('{FIRM}', '{MADE}', '{LINE}', 'p', 2019, 'R', 1, 25.5, '2019-10-01', '纪要', '张三', '局', 'c', '2019-11-01Z', NULL),
       ('{FIRM}', '{TAKEN_BACK}', '{LINE}', 'p', 2019, 'Q', 0, NULL, '2019-10-01', '纪要', '张三', '局', 'c', '2019-11-02Z', NULL),
       ('{FIRM}', '{REVOCATION}', '{LINE}', 'p', 2019, 'Q', 0, NULL, '2019-10-01', '误', '李四', '局', 'c', '2019-11-20Z',
        '{TAKEN_BACK}');
"""


async def run(url: str, statement: str) -> list[asyncpg.Record]:
    connection = await asyncpg.connect(url.replace("+asyncpg", ""))
    try:
        if statement is OLD:
            await connection.execute(statement)
            return []
        return list(await connection.fetch(statement))
    finally:
        await connection.close()


async def effects(url: str, steps: list[UUID]) -> list[tuple[str, float | None, str | None]]:
    engine = create_engine(url)
    async with open_unit(create_sessions(engine), now=NOW) as unit:
        found = await InForceReader(unit.session).named(FIRM, steps)
    await engine.dispose()
    return [(one.rule_id, one.number, str(one.valid_to)) for one in found if isinstance(one, Determination)]


def test_determinations_move_and_come_back(server: EmbeddedPostgres) -> None:
    with postgres.database(server, f"acts_{os.getpid()}", template="template1") as url:
        upgrade(url, "0006")
        asyncio.run(run(url, OLD))
        upgrade(url, "0007")
        assert asyncio.run(effects(url, [MADE, TAKEN_BACK])) == [("Q", None, "None"), ("R", 25.5, "None")]
        assert asyncio.run(effects(url, [TAKEN_BACK, REVOCATION])) == [("Q", None, "2019-11-20")]
        heads = asyncio.run(run(url, "SELECT state, version FROM act_heads ORDER BY id"))
        assert [tuple(row) for row in heads] == [("granted", 1), ("revoked", 2)]
        downgrade(url, "0006")
        back = asyncio.run(run(url, "SELECT id, choice, number, basis, revokes FROM determinations ORDER BY id"))
        assert [tuple(row) for row in back] == [
            (MADE, 1, back[0]["number"], "纪要", None),
            (TAKEN_BACK, 0, None, "纪要", None),
            (REVOCATION, 0, None, "误", TAKEN_BACK),
        ]
        assert str(back[0]["number"]) == "25.5"
