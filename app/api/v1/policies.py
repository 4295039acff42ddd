"""Policies: the published packs, their content, and the schema they are written in."""

from typing import Annotated, Any

from fastapi import Depends, Query, Response
from pydantic import Field

from app.api.bodies import AnswerBody, Instant, RequestBody
from app.api.language import Lang
from app.api.long_work import OperationOut, accepted
from app.api.security import caller
from app.api.transactions import Idempotent, Unit, router
from app.documents.pack_shape import PackShape
from app.documents.published import evaluator_of
from app.domain.access import Actor
from app.domain.errors import Language
from app.persistence.policies import PackRepository, PackUnknown, StoredPack
from app.services import policies

routes = router("policies", "/policy-packs")
Reader = Annotated[Actor, Depends(caller("policies:read"))]
Publisher = Annotated[Actor, Depends(caller("policies:write"))]


class PolicyPackOut(AnswerBody):
    """A published version of a plan."""

    name: str
    version: str
    hash: str
    region: str
    level: str
    title: str
    published_at: Instant


class PolicyPackList(AnswerBody):
    """Packs, the newest version of each."""

    items: list[PolicyPackOut]


class PolicyPackRequest(RequestBody):
    """A pack and its scenarios, as YAML texts."""

    pack: Annotated[str, Field(max_length=1_000_000)]
    scenarios: Annotated[str | None, Field(max_length=1_000_000)] = None


class ProvisionOut(AnswerBody):
    """A clause of the plan in our own words; `rules` are the rules that cite it."""

    id: str
    place: str
    kind: str
    says: str
    rules: list[str]


class PolicyPackDetail(PolicyPackOut):
    """A pack with its provisions and the versions there are."""

    versions: list[str]
    provisions: list[ProvisionOut]


class PolicyPackDocument(AnswerBody):
    """The content of a pack: the plan as data and the base facts it asks."""

    hash: str
    document: dict[str, Any] = Field(json_schema_extra={"additionalProperties": True})


class PolicyPackSchema(AnswerBody):
    """The JSON Schema of a pack, for editors and validators."""

    pack_schema: dict[str, Any] = Field(json_schema_extra={"additionalProperties": True})


@routes.get("")
async def list_policy_packs(_actor: Reader, uow: Unit, language: Lang) -> PolicyPackList:
    return PolicyPackList(items=[out(one, language) for one in await PackRepository(uow.session).newest()])


@routes.post("", status_code=202, dependencies=[Idempotent])
async def publish_policy_pack(
    body: PolicyPackRequest, actor: Publisher, uow: Unit, language: Lang, response: Response
) -> OperationOut:
    """Check and publish; refused with every reason while anything fails, immutable once it is through."""
    operation = await policies.start_check(uow, body.pack, body.scenarios, publishing=True, by=actor)
    return accepted(operation, response, language)


@routes.post("/checks", status_code=202, dependencies=[Idempotent])
async def check_policy_pack(
    body: PolicyPackRequest, actor: Reader, uow: Unit, language: Lang, response: Response
) -> OperationOut:
    """Check only: the operation's result lists every finding with its line, and every scenario that fails."""
    operation = await policies.start_check(uow, body.pack, body.scenarios, publishing=False, by=actor)
    return accepted(operation, response, language)


@routes.get("/schema")
async def get_policy_pack_schema(_actor: Reader) -> PolicyPackSchema:
    return PolicyPackSchema(pack_schema=PackShape.model_json_schema(by_alias=True))


@routes.get("/{name}")
async def get_policy_pack(
    name: str,
    _actor: Reader,
    uow: Unit,
    language: Lang,
    response: Response,
    version: Annotated[str | None, Query(max_length=40)] = None,
) -> PolicyPackDetail:
    """The newest version, or the one asked for; the ETag is the hash of the content."""
    versions, pack = await chosen(uow, name, version)
    evaluator = evaluator_of(pack.document, pack.hash)
    citing: dict[str, list[str]] = {}
    for rule in evaluator.pack.rules():
        for cite in (*rule.cites, *rule.then.cites):
            citing.setdefault(cite, []).append(rule.id)
    response.headers["ETag"] = f'"{pack.hash}"'
    return PolicyPackDetail(
        **out(pack, language).model_dump(),
        versions=[one.version for one in versions],
        provisions=[
            ProvisionOut(
                id=one.id, place=one.place, kind=one.kind, says=one.says[language], rules=citing.get(one.id, [])
            )
            for one in evaluator.pack.provisions.values()
        ],
    )


@routes.get("/{name}/document")
async def get_policy_pack_document(
    name: str, _actor: Reader, uow: Unit, version: Annotated[str | None, Query(max_length=40)] = None
) -> PolicyPackDocument:
    _, pack = await chosen(uow, name, version)
    return PolicyPackDocument(hash=pack.hash, document=pack.content())


async def chosen(uow: Unit, name: str, version: str | None) -> tuple[list[StoredPack], StoredPack]:
    versions = await PackRepository(uow.session).versions(name)
    for one in versions:
        if version in {None, one.version}:
            return versions, one
    raise PackUnknown(name=f"{name} {version}")


def out(pack: StoredPack, language: Language) -> PolicyPackOut:
    return PolicyPackOut(
        name=pack.name,
        version=pack.version,
        hash=pack.hash,
        region=pack.region,
        level=pack.level,
        title=pack.title[language],
        published_at=pack.published_at,
    )
