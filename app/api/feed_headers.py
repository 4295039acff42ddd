"""What a sender says about a file in headers: its kind, its compression, its digest, and how it wants it handled."""

import base64
import binascii
import hashlib
import re
from typing import Annotated, Literal

from fastapi import Depends, Header, Query, Request

from app.api.refusals import MalformedRequest, UnsupportedMediaType
from app.documents.feed.reading import CSV, MEDIA_TYPES, NDJSON, PARQUET
from app.domain.feed.reports import DigestMismatch

ENCODINGS = ("gzip", "zstd")
OCTETS = "application/octet-stream"
ACCEPTED = (*MEDIA_TYPES, OCTETS)
FORMATS = {"csv": CSV, "ndjson": NDJSON, "parquet": PARQUET}
FileFormat = Annotated[
    Literal["csv", "ndjson", "parquet"] | None,
    Query(alias="format", description="What a body of application/octet-stream is; otherwise Content-Type says so."),
]
_SHA256 = re.compile(r"(?:^|,)\s*sha-256=:([A-Za-z0-9+/=]+):")


def kind_of(request: Request, form: str | None) -> tuple[str, str | None]:
    """Media type and encoding of the body; raises UnsupportedMediaType with what would do.

    Octets are what their format says: generated clients send files of any kind as octets.
    """
    media_type = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    encoding = request.headers.get("content-encoding", "identity").strip().lower()
    if media_type == OCTETS and form is not None:
        media_type = FORMATS[form]
    if media_type not in MEDIA_TYPES:
        accepted = ", ".join(ACCEPTED)
        raise UnsupportedMediaType(accepted=accepted, headers={"Accept": accepted})
    if encoding not in {*ENCODINGS, "identity", ""}:
        accepted = ", ".join(ENCODINGS)
        raise UnsupportedMediaType(accepted=accepted, headers={"Accept-Encoding": accepted})
    return media_type, None if encoding in {"identity", ""} else encoding


def check_digest(request: Request, body: bytes) -> None:
    """Raises DigestMismatch where a SHA-256 was sent (RFC 9530) and the body is not what it says."""
    sent = request.headers.get("content-digest")
    if sent is None:
        return
    found = _SHA256.search(sent)
    if found is None:
        # Other algorithms may be sent as well; we know this one.
        return
    try:
        wanted = base64.b64decode(found[1], validate=True)
    except binascii.Error:
        raise MalformedRequest(reason="Content-Digest") from None
    if hashlib.sha256(body).digest() != wanted:
        raise DigestMismatch()


def preferences(
    prefer: Annotated[
        str | None,
        Header(
            description="`handling=strict`: all rows or none. `respond-async`: keep the file now, merge it soon (RFC 7240).",
            max_length=200,
        ),
    ] = None,
) -> frozenset[str]:
    """The preferences of RFC 7240 as plain words."""
    return frozenset(re.sub(r'[\s"]', "", one).lower() for one in (prefer or "").split(","))


Preferences = Annotated[frozenset[str], Depends(preferences)]
