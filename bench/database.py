"""A throwaway PostgreSQL of our own, at the newest schema, gone afterwards."""

import contextlib
import os
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

from app.integrations.embedded_postgres import EmbeddedPostgres
from app.persistence.schema import upgrade


@contextlib.contextmanager
def migrated() -> Iterator[str]:
    """The URL of a fresh database; both sides of every comparison live in it, so its settings favour neither."""
    # As root the server runs under another account, which may not pass through a private $TMPDIR.
    base = "/tmp" if os.geteuid() == 0 else tempfile.gettempdir()
    home = Path(base) / f"cuofeng-bench-{os.getpid()}"
    server = EmbeddedPostgres(home, durable=False)
    try:
        server.start()
        upgrade(server.url())
        yield server.url()
    finally:
        server.stop()
        shutil.rmtree(home, ignore_errors=True)


def plain(url: str) -> str:
    """The address as the driver itself writes it."""
    return url.replace("+asyncpg", "")
