"""The commands by name: each is imported when it is called, so that none pays for the others."""

import gc
from collections.abc import Iterator
from contextlib import contextmanager
from importlib import import_module
from typing import Any, NamedTuple

import typer
from typer.core import TyperCommand, TyperGroup
from typer.main import get_group


class Listed(NamedTuple):
    """A line of `cuofeng --help`, and where the function or the group of commands is that it stands for."""

    module: str
    attribute: str
    help: str


COMMANDS = {
    "run": Listed(
        "app.cli.serving", "run", "Start everything on this machine, from an empty database to a served API."
    ),
    "serve": Listed("app.cli.serving", "serve", "Serve the API; jobs are left to `cuofeng worker`."),
    "worker": Listed(
        "app.cli.serving", "worker", "Work on jobs until told to stop; any number of workers share the work."
    ),
    "migrate": Listed("app.cli.database", "migrate", "Bring the database to the newest schema."),
    "load": Listed("app.cli.loading", "load", "Publish the packs that come with the service."),
    "stop": Listed("app.cli.stopping", "stop", "End the embedded database server, whoever started it; the data stays."),
    "openapi": Listed("app.cli.contract", "openapi", "Print the OpenAPI document, or write it to its place."),
    "decide": Listed("app.cli.deciding", "decide", "Decide a file of facts under a pack; needs no database."),
    "verify": Listed(
        "app.cli.verifying",
        "verify",
        "Replay every stored decision and settlement, check every hash; exits with 1 if anything is damaged.",
    ),
    "backup": Listed(
        "app.cli.backing_up",
        "backup",
        "Write everything the database holds at one instant to a file, while the service goes on.",
    ),
    "restore": Listed(
        "app.cli.backing_up",
        "restore",
        "Bring a backup into an empty database, whole or not at all; a restore that was killed is simply run again.",
    ),
    "check-pack": Listed(
        "app.cli.policies", "check_pack_file", "Check a pack: shape, names, linter, scenarios, coverage."
    ),
    "new-pack": Listed(
        "app.cli.beginning",
        "new_pack_file",
        "Write a pack that passes check-pack and explains its parts, with scenarios and schemas for editors beside it.",
    ),
    "citus-sql": Listed(
        "app.cli.spreading",
        "citus_sql",
        "Print the statements that make reference and distributed tables of a migrated, empty database; no database is touched.",
    ),
    "client": Listed("app.cli.clients", "client", "Credentials for programs that call the API."),
    "feed": Listed("app.cli.feed", "feed", "Readings: send them to a running service."),
}


class Commands(TyperGroup):
    """Lists every command without importing any, and imports the one that is called."""

    def __init__(self, **options: Any) -> None:
        super().__init__(**options)
        self.commands = {name: TyperCommand(name, help=listed.help) for name, listed in COMMANDS.items()}

    def resolve_command(self, ctx: Any, args: list[str]) -> tuple[str | None, Any, list[str]]:
        """Only the one that is called becomes more than its line."""
        name, _, rest = super().resolve_command(ctx, args)
        return name, None if name is None else command(name), rest


def command(name: str) -> Any:
    """The command itself, with everything it needs."""
    one, holder = COMMANDS[name], typer.Typer()
    with _no_garbage():
        found = getattr(import_module(one.module), one.attribute)
    if isinstance(found, typer.Typer):
        holder.add_typer(found, name=name)
    else:
        holder.command(name)(found)
    return get_group(holder).commands[name]


@contextmanager
def _no_garbage() -> Iterator[None]:
    """What is imported stays: looking for garbage all the while takes a good tenth of the time and finds nothing."""
    gc.disable()
    try:
        yield
    finally:
        gc.enable()
