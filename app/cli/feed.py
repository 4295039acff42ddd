"""feed: what the sender of readings does from the command line."""

import asyncio
import contextlib
from collections import Counter
from datetime import UTC
from pathlib import Path
from typing import Annotated

import httpx
import orjson
import typer
from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeRemainingColumn

from app.cli.feed_client import Credentials, FeedClient, PushFailed
from app.cli.feed_parts import SUFFIXES, Compression, Cut, FileUnreadable, Format
from app.cli.feed_push import COUNTS, Push, State
from app.cli.screen import complain, err, out
from app.clock import utc_now

feed = typer.Typer(help="Readings: send them to a running service.", no_args_is_help=True)
# Exit codes besides 0, everything landed.
SOME_REJECTED, NOT_FINISHED = 1, 2
# A part may wait for its turn behind others and be merged into a large store.
ANSWER_SECONDS = 120.0


@feed.callback()
def _several() -> None:
    """Readings: send them to a running service."""


@feed.command()
def push(
    *,
    file: Annotated[Path, typer.Argument(help="CSV, NDJSON or Parquet, of any size.", exists=True, dir_okay=False)],
    api: Annotated[str, typer.Option(envvar="CUOFENG_API", help="Address of the service.")] = "http://127.0.0.1:8000",
    credentials: Annotated[
        Path | None,
        typer.Option(
            envvar="CUOFENG_CREDENTIALS",
            help="JSON with client_id and client_secret; else CUOFENG_CLIENT_ID and CUOFENG_CLIENT_SECRET.",
        ),
    ] = None,
    client_id: Annotated[str | None, typer.Option(envvar="CUOFENG_CLIENT_ID", hidden=True)] = None,
    client_secret: Annotated[str | None, typer.Option(envvar="CUOFENG_CLIENT_SECRET", hidden=True)] = None,
    source: Annotated[str | None, typer.Option(help="Whose readings; not needed if the client has one source.")] = None,
    format: Annotated[Format | None, typer.Option(help="If the file's name does not tell.")] = None,
    rows: Annotated[int, typer.Option(min=1, max=200_000, help="Rows of a part at most.")] = 50_000,
    compression: Annotated[Compression, typer.Option(help="Of CSV and NDJSON on the way.")] = "gzip",
    state: Annotated[
        Path | None, typer.Option(help="What has landed is noted here; FILE.push.json if not given.")
    ] = None,
    rejected: Annotated[
        Path | None, typer.Option(help="Rejected rows are written here; FILE.rejected.ndjson if not given.")
    ] = None,
    later: Annotated[bool, typer.Option("--later", help="Let the service merge in the background.")] = False,
    again: Annotated[
        bool, typer.Option("--again", help="Send once more what has landed, such as rows of channels registered since.")
    ] = False,
    patience: Annotated[float, typer.Option(min=0, help="Seconds to go on while nobody answers.")] = 600.0,
) -> None:
    """Send a file part by part; broken off, the same command goes on where it was.

    Each part is judged by itself: one with more bad rows than the source allows stops the push, those before it stay.

    Exits with 0 if every row landed, 1 if some were rejected (they are in FILE.rejected.ndjson), 2 if it could not
    be finished.
    """
    try:
        kind = format or SUFFIXES[file.suffix.lower()]
    except KeyError:
        raise typer.BadParameter(f"what is in {file.name}? say --format", param_hint="FILE") from None
    sender = _credentials(credentials, client_id, client_secret)
    rejections = rejected or file.with_name(file.name + ".rejected.ndjson")

    async def act() -> State:
        async with httpx.AsyncClient(base_url=api, timeout=httpx.Timeout(ANSWER_SECONDS, connect=10)) as http:
            with _bar() as progress:
                task = progress.add_task(file.name, total=cut.size())
                going = Push(
                    cut=cut,
                    client=FeedClient(http=http, credentials=sender, patience=patience, say=_note),
                    source=source,
                    compression=compression,
                    state_file=state or file.with_name(file.name + ".push.json"),
                    rejected_file=rejections,
                    later=later,
                    round=utc_now().astimezone(UTC).isoformat() if again else "",
                    reached=lambda reached: progress.update(task, completed=reached),
                )
                return await going.run()

    cut = Cut(path=file, format=kind, rows=rows)
    try:
        total = asyncio.run(act()).total()
    except (PushFailed, FileUnreadable, OSError) as failed:
        complain(str(failed))
        raise typer.Exit(NOT_FINISHED) from None
    _show(total, rejections)
    if total["rejected"]:
        raise typer.Exit(SOME_REJECTED)


def _credentials(file: Path | None, client_id: str | None, client_secret: str | None) -> Credentials:
    if file is not None:
        try:
            told = orjson.loads(file.read_bytes())
            return Credentials(client_id=str(told["client_id"]), client_secret=str(told["client_secret"]))
        except (OSError, ValueError, KeyError, TypeError):
            raise typer.BadParameter(
                f"{file} is no JSON with client_id and client_secret", param_hint="--credentials"
            ) from None
    if client_id and client_secret:
        return Credentials(client_id=client_id, client_secret=client_secret)
    raise typer.BadParameter(
        "who sends? name a file, or set CUOFENG_CLIENT_ID and CUOFENG_CLIENT_SECRET", param_hint="--credentials"
    )


def _bar() -> Progress:
    return Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        TaskProgressColumn(),
        TimeRemainingColumn(),
        console=err,
        transient=True,
        disable=not err.is_terminal,
    )


def _note(what: str) -> None:
    err.print(f"  {what}", style="dim", markup=False)


def _show(total: Counter[str], rejections: Path) -> None:
    out.print(", ".join(f"{total[name]} {name}" for name in COUNTS), soft_wrap=True)
    if total["rejected"]:
        out.print(f"Rejected rows, with their lines: {rejections}", markup=False, soft_wrap=True)
        return
    with contextlib.suppress(FileNotFoundError):
        rejections.unlink()
