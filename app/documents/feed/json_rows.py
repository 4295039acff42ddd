"""A few rows as one JSON array, rewritten as the lines that the reader reads."""

import orjson

from app.domain.feed.refusals import FeedFileUnreadable, FeedTooManyRows

MOST_ROWS = 1_000
MOST_BYTES = 4 * 1024 * 1024


def as_lines(body: bytes) -> bytes:
    """One row a line, the first on line 1; raises FeedFileUnreadable, FeedTooManyRows."""
    try:
        rows = orjson.loads(body)
    except orjson.JSONDecodeError:
        raise FeedFileUnreadable(format="JSON") from None
    if not isinstance(rows, list):
        raise FeedFileUnreadable(format="JSON array")
    if len(rows) > MOST_ROWS:
        raise FeedTooManyRows(limit=MOST_ROWS)
    return b"".join(orjson.dumps(row) + b"\n" for row in rows)
