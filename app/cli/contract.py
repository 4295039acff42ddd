"""The public contract of the HTTP API, as the code defines it."""

from pathlib import Path
from typing import Annotated

import typer

from app.cli.screen import out
from app.main import openapi_text, openapi_text_for_generators

CONTRACT = Path("openapi/v1.json")


def openapi(
    *,
    write: Annotated[bool, typer.Option("--write", help=f"Write it to {CONTRACT} instead of the screen.")] = False,
    sdk: Annotated[bool, typer.Option("--sdk", help="Print what generators of clients read, see `make sdk`.")] = False,
) -> None:
    """Print the OpenAPI document, or write it to its place."""
    if write:
        CONTRACT.write_text(openapi_text(), encoding="utf-8")
    else:
        out.file.write(openapi_text_for_generators() if sdk else openapi_text())
