"""Security: tokens, scopes, persons, and what an outsider hears."""

from datetime import timedelta
from typing import Any
from urllib.parse import quote

import httpx
import pytest
from joserfc import jwt
from joserfc.jwk import ECKey, KeySet
from sqlalchemy import text

from app.api.security import read_person
from app.domain.access import Actor, Person
from app.integrations.tokens import ExternalIssuer
from tests.api.door import Door

FORM = {"grant_type": "client_credentials"}
ZHANG = f"name={quote('张三')}; office={quote('大气科科长')}"


async def test_a_token_comes_from_basic_or_from_the_form(door: Door) -> None:
    client, secret = await door.register(["feed:write", "facts:read"])
    basic = await door.anyone().post("/v1/oauth/token", data=FORM, auth=(client.id, secret))
    form = {**FORM, "client_id": client.id, "client_secret": secret, "scope": "feed:write"}
    posted = await door.anyone().post("/v1/oauth/token", data=form)
    assert (basic.status_code, basic.json()["scope"]) == (200, "facts:read feed:write")
    assert (posted.status_code, posted.json()["scope"]) == (200, "feed:write")
    assert (posted.json()["token_type"], posted.json()["expires_in"]) == ("Bearer", 3600)
    assert posted.headers["cache-control"] == "no-store"


@pytest.mark.parametrize(
    ("form", "status", "error"),
    [
        ({"grant_type": ""}, 400, "unsupported_grant_type"),
        ({"grant_type": "password"}, 400, "unsupported_grant_type"),
        (FORM, 401, "invalid_client"),
        ({**FORM, "client_id": "nobody", "client_secret": "x"}, 401, "invalid_client"),
        ({**FORM, "client_id": "ID", "client_secret": "wrong"}, 401, "invalid_client"),
        ({**FORM, "client_id": "ID", "client_secret": "SECRET", "scope": "fly"}, 400, "invalid_scope"),
        ({**FORM, "client_id": "ID", "client_secret": ["SECRET", "SECRET"]}, 400, "invalid_request"),
        ({**FORM, "client_id": "ID\0", "client_secret": "SECRET"}, 400, "invalid_request"),
        ({**FORM, "client_id": "ID", "client_secret": "x" * 20_000}, 400, "invalid_request"),
    ],
)
async def test_a_refused_token_says_why_in_the_words_of_rfc_6749(
    door: Door, form: dict[str, Any], status: int, error: str
) -> None:
    client, secret = await door.register(["feed:write"])
    known = {"ID": client.id, "ID\0": client.id + "\0", "SECRET": secret, ("SECRET", "SECRET"): [secret, secret]}
    filled = {
        name: known.get(tuple(value) if isinstance(value, list) else value, value) for name, value in form.items()
    }
    answer = await door.anyone().post("/v1/oauth/token", data=filled)
    assert (answer.status_code, answer.json()["error"]) == (status, error)
    assert ("www-authenticate" in answer.headers) == (status == 401)


@pytest.mark.parametrize("authorization", ["", "Bearer", "Bearer x", "Bearer a.b.c", "Basic eA==", "Bearer ä"])
async def test_without_a_good_token_nobody_comes_in(door: Door, authorization: str) -> None:
    answer = await door.anyone().get("/v1/operations", headers=[(b"Authorization", authorization.encode("latin-1"))])
    assert (answer.status_code, answer.json()["code"]) == (401, "unauthenticated")
    assert answer.headers["www-authenticate"].startswith('Bearer realm="cuofeng"')


async def test_a_token_ends_when_its_time_is_over(door: Door, clock) -> None:
    caller = await door.caller()
    clock.advance(minutes=59)
    assert (await caller.get("/v1/operations")).status_code == 200
    clock.advance(minutes=1)
    assert (await caller.get("/v1/operations")).status_code == 401


@pytest.mark.parametrize("wrong", [{"aud": "another"}, {"iss": "another"}, {"exp": None}, {"nbf": 2**40}])
async def test_a_token_signed_with_our_key_but_made_for_another_purpose_is_refused(
    door: Door, wrong: dict[str, Any]
) -> None:
    client, _ = await door.register()
    tokens = door.app.state.tokens
    claims = {"iss": "cuofeng", "aud": "cuofeng", "client_id": client.id, "exp": 2**40, **wrong}
    token = jwt.encode({"alg": "HS256", "kid": tokens.key.kid}, claims, tokens.key)
    answer = await door.anyone().get("/v1/operations", headers={"Authorization": f"Bearer {token}"})
    assert answer.status_code == 401


async def test_an_unsigned_token_is_refused(door: Door) -> None:
    client, _ = await door.register()
    kid = door.app.state.tokens.key.kid
    claims = {"iss": "cuofeng", "aud": "cuofeng", "client_id": client.id, "exp": 2**40}
    signed = jwt.encode({"alg": "HS256", "kid": kid}, claims, door.app.state.tokens.key)
    for token in (signed.rsplit(".", 1)[0] + ".", signed[:-3] + "AAA"):
        answer = await door.anyone().get("/v1/operations", headers={"Authorization": f"Bearer {token}"})
        assert answer.status_code == 401


async def test_a_missing_scope_is_named(door: Door) -> None:
    answer = await (await door.caller("feed:write")).get("/v1/clients")
    assert (answer.status_code, answer.json()["code"]) == (403, "missing_scope")
    assert "clients:admin" in answer.json()["detail"]
    assert (
        answer.headers["www-authenticate"]
        == 'Bearer realm="cuofeng", error="insufficient_scope", scope="clients:admin"'
    )


async def test_a_trusted_client_names_the_person_it_acts_for(door: Door) -> None:
    admin = await door.caller(on_behalf_of=True)
    body = {"name": "市平台", "region": "141000", "scopes": ["feed:write"]}
    made = await admin.post("/v1/clients", json=body, headers={"Idempotency-Key": "1", "On-Behalf-Of": ZHANG})
    assert made.status_code == 201
    async with door.sessions() as session:
        row = (
            await session.execute(text("SELECT person_name, person_office FROM audit ORDER BY position DESC"))
        ).first()
    assert row is not None
    assert tuple(row) == ("张三", "大气科科长")


async def test_a_client_not_trusted_with_persons_may_not_name_one(door: Door) -> None:
    answer = await (await door.caller()).get("/v1/operations", headers={"On-Behalf-Of": ZHANG})
    assert (answer.status_code, answer.json()["code"]) == (403, "not_trusted_for_persons")


@pytest.mark.parametrize("header", ["", "name=a", "name=; office=b", "name=%ff; office=b", "name=a; office=%00", "x"])
async def test_a_person_without_name_or_office_is_refused(door: Door, header: str) -> None:
    caller = await door.caller(on_behalf_of=True)
    answer = await caller.get("/v1/operations", headers={"On-Behalf-Of": header})
    assert (answer.status_code, answer.json()["code"]) == (400, "malformed_person")


def test_a_person_is_read_from_percent_encoded_words() -> None:
    assert read_person(ZHANG) == Person(name="张三", office="大气科科长")


class Issuer:
    """Somebody else's token service, with keys it may change."""

    def __init__(self) -> None:
        self.key = self.new_key()
        self.asked = 0
        self.down = False

    def new_key(self) -> ECKey:
        key = ECKey.generate_key("P-256", private=True)
        key.ensure_kid()
        return key

    def answer(self, _request: httpx.Request) -> httpx.Response:
        self.asked += 1
        return httpx.Response(500) if self.down else httpx.Response(200, json=KeySet([self.key]).as_dict(private=False))

    def token(self, **claims: Any) -> str:
        header = {"alg": "ES256", "kid": self.key.kid}
        standard = {"iss": "https://id.example", "aud": "cuofeng", "exp": 2**40, "sub": "officer-7"}
        return jwt.encode(header, {**standard, **claims}, self.key)


@pytest.fixture
def issuer(door: Door) -> Issuer:
    made = Issuer()
    door.app.state.tokens.external = ExternalIssuer(
        issuer="https://id.example",
        jwks_url="https://id.example/keys",
        audience="cuofeng",
        transport=httpx.MockTransport(made.answer),
    )
    return made


async def test_an_external_token_names_caller_scope_region_and_person(door: Door, issuer: Issuer) -> None:
    token = issuer.token(
        scope="operations:read clients:admin", regions=["141000"], person={"name": "李四", "office": "副局长"}
    )
    verified = await door.app.state.tokens.verify(token, now=door.clock())
    assert verified.external == Actor(
        client_id="officer-7",
        scopes=frozenset({"operations:read", "clients:admin"}),
        regions=("141000",),
        person=Person(name="李四", office="副局长"),
    )
    assert (await door.anyone().get("/v1/clients", headers={"Authorization": f"Bearer {token}"})).status_code == 200


@pytest.mark.parametrize("wrong", [{"aud": "another"}, {"iss": "https://evil.example"}, {"exp": 1}])
async def test_an_external_token_for_somebody_else_is_refused(
    door: Door, issuer: Issuer, wrong: dict[str, Any]
) -> None:
    headers = {"Authorization": f"Bearer {issuer.token(**wrong)}"}
    assert (await door.anyone().get("/v1/operations", headers=headers)).status_code == 401


async def test_the_issuers_keys_are_asked_for_once_and_again_when_a_new_one_appears(
    door: Door, issuer: Issuer, clock
) -> None:
    tokens = door.app.state.tokens
    for jti in range(3):
        await tokens.verify(issuer.token(jti=jti), now=clock())
    assert issuer.asked == 1
    issuer.key = issuer.new_key()
    clock.advance(seconds=31)
    await tokens.verify(issuer.token(), now=clock())
    assert issuer.asked == 2


async def test_an_issuer_that_is_down_does_not_shut_out_those_whose_keys_we_know(
    door: Door, issuer: Issuer, clock
) -> None:
    tokens = door.app.state.tokens
    await tokens.verify(issuer.token(jti=1), now=clock())
    issuer.down = True
    clock.advance(minutes=11)
    assert (await tokens.verify(issuer.token(jti=2), now=clock())).client_id == "officer-7"
    assert issuer.asked == 2


async def test_our_token_carries_no_more_than_the_client_holds_now(door: Door) -> None:
    client, _ = await door.register(["feed:write"])
    token = door.app.state.tokens.issue(client.id, frozenset({"clients:admin"}), now=door.clock())
    answer = await door.anyone().get("/v1/clients", headers={"Authorization": f"Bearer {token}"})
    assert answer.status_code == 403


async def test_a_remembered_token_still_ends(door: Door) -> None:
    tokens = door.app.state.tokens
    token = tokens.issue("somebody", frozenset(), now=door.clock())
    verified = await tokens.verify(token, now=door.clock())
    assert verified.expires_at == (door.clock() + timedelta(hours=1)).timestamp()
    answer = await door.anyone().get("/v1/operations", headers={"Authorization": f"Bearer {token}"})
    assert answer.status_code == 401
