"""Compliance at the door: a season assessed from its curves, findings that prove themselves, late data told."""

from datetime import timedelta

import pytest
from sqlalchemy import text

from tests.api.complying import FIRST, GONE, RAN, SHORT, STANDING, TODAY, Supervision, a_supervision, acting
from tests.api.door import Door
from tests.api.feeding import flat
from tests.conftest import Clock


@pytest.fixture
async def works(door: Door, clock: Clock) -> Supervision:
    return await a_supervision(door, clock)


async def test_a_winter_is_judged_day_by_day_and_a_day_without_data_is_never_compliant(works: Supervision) -> None:
    result = await works.assesses()
    assert (result["enterprises"], result["pairs"]) == (1, 39)
    found = await works.verdicts()
    told = {day: one["verdict"] for day, one in found.items()}
    assert len(told) == 39
    assert (told[str(RAN)], told[str(GONE)], told[str(SHORT)]) == ("suspected", "insufficient_data", "compliant")
    assert {verdict for day, verdict in told.items() if day not in {str(RAN), str(GONE)}} == {"compliant"}
