"""The command line: what operators and newcomers do without HTTP."""

import sys

import typer
from pydantic import ValidationError

from app.cli.backing_up import backup, restore
from app.cli.beginning import new_pack_file
from app.cli.clients import client
from app.cli.contract import openapi
from app.cli.database import migrate, stop
from app.cli.deciding import decide
from app.cli.feed import feed
from app.cli.loading import LoadFailed, load
from app.cli.policies import check_pack_file
from app.cli.screen import complain
from app.cli.serving import run, serve, worker
from app.cli.spreading import citus_sql
from app.cli.verifying import verify
from app.documents.backup_manifest import BackupUnusable
from app.domain.errors import Refusal
from app.integrations.embedded_postgres import EmbeddedPostgresFailed
from app.integrations.postgres_client import PostgresClientFailed
from app.persistence.health import SchemaMismatch
from app.persistence.schema import MigrationBlocked

# Whose message says what is wrong and what to do.
SAID_IN_ONE_SENTENCE = (
    EmbeddedPostgresFailed,
    LoadFailed,
    BackupUnusable,
    PostgresClientFailed,
    SchemaMismatch,
    MigrationBlocked,
)

cli = typer.Typer(
    name="cuofeng",
    help="Staggered production plans as data: what must stop or be cut, when, and why.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_show_locals=False,
)
for command in (run, serve, worker, migrate, load, stop, openapi, decide, verify, backup, restore):
    cli.command()(command)
cli.command("check-pack")(check_pack_file)
cli.command("new-pack")(new_pack_file)
cli.command("citus-sql")(citus_sql)
cli.add_typer(client, name="client")
cli.add_typer(feed, name="feed")


def main() -> None:
    """Say in one sentence what is wrong, where a person can mend it."""
    try:
        cli()
    except ValidationError as wrong:
        complain(*(_setting(error["loc"], error["msg"]) for error in wrong.errors(include_input=False)))
    except Refusal as refused:
        complain(refused.message("en"), *(f"{error.pointer}: {error.en}" for error in refused.errors[:20]))
    except SAID_IN_ONE_SENTENCE as failed:
        complain(str(failed))
    sys.exit(1)


def _setting(place: tuple[int | str, ...], message: str) -> str:
    name = f"CUOFENG_{str(place[0]).upper()}: " if place else ""
    return name + message
