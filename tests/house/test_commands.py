"""What a command brings with it: its own needs, and nothing of the others."""

import subprocess
import sys

import pytest
from typer.testing import CliRunner, Result

from app.cli import cli
from app.cli.commands import COMMANDS, command

# What the service needs and a sender of readings, an author of packs or a reader of help does not.
HEAVY = {"fastapi", "sqlalchemy", "ortools", "pandas", "uvicorn"}


def cuofeng(*words: str) -> Result:
    return CliRunner().invoke(cli, list(words))


def imported_by(code: str) -> set[str]:
    """The top-level names a new process has imported after it ran this."""
    told = "\nimport sys; sys.stderr.write(' '.join({name.partition('.')[0] for name in sys.modules}))"
    done = subprocess.run([sys.executable, "-c", code + told], capture_output=True, text=True, check=True)
    return set(done.stderr.split())


def called(*words: str) -> str:
    return f"from app.cli import cli\ntry: cli({list(words)})\nexcept SystemExit as ended: assert ended.code == 0"


@pytest.mark.parametrize(
    "words", [["--help"], ["feed", "push", "--help"], ["check-pack", "--help"], ["new-pack", "--help"]], ids=" ".join
)
def test_a_light_command_brings_nothing_of_the_service(words: list[str]) -> None:
    assert not imported_by(called(*words)) & HEAVY


def test_help_brings_no_command() -> None:
    assert not imported_by(called("--help")) & (HEAVY | {"polars", "httpx", "numpy", "ruamel"})


@pytest.mark.parametrize("name", ["decide", "stop"])
def test_what_needs_no_tables_brings_nothing_of_the_service(name: str) -> None:
    assert not imported_by(f"from app.cli.commands import command; command('{name}')") & HEAVY


def test_commands_that_serve_nothing_bring_no_web_framework() -> None:
    others = [name for name, one in COMMANDS.items() if one.module not in {"app.cli.serving", "app.cli.contract"}]
    assert "fastapi" not in imported_by(f"from app.cli.commands import command\nfor name in {others}: command(name)")


def test_the_api_brings_no_solver() -> None:
    assert not imported_by("import app.main") & {"ortools", "pandas"}


@pytest.mark.parametrize("name", COMMANDS)
def test_help_lists_every_command_with_the_line_the_command_itself_says(name: str) -> None:
    line = COMMANDS[name].help
    assert command(name).help.split("\n\n")[0] == line
    listed = " ".join(cuofeng("--help").output.replace("│", " ").split())
    assert f"{name} {line}" in listed


def test_a_name_nearly_right_is_answered_with_the_right_one() -> None:
    answer = cuofeng("chek-pack")
    assert answer.exit_code == 2
    assert "No such command 'chek-pack'. Did you mean 'check-pack'" in answer.output


@pytest.mark.parametrize(("group", "within"), [("client", "create"), ("feed", "push")])
def test_groups_stay_groups(group: str, within: str) -> None:
    assert within in cuofeng(group, "--help").output
    assert cuofeng(group, within, "--help").exit_code == 0
