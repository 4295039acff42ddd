"""Preconditions: the ETag is the version, a change says which version it saw, a read may say it has it already."""

import re
from typing import Annotated

from fastapi import Depends, Header, Request, Response

from app.api.refusals import MalformedPrecondition, PreconditionRequired

_ETAG = re.compile(r'"(\d{1,9})"')
# What a cache, or a page of another origin, needs of an answer it already has.
_STILL_SAID = {"etag", "cache-control", "vary", "last-modified", "access-control-allow-origin"}


def etag(version: int) -> str:
    return f'"{version}"'


def if_match(
    if_match: Annotated[str | None, Header(description='ETag you read last, such as "3".', examples=['"3"'])] = None,
) -> int:
    """The version the caller has seen; `*` is refused because it means "whatever it is"."""
    if if_match is None:
        raise PreconditionRequired()
    match = _ETAG.fullmatch(if_match.strip())
    if match is None:
        raise MalformedPrecondition()
    return int(match[1])


IfMatch = Annotated[int, Depends(if_match)]


def unless_known(request: Request, response: Response) -> Response:
    """304 for a GET whose caller already holds this version (RFC 9110 §13.1.2)."""
    known = request.headers.get("if-none-match")
    tag = response.headers.get("etag")
    if request.method != "GET" or known is None or tag is None or response.status_code != 200:
        return response
    candidates = {one.strip().removeprefix("W/") for one in known.split(",")}
    if "*" not in candidates and tag.removeprefix("W/") not in candidates:
        return response
    kept = {name: value for name, value in response.headers.items() if name in _STILL_SAID}
    return Response(status_code=304, headers=kept)
