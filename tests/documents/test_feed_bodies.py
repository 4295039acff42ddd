"""Bodies: every compression opens to what went in, nothing damaged passes, nothing larger than the cap is held."""

import gzip
import os
import tracemalloc
from collections.abc import Callable

import pytest
import zstandard

from app.documents.feed.bodies import opened
from app.domain.feed.refusals import FeedBodyTooLarge, FeedCompressionBroken, FeedEncodingUnknown

DATA = os.urandom(50_000) + bytes(50_000)
LIMIT = 1_000_000
WRITERS: dict[str, Callable[[bytes], bytes]] = {
    "gzip": gzip.compress,
    "zstd": lambda body: zstandard.ZstdCompressor(write_checksum=True).compress(body),
}


def unannounced(body: bytes) -> bytes:
    """A zstd frame that does not say how large it opens."""
    writer = zstandard.ZstdCompressor(write_content_size=False).compressobj()
    return writer.compress(body) + writer.flush()


@pytest.mark.parametrize("encoding", WRITERS)
def test_a_body_opens_to_what_went_in_also_in_several_members(encoding: str) -> None:
    write = WRITERS[encoding]
    assert opened(write(DATA), encoding, limit=LIMIT) == DATA
    assert opened(write(DATA) + write(b"") + write(DATA), encoding, limit=LIMIT) == DATA + DATA
    assert opened(write(b""), encoding, limit=LIMIT) == b""


def test_other_spellings_of_the_same_compression_are_understood() -> None:
    assert opened(DATA, None, limit=LIMIT) == opened(DATA, "identity", limit=LIMIT) == DATA
    assert opened(gzip.compress(DATA) + bytes(512), " GZIP ", limit=LIMIT) == DATA
    skipped = b"\x50\x2a\x4d\x18\x04\x00\x00\x00note"
    assert opened(skipped + unannounced(DATA) + skipped, "zstd", limit=LIMIT) == DATA


@pytest.mark.parametrize("encoding", WRITERS)
@pytest.mark.parametrize(
    "damage",
    [
        lambda body: body[:-1],
        lambda body: body[:-9],
        lambda body: body[:100],
        lambda body: body[:40_000] + bytes([body[40_000] ^ 1]) + body[40_001:],
        lambda body: body + b"more",
        lambda _: b"",
        lambda _: b"channel,at,value\n",
    ],
    ids=["cut", "cut in the checksum", "beginning", "bit", "tail", "nothing", "plain"],
)
def test_nothing_damaged_passes(encoding: str, damage: Callable[[bytes], bytes]) -> None:
    with pytest.raises(FeedCompressionBroken):
        opened(damage(WRITERS[encoding](DATA)), encoding, limit=LIMIT)


@pytest.mark.parametrize("bomb", [gzip.compress(bytes(1 << 26)), unannounced(bytes(1 << 26))], ids=["gzip", "zstd"])
def test_a_bomb_is_refused_before_it_is_held(bomb: bytes) -> None:
    encoding = "gzip" if bomb.startswith(b"\x1f") else "zstd"
    tracemalloc.start()
    with pytest.raises(FeedBodyTooLarge):
        opened(bomb, encoding, limit=LIMIT)
    assert tracemalloc.get_traced_memory()[1] < 8 * LIMIT
    tracemalloc.stop()


def test_the_cap_is_exact() -> None:
    assert len(opened(DATA, None, limit=len(DATA))) == len(DATA)
    for encoding, write in (*WRITERS.items(), ("identity", bytes)):
        assert opened(write(DATA), encoding, limit=len(DATA)) == DATA
        with pytest.raises(FeedBodyTooLarge):
            opened(write(DATA), encoding, limit=len(DATA) - 1)


def test_an_unknown_compression_is_named() -> None:
    with pytest.raises(FeedEncodingUnknown, match="br"):
        opened(DATA, "br", limit=LIMIT)


def test_members_without_end_are_refused() -> None:
    with pytest.raises(FeedCompressionBroken):
        opened(gzip.compress(b"") * 10_001, "gzip", limit=LIMIT)
