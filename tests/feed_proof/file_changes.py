"""What can go wrong with lines and with files as a whole, each a change of text or bytes, drawn from a seed."""

import base64
import gzip
import hashlib
from collections.abc import Callable

import zstandard

from tests.feed_proof.mutations import CSV, JSON, LINES, PARQUET, Draft

Change = Callable[[Draft], None]


def change_lines(draft: Draft, times: int) -> None:
    """Of text: lines broken, blank, doubled, quoted."""
    if draft.media_type == PARQUET:
        return
    for _ in range(times):
        encoding = draft.company.told("encoding", "utf-8")
        lines = draft.body.decode(encoding).split("\n")
        first = 1 if draft.media_type == CSV else 0
        if len(lines) <= first + 1:
            return
        at = draft.chance.randrange(first, len(lines) - 1)
        name = draft.pick(list(CSV_LINES if draft.media_type == CSV else JSON_LINES))
        lines[at] = (CSV_LINES if draft.media_type == CSV else JSON_LINES)[name](lines[at], draft)
        draft.body = "\n".join(lines).encode(encoding)
        draft.done.append(f"line: {name}")


def _mark(draft: Draft) -> str:
    return str(draft.company.told("delimiter", ","))


def _cut(line: str, draft: Draft) -> str:
    return line[: draft.chance.randrange(len(line) + 1)]


def _into(line: str, draft: Draft, what: str) -> str:
    at = draft.chance.randrange(len(line) + 1)
    return line[:at] + what + line[at:]


def _quote_field(line: str, draft: Draft, around: str = '"{}"') -> str:
    fields = line.split(_mark(draft))
    at = draft.chance.randrange(len(fields))
    fields[at] = around.format(fields[at])
    return _mark(draft).join(fields)


CSV_LINES: dict[str, Callable[[str, Draft], str]] = {
    "cut": _cut,
    "emptied": lambda _, __: "",
    "blanks": lambda _, __: "   ",
    "delimiters": lambda line, draft: _mark(draft) * line.count(_mark(draft)),
    "a field too many": lambda line, draft: line + _mark(draft),
    "a field too few": lambda line, draft: line.partition(_mark(draft))[2],
    "quote somewhere": lambda line, draft: _into(line, draft, '"'),
    "quote before": lambda line, _: '"' + line,
    "quote behind": lambda line, _: line + '"',
    "two quotes": lambda line, draft: _into(line, draft, '""'),
    "field quoted": _quote_field,
    "field quoted with a line end": lambda line, draft: _quote_field(line, draft, '"{}\n"'),
    "field quoted after a blank": lambda line, draft: _quote_field(line, draft, ' "{}"'),
    "field quoted and more": lambda line, draft: _quote_field(line, draft, '"{}"x'),
    "doubled quotes": lambda line, draft: _quote_field(line, draft, '"""{}"""'),
    "a line in front": lambda line, _: "garbage\n" + line,
    "a blank line in front": lambda line, _: "\n" + line,
    "seventeen lines in quotes": lambda line, draft: _quote_field(line, draft, '"{}' + "\n" * 17 + '"'),
    "another delimiter": lambda line, draft: line.replace(_mark(draft), "|"),
    "said again": lambda line, _: f"{line}\n{line}",
    "carriage return": lambda line, _: line + "\r",
    "carriage return inside": lambda line, draft: _into(line, draft, "\r"),
    "header again": lambda line, draft: draft.body.decode(draft.company.told("encoding", "utf-8")).partition("\n")[0],
    "comment": lambda line, _: "# " + line,
    "NUL": lambda line, draft: _into(line, draft, "\x00"),
    "form feed": lambda line, draft: _into(line, draft, "\x0c"),
    "line separator": lambda line, draft: _into(line, draft, "\u2028"),
}
JSON_LINES: dict[str, Callable[[str, Draft], str]] = {
    "cut": _cut,
    "emptied": lambda _, __: "",
    "blanks": lambda _, __: "  ",
    "array": lambda line, _: f"[{line}]",
    "comma behind": lambda line, _: line + ",",
    "two on a line": lambda line, _: line + line,
    "no object": lambda _, draft: draft.pick(["{}", "[]", "null", "1", '"x"', "NaN", "true"]),
    "single quotes": lambda line, _: line.replace('"', "'"),
    "key twice": lambda line, draft: line.replace("{", f'{{"{draft.company.column("channel")}":"X",', 1),
    "unknown key": lambda line, _: line.replace("{", '{"note":1,', 1),
    "object for a value": lambda line, draft: line.replace("{", '{"' + draft.company.column("channel") + '":{"a":1},', 1),
    "comment": lambda line, _: "// " + line,
    "said again": lambda line, _: f"{line}\n{line}",
    "carriage return": lambda line, _: line + "\r",
    "garbage in front": lambda line, _: "x\n" + line,
    "tab": lambda line, draft: _into(line, draft, "\t"),
    "blank": lambda line, draft: _into(line, draft, " "),
    "control": lambda line, draft: _into(line, draft, "\x01"),
    "escape": lambda line, draft: line.replace('":"', '":"\\u0000', 1),
    "NaN": lambda line, draft: line[:-1] + f',"{draft.company.column("value")}":NaN}}',
}  # fmt: skip


def change_file(draft: Draft) -> None:
    """One change of the whole file, before it is packed."""
    name = draft.pick(list(FILES))
    FILES[name](draft)
    draft.done.append(f"file: {name}")


def _text(change: Callable[[bytes, Draft], bytes]) -> Change:
    def changed(draft: Draft) -> None:
        if draft.media_type != PARQUET:
            draft.body = change(draft.body, draft)

    return changed


def _head(change: Callable[[list[str], Draft], list[str]]) -> Change:
    def changed(draft: Draft) -> None:
        if draft.media_type == CSV:
            head, _, rest = draft.body.partition(b"\n")
            encoding, mark = draft.company.told("encoding", "utf-8"), _mark(draft)
            names = change(head.decode(encoding).split(mark), draft)
            draft.body = mark.join(names).encode(encoding) + b"\n" + rest

    return changed


def _swapped(names: list[str], draft: Draft) -> list[str]:
    one, other = draft.chance.randrange(len(names)), draft.chance.randrange(len(names))
    names[one], names[other] = names[other], names[one]
    return names


def _as_array(draft: Draft) -> None:
    if draft.media_type == LINES and draft.encoding is None:
        draft.media_type = JSON
        lines = [line for line in draft.body.split(b"\n") if line.strip()]
        draft.body = b"[" + b",".join(lines) + b"]"


def _again(draft: Draft) -> None:
    draft.headers["again"] = "yes"


def _strict(draft: Draft) -> None:
    draft.headers["Prefer"] = "handling=strict"


def _force(draft: Draft) -> None:
    draft.params["force"] = "true"


FILES: dict[str, Change] = {
    "byte order mark": _text(lambda body, _: b"\xef\xbb\xbf" + body),
    "CRLF": _text(lambda body, _: body.replace(b"\n", b"\r\n")),
    "CR": _text(lambda body, draft: body.replace(b"\n", b"\r") if draft.media_type == CSV else body),
    "no line end": _text(lambda body, _: body.rstrip(b"\n")),
    "many line ends": _text(lambda body, _: body + b"\n\n\n"),
    "cut short": _text(lambda body, draft: body[: draft.chance.randrange(len(body) + 1)]),
    "empty": _text(lambda _, __: b""),
    "only the header": _text(lambda body, draft: body.partition(b"\n")[0] if draft.media_type == CSV else b"\n"),
    "UTF-16": _text(lambda body, draft: body.decode(draft.company.told("encoding", "utf-8")).encode("utf-16")),
    "another encoding": _text(lambda body, draft: body.decode(draft.company.told("encoding", "utf-8")).encode("big5", "replace")),
    "a wrong byte": _text(lambda body, _: body[:-2] + b"\xff" + body[-2:]),
    "another delimiter": _text(lambda body, draft: body.replace(_mark(draft).encode(), b"\t") if draft.media_type == CSV else body),
    "header: columns swapped": _head(_swapped),
    "header: blanks": _head(lambda names, _: [f" {name} " for name in names]),
    "header: capitals": _head(lambda names, _: [name.upper() for name in names]),
    "header: one twice": _head(lambda names, _: [*names[:-1], names[0]]),
    "header: one unknown": _head(lambda names, _: [*names[:-1], "note"]),
    "header: one ignored": _head(lambda names, _: [*names[:-1], "备注"]),
    "header: one short": _head(lambda names, _: names[:-1]),
    "header: quoted": _head(lambda names, _: [f'"{name}"' for name in names]),
    "header: none": _text(lambda body, draft: body.partition(b"\n")[2] if draft.media_type == CSV else body),
    "as an array": _as_array,
    "strictly": _strict,
    "strictly again": _strict,
    "by force": _force,
    "sent again": _again,
    "sent again later": _again,
}  # fmt: skip


def damage(draft: Draft) -> None:
    """One change of the bytes on the way, after they were packed."""
    name = draft.pick(list(DAMAGES))
    DAMAGES[name](draft)
    draft.done.append(f"damage: {name}")


def _breaks(encoding: str, pack: Callable[[bytes], bytes], change: Callable[[bytes, Draft], bytes]) -> Change:
    """Whatever comes out of it is no intact file of this encoding."""

    def broken(draft: Draft) -> None:
        plain = gzip.decompress(draft.body) if draft.encoding else draft.body
        draft.body, draft.encoding = change(pack(plain), draft), encoding
        draft.refused_at_the_door = "feed_compression_broken"

    return broken


def _pack(body: bytes) -> bytes:
    return gzip.compress(body, 1, mtime=0)


def _same(body: bytes) -> bytes:
    return body


def _digest(draft: Draft, of: bytes) -> str:
    return f"sha-256=:{base64.b64encode(hashlib.sha256(of).digest()).decode()}:"


def _told_kind(kind: str, code: str) -> Change:
    def told(draft: Draft) -> None:
        draft.headers["Content-Type"], draft.refused_at_the_door = kind, code

    return told


def _told_encoding(draft: Draft) -> None:
    draft.headers["Content-Encoding"], draft.refused_at_the_door = "br", "unsupported_media_type"


def _wrong_digest(draft: Draft) -> None:
    draft.headers["Content-Digest"], draft.refused_at_the_door = _digest(draft, b"other"), "content_digest_mismatch"


def _right_digest(draft: Draft) -> None:
    draft.headers["Content-Digest"] = _digest(draft, draft.body)


DAMAGES: dict[str, Change] = {
    "gzip cut short": _breaks("gzip", _pack, lambda body, draft: body[: draft.chance.randrange(1, len(body))]),
    "gzip with a wrong byte": _breaks("gzip", _pack, lambda body, _: body[:-8] + bytes([body[-8] ^ 1]) + body[-7:]),
    "gzip with a tail": _breaks("gzip", _pack, lambda body, _: body + b"tail"),
    "not gzip at all": _breaks("gzip", _same, lambda body, _: body),
    "zstd cut short": _breaks("zstd", zstandard.compress, lambda body, draft: body[: draft.chance.randrange(1, len(body))]),
    "gzip called zstd": _breaks("zstd", _pack, lambda body, _: body),
    "zstd called gzip": _breaks("gzip", zstandard.compress, lambda body, _: body),
    "another kind": _told_kind("application/xml", "unsupported_media_type"),
    "no kind": _told_kind("", "unsupported_media_type"),
    "another encoding": _told_encoding,
    "wrong digest": _wrong_digest,
    "right digest": _right_digest,
}  # fmt: skip
