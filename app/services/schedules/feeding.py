"""Calendars at secret addresses: made and revoked by who looks after an enterprise, read by whoever has the address."""

import hashlib
import hmac
import secrets
from uuid import UUID

from app.domain.access import Actor, Origin
from app.domain.enterprises.structure import Head
from app.domain.events import Event
from app.domain.schedules.feeds import CalendarFeed, CalendarFeedUnknown
from app.integrations.ids import new_id
from app.persistence.enterprises.reading import EnterpriseReader
from app.persistence.schedules.feeds import FeedRepository
from app.persistence.unit_of_work import UnitOfWork

# The id of the address in hex stands before what is secret, so that it is found by its key and compared in constant time.
ID_LENGTH = 32


async def make(uow: UnitOfWork, enterprise_id: UUID, name: str, *, by: Actor) -> tuple[CalendarFeed, str]:
    """The address and its secret, which is shown once and never again."""
    head = await EnterpriseReader(uow.session).head(enterprise_id, visible_to=by)
    feed_id = new_id()
    secret = feed_id.hex + secrets.token_urlsafe(32)
    feed = CalendarFeed(
        id=feed_id,
        enterprise_id=head.id,
        name=name,
        secret_hash=hashed(secret),
        created_by=Origin.of(by),
        created_at=uow.now,
    )
    await FeedRepository(uow.session).add(feed)
    await uow.record(_event("calendar_feed.created", feed, head), by=by)
    return feed, secret


async def revoke(uow: UnitOfWork, enterprise_id: UUID, feed_id: UUID, *, by: Actor) -> CalendarFeed:
    """The address stops answering with this transaction's commit."""
    head = await EnterpriseReader(uow.session).head(enterprise_id, visible_to=by)
    feed = await FeedRepository(uow.session).revoke(head.id, feed_id, at=uow.now)
    await uow.record(_event("calendar_feed.revoked", feed, head), by=by)
    return feed


async def opened(uow: UnitOfWork, secret: str) -> CalendarFeed:
    """Raises CalendarFeedUnknown alike for what never was, what is wrong, and what is revoked."""
    try:
        feed_id = UUID(secret[:ID_LENGTH])
    except ValueError:
        raise CalendarFeedUnknown() from None
    feed = await FeedRepository(uow.session).addressed(feed_id)
    fits = hmac.compare_digest(hashed(secret), hashed("") if feed is None else feed.secret_hash)
    if feed is None or feed.revoked_at is not None or not fits:
        raise CalendarFeedUnknown()
    return feed


def hashed(secret: str) -> str:
    """One SHA-256 is enough: nobody guesses 256 random bits."""
    return hashlib.sha256(secret.encode()).hexdigest()


def _event(kind: str, feed: CalendarFeed, head: Head) -> Event:
    return Event(
        type=kind,
        subject=str(feed.id),
        enterprise_id=str(head.id),
        region=head.region,
        data={"name": feed.name},
    )
