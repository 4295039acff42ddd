"""The routes that every kind of act has alike: reading, the steps of its chain, and the ways it ends."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import date
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query, Response

from app.api.acts import (
    ActChanged,
    ActList,
    ActOut,
    ActPage,
    Applicant,
    Authority,
    Reader,
    ReasonRequest,
    StepRequest,
    out,
    outs,
)
from app.api.bodies import RegionCode
from app.api.changes import redecided
from app.api.language import Lang
from app.api.pagination import PageQuery
from app.api.preconditions import IfMatch, etag
from app.api.transactions import Idempotent, Unit
from app.domain.access import Actor
from app.domain.acts.act import Act, ActKind, ActState
from app.domain.acts.applications import Application
from app.domain.errors import Language
from app.persistence.acts.repository import ActRepository
from app.persistence.enterprises.reading import EnterpriseReader
from app.persistence.unit_of_work import UnitOfWork
from app.services.acts import deciding
from app.services.acts.applying import apply
from app.services.acts.deciding import Hand, Held

# What else happens with a step of one kind, in the same transaction.
Follow = Callable[[UnitOfWork, Act, Actor], Awaitable[None]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Life:
    """One kind of act at the door; `noun` names its operations and its address."""

    noun: str
    kind: ActKind
    follow: Follow | None = None

    @property
    def base(self) -> str:
        return f"/{self.noun.replace('_', '-')}s"

    async def held(self, uow: UnitOfWork, act_id: UUID, version: int, actor: Actor) -> Held:
        return await deciding.hold(uow, act_id, self.kind, version=version, by=actor)

    async def done(self, uow: UnitOfWork, act: Act, *, by: Actor, language: Language, response: Response) -> ActChanged:
        if self.follow is not None:
            await self.follow(uow, act, by)
        response.headers["ETag"] = etag(act.version)
        changes = await redecided(uow, act.enterprise_id, by=by, language=language)
        return ActChanged(act=await out(uow, act), changes=changes)


async def asked(
    uow: UnitOfWork, enterprise_id: UUID, application: Application, *, by: Actor, response: Response
) -> ActOut:
    """The application of any kind, as it was taken."""
    act = await apply(uow, enterprise_id, application, by=by)
    response.headers["ETag"] = etag(act.version)
    return await out(uow, act)


def add_life(routes: APIRouter, life: Life) -> None:
    """Everything behind the application itself."""
    add_reading(routes, life)
    add_chain(routes, life)
    add_endings(routes, life)


def add_reading(routes: APIRouter, life: Life) -> None:
    """Of one enterprise, of a region, one."""

    @routes.get(f"/enterprises/{{enterprise_id}}{life.base}", name=f"list_enterprise_{life.noun}s")
    async def of_enterprise(enterprise_id: UUID, actor: Reader, uow: Unit) -> ActList:
        """Those of one enterprise, ended ones too."""
        await EnterpriseReader(uow.session).head(enterprise_id, visible_to=actor)
        found = await ActRepository(uow.session).of_enterprise(enterprise_id, [life.kind], visible_to=actor)
        return ActList(items=await outs(uow, found))

    @routes.get(life.base, name=f"list_{life.noun}s")
    async def of_region(
        *,
        actor: Reader,
        uow: Unit,
        page: PageQuery,
        region: Annotated[RegionCode | None, Query(description="GB/T 2260 code; its subtree is included.")] = None,
        state: Annotated[ActState | None, Query()] = None,
        day: Annotated[date | None, Query(description="Only those whose period contains this day.")] = None,
    ) -> ActPage:
        """Those of a region, by state or day."""
        found = await ActRepository(uow.session).page(
            life.kind, region=region, state=state, day=day, visible_to=actor, after=page.after, limit=page.limit + 1
        )
        items, next_cursor = page.cut(found, lambda one: (one.known_at.isoformat(), one.id))
        return ActPage(items=await outs(uow, items), next_cursor=next_cursor)

    @routes.get(f"{life.base}/{{act_id}}", name=f"get_{life.noun}")
    async def get(act_id: UUID, actor: Reader, uow: Unit, response: Response) -> ActOut:
        """One, with the steps it went through and the one it waits for."""
        act = await ActRepository(uow.session).get(act_id, life.kind, visible_to=actor)
        response.headers["ETag"] = etag(act.version)
        return await out(uow, act)


def add_chain(routes: APIRouter, life: Life) -> None:
    """The steps the plan prescribes, and the refusal of whoever judges."""
    one, noun = f"{life.base}/{{act_id}}", life.noun

    @routes.post(f"{one}/steps", status_code=201, dependencies=[Idempotent], name=f"take_{noun}_step")
    async def step(
        *,
        act_id: UUID,
        body: StepRequest,
        seen: IfMatch,
        actor: Authority,
        uow: Unit,
        language: Lang,
        response: Response,
    ) -> ActChanged:
        """A person of the authority takes the next step; who asked cannot take the last one, which grants."""
        hand = Hand(
            does=body.does,
            note=body.note,
            load=None if body.load is None else body.load.load(),
            evidence=tuple(piece.evidence() for piece in body.evidence),
        )
        act = await deciding.take_step(uow, await life.held(uow, act_id, seen, actor), hand, by=actor)
        return await life.done(uow, act, by=actor, language=language, response=response)

    @routes.post(f"{one}/refusal", status_code=201, dependencies=[Idempotent], name=f"refuse_{noun}")
    async def refuse(
        *,
        act_id: UUID,
        body: ReasonRequest,
        seen: IfMatch,
        actor: Authority,
        uow: Unit,
        language: Lang,
        response: Response,
    ) -> ActChanged:
        """Only where the next hand judges; a filing is received."""
        act = await deciding.refuse(uow, await life.held(uow, act_id, seen, actor), hand_of(body), by=actor)
        return await life.done(uow, act, by=actor, language=language, response=response)


def add_endings(routes: APIRouter, life: Life) -> None:
    """Taken back by who asked, or ended by the authority."""
    one, noun = f"{life.base}/{{act_id}}", life.noun

    @routes.post(f"{one}/withdrawal", status_code=201, dependencies=[Idempotent], name=f"withdraw_{noun}")
    async def withdraw(
        *,
        act_id: UUID,
        body: ReasonRequest,
        seen: IfMatch,
        actor: Applicant,
        uow: Unit,
        language: Lang,
        response: Response,
    ) -> ActChanged:
        """By who asked, while nobody has decided."""
        act = await deciding.withdraw(uow, await life.held(uow, act_id, seen, actor), hand_of(body), by=actor)
        return await life.done(uow, act, by=actor, language=language, response=response)

    @routes.post(f"{one}/revocation", status_code=201, dependencies=[Idempotent], name=f"revoke_{noun}")
    async def revoke(
        *,
        act_id: UUID,
        body: ReasonRequest,
        seen: IfMatch,
        actor: Authority,
        uow: Unit,
        language: Lang,
        response: Response,
    ) -> ActChanged:
        """From today on; what held before stays."""
        act = await deciding.revoke(uow, await life.held(uow, act_id, seen, actor), hand_of(body), by=actor)
        return await life.done(uow, act, by=actor, language=language, response=response)


def hand_of(body: ReasonRequest) -> Hand:
    return Hand(note=body.reason, evidence=tuple(piece.evidence() for piece in body.evidence))
