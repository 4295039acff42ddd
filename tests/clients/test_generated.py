"""Every operation is in every generated client, and generating fails where one would be lost."""

import json
from pathlib import Path
from typing import Any

import pytest

from app.main import openapi_text_for_generators
from contract.generating import DOCUMENT, FOUND, generate, operations
from contract.tools import SDK

pytestmark = [pytest.mark.sdk, pytest.mark.usefixtures("generated")]


def a_document(**operation: Any) -> dict[str, Any]:
    """One path whose two operations are plain but for what is said here."""
    plain = {"tags": ["things"], "responses": {"204": {"description": "Done."}}}
    path = {"get": plain | {"operationId": "getThing"}, "post": plain | {"operationId": "makeThing"} | operation}
    return {"openapi": "3.1.0", "info": {"title": "Things", "version": "1"}, "paths": {"/things": path}}


def test_the_clients_are_those_of_this_contract() -> None:
    """When this fails: `make sdk`."""
    assert json.loads((SDK / DOCUMENT).read_text(encoding="utf-8")) == json.loads(openapi_text_for_generators())


@pytest.mark.parametrize("name", FOUND)
def test_every_operation_is_in_the_client(name: str) -> None:
    wanted = operations(json.loads(openapi_text_for_generators()))
    assert len(wanted) > 200
    assert wanted - FOUND[name](SDK / name) == set()


def test_an_operation_that_a_generator_leaves_out_ends_the_generation(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    unknown = {"content": {"application/x-unheard-of": {"schema": {"type": "string"}}}}
    with pytest.raises(SystemExit):
        generate(a_document(requestBody=unknown), tmp_path)
    assert "POST /things" in capsys.readouterr().err


def test_an_operation_that_has_another_name_afterwards_ends_the_generation(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit):
        generate(a_document(operationId="make_thing"), tmp_path)
    assert capsys.readouterr().err == "openapi-python-client has no make_thing\n"
