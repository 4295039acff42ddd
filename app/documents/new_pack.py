"""A pack to begin with: a small plan that passes, every part explained, with its scenarios and the schemas for editors."""

from importlib.resources import files

import orjson

from app.documents.pack_schema import pack_schema
from app.documents.scenarios import ScenariosShape

# The templates bear this where the new plan's name goes; no pack can be named so.
_NAME = "PACK-NAME"


def new_pack(name: str) -> tuple[str, str]:
    """A pack of this name and its scenarios, as texts."""
    pack, scenarios = (
        (files("app.documents") / f"new_pack{kind}.yaml").read_text(encoding="utf-8").replace(_NAME, name)
        for kind in ("", ".scenarios")
    )
    return pack, scenarios


def editor_schemas() -> dict[str, str]:
    """The JSON Schemas that the first lines of a new pack and its scenarios name, by file name."""
    schemas = {"policy-pack": pack_schema(), "policy-pack-scenarios": ScenariosShape.model_json_schema(by_alias=True)}
    return {
        f"{name}.schema.json": orjson.dumps(schema, option=orjson.OPT_INDENT_2).decode() + "\n"
        for name, schema in schemas.items()
    }
