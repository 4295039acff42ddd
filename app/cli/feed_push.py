"""Pushing a file: part by part in its order, with a memory beside the file of what has landed."""

import asyncio
import hashlib
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import orjson

from app.cli.feed_client import FeedClient, PartRefused
from app.cli.feed_parts import MEDIA_TYPES, Compression, Cut, Part, compressed, digest_of

COUNTS = ("received", "new", "changed", "unchanged", "stale", "superseded", "parked", "rejected")


@dataclass(slots=True, kw_only=True)
class State:
    """What has landed of which file, sent how; `rejected_bytes` is how long the file of rejections was by then."""

    told: dict[str, Any]
    parts: list[dict[str, int]] = field(default_factory=list)
    rejected_bytes: int = 0
    finished: bool = False

    @classmethod
    def of(cls, path: Path, told: dict[str, Any]) -> "State":
        """The state kept at `path` if it is of this very push; else a new one."""
        try:
            kept = cls(**orjson.loads(path.read_bytes()))
        except (OSError, ValueError, TypeError):
            return cls(told=told)
        return kept if {**kept.told, "round": ""} == {**told, "round": ""} else cls(told=told)

    def keep(self, path: Path) -> None:
        """Whole or not at all."""
        draft = path.with_name(path.name + ".new")
        draft.write_bytes(orjson.dumps({name: getattr(self, name) for name in type(self).__dataclass_fields__}))
        draft.replace(path)

    def total(self) -> Counter[str]:
        counted = Counter[str]()
        for part in self.parts:
            counted.update(part)
        return counted


@dataclass(slots=True, kw_only=True)
class Push:
    """One file on its way to one source; `later` asks for a receipt and waits for the merge afterwards."""

    cut: Cut
    client: FeedClient
    source: str | None
    compression: Compression
    state_file: Path
    rejected_file: Path
    later: bool = False
    # Not empty to send everything once more, though it has landed before.
    round: str = ""
    reached: Callable[[int], None] = lambda _: None

    async def run(self) -> State:
        """Raises PartRefused, PushFailed; what has landed by then is kept."""
        digest = await asyncio.to_thread(digest_of, self.cut.path)
        state = self._state(digest)
        if state.finished:
            return state
        with self.rejected_file.open("ab") as rejected:
            # What a part had written before it was known to have landed is written again.
            rejected.truncate(min(state.rejected_bytes, rejected.tell()))
        parts = self.cut.parts()
        while (part := await asyncio.to_thread(_next, parts)) is not None:
            if part.number >= len(state.parts):
                report = await self._land(part, str(state.told["file"]), str(state.told["round"]))
                state.parts.append({name: int(report[name]) for name in COUNTS})
                state.rejected_bytes = self.rejected_file.stat().st_size
                state.keep(self.state_file)
            self.reached(part.reached)
        state.finished = True
        state.keep(self.state_file)
        return state

    def _state(self, digest: str) -> State:
        told = {
            "file": digest,
            "api": str(self.client.http.base_url),
            "source": self.source,
            "format": self.cut.format,
            "rows": self.cut.rows,
            "compression": self.compression,
            "round": self.round,
        }
        state = State.of(self.state_file, told)
        # A round that was begun goes on; one that is over gives way to a new one.
        return State(told=told) if state.finished and self.round else state

    async def _land(self, part: Part, digest: str, round_: str) -> dict[str, Any]:
        plain = self.cut.format == "parquet" or self.compression == "none"
        body = part.body if plain else await asyncio.to_thread(compressed, part.body, self.compression)
        headers = {
            "Content-Type": MEDIA_TYPES[self.cut.format],
            "Idempotency-Key": self._key(digest, part, body, round_),
        }
        if not plain:
            headers["Content-Encoding"] = self.compression
        if self.later:
            headers["Prefer"] = "respond-async"
        try:
            batch = await self.client.send(body, headers, {} if self.source is None else {"source": self.source})
        except PartRefused as refused:
            self._write(part, [_of_problem(one) for one in refused.problem.get("errors", [])])
            raise
        report: dict[str, Any] = batch["report"]
        errors = report["errors"]
        if report["rejected"] > len(errors):
            errors = [orjson.loads(line) for line in (await self.client.rejections(report["errors_url"])).splitlines()]
        self._write(part, errors)
        return report

    def _key(self, digest: str, part: Part, body: bytes, round_: str) -> str:
        """The same for the same part of the same file, so that a request may be sent again at any time.

        The body counts too: another version of a compressor makes other bytes, and those are another request.
        """
        meant = "\0".join((digest, str(part.number), self.source or "", round_, hashlib.sha256(body).hexdigest()))
        return f"push-{digest[:16]}-{part.number}-{hashlib.sha256(meant.encode()).hexdigest()[:24]}"

    def _write(self, part: Part, errors: list[dict[str, Any]]) -> None:
        with self.rejected_file.open("ab") as rejected:
            for one in errors:
                rejected.write(orjson.dumps({**one, "line": part.place(int(one["line"]))}) + b"\n")


def _of_problem(one: dict[str, Any]) -> dict[str, Any]:
    """A row of a part that was refused as a whole, as the report of one that landed would tell it."""
    line, _, column = str(one["pointer"]).partition("/")
    place = {"line": int(line), "column": column} if line.isdecimal() else {"line": 1, "column": one["pointer"]}
    return {**place, "code": one["code"], "detail": one["detail"], "raw": None}


def _next(parts: Iterator[Part]) -> Part | None:
    return next(parts, None)
