"""Serving takes a port that is free, and says so when there is none."""

import socket

import pytest
import typer

from app.cli.serving import listening


def test_a_taken_port_makes_run_take_the_next_free_one() -> None:
    with (
        socket.create_server(("127.0.0.1", 0)) as taken,
        listening("127.0.0.1", taken.getsockname()[1], tries=10) as free,
    ):
        assert free.getsockname()[1] > taken.getsockname()[1]


def test_without_a_free_port_there_is_one_clear_sentence(capsys: pytest.CaptureFixture[str]) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(typer.Exit), listening("127.0.0.1", port, tries=1):
            pass
    assert f"No free port from {port} on" in capsys.readouterr().err


async def test_the_api_is_alive_on_a_migrated_database(client) -> None:
    assert (await client.get("/livez")).status_code == 200
    assert (await client.get("/readyz")).status_code == 200
