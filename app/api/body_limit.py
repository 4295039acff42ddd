"""No body larger than the limit is ever held: a declared length is refused unread, an undeclared one where it passes.

The framework's own limit answers in plain text; ours is a problem document like every other refusal.
"""

from fastapi import Request
from starlette.datastructures import Headers
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from app.api.problems import problem_response
from app.api.refusals import BodyTooLarge


class BodyLimit:
    """A middleware inside the one that observes."""

    def __init__(self, app: ASGIApp, *, max_bytes: int) -> None:
        self.app = app
        self.max_bytes = max_bytes

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        declared = Headers(scope=scope).get("content-length", "")
        if declared.isdecimal() and int(declared[:20]) > self.max_bytes:
            await problem_response(Request(scope, receive), self.refusal())(scope, receive, send)
            return
        received = 0

        async def counted() -> Message:
            nonlocal received
            message = await receive()
            received += len(message.get("body", b""))
            if received > self.max_bytes:
                raise self.refusal()
            return message

        await self.app(scope, counted, send)

    def refusal(self) -> BodyTooLarge:
        # What is left of the body would be taken for the next request.
        return BodyTooLarge(limit=self.max_bytes, headers={"Connection": "close"})
