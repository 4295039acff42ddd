"""Webhooks as bodies: what an owner asks for, what a webhook is, and what became of each delivery."""

from typing import Annotated, Literal
from uuid import UUID

from pydantic import AwareDatetime, Field, StringConstraints

from app.api.bodies import AnswerBody, Instant, RegionCode, RequestBody
from app.documents.events import EVENT_TYPES, sequence_text
from app.domain.errors import FieldError
from app.domain.webhooks import Attempt, Delivery, DeliveryState, Failure, Wanted, Webhook, WebhookInvalid
from app.persistence.webhooks.deliveries import Chosen

ROOMS = {f"{one.partition('.')[0]}.*" for one in EVENT_TYPES}
TypeName = Annotated[str, StringConstraints(min_length=1, max_length=60)]
Why = Literal["by_owner", "gone"]
State = Literal["waiting", "delivered", "dead", "withheld"]
Failed = Literal["status", "timeout", "unreachable", "target_refused", "secret_unreadable"]


class WebhookRequest(RequestBody):
    """Where to, and which events; nothing chosen means everything its client may see."""

    url: Annotated[str, StringConstraints(min_length=1, max_length=2000)] = Field(
        description="https://…; it must not lead into a private network.", examples=["https://platform.example/hooks"]
    )
    types: list[TypeName] = Field(
        default_factory=list, max_length=100, description="Types, or `warning.*` for a whole room."
    )
    region: RegionCode | None = Field(default=None, description="GB/T 2260 code; its subtree is included.")
    enterprise_id: UUID | None = None
    description: Annotated[str, StringConstraints(max_length=500)] = ""

    def wanted(self) -> Wanted:
        wrong = [
            FieldError(
                pointer=f"/types/{at}",
                code="event_type_unknown",
                zh=f"没有事件类型 {one}；见 GET /v1/events/types。",
                en=f"There is no event type {one}; GET /v1/events/types lists them.",
            )
            for at, one in enumerate(self.types)
            if one not in EVENT_TYPES and one not in ROOMS
        ]
        if wrong:
            raise WebhookInvalid(errors=wrong)
        return Wanted(
            url=self.url,
            types=tuple(dict.fromkeys(self.types)),
            region=self.region,
            enterprise_id=self.enterprise_id,
            description=self.description,
        )


class WebhookRotation(RequestBody):
    """How long the old secret signs beside the new one."""

    keep_previous_hours: int = Field(default=24, ge=0, le=168)


class RedeliveryRequest(RequestBody):
    """Which deliveries that have ended: these events, or a state (`dead`), or a span of time; what is given all holds."""

    event_ids: list[UUID] = Field(default_factory=list, max_length=1000)
    state: Literal["delivered", "dead", "withheld"] | None = None
    from_at: AwareDatetime | None = Field(default=None, description="Events since this instant.")
    until_at: AwareDatetime | None = Field(default=None, description="Events before this instant.")

    def chosen(self) -> Chosen:
        if not self.model_fields_set:
            raise WebhookInvalid(
                errors=[
                    FieldError(
                        pointer="",
                        code="nothing_chosen",
                        zh="请写明 event_ids、state 或时间段。",
                        en="Name event_ids, a state or a span of time.",
                    )
                ]
            )
        return Chosen(
            event_ids=tuple(self.event_ids),
            state=None if self.state is None else DeliveryState(self.state),
            from_at=self.from_at,
            until_at=self.until_at,
        )


class WebhookOut(AnswerBody):
    """A webhook without its secret."""

    id: UUID
    url: str
    types: list[str]
    region: str | None
    enterprise_id: UUID | None
    description: str
    previous_until: Instant | None = Field(description="Until when the old secret signs beside the new one.")
    created_at: Instant
    disabled_at: Instant | None
    disabled_as: Why | None = Field(description="gone: the receiver answered 410.")
    version: int


class WebhookWithSecret(AnswerBody):
    """A webhook and its secret, shown this once."""

    webhook: WebhookOut
    secret: str = Field(description="whsec_…, as libraries of Standard Webhooks take it.")


class WebhookPage(AnswerBody):
    """Some of the caller's webhooks, newest first."""

    items: list[WebhookOut]
    next_cursor: str | None


class AttemptOut(AnswerBody):
    """One try: the status that came back, or why none did."""

    at: Instant
    status: int | None
    failure: Failed | None
    latency_ms: int


class DeliveryOut(AnswerBody):
    """One event on its way; withheld: the client may not see it any more. `next_at`: when its queue goes on."""

    event_id: UUID
    sequence: str
    type: str
    subject: str
    enterprise_id: str | None
    state: State
    attempts: int
    last_attempt: AttemptOut | None
    next_at: Instant | None
    queued_at: Instant
    ended_at: Instant | None


class DeliveryPage(AnswerBody):
    """Some deliveries, newest event first."""

    items: list[DeliveryOut]
    next_cursor: str | None


class DeliveryLog(AnswerBody):
    """A delivery with all its tries, oldest first."""

    delivery: DeliveryOut
    log: list[AttemptOut]


class RedeliveryOut(AnswerBody):
    """How many deliveries were queued again."""

    deliveries: int


def webhook_out(one: Webhook) -> WebhookOut:
    wanted = one.wanted
    return WebhookOut(
        id=one.id,
        url=wanted.url,
        types=list(wanted.types),
        region=wanted.region,
        enterprise_id=wanted.enterprise_id,
        description=wanted.description,
        previous_until=one.previous_until,
        created_at=one.created_at,
        disabled_at=one.disabled_at,
        disabled_as=None if one.disabled_as is None else one.disabled_as.value,
        version=one.version,
    )


def delivery_out(one: Delivery) -> DeliveryOut:
    event = one.event
    return DeliveryOut(
        event_id=event.id,
        sequence=sequence_text(event.sequence),
        type=event.type,
        subject=event.subject,
        enterprise_id=event.enterprise_id,
        state=one.state.value,
        attempts=one.attempts,
        last_attempt=None if one.last is None else attempt_out(one.last),
        next_at=one.next_at,
        queued_at=one.queued_at,
        ended_at=one.ended_at,
    )


def attempt_out(one: Attempt) -> AttemptOut:
    return AttemptOut(
        at=one.at,
        status=one.status,
        failure=None if one.failure is None else Failure(one.failure).value,
        latency_ms=one.latency_ms,
    )
