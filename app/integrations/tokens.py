"""Access tokens: ours are signed JWTs in the profile of RFC 9068; an external issuer's are checked against its published keys."""

import hmac
import secrets
from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

import httpx
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from joserfc import jws, jwt
from joserfc.errors import JoseError
from joserfc.jwk import KeySet, OctKey

from app.domain.access import Actor, Person

EXTERNAL_ALGORITHMS = ("RS256", "PS256", "ES256", "ES384", "EdDSA")
# Issuers rotate their keys rarely; an unknown key id asks again, but not more often than this.
KEYS_KEPT = timedelta(minutes=10)
KEYS_ASKED_AGAIN = timedelta(seconds=30)
LEEWAY = timedelta(seconds=30)
# A caller uses one token for minutes, so its signature is checked once and remembered.
REMEMBERED = 4096


class TokenInvalid(Exception):
    """The token is not one of ours, not one of theirs, or not valid now."""


def new_signing_key() -> str:
    return secrets.token_urlsafe(48)


@dataclass(slots=True, kw_only=True)
class ExternalIssuer:
    """Somebody else's token service, known by its name and the address of its keys."""

    issuer: str
    jwks_url: str
    audience: str
    transport: httpx.AsyncBaseTransport | None = None
    keys: KeySet | None = None
    asked_at: datetime | None = None

    async def verify(self, token: str, kid: str | None, *, now: datetime) -> dict[str, Any]:
        keys = await self._keys(kid, now=now)
        try:
            found = jwt.decode(token, keys, algorithms=EXTERNAL_ALGORITHMS)
        except (JoseError, ValueError) as error:
            raise TokenInvalid from error
        check_claims(found.claims, issuer=self.issuer, audience=self.audience, now=now)
        return found.claims

    async def _keys(self, kid: str | None, *, now: datetime) -> KeySet:
        age = None if self.asked_at is None else now - self.asked_at
        known = self.keys is not None and any(key.kid == kid for key in self.keys.keys)
        wanted = KEYS_KEPT if known else KEYS_ASKED_AGAIN
        if age is None or age > wanted:
            self.asked_at = now
            self.keys = await self._ask() or self.keys
        if self.keys is None:
            raise TokenInvalid
        return self.keys

    async def _ask(self) -> KeySet | None:
        """An issuer that does not answer leaves the keys we have in force."""
        try:
            async with httpx.AsyncClient(transport=self.transport, timeout=5) as http:
                answer = await http.get(self.jwks_url)
                answer.raise_for_status()
                return KeySet.import_key_set(answer.json())
        except (httpx.HTTPError, JoseError, ValueError):
            return None


@dataclass(frozen=True, slots=True, kw_only=True)
class Verified:
    """What a good token says: a client of ours with scopes, or a complete caller from the external issuer."""

    client_id: str
    scopes: frozenset[str]
    expires_at: float
    external: Actor | None


@dataclass(slots=True, kw_only=True)
class Tokens:
    """Issues and verifies tokens, and seals what must not lie readable in a table."""

    issuer: str
    audience: str
    lifetime: timedelta
    external: ExternalIssuer | None = None
    key: OctKey | None = None
    sealing: AESGCM | None = None
    marking: bytes | None = None
    remembered: OrderedDict[str, Verified] = field(default_factory=OrderedDict)

    def use(self, secret: str) -> None:
        """One secret, and a key derived from it for each purpose; only this service reads its tokens."""
        signing, sealing, marking, name = (
            derived(secret, purpose) for purpose in ("signing", "sealing", "marking", "name")
        )
        self.key = OctKey.import_key(signing, {"kid": name.hex()[:16]})
        self.sealing = AESGCM(sealing)
        self.marking = marking

    def issue(self, client_id: str, scopes: frozenset[str], *, now: datetime) -> str:
        key = self._own()
        claims = {
            "iss": self.issuer,
            "aud": self.audience,
            "sub": client_id,
            "client_id": client_id,
            "scope": " ".join(sorted(scopes)),
            "iat": int(now.timestamp()),
            "exp": int((now + self.lifetime).timestamp()),
            "jti": secrets.token_hex(16),
        }
        return jwt.encode({"alg": "HS256", "typ": "at+jwt", "kid": key.kid}, claims, key)

    async def verify(self, token: str, *, now: datetime) -> Verified:
        known = self.remembered.get(token)
        if known is None:
            known = await self._verify(token, now=now)
            self.remembered[token] = known
            if len(self.remembered) > REMEMBERED:
                self.remembered.popitem(last=False)
        if known.expires_at <= now.timestamp():
            self.remembered.pop(token, None)
            raise TokenInvalid
        return known

    async def _verify(self, token: str, *, now: datetime) -> Verified:
        key = self._own()
        kid = key_id(token)
        if kid == key.kid:
            try:
                claims = jwt.decode(token, key, algorithms=["HS256"]).claims
            except (JoseError, ValueError) as error:
                raise TokenInvalid from error
            check_claims(claims, issuer=self.issuer, audience=self.audience, now=now)
            return Verified(
                client_id=str(claims["client_id"]), scopes=scopes_of(claims), expires_at=claims["exp"], external=None
            )
        if self.external is None:
            raise TokenInvalid
        claims = await self.external.verify(token, kid, now=now)
        actor = external_actor(claims)
        return Verified(client_id=actor.client_id, scopes=actor.scopes, expires_at=claims["exp"], external=actor)

    def mark(self, text: bytes) -> bytes:
        """Eight bytes that nobody else can make: enough for what only has to come back unchanged."""
        return hmac.digest(self._marking(), text, "sha256")[:8]

    def seal(self, text: bytes) -> bytes:
        nonce = secrets.token_bytes(12)
        return nonce + self._sealing().encrypt(nonce, text, None)

    def unseal(self, sealed: bytes) -> bytes | None:
        """None when the signing key has changed since."""
        try:
            return self._sealing().decrypt(sealed[:12], sealed[12:], None)
        except InvalidTag:
            return None

    def _own(self) -> OctKey:
        if self.key is None:
            raise RuntimeError("the signing key must be loaded before tokens are used")
        return self.key

    def _marking(self) -> bytes:
        if self.marking is None:
            raise RuntimeError("the signing key must be loaded before anything is marked")
        return self.marking

    def _sealing(self) -> AESGCM:
        if self.sealing is None:
            raise RuntimeError("the signing key must be loaded before answers are sealed")
        return self.sealing


def derived(secret: str, purpose: str) -> bytes:
    return hmac.digest(secret.encode(), f"cuofeng {purpose}".encode(), "sha256")


def key_id(token: str) -> str | None:
    try:
        header = jws.extract_compact(token.encode()).headers()
    except (JoseError, ValueError) as error:
        raise TokenInvalid from error
    kid = header.get("kid")
    return kid if isinstance(kid, str) else None


def check_claims(claims: Mapping[str, Any], *, issuer: str, audience: str, now: datetime) -> None:
    audiences = claims.get("aud")
    listed = audiences if isinstance(audiences, list) else [audiences]
    expires = claims.get("exp")
    begins = claims.get("nbf", 0)
    right = (
        claims.get("iss") == issuer
        and audience in listed
        and isinstance(expires, int | float)
        and isinstance(begins, int | float)
        and begins <= (now + LEEWAY).timestamp()
    )
    if not right:
        raise TokenInvalid


def scopes_of(claims: Mapping[str, Any]) -> frozenset[str]:
    scope = claims.get("scope", "")
    return frozenset(scope.split()) if isinstance(scope, str) else frozenset()


def external_actor(claims: Mapping[str, Any]) -> Actor:
    client_id = claims.get("client_id") or claims.get("azp") or claims.get("sub")
    if not isinstance(client_id, str):
        raise TokenInvalid
    return Actor(
        client_id=client_id,
        scopes=scopes_of(claims),
        regions=texts(claims.get("regions")),
        enterprise_ids=texts(claims.get("enterprise_ids")),
        sources=texts(claims.get("sources")),
        person=external_person(claims.get("person")),
    )


def external_person(claim: object) -> Person | None:
    match claim:
        case {"name": str(name), "office": str(office)} if name and office:
            return Person(name=name, office=office)
        case _:
            return None


def texts(claim: object) -> tuple[str, ...]:
    return tuple(one for one in claim if isinstance(one, str)) if isinstance(claim, list) else ()
