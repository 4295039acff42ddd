"""News that commits while a worker decides is never lost."""

import asyncio
from datetime import UTC, datetime

from sqlalchemy.ext.asyncio import AsyncSession

from app.integrations.ids import new_id
from app.persistence.decisions.stale import StaleRepository
from app.persistence.engine import Sessions

NOW = datetime(2019, 12, 10, tzinfo=UTC)


async def taken(session: AsyncSession) -> list[object]:
    stale = StaleRepository(session)
    return list(await stale.take_of(await stale.waiting(10)))


async def take(sessions: Sessions) -> list[object]:
    async with sessions() as session, session.begin():
        return await taken(session)


async def test_news_during_a_decision_marks_the_enterprise_again(committed_sessions: Sessions) -> None:
    enterprise = new_id()
    async with committed_sessions() as session, session.begin():
        await StaleRepository(session).mark([enterprise], since=NOW)
    async with committed_sessions() as worker, committed_sessions() as writer:
        async with worker.begin():
            assert await taken(worker) == [enterprise]
            await writer.begin()
            marking = asyncio.create_task(StaleRepository(writer).mark([enterprise], since=NOW))
            await asyncio.wait([marking], timeout=0.2)
            assert not marking.done(), "the mark must wait for the worker"
        await marking
        await writer.commit()
    assert await take(committed_sessions) == [enterprise]
    assert await take(committed_sessions) == []


async def test_an_enterprise_whose_news_is_not_committed_yet_is_left_for_later(committed_sessions: Sessions) -> None:
    enterprise = new_id()
    async with committed_sessions() as session, session.begin():
        await StaleRepository(session).mark([enterprise], since=NOW)
    async with committed_sessions() as writer, writer.begin():
        await StaleRepository(writer).mark([enterprise], since=NOW)
        assert await take(committed_sessions) == []
    assert await take(committed_sessions) == [enterprise]


async def test_a_worker_that_fails_leaves_the_mark(committed_sessions: Sessions) -> None:
    enterprise = new_id()
    async with committed_sessions() as session, session.begin():
        await StaleRepository(session).mark([enterprise], since=NOW)
    async with committed_sessions() as worker:
        await worker.begin()
        assert await taken(worker) == [enterprise]
        await worker.rollback()
    assert await take(committed_sessions) == [enterprise]
