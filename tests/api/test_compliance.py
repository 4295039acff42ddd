"""Compliance at the door: a season assessed from its curves, findings that prove themselves, late data told."""

from dataclasses import replace
from datetime import date, timedelta
from uuid import UUID

import numpy as np
import orjson
import pytest
from sqlalchemy import text

from app.documents.dossiers import dossier_of
from app.domain.compliance.demands import Phase
from app.domain.compliance.dossier import DAY_BYTES, Terms
from app.domain.compliance.findings import Verdict
from app.domain.periods import Period
from app.persistence.compliance.rows import DossierRow, PartRow
from app.persistence.compliance.verdicts import VerdictRepository
from app.persistence.compliance.yardsticks import YardstickRepository
from app.persistence.unit_of_work import open_unit
from app.services.compliance.judging import PLACES, Judged
from app.services.compliance.phasing import judge_phases
from app.services.compliance.yards import yard_of
from tests.api.complying import BASE, FIRST, GONE, RAN, SHORT, STANDING, TODAY, Supervision, a_supervision, acting, days
from tests.api.door import Door
from tests.api.feeding import flat
from tests.api.officer import key
from tests.conftest import Clock


@pytest.fixture
async def works(door: Door, clock: Clock) -> Supervision:
    return await a_supervision(door, clock)


async def test_a_winter_is_judged_day_by_day_and_a_day_without_data_is_never_compliant(works: Supervision) -> None:
    result = await works.assesses()
    assert (result["enterprises"], result["pairs"]) == (1, 39)
    found = await works.verdicts()
    told = {day: one["verdict"] for day, one in found.items()}
    assert len(told) == 39
    assert told[str(RAN)] == "suspected"
    # A day that never came, and one with a gap in which the kiln could have run.
    assert (told[str(GONE)], told[str(SHORT)]) == ("insufficient_data", "insufficient_data")
    others = {verdict for day, verdict in told.items() if day not in {str(RAN), str(GONE), str(SHORT)}}
    assert others == {"compliant"}


async def test_a_finding_tells_everything_that_reproduces_it(works: Supervision) -> None:
    await works.assesses()
    found = {(one["day"], one["verdict"]): one for one in await works.findings(enterprise_id=works.id)}
    assert set(found) == {
        (str(RAN), "suspected"),
        (str(SHORT), "insufficient_data"),
        (str(GONE), "insufficient_data"),
    }
    one = await works.reads(f"/v1/compliance-findings/{found[str(RAN), 'suspected']['id']}")
    assert (one["check"], one["would_be"], one["look"], one["stands"]) == ("stop", "suspected", True, True)
    assert {"ran_on", "total_above_limit"} <= set(one["signs"])
    assert (one["curve"]["wh"][39], one["curve"]["wh"][40]) == (2_000, 100_000)
    assert {each["rule"] for each in one["clauses"]} == {"ST-2"}
    numbers = {each["name"]: each["value"] for each in one["numbers"]}
    assert (numbers["longest_run"], numbers["known_slots"]) == (56, 96)
    (base,) = one["baselines"]
    assert (base["from_day"], base["until_day"], len(base["hash"])) == ("2019-08-03", "2019-11-01", 64)
    # Holidays are no base; the rest of the ninety days are.
    assert (len(base["used_days"]) + len(base["excluded_days"]), base["curve_wh"][0]) == (90, 100_000)
    assert {each["reason"] for each in base["excluded_days"]} == {"holiday"}
    assert one["thresholds"] == "published/1"
    assert one["calendar"].startswith("china/")
    in_english = await works.officer.get(f"/v1/compliance-findings/{one['id']}", headers={"Accept-Language": "en"})
    assert in_english.json()["name"] == "ran during a stop"


async def test_assessing_again_changes_nothing(works: Supervision) -> None:
    first = await works.assesses()
    again = await works.assesses()
    assert (first["verdict_rows"], first["findings"]) == (1, 3)
    assert (again["verdict_rows"], again["findings"], again["changed"]) == (0, 0, 0)


async def test_late_readings_change_only_the_days_they_touch_and_say_so(works: Supervision) -> None:
    await works.assesses()
    before = await works.verdicts()
    await works.catches_up()
    assert await works.verdicts() == before
    old = next(one for one in await works.findings() if one["day"] == str(GONE))
    ran = RAN - timedelta(days=1)
    # One day arrives late, one is corrected, and one comes again as it was.
    await works.sends({GONE: STANDING, ran: flat("100"), ran - timedelta(days=1): STANDING})
    await works.catches_up()
    assert await works.rows() == [(FIRST, 39), (ran, 1), (GONE, 1)]
    after = await works.verdicts()
    changed = {day for day in after if after[day]["verdict"] != before[day]["verdict"]}
    assert changed == {str(GONE), str(ran)}
    assert (after[str(GONE)]["verdict"], after[str(ran)]["verdict"]) == ("compliant", "suspected")
    told = await works.outbox("verdict.changed")
    assert {
        (one["data"]["days"][0]["day"], one["data"]["days"][0]["before"], one["data"]["days"][0]["now"]) for one in told
    } == {
        (str(GONE), "insufficient_data", "compliant"),
        (str(ran), "compliant", "suspected"),
    }
    assert {one["data"]["replaces"] for one in told} <= {one["verdict_id"] for one in before.values()} | {
        one["verdict_id"] for one in after.values()
    }
    gone = await works.reads(f"/v1/compliance-findings/{old['id']}")
    assert gone["stands"] is False
    assert str(GONE) not in {one["day"] for one in await works.findings()}
    new = next(one for one in await works.findings() if one["day"] == str(ran))
    whole = await works.reads(f"/v1/compliance-findings/{new['id']}")
    assert whole["replaces"] == before[str(ran)]["verdict_id"]
    assert await works.damage() == []


async def test_without_a_reading_nothing_is_compliant(door: Door, clock: Clock) -> None:
    works = await a_supervision(door, clock, kept=False)
    result = await works.assesses()
    assert result["days"] == {"insufficient_data": 39}
    assert {one["verdict"] for one in await works.findings()} == {"insufficient_data"}


async def test_a_line_without_any_meter_is_told_to_lack_one(door: Door, clock: Clock) -> None:
    works = await a_supervision(door, clock, kept=False)
    async with door.sessions() as session, session.begin():
        await session.execute(text("DELETE FROM channels"))
    result = await works.assesses(from_day=str(TODAY - timedelta(days=3)))
    assert result["days"] == {"insufficient_data": 3}
    found = await works.findings()
    assert {(one["subject_id"], one["check"]) for one in found} == {(works.line, "other")}
    assert (await works.reads(f"/v1/compliance-findings/{found[0]['id']}"))["signs"] == ["no_meter"]
    assert await works.damage() == []


async def test_a_person_opens_a_case_and_the_finding_is_its_evidence(works: Supervision) -> None:
    await works.assesses()
    one = next(each for each in await works.findings() if each["verdict"] == "suspected")
    url = f"/v1/compliance-findings/{one['id']}/violation"
    body = {"pack": "small-town", "claims": [{"fact": "violation_kind", "value": "data_fraud"}]}
    nobody = await works.officer.post(url, json=body, headers={"Idempotency-Key": "a"})
    assert (nobody.status_code, nobody.json()["code"]) == (403, "person_required")
    refused = await works.officer.post(url, json=body, headers=acting())
    assert (refused.status_code, refused.json()["code"]) == (422, "not_a_violation_fact")
    async with works.door.sessions() as session:
        assert await session.scalar(text("SELECT count(*) FROM violations")) == 0


async def test_damage_to_what_is_stored_is_found(works: Supervision) -> None:
    await works.assesses()
    assert await works.damage() == []
    tables = {
        "compliance_verdicts": "verdicts = overlay(verdicts placing '\\x01'::bytea from 1 + 9 * 19 for 1)",
        "compliance_findings": "verdict = 'compliant'",
        "compliance_parts": "document = document || ' '",
        "compliance_dossiers": "document = document || ' '",
    }
    found = {}
    for table, change in tables.items():
        async with works.door.sessions() as session:
            await session.execute(text(f"ALTER TABLE {table} DISABLE TRIGGER USER"))
            await session.execute(text("SAVEPOINT before"))
            await session.execute(text(f"UPDATE {table} SET {change}"))
            found[table] = sorted({one.what for one in await works.damage()})
            await session.rollback()
    assert found == {
        "compliance_verdicts": ["verdict_differs"],
        "compliance_findings": ["compliance_finding_hash"],
        "compliance_parts": ["compliance_inputs"],
        "compliance_dossiers": ["compliance_inputs"],
    }


async def test_a_baseline_that_its_readings_do_not_make_is_found(works: Supervision) -> None:
    await works.assesses()
    async with works.door.sessions() as session, session.begin():
        await session.execute(text("SET LOCAL session_replication_role = replica"))
        await session.execute(
            text("UPDATE load_curves SET values = overlay(values placing '\\x7f'::bytea from 2) WHERE day < :first"),
            {"first": FIRST},
        )
    assert {one.what for one in await works.damage()} == {"compliance_baseline_differs"}


@pytest.mark.parametrize(("keep_pct", "verdict"), [(30.0, Verdict.COMPLIANT), (1.0, Verdict.SUSPECTED)])
async def test_a_cut_over_a_phase_is_judged_on_its_last_day_from_all_of_its_days(
    works: Supervision, keep_pct: float, verdict: Verdict
) -> None:
    result = await works.assesses()
    enterprise, site = UUID(works.id), UUID(works.site)
    async with open_unit(works.door.sessions, now=works.clock()) as unit:
        verdicts = VerdictRepository(unit.session)
        (row,) = (await verdicts.newest([enterprise], FIRST, TODAY))[site]
        stored = await verdicts.documents(DossierRow, [(enterprise, row.dossier)])
        parts = await verdicts.documents(PartRow, [(enterprise, one) for one in row.parts])
        digest = bytes.fromhex(result["terms"])
        terms = (await YardstickRepository(unit.session).terms([digest]))[digest]
        yard = await yard_of(unit, Terms.of_json(orjson.loads(terms)))
        phase = Phase(id="p", members=(site,), from_day=FIRST, until_day=RAN + timedelta(days=1), keep_pct=keep_pct)
        dossier = replace(dossier_of(stored[enterprise, row.dossier]), phases=(phase,))
        codes = np.zeros((row.days, DAY_BYTES), dtype=np.uint8)
        results = {site: Judged(enterprise_id=enterprise, codes=codes, inputs=b"")}
        span = Period(FIRST, TODAY)
        judged = await judge_phases(unit, {enterprise: (dossier, row.dossier)}, results, parts, span, yard=yard)
    told = np.argwhere(codes).tolist()
    assert (judged, told) == (1, [[(RAN - FIRST).days, 0], [(RAN - FIRST).days, PLACES["cut_phase"]]])
    assert codes[(RAN - FIRST).days, 0] == verdict
    assert [one.finding.check for one in results[site].findings] == ["cut_phase"] * (verdict is Verdict.SUSPECTED)


async def test_late_readings_of_a_baseline_change_every_day_that_stands_on_it(works: Supervision) -> None:
    await works.assesses()
    before = await works.verdicts()
    # The kiln took four times as much in the days before: what it took since is less than half of a usual day.
    await works.sends(dict.fromkeys(days(BASE, FIRST), flat("400")))
    await works.catches_up()
    after = await works.verdicts()
    told = await works.outbox("verdict.changed")
    changed = {each["day"]: (each["before"], each["now"]) for one in told for each in one["data"]["days"]}
    assert changed == {
        day: (before[day]["verdict"], after[day]["verdict"])
        for day in after
        if before[day]["verdict"] != after[day]["verdict"]
    }
    assert changed[str(RAN)] == ("suspected", "compliant")
    assert await works.findings(verdict="suspected") == []
    assert await works.damage() == []
    # A reading of those days that changes no baseline changes nothing: of a holiday there is none.
    rows = await works.rows()
    await works.sends({date(2019, 10, 2): flat("7")})
    await works.catches_up()
    assert await works.rows() == rows


async def test_a_multiplier_said_late_reaches_every_day_from_its_own_on(works: Supervision) -> None:
    await works.assesses()
    before = await works.verdicts()
    url = f"{works.grid.url}/{works.grid.channels['M1']['id']}/multipliers"
    works.clock.advance(minutes=1)
    since = RAN + timedelta(days=6)
    said = await works.officer.post(url, json={"from_day": str(since), "factor": "40"}, headers=key())
    assert said.status_code == 201, said.text
    await works.catches_up()
    after = await works.verdicts()
    assert {day for day in after if after[day]["verdict"] != before[day]["verdict"]} == {
        str(day) for day in days(since, TODAY)
    }
    assert {after[str(day)]["verdict"] for day in days(since, TODAY)} == {"suspected"}
    (told,) = await works.outbox("verdict.changed")
    assert [one["day"] for one in told["data"]["days"]] == [str(day) for day in days(since, TODAY)]
    assert (await works.rows())[-1] == (since, (TODAY - since).days)
    assert await works.damage() == []
