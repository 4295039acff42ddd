"""A receiver of webhooks as another platform would run one: it listens, checks each signature, and remembers."""

import asyncio
import contextlib
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import orjson
from standardwebhooks import Webhook, WebhookVerificationError


class Verifier(Webhook):
    """The library's check of signatures, by the clock of the story."""

    def __init__(self, secret: str, clock: Callable[[], datetime]) -> None:
        super().__init__(secret)

        def read(header: str) -> datetime:
            sent = datetime.fromtimestamp(float(header), tz=UTC)
            if abs(clock() - sent) > timedelta(minutes=5):
                raise WebhookVerificationError("Message timestamp too far from now")
            return sent

        # The only part of the check that asks what time it is.
        setattr(self, "_Webhook__verify_timestamp", read)  # noqa: B010  its name is private to the library


@dataclass(frozen=True, slots=True)
class Received:
    """One request as it came."""

    path: str
    headers: Mapping[str, str]
    body: bytes

    @property
    def id(self) -> str:
        return self.headers["webhook-id"]

    @property
    def event(self) -> dict[str, Any]:
        found: dict[str, Any] = orjson.loads(self.body)
        return found

    @property
    def signatures(self) -> list[str]:
        return self.headers["webhook-signature"].split(" ")


Answer = int | bytes
Behave = Callable[[Received], Awaitable[Answer] | Answer]


@dataclass(slots=True)
class Receiver:
    """Answers 204, or whatever `behave` says: a status, or the bytes of a whole answer."""

    port: int = 0
    behave: Behave = lambda _: 204
    got: list[Received] = field(default_factory=list)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/hooks"

    def verified(self, secret: str, clock: Callable[[], datetime]) -> list[dict[str, Any]]:
        """Everything that came, each with a good signature and the id of its event."""
        found = []
        for one in self.got:
            event = Verifier(secret, clock).verify(one.body, dict(one.headers))
            assert event["id"] == one.id
            found.append(event)
        return found

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(asyncio.IncompleteReadError, ConnectionError):
            head = (await reader.readuntil(b"\r\n\r\n")).decode().split("\r\n")
            headers = {name.lower(): value for name, _, value in (line.partition(": ") for line in head[1:] if line)}
            body = await reader.readexactly(int(headers.get("content-length", "0")))
            one = Received(head[0].split(" ")[1], headers, body)
            self.got.append(one)
            said = self.behave(one)
            answer = said if isinstance(said, int | bytes) else await said
            if isinstance(answer, int):
                answer = f"HTTP/1.1 {answer} x\r\nContent-Length: 0\r\n\r\n".encode()
            writer.write(answer)
            await writer.drain()
        writer.close()


@contextlib.asynccontextmanager
async def receiving(port: int = 0, *, context: ssl.SSLContext | None = None) -> AsyncIterator[Receiver]:
    """A receiver that listens on a port of this machine, in plain text unless it has a certificate."""
    receiver = Receiver()
    server = await asyncio.start_server(receiver.serve, "127.0.0.1", port, ssl=context)
    receiver.port = server.sockets[0].getsockname()[1]
    try:
        yield receiver
    finally:
        server.close()
