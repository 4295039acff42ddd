"""Public lists in bodies: drafts for the office that keeps them, and the versions everybody reads."""

from collections.abc import Mapping
from datetime import date
from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import AfterValidator, Field

from app.api.bodies import AnswerBody, CivilDay, Instant, RegionCode, RequestBody
from app.api.evidence import HandOut
from app.api.structure import plain
from app.documents.disclosures.sealed import TITLES
from app.domain.disclosures.lists import (
    MOVES,
    Disclosure,
    DisclosureState,
    Lack,
    LackCode,
    ListScope,
    MovedCode,
    Wanted,
)
from app.domain.disclosures.rows import ListDiff, ListKind, Row
from app.domain.errors import Language
from app.domain.periods import season_of
from app.persistence.disclosures.public import PublicList, PublicVersion

Words = Annotated[str, Field(min_length=1, max_length=300), AfterValidator(plain)]
PackName = Annotated[str, Field(max_length=60, examples=["fushan"])]
Season = Annotated[int, Field(ge=2013, le=2100, description="The year the season starts in.", examples=[2019])]


class DisclosureRequest(RequestBody):
    """Which list to draft: for a region's subtree, under a plan, as decided on a day.

    A list of who stands still may run `through` a later day; a list of who is exempt is printed from a version of the
    plan's exemption list, the newest if none is named.
    """

    kind: ListKind
    region: RegionCode
    pack: PackName
    season: Season
    day: CivilDay | None = None
    through: CivilDay | None = None
    exemption_list_version: Annotated[int, Field(ge=1, le=10_000)] | None = None

    def wanted(self, today: date) -> Wanted:
        """Without a day, as decided today, or on the season's first of December where today lies outside."""
        scope = ListScope(kind=self.kind, region=self.region, pack=self.pack, season=self.season)
        day = self.day or (today if season_of(today) == self.season else date(self.season, 12, 1))
        return Wanted(scope=scope, day=day, through=self.through, list_version=self.exemption_list_version)


class DisclosurePublicationRequest(RequestBody):
    """On what decision; these words become public."""

    basis: Words


class DisclosureWithdrawalRequest(RequestBody):
    """Why; these words become public and stand where the rows stood."""

    reason: Words


class DisclosureLack(AnswerBody):
    """Something that keeps a draft from being published."""

    code: LackCode
    enterprise_id: UUID
    subject_id: UUID
    text: str

    @classmethod
    def of(cls, one: Lack, language: Language) -> "DisclosureLack":
        enterprise, subject = UUID(one.enterprise_id), UUID(one.subject_id)
        return cls(code=one.code, enterprise_id=enterprise, subject_id=subject, text=one.message(language))


class DisclosureWarning(AnswerBody):
    """Something a draft stood on that has moved since; it may be published all the same."""

    code: MovedCode
    text: str

    @classmethod
    def of(cls, code: MovedCode, language: Language) -> "DisclosureWarning":
        return cls(code=code, text=MOVES[code][0 if language == "zh" else 1])


class DisclosureSummary(AnswerBody):
    """A draft and what became of it; `list_id` and `number` are the public ones, once there are any."""

    id: UUID
    kind: ListKind
    region: str
    pack: str
    season: int
    day: date
    through: date | None
    state: DisclosureState
    rows: int
    enterprises: int
    lacking: int
    based_on: int
    drafted: HandOut
    list_id: UUID | None
    number: int | None
    serial: str | None
    sha256: str | None
    published: HandOut | None
    withdrawn: HandOut | None
    withdrawal_reason: str | None

    @classmethod
    def fields_of(cls, one: Disclosure) -> dict[str, Any]:
        published, withdrawn = one.publication, one.withdrawal
        return {
            "id": one.id,
            "kind": one.scope.kind,
            "region": one.scope.region,
            "pack": one.scope.pack,
            "season": one.scope.season,
            "day": one.asked.day,
            "through": one.asked.through,
            "state": one.state,
            "rows": one.rows,
            "enterprises": one.enterprises,
            "lacking": len(one.lacking),
            "based_on": one.based_on,
            "drafted": HandOut.of(one.created_by, one.known_at),
            "list_id": published and published.series_id,
            "number": published and published.number,
            "serial": published and published.serial,
            "sha256": published and published.hash,
            "published": published and HandOut.of(published.published_by, published.known_at),
            "withdrawn": withdrawn and HandOut.of(withdrawn.withdrawn_by, withdrawn.known_at),
            "withdrawal_reason": withdrawn and withdrawn.reason,
        }


class DisclosurePage(AnswerBody):
    """Some disclosures, newest first."""

    items: list[DisclosureSummary]
    next_cursor: str | None


class DisclosureOut(DisclosureSummary):
    """A disclosure with what keeps it from being published, and what has moved since it was drafted."""

    lacks: list[DisclosureLack]
    warnings: list[DisclosureWarning]

    @classmethod
    def of(cls, one: Disclosure, moved: list[MovedCode], language: Language) -> "DisclosureOut":
        return cls(
            **cls.fields_of(one),
            lacks=[DisclosureLack.of(each, language) for each in one.lacking],
            warnings=[DisclosureWarning.of(each, language) for each in moved],
        )


class PublicRow(AnswerBody):
    """One row of a public list; an empty cell says nothing, and `row` names it from version to version."""

    row: str
    region: str
    enterprise_name: str
    uscc: str
    industry: str
    line: str
    subject: str
    processes: str
    equipment: str
    stagger_class: str
    measure: str
    cut_pct: str
    cap_pct: str
    windows: str
    exemption: str
    exempt_through: str
    check_method: str
    supervising_unit: str
    rule: str
    clauses: str

    @classmethod
    def of(cls, one: Row) -> "PublicRow":
        return cls(**one.as_json())


class PublicPolicy(AnswerBody):
    """The plan a list was made under."""

    name: str
    version: str
    hash: str
    title_zh: str
    title_en: str
    body: str


class PublicCitation(AnswerBody):
    """A provision the rows cite, in one sentence of ours."""

    provision: str
    place: str
    says_zh: str
    says_en: str


class PublicSource(AnswerBody):
    """A published schedule or exemption list that a list was made from."""

    id: UUID
    number: int
    sha256: str


class PublicSources(AnswerBody):
    """What a list was made from; `known_at` is the instant by which the decisions had been made."""

    known_at: Instant
    schedules: list[PublicSource]
    exemption_list: PublicSource | None


class PublicContent(AnswerBody):
    """What a list says."""

    kind: ListKind
    title_zh: str
    title_en: str
    region: str
    season: int
    day: date
    through: date | None
    policy: PublicPolicy
    sources: PublicSources
    citations: list[PublicCitation]
    columns: list[str]
    rows: list[PublicRow]


class PublicListVersion(PublicContent):
    """A locked version: its bytes come to the SHA-256 in its ETag, and name the hash of the version before."""

    list_id: UUID
    number: int
    serial: str
    basis: str
    office: str
    published_at: Instant
    previous_sha256: str


class PublicRowChange(AnswerBody):
    """A row both versions have, and the columns in which they differ."""

    before: PublicRow
    after: PublicRow
    columns: list[str]


class PublicListDiff(AnswerBody):
    """What one version has that another has not."""

    added: list[PublicRow]
    removed: list[PublicRow]
    changed: list[PublicRowChange]

    @classmethod
    def of(cls, one: ListDiff) -> "PublicListDiff":
        return cls(
            added=[PublicRow.of(each) for each in one.added],
            removed=[PublicRow.of(each) for each in one.removed],
            changed=[
                PublicRowChange(
                    before=PublicRow.of(each.before), after=PublicRow.of(each.after), columns=list(each.columns)
                )
                for each in one.changed
            ],
        )


class DisclosurePreview(AnswerBody):
    """What would be published, and what it changes of the version that stands; null before the first."""

    state: DisclosureState
    content: PublicContent
    diff: PublicListDiff | None

    @classmethod
    def of(cls, one: Disclosure, content: Mapping[str, Any], change: ListDiff | None) -> "DisclosurePreview":
        said = PublicContent.model_validate(content)
        return cls(state=one.state, content=said, diff=None if change is None else PublicListDiff.of(change))


class PublicWithdrawal(AnswerBody):
    """Why a version is no longer shown."""

    reason: str
    office: str
    withdrawn_at: Instant


class PublicVersionOut(AnswerBody):
    """A version of a public list, without its rows."""

    number: int
    state: Literal[DisclosureState.PUBLISHED, DisclosureState.SUPERSEDED, DisclosureState.WITHDRAWN]
    serial: str
    sha256: str
    basis: str
    office: str
    published_at: Instant
    rows: int
    enterprises: int
    url: str
    withdrawal: PublicWithdrawal | None

    @classmethod
    def of(cls, one: PublicVersion) -> "PublicVersionOut":
        own, gone = one.publication, one.withdrawal
        withdrawal = None
        if gone is not None:
            office = gone.withdrawn_by.office or ""
            withdrawal = PublicWithdrawal(reason=gone.reason, office=office, withdrawn_at=gone.known_at)
        return cls.model_validate(
            {
                "number": own.number,
                "state": one.state,
                "serial": own.serial,
                "sha256": own.hash,
                "basis": own.basis,
                "office": own.published_by.office or "",
                "published_at": own.known_at,
                "rows": one.rows,
                "enterprises": one.enterprises,
                "url": f"/v1/public/lists/{own.series_id}/versions/{own.number}",
                "withdrawal": withdrawal,
            }
        )


class PublicListOut(AnswerBody):
    """A public list; `standing` is the version that holds now, null where that was withdrawn."""

    id: UUID
    kind: ListKind
    title_zh: str
    title_en: str
    region: str
    pack: str
    season: int
    standing: PublicVersionOut | None
    versions: list[PublicVersionOut]

    @classmethod
    def of(cls, one: PublicList) -> "PublicListOut":
        scope, standing = one.series.scope, one.standing
        zh, en = TITLES[scope.kind]
        return cls(
            id=one.series.id,
            kind=scope.kind,
            title_zh=zh,
            title_en=en,
            region=scope.region,
            pack=scope.pack,
            season=scope.season,
            standing=None if standing is None else PublicVersionOut.of(standing),
            versions=[PublicVersionOut.of(each) for each in one.versions],
        )


class PublicListPage(AnswerBody):
    """Some public lists, newest first."""

    items: list[PublicListOut]
    next_cursor: str | None
