"""Sending one part until it has landed, been refused, or nobody answers any more: the sender's half of the retry rules."""

import asyncio
import base64
import hashlib
import random
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from email.utils import parsedate_to_datetime
from typing import Any

import httpx

from app.clock import utc_now

# Waiting doubles from one second on, and is drawn between half of it and all of it.
FIRST_WAIT, LONGEST_WAIT = 1.0, 30.0
# Somebody else is at it, too much is under way, or the service is not there for the moment.
TRY_AGAIN = {408, 409, 425, 429, 500, 502, 503, 504}

Wait = Callable[[float], Awaitable[None]]


class PushFailed(Exception):
    """The push could not be finished; the message says why and what to do."""


class PartRefused(PushFailed):
    """The service refused a part as a whole: sending it again unchanged is of no use."""

    def __init__(self, problem: Mapping[str, Any], status: int) -> None:
        self.problem = problem
        detail = problem.get("detail") or problem.get("error_description") or "The service refused it."
        super().__init__(f"{detail} ({problem.get('code', status)})")


@dataclass(frozen=True, slots=True, kw_only=True)
class Credentials:
    """A client and its secret, as `cuofeng client create` shows them."""

    client_id: str
    client_secret: str


@dataclass(slots=True, kw_only=True)
class FeedClient:
    """One sender's way to the service; `patience` is for how many seconds in a row it may be out of reach."""

    http: httpx.AsyncClient
    credentials: Credentials
    patience: float
    wait: Wait = asyncio.sleep
    say: Callable[[str], None] = lambda _: None
    _token: str | None = field(default=None, init=False)

    async def send(self, body: bytes, headers: Mapping[str, str], params: Mapping[str, str]) -> dict[str, Any]:
        """The batch with its report; raises PartRefused, PushFailed."""
        digest = base64.b64encode(hashlib.sha256(body).digest()).decode()
        told = {"Content-Digest": f"sha-256=:{digest}:", "Accept-Language": "en", **headers}
        answer = await self._persist("POST", "/v1/feed/batches", content=body, headers=told, params=params)
        batch: dict[str, Any] = answer.json()
        waited = 0.0
        while batch["report"] is None:
            # Kept, and merged in the background: the receipt is as good as the report, but the report is asked for.
            if waited > self.patience:
                raise PushFailed(
                    f"Batch {batch['id']} is kept but not merged yet: does a worker run? Push again later."
                )
            await self.wait(FIRST_WAIT)
            waited += FIRST_WAIT
            batch = (await self._persist("GET", f"/v1/feed/batches/{batch['id']}")).json()
        if batch["state"] == "refused":
            refusal = batch["report"]["refusal"]
            raise PartRefused({"code": refusal["code"], "detail": refusal["detail"]}, 422)
        return batch

    async def rejections(self, url: str) -> bytes:
        """Every rejected row of a batch, a line of JSON each."""
        return (await self._persist("GET", url, params={"format": "ndjson"})).content

    async def _persist(self, method: str, url: str, **options: Any) -> httpx.Response:
        """Until there is an answer that counts."""
        tries, waited, renewed = 0, 0.0, False
        while True:
            answer, why = await self._try(method, url, **options)
            if answer is not None and answer.is_success:
                return answer
            if answer is not None and answer.status_code == 401 and not renewed:
                self._token, renewed = None, True
                continue
            if answer is not None and answer.status_code not in TRY_AGAIN:
                raise PartRefused(_problem(answer), answer.status_code)
            if waited >= self.patience:
                raise PushFailed(f"No answer that counts for {waited:.0f} seconds: {why}")
            pause = _pause(tries, answer)
            self.say(f"{why}; again in {pause:.1f} s")
            await self.wait(pause)
            tries, waited, renewed = tries + 1, waited + pause, False

    async def _try(self, method: str, url: str, **options: Any) -> tuple[httpx.Response | None, str]:
        """An answer, or none; and in a few words what happened."""
        try:
            token = await self._bearer()
            if isinstance(token, httpx.Response):
                return token, f"{token.status_code} for a token"
            headers = {**options.pop("headers", {}), "Authorization": f"Bearer {token}"}
            answer = await self.http.request(method, url, headers=headers, **options)
        except httpx.TransportError as error:
            return None, f"{type(error).__name__} {error}".strip()
        return answer, f"{answer.status_code} {_problem(answer).get('code', '')}".strip()

    async def _bearer(self) -> str | httpx.Response:
        if self._token is None:
            form = {
                "grant_type": "client_credentials",
                "client_id": self.credentials.client_id,
                "client_secret": self.credentials.client_secret,
            }
            answer = await self.http.post("/v1/oauth/token", data=form)
            if not answer.is_success:
                return answer
            self._token = str(answer.json()["access_token"])
        return self._token


def _pause(tries: int, answer: httpx.Response | None) -> float:
    """As long as the service asks for, and a little longer by chance so that not all senders come back at once."""
    asked = _retry_after(answer)
    if asked is not None:
        return asked + random.uniform(0, 1)  # noqa: S311  chance spreads senders, it protects nothing
    most = min(LONGEST_WAIT, FIRST_WAIT * 2**tries)
    return random.uniform(most / 2, most)  # noqa: S311  chance spreads senders, it protects nothing


def _retry_after(answer: httpx.Response | None) -> float | None:
    """Seconds, or a date (RFC 9110 10.2.3)."""
    told = None if answer is None else answer.headers.get("retry-after")
    if told is None:
        return None
    if told.isdecimal():
        return float(told)
    try:
        return max(0.0, (parsedate_to_datetime(told) - utc_now()).total_seconds())
    except (ValueError, TypeError):
        return None


def _problem(answer: httpx.Response) -> dict[str, Any]:
    if answer.is_success or "json" not in answer.headers.get("content-type", ""):
        return {}
    try:
        found = answer.json()
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}
