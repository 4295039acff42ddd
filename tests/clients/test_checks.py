"""The lint finds what is wrong with a document, and the comparison what breaks those who use it; neither cries wolf."""

import copy
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from contract.breaking import broken
from contract.linting import findings
from contract.tools import CONTRACT, TOOLS

Json = dict[str, Any]
PATH = "/v1/enterprises/{enterprise_id}/decisions"
pytestmark = pytest.mark.sdk


@pytest.fixture(scope="module", autouse=True)
def _tools() -> None:
    if not (TOOLS / "node_modules").exists():
        pytest.fail("openapi/tools/ has no node_modules; `make contract` installs them")


@pytest.fixture
def document() -> Json:
    """The contract with one of its paths."""
    whole: Json = json.loads(CONTRACT.read_text(encoding="utf-8"))
    whole.pop("webhooks")
    return whole | {"paths": {PATH: whole["paths"][PATH]}}


def model(document: Json, name: str) -> Json:
    found: Json = document["components"]["schemas"][name]
    return found


def lints(document: Json, folder: Path) -> set[str]:
    file = folder / "document.json"
    file.write_text(json.dumps(document), encoding="utf-8")
    return {one.rule for one in findings(file)}


def test_the_lint_finds_every_kind_of_fault(document: Json, tmp_path: Path) -> None:
    before = lints(document, tmp_path)
    decides, lists = document["paths"][PATH]["post"], document["paths"][PATH]["get"]
    decides["operationId"] = "decide_enterprise"
    decides["tags"] = ["decisions", "unheard-of"]
    del decides["description"]
    decides["requestBody"]["content"]["application/json"]["schema"] = {"type": "object", "properties": {}}
    lists["responses"]["200"]["content"]["application/json"]["schema"] = {"type": "object"}
    del lists["responses"]["default"]
    texts = {"type": "string"}
    model(document, "DecisionOut")["properties"] |= {
        "seen_at": texts,
        "camelCase": texts,
        "kind": {"type": "string", "enum": ["停产"]},
        "either": {"anyOf": [texts, {"type": "integer"}]},
    }
    assert lints(document, tmp_path) - before == {
        "cuofeng-operation-id-camel-case",
        "operation-singular-tag",
        "operation-tag-defined",
        "operation-description",
        "cuofeng-body-is-named",
        "cuofeng-answer-is-named",
        "cuofeng-refusals-are-problems",
        "cuofeng-instant-has-offset",
        "cuofeng-snake-case",
        "cuofeng-ascii-enum",
        "cuofeng-no-inline-union",
    }


def an_operation_goes(document: Json) -> None:
    del document["paths"][PATH]["get"]


def a_parameter_has_to_be_sent(document: Json) -> None:
    one = {"name": "why", "in": "query", "required": True, "schema": {"type": "string"}}
    document["paths"][PATH]["post"]["parameters"].append(one)


def a_field_has_to_be_sent(document: Json) -> None:
    model(document, "DecideRequest")["properties"]["why"] = {"type": "string"}
    model(document, "DecideRequest")["required"].append("why")


def a_field_of_an_answer_goes(document: Json) -> None:
    del model(document, "DecisionOut")["properties"]["summary"]
    model(document, "DecisionOut")["required"].remove("summary")


def a_field_of_an_answer_has_another_type(document: Json) -> None:
    model(document, "DecisionOut")["properties"]["summary"] = {"type": "integer"}


def a_value_may_no_longer_be_sent(document: Json) -> None:
    choice(document)["enum"].remove("strict")


def choice(document: Json) -> Json:
    """Of a parameter that the contract does not have: which values may be sent."""
    (one,) = (each for each in document["paths"][PATH]["post"]["parameters"] if each.get("name") == "manner")
    found: Json = one["schema"]
    return found


BREAKS = (
    an_operation_goes,
    a_parameter_has_to_be_sent,
    a_field_has_to_be_sent,
    a_field_of_an_answer_goes,
    a_field_of_an_answer_has_another_type,
    a_value_may_no_longer_be_sent,
)


@pytest.fixture
def released(document: Json) -> Json:
    one = {"name": "manner", "in": "query", "required": False, "schema": {"type": "string", "enum": ["lax", "strict"]}}
    document["paths"][PATH]["post"]["parameters"].append(one)
    return document


@pytest.mark.parametrize("change", BREAKS, ids=lambda change: change.__name__)
def test_a_break_is_found(released: Json, change: Callable[[Json], None]) -> None:
    now = copy.deepcopy(released)
    change(now)
    assert broken(released, now) is not None


def test_what_is_only_added_breaks_nobody(released: Json) -> None:
    now = copy.deepcopy(released)
    now["paths"]["/v1/more"] = copy.deepcopy(now["paths"][PATH])
    for method, item in now["paths"]["/v1/more"].items():
        item["operationId"] = f"{method}More"
    one = {"name": "why", "in": "query", "required": False, "schema": {"type": "string"}}
    now["paths"][PATH]["post"]["parameters"].append(one)
    choice(now)["enum"].append("middling")
    model(now, "DecideRequest")["properties"]["why"] = {"type": "string"}
    model(now, "DecisionOut")["properties"]["more"] = {"type": "string"}
    model(now, "DecisionOut")["required"].append("more")
    assert broken(released, now) is None


def test_nothing_changed_breaks_nobody(released: Json) -> None:
    assert broken(released, copy.deepcopy(released)) is None
