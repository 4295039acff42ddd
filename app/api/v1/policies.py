"""Policies: plans as packs, from draft to retirement, their content, and the schema they are written in."""

import hashlib
from typing import Annotated, Any

import orjson
from fastapi import Depends, Query, Response
from pydantic import Field

from app.api.bodies import AnswerBody
from app.api.language import Lang
from app.api.long_work import OperationOut, accepted
from app.api.policy_bodies import (
    PolicyPackDetail,
    PolicyPackDocument,
    PolicyPackList,
    PolicyPackOut,
    PolicyPackReport,
    PolicyPackRequest,
    PolicyPackTexts,
    ProvisionOut,
    RetirementRequest,
    draft_out,
    report_out,
    version_out,
)
from app.api.policy_reading_bodies import PackDiffOut, PackQuestions
from app.api.preconditions import IfMatch, etag
from app.api.security import caller
from app.api.transactions import Idempotent, Unit, router
from app.documents.catalogue import vocabulary
from app.documents.pack_diff import diff_document
from app.documents.pack_questions import questions_document
from app.documents.pack_schema import pack_schema
from app.documents.published import evaluator_of
from app.domain.access import Actor
from app.domain.errors import Invalid, Language
from app.domain.policies.diff import diff
from app.domain.policies.drafts import Draft, DraftUnchecked, PackVersionUnknown
from app.domain.policies.life import PackState
from app.persistence.policies import PackRepository, PackUnknown, PackVersion
from app.persistence.policies.drafts import DraftRepository
from app.services.policies import drafting, publishing, reading

routes = router("policies", "/policy-packs")
Reader = Annotated[Actor, Depends(caller("policies:read"))]
Publisher = Annotated[Actor, Depends(caller("policies:write"))]
SCHEMA_MEDIA_TYPE = "application/schema+json"
VersionQuery = Annotated[str | None, Query(max_length=40, description="Without it, the newest that is not retired.")]


class PolicyPackSchema(AnswerBody):
    """The JSON Schema of a pack, for programs; editors fetch `schema.json`."""

    pack_schema: dict[str, Any] = Field(json_schema_extra={"additionalProperties": True})


class SchemaDocument(Response):
    """A JSON Schema as a file."""

    media_type = SCHEMA_MEDIA_TYPE


class IndustryTagUnknown(Invalid):
    code = "industry_tag_unknown"
    zh = "没有行业标签 {industry}；可用标签见 GET /v1/vocabulary 的 industries。"
    en = "{industry} is no industry tag; GET /v1/vocabulary lists them under industries."


@routes.get("")
async def list_policy_packs(
    actor: Reader,
    uow: Unit,
    language: Lang,
    state: Annotated[PackState | None, Query(description="Every version in this state, drafts you may see.")] = None,
) -> PolicyPackList:
    """The newest published version of each plan (of one not retired, if there is one), or all in a state."""
    published = await PackRepository(uow.session).everything()
    if state is None:
        names = dict.fromkeys(one.head.name for one in published)
        chosen = [current([one for one in published if one.head.name == name]) for name in names]
    else:
        chosen = [one for one in published if one.state is state]
    drafts = await DraftRepository(uow.session).all(visible_to=actor) if state is PackState.DRAFT else []
    return listed(chosen, drafts, language)


@routes.post("", status_code=201, dependencies=[Idempotent])
async def draft_policy_pack(
    body: PolicyPackRequest, actor: Publisher, uow: Unit, language: Lang, response: Response
) -> PolicyPackOut:
    """Keep a new version as a draft, however wrong it still is; only what is no YAML at all is refused."""
    made = await drafting.draft(uow, body.pack, body.scenarios, by=actor)
    response.headers["Location"] = f"/v1/policy-packs/{made.name}/versions/{made.version}"
    return with_etag(made, language, response)


@routes.post("/checks", status_code=202, dependencies=[Idempotent])
async def check_policy_pack(
    body: PolicyPackRequest, actor: Reader, uow: Unit, language: Lang, response: Response
) -> OperationOut:
    """Check texts nobody keeps: the operation's result lists every finding with its line and every scenario that fails."""
    operation = await drafting.start_text_check(uow, body.pack, body.scenarios, by=actor)
    return accepted(operation, response, language)


@routes.get("/schema")
async def get_policy_pack_schema(_actor: Reader) -> PolicyPackSchema:
    """The JSON Schema of packs inside an envelope; as a document of its own it is at schema.json."""
    return PolicyPackSchema(pack_schema=pack_schema())


@routes.get(
    "/schema.json",
    response_class=SchemaDocument,
    responses={200: {"content": {SCHEMA_MEDIA_TYPE: {"schema": {"type": "object"}}}, "description": "A JSON Schema."}},
)
async def get_policy_pack_schema_document() -> Response:
    """The JSON Schema itself, for editors; public, and the same until the service is upgraded."""
    text = orjson.dumps(pack_schema())
    headers = {
        "ETag": f'"{hashlib.sha256(text).hexdigest()[:16]}"',
        "Cache-Control": "public, max-age=3600",
        "Access-Control-Allow-Origin": "*",
    }
    return SchemaDocument(text, headers=headers)


@routes.get("/{name}")
async def get_policy_pack(
    name: str, _actor: Reader, uow: Unit, language: Lang, response: Response, version: VersionQuery = None
) -> PolicyPackDetail:
    """A published version with its provisions."""
    versions, chosen = await published_version(uow, name, version)
    pack = await PackRepository(uow.session).version(name, chosen.head.version)
    read = evaluator_of(pack.document, pack.hash).pack
    citing: dict[str, list[str]] = {}
    for rule in read.rules():
        for cite in dict.fromkeys((*rule.cites, *rule.then.cites)):
            citing.setdefault(cite, []).append(rule.id)
    # The content never changes, its state may.
    response.headers["ETag"] = f'"{pack.hash}-{chosen.state}"'
    return PolicyPackDetail(
        **version_out(chosen, language).model_dump(),
        versions=[one.head.version for one in versions],
        provisions=[
            ProvisionOut(
                id=one.id, place=one.place, kind=one.kind, says=one.says[language], rules=citing.get(one.id, [])
            )
            for one in read.provisions.values()
        ],
    )


@routes.get("/{name}/document")
async def get_policy_pack_document(
    name: str, _actor: Reader, uow: Unit, response: Response, version: VersionQuery = None
) -> PolicyPackDocument:
    """The content of a published version, as it was hashed; the ETag is that hash."""
    _, chosen = await published_version(uow, name, version)
    pack = await PackRepository(uow.session).version(name, chosen.head.version)
    response.headers["ETag"] = f'"{pack.hash}"'
    return PolicyPackDocument(hash=pack.hash, document=pack.content())


@routes.get("/{name}/questions")
async def list_policy_pack_questions(
    *,
    name: str,
    actor: Reader,
    uow: Unit,
    language: Lang,
    industry: Annotated[str | None, Query(max_length=60, description="A tag of the vocabulary; else all.")] = None,
    version: VersionQuery = None,
) -> PackQuestions:
    """Every fact this pack asks about an industry, in the order in which it matters, and the units to register."""
    if industry is not None and industry not in vocabulary()["industries"]:
        raise IndustryTagUnknown(industry=industry)
    wanted = version or (await published_version(uow, name, None))[1].head.version
    pack = await reading.pack_of(uow, name, wanted, by=actor)
    return PackQuestions.model_validate(questions_document(pack, industry, language))


@routes.get("/{name}/diff")
async def diff_policy_packs(
    *,
    name: str,
    actor: Reader,
    uow: Unit,
    language: Lang,
    before: Annotated[str, Query(alias="from", max_length=40, description="A version, published or draft.")],
    after: Annotated[str, Query(alias="to", max_length=40, description="The version to compare it with.")],
    to_pack: Annotated[
        str | None, Query(max_length=60, description="Another pack, of which `to` is a version.")
    ] = None,
) -> PackDiffOut:
    """What changed from one version to another, by rule and by printed place; a draft must at least be a pack."""
    older = await reading.pack_of(uow, name, before, by=actor)
    newer = await reading.pack_of(uow, to_pack or name, after, by=actor)
    return PackDiffOut.model_validate(diff_document(diff(older, newer), language))


@routes.get("/{name}/versions")
async def list_policy_pack_versions(name: str, actor: Reader, uow: Unit, language: Lang) -> PolicyPackList:
    """Every version of a plan, the drafts you may see first, then the published ones, newest first."""
    published = await PackRepository(uow.session).versions(name)
    drafts = await DraftRepository(uow.session).of_pack(name, visible_to=actor)
    if not published and not drafts:
        raise PackUnknown(name=name)
    return listed(published, drafts, language)


@routes.get("/{name}/versions/{version}")
async def get_policy_pack_version(
    *, name: str, version: str, actor: Reader, uow: Unit, language: Lang, response: Response
) -> PolicyPackOut:
    """A version in whatever state; the ETag of a draft is its revision."""
    found = await version_named(uow, name, version, by=actor)
    if isinstance(found, Draft):
        return with_etag(found, language, response)
    response.headers["ETag"] = f'"{found.head.hash}-{found.state}"'
    return version_out(found, language)


@routes.put("/{name}/versions/{version}")
async def rewrite_policy_pack_draft(
    *,
    name: str,
    version: str,
    body: PolicyPackRequest,
    revision: IfMatch,
    actor: Publisher,
    uow: Unit,
    language: Lang,
    response: Response,
) -> PolicyPackOut:
    """Replace the texts of a draft; a published version never changes."""
    seen = await drafting.seen_draft(uow, name, version, revision=revision, by=actor)
    return with_etag(await drafting.rewrite(uow, seen, body.pack, body.scenarios, by=actor), language, response)


@routes.delete("/{name}/versions/{version}", status_code=204)
async def delete_policy_pack_draft(name: str, version: str, revision: IfMatch, actor: Publisher, uow: Unit) -> None:
    """Remove a draft; a published version can only be retired."""
    seen = await drafting.seen_draft(uow, name, version, revision=revision, by=actor)
    await drafting.remove(uow, seen, by=actor)


@routes.get("/{name}/versions/{version}/texts")
async def get_policy_pack_texts(
    name: str, version: str, actor: Reader, uow: Unit, response: Response
) -> PolicyPackTexts:
    """The YAML as it was written, to go on from."""
    found = await version_named(uow, name, version, by=actor)
    texts = found.texts if isinstance(found, Draft) else await PackRepository(uow.session).texts(found.head)
    if texts is None:
        raise PackVersionUnknown(name=name, version=version)
    response.headers["ETag"] = f'"{texts.hash}"'
    return PolicyPackTexts(pack=texts.pack, scenarios=texts.scenarios, hash=texts.hash)


@routes.post("/{name}/versions/{version}/checks", status_code=202, dependencies=[Idempotent])
async def check_policy_pack_draft(
    *, name: str, version: str, actor: Publisher, uow: Unit, language: Lang, response: Response
) -> OperationOut:
    """Schema, linter and the draft's own scenarios; the draft remembers the report."""
    return accepted(await drafting.start_draft_check(uow, name, version, by=actor), response, language)


@routes.get("/{name}/versions/{version}/report")
async def get_policy_pack_report(name: str, version: str, actor: Reader, uow: Unit, language: Lang) -> PolicyPackReport:
    """What the last checks of a draft said, every reason at once; `current` tells whether its texts changed since."""
    found = await drafting.open_draft(uow, name, version, by=actor)
    if found.report is None:
        raise DraftUnchecked(name=name, version=version)
    return report_out(found, found.report, language)


@routes.post("/{name}/versions/{version}/publication", status_code=202, dependencies=[Idempotent])
async def publish_policy_pack(
    *,
    name: str,
    version: str,
    revision: IfMatch,
    actor: Publisher,
    uow: Unit,
    language: Lang,
    response: Response,
) -> OperationOut:
    """Check and publish the draft you have read: refused with every reason while anything fails, immutable once through."""
    operation = await publishing.start_publication(uow, name, version, revision=revision, by=actor)
    return accepted(operation, response, language)


@routes.post("/{name}/versions/{version}/retirement", status_code=201, dependencies=[Idempotent])
async def retire_policy_pack(
    *, name: str, version: str, body: RetirementRequest, actor: Publisher, uow: Unit, language: Lang
) -> PolicyPackOut:
    """Reserved to a person: the version decides nothing new, what it decided stays, what it superseded is in force again."""
    return version_out(await publishing.retire(uow, name, version, reason=body.reason, by=actor), language)


async def published_version(uow: Unit, name: str, version: str | None) -> tuple[list[PackVersion], PackVersion]:
    versions = await PackRepository(uow.session).versions(name)
    if not versions:
        raise PackUnknown(name=name)
    if version is None:
        return versions, current(versions)
    for one in versions:
        if one.head.version == version:
            return versions, one
    raise PackVersionUnknown(name=name, version=version)


async def version_named(uow: Unit, name: str, version: str, *, by: Actor) -> Draft | PackVersion:
    """Published first: that is what the version is from then on."""
    for one in await PackRepository(uow.session).versions(name):
        if one.head.version == version:
            return one
    return await drafting.open_draft(uow, name, version, by=by)


def current(versions: list[PackVersion]) -> PackVersion:
    """Of versions given newest first, the newest that is not retired, or the newest."""
    return next((one for one in versions if one.retirement is None), versions[0])


def listed(published: list[PackVersion], drafts: list[Draft], language: Language) -> PolicyPackList:
    return PolicyPackList(
        items=[
            *(draft_out(one, language) for one in drafts),
            *(version_out(one, language) for one in published),
        ]
    )


def with_etag(draft: Draft, language: Language, response: Response) -> PolicyPackOut:
    response.headers["ETag"] = etag(draft.revision)
    return draft_out(draft, language)
