"""The public contract of the HTTP API, as the code defines it."""

from pathlib import Path
from typing import Annotated

import typer

from app.cli.screen import out
from app.main import openapi_text

CONTRACT = Path("openapi/v1.json")


def openapi(
    *, write: Annotated[bool, typer.Option("--write", help=f"Write it to {CONTRACT} instead of the screen.")] = False
) -> None:
    """Print the OpenAPI document, or write it to its place."""
    text = openapi_text()
    if write:
        CONTRACT.write_text(text, encoding="utf-8")
    else:
        out.file.write(text)
