"""The files the house tests read."""

import re
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
APP = ROOT / "app"


def python_files(*folders: str) -> list[Path]:
    return sorted(
        path for folder in folders for path in (ROOT / folder).rglob("*.py") if "__pycache__" not in path.parts
    )


def own_python() -> list[Path]:
    return python_files("app", "bench", "contract", "migrations", "samples", "tests")


def rooms_of(floor: Path) -> set[str]:
    """The modules and folders that stand on one floor."""
    files = {path.stem for path in floor.glob("*.py")} - {"__init__"}
    return files | {path.parent.name for path in floor.glob("*/__init__.py")}


def text(name: str) -> str:
    return (ROOT / name).read_text(encoding="utf-8")


def make_targets() -> list[str]:
    return re.findall(r"^([a-z-]+):.*## ", text("Makefile"), flags=re.MULTILINE)
