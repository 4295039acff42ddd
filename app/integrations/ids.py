"""Identifiers: UUID version 7, so that new rows land at the end of an index (RFC 9562 §5.7)."""

import secrets
import struct
import time
from uuid import UUID

_RANDOM = (1 << 62) - 1
_VARIANT = 0b10 << 62


def new_id() -> UUID:
    """Milliseconds, then twelve bits of the fraction (RFC 9562 §6.2 method 3), then 62 random bits."""
    milliseconds, nanoseconds = divmod(time.time_ns(), 1_000_000)
    fraction = (nanoseconds << 12) // 1_000_000
    random = secrets.randbits(62)
    return UUID(int=milliseconds << 80 | 0x7 << 76 | fraction << 64 | 0b10 << 62 | random)


def new_ids(count: int) -> list[bytes]:
    """Many of one instant, as the database stores them: asking for chance once for each would cost more than the rest."""
    start = new_id().bytes[:8]
    drawn = struct.unpack(f"!{count}Q", secrets.token_bytes(8 * count))
    return [start + (number & _RANDOM | _VARIANT).to_bytes(8, "big") for number in drawn]
