"""Serving the API and working on jobs: each alone, or everything at once on one machine."""

import asyncio
import contextlib
import errno
import signal
import socket
from collections.abc import Callable, Coroutine, Iterator
from dataclasses import dataclass
from typing import Annotated, Any

import typer
import uvicorn
import uvloop
from fastapi import FastAPI

from app import logs
from app.cli.clients import first_administrator
from app.cli.database import must_be_newest, running_database
from app.cli.loading import load_packs, load_samples, show_decisions
from app.cli.screen import complain, out, step
from app.integrations.embedded_postgres import EmbeddedPostgres
from app.main import build
from app.persistence.schema import upgrade
from app.settings import Settings
from app.worker import work

# `make run` looks this far for a free port before it gives up.
PORTS_TRIED = 10


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One thing `run` does before it serves; told the address of the database and the settings."""

    doing: str
    do: Callable[[str, Settings], None]


STEPS = (
    Step(doing="Migrating the database", do=lambda url, _: upgrade(url)),
    Step(doing="Looking for an administrator", do=first_administrator),
    Step(doing="Publishing the packs", do=load_packs),
    Step(doing="Loading and deciding the sample register", do=load_samples),
    Step(doing="Reading the decisions", do=show_decisions),
)


def run(port: Annotated[int | None, typer.Option(help="Port of the API; the next free one is taken.")] = None) -> None:
    """Start everything on this machine, from an empty database to a served API."""
    settings = Settings()
    # Until the API serves, people read the screen: only what goes wrong is logged.
    logs.configure(level="warning", fmt=settings.log_format)
    with running_database(settings) as url:
        for each in STEPS:
            with step(each.doing):
                each.do(url, settings)
        with listening(settings.host, settings.port if port is None else port, tries=PORTS_TRIED) as listener:
            announce(listener, settings)
            serve_until_told(settings, url, listener, with_worker=True)


def serve(port: Annotated[int | None, typer.Option(help="Port of the API.")] = None) -> None:
    """Serve the API; jobs are left to `cuofeng worker`."""
    settings = Settings()
    with (
        running_database(settings) as url,
        listening(settings.host, settings.port if port is None else port, tries=1) as listener,
    ):
        must_be_newest(url)
        serve_until_told(settings, url, listener, with_worker=False)


def worker() -> None:
    """Work on jobs until told to stop; any number of workers share the work."""
    settings = Settings()
    logs.configure(level=settings.log_level, fmt=settings.log_format)

    async def until_told(url: str) -> None:
        told = asyncio.Event()
        on_signals(told.set)
        await beside(work(settings, url), told.wait())

    with running_database(settings) as url:
        must_be_newest(url)
        with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
            runner.run(until_told(url))


@contextlib.contextmanager
def listening(host: str, port: int, *, tries: int) -> Iterator[socket.socket]:
    """A listening socket; holding it before anything is announced leaves no moment for another to take the port."""
    for candidate in range(port, port + tries):
        family = socket.AF_INET6 if ":" in host else socket.AF_INET
        try:
            listener = socket.create_server((host, candidate), family=family, backlog=2048)
        except OSError as busy:
            if busy.errno != errno.EADDRINUSE:
                raise
            out.print(f"  Port {candidate} is taken.")
            continue
        with listener:
            yield listener
        return
    complain(f"No free port from {port} on; set CUOFENG_PORT to another one.")
    raise typer.Exit(1)


def announce(listener: socket.socket, settings: Settings) -> None:
    host, port = listener.getsockname()[:2]
    reachable = "127.0.0.1" if host in {"0.0.0.0", "::"} else host  # noqa: S104  compared, not bound
    address = f"http://{reachable}:{port}"
    out.print(f"\n  API    [bold]{address}/v1[/]\n  Docs   [bold]{address}/docs[/]")
    if settings.database_url is None:
        out.print(f"  Login  {EmbeddedPostgres(settings.data_dir).home / 'administrator.json'}")
    out.print("\n  Ctrl-C stops it; the data stays.\n")


def serve_until_told(settings: Settings, url: str, listener: socket.socket, *, with_worker: bool) -> None:
    logs.configure(level=settings.log_level, fmt=settings.log_format)
    server = Server(build(settings, url))

    async def until_told() -> None:
        on_signals(server.stop)
        serving = server.serve([listener])
        await (beside(work(settings, url), serving) if with_worker else serving)

    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(until_told())


class Server(uvicorn.Server):
    """Uvicorn that leaves the signals to us, so that the database outlives the last request and is then ended too."""

    def __init__(self, app: FastAPI) -> None:
        # The wide line of the door takes the place of an access log.
        super().__init__(uvicorn.Config(app, log_config=None, access_log=False, timeout_graceful_shutdown=10))

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield

    def stop(self) -> None:
        self.force_exit = self.should_exit
        self.should_exit = True


def on_signals(stop: Callable[[], object]) -> None:
    loop = asyncio.get_running_loop()
    for told in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(told, stop)


async def beside(background: Coroutine[Any, Any, None], main: Coroutine[Any, Any, object]) -> None:
    """Run `background` as long as `main` runs; a failure of either ends both."""
    async with asyncio.TaskGroup() as together:
        companion = together.create_task(background)
        await main
        companion.cancel()
