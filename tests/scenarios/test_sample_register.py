"""The sample register is what it says it is: reproducible, acceptable, marked, and met by every rule of the Linfen plan."""

from collections import Counter, defaultdict
from collections.abc import Mapping
from datetime import date
from importlib.resources import files

import pytest
from stdnum.cn import uscc

from app.documents.catalogue import base_catalogue
from app.documents.pack import read_pack
from app.documents.rejections import Wrong
from app.domain.decisions.evaluate import Decision, Evaluator
from app.domain.enterprises.columns import COLUMNS
from app.domain.policies.pack import Pack
from app.persistence.engine import Sessions
from app.persistence.known_facts import known_facts
from app.persistence.unit_of_work import open_unit
from app.services.enterprises import imports
from samples.generate import sample_register
from tests.scenarios.sample_register import NOW, REGISTRAR, SAMPLES, Read, gathered, read, rows_of, trees

SEASON, DAY = 2019, date(2019, 12, 10)
# The sources real rows must name.
SOURCES = {"WRI-": "WRI Global Power Plant Database, CC BY 4.0", "YN-": "永宁县冬季错峰生产方案（公开文本）点名企业"}
LEVELS = tuple(COLUMNS)

Decided = Mapping[tuple[str, str], Decision]


@pytest.fixture(scope="module")
def register() -> Read:
    return read()


@pytest.fixture(scope="module")
def pack() -> Pack:
    text = files("app.packs").joinpath("linfen-twelve-industries.yaml").read_text(encoding="utf-8")
    return read_pack(text, base_catalogue()).pack


@pytest.fixture(scope="module")
def evaluator(pack: Pack) -> Evaluator:
    return Evaluator(pack)


@pytest.fixture(scope="module")
def decided(register: Read, evaluator: Evaluator) -> Decided:
    return {
        (tree["code"], decision.bound.subject["code"]): decision
        for tree in trees(register)
        for decision in evaluator.evaluate(tree, season=SEASON, day=DAY)
    }


def test_the_generator_writes_the_committed_bytes() -> None:
    written = sample_register().files()
    assert {name: (SAMPLES / name).read_bytes() for name in written} == written
    assert {f"register/{path.name}" for path in (SAMPLES / "register").iterdir()} == {
        f"register/{x}.csv" for x in LEVELS
    }


def test_the_import_accepts_every_row(register: Read) -> None:
    assert register.refused == []
    landed = sum((merged.landed for _, merged in register.enterprises), Counter[str]())
    assert landed == {level: len(rows_of(f"register/{level}.csv")) for level in LEVELS}


async def import_all(sessions: Sessions) -> tuple[imports.Report, list[Wrong]]:
    """All files, as the job of an import lands them."""
    report, wrong = imports.Report(), list[Wrong]()
    async with open_unit(sessions, now=NOW) as unit:
        by = await imports.measure(unit, by=REGISTRAR, catalogue=await known_facts(unit.session))
        for level in LEVELS:
            file = gathered(level)
            for codes in imports.portions(file):
                await imports.land_portion(unit, file, codes, report, by=by)
            wrong += file.wrong
    return report, wrong


async def test_the_files_land_as_they_are_and_a_second_time_change_nothing(sessions: Sessions) -> None:
    first, wrong = await import_all(sessions)
    again, wrong_again = await import_all(sessions)
    assert (wrong, wrong_again) == ([], [])
    assert first.created == len(rows_of("register/enterprise.csv"))
    assert first.landed == {level: len(rows_of(f"register/{level}.csv")) for level in LEVELS}
    assert (again.created, again.changed, again.asserted) == (0, 0, 0)


def test_every_verification_names_an_acceptance_in_the_register() -> None:
    accepted = {
        (row.get("enterprise", row["code"]), level, row["code"], fact)
        for level in LEVELS[:5]
        for row in rows_of(f"register/{level}.csv")
        for fact, value in row.items()
        if value in {"accepted", "not_applicable"}
    }
    named = [(row["enterprise"], row["level"], row["code"], row["fact"]) for row in rows_of("verifications.csv")]
    assert set(named) <= accepted
    assert len(set(named)) == len(named)
    assert accepted - set(named), "some acceptance is only claimed"


def test_every_rule_of_the_plan_is_met_by_a_sample(decided: Decided, pack: Pack) -> None:
    met = Counter(applied.rule.id for decision in decided.values() for applied in decision.applied)
    assert [rule.id for rule in pack.rules() if not met[rule.id]] == []


def test_lines_written_for_a_rule_meet_it(decided: Decided) -> None:
    for written in sample_register().written:
        decision = decided.get((written.enterprise, written.line))
        if decision is not None:  # the works of other cities
            assert written.rule in {applied.rule.id for applied in decision.applied}, written


def test_every_status_and_both_zones_occur_in_every_chapter(decided: Decided, pack: Pack) -> None:
    statuses, zones = Counter[str](), defaultdict[str, set[str | None]](set)
    for decision in decided.values():
        statuses[decision.status] += 1
        tag = decision.bound.subject.get("industry")
        ladder = next((one for one in pack.ladders if one.speaks_of(tag)), None)
        if ladder is not None:
            zones[ladder.industry.name].add(pack.zone_of(decision.bound.region))
    assert min(statuses[status] for status in ("decided", "insufficient_facts", "authority_decides")) >= 20
    assert {name: found & {"plains", "mountain"} for name, found in zones.items()} == {
        ladder.industry.name: {"plains", "mountain"} for ladder in pack.ladders
    }


def test_real_stations_are_not_decided_beyond_what_is_known(decided: Decided) -> None:
    stations = {code: decision for (code, _), decision in decided.items() if code.startswith("WRI-")}
    assert len(stations) == 5
    assert {decision.status for decision in stations.values()} == {"insufficient_facts"}


def test_a_late_acceptance_ends_the_stop_at_the_gate(register: Read, evaluator: Evaluator) -> None:
    (late,) = [tree for tree in trees(register) if tree["code"] == "SAMPLE-LATE-01"]
    found = [
        [applied.rule.id for applied in evaluator.evaluate(late, season=SEASON, day=day)[0].applied]
        for day in (date(2019, 12, 19), date(2019, 12, 20))
    ]
    assert found == [["L12-09"], ["L12-29"]]


def test_findings_of_one_season_are_not_held_against_a_later_one(register: Read, evaluator: Evaluator) -> None:
    later = [
        applied.rule.id
        for tree in trees(register)
        for decision in evaluator.evaluate(tree, season=2022, day=date(2022, 12, 10))
        for applied in decision.applied
        if applied.rule.stage in {"penalty", "warning"}
    ]
    assert later == []


def test_samples_are_marked_and_real_rows_name_their_source() -> None:
    for level in LEVELS:
        for row in rows_of(f"register/{level}.csv"):
            code = row["code"] if level == "enterprise" else row["enterprise"]
            if code.startswith("SAMPLE-"):
                assert level != "enterprise" or (row["sample"] == "true" and row["name"].startswith("样例")), row
                assert level not in LEVELS[:5] or row["document"] == "样例数据，非真实企业", row
            else:
                source = next(source for prefix, source in SOURCES.items() if code.startswith(prefix))
                assert row["document"] == source, row


def test_real_enterprises_bear_no_invented_code() -> None:
    codes = {row["code"]: row.get("uscc") for row in rows_of("register/enterprise.csv")}
    invented = [code for code in codes.values() if code]
    assert all(code.startswith("91999999YL") and uscc.is_valid(code) for code in invented)
    assert [code for code, own in codes.items() if own and not code.startswith("SAMPLE-")] == []
    assert max(Counter(invented).values()) == 2, "branch plants share a code, and nobody else does"


def test_positions_of_real_stations_are_as_published() -> None:
    placed = {
        row["enterprise"]: (row.get("longitude"), row.get("latitude"), row["region"])
        for row in rows_of("register/site.csv")
        if not row["enterprise"].startswith("SAMPLE-")
    }
    assert placed["WRI-HOUMA"] == ("111.3757", "35.5911", "141081")
    assert placed["WRI-HUOZHOU"] == ("111.6823", "36.5183", "141082")
    assert placed["WRI-ZHAOGUANG"] == ("111.6932", "36.5545", "141082")
    assert placed["WRI-LINFEN"] == ("111.4849", "36.1534", "141002")
    assert placed["WRI-ZHANGZE-LINFEN"] == ("111.3994", "36.0867", "141002")
    assert {placed[code][:2] for code in placed if code.startswith("YN-")} == {(None, None)}
