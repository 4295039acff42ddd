"""The document for generators of clients: the public contract without what makes them lose operations or write code that fails."""

from typing import Any

Schema = dict[str, Any]
JSON, OCTETS = "application/json", "application/octet-stream"


def for_generators(contract: Schema) -> Schema:
    """A copy with the same operations and models; what it leaves out stands at each function."""
    kept = {key: value for key, value in contract.items() if key != "webhooks"}
    paths = {path: {key: _operation(part) for key, part in item.items()} for path, item in contract["paths"].items()}
    return kept | {"paths": paths}


def _operation(part: Any) -> Any:
    if not isinstance(part, dict) or "requestBody" not in part:
        return part
    body = part["requestBody"]
    return part | {"requestBody": body | {"content": one_way(body["content"])}}


def one_way(content: Schema) -> Schema:
    """A named model as JSON, and one kind of file.

    openapi-python-client tells bodies apart by their type: of several kinds of files the last one wins, and beside
    a JSON array it writes an `isinstance` that Python refuses. A file of any kind goes as octets, its kind in `format`.
    """
    files = sorted(kind for kind in content if kind != JSON)
    if not files:
        return content
    file = OCTETS if OCTETS in files else files[0]
    named = {JSON: content[JSON]} if "$ref" in content.get(JSON, {}).get("schema", {}) else {}
    return named | {file: content[file]}
