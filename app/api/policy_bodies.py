"""What packs look like over HTTP: versions in every state of their life, drafts' texts, reports."""

from datetime import date
from typing import Annotated, Any

from pydantic import Field

from app.api.bodies import AnswerBody, Instant, RequestBody
from app.domain.errors import Language
from app.domain.periods import Period
from app.domain.policies.drafts import Draft, DraftReport
from app.domain.policies.life import PackState
from app.persistence.policies import PackVersion

PackText = Annotated[str, Field(max_length=1_000_000)]


class PolicyPackRequest(RequestBody):
    """A pack and its scenarios, as YAML texts."""

    pack: PackText
    scenarios: PackText | None = None


class RetirementRequest(RequestBody):
    """Why a version is to decide nothing new."""

    reason: Annotated[str, Field(min_length=1, max_length=500, description="The document or the mistake it rests on.")]


class RetirementOut(AnswerBody):
    """Who retired a version, when and why."""

    reason: str
    person: str
    office: str
    client_id: str
    at: Instant


class DraftOut(AnswerBody):
    """Who works on a draft; its ETag is the revision."""

    revision: int
    created_at: Instant
    created_by: str
    changed_at: Instant
    changed_by: str
    texts_hash: str


class PolicyPackOut(AnswerBody):
    """A version of a plan; what only a published one has is null in a draft, and the other way round.

    `first_season` and `last_season` are the seasons it may decide, by the years they start in; null is open.
    """

    name: str
    version: str
    state: PackState
    title: str
    region: str | None
    level: str | None
    nature: str | None
    hash: str | None
    effective_from: date | None
    effective_to: date | None
    first_season: int | None
    last_season: int | None
    supersedes: str | None = Field(description="The version in force before, from which it took seasons over.")
    published_at: Instant | None
    published_by: str | None
    retirement: RetirementOut | None
    draft: DraftOut | None


class PolicyPackList(AnswerBody):
    """Some versions of plans."""

    items: list[PolicyPackOut]


class ProvisionOut(AnswerBody):
    """A clause of the plan in our own words; `rules` are the rules that cite it."""

    id: str
    place: str
    kind: str
    says: str
    rules: list[str]


class PolicyPackDetail(PolicyPackOut):
    """A published version with its provisions, and the published versions of the plan."""

    versions: list[str]
    provisions: list[ProvisionOut]


class PolicyPackDocument(AnswerBody):
    """The content of a pack: the plan as data and the base facts it asks."""

    hash: str
    document: dict[str, Any] = Field(json_schema_extra={"additionalProperties": True})


class PolicyPackTexts(AnswerBody):
    """The YAML texts of a version, with their comments."""

    pack: str
    scenarios: str | None
    hash: str


class ReportFinding(AnswerBody):
    """One finding of the checks; only errors keep a draft from being published."""

    line: int
    severity: str
    code: str
    rule: str
    says: str
    mend: str | None


class ReportFailure(AnswerBody):
    """A scenario the pack does not answer as it says."""

    scenario: str
    what: str
    expected: str
    got: str


class PolicyPackReport(AnswerBody):
    """What the checks said of a draft; `current` while its texts are those that were checked."""

    passes: bool
    current: bool
    texts_hash: str
    made_at: Instant
    findings: list[ReportFinding]
    scenarios: int
    failures: list[ReportFailure]
    rules_without_scenario: list[str]


def version_out(one: PackVersion, language: Language) -> PolicyPackOut:
    head, retirement = one.head, one.retirement
    return PolicyPackOut(
        name=head.name,
        version=head.version,
        state=one.state,
        title=head.title[language],
        region=head.region,
        level=head.level,
        nature=head.nature,
        hash=head.hash,
        effective_from=head.effective_from,
        effective_to=Period(head.effective_from, head.effective_until).last_day if head.effective_from else None,
        first_season=head.first_season,
        last_season=head.last_season,
        supersedes=head.supersedes,
        published_at=head.published_at,
        published_by=head.published_by,
        retirement=None
        if retirement is None
        else RetirementOut(
            reason=retirement.reason,
            person=retirement.person.name,
            office=retirement.person.office,
            client_id=retirement.client_id,
            at=retirement.at,
        ),
        draft=None,
    )


def draft_out(draft: Draft, language: Language) -> PolicyPackOut:
    return PolicyPackOut(
        name=draft.name,
        version=draft.version,
        state=PackState.DRAFT,
        title=draft.title.get(language) or draft.name,
        region=draft.region,
        level=None,
        nature=None,
        hash=None,
        effective_from=None,
        effective_to=None,
        first_season=None,
        last_season=None,
        supersedes=None,
        published_at=None,
        published_by=None,
        retirement=None,
        draft=DraftOut(
            revision=draft.revision,
            created_at=draft.created_at,
            created_by=draft.created_by,
            changed_at=draft.changed_at,
            changed_by=draft.changed_by,
            texts_hash=draft.texts.hash,
        ),
    )


def report_out(draft: Draft, report: DraftReport, language: Language) -> PolicyPackReport:
    document = report.document
    return PolicyPackReport(
        passes=document["passes"],
        current=report.hash == draft.texts.hash,
        texts_hash=report.hash,
        made_at=report.at,
        findings=[
            ReportFinding(
                line=one["line"],
                severity=one["severity"],
                code=one["code"],
                rule=one["rule"],
                says=one[language],
                mend=one["mend"].get(language),
            )
            for one in document["findings"]
        ],
        scenarios=document["scenarios"],
        failures=[
            ReportFailure(scenario=one["scenario"], what=one["what"], expected=one["expected"], got=one["got"])
            for one in document["failures"]
        ],
        rules_without_scenario=document["rules_without_scenario"],
    )
