"""Bodies as they arrive: opened with a cap on what comes out, so that a bomb is refused before it goes off."""

import zlib
from collections.abc import Iterator

import zstandard

from app.domain.feed.profiles import Profile
from app.domain.feed.refusals import (
    FeedBodyTooLarge,
    FeedCompressionBroken,
    FeedEncodingUnknown,
    FeedTextUndecodable,
)

GZIP, ZSTD, IDENTITY = "gzip", "zstd", "identity"
ENCODINGS = (GZIP, ZSTD, IDENTITY)
# Window bits that make zlib expect a gzip header and check its CRC.
_GZIP_WINDOW = 31
# What the format asks every reader to hold (RFC 9659); a larger window would only cost memory.
_ZSTD_WINDOW = 8 * 1024 * 1024
_CHUNK = 1024 * 1024
_PIECE = 128 * 1024
# More members, frames or blocks than any writer makes of a file of these sizes cost more to walk than to say.
_MOST_MEMBERS, _MOST_BLOCKS = 10_000, 200_000
_SKIPPABLE = 0x184D2A5
_BOM = b"\xef\xbb\xbf"


def opened(content: bytes, encoding: str | None, *, limit: int) -> bytes:
    """The body without its compression; raises FeedBodyTooLarge before more than `limit` bytes are held."""
    name = (encoding or IDENTITY).strip().lower()
    if name == IDENTITY:
        return capped([content], limit)
    if name not in {GZIP, "x-gzip", ZSTD}:
        raise FeedEncodingUnknown(encoding=name)
    try:
        return capped(_zstd(content) if name == ZSTD else _gzip(content, limit), limit)
    except (zlib.error, zstandard.ZstdError, EOFError):
        raise FeedCompressionBroken(encoding=name) from None


def capped(chunks: Iterator[bytes] | list[bytes], limit: int) -> bytes:
    held, size = list[bytes](), 0
    for chunk in chunks:
        size += len(chunk)
        if size > limit:
            raise FeedBodyTooLarge(limit=limit)
        held.append(chunk)
    return held[0] if len(held) == 1 else b"".join(held)


def utf8(content: bytes, profile: Profile) -> bytes:
    """The text as UTF-8 without a byte order mark; raises FeedTextUndecodable."""
    content = content.removeprefix(_BOM)
    if content.isascii():
        return content
    try:
        text = content.decode(profile.encoding)
    except UnicodeDecodeError as error:
        raise FeedTextUndecodable(encoding=profile.encoding, position=error.start) from None
    return content if profile.encoding == "utf-8" else text.removeprefix("\ufeff").encode()


def _gzip(content: bytes, limit: int) -> Iterator[bytes]:
    """Member after member (RFC 1952), each with its CRC; zeros may pad the end, as tapes do."""
    at = 0
    for _ in range(_MOST_MEMBERS):
        member = zlib.decompressobj(_GZIP_WINDOW)
        while not member.eof:
            piece = content[at : at + _PIECE]
            if not piece:
                raise EOFError
            yield member.decompress(piece, limit + 1)
            at += len(piece) - len(member.unused_data) - len(member.unconsumed_tail)
        if not content[at : at + _PIECE].strip(b"\0"):
            return
    raise EOFError


def _zstd(content: bytes) -> Iterator[bytes]:
    """Frame after frame (RFC 8878); the reader itself would take a file cut short for its end."""
    _walk_frames(content)
    opener = zstandard.ZstdDecompressor(max_window_size=_ZSTD_WINDOW)
    with opener.stream_reader(content, read_across_frames=True) as reader:
        while chunk := reader.read(_CHUNK):
            yield chunk


def _walk_frames(content: bytes) -> None:
    """Raises EOFError unless the body is whole frames up to its last byte."""
    at = 0
    for _ in range(_MOST_MEMBERS):
        at = _after_frame(content, at)
        if at == len(content):
            return
    raise EOFError


def _after_frame(content: bytes, at: int) -> int:
    if int.from_bytes(content[at : at + 4], "little") >> 4 == _SKIPPABLE:
        at += 8 + int.from_bytes(content[at + 4 : at + 8], "little")
    else:
        header = content[at : at + 18]
        at = _after_blocks(content, at + zstandard.frame_header_size(header))
        at += 4 if zstandard.get_frame_parameters(header).has_checksum else 0
    if at > len(content):
        raise EOFError
    return at


def _after_blocks(content: bytes, at: int) -> int:
    for _ in range(_MOST_BLOCKS):
        header = int.from_bytes(content[at : at + 3], "little")
        # Bit 0: the last block; bits 1 and 2: its type, of which 1 is one byte repeated; the rest: its size.
        at += 3 + (1 if header >> 1 & 3 == 1 else header >> 3)
        if at > len(content):
            raise EOFError
        if header & 1:
            return at
    raise EOFError
