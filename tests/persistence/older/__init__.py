"""Databases as earlier versions left them: what stories of that time wrote through the service, dumped as plain SQL."""

import gzip
import subprocess
from pathlib import Path

from app.integrations.embedded_postgres.binaries import shipped_programs
from app.persistence.engine import libpq_address

HERE = Path(__file__).parent
# Before schedules, the power feed and compliance; before duties, events and public lists; the newest but one.
REVISIONS = ("0013", "0018", "0024")
# Of the first administrator in each of them.
SECRET = "cuofeng_a-secret-for-tests"


def fill(url: str, revision: str) -> None:
    """Bring an empty database to where that version left one."""
    script = gzip.decompress((HERE / f"{revision}.sql.gz").read_bytes())
    address, _ = libpq_address(url)
    command = [
        str(shipped_programs() / "psql"),
        "--no-psqlrc",
        "--quiet",
        "--set=ON_ERROR_STOP=1",
        f"--dbname={address}",
    ]
    subprocess.run(command, input=script, check=True, stdout=subprocess.DEVNULL)
