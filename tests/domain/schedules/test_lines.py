"""Lines of a schedule: what stands still, what is kept out of the air, and what of two plans differs."""

from datetime import date, datetime, timedelta

from app.domain.periods import SHANGHAI
from app.domain.schedules.lines import Difference, ScheduledLine, Tally, joined, stops_by_subject
from app.domain.schedules.problem import Resource, Stretch, StretchKind


def at(month: int, day: int, hour: int = 0) -> datetime:
    return datetime(2019, month, day, hour, tzinfo=SHANGHAI)


def stretch(start: datetime, end: datetime, kind: StretchKind = "stop", share: float = 0.0) -> Stretch:
    return Stretch(from_at=start, until_at=end, kind=kind, share=share)


def line(*stretches: Stretch, name: str = "a", of: str = "line", idle: float = 0.0) -> ScheduledLine:
    resource = Resource(
        id=name,
        label=name,
        enterprise_id="e",
        site_id="s",
        line_id=of,
        region="141027",
        industry="coking",
        emission_t_d={"pm": 2.0},
        idle_share=idle,
    )
    return ScheduledLine(position=0, resource=resource, stretches=stretches)


def test_half_a_day_of_standing_still_keeps_half_of_it_back() -> None:
    assert line(stretch(at(12, 1, 12), at(12, 2))).given_up() == {date(2019, 12, 1): 0.5}


def test_ovens_kept_hot_still_emit_although_nothing_runs() -> None:
    hot = line(stretch(at(12, 1), at(12, 2), "stop_charging"), idle=0.25)
    assert (hot.given_up(), hot.running()) == ({date(2019, 12, 1): 0.75}, {date(2019, 12, 1): 0.0})
    assert hot.stop_hours == 24


def test_a_limit_is_no_stop_and_keeps_its_part_back() -> None:
    limited = line(stretch(at(12, 1), at(12, 3), "limit", 0.6))
    assert (limited.stops, round(limited.given_up()[date(2019, 12, 2)], 6)) == ((), 0.4)


def test_stops_that_touch_are_one() -> None:
    one = line(stretch(at(12, 1), at(12, 2)), stretch(at(12, 2), at(12, 4)), stretch(at(12, 6), at(12, 7)))
    assert one.stops == ((at(12, 1), at(12, 4)), (at(12, 6), at(12, 7)))


def test_a_line_stands_still_while_all_its_parts_do() -> None:
    first = line(stretch(at(12, 1), at(12, 10)), name="first")
    second = line(stretch(at(12, 5), at(12, 15)), name="second")
    assert stops_by_subject([first, second])["line"] == ((at(12, 5), at(12, 10)),)


def test_tonnes_are_summed_by_day_month_and_industry_and_the_unknown_is_counted() -> None:
    tally = Tally(first=date(2019, 11, 30), end=date(2019, 12, 2))
    tally.add(line(stretch(at(11, 30), at(12, 1, 12))))
    assert (tally.whole["pm"].normal, tally.whole["pm"].reduced, tally.whole["pm"].remaining) == (4.0, 3.0, 1.0)
    assert {month: sums["pm"].reduced for month, sums in tally.by_month().items()} == {"2019-11": 2.0, "2019-12": 1.0}
    assert tally.by_industry["coking"]["pm"].reduced == 3.0
    assert tally.unknown == {"pm": 0, "so2": 1, "nox": 1, "voc": 1}


def test_what_lies_outside_the_calendar_is_not_counted() -> None:
    tally = Tally(first=date(2019, 12, 1), end=date(2019, 12, 2))
    tally.add(line(stretch(at(11, 1), at(12, 31))))
    assert tally.whole["pm"].reduced == 2.0


def test_a_difference_counts_the_days_on_which_the_running_share_differs() -> None:
    found = Difference()
    found.add(line(stretch(at(12, 1), at(12, 4))), line(stretch(at(12, 3), at(12, 6))))
    found.add(None, line(stretch(at(12, 1), at(12, 2))))
    found.add(line(), line())
    assert (found.lines, found.line_days) == (2, 5)


def test_the_past_stays_whatever_a_planner_hands_back() -> None:
    past = (stretch(at(12, 1), at(12, 5)),)
    planned = (stretch(at(12, 1), at(12, 8)),)
    found = joined(past, planned, date(2019, 12, 3))
    assert [(one.from_at, one.until_at) for one in found] == [(at(12, 1), at(12, 3)), (at(12, 3), at(12, 8))]
    assert found[1].until_at - found[0].from_at == timedelta(days=7)
