"""Reports as SARIF 2.1.0: what editors and code hosts rely on is there, for every finding and failing scenario."""

from pathlib import Path, PurePosixPath
from typing import Any

import orjson
import pytest
from typer.testing import CliRunner

from app.cli import cli
from app.documents.catalogue import base_catalogue
from app.documents.finding_codes import finding_codes
from app.documents.pack_check import check_pack
from app.documents.sarif import sarif_of
from app.domain.errors import Language
from tests.documents.test_pack import MILL, changed, line_of
from tests.documents.test_refusals import MANY, WRONG

FILES = {"pack": PurePosixPath("packs/某 县.yaml"), "scenarios": PurePosixPath("packs/某 县.scenarios.yaml")}


def sarif(text: str, scenarios: str | None, language: Language = "zh") -> dict[str, Any]:
    report = check_pack(text, scenarios, base_catalogue())
    return sarif_of(report, files=FILES, version="1.2.3", language=language)


def test_the_log_names_its_version_its_schema_and_its_tool() -> None:
    log = sarif(MANY, WRONG)
    driver = log["runs"][0]["tool"]["driver"]
    assert (log["version"], log["$schema"].endswith("sarif-schema-2.1.0.json"), len(log["runs"])) == ("2.1.0", True, 1)
    assert (driver["name"], driver["semanticVersion"]) == ("cuofeng", "1.2.3")


@pytest.mark.parametrize("language", ["zh", "en"])
def test_every_result_has_a_rule_with_help_a_level_a_message_and_a_place(language: Language) -> None:
    run = sarif(MANY, WRONG, language)["runs"][0]
    rules = run["tool"]["driver"]["rules"]
    assert len({rule["id"] for rule in rules}) == len(rules)
    for rule in rules:
        assert rule["help"]["text"] == finding_codes()[rule["id"]].mend[language]
        assert rule["shortDescription"]["text"] == finding_codes()[rule["id"]].name[language]
        assert rule["defaultConfiguration"]["level"] in {"error", "warning", "note"}
    for result in run["results"]:
        place = result["locations"][0]["physicalLocation"]
        assert rules[result["ruleIndex"]]["id"] == result["ruleId"]
        assert result["level"] in {"error", "warning", "note"}
        assert result["message"]["text"]
        assert (
            run["artifacts"][place["artifactLocation"]["index"]]["location"]["uri"] == place["artifactLocation"]["uri"]
        )
        assert place["region"]["startLine"] >= 1
        assert result["partialFingerprints"]


def test_a_finding_stands_in_the_pack_and_a_failing_scenario_in_its_own_file() -> None:
    places = {
        result["ruleId"]: result["locations"][0]["physicalLocation"]
        for result in sarif(MANY, WRONG)["runs"][0]["results"]
    }
    assert places["key_twice"]["region"]["startLine"] == line_of("version: 2.0.0", MANY)
    assert places["scenario_fails"]["region"]["startLine"] == line_of("name: A mill without", WRONG)
    assert "%20%E5%8E%BF.yaml" in places["key_twice"]["artifactLocation"]["uri"]
    assert "%20%E5%8E%BF.scenarios.yaml" in places["scenario_fails"]["artifactLocation"]["uri"]


def test_a_plan_without_findings_is_a_run_without_results() -> None:
    run = sarif(MILL, None)["runs"][0]
    assert (run["results"], run["tool"]["driver"]["rules"]) == ([], [])


def test_the_command_line_writes_sarif(tmp_path: Path) -> None:
    file = tmp_path / "mill.yaml"
    file.write_text(changed(("printed_days: 121", "printed_days: 100")), encoding="utf-8")
    answer = CliRunner().invoke(cli, ["check-pack", "--format", "sarif", "--lang", "en", str(file)])
    [result] = orjson.loads(answer.stdout)["runs"][0]["results"]
    assert (result["ruleId"], result["level"], answer.exit_code) == ("day_count", "error", 1)
    assert result["locations"][0]["physicalLocation"]["artifactLocation"]["uri"] == file.as_uri()
    assert result["message"]["text"].endswith("→ write 121 / 122 days")
