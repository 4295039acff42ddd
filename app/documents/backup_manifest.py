"""The manifest beside a backup: what the archive holds, and how to tell that it is whole."""

import hashlib
from datetime import datetime
from pathlib import Path
from typing import Annotated, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from app.domain.errors import Mendable

CHUNK = 2**20
TableName = Annotated[str, Field(pattern=r"^[a-z_][a-z0-9_]*$")]


class BackupUnusable(Mendable):
    """A backup that is not whole, or not what its manifest says; the message says what is wrong with it."""


class Manifest(BaseModel):
    """What one archive holds; sizes in bytes, versions of PostgreSQL by their major number."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    format: Literal[1] = 1
    made_at: datetime
    schema_revision: str
    evaluator_version: str
    server_version: int
    client_version: int
    rows: dict[TableName, int]
    size: int
    sha256: str

    @classmethod
    def beside(cls, archive: Path) -> Self:
        """Read the manifest of an archive and prove the archive by it."""
        found = cls._read(archive)
        if not archive.exists():
            raise BackupUnusable(f"{archive} is not there.")
        size, digest = measure(archive)
        if (size, digest) != (found.size, found.sha256):
            raise BackupUnusable(
                f"{archive} is not what its manifest says: {size} bytes, SHA-256 {digest}; "
                f"written were {found.size} bytes, SHA-256 {found.sha256}."
            )
        return found

    @classmethod
    def _read(cls, archive: Path) -> Self:
        place = manifest_path(archive)
        try:
            return cls.model_validate_json(place.read_bytes())
        except FileNotFoundError as missing:
            raise BackupUnusable(
                f"{place} is not there: without it nobody knows whether {archive} is whole."
            ) from missing
        except ValidationError as wrong:
            raise BackupUnusable(f"{place} is no manifest of a backup: {wrong.errors()[0]['msg']}.") from wrong


def manifest_path(archive: Path) -> Path:
    return archive.with_name(f"{archive.name}.manifest.json")


def measure(file: Path) -> tuple[int, str]:
    """Size and SHA-256 of a file of any length."""
    digest, size = hashlib.sha256(), 0
    with file.open("rb") as opened:
        while chunk := opened.read(CHUNK):
            digest.update(chunk)
            size += len(chunk)
    return size, digest.hexdigest()
