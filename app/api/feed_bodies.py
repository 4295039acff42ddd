"""Bodies of the feed: sources with their profiles, batches with their reports."""

from dataclasses import asdict
from datetime import datetime
from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import Field, StrictBool

from app.api.bodies import AnswerBody, Instant, Name, RegionCode, RequestBody
from app.api.evidence import HandOut
from app.domain.errors import Language
from app.domain.feed.profiles import DateOrder, Midnight, Profile, Stamps, Unknown
from app.domain.feed.reports import BatchState, Report, StoredBatch
from app.domain.feed.sources import Source

Header = Annotated[str, Field(min_length=1, max_length=100)]
ChannelKey = Annotated[str, Field(min_length=1, max_length=100, description="As the source spells it in its files.")]
SourceName = Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9-]{0,62}$", description="Lower case, digits and hyphens.")]
QualityName = Literal["absent", "null", "estimated", "substituted", "actual"]


class ProfileBody(RequestBody):
    """How a source writes its files; every field may be left out."""

    columns: dict[str, Header] = Field(default_factory=dict, description="The source's headers by our column.")
    ignored: Annotated[list[Header], Field(max_length=200)] = Field(default_factory=list)
    channels: Annotated[dict[str, str], Field(max_length=100_000)] = Field(
        default_factory=dict, description="Keys of channels by what the source writes."
    )
    only_channel: ChannelKey | None = Field(default=None, description="The channel of a file without such a column.")
    delimiter: Annotated[str, Field(min_length=1, max_length=1)] = ","
    encoding: Literal["utf-8", "gb18030"] = "utf-8"
    date_order: DateOrder = "ymd"
    zone: Annotated[str, Field(max_length=60)] = "Asia/Shanghai"
    naive: StrictBool = Field(default=False, description="Stamps carry no offset and are meant in `zone`.")
    stamps: Stamps = "start"
    midnight: Midnight = "next_day"
    qualities: dict[str, QualityName] = Field(default_factory=dict)
    unknown: Unknown = Field(default="reject", description="What becomes of rows of channels nobody registered.")

    def profile(self, source: str, version: int) -> Profile:
        return Profile(source=source, version=version, **{**self.model_dump(), "ignored": tuple(self.ignored)})


class FeedSourceChange(RequestBody):
    """A source as it shall be."""

    title: Name
    region: RegionCode = Field(description="The region whose officers look after it.")
    profile: ProfileBody = Field(default_factory=ProfileBody)
    refuse_above_pct: int = Field(
        default=20,
        ge=0,
        le=100,
        description="A batch with a larger share of bad rows is refused as a whole; parts of a file are judged one by one.",
    )
    grace_minutes: int = Field(default=360, ge=0, le=10_080, description="How long after its end a day stays open.")

    def source(self, name: str, *, now: datetime, version: int = 1) -> Source:
        return Source(
            name=name,
            title=self.title,
            region=self.region,
            profile=self.profile.profile(name, version),
            refuse_above_pct=self.refuse_above_pct,
            grace_minutes=self.grace_minutes,
            version=version,
            created_at=now,
            changed_at=now,
        )


class FeedSourceRequest(FeedSourceChange):
    """A new source."""

    name: SourceName


class FeedSourcePatch(RequestBody):
    """What shall change; everything else stays."""

    title: Name | None = None
    region: RegionCode | None = None
    profile: ProfileBody | None = None
    refuse_above_pct: Annotated[int, Field(ge=0, le=100)] | None = None
    grace_minutes: Annotated[int, Field(ge=0, le=10_080)] | None = None


class FeedSourceOut(AnswerBody):
    """A source."""

    name: str
    title: str
    region: str
    profile: ProfileBody
    refuse_above_pct: int
    grace_minutes: int
    version: int
    created_at: Instant
    changed_at: Instant

    @classmethod
    def of(cls, one: Source) -> "FeedSourceOut":
        plain = {name: value for name, value in asdict(one.profile).items() if name in ProfileBody.model_fields}
        names = ("name", "title", "region", "refuse_above_pct", "grace_minutes", "version", "created_at", "changed_at")
        profile = ProfileBody.model_validate({**plain, "ignored": list(one.profile.ignored)})
        return cls(**{name: getattr(one, name) for name in names}, profile=profile)


class FeedSourcePage(AnswerBody):
    """Some sources, by name."""

    items: list[FeedSourceOut]
    next_cursor: str | None


class FeedRejectedRow(AnswerBody):
    """A row that did not land: where, why, and what stood there."""

    line: int
    column: str
    code: str
    detail: str
    raw: str | None

    @classmethod
    def of(cls, one: dict[str, Any], language: Language) -> "FeedRejectedRow":
        return cls(line=one["line"], column=one["column"], code=one["code"], detail=one[language], raw=one["raw"])


class ReadingCounts(AnswerBody):
    """Single values of the rows that landed."""

    new: int
    changed: int
    unchanged: int
    stale: int


class RefusedFile(AnswerBody):
    """Why a file as a whole did not land."""

    code: str
    detail: str


class BatchReport(AnswerBody):
    """How many rows came to what; each is in exactly one count. `errors` are the first hundred that were rejected."""

    received: int
    new: int
    changed: int
    unchanged: int
    stale: int = Field(description="Older than what is there, or of lower quality.")
    superseded: int = Field(description="Said again by a later row of the same file.")
    parked: int = Field(description="Of channels nobody has registered yet; they land once somebody does.")
    rejected: int
    readings: ReadingCounts
    corrected_days: int = Field(description="Days of channels of which something that was there was replaced.")
    first_day: str | None
    last_day: str | None
    errors: list[FeedRejectedRow]
    errors_url: str | None
    refusal: RefusedFile | None


class BatchOut(AnswerBody):
    """A batch as it was received, and its report once it is merged."""

    id: UUID
    source: str
    number: int = Field(description="Which batch of its source it is, counted from 1.")
    state: BatchState
    media_type: str
    encoding: str | None
    size: int
    sha256: str
    chain: str = Field(
        description="SHA-256 over the chain before and this batch's; 32 zero bytes come before the first."
    )
    profile_version: int
    received: HandOut
    reported_at: Instant | None
    report: BatchReport | None
    operation_url: str | None = Field(description="Where a batch that is merged later is watched.")
    body_url: str

    @classmethod
    def of(cls, one: StoredBatch, language: Language, operation_url: str | None = None) -> "BatchOut":
        here = f"/v1/feed/batches/{one.id}"
        return cls(
            id=one.id,
            source=one.source,
            number=one.number,
            state=one.state,
            media_type=one.media_type,
            encoding=one.encoding,
            size=one.size,
            sha256=one.sha256.hex(),
            chain=one.chain.hex(),
            profile_version=one.profile_version,
            received=HandOut.of(one.received_from, one.received_at),
            reported_at=one.reported_at,
            report=None if one.report is None else _report(one.report, here, language),
            operation_url=operation_url,
            body_url=f"{here}/body",
        )


class BatchPage(AnswerBody):
    """Some batches of a source, newest first."""

    items: list[BatchOut]
    next_cursor: str | None


class FeedLimits(AnswerBody):
    """What a batch may be."""

    media_types: list[str]
    encodings: list[str]
    body_bytes: int
    decompressed_bytes: int
    rows: int
    json_rows: int = Field(description="At most in `application/json`, which is meant for trying things out.")
    at_once_bytes: int = Field(description="A larger body is merged in the background and answered 202.")
    batches_under_way: int = Field(description="So many of one sender; the next hears 429 with Retry-After.")
    errors_shown: int
    earliest_day: str


def _report(one: Report, here: str, language: Language) -> BatchReport:
    names = ("received", "new", "changed", "unchanged", "stale", "superseded", "parked", "rejected")
    why = one.refusal
    return BatchReport(
        **{name: getattr(one, name) for name in names},
        readings=ReadingCounts(**{name: one.readings.get(name, 0) for name in ReadingCounts.model_fields}),
        corrected_days=one.corrected,
        first_day=one.first_day,
        last_day=one.last_day,
        errors=[FeedRejectedRow.of(dict(error), language) for error in one.errors],
        errors_url=f"{here}/rejections" if one.rejected else None,
        refusal=None if why is None else RefusedFile(code=why["code"], detail=why[language]),
    )
