"""Assessments beside merges that are under way: real connections, real commits; a verdict replays as it was made."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, date, datetime, timedelta
from itertools import product
from uuid import UUID

import pytest
from sqlalchemy import text

from app.documents.holidays import china
from app.domain.compliance.assessing import ASSESSOR_VERSION
from app.domain.compliance.baselines import Method
from app.domain.compliance.dossier import Terms
from app.domain.periods import Period
from app.jobs.assess import EVERYWHERE
from app.jobs.runner import SYSTEM
from app.persistence.compliance.settling import SettlingRepository
from app.persistence.feed.sources import SourceRepository
from app.persistence.unit_of_work import UnitOfWork, open_unit
from app.services.compliance.asking import plans
from app.services.compliance.assessing import Overtaken, Tally, assess_some
from app.services.compliance.yards import yard_of
from app.services.feed.receiving import Feed, Incoming, receive
from tests.api.complying import BASE, FIRST, GONE, RAN, RUNNING, STANDING, TODAY, Supervision, a_supervision
from tests.api.door import Door
from tests.api.feeding import curve_file, point_file
from tests.api.test_feed_races import folds
from tests.conftest import Clock

QUIET = RAN - timedelta(days=3)


@pytest.fixture
async def works(busy_door: Door, clock: Clock) -> Supervision:
    return await a_supervision(busy_door, clock)


@asynccontextmanager
async def begun(works: Supervision) -> AsyncIterator[UnitOfWork]:
    """A request that has its instant, and has landed nothing yet."""
    async with open_unit(works.door.sessions, now=works.clock()) as unit:
        await unit.session.execute(text("SELECT 1"))
        yield unit


async def lands(works: Supervision, unit: UnitOfWork) -> None:
    """The kiln ran on a day of which it was said to stand still, and the missing day came."""
    file = curve_file(("M1", str(QUIET), RUNNING), ("M1", str(GONE), STANDING))
    incoming = Incoming(body=file.encode(), media_type="text/csv", encoding=None)
    source = await SourceRepository(unit.session).get(works.grid.name, visible_to=SYSTEM)
    await receive(unit, Feed(sessions=works.door.sessions), source, incoming, by=SYSTEM)


async def told(works: Supervision) -> tuple[str, str]:
    found = await works.verdicts()
    return found[str(QUIET)]["verdict"], found[str(GONE)]["verdict"]


async def test_a_merge_of_an_earlier_instant_that_commits_after_the_run_is_late_data(works: Supervision) -> None:
    async with begun(works) as merge:
        await works.assesses()
        assert await told(works) == ("compliant", "insufficient_data")
        await lands(works, merge)
        assert await works.damage() == []
    assert await works.damage() == []
    await works.catches_up()
    assert await told(works) == ("suspected", "compliant")
    assert await works.rows() == [(FIRST, 39), (QUIET, 1), (GONE, 1)]
    changed = {each["day"] for one in await works.outbox("verdict.changed") for each in one["data"]["days"]}
    assert changed == {str(QUIET), str(GONE)}
    assert await works.damage() == []


async def test_a_run_waits_for_what_is_landing_and_reads_it(works: Supervision) -> None:
    async with begun(works) as merge:
        await lands(works, merge)
        run = asyncio.create_task(works.assesses())
        await asyncio.sleep(1)
        assert not run.done()
    await run
    assert await told(works) == ("suspected", "compliant")
    await works.catches_up()
    assert await works.rows() == [(FIRST, 39)]
    assert await works.damage() == []


async def settled(works: Supervision) -> datetime:
    async with open_unit(works.door.sessions, now=works.clock()) as unit:
        sought = await SettlingRepository(unit.session).sought([UUID(works.id)], now=unit.now)
        for source in sought.sources:
            await SettlingRepository(unit.session).settle(source, sought.at)
    assert sought.sources == (works.grid.name,)
    return sought.at


async def assessed(works: Supervision, at: datetime) -> Tally:
    terms = Terms(
        method=Method(name="eligible-days-mean/1", from_day=BASE, until_day=FIRST),
        thresholds="published/1",
        calendar=china().version,
        assessor=ASSESSOR_VERSION,
    )
    async with open_unit(works.door.sessions, now=at) as unit:
        yard, days = await yard_of(unit, terms), Period(FIRST, TODAY)
        known = await plans(unit, Period(BASE, TODAY), None, by=EVERYWHERE)
        return await assess_some(unit, [UUID(works.id)], known, yard, days, by=EVERYWHERE)


async def test_what_lands_while_a_run_goes_on_is_not_read_by_it_and_the_feed_does_not_wait(works: Supervision) -> None:
    at = await settled(works)
    async with open_unit(works.door.sessions, now=works.clock()) as merge:
        await lands(works, merge)
    await assessed(works, at)
    assert await told(works) == ("compliant", "insufficient_data")
    assert await works.damage() == []
    await works.catches_up()
    assert await told(works) == ("suspected", "compliant")
    assert await works.damage() == []


async def test_who_read_before_somebody_else_concluded_reads_again(works: Supervision) -> None:
    at = await settled(works)
    await works.assesses()
    with pytest.raises(Overtaken):
        await assessed(works, at)


async def test_readings_that_were_points_when_they_were_judged_are_known_as_such(
    works: Supervision, clock: Clock
) -> None:
    """The day is over and still open to single readings when it is judged; then it is folded."""
    clock.now = datetime(2019, 12, 10, 15, 50, tzinfo=UTC)
    hours = product(range(24), (0, 15, 30, 45))
    await works.grid.lands(
        point_file(*(("M1", f"{TODAY}T{hour:02}:{minute:02}:00+08:00", 2) for hour, minute in hours if hour < 23))
    )
    clock.now = datetime(2019, 12, 10, 17, tzinfo=UTC)
    last = [("M1", f"{TODAY}T23:{minute:02}:00+08:00", 2) for minute in (0, 15, 30, 45)]
    await works.grid.lands(point_file(*last))
    await works.assesses(until_day=str(TODAY + timedelta(days=1)))
    verdicts = await works.verdicts(last=date(2019, 12, 10))
    assert verdicts[str(TODAY)]["verdict"] == "compliant"
    clock.advance(hours=8)
    assert await folds(works.door.sessions, clock) == 96
    assert await works.damage() == []
    # Nothing reads otherwise, so that nothing is judged again.
    rows = await works.rows()
    await works.catches_up()
    assert await works.rows() == rows
