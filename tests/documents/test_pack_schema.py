"""The JSON Schema an editor fetches: it accepts what is a pack, names what is none, and speaks of every section."""

from importlib.resources import files
from typing import Any

import orjson
import pytest
from jsonschema import Draft202012Validator  # type: ignore[import-untyped]  # it ships no types

from app.documents.catalogue import NOT_A_PACK
from app.documents.pack_schema import pack_schema
from app.documents.yaml_text import read_yaml

PACKS = sorted(
    entry.name
    for entry in files("app.packs").iterdir()
    if entry.name.endswith(".yaml") and not entry.name.endswith(".scenarios.yaml") and entry.name not in NOT_A_PACK
)


def plain(name: str) -> Any:
    # A day as YAML reads it is text in JSON.
    return orjson.loads(orjson.dumps(read_yaml((files("app.packs") / name).read_text(encoding="utf-8")).data))


def test_it_is_a_schema_of_the_dialect_it_names_and_claims_no_address() -> None:
    Draft202012Validator.check_schema(pack_schema())
    assert pack_schema()["$schema"] == Draft202012Validator.META_SCHEMA["$id"]
    assert "$id" not in pack_schema()


@pytest.mark.parametrize("name", PACKS)
def test_every_shipped_pack_is_valid(name: str) -> None:
    wrong = [
        f"{list(error.path)}: {error.message}" for error in Draft202012Validator(pack_schema()).iter_errors(plain(name))
    ]
    assert wrong == []


@pytest.mark.parametrize(("key", "value"), [("version", "one"), ("rulez", []), ("nature", "winter"), ("gates", {})])
def test_what_is_no_pack_is_not(key: str, value: object) -> None:
    assert not Draft202012Validator(pack_schema()).is_valid(plain(PACKS[0]) | {key: value})


def test_every_section_is_described_and_every_example_is_valid() -> None:
    properties = pack_schema()["properties"]
    assert [name for name, field in properties.items() if not field.get("description")] == []
    for name, field in properties.items():
        validator = Draft202012Validator({**field, "$defs": pack_schema()["$defs"]})
        for example in field.get("examples", []):
            assert [error.message for error in validator.iter_errors(example)] == [], name
