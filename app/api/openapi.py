"""The public contract: OpenAPI 3.1 as FastAPI writes it, mended where that breaks generated clients."""

from collections.abc import Callable, Iterator
from copy import deepcopy
from typing import Any

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi
from fastapi.routing import APIRoute, RouteContext, iter_route_contexts
from pydantic import BaseModel

from app.api.event_bodies import WEBHOOKS
from app.api.idempotency import idempotency_key
from app.api.preconditions import if_match
from app.api.problems import MEDIA_TYPE, Problem
from app.api.security import Caller
from app.domain.clients import SCOPES

Schema = dict[str, Any]
METHODS = ("get", "post", "put", "patch", "delete")
ON_BEHALF_OF: Schema = {
    "name": "On-Behalf-Of",
    "in": "header",
    "description": "The person who decides, as name=…; office=… (both percent-encoded); only from a client trusted to "
    "name persons. Acts reserved to a person are refused without it (person_required).",
    "schema": {"type": "string", "examples": ["name=%E5%BC%A0%E4%B8%89; office=%E5%B1%80%E9%95%BF"]},
}
DESCRIPTION = """错峰：把政府的错峰生产方案变成每条生产线的可解释决定——停什么、限多少、何时、依据哪一条。

Instants carry an offset; civil days are days in Asia/Shanghai. Unknown fields of a request are refused;
readers must ignore fields of an answer they do not know. Every refusal is a problem document (RFC 9457) with a
stable `code`, listed at `/v1/problems`; explanations are Chinese unless `Accept-Language` prefers English.
"""


def document(app: FastAPI) -> Schema:
    """The document that is committed as openapi/v1.json."""
    if app.openapi_schema is None:
        app.openapi_schema = mended(app)
    return app.openapi_schema


def mended(app: FastAPI) -> Schema:
    spec = get_openapi(
        title="Cuofeng API",
        version="1.0.0",
        openapi_version="3.1.0",
        description=DESCRIPTION,
        routes=app.routes,
        separate_input_output_schemas=False,
    )
    spec["info"]["license"] = {"name": "Apache-2.0", "identifier": "Apache-2.0"}
    spec["info"]["contact"] = {"name": "Whoever runs this service"}
    spec["servers"] = [{"url": "/"}]
    spec["webhooks"] = deepcopy(WEBHOOKS)
    schemas = spec.setdefault("components", {}).setdefault("schemas", {})
    for unused in ("HTTPValidationError", "ValidationError"):
        schemas.pop(unused, None)
    for model in (Problem, *app.state.extra_bodies):
        add_model(schemas, model)
    contexts = {operation_id(context): context for context in api_routes(app)}
    for operation in operations(spec):
        mend_operation(operation, contexts[operation["operationId"]])
    walk(spec, tidy)
    spec["components"]["securitySchemes"] = security_schemes()
    spec["components"]["parameters"] = {"OnBehalfOf": ON_BEHALF_OF}
    spec["tags"] = [{"name": name} for name in sorted({tag for one in operations(spec) for tag in one["tags"]})]
    return spec


def api_routes(app: FastAPI) -> Iterator[RouteContext]:
    for context in iter_route_contexts(app.routes):
        if isinstance(context.original_route, APIRoute) and context.original_route.include_in_schema:
            yield context


def operation_id(context: RouteContext) -> str:
    return str(context.unique_id)


def operations(spec: Schema) -> Iterator[Schema]:
    for path in spec["paths"].values():
        yield from (path[method] for method in METHODS if method in path)


def add_model(schemas: Schema, model: type[BaseModel]) -> None:
    """A body FastAPI does not see by itself: problems, and what a route reads on its own."""
    schema = model.model_json_schema(ref_template="#/components/schemas/{model}")
    for name, inner in schema.pop("$defs", {}).items():
        schemas.setdefault(name, inner)
    schemas.setdefault(model.__name__, schema)


def mend_operation(operation: Schema, context: RouteContext) -> None:
    dependencies = set(calls(context))
    scopes = [call.scope for call in dependencies if isinstance(call, Caller)]
    if scopes:
        operation["security"] = [{"oauth2": [scope for scope in scopes if scope]}]
        if context.methods != {"GET"}:
            operation.setdefault("parameters", []).append({"$ref": "#/components/parameters/OnBehalfOf"})
    required = {
        "idempotency-key": idempotency_key in dependencies,
        "if-match": if_match in dependencies,
    }
    for parameter in (one for one in operation.get("parameters", []) if "schema" in one):
        parameter["schema"] = without_null(parameter["schema"])
        if required.get(parameter["name"].lower()):
            parameter["required"] = True
            parameter["name"] = {"idempotency-key": "Idempotency-Key", "if-match": "If-Match"}[
                parameter["name"].lower()
            ]
    operation["responses"].pop("422", None)
    operation["responses"]["default"] = {
        "description": "Refused: a problem document (RFC 9457).",
        "content": {MEDIA_TYPE: {"schema": {"$ref": "#/components/schemas/Problem"}}},
    }


def calls(context: RouteContext) -> Iterator[Any]:
    waiting = list(context.dependant.dependencies)
    while waiting:
        dependant = waiting.pop()
        yield dependant.call
        waiting += dependant.dependencies


def without_null(schema: Schema) -> Schema:
    """An optional parameter may be left out; it is never null."""
    options = [one for one in schema.get("anyOf", []) if one != {"type": "null"}]
    if len(options) != 1:
        return schema
    rest = {key: value for key, value in schema.items() if key != "anyOf"}
    return {**rest, **options[0]}


def walk(node: Any, change: Callable[[Schema], None]) -> None:
    if isinstance(node, dict):
        for child in node.values():
            walk(child, change)
        change(node)
    elif isinstance(node, list):
        for child in node:
            walk(child, change)


def tidy(schema: Schema) -> None:
    """`anyOf: [X, null]` becomes `type: [X, "null"]`; titles of properties, which become class names, go."""
    if isinstance(schema.get("properties"), dict):
        for property_schema in schema["properties"].values():
            property_schema.pop("title", None)
    if "schema" in schema and isinstance(schema["schema"], dict):
        schema["schema"].pop("title", None)
    options = schema.get("anyOf")
    if not isinstance(options, list) or len(options) != 2 or {"type": "null"} not in options:
        return
    option = next(one for one in options if one != {"type": "null"})
    if isinstance(option.get("type"), str):
        del schema["anyOf"]
        schema |= {**option, **schema, "type": [option["type"], "null"]}


def security_schemes() -> Schema:
    return {
        "oauth2": {
            "type": "oauth2",
            "flows": {
                "clientCredentials": {
                    "tokenUrl": "/v1/oauth/token",
                    "scopes": {scope: english for scope, (_, english) in sorted(SCOPES.items())},
                }
            },
        },
        "basic": {
            "type": "http",
            "scheme": "basic",
            "description": "client_id and client_secret, at the token endpoint.",
        },
    }
