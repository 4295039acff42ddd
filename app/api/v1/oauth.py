"""The token endpoint: client credentials in, a short-lived access token out (RFC 6749 §4.4, RFC 9068)."""

import binascii
from base64 import b64decode
from typing import Any, Literal
from urllib.parse import parse_qsl, unquote_plus

from fastapi import Request, Response
from pydantic import Field

from app.api.bodies import AnswerBody
from app.api.limits import limiter_of
from app.api.options import options_of
from app.api.refusals import UnsupportedMediaType
from app.api.security import tokens_of
from app.api.transactions import Now, Unit, router
from app.domain.clients import Client
from app.persistence.clients import ClientRepository
from app.services.clients import holds

routes = router("oauth")

# Fields of a form are short; a long one is an attack on the hash.
MAX_FORM_BYTES = 16_384
FORM = "application/x-www-form-urlencoded"
FORM_BODY: dict[str, Any] = {
    "requestBody": {
        "required": True,
        "content": {FORM: {"schema": {"$ref": "#/components/schemas/TokenRequest"}}},
    },
    "security": [{"basic": []}, {}],
}


class TokenRequest(AnswerBody):
    """A form; the client's id and secret may stand in it or in an Authorization: Basic header."""

    grant_type: Literal["client_credentials"]
    client_id: str = Field(default="", description="Unless sent as Authorization: Basic.")
    client_secret: str = Field(default="", description="Unless sent as Authorization: Basic.")
    scope: str = Field(default="", description="Space-separated; left out: all the client holds.")


class TokenOut(AnswerBody):
    """An access token."""

    access_token: str
    token_type: Literal["Bearer"]
    expires_in: int
    scope: str


class TokenError(AnswerBody):
    """Why there is no token (RFC 6749 §5.2)."""

    error: Literal["invalid_request", "invalid_client", "unsupported_grant_type", "invalid_scope"]
    error_description: str


class TokenRefused(Exception):
    """RFC 6749 has its own error bodies, older than problem documents."""

    def __init__(self, error: str, description: str) -> None:
        super().__init__(error)
        self.error = error
        self.description = description


@routes.post(
    "/token",
    openapi_extra=FORM_BODY,
    response_model=TokenOut,
    responses={400: {"model": TokenError}, 401: {"model": TokenError}},
)
async def issue_token(request: Request, uow: Unit, now: Now) -> Response:
    """An access token for client credentials (RFC 6749, 4.4)."""
    options = options_of(request)
    address = request.client.host if request.client else ""
    await limiter_of(request).count(request, policy="token", name=address, per_minute=options.token_requests_per_minute)
    try:
        form = await read_form(request)
        if form.get("grant_type") != "client_credentials":
            raise TokenRefused("unsupported_grant_type", "grant_type must be client_credentials")
        client_id, secret = credentials(request, form)
        client = await ClientRepository(uow.session).authenticating(client_id)
        if client is None or not holds(client, secret, now=now):
            raise TokenRefused("invalid_client", "unknown client, wrong secret, or client disabled")
        scopes = granted(client, form.get("scope", ""))
    except TokenRefused as refused:
        return answer_refused(refused)
    request.state.client_id = client.id
    token = (await tokens_of(request)).issue(client.id, scopes, now=now)
    body = TokenOut(
        access_token=token,
        token_type="Bearer",  # noqa: S106  the name of a scheme, not a secret
        expires_in=options.token_minutes * 60,
        scope=" ".join(sorted(scopes)),
    )
    return Response(body.model_dump_json(), media_type="application/json", headers={"Cache-Control": "no-store"})


async def read_form(request: Request) -> dict[str, str]:
    if request.headers.get("content-type", "").partition(";")[0].strip().lower() != FORM:
        raise UnsupportedMediaType(accepted=FORM)
    body = await request.body()
    if len(body) > MAX_FORM_BYTES:
        raise TokenRefused("invalid_request", "the form is too long")
    try:
        pairs = parse_qsl(body.decode(), keep_blank_values=True, strict_parsing=bool(body), errors="strict")
    except ValueError:
        raise TokenRefused("invalid_request", "the body is not a form") from None
    form = dict(pairs)
    if len(form) != len(pairs) or any("\0" in value for value in form.values()):
        raise TokenRefused("invalid_request", "a field is given twice or holds U+0000")
    return form


def credentials(request: Request, form: dict[str, str]) -> tuple[str, str]:
    """Basic or form, never both (RFC 6749 §2.3)."""
    scheme, _, encoded = request.headers.get("authorization", "").partition(" ")
    in_form = "client_secret" in form
    if scheme.lower() != "basic":
        if not in_form or "client_id" not in form:
            raise TokenRefused("invalid_client", "no client credentials")
        return form["client_id"], form["client_secret"]
    if in_form:
        raise TokenRefused("invalid_request", "credentials stand in the header and in the form")
    try:
        client_id, colon, secret = b64decode(encoded, validate=True).decode().partition(":")
    except (binascii.Error, ValueError):
        colon = ""
    if not colon:
        raise TokenRefused("invalid_client", "the Basic header cannot be read")
    return unquote_plus(client_id), unquote_plus(secret)


def granted(client: Client, scope: str) -> frozenset[str]:
    asked = frozenset(scope.split())
    if not asked <= client.scopes:
        raise TokenRefused("invalid_scope", "the client does not hold " + " ".join(sorted(asked - client.scopes)))
    return asked or client.scopes


def answer_refused(refused: TokenRefused) -> Response:
    headers = {"Cache-Control": "no-store"}
    status = 400
    if refused.error == "invalid_client":
        status = 401
        headers["WWW-Authenticate"] = 'Basic realm="cuofeng"'
    body = {"error": refused.error, "error_description": refused.description}
    return Response(TokenError.model_validate(body).model_dump_json(), status, headers, "application/json")
