"""Pages: a page is a position, not a number; the cursor is opaque, signed for its list, and the order is stable."""

import binascii
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from hmac import compare_digest
from typing import Annotated, TypeVar

import orjson
from fastapi import Depends, Query, Request, Response

from app.api.refusals import MalformedCursor
from app.api.security import tokens_of
from app.integrations.tokens import Tokens

T = TypeVar("T")
MARK = 8


@dataclass(frozen=True, slots=True, kw_only=True)
class PageRequest:
    """What a caller asks of a list: ask the repository for `limit + 1` rows `after` this key, then `cut` them."""

    limit: int
    after: tuple[str, ...] | None
    _request: Request = field(repr=False)
    _response: Response = field(repr=False)
    _tokens: Tokens = field(repr=False)

    def cut(self, found: Sequence[T], key: Callable[[T], Sequence[object]]) -> tuple[list[T], str | None]:
        """The page and the cursor of the next one; also says so in the Link header."""
        page = list(found[: self.limit])
        if len(found) <= self.limit:
            return page, None
        cursor = write_cursor(key(page[-1]), path=self._request.url.path, tokens=self._tokens)
        following = self._request.url.include_query_params(cursor=cursor)
        self._response.headers["Link"] = f'<{following.path}?{following.query}>; rel="next"'
        return page, cursor


def write_cursor(key: Sequence[object], *, path: str, tokens: Tokens) -> str:
    text = orjson.dumps([str(part) for part in key])
    return urlsafe_b64encode(tokens.mark(path.encode() + text) + text).rstrip(b"=").decode()


def read_cursor(cursor: str, *, path: str, tokens: Tokens) -> tuple[str, ...]:
    """Only what we wrote for this list comes back, so repositories may trust the form of the key."""
    try:
        marked = urlsafe_b64decode(cursor.encode("ascii") + b"=" * (-len(cursor) % 4))
    except (ValueError, binascii.Error):
        raise MalformedCursor() from None
    mark, text = marked[:MARK], marked[MARK:]
    if not compare_digest(mark, tokens.mark(path.encode() + text)):
        raise MalformedCursor()
    return tuple(orjson.loads(text))


async def page_query(
    request: Request,
    response: Response,
    limit: Annotated[int, Query(ge=1, le=500, description="How many items at most.")] = 50,
    cursor: Annotated[str | None, Query(max_length=1000, description="`next_cursor` of the page before.")] = None,
) -> PageRequest:
    tokens = await tokens_of(request)
    after = None if cursor is None else read_cursor(cursor, path=request.url.path, tokens=tokens)
    return PageRequest(limit=limit, after=after, _request=request, _response=response, _tokens=tokens)


PageQuery = Annotated[PageRequest, Depends(page_query)]
