"""The clock: read by the entry alone, and handed to everything else."""

from datetime import UTC, datetime


def utc_now() -> datetime:
    return datetime.now(UTC)
