"""The register in PostgreSQL: evidence that cannot be altered, and trees read as they were known."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import event, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncConnection

from app.documents.catalogue import base_catalogue
from app.documents.nested import rows_of
from app.domain.access import Actor, Origin
from app.domain.decisions.subjects import FactSpan, Subject, span_at
from app.domain.enterprises.structure import EnterpriseUnknown
from app.persistence.engine import Sessions
from app.persistence.facts.reading import FactReader
from app.persistence.facts.snapshots import SnapshotReader
from app.persistence.facts.writing import FactWriter, NewMark
from app.persistence.known_facts import known_facts
from app.persistence.unit_of_work import open_unit
from app.services import facts
from app.services.enterprises.registration import register_batch

NOW = datetime(2019, 12, 10, 2, tzinfo=UTC)
LATER = NOW + timedelta(hours=1)
REGISTRAR = Actor(client_id="registrar", regions=("140000",))
VERIFIER = Actor(client_id="verifier", regions=("140000",))


class NoRuler:
    """There are no built-up areas in these stories."""

    def __init__(self, areas: object) -> None:
        raise AssertionError(areas)

    def spans(self, longitude: Decimal, latitude: Decimal, /) -> list[FactSpan]:
        raise AssertionError(longitude, latitude)


def an_enterprise(number: int) -> dict[str, Any]:
    line = {
        "code": "L1",
        "name": "线",
        "industry": "steel",
        "units": [{"code": "U1", "name": "炉", "kind": "blast_furnace"}],
        "facts": [{"fact": "deep_treatment", "value": "accepted"}, {"fact": "pm_mg_m3", "value": "9.5"}],
    }
    site = {"code": "S1", "name": "厂", "region": "141002", "longitude": "111.5", "latitude": "36.1", "lines": [line]}
    return {"code": f"E{number}", "name": "企业", "region": "141000", "sites": [site]}


async def register(sessions: Sessions, count: int = 1) -> list[UUID]:
    async with open_unit(sessions, now=NOW) as unit:
        drafts = {f"E{number}": list(rows_of(an_enterprise(number))) for number in range(count)}
        landed = await register_batch(unit, drafts, by=REGISTRAR, catalogue=base_catalogue())
        assert landed.rejected == []
        return landed.created


async def tree(sessions: Sessions, enterprise: UUID, *, known_at: datetime, by: Actor = REGISTRAR) -> Subject:
    async with open_unit(sessions, now=known_at) as unit:
        return await SnapshotReader(unit.session, ruler=NoRuler).snapshot(enterprise, known_at=known_at, visible_to=by)


def line_of(subject: Subject) -> Subject:
    return subject["children"][0]["children"][0]


@pytest.mark.parametrize("table", ["assertions", "assertion_marks", "built_up_areas"])
@pytest.mark.parametrize("statement", ["DELETE FROM {table}", "UPDATE {table} SET id = id", "TRUNCATE {table} CASCADE"])
async def test_evidence_is_never_altered(connection: AsyncConnection, table: str, statement: str) -> None:
    with pytest.raises(DBAPIError, match="append-only"):
        await connection.execute(text(statement.format(table=table)))


async def test_a_snapshot_is_the_tree_the_evaluator_reads(sessions: Sessions) -> None:
    (enterprise,) = await register(sessions)
    subject = await tree(sessions, enterprise, known_at=NOW)
    site = subject["children"][0]
    assert (subject["level"], site["region"], site["position"]) == ("enterprise", "141002", [111.5, 36.1])
    line = line_of(subject)
    assert (line["industry"], line["children"][0]["kind"]) == ("steel", "blast_furnace")
    (span,) = line["facts"]["pm_mg_m3"]
    assert {name: span[name] for name in ("value", "from", "to", "verified", "document")} == {
        "value": 9.5,
        "from": None,
        "to": None,
        "verified": False,
        "document": None,
    }


async def test_a_snapshot_knows_only_what_was_known(sessions: Sessions) -> None:
    (enterprise,) = await register(sessions)
    async with open_unit(sessions, now=LATER) as unit:
        (treatment,) = [
            one
            for one in await FactReader(unit.session).some(enterprise, None, visible_to=VERIFIER)
            if one.claim.fact == "deep_treatment"
        ]
        await facts.verify(unit, enterprise, [treatment.id], note=None, by=VERIFIER)
        (other,) = [
            one
            for one in await FactReader(unit.session).some(enterprise, None, visible_to=VERIFIER)
            if one.claim.fact == "pm_mg_m3"
        ]
        await facts.retract(unit, other.id, reason="录错", by=REGISTRAR, catalogue=await known_facts(unit.session))
    early = line_of(await tree(sessions, enterprise, known_at=NOW))["facts"]
    late = line_of(await tree(sessions, enterprise, known_at=LATER))["facts"]
    assert (early["deep_treatment"][0]["verified"], set(early)) == (False, {"deep_treatment", "pm_mg_m3"})
    assert set(late) == {"deep_treatment"}
    assert [(one["from"], one["to"], one["verified"]) for one in late["deep_treatment"]] == [
        (None, "2019-12-10", False),
        ("2019-12-10", None, True),
    ]


async def test_a_verification_counts_from_the_civil_day_it_is_recorded_and_a_later_state_hides_it(
    sessions: Sessions,
) -> None:
    (enterprise,) = await register(sessions)
    line = UUID(line_of(await tree(sessions, enterprise, known_at=NOW))["id"])
    told = (("accepted", date(2019, 10, 20)), ("not_done", date(2019, 11, 1)), ("accepted", date(2019, 12, 20)))
    for value, begins in told:
        said = facts.Statement(
            subject=line, fact="kiln_plan_21", value=value, valid_from=begins, valid_to=None, document="验收意见"
        )
        async with open_unit(sessions, now=NOW) as unit:
            await facts.assert_facts(unit, enterprise, [said], by=REGISTRAR, catalogue=await known_facts(unit.session))
    # 17:00 in UTC is already the next day in Shanghai.
    evening = datetime(2019, 12, 14, 17, tzinfo=UTC)
    async with open_unit(sessions, now=evening) as unit:
        everything = await FactReader(unit.session).some(enterprise, None, visible_to=VERIFIER)
        ids = [one.id for one in everything if one.claim.fact in {"kiln_plan_21", "pm_mg_m3"}]
        verified = await facts.verify(unit, enterprise, ids, note=None, by=VERIFIER)
    assert {one.verification.counts_from for one in verified if one.verification} == {date(2019, 12, 15)}
    found = line_of(await tree(sessions, enterprise, known_at=evening))["facts"]
    assert [(one["value"], one["from"], one["to"], one["verified"]) for one in found["kiln_plan_21"]] == [
        ("accepted", "2019-10-20", "2019-12-15", False),
        ("accepted", "2019-12-15", None, True),
        ("not_done", "2019-11-01", None, True),
        ("accepted", "2019-12-20", None, True),
    ]
    assert len({one["assertion"] for one in found["kiln_plan_21"]}) == 3
    seen = {day: span_at(found["kiln_plan_21"], day) for day in ("2019-10-31", "2019-12-19", "2019-12-20")}
    assert {day: one and (one["value"], one["verified"]) for day, one in seen.items()} == {
        "2019-10-31": ("accepted", False),
        "2019-12-19": ("not_done", True),
        "2019-12-20": ("accepted", True),
    }
    assert [(one["from"], one["verified"]) for one in found["pm_mg_m3"]] == [(None, True)], "no claim of a programme"


async def test_a_verification_without_a_day_counts_from_the_beginning(sessions: Sessions) -> None:
    """As it did when it was recorded, before such days were kept."""
    (enterprise,) = await register(sessions)
    async with open_unit(sessions, now=LATER) as unit:
        everything = await FactReader(unit.session).some(enterprise, None, visible_to=VERIFIER)
        (one,) = [one for one in everything if one.claim.fact == "deep_treatment"]
        mark = NewMark(
            id=one.id,
            enterprise_id=enterprise,
            assertion_id=one.id,
            kind="verification",
            at=LATER,
            by=Origin.of(VERIFIER),
            note=None,
        )
        await FactWriter(unit.session).mark([mark])
    found = line_of(await tree(sessions, enterprise, known_at=LATER))["facts"]["deep_treatment"]
    assert [(one["from"], one["to"], one["verified"]) for one in found] == [(None, None, True)]


async def test_spans_stand_in_the_order_in_which_they_take_over(sessions: Sessions) -> None:
    (enterprise,) = await register(sessions)
    line = UUID(line_of(await tree(sessions, enterprise, known_at=NOW))["id"])
    for at, begins, value in ((NOW, date(2019, 11, 1), "30"), (LATER, None, "20"), (LATER, date(2019, 10, 1), "40")):
        said = facts.Statement(
            subject=line, fact="pm_mg_m3", value=value, valid_from=begins, valid_to=None, document=None
        )
        async with open_unit(sessions, now=at) as unit:
            await facts.assert_facts(unit, enterprise, [said], by=REGISTRAR, catalogue=base_catalogue())
    spans = line_of(await tree(sessions, enterprise, known_at=LATER))["facts"]["pm_mg_m3"]
    assert [span["value"] for span in spans] == [9.5, 20, 40, 30]


async def test_what_one_may_not_see_is_unknown(sessions: Sessions) -> None:
    (enterprise,) = await register(sessions)
    with pytest.raises(EnterpriseUnknown):
        await tree(sessions, enterprise, known_at=NOW, by=Actor(client_id="x", regions=("140600",)))


async def test_snapshots_come_in_portions_and_cost_the_same_however_many(
    sessions: Sessions, connection: AsyncConnection
) -> None:
    created = await register(sessions, 5)
    statements = list[str]()

    def count(*arguments: Any) -> None:
        statements.append(arguments[2])

    event.listen(connection.sync_connection, "before_cursor_execute", count)
    costs, found, after = list[int](), list[str](), None
    for limit in (1, 3, 10):
        statements.clear()
        async with open_unit(sessions, now=NOW) as unit:
            reader = SnapshotReader(unit.session, ruler=NoRuler)
            part = await reader.snapshots("141000", known_at=NOW, visible_to=REGISTRAR, after=after, limit=limit)
        costs.append(len([one for one in statements if one.startswith("SELECT")]))
        found += [subject["id"] for subject in part]
        after = UUID(part[-1]["id"])
    event.remove(connection.sync_connection, "before_cursor_execute", count)
    assert found == [str(one) for one in sorted(created)]
    assert len(set(costs)) == 1


async def test_a_snapshot_is_the_same_whoever_else_is_read_with_it(sessions: Sessions) -> None:
    created = await register(sessions, 3)
    alone = [await tree(sessions, one, known_at=NOW) for one in sorted(created)]
    async with open_unit(sessions, now=NOW) as unit:
        together = await SnapshotReader(unit.session, ruler=NoRuler).of(created, known_at=NOW, visible_to=REGISTRAR)
    assert alone == together


async def test_each_change_is_one_event_with_what_was_and_what_is(sessions: Sessions) -> None:
    await register(sessions)
    change = {"code": "E0", "sites": [{"code": "S1", "name": "新厂名"}]}
    async with open_unit(sessions, now=LATER) as unit:
        await register_batch(unit, {"E0": list(rows_of(change))}, by=REGISTRAR, catalogue=base_catalogue())
        for table in ("audit", "outbox"):
            rows = await unit.session.execute(text(f"SELECT type, region, data FROM {table} ORDER BY position"))
            (first, second) = rows.all()
            assert (first.type, second.type, second.region) == ("enterprise.registered", "enterprise.changed", "141000")
            assert (first.data["facts"], second.data["version"]) == (["deep_treatment", "pm_mg_m3"], 2)
            (one,) = second.data["changed"]
            assert (one["before"], one["after"]) == ({"name": "厂"}, {"name": "新厂名"})
