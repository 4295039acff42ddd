"""Webhooks: where events are sent, in which order, how often they are tried, and when a try is the last."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Self
from uuid import UUID

from app.domain.errors import Conflict, Forbidden, Invalid, NotFound, Stale
from app.domain.events import Relayed

# After a failed try the next one waits this long: three days in all, as Standard Webhooks 1.0.0 suggests.
WAITS = (
    timedelta(seconds=5),
    timedelta(minutes=5),
    timedelta(minutes=30),
    timedelta(hours=2),
    timedelta(hours=5),
    timedelta(hours=10),
    timedelta(hours=14),
    timedelta(hours=18),
    timedelta(hours=24),
)
# A receiver may ask for a longer pause than that, but not for a longer one than this.
LONGEST_PAUSE = timedelta(hours=24)
MOST_WEBHOOKS = 50
PINGED = "webhook.pinged"
GONE = 410


class WebhookUnknown(NotFound):
    code = "webhook_unknown"
    zh = "没有此推送，或不属于您的凭证。"
    en = "There is no such webhook, or it belongs to another client."


class DeliveryUnknown(NotFound):
    code = "delivery_unknown"
    zh = "此推送没有该事件的投递记录。"
    en = "This webhook has no delivery of that event."


class WebhookStale(Stale):
    code = "webhook_stale"
    zh = "此推送已被修改；请重新读取后再提交。"
    en = "The webhook has changed since you read it; read it again and resend."


class WebhookDisabled(Conflict):
    code = "webhook_disabled"
    zh = "此推送已停用；请先启用。"
    en = "This webhook is disabled; enable it first."


class WebhookEnabled(Conflict):
    code = "webhook_enabled"
    zh = "此推送已在启用状态。"
    en = "This webhook is enabled already."


class TooManyWebhooks(Conflict):
    code = "too_many_webhooks"
    zh = "一个凭证最多 {most} 个推送；请先删除不用的。"
    en = "A client may have {most} webhooks; delete one that is not needed."


class WebhookNeedsClient(Forbidden):
    code = "webhook_needs_client"
    zh = "推送须由本服务的客户端凭证建立，以便在每次投递时核对其权限；外部签发的令牌不能建立。"
    en = "Webhooks belong to a client of this service, whose grants are checked at every delivery; not to an external token."


class WebhookInvalid(Invalid):
    code = "webhook_invalid"
    zh = "推送设置不符合要求，详见 errors。"
    en = "The webhook does not hold together; see errors."


class DisabledAs(StrEnum):
    """Why a webhook rests."""

    BY_OWNER = "by_owner"
    GONE = "gone"


class DeliveryState(StrEnum):
    """Where the delivery of one event to one webhook stands."""

    WAITING = "waiting"
    DELIVERED = "delivered"
    DEAD = "dead"
    WITHHELD = "withheld"


class Failure(StrEnum):
    """Why a try did not succeed."""

    STATUS = "status"
    TIMEOUT = "timeout"
    UNREACHABLE = "unreachable"
    TARGET_REFUSED = "target_refused"
    SECRET_UNREADABLE = "secret_unreadable"  # noqa: S105  a word for what went wrong


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """What the owner of a webhook decides: where to, and which events."""

    url: str
    types: tuple[str, ...]
    region: str | None = None
    enterprise_id: UUID | None = None
    description: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Webhook:
    """A subscription of one client; its secrets are sealed, and two of them hold during a rotation."""

    id: UUID
    client_id: UUID
    wanted: Wanted
    secret: bytes
    previous: bytes | None
    previous_until: datetime | None
    created_at: datetime
    disabled_at: datetime | None
    disabled_as: DisabledAs | None
    version: int

    def rotate(self, *, secret: bytes, previous_until: datetime | None) -> Self:
        """The new secret signs at once; the old one signs beside it for a while."""
        previous = self.secret if previous_until else None
        return replace(self, secret=secret, previous=previous, previous_until=previous_until)

    def disable(self, as_: DisabledAs, *, at: datetime) -> Self:
        if self.disabled_at is not None:
            raise WebhookDisabled()
        return replace(self, disabled_at=at, disabled_as=as_)

    def enable(self) -> Self:
        if self.disabled_at is None:
            raise WebhookEnabled()
        return replace(self, disabled_at=None, disabled_as=None)

    def secrets_at(self, at: datetime) -> tuple[bytes, ...]:
        """Sealed, the newest first."""
        if self.previous is not None and self.previous_until is not None and at < self.previous_until:
            return self.secret, self.previous
        return (self.secret,)


@dataclass(frozen=True, slots=True, kw_only=True)
class Attempt:
    """One try: when it began, what came back or why nothing did, and after how long."""

    at: datetime
    status: int | None
    failure: Failure | None
    latency_ms: int
    retry_after: timedelta | None = None

    @property
    def succeeded(self) -> bool:
        return self.failure is None


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivery:
    """One event on its way to one webhook; `tries` counts since it was last queued, `attempts` ever."""

    event: Relayed
    state: DeliveryState
    tries: int
    attempts: int
    last: Attempt | None
    next_at: datetime | None
    queued_at: datetime
    ended_at: datetime | None
    log: Sequence[Attempt] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Parcel:
    """An event in the hands of one worker, who holds its queue under a fence while it is sent."""

    webhook: Webhook
    queue: str
    fence: int
    event: Relayed
    tries: int
    attempts: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Settled:
    """What a try makes of a delivery: its state, and for how long its queue pauses."""

    state: DeliveryState
    pause: timedelta | None = None
    disables: bool = False


def settle(tries: int, attempt: Attempt) -> Settled:
    """`tries` counts this one. What fails for the last time is a dead letter and holds nothing back any more."""
    if attempt.succeeded:
        return Settled(state=DeliveryState.DELIVERED)
    gone = attempt.status == GONE
    if tries > len(WAITS):
        return Settled(state=DeliveryState.DEAD, disables=gone)
    wait = WAITS[tries - 1]
    asked = attempt.retry_after or timedelta()
    return Settled(state=DeliveryState.WAITING, pause=max(wait, min(asked, LONGEST_PAUSE)), disables=gone)
