"""The same first day in each generated client, against the service itself on a port."""

import asyncio
import json
from asyncio.subprocess import PIPE
from dataclasses import asdict
from pathlib import Path
from typing import Any

import pytest

from contract.tools import SDK, SDK_BIN, TOOLS, node
from tests.api.feeding import point_file
from tests.clients.conftest import Service

HERE = Path(__file__).parent
pytestmark = [pytest.mark.sdk, pytest.mark.xdist_group("clients"), pytest.mark.timeout(300)]


async def test_openapi_python_client_lives_through_a_first_day(service: Service) -> None:
    name = "openapi-python-client"
    await a_first_day(service, name, *python(name, "first_day_client.py"))


async def test_openapi_generator_lives_through_a_first_day(service: Service) -> None:
    name = "openapi-generator"
    await a_first_day(service, name, *python(name, "first_day_generated.py"))


async def test_openapi_typescript_lives_through_a_first_day(service: Service, tmp_path: Path) -> None:
    await compiles(tmp_path)
    await a_first_day(service, "openapi-typescript", "node", str(tmp_path / "first_day.js"))


async def test_a_name_the_contract_does_not_know_does_not_compile(generated: None, tmp_path: Path) -> None:
    script = (HERE / "first_day.ts").read_text(encoding="utf-8").replace("decided.summary", "decided.sumary")
    with pytest.raises(AssertionError, match="'sumary' does not exist"):
        await compiles(tmp_path, script)


async def a_first_day(service: Service, name: str, *command: str) -> None:
    """What every client has to see; the last row of its file is none."""
    rows = [(name, f"2019-12-21T{hour:02}:15:00+08:00", "12.5") for hour in range(5)]
    csv = point_file(*rows, (name, "2019-12-21T05:15:00+08:00", "much"))
    code = name.upper()
    said = await runs(*command, given=json.dumps({**asdict(service), "code": code, "csv": csv}))
    saw: dict[str, Any] = json.loads(said)
    codes = saw.pop("codes")
    decision = ["decided", "2019-10-21 至 2020-03-31（163 天）停产 30 天"]
    assert saw == {
        "asserted": ["performance_grade", "B"],
        "decided": decision,
        "explained": decision,
        "unknown": [404, "enterprise_unknown"],
        "changed": "新名",
        "stale": [412, "enterprise_stale"],
        "report": [6, 5, [[7, "value_invalid"]]],
    }
    assert {"W", code} <= set(codes)
    assert len(codes) == len(set(codes))


def python(client: str, script: str) -> tuple[str, ...]:
    return "env", f"PYTHONPATH={SDK / client}", str(SDK_BIN / "python"), str(HERE / script)


async def compiles(folder: Path, script: str | None = None) -> None:
    """Under the strict settings of openapi/tools, beside the types and the libraries."""
    text = script or (HERE / "first_day.ts").read_text(encoding="utf-8")
    (folder / "first_day.ts").write_text(text, encoding="utf-8")
    (folder / "cuofeng.d.ts").write_bytes((SDK / "openapi-typescript" / "cuofeng.d.ts").read_bytes())
    (folder / "package.json").write_text('{"type": "module"}', encoding="utf-8")
    (folder / "node_modules").symlink_to(TOOLS / "node_modules")
    settings = {"extends": str(TOOLS / "tsconfig.json"), "compilerOptions": {"noEmitOnError": True}}
    (folder / "tsconfig.json").write_text(json.dumps(settings), encoding="utf-8")
    await runs(node("tsc"), "--project", str(folder))


async def runs(*command: str, given: str = "") -> str:
    """What it said; the service answers meanwhile, in a thread of its own."""
    process = await asyncio.create_subprocess_exec(*command, stdin=PIPE, stdout=PIPE, stderr=PIPE)
    said, wrong = (stream.decode() for stream in await process.communicate(given.encode()))
    assert process.returncode == 0, said + wrong
    return said
