"""Channels: the streams of readings of an enterprise's meters, with multipliers by date and replaced meters."""

from decimal import Decimal
from typing import Annotated, Any
from uuid import UUID

from fastapi import Depends, Response
from pydantic import AwareDatetime, Field, StrictBool

from app.api.bodies import AnswerBody, CivilDay, Instant, RequestBody
from app.api.evidence import HandOut
from app.api.feed_bodies import ChannelKey, SourceName
from app.api.pagination import PageQuery
from app.api.preconditions import IfMatch, etag
from app.api.security import caller
from app.api.transactions import Idempotent, Unit, router
from app.domain.access import Actor
from app.domain.facts.values import decimal_text
from app.domain.feed.channels import (
    MOST_DIGITS,
    Channel,
    ChannelKind,
    Direction,
    Multiplier,
    Quantity,
    Register,
    Replacement,
)
from app.integrations.ids import new_id
from app.persistence.enterprises.reading import EnterpriseReader
from app.persistence.feed.channels import ChannelRepository, Dated
from app.services.feed import channels

routes = router("feed", "/enterprises/{enterprise_id}/channels")
Reader = Annotated[Actor, Depends(caller("feed:read"))]
Writer = Annotated[Actor, Depends(caller("feed:write"))]
Number = Annotated[str, Field(pattern=r"^\d{1,12}(\.\d{1,6})?$", description="A decimal, as text.")]
Minutes = Annotated[int, Field(json_schema_extra={"enum": [15, 30, 60, 1440]})]


class ChannelChange(RequestBody):
    """A channel as it shall be; source, key, quantity, kind, interval and decimals stay what they were."""

    meter_id: UUID
    source: SourceName
    key: ChannelKey
    supply_point: Annotated[str, Field(min_length=1, max_length=100)] | None = Field(default=None, description="户号")
    quantity: Quantity = "energy_kwh"
    kind: ChannelKind = "interval"
    tariff: Register = Field(
        default="total", description="Which register: the whole, or one tariff period (总尖峰平谷)."
    )
    direction: Direction = "import"
    interval_minutes: Minutes = 15
    decimals: int = Field(default=3, ge=0, le=6, description="Kept exactly; more of them are refused.")
    digits: int | None = Field(default=None, ge=1, le=MOST_DIGITS, description="Of a register, before the point.")
    own_generation: StrictBool = Field(default=False, description="What is bought is not all that is used.")


class ChannelRequest(ChannelChange):
    """A new channel."""


class ChannelOut(AnswerBody):
    """A channel."""

    id: UUID
    enterprise_id: UUID
    meter_id: UUID
    source: str
    key: str
    supply_point: str | None
    quantity: Quantity
    kind: ChannelKind
    tariff: Register
    direction: Direction
    interval_minutes: int
    decimals: int
    digits: int | None
    own_generation: bool
    version: int

    @classmethod
    def of(cls, one: Channel) -> "ChannelOut":
        plain = {name: getattr(one, name) for name in cls.model_fields if name != "tariff"}
        return cls(**plain, tariff=one.register)


class ChannelRegistered(AnswerBody):
    """A new channel; rows that were parked for it land in the background."""

    channel: ChannelOut
    replay_url: str | None


class ChannelPage(AnswerBody):
    """Some channels of an enterprise, in order of registration."""

    items: list[ChannelOut]
    next_cursor: str | None


class MultiplierRequest(RequestBody):
    """By what values are multiplied from a day on (倍率)."""

    from_day: CivilDay
    factor: Number


class MultiplierOut(AnswerBody):
    """A word on the multiplier; of one day the newest counts."""

    id: UUID
    from_day: str
    factor: str
    said: HandOut


class MultiplierList(AnswerBody):
    """Every word, oldest first."""

    items: list[MultiplierOut]


class ReplacementRequest(RequestBody):
    """A meter taken out and another put in (换表)."""

    at: AwareDatetime
    final_old: Number
    initial_new: Number


class ReplacementOut(AnswerBody):
    """A replacement; of one instant the newest word counts."""

    id: UUID
    at: Instant
    final_old: str
    initial_new: str
    said: HandOut


class ReplacementList(AnswerBody):
    """Every word, oldest first."""

    items: list[ReplacementOut]


@routes.post("", status_code=201, dependencies=[Idempotent])
async def register_channel(
    enterprise_id: UUID, body: ChannelRequest, actor: Writer, uow: Unit, response: Response
) -> ChannelRegistered:
    """By an officer who looks after the enterprise; a key is one channel's in the whole source."""
    wanted = _channel(body, new_id(), enterprise_id, version=1)
    made, operation = await channels.register(uow, wanted, by=actor)
    response.headers["Location"] = f"/v1/enterprises/{enterprise_id}/channels/{made.id}"
    response.headers["ETag"] = etag(made.version)
    url = None if operation is None else f"/v1/operations/{operation.id}"
    return ChannelRegistered(channel=ChannelOut.of(made), replay_url=url)


@routes.get("")
async def list_channels(enterprise_id: UUID, actor: Reader, uow: Unit, page: PageQuery) -> ChannelPage:
    """A source sees its own channels of the enterprise, who sees the enterprise sees all of them."""
    found = await ChannelRepository(uow.session).of_enterprise(
        enterprise_id, visible_to=actor, after=page.after, limit=page.limit + 1
    )
    if not found and page.after is None:
        await EnterpriseReader(uow.session).head(enterprise_id, visible_to=actor)
    items, next_cursor = page.cut(found, lambda one: (one.id,))
    return ChannelPage(items=[ChannelOut.of(one) for one in items], next_cursor=next_cursor)


@routes.get("/{channel_id}")
async def get_channel(
    enterprise_id: UUID, channel_id: UUID, actor: Reader, uow: Unit, response: Response
) -> ChannelOut:
    """One channel and its version."""
    found = await _get(uow, enterprise_id, channel_id, actor)
    response.headers["ETag"] = etag(found.version)
    return ChannelOut.of(found)


@routes.put("/{channel_id}")
async def replace_channel(
    *,
    enterprise_id: UUID,
    channel_id: UUID,
    body: ChannelChange,
    actor: Writer,
    uow: Unit,
    version: IfMatch,
    response: Response,
) -> ChannelOut:
    """Meter, supply point, register, direction, digits and own generation may change."""
    saved = await channels.change(uow, _channel(body, channel_id, enterprise_id, version=version), by=actor)
    response.headers["ETag"] = etag(saved.version)
    return ChannelOut.of(saved)


@routes.post("/{channel_id}/multipliers", status_code=201, dependencies=[Idempotent])
async def say_channel_multiplier(
    enterprise_id: UUID, channel_id: UUID, body: MultiplierRequest, actor: Writer, uow: Unit
) -> MultiplierOut:
    """By an officer, or by the source, which knows its meters."""
    what = Multiplier(from_day=body.from_day, factor=Decimal(body.factor))
    return _multiplier(await channels.say(uow, enterprise_id, channel_id, what, by=actor))


@routes.get("/{channel_id}/multipliers")
async def list_channel_multipliers(enterprise_id: UUID, channel_id: UUID, actor: Reader, uow: Unit) -> MultiplierList:
    """By what the channel's readings were multiplied, and from which day."""
    channel = await _get(uow, enterprise_id, channel_id, actor)
    found = await ChannelRepository(uow.session).multipliers(channel)
    return MultiplierList(items=[_multiplier(one) for one in found])


@routes.post("/{channel_id}/replacements", status_code=201, dependencies=[Idempotent])
async def say_meter_replacement(
    enterprise_id: UUID, channel_id: UUID, body: ReplacementRequest, actor: Writer, uow: Unit
) -> ReplacementOut:
    """By an officer, or by the source, which knows its meters."""
    what = Replacement(at=body.at, final_old=Decimal(body.final_old), initial_new=Decimal(body.initial_new))
    return _replacement(await channels.say(uow, enterprise_id, channel_id, what, by=actor))


@routes.get("/{channel_id}/replacements")
async def list_meter_replacements(enterprise_id: UUID, channel_id: UUID, actor: Reader, uow: Unit) -> ReplacementList:
    """When the meter behind the channel was changed."""
    channel = await _get(uow, enterprise_id, channel_id, actor)
    found = await ChannelRepository(uow.session).replacements(channel)
    return ReplacementList(items=[_replacement(one) for one in found])


async def _get(uow: Unit, enterprise_id: UUID, channel_id: UUID, actor: Actor) -> Channel:
    return await ChannelRepository(uow.session).get(channel_id, visible_to=actor, enterprise_id=enterprise_id)


def _channel(body: ChannelChange, channel_id: UUID, enterprise_id: UUID, *, version: int) -> Channel:
    plain = body.model_dump(exclude={"tariff"})
    return Channel(id=channel_id, enterprise_id=enterprise_id, version=version, register=body.tariff, **plain)


def _multiplier(one: Dated) -> MultiplierOut:
    what: Any = one.what
    said = HandOut.of(one.said_by, one.known_at)
    return MultiplierOut(id=one.id, from_day=str(what.from_day), factor=decimal_text(what.factor), said=said)


def _replacement(one: Dated) -> ReplacementOut:
    what: Any = one.what
    return ReplacementOut(
        id=one.id,
        at=what.at,
        final_old=decimal_text(what.final_old),
        initial_new=decimal_text(what.initial_new),
        said=HandOut.of(one.said_by, one.known_at),
    )
