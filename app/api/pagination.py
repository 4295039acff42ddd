"""Pages: a page is a position, not a number; the cursor is opaque and the order is stable."""

import binascii
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Annotated, TypeVar

import orjson
from fastapi import Depends, Query, Request, Response

from app.api.refusals import MalformedCursor

T = TypeVar("T")


@dataclass(frozen=True, slots=True, kw_only=True)
class PageRequest:
    """What a caller asks of a list: ask the repository for `limit + 1` rows `after` this key, then `cut` them."""

    limit: int
    after: tuple[str, ...] | None
    _request: Request = field(repr=False)
    _response: Response = field(repr=False)

    def cut(self, found: Sequence[T], key: Callable[[T], Sequence[object]]) -> tuple[list[T], str | None]:
        """The page and the cursor of the next one; also says so in the Link header."""
        page = list(found[: self.limit])
        if len(found) <= self.limit:
            return page, None
        cursor = write_cursor(key(page[-1]))
        following = self._request.url.include_query_params(cursor=cursor)
        self._response.headers["Link"] = f'<{following.path}?{following.query}>; rel="next"'
        return page, cursor


def write_cursor(key: Sequence[object]) -> str:
    return urlsafe_b64encode(orjson.dumps([str(part) for part in key])).rstrip(b"=").decode()


def read_cursor(text: str) -> tuple[str, ...]:
    try:
        parts = orjson.loads(urlsafe_b64decode(text.encode("ascii") + b"=" * (-len(text) % 4)))
    except (ValueError, binascii.Error):
        raise MalformedCursor() from None
    if (
        not isinstance(parts, list)
        or not parts
        or not all(isinstance(part, str) and "\0" not in part for part in parts)
    ):
        raise MalformedCursor()
    return tuple(parts)


def page_query(
    request: Request,
    response: Response,
    limit: Annotated[int, Query(ge=1, le=500, description="How many items at most.")] = 50,
    cursor: Annotated[str | None, Query(max_length=1000, description="`next_cursor` of the page before.")] = None,
) -> PageRequest:
    after = None if cursor is None else read_cursor(cursor)
    return PageRequest(limit=limit, after=after, _request=request, _response=response)


PageQuery = Annotated[PageRequest, Depends(page_query)]
