"""What the HTTP door may be told from outside; the entry floor fills it from the settings."""

from dataclasses import dataclass
from typing import Annotated

from fastapi import Depends, Request

MEGABYTE = 1024 * 1024


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """Limits, lifetimes and issuers of the HTTP door."""

    # A register of 30,000 enterprises as one XLSX file is about 20 MB.
    max_body_bytes: int = 64 * MEGABYTE
    # A report with scanned pages.
    max_attachment_bytes: int = 20 * MEGABYTE
    issuer: str = "cuofeng"
    audience: str = "cuofeng"
    token_minutes: int = 60
    # Without one a key is made once and kept in the database.
    signing_key: str | None = None
    external_issuer: str | None = None
    external_jwks_url: str | None = None
    external_audience: str | None = None
    # Batches of readings merged at once, and how many one sender may have under way.
    feed_concurrency: int = 2
    feed_queue: int = 8
    # Per client, or per address before a client is known, and minute; 0 switches the limit off.
    requests_per_minute: int = 6000
    token_requests_per_minute: int = 60
    # memory:// counts per process; any storage address that `limits` understands counts over all of them.
    rate_limit_storage: str = "memory://"
    # Where others see this service, without a slash at the end; events bear it as their source.
    base_url: str = ""
    webhook_private_targets: bool = False


def options_of(request: Request) -> Options:
    options: Options = request.app.state.options
    return options


Opts = Annotated[Options, Depends(options_of)]
