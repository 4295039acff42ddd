"""What a transaction leaves in the database: new rows, and old ones in another version."""

from sqlalchemy import text

from app.persistence.engine import Sessions
from app.persistence.tables import KINDS

# Where a row lies and which transaction wrote it: whatever was committed since has another mark, changed heads included.
_MARKS = text(
    " UNION ALL ".join(
        f"SELECT '{name}', count(*), coalesce(sum(hashtextextended(concat(ctid, xmin), 0)), 0) FROM {name}"
        for name in KINDS
    )
)
Traces = dict[str, tuple[int, int]]


async def traces(sessions: Sessions, *, but: str = "") -> Traces:
    """The rows of every table: how many they are, and a checksum over their versions."""
    async with sessions() as session:
        return {name: (count, int(mark)) for name, count, mark in await session.execute(_MARKS) if name != but}


def grown(before: Traces, after: Traces) -> dict[str, int]:
    """By how many rows each table that was changed has grown; 0 where rows were only rewritten."""
    return {name: after[name][0] - before[name][0] for name in after if after[name] != before[name]}
