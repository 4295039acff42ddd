"""One unit of work from the command line: opened, committed and closed around one act."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import TypeVar

from app.clock import utc_now
from app.persistence.engine import create_engine, create_sessions
from app.persistence.unit_of_work import UnitOfWork, open_unit

T = TypeVar("T")


def in_unit(url: str, act: Callable[[UnitOfWork], Awaitable[T]]) -> T:
    async def go() -> T:
        engine = create_engine(url, pool_size=1)
        try:
            async with open_unit(create_sessions(engine), now=utc_now()) as unit:
                return await act(unit)
        finally:
            await engine.dispose()

    return asyncio.run(go())
