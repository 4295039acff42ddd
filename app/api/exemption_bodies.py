"""Bodies of exemption lists: what is asked for, where it stands, what a version says and how two versions differ."""

from collections.abc import Sequence
from datetime import date
from typing import Annotated, Any, Literal
from uuid import UUID

import orjson
from pydantic import Field

from app.api.bodies import AnswerBody, CivilDay, Instant, RequestBody
from app.api.decision_bodies import CitationOut, SubjectLevel
from app.api.evidence import EvidenceItem, EvidenceRequest, EvidenceRequests, HandOut
from app.domain.exemptions.content import Change, Departure, Diff, Line
from app.domain.exemptions.entries import ENTRIES, FOLLOWS, Entry, EntryAction, EntryState, EntryStep, Finding
from app.domain.exemptions.lists import ExemptionList, ListVersion, VersionState, states
from app.domain.policies.facts import Level

Reason = Annotated[str, Field(min_length=1, max_length=1000)]
Standing = Literal["met", "unknown", "failed"]
Truth = Literal["true", "false", "unknown"]


class ExemptionListRequest(RequestBody):
    """For which plan and season a list is to be kept."""

    pack: Annotated[str, Field(max_length=60, examples=["huairen"])]
    season: Annotated[int, Field(ge=2013, le=2100, examples=[2019])]


class ExemptionRequest(RequestBody):
    """Whom to list, by which criterion of the plan, and why; `expires_on` is the first day it no longer holds."""

    enterprise_id: UUID
    subject_id: UUID
    rule: Annotated[str, Field(max_length=60, description="The criterion claimed.", examples=["HR-20"])]
    reason: Reason
    evidence: EvidenceRequests = Field(default_factory=list)
    expires_on: CivilDay | None = None


class ExemptionStepRequest(RequestBody):
    """What a person says about a step, if anything."""

    note: Annotated[str, Field(max_length=1000)] = ""
    evidence: EvidenceRequests = Field(default_factory=list)


class ExemptionReasonRequest(RequestBody):
    """Why; a step against an entry, or against a doubt, gives its reason."""

    reason: Reason
    evidence: EvidenceRequests = Field(default_factory=list)


class PublicationRequest(RequestBody):
    """From which day the version holds, on what decision, and how a change of a fixed list was filed."""

    effective_on: CivilDay
    basis: Annotated[str, Field(min_length=1, max_length=500, description="Document or minutes it rests on.")]
    document: EvidenceRequest | None = Field(
        default=None, description="The filing; every version after the first needs one."
    )


class GapsRequest(RequestBody):
    """On which day to compare the list with the register; today, or the nearest day of the season, if absent."""

    day: CivilDay | None = None


class ExemptionListOut(AnswerBody):
    """A list and how far it has come; `newest_version` is 0 before the first is published."""

    id: UUID
    pack: str
    season: int
    region: str
    workflow: str | None
    newest_version: int
    created: HandOut

    @classmethod
    def of(cls, one: ExemptionList) -> "ExemptionListOut":
        return cls(
            id=one.id,
            pack=one.pack_name,
            season=one.season,
            region=one.region,
            workflow=one.workflow or None,
            newest_version=one.newest,
            created=HandOut.of(one.created_by, one.created_at),
        )


class ExemptionListPage(AnswerBody):
    """Some lists, in the order they were opened."""

    items: list[ExemptionListOut]
    next_cursor: str | None


class EntryOut(AnswerBody):
    """An entry as it stands today; one whose last day is over shows as expired."""

    id: UUID
    list_id: UUID
    enterprise_id: UUID
    subject_id: UUID
    level: Level
    fact: str
    rule: str
    reason: str
    evidence: list[EvidenceItem]
    expires_on: date | None
    requested: HandOut
    state: EntryState

    @classmethod
    def fields(cls, one: Entry, day: date) -> dict[str, Any]:
        return {
            "id": one.id,
            "list_id": one.list_id,
            "enterprise_id": one.enterprise_id,
            "subject_id": one.subject_id,
            "level": one.level,
            "fact": one.fact,
            "rule": one.rule,
            "reason": one.reason,
            "evidence": [EvidenceItem.of(piece) for piece in one.evidence],
            "expires_on": one.expires_on,
            "requested": HandOut.of(one.requested_by, one.known_at),
            "state": one.shown(day),
        }

    @classmethod
    def of(cls, one: Entry, day: date) -> "EntryOut":
        return cls(**cls.fields(one, day))


class EntryPage(AnswerBody):
    """Some entries of a list, in the order they were requested."""

    items: list[EntryOut]
    next_cursor: str | None


class EntryStepOut(AnswerBody):
    """One thing that was done to an entry; `version` is the version of the list it came on or off with."""

    number: int
    action: EntryAction
    state: EntryState
    by: HandOut
    note: str
    evidence: list[EvidenceItem]
    refused_although_met: bool
    version: int | None
    effective_on: date | None
    finding_id: UUID | None

    @classmethod
    def of(cls, one: EntryStep) -> "EntryStepOut":
        effective_on = one.terms.get("effective_on")
        return cls(
            number=one.number,
            action=one.action,
            state=one.state,
            by=HandOut.of(one.by, one.at),
            note=one.note,
            evidence=[EvidenceItem.of(piece) for piece in one.evidence],
            refused_although_met=one.terms.get("refused_although_met", False),
            version=one.terms.get("number"),
            effective_on=None if effective_on is None else date.fromisoformat(effective_on),
            finding_id=one.finding_id,
        )


class EntryFindingOut(AnswerBody):
    """What a look at new facts found: whether the criterion holds, from which day it does not, which others do."""

    id: UUID
    standing: Standing
    fails_on: date | None
    lacking: list[str]
    otherwise_met: list[str]
    snapshot_hash: str
    known_at: Instant

    @classmethod
    def of(cls, one: Finding) -> "EntryFindingOut":
        return cls(
            id=one.id,
            standing=one.standing,
            fails_on=one.fails_on,
            lacking=list(one.lacking),
            otherwise_met=list(one.otherwise),
            snapshot_hash=one.snapshot.hex(),
            known_at=one.known_at,
        )


class LackOut(AnswerBody):
    """A condition in the way; `unknown` where nobody has said how it stands."""

    fact: str | None
    condition: str
    cite: str
    truth: Truth


class CriterionSubject(AnswerBody):
    """The subject a criterion is judged on."""

    level: SubjectLevel
    id: UUID
    code: str
    name: str


class CriterionOut(AnswerBody):
    """A criterion for the same fact, judged by what is known now, as if the subject were listed."""

    rule: str
    basis: Literal["necessary", "sufficient"]
    citations: list[CitationOut]
    subject: CriterionSubject
    truth: Truth
    lacking: list[LackOut]
    unregistered: list[str]


class ExplainedEntry(EntryOut):
    """An entry with all that was done to it and found about it, its criteria as they stand, and what people may do."""

    steps: list[EntryStepOut]
    findings: list[EntryFindingOut]
    criteria: list[CriterionOut]
    allowed: list[EntryAction]

    @classmethod
    def whole(
        cls,
        one: Entry,
        *,
        day: date,
        steps: Sequence[EntryStep],
        findings: Sequence[Finding],
        criteria: list[CriterionOut],
    ) -> "ExplainedEntry":
        return cls(
            **cls.fields(one, day),
            steps=[EntryStepOut.of(step) for step in steps],
            findings=[EntryFindingOut.of(finding) for finding in findings],
            criteria=criteria,
            allowed=[action for action in ENTRIES.allowed(one.state) if action not in FOLLOWS],
        )


class ListedOut(AnswerBody):
    """Somebody on the list, as printed."""

    entry_id: UUID
    enterprise_id: UUID
    enterprise_code: str
    enterprise_name: str
    region: str
    subject_id: UUID
    level: Level
    subject_code: str
    subject_name: str
    fact: str
    rule: str
    reason: str
    expires_on: date | None

    @classmethod
    def of(cls, one: Line) -> "ListedOut":
        return cls.model_validate(one, from_attributes=True)


class RemovedOut(AnswerBody):
    """Somebody no longer on the list; the reason is the one a version gave."""

    entry: ListedOut
    why: Literal["revoked", "expired"] | None
    reason: str | None

    @classmethod
    def of(cls, one: Line, left: Departure | None) -> "RemovedOut":
        return cls(
            entry=ListedOut.of(one),
            why=None if left is None else left.why,
            reason=None if left is None else left.reason,
        )


class RelistedOut(AnswerBody):
    """Somebody on both lists, and the fields that differ."""

    before: ListedOut
    after: ListedOut
    fields: list[str]

    @classmethod
    def of(cls, one: Change) -> "RelistedOut":
        return cls(before=ListedOut.of(one.before), after=ListedOut.of(one.after), fields=list(one.fields))


class ListDiffOut(AnswerBody):
    """What one version has that another has not."""

    added: list[ListedOut]
    removed: list[RemovedOut]
    changed: list[RelistedOut]

    @classmethod
    def of(cls, one: Diff) -> "ListDiffOut":
        return cls(
            added=[ListedOut.of(line) for line in one.added],
            removed=[RemovedOut.of(line, left) for line, left in one.removed],
            changed=[RelistedOut.of(change) for change in one.changed],
        )


class ListVersionOut(AnswerBody):
    """A published version; `hash` covers its document and, through the hash before it, all earlier ones."""

    number: int
    state: VersionState
    effective_on: date
    basis: str
    filing: EvidenceItem | None
    published: HandOut
    hash: str
    previous_hash: str

    @classmethod
    def fields(cls, one: ListVersion, newest: int) -> dict[str, Any]:
        return {
            "number": one.number,
            "state": states(newest)[one.number],
            "effective_on": one.effective_on,
            "basis": one.basis,
            "filing": next((EvidenceItem.of(piece) for piece in one.filing), None),
            "published": HandOut.of(one.published_by, one.known_at),
            "hash": one.hash,
            "previous_hash": one.previous_hash,
        }

    @classmethod
    def of(cls, one: ListVersion, newest: int) -> "ListVersionOut":
        return cls(**cls.fields(one, newest))


class ListVersionList(AnswerBody):
    """Every version of a list, in order."""

    items: list[ListVersionOut]


class ListDocument(ListVersionOut):
    """A version with its document; `text` is what was hashed: SHA-256 of `previous_hash`, a line break, and it."""

    document: dict[str, Any]
    text: str

    @classmethod
    def whole(cls, one: ListVersion, newest: int) -> "ListDocument":
        return cls(**cls.fields(one, newest), document=orjson.loads(one.document), text=one.document)


class PublicationOut(AnswerBody):
    """The version just published, what it changes, and whose decisions will be made again."""

    version: ListVersionOut
    diff: ListDiffOut
    enterprise_ids: list[UUID]
