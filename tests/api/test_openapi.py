"""The public contract: valid, equal to what is committed, and free of what breaks generated clients."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import orjson
import pytest
from jsonschema import Draft202012Validator  # type: ignore[import-untyped]  # it ships no types
from openapi_spec_validator import OpenAPIV31SpecValidator

from app.api.openapi_sdk import for_generators
from app.api.v1.problems import every_refusal
from app.documents.workbook import XLSX
from app.domain.clients import SCOPES
from app.main import openapi_text
from tests.api.door import Door
from tests.api.pushing import Post

COMMITTED = Path(__file__).resolve().parents[2] / "openapi" / "v1.json"
METHODS = ("get", "post", "put", "patch", "delete")


@pytest.fixture(scope="module")
def spec() -> Any:
    """As committed, which the first test holds to what the code says."""
    return orjson.loads(COMMITTED.read_bytes())


def operations(spec: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    for path, methods in spec["paths"].items():
        yield from ((f"{method} {path}", methods[method]) for method in METHODS if method in methods)


def parameters(spec: dict[str, Any], operation: dict[str, Any]) -> Iterator[dict[str, Any]]:
    for one in operation.get("parameters", []):
        shared = one.get("$ref", "").removeprefix("#/components/parameters/")
        yield spec["components"]["parameters"][shared] if shared else one


def every_schema(node: Any) -> Iterator[dict[str, Any]]:
    if isinstance(node, dict):
        yield node
        for child in node.values():
            yield from every_schema(child)
    elif isinstance(node, list):
        for child in node:
            yield from every_schema(child)


def test_the_committed_contract_is_what_the_code_says() -> None:
    """When this fails on purpose: `cuofeng openapi --write`, and read the difference."""
    assert COMMITTED.read_text(encoding="utf-8") == openapi_text()


def test_the_contract_is_valid(spec: dict[str, Any]) -> None:
    OpenAPIV31SpecValidator(spec).validate()


def test_every_operation_has_a_name_of_its_own_and_one_tag(spec: dict[str, Any]) -> None:
    names = [operation["operationId"] for _, operation in operations(spec)]
    assert sorted(names) == sorted(set(names))
    assert all(name.isidentifier() and name.isascii() and name[0].islower() and "_" not in name for name in names)
    assert [name for name, operation in operations(spec) if len(operation["tags"]) != 1] == []


def test_every_schema_has_a_name_that_no_module_had_to_tell_apart(spec: dict[str, Any]) -> None:
    """Two models of one name get their modules' paths, and generated clients lose both."""
    assert [name for name in spec["components"]["schemas"] if "__" in name] == []


def test_every_refusal_is_declared_as_a_problem(spec: dict[str, Any]) -> None:
    for name, operation in operations(spec):
        assert list(operation["responses"]["default"]["content"]) == ["application/problem+json"], name
    assert not {"HTTPValidationError", "ValidationError"} & set(spec["components"]["schemas"])


def test_every_operation_says_which_scope_it_needs(spec: dict[str, Any]) -> None:
    public = {
        "/v1/oauth/token",
        "/v1/vocabulary",
        "/v1/problems",
        "/v1/problems/{code}",
        "/v1/events/types",
        "/v1/policy-packs/schema.json",
        "/v1/calendar-feeds/{secret}.ics",
    }
    for name, operation in operations(spec):
        if name.split()[1] in public or name.split()[1].startswith("/v1/public/"):
            continue
        (needed,) = operation["security"]
        assert set(needed["oauth2"]) <= set(SCOPES), name
    flow = spec["components"]["securitySchemes"]["oauth2"]["flows"]["clientCredentials"]
    assert set(flow["scopes"]) == set(SCOPES)


def test_headers_that_must_be_sent_are_required(spec: dict[str, Any]) -> None:
    found = {
        (parameter["name"], parameter.get("required", False))
        for _, operation in operations(spec)
        for parameter in parameters(spec, operation)
        if parameter["in"] == "header"
    }
    assert {("Idempotency-Key", True), ("If-Match", True)} <= found
    assert not {("Idempotency-Key", False), ("If-Match", False)} & found


def test_a_generated_client_can_name_the_person_of_every_write_and_of_no_read(spec: dict[str, Any]) -> None:
    for name, operation in operations(spec):
        names = {parameter["name"] for parameter in parameters(spec, operation)}
        of_a_caller = any("oauth2" in one for one in operation.get("security", []))
        writes = of_a_caller and not name.startswith("get ")
        assert ("On-Behalf-Of" in names) == writes, name


def test_nothing_is_said_in_a_way_that_breaks_generators(spec: dict[str, Any]) -> None:
    assert spec["info"]["title"].isascii()
    for schema in every_schema(spec):
        assert {"type": "null"} not in schema.get("anyOf", []) or any("$ref" in one for one in schema["anyOf"]), schema
        assert "prefixItems" not in schema
        assert all(str(value).isascii() for value in schema.get("enum", [])), schema
        for inner in (schema.get("properties") or {}).values():
            assert not isinstance(inner, dict) or "title" not in inner


def test_no_optional_parameter_is_nullable(spec: dict[str, Any]) -> None:
    for name, operation in operations(spec):
        for parameter in parameters(spec, operation):
            kind = parameter["schema"].get("type")
            assert kind != "null", name
            assert not isinstance(kind, list), name


def test_answers_have_no_optional_fields(spec: dict[str, Any]) -> None:
    """A field that may be missing makes every generated client check for it."""
    schemas = spec["components"]["schemas"]
    for name in [name for name in schemas if name.endswith(("Out", "Page"))]:
        assert set(schemas[name]["properties"]) == set(schemas[name]["required"]), name


async def test_a_receiver_reads_in_the_contract_what_it_will_get(spec: dict[str, Any], post: Post) -> None:
    body = spec["webhooks"]["event"]["post"]["requestBody"]["content"]["application/cloudevents+json"]["schema"]
    await post.subscribes()
    await post.happens(None, 1, type="warning.issued")
    await post.delivers()
    checks = Draft202012Validator({**body, "components": spec["components"]})
    assert [list(checks.iter_errors(one.event)) for one in post.receiver.got] == [[]]


def test_requests_refuse_unknown_fields(spec: dict[str, Any]) -> None:
    for name, operation in operations(spec):
        body = operation.get("requestBody", {}).get("content", {}).get("application/json", {}).get("schema", {})
        if "$ref" in body:
            schema = spec["components"]["schemas"][body["$ref"].rsplit("/", 1)[1]]
            # A list of alternatives refuses in each of them.
            assert schema.get("additionalProperties") is False or "oneOf" in schema, name


def test_every_operation_says_what_it_is_for(spec: dict[str, Any]) -> None:
    """Its docstring; `make contract` lints the rest."""
    assert [name for name, operation in operations(spec) if not operation.get("description")] == []


def test_an_instant_has_an_offset(spec: dict[str, Any]) -> None:
    for name, schema in spec["components"]["schemas"].items():
        for field, inner in schema.get("properties", {}).items():
            assert not field.endswith("_at") or inner.get("format") == "date-time", (name, field)


def test_a_union_has_a_name(spec: dict[str, Any]) -> None:
    """Only a named model may be null beside it."""
    for name, schema in spec["components"]["schemas"].items():
        for field, inner in schema.get("properties", {}).items():
            options = inner.get("anyOf", []) + inner.get("oneOf", [])
            assert not options or (len(options) == 2 and {"type": "null"} in options), (name, field)


def test_generators_get_every_operation_and_model_and_one_kind_of_file(spec: dict[str, Any]) -> None:
    copy = for_generators(spec | {"webhooks": {"listChanged": {}}})
    assert "webhooks" not in copy
    assert copy["components"] == spec["components"]
    assert [name for name, _ in operations(copy)] == [name for name, _ in operations(spec)]
    for name, operation in operations(copy):
        kinds = list(operation.get("requestBody", {}).get("content", {}))
        assert len([kind for kind in kinds if kind != "application/json"]) <= 1, name
    batch = copy["paths"]["/v1/feed/batches"]["post"]["requestBody"]["content"]
    assert list(batch) == ["application/octet-stream"]
    assert set(copy["paths"]["/v1/imports"]["post"]["requestBody"]["content"]) == {"application/json", XLSX}
    assert len(spec["paths"]["/v1/feed/batches"]["post"]["requestBody"]["content"]) == 5


async def test_the_docs_need_no_internet(door: Door) -> None:
    anyone = door.anyone()
    for page in ("/docs", "/redoc"):
        answer = await anyone.get(page)
        assert answer.status_code == 200
        assert "https://" not in answer.text.replace("https://fastapi.tiangolo.com", "")
    assert (await anyone.get("/static-offline-docs/swagger-ui-bundle.js")).status_code == 200


async def test_every_code_a_program_may_meet_is_documented(door: Door) -> None:
    for kind in every_refusal():
        assert (await door.anyone().get(f"/v1/problems/{kind.code}")).status_code == 200
