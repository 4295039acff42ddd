"""Starting, finding and stopping the embedded server, whoever started it and however that one ended."""

import contextlib
import fcntl
import os
import shutil
import signal
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import quote

from app.integrations.embedded_postgres.binaries import MAJOR, programs
from app.integrations.embedded_postgres.places import (
    EmbeddedPostgresFailed,
    default_home,
    make_directory,
    make_home,
    server_account,
    socket_directory,
)

USER = DATABASE = "cuofeng"
# A fast shutdown writes a checkpoint; a laptop disk does that well within this.
STOP_SECONDS = 30.0
# After a crash the orphaned children of the old server need a moment to notice and let go of its memory.
START_ATTEMPTS = 5

SETTINGS = {
    "listen_addresses": "",
    "unix_socket_permissions": "0700",
    "timezone": "UTC",
    "log_timezone": "UTC",
    "shared_buffers": "256MB",
    "max_wal_size": "2GB",
    "checkpoint_timeout": "15min",
    "max_connections": "100",
    "random_page_cost": "1.1",
}
# For databases that are thrown away: nothing survives a power cut, and nothing has to.
THROWAWAY = {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off", "autovacuum": "off"}


class EmbeddedPostgres:
    """One server in one home directory; any process that knows the home can start, use and stop it."""

    def __init__(self, home: Path | None = None, *, durable: bool = True, max_connections: int = 100) -> None:
        self.home = (home or default_home()).absolute()
        self.data = self.home / f"pg{MAJOR}"
        self.log = self.data / "server.log"
        self._account = server_account(self.data)
        self._durable = durable
        self._settings = SETTINGS | {"max_connections": str(max_connections)} | ({} if durable else THROWAWAY)

    def start(self) -> bool:
        """Make sure the server runs; True if this call started it."""
        make_home(self.home, self._account)
        with self._alone():
            if self.pid() is not None:
                return False
            if not self.data.exists():
                self._create()
            self._forget_stranger()
            self._launch()
            return True

    def stop(self) -> bool:
        """End the server whoever started it; True if there was one."""
        if not self.home.exists():
            return False
        with self._alone():
            pid = self.pid()
            if pid is None:
                return False
            for how in (signal.SIGINT, signal.SIGQUIT):  # fast, then immediate
                _signal(pid, how)
                if self._gone_within(STOP_SECONDS):
                    return True
            raise EmbeddedPostgresFailed(f"The server (process {pid}) does not stop; see {self.log}.")

    @contextlib.contextmanager
    def in_use(self) -> Iterator[str]:
        """The address while it is needed; whoever needs it last ends the server, and a killed user no longer counts."""
        make_home(self.home, self._account)
        with (self.home / "users").open("a", encoding="utf-8") as users:
            fcntl.flock(users, fcntl.LOCK_SH)
            self.start()
            try:
                yield self.url()
            finally:
                with contextlib.suppress(BlockingIOError):
                    fcntl.flock(users, fcntl.LOCK_EX | fcntl.LOCK_NB)
                    self.stop()

    def url(self, database: str = DATABASE) -> str:
        directory = socket_directory(self.home, self._account)
        return f"postgresql+asyncpg://{USER}@/{database}?host={quote(str(directory), safe='/')}"

    def pid(self) -> int | None:
        """The process of the running server, or None; a stale pid file of a crash or reboot does not deceive."""
        pid = self._written_pid()
        return pid if pid is not None and _serves(pid, self.data) else None

    def _create(self) -> None:
        draft = self.home / f".pg{MAJOR}-new"
        shutil.rmtree(draft, ignore_errors=True)  # left by a first start that was killed
        make_directory(draft, mode=0o700, owner=self._account)
        sync = [] if self._durable else ["--no-sync"]
        options = ["--auth-local=trust", "--auth-host=reject", "--encoding=UTF8", "--locale=C"]
        builtin = ["--locale-provider=builtin", "--builtin-locale=C.UTF-8"]
        self._run("initdb", f"--pgdata={draft}", f"--username={USER}", *options, *builtin, *sync)
        self._run("postgres", "--single", "-D", str(draft), "postgres", typed=f"CREATE DATABASE {DATABASE};\n")
        draft.rename(self.data)

    def _launch(self) -> None:
        socket = socket_directory(self.home, self._account)
        settings = self._settings | {"unix_socket_directories": str(socket)}
        options = " ".join(f"-c {name}='{value}'" for name, value in settings.items())
        for attempt in range(1, START_ATTEMPTS + 1):
            try:
                self._run(
                    "pg_ctl", "start", "-D", str(self.data), "-l", str(self.log), "-w", "-t", "60", "-s", "-o", options
                )
            except EmbeddedPostgresFailed as failed:
                if attempt == START_ATTEMPTS:
                    raise EmbeddedPostgresFailed(f"{failed}\n{_tail(self.log)}") from failed
                time.sleep(0.5 * attempt)
            else:
                return

    def _run(self, program: str, *arguments: str, typed: str = "") -> None:
        """Run one program as the server's account, in an environment and a directory that cannot surprise it."""
        path = programs(self.home, self._account) / program
        account = self._account
        try:
            done = subprocess.run(
                [path, *arguments],
                input=typed,
                text=True,
                capture_output=True,
                check=False,
                cwd=self.home,
                env={"PATH": os.defpath, "LC_ALL": "C", "TZ": "UTC"},
                umask=0o077,
                user=account.uid if account else None,
                group=account.gid if account else None,
                extra_groups=[] if account else None,
            )
        except OSError as failed:
            raise EmbeddedPostgresFailed(
                f"{program} could not be run as {account or 'this user'}: {failed}"
            ) from failed
        if done.returncode != 0:
            raise EmbeddedPostgresFailed(f"{program} failed: {done.stderr.strip() or done.stdout.strip()}")

    def _forget_stranger(self) -> None:
        """After a reboot the pid file may name someone else's process, over which PostgreSQL would refuse to start."""
        pid = self._written_pid()
        if pid is not None and _alive(pid):
            (self.data / "postmaster.pid").unlink()

    def _written_pid(self) -> int | None:
        try:
            return int((self.data / "postmaster.pid").read_text(encoding="utf-8").split("\n", 1)[0])
        except (FileNotFoundError, ValueError):
            return None

    def _gone_within(self, seconds: float) -> bool:
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            if self.pid() is None:
                return True
            time.sleep(0.02)
        return False

    @contextlib.contextmanager
    def _alone(self) -> Iterator[None]:
        """Hold the home's lock, which the system takes back from a killed process."""
        with (self.home / "lock").open("a", encoding="utf-8") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield


def _serves(pid: int, data: Path) -> bool:
    """Whether `pid` is a server of `data`: the server's working directory is its data directory."""
    if not _alive(pid):
        return False
    if Path("/proc/self").exists():
        try:
            return Path(f"/proc/{pid}/cwd").readlink() == data.resolve()
        except OSError:
            return False
    listed = subprocess.run(["/bin/ps", "-o", "command=", "-p", str(pid)], capture_output=True, text=True, check=False)
    return str(data) in listed.stdout


def _alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


def _signal(pid: int, how: signal.Signals) -> None:
    with contextlib.suppress(ProcessLookupError):
        os.kill(pid, how)


def _tail(log: Path) -> str:
    try:
        return "\n".join(log.read_text(encoding="utf-8", errors="replace").splitlines()[-10:])
    except OSError:
        return ""
