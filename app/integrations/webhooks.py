"""Other people's receivers: addresses are checked before anything is sent, and what is sent is signed.

A receiver's name is resolved here, every address it has is checked, and the connection goes to a checked address: a
name that resolves to something else a moment later (DNS rebinding) gains nothing. Redirects are not followed, nothing
of the answer but its head is read, and no proxy of the environment is used.
"""

import asyncio
import secrets
import socket
import ssl
import time
from base64 import b64encode
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from functools import cache
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network
from urllib.parse import SplitResult, urlsplit

import httpx
from standardwebhooks import Webhook

from app.domain.webhooks import Attempt, Failure

CONNECT_SECONDS = 5
TRY_SECONDS = 15
LONGEST_URL = 2000
ADDRESSES_TRIED = 2
Address = IPv4Address | IPv6Address
Resolve = Callable[[str, int], Awaitable[Sequence[str]]]

# What leads inside, or nowhere, although `is_global` of one Python or another lets it through: protocol assignments
# (RFC 6890, 9637, 9602), translations of IPv4 (RFC 6052, 8215, 3056), and where one cloud answers its own machines.
_INWARD = tuple(
    map(
        ip_network,
        (
            *("192.0.0.0/24", "192.88.99.0/24", "168.63.129.16/32"),
            *("64:ff9b::/96", "64:ff9b:1::/48", "2001::/23", "2002::/16", "3fff::/20", "5f00::/16", "fec0::/10"),
        ),
    )
)


class TargetRefused(Exception):
    """The address is not one that events may be sent to; `reason` is a word, never the address it resolved to."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """A receiver and the checked addresses it has now."""

    url: SplitResult
    addresses: tuple[str, ...]


def new_secret() -> str:
    """192 random bits in the form of Standard Webhooks 1.0.0."""
    return "whsec_" + b64encode(secrets.token_bytes(24)).decode()


def inward(text: str) -> bool:
    """Whether an address leads anywhere but to the public internet."""
    try:
        address: Address = ip_address(text.partition("%")[0])
    except ValueError:
        return True
    mapped = address.ipv4_mapped if isinstance(address, IPv6Address) else None
    if mapped is not None:
        address = mapped
    odd = address.is_multicast or address.is_reserved or address.is_unspecified
    return odd or not address.is_global or any(address in net for net in _INWARD if net.version == address.version)


def read_url(url: str, *, private_targets: bool) -> SplitResult:
    """The parts of an address; raises TargetRefused."""
    if len(url) > LONGEST_URL or not url.isascii() or not url.isprintable() or " " in url:
        raise TargetRefused("malformed")
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        raise TargetRefused("malformed") from None
    if parts.scheme not in ({"https", "http"} if private_targets else {"https"}):
        raise TargetRefused("scheme")
    if not parts.hostname or port == 0 or "\\" in url:
        raise TargetRefused("malformed")
    if parts.username is not None or parts.password is not None or parts.fragment:
        raise TargetRefused("credentials_or_fragment")
    return parts


async def resolve(host: str, port: int) -> list[str]:
    """As this machine resolves names, literal addresses in all their spellings included."""
    found = await asyncio.get_running_loop().getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(str(one[4][0]) for one in found))


@cache
def trusted() -> ssl.SSLContext:
    """Made once, reading the authorities takes longer than a delivery; SSL_CERT_FILE names those of a closed network."""
    return httpx.create_ssl_context()


@dataclass(frozen=True, slots=True, kw_only=True)
class Sender:
    """Sends events to receivers; private targets are for tests and closed networks."""

    private_targets: bool = False
    resolve: Resolve = resolve

    async def check(self, url: str) -> Target:
        """The receiver with its addresses; raises TargetRefused if any of them leads inside, or none is found."""
        parts = read_url(url, private_targets=self.private_targets)
        port = port_of(parts)
        try:
            async with asyncio.timeout(CONNECT_SECONDS):
                addresses = tuple(await self.resolve(parts.hostname or "", port))
        except (OSError, UnicodeError, TimeoutError):
            addresses = ()
        if not addresses:
            raise TargetRefused("unresolved")
        if not self.private_targets and any(map(inward, addresses)):
            raise TargetRefused("private")
        return Target(url=parts, addresses=addresses)

    async def send(self, url: str, body: bytes, headers: dict[str, str], *, at: datetime) -> Attempt:
        """One try, whatever comes of it; `at` is when it began."""
        started = time.perf_counter()
        status, failure, pause = None, None, None
        try:
            async with asyncio.timeout(TRY_SECONDS):
                answer = await self._post(await self.check(url), body, headers)
            status = answer.status_code
            failure = None if answer.is_success else Failure.STATUS
            pause = retry_after(answer.headers.get("retry-after"), now=at)
        except TargetRefused as refused:
            failure = Failure.UNREACHABLE if refused.reason == "unresolved" else Failure.TARGET_REFUSED
        except (TimeoutError, httpx.TimeoutException):
            failure = Failure.TIMEOUT
        except (httpx.HTTPError, OSError):
            failure = Failure.UNREACHABLE
        latency = round((time.perf_counter() - started) * 1000)
        return Attempt(at=at, status=status, failure=failure, latency_ms=latency, retry_after=pause)

    async def _post(self, target: Target, body: bytes, headers: dict[str, str]) -> httpx.Response:
        """To a checked address; the next one is tried only where nobody listens at the one before."""
        *others, last = target.addresses[:ADDRESSES_TRIED]
        for address in others:
            try:
                return await post_to(address, target.url, body, headers)
            except (httpx.ConnectError, httpx.ConnectTimeout):
                continue
        return await post_to(last, target.url, body, headers)


async def post_to(address: str, url: SplitResult, body: bytes, headers: dict[str, str]) -> httpx.Response:
    """The connection is made for this one request, and certificates are checked against the name, not the address."""
    named = {"Host": url.netloc, **headers}
    host = f"[{address}]" if ":" in address else address
    pinned = url._replace(netloc=f"{host}:{port_of(url)}").geturl()
    transport = httpx.AsyncHTTPTransport(verify=trusted() if url.scheme == "https" else False, trust_env=False)
    async with httpx.AsyncClient(
        transport=transport, timeout=httpx.Timeout(TRY_SECONDS, connect=CONNECT_SECONDS), trust_env=False
    ) as client:
        request = client.build_request(
            "POST", pinned, content=body, headers=named, extensions={"sni_hostname": url.hostname}
        )
        answer = await client.send(request, stream=True, follow_redirects=False)
        await answer.aclose()
        return answer


def port_of(url: SplitResult) -> int:
    return url.port or (443 if url.scheme == "https" else 80)


def signed(event_id: str, body: bytes, keys: Sequence[str], *, at: datetime) -> dict[str, str]:
    """The headers of Standard Webhooks 1.0.0, with one signature for each secret that holds now."""
    moment = at.astimezone(UTC)
    text = body.decode()
    return {
        "webhook-id": event_id,
        "webhook-timestamp": str(int(moment.timestamp())),
        "webhook-signature": " ".join(Webhook(key).sign(event_id, moment, text) for key in keys),
        "Content-Type": "application/cloudevents+json; charset=utf-8",
        "User-Agent": "cuofeng",
    }


def retry_after(header: str | None, *, now: datetime) -> timedelta | None:
    """Seconds or a date (RFC 9110 §10.2.3); what cannot be read asks for nothing."""
    if header is None:
        return None
    if header.strip().isdecimal() and header.isascii():
        return timedelta(seconds=min(int(header), 10**6))
    try:
        until = parsedate_to_datetime(header)
    except ValueError:
        return None
    return max(until.replace(tzinfo=until.tzinfo or UTC) - now, timedelta())
