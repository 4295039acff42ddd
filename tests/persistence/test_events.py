"""The sequence of events: without a gap, never before its event is committed, and nothing is skipped or told twice."""

import asyncio
import random
from collections.abc import Sequence
from datetime import timedelta
from uuid import UUID

from sqlalchemy import text

from app.domain.access import Actor
from app.domain.clients import SCOPES
from app.domain.events import KEPT, Event
from app.jobs.relay import relay
from app.jobs.steady import Steady
from app.persistence.engine import Sessions
from app.persistence.events import EventReader, EventSearch, SequenceRepository
from app.persistence.unit_of_work import open_unit
from app.services import events
from tests.conftest import Clock

OFFICER = Actor(client_id="officer", scopes=frozenset(SCOPES), regions=("000000",))


def said(subject: str) -> Event:
    return Event(type="warning.issued", subject=subject, region="141027")


class Poller:
    """Somebody who follows the cursor."""

    def __init__(self, sessions: Sessions) -> None:
        self.sessions, self.after = sessions, 0
        self.seen: list[tuple[int, str]] = []

    async def polls(self, limit: int = 7) -> int:
        async with self.sessions() as session:
            standing = await SequenceRepository(session).standing()
            found = await EventReader(session).page(
                EventSearch(), after=self.after, last=standing.last, visible_to=OFFICER, limit=limit
            )
        self.after = found[-1].sequence if len(found) == limit else standing.last
        self.seen += [(one.sequence, one.subject) for one in found]
        return len(found)


async def test_an_event_that_commits_late_comes_later_and_is_not_skipped(
    committed_sessions: Sessions, clock: Clock
) -> None:
    steady, poller = Steady(sessions=committed_sessions, clock=clock), Poller(committed_sessions)
    async with open_unit(committed_sessions, now=clock()) as first:
        await first.record(said("written first"), by=OFFICER)
        async with open_unit(committed_sessions, now=clock()) as second:
            await second.record(said("committed first"), by=OFFICER)
        await relay(steady)
        await poller.polls()
        assert poller.seen == [(1, "committed first")]
    await relay(steady)
    await poller.polls()
    assert poller.seen == [(1, "committed first"), (2, "written first")]
    async with committed_sessions() as session:
        positions = await session.execute(text("SELECT subject FROM outbox ORDER BY position"))
        assert [row.subject for row in positions] == ["written first", "committed first"]


async def test_what_is_rolled_back_leaves_no_gap(committed_sessions: Sessions, clock: Clock) -> None:
    steady, poller = Steady(sessions=committed_sessions, clock=clock), Poller(committed_sessions)
    async with committed_sessions() as session:
        async with open_unit(committed_sessions, now=clock()) as unit:
            await unit.record(said("kept"), by=OFFICER)
        await session.execute(text("SELECT nextval(pg_get_serial_sequence('outbox', 'position'))"))
    async with open_unit(committed_sessions, now=clock()) as unit:
        await unit.record(said("kept too"), by=OFFICER)
    await relay(steady)
    await poller.polls()
    assert poller.seen == [(1, "kept"), (2, "kept too")]


class Rush:
    """Writers, relays and pollers at once, until every writer is done."""

    def __init__(self, sessions: Sessions, clock: Clock) -> None:
        self.sessions, self.clock, self.over = sessions, clock, asyncio.Event()
        self.chance = random.Random(7)

    async def writes(self, who: int, number: int) -> None:
        for at in range(number):
            async with open_unit(self.sessions, now=self.clock()) as unit:
                await unit.record(said(f"{who}-{at}"), by=OFFICER)
                await asyncio.sleep(self.chance.random() / 20)

    async def relays(self) -> None:
        while not self.over.is_set():
            await relay(Steady(sessions=self.sessions, clock=self.clock))
            await asyncio.sleep(0.001)

    async def polls(self, one: Poller) -> None:
        while not self.over.is_set():
            await one.polls()
            await asyncio.sleep(0.001)

    async def runs(self, pollers: Sequence[Poller], *, writers: int, each: int) -> None:
        background = [asyncio.create_task(self.relays()) for _ in range(2)]
        background += [asyncio.create_task(self.polls(one)) for one in pollers]
        await asyncio.gather(*(self.writes(who, each) for who in range(writers)))
        self.over.set()
        await asyncio.gather(*background)
        await relay(Steady(sessions=self.sessions, clock=self.clock))
        for one in pollers:
            while await one.polls():
                pass


async def test_many_writers_relays_and_pollers_at_once_miss_nothing_and_repeat_nothing(
    committed_sessions: Sessions, clock: Clock
) -> None:
    pollers, writers, each = [Poller(committed_sessions) for _ in range(2)], 8, 25
    await Rush(committed_sessions, clock).runs(pollers, writers=writers, each=each)
    for one in pollers:
        assert [sequence for sequence, _ in one.seen] == list(range(1, writers * each + 1))
        assert len({subject for _, subject in one.seen}) == writers * each
        for who in range(writers):
            own = [subject for _, subject in one.seen if subject.startswith(f"{who}-")]
            assert own == [f"{who}-{number}" for number in range(each)], "what one writer did keeps its order"
    late = "SELECT count(*) FROM outbox a JOIN outbox b ON a.position < b.position AND a.sequence > b.sequence"
    async with committed_sessions() as session:
        assert await session.scalar(text(late)), "the story has to have events that commit out of order"


async def test_what_caused_something_comes_before_it(committed_sessions: Sessions, clock: Clock) -> None:
    steady, poller = Steady(sessions=committed_sessions, clock=clock), Poller(committed_sessions)
    for number in range(30):
        async with open_unit(committed_sessions, now=clock()) as unit:
            await unit.record_all([said(f"cause {number}"), said(f"effect {number}")], by=OFFICER)
        if number % 7 == 0:
            await relay(steady)
    await relay(steady)
    while await poller.polls():
        pass
    assert [subject for _, subject in poller.seen] == [
        f"{word} {number}" for number in range(30) for word in ("cause", "effect")
    ]


async def test_old_events_are_swept_in_order_and_newer_ones_stay(committed_sessions: Sessions, clock: Clock) -> None:
    steady = Steady(sessions=committed_sessions, clock=clock)
    for subject in ("old", "newer"):
        async with open_unit(committed_sessions, now=clock()) as unit:
            await unit.record(said(subject), by=OFFICER)
        await relay(steady)
        clock.advance(days=1)
    clock.now += KEPT - timedelta(days=1)
    async with open_unit(committed_sessions, now=clock()) as unit:
        assert await events.sweep(unit) == 1
    async with committed_sessions() as session:
        standing = await SequenceRepository(session).standing()
        left = list(await session.scalars(text("SELECT subject FROM outbox")))
    assert (standing.last, standing.swept, left) == (2, 1, ["newer"])


async def test_an_enterprises_event_follows_the_enterprise_not_the_region_it_once_had(
    committed_sessions: Sessions, clock: Clock
) -> None:
    """Nobody sees the enterprise of this event, whatever region the event names."""
    gone = UUID(int=7)
    async with open_unit(committed_sessions, now=clock()) as unit:
        event = Event(type="order.served", subject="x", enterprise_id=str(gone), region="141027")
        await unit.record(event, by=OFFICER)
    await relay(Steady(sessions=committed_sessions, clock=clock))
    poller = Poller(committed_sessions)
    await poller.polls()
    assert poller.seen == []
