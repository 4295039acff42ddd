"""Heavy pollution warnings: a person issues, changes and lifts them; everybody they reach is decided and served."""

from datetime import timedelta
from typing import Annotated
from uuid import UUID

from fastapi import Depends, Query, Response
from pydantic import AfterValidator, Field

from app.api.bodies import AnswerBody, Instant, Moment, RegionCode, RequestBody
from app.api.pagination import PageQuery
from app.api.preconditions import IfMatch, etag
from app.api.security import caller
from app.api.structure import plain
from app.api.transactions import Idempotent, Unit, router
from app.domain.access import Actor
from app.domain.warnings import Colour, PollutionWarning, WarningChange, WarningState
from app.persistence.warnings import WarningRepository
from app.services import warnings

routes = router("warnings")
Reader = Annotated[Actor, Depends(caller("warnings:read"))]
Authority = Annotated[Actor, Depends(caller("warnings:write"))]
Basis = Annotated[
    str,
    Field(min_length=1, max_length=300, description="The notice it rests on.", examples=["临气指办发〔2019〕12号"]),
    AfterValidator(plain),
]


FromAt = Annotated[
    Moment,
    Field(
        description="When it takes effect, with an offset; it may lie ahead.", examples=["2019-12-10T18:00:00+08:00"]
    ),
]


class WarningRequest(RequestBody):
    """A warning for a region's whole subtree."""

    region: RegionCode
    colour: Colour
    from_at: FromAt
    basis: Basis
    acknowledge_within_hours: Annotated[
        int, Field(ge=1, le=72, description="How soon enterprises must acknowledge what they are served.")
    ] = 2


class WarningLiftRequest(RequestBody):
    """From when on a warning is lifted."""

    from_at: FromAt
    basis: Basis


class WarningChangeRequest(WarningLiftRequest):
    """From when on a warning is of another colour."""

    colour: Colour


class WarningChangeOut(AnswerBody):
    """One thing said of a warning; `colour` is null where it was lifted, `served_at` while orders are under way."""

    number: int
    colour: Colour | None
    from_at: Instant
    known_at: Instant
    basis: str
    person: str
    office: str
    operation_id: UUID
    served_at: Instant | None


class WarningOut(AnswerBody):
    """A warning and what was said of it last; `operation_id` is the work that serves that."""

    id: UUID
    region: str
    state: WarningState
    colour: Colour | None
    from_at: Instant
    acknowledge_within_hours: int
    operation_id: UUID
    changes: list[WarningChangeOut]


class WarningPage(AnswerBody):
    """Some warnings, newest first."""

    items: list[WarningOut]
    next_cursor: str | None


@routes.post("", status_code=202, dependencies=[Idempotent])
async def issue_warning(body: WarningRequest, actor: Authority, uow: Unit, response: Response) -> WarningOut:
    """Reserved to a person; the operation decides and serves everybody with a site in the region."""
    issued = await warnings.issue_warning(
        uow,
        region=body.region,
        colour=body.colour,
        from_at=body.from_at,
        basis=body.basis,
        acknowledge_within=timedelta(hours=body.acknowledge_within_hours),
        by=actor,
    )
    return under_way(issued, response)


@routes.post("/{warning_id}/changes", status_code=202, dependencies=[Idempotent])
async def change_warning(
    warning_id: UUID, body: WarningChangeRequest, actor: Authority, *, uow: Unit, seen: IfMatch, response: Response
) -> WarningOut:
    """Another colour; each enterprise is served an order that takes the place of the one before."""
    changed = await warnings.change_warning(
        uow, warning_id, version=seen, colour=body.colour, from_at=body.from_at, basis=body.basis, by=actor
    )
    return under_way(changed, response)


@routes.post("/{warning_id}/lift", status_code=202, dependencies=[Idempotent])
async def lift_warning(
    warning_id: UUID, body: WarningLiftRequest, actor: Authority, *, uow: Unit, seen: IfMatch, response: Response
) -> WarningOut:
    """Everybody who was served under the warning is told that it is over."""
    lifted = await warnings.lift_warning(
        uow, warning_id, version=seen, from_at=body.from_at, basis=body.basis, by=actor
    )
    return under_way(lifted, response)


@routes.get("")
async def list_warnings(
    *,
    actor: Reader,
    uow: Unit,
    page: PageQuery,
    region: Annotated[
        RegionCode | None, Query(description="Those inside its subtree, and those it lies under.")
    ] = None,
    open_: Annotated[
        bool | None, Query(alias="open", description="Only those not lifted, or only those lifted.")
    ] = None,
) -> WarningPage:
    """Heavy pollution warnings, the newest first."""
    state = None if open_ is None else WarningState.ISSUED if open_ else WarningState.LIFTED
    found = await WarningRepository(uow.session).newest(
        region=region, state=state, visible_to=actor, after=page.after, limit=page.limit + 1
    )
    items, next_cursor = page.cut(found, lambda one: (one.id,))
    return WarningPage(items=[out(one) for one in items], next_cursor=next_cursor)


@routes.get("/{warning_id}")
async def get_warning(warning_id: UUID, actor: Reader, uow: Unit, response: Response) -> WarningOut:
    """One warning with its changes and hours."""
    warning = await WarningRepository(uow.session).get(warning_id, visible_to=actor)
    response.headers["ETag"] = etag(warning.version)
    return out(warning)


def under_way(warning: PollutionWarning, response: Response) -> WarningOut:
    """The answer of a route declared with status_code=202."""
    response.headers["ETag"] = etag(warning.version)
    response.headers["Location"] = f"/v1/operations/{warning.last.operation_id}"
    response.headers["Retry-After"] = "1"
    return out(warning)


def out(warning: PollutionWarning) -> WarningOut:
    last = warning.last
    return WarningOut(
        id=warning.id,
        region=warning.region,
        state=warning.state,
        colour=last.colour,
        from_at=last.from_at,
        acknowledge_within_hours=warning.acknowledge_within // timedelta(hours=1),
        operation_id=last.operation_id,
        changes=[change_out(one) for one in warning.changes],
    )


def change_out(change: WarningChange) -> WarningChangeOut:
    return WarningChangeOut(
        number=change.number,
        colour=change.colour,
        from_at=change.from_at,
        known_at=change.known_at,
        basis=change.basis,
        person=change.by.person or "",
        office=change.by.office or "",
        operation_id=change.operation_id,
        served_at=change.served_at,
    )
