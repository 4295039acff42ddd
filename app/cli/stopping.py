"""stop: end the embedded database server."""

from app.cli.screen import out
from app.integrations.embedded_postgres import EmbeddedPostgres
from app.settings import Settings


def stop() -> None:
    """End the embedded database server, whoever started it; the data stays."""
    server = EmbeddedPostgres(Settings().data_dir)
    if server.stop():
        out.print(f"Stopped. The data stays in {server.home}.")
    else:
        out.print("No embedded server is running.")
