"""Credentials for programs, made by whoever can reach the database."""

from typing import Annotated

import orjson
import typer

from app.cli.database import running_database
from app.cli.screen import out
from app.cli.units import in_unit
from app.domain.clients import SCOPES, Client
from app.domain.errors import Refusal
from app.integrations.embedded_postgres import EmbeddedPostgres
from app.persistence.unit_of_work import UnitOfWork
from app.services.clients import BOOTSTRAP, COUNTRY, Grants, bootstrap_admin, create_client
from app.settings import Settings

client = typer.Typer(help="Credentials for programs that call the API.", no_args_is_help=True)


@client.command()
def create(
    name: Annotated[str, typer.Argument(help="What the program is called.")],
    scope: Annotated[list[str], typer.Option(help="What it may do, such as enterprises:read; may be repeated.")] = [],
    all_scopes: Annotated[
        bool, typer.Option("--all-scopes", help="It may do everything, also what later versions bring.")
    ] = False,
    region: Annotated[list[str], typer.Option(help="GB/T 2260 codes whose subtrees it sees; may be repeated.")] = [],
    on_behalf_of: Annotated[bool, typer.Option(help="Trusted to name the person who acts.")] = False,
) -> None:
    """Create a client; its secret is shown once."""
    unknown = sorted(set(scope) - set(SCOPES))
    if unknown:
        raise typer.BadParameter(f"{', '.join(unknown)}; there are {', '.join(SCOPES)}", param_hint="--scope")
    if bool(scope) == all_scopes:
        raise typer.BadParameter("say either --all-scopes or at least one --scope", param_hint="--scope")
    grants = Grants(
        name=name,
        region=region[0] if region else COUNTRY,
        scopes=frozenset(SCOPES if all_scopes else scope),
        all_scopes=all_scopes,
        regions=tuple(region),
        on_behalf_of=on_behalf_of,
    )

    async def act(unit: UnitOfWork) -> tuple[Client, str]:
        return await create_client(unit, grants, by=BOOTSTRAP, now=unit.now)

    with running_database(Settings()) as url:
        try:
            made, secret = in_unit(url, act)
        except Refusal as refused:
            raise typer.BadParameter(refused.message("en")) from refused
    out.print(f"client_id      {made.id}\nclient_secret  {secret}")


def first_administrator(url: str, settings: Settings) -> None:
    """On an empty installation: somebody who may do everything, kept where only the owner of the data may read it."""

    async def act(unit: UnitOfWork) -> tuple[Client, str] | None:
        return await bootstrap_admin(unit, now=unit.now)

    made = in_unit(url, act)
    if made is None:
        return
    if settings.database_url is not None:
        out.print(f"  Administrator, shown once: client_id {made[0].id}, client_secret {made[1]}")
        return
    place = EmbeddedPostgres(settings.data_dir).home / "administrator.json"
    place.unlink(missing_ok=True)
    place.touch(mode=0o600)
    place.write_bytes(orjson.dumps({"client_id": made[0].id, "client_secret": made[1]}, option=orjson.OPT_INDENT_2))
