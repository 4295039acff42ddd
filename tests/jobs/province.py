"""A small province for stories about deciding in bulk: some enterprises with their newest snapshots."""

import hashlib
from collections.abc import Sequence
from datetime import UTC, datetime
from uuid import UUID

import orjson
from sqlalchemy import text

from app.domain.decisions.flat import flatten
from app.domain.decisions.subjects import FactSpan, Subject
from app.integrations.ids import new_id
from app.persistence.copying import copy_rows
from app.persistence.decisions.snapshots import Head, SnapshotRepository
from app.persistence.engine import Sessions
from app.persistence.unit_of_work import open_unit
from tests.api.packs import publish_linfen
from tests.domain.register import enterprise, line, site, span, unit

COLUMNS = ("id", "registrar", "code", "name", "region", "sample", "version", "created_at", "changed_at")
KNOWN = datetime(2019, 9, 1, tzinfo=UTC)


async def settle(sessions: Sessions, count: int) -> list[UUID]:
    """Publish a plan and register enterprises, every third of which only the full tree can decide."""
    await publish_linfen(sessions)
    trees = [_tree(full=number % 3 == 2) for number in range(count)]
    async with open_unit(sessions, now=KNOWN) as unit_of_work:
        rows = [(UUID(one["id"]), "test", one["id"], "厂", "141002", False, 1, KNOWN, KNOWN) for one in trees]
        await copy_rows(unit_of_work.session, "enterprises", COLUMNS, rows)
        await SnapshotRepository(unit_of_work.session).add([_taken(one) for one in trees], known_at=KNOWN)
    return sorted(UUID(one["id"]) for one in trees)


def _tree(*, full: bool) -> Subject:
    moved = _spans(("permitted", None, "2019-12-20"), ("restricted", "2019-12-20", None))
    done = _spans(("done", None, "2020-01-15"), ("accepted", "2020-01-15", None))
    furnace = unit(str(new_id()), "blast_furnace", {"catalogue_class": moved})
    lines = [
        line(str(new_id()), "lime", {"kiln_plan_21": done}),
        line(str(new_id()), "steel", {}, [furnace] if full else []),
    ]
    tree = enterprise([site(lines)])
    tree["id"] = str(new_id())
    return tree


def _spans(*given: tuple[str, str | None, str | None]) -> list[FactSpan]:
    # Derived, so that `verify` looks for no assertion in the register.
    return [span(value, start=start, end=end, assertion="derived:test") for value, start, end in given]


def _taken(tree: Subject) -> tuple[Head, bytes]:
    document = orjson.dumps(tree, option=orjson.OPT_SORT_KEYS)
    return Head(UUID(tree["id"]), hashlib.sha256(document).digest(), orjson.dumps(flatten(tree))), document


async def decided(sessions: Sessions) -> dict[UUID, int]:
    """How many decisions the runs of each enterprise hold; a run without any, or decisions without their run, count 0."""
    query = """
        SELECT coalesce(r.enterprise_id, d.enterprise_id), CASE WHEN r.id IS NULL THEN 0 ELSE count(d.run_id) END
        FROM decision_runs AS r FULL JOIN decisions AS d ON d.enterprise_id = r.enterprise_id AND d.run_id = r.id
        GROUP BY r.id, r.enterprise_id, d.enterprise_id
    """
    async with sessions() as session:
        found: Sequence[tuple[UUID, int]] = [(row[0], row[1]) for row in await session.execute(text(query))]
    assert len(found) == len(dict(found)), "an enterprise was decided twice"
    return dict(found)
