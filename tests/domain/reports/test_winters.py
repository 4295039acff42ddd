"""Two winters beside each other: by tonnes where nothing is left out, by capacity where something is, else not at all."""

from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal
from uuid import UUID

from app.domain.access import Origin
from app.domain.ledger.entries import Entry, EntryKind, Posting, Source
from app.domain.periods import midnight
from app.domain.quantities import Pollutant
from app.domain.reports.winters import (
    NOT_KNOWN,
    Comparison,
    LastWinter,
    Winter,
    WinterTally,
    outside,
    served_line,
    served_spans,
    united,
    until_day,
)
from app.domain.schedules.lines import ScheduledLine
from app.domain.schedules.problem import Resource, Stretch

LINE, OVEN, AT = UUID(int=1), UUID(int=2), datetime(2020, 4, 1, tzinfo=UTC)
DAY = {n: midnight(date(2020, 1, n)) for n in range(1, 32)}


def winter(*, pm: float | None = 10.0, unknown: int = 0, capacity: float | None = None, without: int = 0) -> Winter:
    tonnes: dict[Pollutant, float | None] = {"pm": pm, "so2": 0.0, "nox": 0.0, "voc": 0.0}
    return Winter(
        tonnes=tonnes, unknown={"pm": unknown}, stop_day_capacity=capacity, capacity_unknown=without, stop_days=1.0
    )


def compared(served: Winter, last: Winter, *, over: bool = True) -> tuple[str, str]:
    known = LastWinter(winter=last, source="record", reference="r")
    one = Comparison(planned=served, served=served, last=known, season_over=over)
    return one.yardstick, one.reached


def test_at_least_as_much_is_enough_and_a_gram_less_is_not() -> None:
    assert compared(winter(pm=10), winter(pm=10)) == ("tonnes", "yes")
    assert compared(winter(pm=9.999999), winter(pm=10)) == ("tonnes", "no")


def test_one_pollutant_that_fell_behind_is_enough_to_fall_behind() -> None:
    more = replace(winter(pm=50), tonnes={"pm": 50.0, "so2": 1.0, "nox": 0.0, "voc": 0.0})
    assert compared(more, replace(more, tonnes={"pm": 1.0, "so2": 2.0})) == ("tonnes", "no")


def test_a_pollutant_nobody_recorded_last_winter_is_not_compared() -> None:
    assert compared(winter(pm=10), replace(NOT_KNOWN, tonnes={"pm": 9.0})) == ("tonnes", "yes")


def test_a_line_left_out_leads_to_capacity_and_without_that_to_nothing() -> None:
    assert compared(winter(unknown=1, capacity=5), winter(capacity=5)) == ("stop_day_capacity", "yes")
    assert compared(winter(unknown=1, capacity=4), winter(capacity=5)) == ("stop_day_capacity", "no")
    assert compared(winter(unknown=1, capacity=9, without=1), winter(capacity=5)) == ("none", "unknown")
    assert compared(winter(unknown=1, capacity=9), NOT_KNOWN) == ("none", "unknown")


def test_before_the_season_is_over_nothing_is_concluded() -> None:
    assert compared(winter(pm=99), winter(pm=1), over=False) == ("tonnes", "unknown")


def test_time_that_two_plans_count_is_one_time() -> None:
    spans = [(DAY[3], DAY[5]), (DAY[1], DAY[2]), (DAY[4], DAY[6]), (DAY[2], DAY[3])]
    assert united(spans) == [(DAY[1], DAY[6])]


def entry(number: int, kind: EntryKind, first: int, until: int, **more: object) -> Entry:
    hours = Decimal(24 * (until - first)) * (-1 if "reverses" in more else 1)
    posting = Posting(
        subject_id=str(LINE), account="phase1", kind=kind, hours=hours, reason="posted", from_at=DAY[first], until_at=DAY[until],
    )  # fmt: skip
    known = {"known_at": AT} | more
    return Entry(
        id=UUID(int=100 + number), enterprise_id=LINE, position=number, pack_name="p", pack_hash="h", season=2019,
        posting=posting, source=Source(kind="document", reference="x"), by=Origin(client_id="t", person=None),
        **known,  # type: ignore[arg-type]  # an instant, and perhaps an entry
    )  # fmt: skip


def test_only_what_stands_and_was_known_has_been_served() -> None:
    later = datetime(2020, 5, 1, tzinfo=UTC)
    entries = [
        entry(1, "served", 1, 3),
        entry(2, "scheduled", 5, 9),
        entry(3, "credited", 10, 11),
        entry(4, "served", 12, 14),
        entry(5, "served", 12, 14, reverses=UUID(int=104)),
        entry(6, "made_up", 20, 21, known_at=later),
    ]
    assert served_spans(entries, as_of=AT) == {LINE: [(DAY[1], DAY[3]), (DAY[10], DAY[11])]}
    assert served_spans(entries, as_of=later)[LINE][-1] == (DAY[20], DAY[21])


def line(**more: object) -> ScheduledLine:
    known: dict[str, object] = {"emission_t_d": {"pm": 2.0}, "capacity_t_d": 10.0, "idle_share": 0.25} | more
    resource = Resource(
        id=str(OVEN), label="x", enterprise_id="e", site_id="s", line_id=str(LINE), region="141027",
        **known,  # type: ignore[arg-type]  # numbers of a resource
    )  # fmt: skip
    stretches = (
        Stretch(from_at=DAY[1], until_at=DAY[5], kind="stop_charging"),
        Stretch(from_at=DAY[10], until_at=DAY[12], kind="limit", share=0.5),
    )
    return ScheduledLine(position=0, resource=resource, stretches=stretches)


def summed(one: ScheduledLine) -> Winter:
    tally = WinterTally(first=date(2019, 11, 1), until=date(2020, 4, 1))
    tally.add(one)
    return tally.winter()


def test_an_oven_kept_hot_and_a_limited_load_keep_back_a_part_of_the_day() -> None:
    # Four days but for the quarter that hot ovens emit, and two halves: (4 x 0.75 + 2 x 0.5) x 2 t.
    assert summed(line()).tonnes["pm"] == 8.0
    # Until the 11th: the ovens, and half of one day.
    assert summed(until_day(line(), date(2020, 1, 11))).tonnes["pm"] == 7.0


def test_what_its_line_served_a_part_of_it_served_too() -> None:
    spans = {LINE: [(DAY[1], DAY[3])], OVEN: [(DAY[2], DAY[4])]}
    found = summed(served_line(line(), spans, date(2020, 4, 1)))
    # Three days in all, at 2 t and at 10 t of product.
    assert (found.tonnes["pm"], found.stop_days, found.stop_day_capacity) == (6.0, 3.0, 30.0)


def test_what_is_not_on_record_is_counted_as_left_out_and_not_as_nothing() -> None:
    found = summed(served_line(line(emission_t_d={}, capacity_t_d=None), {LINE: [(DAY[1], DAY[3])]}, date(2020, 4, 1)))
    assert (found.whole("pm"), found.whole_capacity, found.unknown["pm"], found.capacity_unknown) == (None, None, 1, 1)


def test_stops_that_nobody_scheduled_are_told_apart() -> None:
    spans = {LINE: [(DAY[1], DAY[3])], OVEN: [(DAY[1], DAY[8])]}
    assert outside(spans, {LINE}, date(2020, 1, 5)) == (1, 4.0)
