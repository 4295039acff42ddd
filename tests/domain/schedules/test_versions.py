"""The life of a schedule: which step leads where, what may be published, and how versions are chained."""

from dataclasses import replace
from datetime import UTC, date, datetime
from uuid import UUID

import pytest

from app.domain.access import Origin
from app.domain.schedules.computation import Computation, FloorWanted, Options, PinnedPack, Scope, Wish
from app.domain.schedules.versions import (
    SCHEDULES,
    Publication,
    ScheduleAction,
    ScheduleBackdated,
    ScheduleOutdated,
    ScheduleState,
    Series,
    StoredSchedule,
    broken,
    chained,
    check_publication,
)
from app.domain.states import TransitionRefused
from tests.domain.state_tables import every_pair, reachable

ONE, TWO = UUID(int=1), UUID(int=2)
WHEN = datetime(2019, 12, 10, tzinfo=UTC)
BY = Origin(client_id="t", person="李四", office="县环保局")
ASKED = Computation(
    name="甲", scope=Scope(region="141027"), packs=(), season=2019, from_day=date(2019, 12, 10), based_on=None
)
DRAFT = StoredSchedule(
    id=ONE, asked=ASKED, first=date(2019, 10, 21), end=date(2020, 4, 1), preferred_months=(12,), problem_hash="p",
    hash="h", stages=(), open=(), notes=(), lines=1, enterprises=1, created_by=BY, known_at=WHEN,
)  # fmt: skip
SERIES = Series(id=ONE, scope=ASKED.scope, season=2019, newest=0, published=None)


def publication(number: int = 1, *, of: UUID = ONE, supersedes: UUID | None = None, after: str = "") -> Publication:
    return Publication(
        series_id=ONE, number=number, schedule_id=of, supersedes=supersedes, basis="纪要", acknowledge_within_hours=24,
        hash=chained(after, "h"), previous_hash=after, published_by=BY, known_at=WHEN, operation_id=ONE,
    )  # fmt: skip


@pytest.mark.parametrize(("state", "action"), every_pair(SCHEDULES))
def test_every_pair_leads_on_or_is_refused(state: ScheduleState, action: ScheduleAction) -> None:
    found = SCHEDULES.steps.get((state, action))
    if found is None:
        with pytest.raises(TransitionRefused):
            SCHEDULES.after(state, action)
    else:
        assert SCHEDULES.after(state, action) is found


def test_every_state_is_reached_from_a_draft_and_the_superseded_is_the_end() -> None:
    assert reachable(SCHEDULES, ScheduleState.DRAFT) == set(ScheduleState)
    assert SCHEDULES.final == {ScheduleState.SUPERSEDED}


def test_a_schedule_stands_where_its_series_says() -> None:
    published = replace(DRAFT, publication=publication(), newest=1)
    assert [one.state for one in (DRAFT, published, replace(published, newest=2))] == list(ScheduleState)
    assert [one.version for one in (DRAFT, published, replace(published, newest=2))] == [1, 2, 3]


def test_only_a_draft_of_days_to_come_that_knew_what_it_supersedes_is_published() -> None:
    today = date(2019, 12, 10)
    check_publication(DRAFT, SERIES, today=today)
    with pytest.raises(ScheduleBackdated):
        check_publication(DRAFT, SERIES, today=date(2019, 12, 11))
    with pytest.raises(ScheduleOutdated):
        check_publication(DRAFT, replace(SERIES, newest=1, published=TWO), today=today)
    with pytest.raises(TransitionRefused):
        check_publication(replace(DRAFT, publication=publication(), newest=1), SERIES, today=today)


def test_before_its_season_a_schedule_takes_the_place_of_one_it_did_not_know() -> None:
    check_publication(DRAFT, replace(SERIES, newest=1, published=TWO), today=date(2019, 10, 1))


def test_a_chain_with_a_gap_a_wrong_hash_or_a_wrong_predecessor_is_broken() -> None:
    first = publication()
    second = publication(2, of=TWO, supersedes=ONE, after=first.hash)
    assert broken([(first, "h"), (second, "h")]) == []
    assert broken([(first, "h"), (second, "another")]) == [2]
    assert broken([(first, "h"), (replace(second, supersedes=TWO), "h")]) == [2]
    assert broken([(second, "h")]) == [2]


def test_a_computation_is_read_as_it_was_written() -> None:
    options = Options(
        preferred_months=(12, 1),
        floors=(FloorWanted(pollutant="pm", month=12, tonnes=1.5, why="补偿供暖"),),
        wishes=(Wish(line_id=TWO, from_at=WHEN, until_at=WHEN),),
    )
    pack = PinnedPack(name="fushan", version="1.0.0", hash="x", title={"zh": "方案", "en": "plan"})
    asked = replace(
        ASKED, scope=Scope(region="141027", enterprise_id=TWO), packs=(pack,), options=options, based_on=ONE
    )
    assert Computation.of_json(asked.as_json()) == asked
    assert Computation.of_json(ASKED.as_json()) == ASKED
