"""Feeds for tests: channels, and batches read with as few words as possible, as plain Python."""

import io
from collections.abc import Iterable
from datetime import UTC, date, datetime
from typing import Any
from uuid import UUID

import orjson
import polars as pl

from app.documents.feed.reading import CSV, read_batch
from app.domain.feed.channels import Channel
from app.domain.feed.curves import Batch, Quality
from app.domain.feed.directory import Directory
from app.domain.feed.limits import Limits
from app.domain.feed.profiles import Profile

NOW = datetime(2024, 6, 1, 4, 0, tzinfo=UTC)  # noon in Shanghai
NOBODY = UUID(int=0)
# A slot: nothing was sent (no entry), None was sent, or a scaled integer.
Slots = dict[tuple[str, date, int], int | None]


def channel(key: str = "M1", **given: Any) -> Channel:
    return Channel(id=NOBODY, enterprise_id=NOBODY, meter_id=NOBODY, source="grid", key=key, **given)


def read(
    content: str | bytes,
    *,
    profile: Profile | None = None,
    channels: Iterable[Channel] = (channel(),),
    media_type: str = CSV,
    encoding: str | None = None,
    limits: Limits | None = None,
    now: datetime = NOW,
) -> Batch:
    return read_batch(
        content.encode() if isinstance(content, str) else content,
        media_type=media_type,
        encoding=encoding,
        profile=profile or Profile(source="grid"),
        directory=Directory({one.key: one for one in channels}),
        now=now,
        limits=limits or Limits(),
    )


def ndjson(*rows: object) -> bytes:
    return b"\n".join(row if isinstance(row, bytes) else orjson.dumps(row) for row in rows)


def parquet(frame: pl.DataFrame) -> bytes:
    held = io.BytesIO()
    frame.write_parquet(held)
    return held.getvalue()


def point(at: str, value: object = "1.5", key: str = "M1") -> str:
    return f"channel,at,value\n{key},{at},{value}\n"


def slots(batch: Batch) -> Slots:
    """Every slot of which the batch says something."""
    found: Slots = {}
    for block in batch.curves:
        for row in range(len(block.line)):
            for slot in range(block.values.shape[1]):
                if block.quality[row, slot] != Quality.ABSENT:
                    value = None if block.quality[row, slot] == Quality.NULL else int(block.values[row, slot])
                    found[batch.keys[block.channel[row]], block.day[row].astype(object), slot] = value
    for row in range(0 if batch.points is None else len(batch.points.line)):
        points = batch.points
        assert points is not None
        value = None if points.quality[row] == Quality.NULL else int(points.value[row])
        found[batch.keys[points.channel[row]], points.day[row].astype(object), int(points.slot[row])] = value
    return found


def codes(batch: Batch) -> list[tuple[int, str]]:
    return [(one.line, one.code) for one in batch.rejected]


def lines(batch: Batch) -> list[int]:
    """The line of everything the batch accounts for; a register's curve may land as several values of one line."""
    landed = [int(line) for block in batch.curves for line in block.line]
    single = [] if batch.points is None else batch.points.line.tolist()
    others = [*batch.superseded, *(one.line for one in batch.rejected), *(line for _, line in batch.unknown)]
    return sorted([*landed, *dict.fromkeys(single), *others])
