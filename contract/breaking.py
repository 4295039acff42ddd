"""Would a release break those who use the last one? Asked of optic, about the paths that changed."""

import json
import tempfile
from pathlib import Path
from typing import Any

from contract.tools import node, require, run

Document = dict[str, Any]


def broken(base: Document, head: Document) -> str | None:
    """What optic found, or None where only something was added."""
    require("node")
    changed = sorted(
        path for path in base["paths"].keys() | head["paths"].keys() if _part(base, path) != _part(head, path)
    )
    if not changed:
        return None
    with tempfile.TemporaryDirectory() as folder:
        files = [Path(folder, name) for name in ("released.json", "now.json")]
        for file, document in zip(files, (base, head), strict=True):
            kept = {path: document["paths"][path] for path in changed if path in document["paths"]}
            file.write_text(json.dumps(document | {"paths": kept}, indent=1), encoding="utf-8")
        told = run("env", "OPTIC_TELEMETRY_LEVEL=off", node("optic"), "diff", *files, "--check")
    return told.stdout if told.returncode else None


def _part(document: Document, path: str) -> tuple[Any, dict[str, Any]]:
    """A path with everything it refers to; optic takes most of a minute for the whole document."""
    item = document["paths"].get(path)
    seen: dict[str, Any] = {}
    waiting = [item]
    while waiting:
        node_ = waiting.pop()
        if isinstance(node_, list):
            waiting += node_
        elif isinstance(node_, dict):
            waiting += node_.values()
            reference = node_.get("$ref")
            if isinstance(reference, str) and reference not in seen:
                seen[reference] = _at(document, reference)
                waiting.append(seen[reference])
    return item, seen


def _at(document: Document, reference: str) -> Any:
    found: Any = document
    for step in reference.removeprefix("#/").split("/"):
        found = found[step]
    return found
