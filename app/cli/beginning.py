"""A new pack to begin with."""

import re
from pathlib import Path
from typing import Annotated

import typer

from app.cli.screen import complain, out
from app.documents.new_pack import editor_schemas, new_pack

_NAME = re.compile(r"[a-z][a-z0-9-]{2,59}")


def new_pack_file(
    name: Annotated[str, typer.Argument(help="The plan's name: lower-case letters, digits and hyphens.")],
    out_file: Annotated[
        Path | None, typer.Option("--out", help="Where the pack is written; NAME.yaml if not given.")
    ] = None,
) -> None:
    """Write a pack that passes check-pack and explains its parts, with scenarios and schemas for editors beside it."""
    if _NAME.fullmatch(name) is None:
        complain(f"{name}: a name is 3 to 60 lower-case letters, digits and hyphens and begins with a letter")
        raise typer.Exit(2)
    file = out_file or Path(f"{name}.yaml")
    beside = file.with_name(f"{file.stem}.scenarios.yaml")
    if taken := [one for one in (file, beside) if one.exists()]:
        complain(*(f"{one} is there already; nothing was written" for one in taken))
        raise typer.Exit(2)
    pack, scenarios = new_pack(name)
    try:
        file.write_text(pack, encoding="utf-8")
        beside.write_text(scenarios, encoding="utf-8")
        for schema, text in editor_schemas().items():
            file.with_name(schema).write_text(text, encoding="utf-8")
    except OSError as error:
        complain(str(error))
        raise typer.Exit(2) from error
    out.print(f"{file}\n{beside}", markup=False, soft_wrap=True)
    out.print(f"cuofeng check-pack {file}", markup=False, soft_wrap=True)
