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

    name: str
    module: str
    attribute: str
    help: str


COMMANDS = (
    Listed(
        "run", "app.cli.serving", "run", "Start everything on this machine, from an empty database to a served API."
    ),
    Listed("serve", "app.cli.serving", "serve", "Serve the API; jobs are left to `cuofeng worker`."),
    Listed(
        "worker", "app.cli.serving", "worker", "Work on jobs until told to stop; any number of workers share the work."
    ),
    Listed("migrate", "app.cli.database", "migrate", "Bring the database to the newest schema."),
    Listed("load", "app.cli.loading", "load", "Publish the packs that come with the service."),
    Listed("stop", "app.cli.database", "stop", "End the embedded database server, whoever started it; the data stays."),
    Listed("openapi", "app.cli.contract", "openapi", "Print the OpenAPI document, or write it to its place."),
    Listed("decide", "app.cli.deciding", "decide", "Decide a file of facts under a pack; needs no database."),
    Listed(
        "verify",
        "app.cli.verifying",
        "verify",
        "Replay every stored decision and settlement, check every hash; exits with 1 if anything is damaged.",
    ),
    Listed(
        "backup",
        "app.cli.backing_up",
        "backup",
        "Write everything the database holds at one instant to a file, while the service goes on.",
    ),
    Listed(
        "restore",
        "app.cli.backing_up",
        "restore",
        "Bring a backup into an empty database, whole or not at all; a restore that was killed is simply run again.",
    ),
    Listed(
        "check-pack", "app.cli.policies", "check_pack_file", "Check a pack: shape, names, linter, scenarios, coverage."
    ),
    Listed(
        "new-pack",
        "app.cli.beginning",
        "new_pack_file",
        "Write a pack that passes check-pack and explains its parts, with scenarios and schemas for editors beside it.",
    ),
    Listed(
        "citus-sql",
        "app.cli.spreading",
        "citus_sql",
        "Print the statements that make reference and distributed tables of a migrated, empty database; no database is touched.",
    ),
    Listed("client", "app.cli.clients", "client", "Credentials for programs that call the API."),
    Listed("feed", "app.cli.feed", "feed", "Readings: send them to a running service."),
)


PLACES = {one.name: one for one in COMMANDS}


class Commands(TyperGroup):
    """Lists every command without importing any, and imports the one that is called."""

    def __init__(self, **options: Any) -> None:
        super().__init__(**options)
        self.commands = {one.name: TyperCommand(one.name, help=one.help) for one in COMMANDS}

    def resolve_command(self, ctx: Any, args: list[str]) -> tuple[str | None, Any, list[str]]:
        """Only the one that is called becomes more than its line."""
        name, _, rest = super().resolve_command(ctx, args)
        return name, None if name is None else command(name), rest


def command(name: str) -> Any:
    """The command itself, with everything it needs."""
    one, holder = PLACES[name], typer.Typer()
    with _no_garbage():
        found = getattr(import_module(one.module), one.attribute)
    if isinstance(found, typer.Typer):
        holder.add_typer(found, name=name)
    else:
        holder.command(name)(found)
    return get_group(holder).commands[name]


@contextmanager
def _no_garbage() -> Iterator[None]:
    """What is imported stays: looking for garbage all the while takes a fifth of the time and finds nothing."""
    gc.disable()
    try:
        yield
    finally:
        gc.enable()
