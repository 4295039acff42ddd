"""The command line without a database: what people type and what they read."""

import re
from pathlib import Path

import orjson
import pytest
from typer.testing import CliRunner, Result

from app.cli import cli
from app.cli.loading import SAMPLES
from tests.scenarios.plans_read import SEVEN

FACTS = """
sites:
  - region: "141002"
    facts: {用电管控系统: 已验收}
    lines:
      - code: kiln-1
        industry: lime
        facts: {深度治理: 已验收, 燃料: 煤, kiln_plan_56: accepted, 颗粒物: 30, 二氧化硫: 200, 氮氧化物: 300}
"""
PACK = """
pack: small-town
version: 1.0.0
title: {zh: 小镇方案, en: a small town's plan}
issuer: {region: "141027", level: county, body: 县政府}
scope: {regions: ["141027"]}
season: [{from: 11-01, to: 03-31, printed_days: 150}]
provisions:
  - {id: ST-1, place: 一, kind: M, says: 烧煤的停产, says_en: coal burners stop}
industries:
  lime: {name: {zh: 石灰, en: lime}, tags: [lime]}
rules:
  - industry: lime
    lowest: I
    ladder:
      - {id: ST-1, class: I, cites: [ST-1], when: {if: fuel is coal}, then: stop}
"""


def cuofeng(*words: str) -> Result:
    return CliRunner().invoke(cli, list(words))


@pytest.fixture
def facts(tmp_path: Path) -> Path:
    file = tmp_path / "FACTS.yaml"
    file.write_text(FACTS, encoding="utf-8")
    return file


def decide(file: Path, *more: str) -> Result:
    plan = ("--pack", "linfen-twelve-industries", "--season", "2019", "--day", "2019-12-10")
    return cuofeng("decide", *plan, *more, str(file))


def test_a_file_of_facts_is_decided_clause_by_clause(facts: Path) -> None:
    answer = decide(facts)
    assert answer.exit_code == 0, answer.output
    assert "限产 50%" in answer.output.replace("\n", "")
    assert "L12-38" in answer.output


def test_decisions_come_as_json_in_either_language(facts: Path) -> None:
    [document] = orjson.loads(decide(facts, "--format", "json", "--lang", "en").stdout)
    assert (document["status"], document["measures"][0]["cut_pct"]) == ("decided", "50")
    assert document["summary"].startswith("cut production by 50 %")


@pytest.mark.parametrize(("plan", "region", "industry"), SEVEN)
def test_each_of_the_seven_plans_decides_a_file(tmp_path: Path, plan: str, region: str, industry: str) -> None:
    file = tmp_path / "facts.yaml"
    file.write_text(f'sites: [{{region: "{region}", lines: [{{code: L, industry: {industry}}}]}}]', encoding="utf-8")
    given = ("--pack", plan, "--season", "2019", "--day", "2019-12-10", "--format", "json")
    answer = cuofeng("decide", *given, str(file))
    assert answer.exit_code == 0, answer.output
    documents = orjson.loads(answer.stdout)
    assert {one["pack"]["name"] for one in documents} == {plan}
    assert any(one["rules_examined"] for one in documents)


def test_several_plans_are_laid_over_each_other(facts: Path) -> None:
    facts.write_text('sites: [{region: "141002", lines: [{code: L, industry: cement}]}]', encoding="utf-8")
    plans = ("--pack", "linfen-twelve-industries", "--pack", "national-clinker")
    answer = cuofeng("decide", *plans, "--season", "2020", "--day", "2020-12-10", "--format", "json", str(facts))
    assert answer.exit_code == 0, answer.output
    (line,) = orjson.loads(answer.stdout)["constraints"]
    assert {one["name"] for one in line["packs"]} == {"linfen-twelve-industries", "national-clinker"}
    assert "insufficient_facts" in {one["standing"] for one in line["segments"]}


def test_an_unknown_fact_is_named_with_its_place(facts: Path) -> None:
    facts.write_text(FACTS.replace("燃料", "燃枓"), encoding="utf-8")
    answer = decide(facts)
    assert answer.exit_code == 2
    assert "燃枓" in answer.output


def test_an_unknown_pack_is_refused(facts: Path) -> None:
    answer = cuofeng("decide", "--pack", "nowhere", "--season", "2019", "--day", "2019-12-10", str(facts))
    assert answer.exit_code == 2
    assert "nowhere" in answer.output


def test_a_wrong_pack_is_told_every_reason_with_its_line(tmp_path: Path) -> None:
    file = tmp_path / "small-town.yaml"
    file.write_text(PACK.replace("cites: [ST-1], when", "cites: [ST-2], when"), encoding="utf-8")
    answer = cuofeng("check-pack", "--format", "json", str(file))
    report = orjson.loads(answer.stdout)
    assert (answer.exit_code, report["passes"]) == (1, False)
    found = {(one["code"], one["line"]) for one in report["findings"] if one["severity"] == "error"}
    assert {("provision_unknown", 16), ("provision_without_object", 9)} <= found
    assert "day_count" in {code for code, _ in found}


def test_a_wrong_day_count_is_told_with_the_right_one(tmp_path: Path) -> None:
    file = tmp_path / "small-town.yaml"
    file.write_text(PACK, encoding="utf-8")
    answer = cuofeng("check-pack", "--lang", "en", str(file))
    assert answer.exit_code == 1
    assert "151 / 152" in answer.output


def test_a_new_pack_passes_as_it_is_and_no_change_to_it_goes_unnoticed(tmp_path: Path) -> None:
    file = tmp_path / "our-county.yaml"
    written = cuofeng("new-pack", "our-county", "--out", str(file))
    assert written.exit_code == 0, written.output
    answer = cuofeng("check-pack", "--mutants", "--format", "json", str(file))
    report = orjson.loads(answer.stdout)
    assert (answer.exit_code, report["findings"], report["unnoticed_changes"]) == (0, [], [])
    assert report["scenarios"] > 0


def test_a_new_pack_brings_the_schemas_its_first_lines_name(tmp_path: Path) -> None:
    cuofeng("new-pack", "our-county", "--out", str(tmp_path / "our-county.yaml"))
    for file in ("our-county.yaml", "our-county.scenarios.yaml"):
        [schema] = re.findall(
            r"^# yaml-language-server: \$schema=(\S+)$", (tmp_path / file).read_text("utf-8"), re.MULTILINE
        )
        assert "properties" in orjson.loads((tmp_path / schema).read_bytes())


def test_a_new_pack_overwrites_nothing(tmp_path: Path) -> None:
    file = tmp_path / "our-county.yaml"
    file.write_text("mine", encoding="utf-8")
    answer = cuofeng("new-pack", "our-county", "--out", str(file))
    assert (answer.exit_code, file.read_text(encoding="utf-8")) == (2, "mine")
    assert [one.name for one in tmp_path.iterdir()] == ["our-county.yaml"]


def test_a_new_pack_needs_a_name_that_packs_can_have(tmp_path: Path) -> None:
    answer = cuofeng("new-pack", "我县", "--out", str(tmp_path / "ours.yaml"))
    assert (answer.exit_code, list(tmp_path.iterdir())) == (2, [])


def test_the_contract_is_printed() -> None:
    assert orjson.loads(cuofeng("openapi").stdout)["openapi"].startswith("3.1")


def test_the_sample_register_is_found_from_anywhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert (SAMPLES / "register" / "enterprise.csv").is_file()
