"""Events as bodies: the CloudEvents envelope, as it is polled and as it is pushed to webhooks."""

from typing import Any, Literal

from pydantic import ConfigDict, Field

from app.api.bodies import AnswerBody
from app.documents.events import envelope
from app.domain.events import Relayed


class EventData(AnswerBody):
    """What the type says, by field; the fields of each type are listed at /v1/events/types."""

    model_config = ConfigDict(extra="allow", frozen=True)


class CloudEvent(AnswerBody):
    """CloudEvents 1.0, structured JSON; null means that the attribute is not set. `id` is the same on every delivery."""

    specversion: Literal["1.0"]
    id: str
    source: str = Field(description="Together with `id` it names an event among those of all services.")
    type: str = Field(description="One of the event_types of /v1/vocabulary.", examples=["warning.issued"])
    time: str = Field(json_schema_extra={"format": "date-time"})
    subject: str = Field(description="The id of what it happened to.")
    datacontenttype: Literal["application/json"]
    dataschema: str
    sequence: str = Field(
        description="Its place in the order of all events: later ones sort behind it as text. Also a cursor.",
        examples=["0000000000000000042"],
    )
    region: str | None = Field(description="GB/T 2260 code.")
    enterpriseid: str | None
    data: EventData


class EventPage(AnswerBody):
    """Some events, oldest first; `next_cursor` is always there, also when there is nothing new."""

    items: list[CloudEvent]
    next_cursor: str


class EventTypeOut(AnswerBody):
    """A type of event: the scope that hears of it, how far it is heard, and the fields its `data` may have."""

    type: str
    label_zh: str
    label_en: str
    scope: str
    reach: Literal["near", "below", "everybody", "own"] = Field(
        description="near: who sees the enterprise or looks after the region; below: also the regions below and their "
        "enterprises; everybody: whoever holds the scope; own: only the client whose act it was."
    )
    data_fields: list[str]


class EventTypeList(AnswerBody):
    """Every type of event."""

    items: list[EventTypeOut]


def out(event: Relayed, *, base_url: str) -> CloudEvent:
    return CloudEvent.model_validate(envelope(event, base_url=base_url))


# How a receiver is called, for whoever reads the contract; generators of clients are given it without this part.
WEBHOOKS: dict[str, Any] = {
    "event": {
        "post": {
            "operationId": "receiveEvent",
            "tags": ["webhooks"],
            "summary": "An event arrives at a receiver.",
            "description": "Sent to the address of a webhook and signed as Standard Webhooks 1.0.0 says: check "
            "`webhook-signature` over id, timestamp and the raw body. The same `webhook-id` may come more than once.",
            "parameters": [
                {"name": name, "in": "header", "required": True, "schema": {"type": "string"}}
                for name in ("webhook-id", "webhook-timestamp", "webhook-signature")
            ],
            "requestBody": {
                "required": True,
                "content": {"application/cloudevents+json": {"schema": {"$ref": "#/components/schemas/CloudEvent"}}},
            },
            "responses": {
                "2XX": {"description": "Taken; the next event of this enterprise follows."},
                "410": {"description": "Gone for good: the webhook is disabled."},
                "default": {"description": "Sent again later; Retry-After is honoured up to a day."},
            },
        }
    }
}
