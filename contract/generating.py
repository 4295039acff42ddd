"""Three clients from one document; a warning, or an operation or model that is not there afterwards, is a failure."""

import json
import re
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from contract.tools import SDK, SDK_BIN, TOOLS, give_up, node, require, run

METHODS = ("get", "post", "put", "patch", "delete")
DOCUMENT = "openapi.json"
# What openapi-generator says of every document of version 3.1, and where it writes Any for what may be anything.
EXPECTED = re.compile(
    r"OpenAPI 3\.1 support is still in beta"
    r"|Failed to get the schema name: null"
    r"|From \(reserved word\) cannot be used as model name\. Renamed to ModelFrom"
    r"|Codegen property is null \(e\.g\. map/dict of undefined type\)\. Default to typing\.Any\."
)
Client = Callable[[Path, Path], None]


def generate(document: dict[str, Any], into: Path = SDK) -> None:
    """Write the three clients anew; ends with what went wrong."""
    require("node", "java")
    into.mkdir(exist_ok=True)
    source = into / DOCUMENT
    source.write_text(json.dumps(document, ensure_ascii=False, indent=1), encoding="utf-8")
    for name, make in CLIENTS.items():
        shutil.rmtree(into / name, ignore_errors=True)
        make(source, into / name)
        missing = sorted(operations(document) - FOUND[name](into / name))
        if missing:
            give_up(f"{name} has no {', '.join(missing)}")


def operations(document: dict[str, Any]) -> set[str]:
    return {item[method]["operationId"] for item in document["paths"].values() for method in METHODS if method in item}


def openapi_python_client(source: Path, into: Path) -> None:
    program, config = SDK_BIN / "openapi-python-client", TOOLS / "openapi-python-client.yaml"
    told = run(program, "generate", "--path", source, "--config", config, "--output-path", into)
    if told.returncode or "WARNING" in told.stdout.upper():
        give_up("openapi-python-client:", told.stdout)


def openapi_generator(source: Path, into: Path) -> None:
    names = "packageName=cuofeng_generated,projectName=cuofeng-generated"
    program = SDK_BIN / "openapi-generator-cli"
    told = run(program, "generate", "-g", "python", "-i", source, "-o", into, f"--additional-properties={names}")
    warned = [
        line for line in told.stdout.splitlines() if re.search(r"\b(WARN|ERROR)\b", line) and not EXPECTED.search(line)
    ]
    if told.returncode or warned:
        give_up("openapi-generator:", *(warned or [told.stdout]))


def openapi_typescript(source: Path, into: Path) -> None:
    into.mkdir()
    told = run(node("openapi-typescript"), source, "-o", into / "cuofeng.d.ts")
    if told.returncode or re.search(r"warn|skip", told.stdout, flags=re.IGNORECASE):
        give_up("openapi-typescript:", told.stdout)


def in_modules(client: Path) -> set[str]:
    """openapi-python-client writes a module for each operation."""
    return {camel(path.stem) for path in client.glob("cuofeng_client/api/*/[!_]*.py")}


def in_methods(client: Path) -> set[str]:
    """openapi-generator writes three methods for each operation."""
    return {camel(name) for text in texts(client, "cuofeng_generated/api/*.py") for name in METHOD.findall(text)}


def in_types(client: Path) -> set[str]:
    """openapi-typescript writes a type for each operation."""
    (text,) = texts(client, "cuofeng.d.ts")
    return set(re.findall(r'operations\["(\w+)"\]', text))


def texts(client: Path, pattern: str) -> Iterator[str]:
    return (path.read_text(encoding="utf-8") for path in client.glob(pattern))


def camel(name: str) -> str:
    first, *rest = name.split("_")
    return first + "".join(word.capitalize() for word in rest)


METHOD = re.compile(r"^    def (\w+)_with_http_info\(", flags=re.MULTILINE)
CLIENTS: dict[str, Client] = {
    "openapi-python-client": openapi_python_client,
    "openapi-generator": openapi_generator,
    "openapi-typescript": openapi_typescript,
}
FOUND: dict[str, Callable[[Path], set[str]]] = {
    "openapi-python-client": in_modules,
    "openapi-generator": in_methods,
    "openapi-typescript": in_types,
}
