"""A plan that is refused is refused with every reason at once, each at its line; the rest of it is still judged."""

from pathlib import Path

import orjson
import pytest
from typer.testing import CliRunner

from app.cli import cli
from app.documents.catalogue import base_catalogue
from app.documents.pack_check import Report, check_pack
from app.documents.pack_salvage import salvage
from app.documents.yaml_text import YamlRefused, read_yaml, survey_yaml
from tests.documents.test_pack import GRANTS, MILL, SCENARIOS, changed, line_of

BOMB = "a: &a [x, x, x, x, x, x, x, x, x, x]\n" + "".join(
    f"{name}: &{name} [{', '.join([f'*{before}'] * 10)}]\n" for before, name in zip("abcdef", "bcdefg", strict=True)
)
# An alias, a key that stands twice, an undeclared fact, a circle of groups and a class nothing reaches.
MANY = changed(
    ("issuer: {", "issuer: &office {"),
    ("season:\n", "note: *office\nseason:\n"),
    ("version: 1.0.0", "version: 1.0.0\nversion: 2.0.0"),
    (
        "  boilers: {zh: 锅炉组, level: unit, within: site, kinds: [boiler]}\n",
        (
            "  boilers: {zh: 锅炉组, level: unit, within: site, kinds: [boiler], includes: [kilns]}\n"
            "  kilns: {zh: 窑炉组, level: unit, within: site, kinds: [kiln], includes: [boilers]}\n"
        ),
    ),
    (
        "rules:\n",
        "gates:\n  - {id: M-01.gate, cites: [M-01], readings: [R-1], when: {if: dust_hod}, then: remediate}\nrules:\n",
    ),
    (
        "      - id: M-03\n        class: II\n        cites: [M-03]\n        then: stop\n",
        (
            "      - id: M-03\n        class: II\n        cites: [M-03]\n        then: stop\n"
            "      - {id: M-03.third, class: III, cites: [M-03], then: stop}\n"
        ),
    ),
    ("lowest: II", "lowest: III"),
)
WRONG = changed(("days: 121", "days: 122"), text=SCENARIOS)
REASONS = [
    ("alias", "issuer: &office"),
    ("alias", "note: *office"),
    ("key_twice", "version: 2.0.0"),
    ("leaf", "dust_hod"),
    ("cyclic", "boilers: {zh"),
    ("unreachable", "id: M-03.third"),
]


def check(text: str, scenarios: str | None = None) -> Report:
    return check_pack(text, scenarios, base_catalogue())


def codes(report: Report) -> list[tuple[str, int]]:
    return [(one.finding.code, one.line) for one in report.placed]


def test_all_six_reasons_come_in_one_report() -> None:
    report = check(MANY, WRONG)
    assert {(code, line_of(part, MANY)) for code, part in REASONS} <= set(codes(report))
    assert ([one.what for one in report.differences], report.passes, report.pack) == (["measures"], False, None)


def test_all_six_reasons_are_told_on_the_command_line(tmp_path: Path) -> None:
    file = tmp_path / "many.yaml"
    file.write_text(MANY, encoding="utf-8")
    file.with_name("many.scenarios.yaml").write_text(WRONG, encoding="utf-8")
    answer = CliRunner().invoke(cli, ["check-pack", "--format", "json", str(file)])
    told = orjson.loads(answer.stdout)
    assert {(code, line_of(part, MANY)) for code, part in REASONS} <= {
        (one["code"], one["line"]) for one in told["findings"]
    }
    assert all(one["mend"]["zh"] and one["mend"]["en"] for one in told["findings"])
    assert ([one["line"] for one in told["failures"]], answer.exit_code) == (
        [line_of("name: A mill without", WRONG)],
        1,
    )


def test_what_is_only_an_echo_of_a_reason_is_not_told() -> None:
    known = {code for code, _ in REASONS} | {"shape"}
    assert {code for code, _ in codes(check(MANY, WRONG))} == known


@pytest.mark.parametrize(
    "edit",
    [
        ("if: dust_hood", "if: dust_hod"),
        ("        then: stop", "        then: halt"),
        ("version: 1.0.0", "version: one"),
        ("lowest: II", "lowest: III"),
        ("season:\n", "seasons: []\nseason:\n"),
        ("zh: 集尘罩,", "zh: 集尘罩, extra: 1,"),
        ("relations:\n", GRANTS % ("listing", "dust_hod")),
    ],
)
def test_what_is_left_of_a_plan_is_linted_all_the_same(edit: tuple[str, str]) -> None:
    text = changed(edit, ("printed_days: 121", "printed_days: 100"))
    assert ("day_count", line_of("printed_days: 100", text)) in codes(check(text, SCENARIOS))


@pytest.mark.parametrize("also", [(), (("lowest: II", "lowest: III"),)], ids=["alone", "beside another reason"])
def test_an_act_that_grants_what_is_no_fact_is_left_out_of_nothing_else(also: tuple[tuple[str, str], ...]) -> None:
    uncarried = ("excused: {zh: 口号。, en: A slogan.}", "excused: null")
    text = changed(("relations:\n", GRANTS % ("listing", "dust_hod")), uncarried, *also)
    report = check(text, SCENARIOS)
    assert {
        ("grant_unknown", line_of("grants: dust_hod", text)),
        ("provision_without_object", line_of("id: M-04", text)),
    } == {found for found in codes(report) if found[0] != "class_unknown"}
    assert (list(report.differences), report.scenarios) == ([], 2)


def test_an_industry_in_scope_that_no_rule_speaks_of_is_found() -> None:
    text = changed(("industries:\n", "industries:\n  forge: {name: {zh: 锻造, en: forges}, tags: [forge]}\n"))
    assert codes(check(text, SCENARIOS)) == [("industry_without_rule", line_of("forge: {name", text))]


def test_a_scenario_that_waits_for_what_cannot_be_read_is_not_held_against_the_plan() -> None:
    report = check(changed(("if: dust_hood", "if: dust_hod")), SCENARIOS)
    assert ({code for code, _ in codes(report)}, list(report.differences)) == ({"leaf"}, [])


def test_a_scenario_that_fails_however_it_is_read_is_told() -> None:
    report = check(changed(("if: dust_hood", "if: dust_hod")), WRONG)
    assert [one.what for one in report.differences] == ["measures"]


def test_a_reason_behind_a_reason_is_told_too() -> None:
    text = changed(("version: 1.0.0", "version: one"), ("if: dust_hood", "if: dust_hod"))
    assert {code for code, _ in codes(check(text))} == {"shape", "leaf"}


def test_a_reason_after_a_part_that_was_set_aside_keeps_its_line() -> None:
    text = changed(
        ("  - {id: M-01, place", "  - {id: M-00, place: x}\n  - {id: M-01, place"), ("- {id: M-04, place: 三, kind: G", "- {id: M-04, place: 三, kind: Q"),
    )  # fmt: skip
    shapes = [line for code, line in codes(check(text)) if code == "shape"]
    assert set(shapes) == {line_of("id: M-00", text), line_of("kind: Q", text)}


@pytest.mark.parametrize(
    "data", [None, 5, "x", [], {}, {"pack": 1}, {"rules": [{"ladder": 3}]}, {"season": {"a": [1]}}]
)
def test_what_is_no_plan_at_all_leaves_nothing(data: object) -> None:
    left = salvage(data, base_catalogue())
    assert (left.pack, bool(left.findings)) == (None, True)


def test_a_survey_reads_on_with_the_first_value_and_a_copy() -> None:
    text, defects = survey_yaml("a: &x {b: 1}\nc: *x\nd: 1\nd: 2\ne: {<<: *x, f: 3}\n")
    assert text.data == {"a": {"b": 1}, "c": {"b": 1}, "d": 1, "e": {"f": 3, "b": 1}}
    assert [(one.code, one.line) for one in defects] == [
        ("alias", 1),
        ("alias", 2),
        ("key_twice", 4),
        ("alias", 5),
        ("alias", 5),
    ]
    assert all(one.zh and one.en for one in defects)


def test_a_plain_text_has_no_defects_and_reads_alike() -> None:
    text, defects = survey_yaml(MILL)
    assert (text, defects) == (read_yaml(MILL), [])


@pytest.mark.parametrize(
    "text",
    [BOMB, "a: &a [*a]\n", "a: &a {b: *a}\n", "a: *nowhere\n", "x" * 1_000_001, "[" * 100 + "]" * 100, "a: !!str 1\n"],
    ids=lambda text: text[:12],
)
def test_a_survey_stops_hard_where_it_must(text: str) -> None:
    with pytest.raises(YamlRefused):
        survey_yaml(text)
    assert [one.finding.code for one in check(text).placed] == ["yaml"]
