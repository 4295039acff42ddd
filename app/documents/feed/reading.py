"""The reader: a file, its source's profile and the known channels become a batch, or the whole file is refused."""

from datetime import datetime

import numpy as np

from app.documents.feed.bodies import opened, utf8
from app.documents.feed.csv import read_csv
from app.documents.feed.curve_rows import curves_of, registers_as_points
from app.documents.feed.json_rows import MOST_BYTES, as_lines
from app.documents.feed.ndjson import read_ndjson
from app.documents.feed.parquet import read_parquet
from app.documents.feed.point_rows import points_of, without_repeats
from app.documents.feed.rows import Examined
from app.documents.feed.table import Table
from app.domain.feed.curves import Batch, Curves, Points
from app.domain.feed.directory import Directory
from app.domain.feed.limits import Limits
from app.domain.feed.profile_check import check_profile
from app.domain.feed.profiles import Profile
from app.domain.feed.refusals import FeedMediaTypeUnknown

CSV, NDJSON, PARQUET = "text/csv", "application/x-ndjson", "application/vnd.apache.parquet"
JSON = "application/json"
MEDIA_TYPES = (NDJSON, CSV, PARQUET, JSON)


def read_batch(
    content: bytes,
    *,
    media_type: str,
    encoding: str | None,
    profile: Profile,
    directory: Directory,
    now: datetime,
    limits: Limits,
) -> Batch:
    """Every line lands once: in curves or points, superseded, rejected or unknown; raises the refusals of feed/refusals.

    `media_type` is that of the Content-Type (parameters are passed over), `encoding` that of the Content-Encoding
    (None, identity, gzip, zstd), `directory` lists the source's channels, `now` is an instant with its offset.
    """
    check_profile(profile)
    kind = media_type.partition(";")[0].strip().lower()
    if kind not in MEDIA_TYPES:
        raise FeedMediaTypeUnknown(media_type=kind, known=", ".join(MEDIA_TYPES))
    most = min(limits.decompressed_bytes, MOST_BYTES) if kind == JSON else limits.decompressed_bytes
    table = _table(opened(content, encoding, limit=most), kind, profile, limits)
    examined = Examined(table, profile=profile, directory=directory, now=now, limits=limits)
    curves, points, superseded = _readings(examined)
    return Batch(
        keys=examined.keys,
        received=table.received,
        curves=curves,
        points=points,
        rejected=sorted(examined.rejected, key=lambda one: one.line),
        unknown=sorted(examined.unknown, key=lambda one: one[1]),
        superseded=sorted(superseded),
    )


def _table(body: bytes, kind: str, profile: Profile, limits: Limits) -> Table:
    if kind == PARQUET:
        return read_parquet(body, profile, rows=limits.rows, limit=limits.decompressed_bytes)
    if kind == JSON:
        return read_ndjson(as_lines(body), profile, rows=limits.rows)
    text = utf8(body, profile)
    if kind == CSV:
        return read_csv(text, profile, rows=limits.rows)
    return read_ndjson(text, profile, rows=limits.rows)


def _readings(examined: Examined) -> tuple[list[Curves], Points | None, list[int]]:
    layout = examined.table.layout
    if layout is None or not examined.rows().size:
        return [], None, []
    if layout.shape == "points":
        points = points_of(examined)
        return ([], None, []) if points is None else ([], *without_repeats(points))
    curves, superseded = curves_of(examined)
    split = [registers_as_points(block, examined) for block in curves]
    return [block for block, _ in split if len(block.line)], _joined([one for _, one in split if one]), superseded


def _joined(parts: list[Points]) -> Points | None:
    if not parts:
        return None
    names = Points.__dataclass_fields__
    return Points(**{name: np.concatenate([getattr(part, name) for part in parts]) for name in names})
