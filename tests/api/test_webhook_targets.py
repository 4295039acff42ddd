"""Where events may not be sent: nothing inside, in no spelling, neither when a webhook is made nor a moment later."""

import ssl
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from ipaddress import IPv4Address, IPv6Address
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID
from hypothesis import given
from hypothesis import strategies as some

from app.domain.webhooks import Failure
from app.integrations.webhooks import Resolve, Sender, TargetRefused, inward, post_to, read_url, retry_after, trusted
from tests.api.door import Door
from tests.api.officer import key
from tests.api.pushing import Post
from tests.receiver import receiving

NOW = datetime(2019, 12, 10, 2, tzinfo=UTC)
INSIDE = [
    "127.0.0.1", "127.255.255.254", "0.0.0.0", "10.0.0.1", "172.16.0.1", "172.31.255.255", "192.168.1.1",
    "169.254.169.254", "169.254.0.1", "100.64.0.1", "100.100.100.200", "192.0.0.192", "192.0.2.1", "198.18.0.1",
    "224.0.0.1", "239.255.255.255", "240.0.0.1", "255.255.255.255", "168.63.129.16",
    "::1", "::", "::ffff:127.0.0.1", "::ffff:10.0.0.1", "::ffff:169.254.169.254", "::127.0.0.1",
    "fe80::1", "fe80::1%eth0", "fc00::1", "fd00:ec2::254", "ff02::1", "2001:db8::1", "64:ff9b::7f00:1",
    "64:ff9b::a9fe:a9fe", "2002:7f00:1::", "2001:0:4136:e378:8000:63bf:3fff:fdd2", "fec0::1", "3fff::1",
    "192.88.99.1", "64:ff9b:1::1", "not an address",
]  # fmt: skip
OUTSIDE = ["1.1.1.1", "8.8.8.8", "2606:4700:4700::1111", "::ffff:1.1.1.1"]


def resolving(*addresses: str) -> Resolve:
    async def resolve(host: str, port: int) -> Sequence[str]:
        return addresses

    return resolve


@pytest.mark.parametrize("address", INSIDE)
async def test_an_address_inside_is_refused(address: str) -> None:
    assert inward(address)
    with pytest.raises(TargetRefused, match="private"):
        await Sender(resolve=resolving(address)).check("https://platform.example/hooks")
    with pytest.raises(TargetRefused, match="private"):
        await Sender(resolve=resolving("1.1.1.1", address)).check("https://platform.example/hooks")


@pytest.mark.parametrize("address", OUTSIDE)
async def test_an_address_outside_is_allowed(address: str) -> None:
    assert not inward(address)
    target = await Sender(resolve=resolving(address)).check("https://platform.example/hooks")
    assert target.addresses == (address,)


@given(some.ip_addresses(v=4))
def test_an_address_of_four_bytes_is_as_private_inside_one_of_sixteen(address: IPv4Address) -> None:
    assert inward(f"::ffff:{address}") == inward(str(address))
    assert inward(str(address)) or address.is_global


@given(some.ip_addresses(v=6))
def test_what_is_not_global_is_never_allowed(address: IPv6Address) -> None:
    assert inward(str(address)) or (address.is_global and not address.is_multicast)


@pytest.mark.parametrize(
    "host", ["127.0.0.1", "localhost", "2130706433", "0x7f000001", "0177.0.0.1", "127.1", "[::1]", "[::ffff:127.0.0.1]"]
)
async def test_no_spelling_of_this_machine_is_allowed(host: str) -> None:
    with pytest.raises(TargetRefused):
        await Sender().check(f"https://{host}/hooks")


@pytest.mark.parametrize(
    ("url", "reason"),
    [
        ("http://platform.example/", "scheme"),
        ("file:///etc/passwd", "scheme"),
        ("gopher://platform.example/", "scheme"),
        ("https://platform.example@127.0.0.1/", "credentials_or_fragment"),
        ("https://platform.example/#x", "credentials_or_fragment"),
        ("https://platform.example:0/", "malformed"),
        ("https://platform.example:99999/", "malformed"),
        ("https://platform.example\\@127.0.0.1/", "malformed"),
        ("https://platform.example/\r\nHost: inside", "malformed"),
        ("https://平台.example/", "malformed"),
        ("https://[::1", "malformed"),
        ("https:", "malformed"),
        ("https://" + "x" * 2000, "malformed"),
    ],
)
def test_what_is_no_plain_address_is_refused(url: str, reason: str) -> None:
    with pytest.raises(TargetRefused, match=reason):
        read_url(url, private_targets=False)


async def test_a_name_that_changes_its_mind_gains_nothing(post: Post) -> None:
    """The address is asked for once for each try, and the connection goes to what was checked."""
    answers = iter([["1.1.1.1"], ["127.0.0.1"], ["1.1.1.1"]])

    async def rebinding(host: str, port: int) -> Sequence[str]:
        return next(answers)

    sender = Sender(resolve=rebinding)
    url = f"https://platform.example:{post.receiver.port}/hooks"
    assert (await sender.check(url)).addresses == ("1.1.1.1",)
    tried = await sender.send(url, b"{}", {}, at=NOW)
    assert (tried.failure, tried.status) == (Failure.TARGET_REFUSED, None)
    assert post.receiver.got == []
    assert len(list(answers)) == 1, "asked exactly once for a try"


async def test_the_connection_goes_to_the_checked_address_and_names_the_host(post: Post) -> None:
    parts = read_url(f"http://platform.example:{post.receiver.port}/a/b?c=d", private_targets=True)
    answer = await post_to("127.0.0.1", parts, b"{}", {"X-Trial": "1"})
    assert answer.status_code == 204
    (got,) = post.receiver.got
    assert (got.path, got.headers["host"]) == ("/a/b?c=d", f"platform.example:{post.receiver.port}")


def certified(name: str, place: Path) -> ssl.SSLContext:
    """A receiver's side of TLS with a certificate for one name, which is written where others may trust it."""
    own = ec.generate_private_key(ec.SECP256R1())
    who = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    now = datetime.now(UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(who)
        .issuer_name(who)
        .public_key(own.public_key())
        .serial_number(1)
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(name)]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(own, hashes.SHA256())
    )
    place.write_bytes(certificate.public_bytes(Encoding.PEM))
    private = place.with_suffix(".key")
    private.write_bytes(own.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(place, private)
    return context


async def test_certificates_are_checked_against_the_name_not_the_pinned_address(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    context = certified("platform.example", tmp_path / "trusted.pem")
    monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "trusted.pem"))
    trusted.cache_clear()
    async with receiving(context=context) as receiver:
        sender = Sender(private_targets=True, resolve=resolving("127.0.0.1"))
        right = await sender.send(f"https://platform.example:{receiver.port}/hooks", b"{}", {}, at=NOW)
        wrong = await sender.send(f"https://other.example:{receiver.port}/hooks", b"{}", {}, at=NOW)
    monkeypatch.undo()
    trusted.cache_clear()
    async with receiving(context=context) as receiver:
        strange = await sender.send(f"https://platform.example:{receiver.port}/hooks", b"{}", {}, at=NOW)
    assert (right.status, right.failure) == (204, None)
    assert (wrong.status, wrong.failure) == (None, Failure.UNREACHABLE)
    assert (strange.status, strange.failure) == (None, Failure.UNREACHABLE)


async def test_a_webhook_that_leads_inside_is_refused_at_the_door(door: Door) -> None:
    officer = await door.caller()
    for url in ("https://127.0.0.1/hooks", "https://localhost/hooks", "https://[::1]/", "https://169.254.169.254/"):
        answer = await officer.post("/v1/webhooks", json={"url": url}, headers=key())
        assert answer.status_code == 422, url
        assert answer.json()["errors"][0]["code"] == "url_private"
    plain = await officer.post("/v1/webhooks", json={"url": "http://1.1.1.1/"}, headers=key())
    assert plain.json()["errors"][0]["code"] == "url_scheme"


async def test_a_webhook_that_leads_inside_by_now_is_not_sent_to(post: Post) -> None:
    """It was made while private targets were allowed; they no longer are."""
    firm = await post.firm()
    webhook = await post.subscribes()
    await post.happens(firm, 1)
    await post.relays()
    await post.courier(Sender()).drain()
    assert post.receiver.got == []
    (tried,) = await post.deliveries(webhook)
    assert (tried["state"], tried["last_attempt"]["failure"]) == ("waiting", "target_refused")


@pytest.mark.parametrize(
    ("header", "seconds"),
    [
        (None, None),
        ("7", 7),
        ("Tue, 10 Dec 2019 02:01:00 GMT", 60),
        ("Tue, 10 Dec 2019 01:00:00 GMT", 0),
        ("soon", None),
        ("-5", None),
        ("٣", None),
        ("9" * 400, 1_000_000),
    ],
)
def test_a_pause_is_asked_for_in_seconds_or_until_a_date(header: str | None, seconds: int | None) -> None:
    pause = retry_after(header, now=NOW)
    assert (None if pause is None else pause.total_seconds()) == seconds
