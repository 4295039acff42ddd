"""Where the server may live and under which account, found without changing any directory that already exists."""

import grp
import os
import pwd
import stat
import tempfile
from dataclasses import dataclass
from pathlib import Path

import platformdirs

from app.domain.errors import Mendable

# PostgreSQL refuses to run as root; these accounts exist already, so none is added.
UNPRIVILEGED = ("postgres", "nobody")
# A Unix socket path holds 107 bytes on Linux and 103 elsewhere; the server appends "/.s.PGSQL.5432".
LONGEST_SOCKET_DIRECTORY = 103 - len("/.s.PGSQL.5432") - len(".lock")


class EmbeddedPostgresFailed(Mendable):
    """The embedded server cannot run here; the message says why and what to do."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    """The operating system account the server runs under."""

    name: str
    uid: int
    gid: int

    def may_enter(self, directory: Path) -> bool:
        info = directory.stat()
        if info.st_uid == self.uid:
            return bool(info.st_mode & stat.S_IXUSR)
        if info.st_gid == self.gid:
            return bool(info.st_mode & stat.S_IXGRP)
        return bool(info.st_mode & stat.S_IXOTH)


def server_account(data: Path) -> Account | None:
    """The account to change to, or None where the caller itself may run the server; existing data keeps its owner."""
    if os.geteuid() != 0:
        return None
    names = [pwd.getpwuid(data.stat().st_uid).pw_name] if data.exists() else UNPRIVILEGED
    for name in names:
        try:
            found = pwd.getpwnam(name)
        except KeyError:
            continue
        return Account(name=name, uid=found.pw_uid, gid=_group_of(found))
    raise EmbeddedPostgresFailed(
        f"PostgreSQL does not run as root and none of the accounts {', '.join(UNPRIVILEGED)} exists; "
        "run as an ordinary user or set CUOFENG_DATABASE_URL."
    )


def _group_of(found: pwd.struct_passwd) -> int:
    try:
        return grp.getgrgid(found.pw_gid).gr_gid
    except KeyError:
        return found.pw_gid


def default_home() -> Path:
    """The user's data directory; for root a system one, because the server's account cannot enter root's home."""
    if os.geteuid() == 0:
        return Path("/var/lib/cuofeng")
    usual = Path(platformdirs.user_data_dir("cuofeng", appauthor=False))
    if _may_be_made(usual):
        return usual
    # An account without a home (a build agent, a container) still gets a place that outlives a reboot.
    return Path(f"/var/tmp/cuofeng-{os.geteuid()}")  # noqa: S108  make_home refuses it if someone else made it


def _may_be_made(path: Path) -> bool:
    nearest = next(parent for parent in (path, *path.parents) if parent.exists())
    return os.access(nearest, os.W_OK | os.X_OK)


def make_home(home: Path, account: Account | None) -> None:
    """Create what is missing of `home`; what exists keeps its mode, and must already let the account through."""
    make_directory(home, mode=0o755 if account else 0o700)
    if home.stat().st_uid != os.geteuid():
        raise EmbeddedPostgresFailed(f"{home} belongs to someone else; set CUOFENG_DATA_DIR to a directory of yours.")
    if account is None:
        return
    for directory in (home, *home.parents):
        if not account.may_enter(directory):
            raise EmbeddedPostgresFailed(
                f"The server runs as {account.name}, which may not enter {directory}; "
                "set CUOFENG_DATA_DIR to a place every account can reach, such as /var/lib/cuofeng."
            )


def make_directory(path: Path, *, mode: int, owner: Account | None = None) -> None:
    """Create `path` and its missing parents; only what is made here gets a mode, whatever the umask says."""
    missing = [part for part in (path, *path.parents) if not part.exists()]
    for part in reversed(missing):
        try:
            part.mkdir()
        except FileExistsError:  # another process was quicker, and gives it its mode
            continue
        part.chmod(mode if part == path else 0o755)
        if owner is not None and part == path:
            os.chown(part, owner.uid, owner.gid)


def socket_directory(home: Path, account: Account | None) -> Path:
    """A directory short enough for a socket: inside `home`, or a temporary one remembered there."""
    inside = home / "run"
    if len(os.fsencode(inside.resolve())) <= LONGEST_SOCKET_DIRECTORY:
        make_directory(inside, mode=0o700, owner=account)
        return inside
    remembered = home / "socket-directory"
    uid = account.uid if account else os.geteuid()
    if remembered.exists():
        made = Path(remembered.read_text(encoding="utf-8"))
        if made.is_dir() and not made.is_symlink() and made.stat().st_uid == uid:
            return made
    made = Path(tempfile.mkdtemp(prefix="cuofeng-", dir="/tmp"))  # $TMPDIR may be as long as `home`
    if account is not None:
        os.chown(made, account.uid, account.gid)
    remembered.write_text(str(made), encoding="utf-8")
    return made
