"""Answers for anybody: cacheable, readable from any page in a browser, counted by address."""

import base64
import hashlib
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import format_datetime

from fastapi import Request, Response

from app.api.limits import limiter_of
from app.api.options import options_of

# A locked version never changes, but it may be withdrawn: nobody should show it for more than a day after that.
LOCKED = "public, max-age=86400, immutable"
PASSING = "public, max-age=60"


async def count_address(request: Request) -> None:
    """As often as at the door for tokens."""
    address = request.client.host if request.client else ""
    per_minute = options_of(request).token_requests_per_minute
    await limiter_of(request).count(request, policy="public", name=address, per_minute=per_minute)


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """Bytes on their way to the public: of which kind, since when so, and for how long they may be kept."""

    content: bytes
    media_type: str
    changed_at: datetime | None = None
    keeping: str = PASSING


def shown(one: Shown, *, headers: dict[str, str] | None = None) -> Response:
    """The ETag is the SHA-256 of the bytes, so it is strong, and whoever has the file can check it."""
    digest = hashlib.sha256(one.content)
    said = {
        "ETag": f'"{digest.hexdigest()}"',
        "Content-Digest": f"sha-256=:{base64.b64encode(digest.digest()).decode()}:",
        "Cache-Control": one.keeping,
        "Vary": "Accept-Language",
        "Access-Control-Allow-Origin": "*",
        "Access-Control-Expose-Headers": "ETag, Content-Digest, Last-Modified, Link, RateLimit, RateLimit-Policy",
        **(headers or {}),
    }
    if one.changed_at is not None:
        said["Last-Modified"] = format_datetime(one.changed_at.astimezone(UTC), usegmt=True)
    return Response(one.content, media_type=one.media_type, headers=said)
