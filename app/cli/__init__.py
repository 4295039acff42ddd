"""The command line: what operators and newcomers do without HTTP."""

import sys

import typer
from pydantic import ValidationError

from app.cli.commands import Commands
from app.cli.screen import complain
from app.domain.errors import Mendable, Refusal

cli = typer.Typer(
    name="cuofeng",
    cls=Commands,
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_show_locals=False,
)


@cli.callback()
def _cuofeng() -> None:
    """Staggered production plans as data: what must stop or be cut, when, and why."""


def main() -> None:
    """Say in one sentence what is wrong, where a person can mend it."""
    try:
        cli()
    except ValidationError as wrong:
        complain(*(_setting(error["loc"], error["msg"]) for error in wrong.errors(include_input=False)))
    except Refusal as refused:
        complain(refused.message("en"), *(f"{error.pointer}: {error.en}" for error in refused.errors[:20]))
    except Mendable as failed:
        complain(str(failed))
    sys.exit(1)


def _setting(place: tuple[int | str, ...], message: str) -> str:
    name = f"CUOFENG_{str(place[0]).upper()}: " if place else ""
    return name + message
