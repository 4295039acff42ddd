"""“Write a policy pack”: every example of the chapter is read, and its plan is checked like any other."""

import json
import re
from functools import cache
from typing import Any

import pytest

from app.documents.catalogue import base_catalogue
from app.documents.pack import PackText, read_pack
from app.documents.pack_check import Report, check_pack
from app.documents.pack_measure_shape import MeasureShape
from app.documents.pack_shape import PackShape
from app.documents.yaml_text import read_yaml
from app.domain.policies.measures import FREE_CODES
from tests.house.source import python_files, text

ENGLISH, CHINESE = "docs/write-a-policy-pack.md", "docs/write-a-policy-pack.zh.md"
chapters = pytest.mark.parametrize("chapter", [ENGLISH, CHINESE])
# Where a measure that changes another rule, or falls on people, has its place; the others may stand in any section.
PLACES = {"add": "adjustments", "transport": "transport"} | dict.fromkeys(
    ("lowest_class", "one_level_up", "make_up", "sanction"), "penalties"
)


@cache
def examples(chapter: str) -> list[tuple[str, Any]]:
    """Every fenced YAML block, as text and as data."""
    blocks = re.findall(r"^```yaml\n(.*?)^```$", text(chapter), flags=re.MULTILINE | re.DOTALL)
    return [(block, read_yaml(block).data) for block in blocks]


def sections(chapter: str) -> tuple[list[str], list[dict[str, Any]]]:
    """The blocks the chapter's plan is made of, and those that show another way to write a section it has."""
    plan: list[str] = []
    aside: list[dict[str, Any]] = []
    written: set[str] = set()
    for block, data in examples(chapter):
        if not isinstance(data, dict) or "scenarios" in data:
            continue
        if written.isdisjoint(data):
            plan.append(block)
        else:
            aside.append(data)
        written |= set(data)
    return plan, aside


@cache
def report(chapter: str) -> Report:
    [scenarios] = [block for block, data in examples(chapter) if "scenarios" in data]
    return check_pack("".join(sections(chapter)[0]), scenarios, base_catalogue())


@cache
def plan(chapter: str) -> dict[str, Any]:
    found: dict[str, Any] = read_yaml("".join(sections(chapter)[0])).data
    return found


def read_with(chapter: str, more: dict[str, Any]) -> PackText:
    """The chapter's plan with an example added to its sections; raises PackRefused."""
    data = dict(plan(chapter))
    for name, part in more.items():
        data[name] = {**data[name], **part} if isinstance(part, dict) else [*data[name], *part]
    # JSON is YAML too.
    return read_pack(json.dumps(data), base_catalogue())


def items(chapter: str, *, measures: bool) -> list[dict[str, Any]]:
    lists = [data for _, data in examples(chapter) if isinstance(data, list)]
    return [item for each in lists for item in each if ("then" in item) == measures]


def kinds(then: Any) -> list[str]:
    return list(then) if isinstance(then, dict | list) else [then]


@chapters
def test_the_plan_of_the_chapter_may_be_published(chapter: str) -> None:
    found = report(chapter)
    wrong = [one.finding for one in found.placed if one.finding.severity != "note"]
    assert [(finding.code, finding.rule, finding.en) for finding in wrong] == []
    assert [f"{one.scenario}: {one.what} {one.got} ≠ {one.expected}" for one in found.differences] == []
    assert found.passes
    assert found.scenarios > 0


@chapters
def test_every_section_a_pack_may_have_is_shown(chapter: str) -> None:
    # These are only spoken of: most plans do not write them.
    assert set(PackShape.model_fields) - set(plan(chapter)) == {"nature", "effective"}


@chapters
def test_every_other_way_to_write_a_section_is_read(chapter: str) -> None:
    aside = sections(chapter)[1]
    assert aside
    for data in aside:
        read_with(chapter, data)


@chapters
def test_every_condition_is_read(chapter: str) -> None:
    conditions = items(chapter, measures=False)
    assert conditions
    rules = [
        {"id": f"X-{number}", "cites": ["QS-03"], "when": when, "then": "normal"}
        for number, when in enumerate(conditions)
    ]
    read_with(chapter, {"gates": rules})


@chapters
def test_every_measure_is_read(chapter: str) -> None:
    rules: dict[str, list[dict[str, Any]]] = {"gates": [], **{place: [] for place in PLACES.values()}}
    for number, measure in enumerate(items(chapter, measures=True)):
        place = PLACES.get(kinds(measure["then"])[0], "gates")
        rules[place].append({"id": f"X-{number}", "cites": ["QS-03"], **measure})
    assert all(rules.values())
    read_with(chapter, rules)


@chapters
def test_every_kind_of_measure_is_shown(chapter: str) -> None:
    shown = {kind for item in items(chapter, measures=True) for kind in kinds(item["then"])}
    assert set(MeasureShape.model_fields) | set(FREE_CODES) | {"lowest_class"} <= shown


def test_both_languages_show_the_same_examples() -> None:
    assert [data for _, data in examples(ENGLISH)] == [data for _, data in examples(CHINESE)]


@chapters
def test_every_code_explained_is_one_that_check_pack_gives(chapter: str) -> None:
    [table] = re.findall(r"^\| (?:Code|代号) \|.*\n((?:\|.*\n)+)", text(chapter), flags=re.MULTILINE)
    codes = {code for row in table.splitlines() for code in re.findall(r"`([a-z_]+)`", row.split("|")[1])}
    source = "".join(path.read_text(encoding="utf-8") for path in python_files("app"))
    assert codes
    assert sorted(code for code in codes if f'"{code}"' not in source) == []


@chapters
def test_the_contents_lead_to_headings(chapter: str) -> None:
    headings = {
        re.sub(r"[^\w-]", "", heading.lower().replace(" ", "-"))
        for heading in re.findall(r"^## (.+)$", text(chapter), flags=re.MULTILINE)
    }
    assert set(re.findall(r"\]\(#([^)]+)\)", text(chapter))) == headings


@chapters
def test_the_readme_leads_to_the_chapter(chapter: str) -> None:
    assert f"({chapter})" in text("README.md")
