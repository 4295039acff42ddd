"""Reports: what became of a batch, counted by row and by reading, with every row that did not land."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal
from uuid import UUID

from app.domain.access import Origin
from app.domain.errors import Conflict, Invalid, NotFound

BatchState = Literal["received", "merged", "refused"]
OUTCOMES = ("new", "changed", "unchanged", "stale", "superseded", "parked", "rejected")


class BatchUnknown(NotFound):
    code = "feed_batch_unknown"
    zh = "没有此批次，或您无权查看。"
    en = "There is no such batch, or you may not see it."


class BatchNotMerged(Conflict):
    code = "feed_batch_not_merged"
    zh = "此批次尚未处理完毕；请稍后再取。"
    en = "The batch has not been merged yet; ask again shortly."


class TooManyBadRows(Invalid):
    code = "feed_too_many_bad_rows"
    zh = "{rejected} / {received} 行不合格，超过该来源允许的 {allowed}%；本批次整体未入库（逐批判断，此前各批不受影响），请检查是否发错文件。"
    en = (
        "{rejected} of {received} rows of this batch are bad, above the {allowed} % of its source; nothing of it landed"
        " (each batch is judged by itself, those before it stay): is it the right file?"
    )


class NotStrictlyGood(Invalid):
    code = "feed_not_strictly_good"
    zh = "{rejected} 行不合格；按 handling=strict 的要求，整个批次未入库。"
    en = "{rejected} rows are bad; as handling=strict asks, nothing of the batch landed."


class DigestMismatch(Invalid):
    code = "content_digest_mismatch"
    zh = "请求体与 Content-Digest 不符；请重新发送。"
    en = "The body is not what Content-Digest says; send it again."


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """How many rows of a batch came to what; a row is in exactly one of the counts.

    `readings` counts the single values of the rows that landed; `corrected` are the channel-days of which something
    that was there was replaced.
    """

    received: int
    new: int = 0
    changed: int = 0
    unchanged: int = 0
    stale: int = 0
    superseded: int = 0
    parked: int = 0
    rejected: int = 0
    readings: Mapping[str, int] = field(default_factory=dict)
    corrected: int = 0
    first_day: str | None = None
    last_day: str | None = None
    # The first rejections; all of them are kept beside.
    errors: tuple[Mapping[str, Any], ...] = ()
    # Of a file that could not be read or was refused as a whole: why, in both languages.
    refusal: Mapping[str, Any] | None = None

    @property
    def counts(self) -> dict[str, int]:
        """The rows by what became of them."""
        return {name: getattr(self, name) for name in OUTCOMES}


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredBatch:
    """A batch as it was received, and its report once there is one."""

    id: UUID
    source: str
    number: int
    media_type: str
    encoding: str | None
    size: int
    sha256: bytes
    chain: bytes
    profile_version: int
    force: bool
    received_at: datetime
    received_from: Origin
    state: BatchState
    report: Report | None
    reported_at: datetime | None
