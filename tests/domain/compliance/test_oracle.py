"""assess agrees with a second opinion that goes hour by hour in plain Python, on curves nobody chose."""

from fractions import Fraction

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from app.domain.compliance.findings import Verdict
from app.domain.compliance.metering import TreatmentLink
from tests.domain.compliance import oracle
from tests.domain.compliance.made import BASE_FROM, base_of, block, demand, judged, meter
from tests.examples import tried

# Loads around every threshold of a base of some hundred watt-hours.
LOADS = st.integers(0, 400) | st.sampled_from([24, 25, 26, 49, 50, 51, 99, 100, 101, 300])


@st.composite
def curves(draw: st.DrawFn, slots: int, *, gaps: bool = True) -> list[int | None]:
    """Mostly quiet, with some stretches of running and some gaps, which is where verdicts are decided."""
    level = draw(st.sampled_from([0, 3, 10, 24, 25, 26, 60]))
    found: list[int | None] = [level] * slots
    for _ in range(draw(st.integers(0, 4))):
        first = draw(st.integers(0, slots - 1))
        length = draw(st.integers(1, max(1, slots // 12)))
        value = draw(st.none() | LOADS) if gaps else draw(LOADS)
        for slot in range(first, min(slots, first + length)):
            found[slot] = value
    return found


@st.composite
def bases(draw: st.DrawFn, slots: int) -> list[list[int | None]]:
    """Four weeks, each day near the same shape."""
    shape = draw(st.lists(st.integers(20, 300), min_size=slots, max_size=slots))
    drawn = np.random.default_rng(draw(st.integers(0, 2**32)))
    return [[int(one) for one in np.array(shape) + drawn.integers(0, 20, slots)] for _ in range(28)]


@tried(120)
@given(st.data(), st.sampled_from([96, 48, 24]), st.sampled_from(["main", "production"]))
def test_a_whole_stop_day_is_judged_as_by_hand(data, slots, kind):
    day, base = data.draw(curves(slots)), data.draw(bases(slots))
    holding = data.draw(st.none() | st.integers(1, 200))
    declared = data.draw(st.none() | st.integers(0, 200))
    minutes = 1440 // slots
    one = meter(
        kind=kind,
        holding_kw=None if holding is None else holding * 60 / minutes / 1000,
        on_kw=None if declared is None else declared * 60 / minutes / 1000,
    )
    found = judged([[day]], [demand()], meters=[one], base=[base])
    usual = found.yard.baselines.any_curve[0].tolist()
    told = oracle.stop_verdict(day, range(slots), usual, main=kind == "main", holding=holding or 0, declared=declared)
    assert Verdict(int(found.verdicts["stop"][0, 0])).word == told


@tried(60)
@given(st.data(), st.integers(0, 22), st.integers(1, 12))
def test_hours_of_a_day_are_judged_as_by_hand(data, from_hour, hours):
    day, base = data.draw(curves(96)), data.draw(bases(96))
    until = min(24, from_hour + hours)
    one = meter(ramp_down_minutes=0)
    asked = demand(hour=from_hour or 1e-9, days=(until - from_hour) / 24)
    found = judged([[day]], [asked], meters=[one], base=[base])
    usual = found.yard.baselines.any_curve[0].tolist()
    slots = range(4 * from_hour + (0 if from_hour else 1), 4 * until)
    if slots:
        told = oracle.stop_verdict(day, slots, usual, main=True)
        assert Verdict(int(found.verdicts["stop"][0, 0])).word == told


@tried(60)
@given(st.data(), st.integers(1, 99_999))
def test_a_cut_day_is_judged_as_by_hand(data, keep):
    day, base = data.draw(curves(96)), data.draw(bases(96))
    scale = data.draw(st.integers(1, 12))
    day = [None if one is None else one * scale for one in day]
    found = judged([[day]], [demand("cut", keep=keep / 1000)], base=[base])
    # The first day is a Monday.
    usual = found.yard.baselines.curve[0, 0].tolist()
    told = oracle.cut_verdict(day, usual, Fraction(keep, 100_000))
    assert Verdict(int(found.verdicts["cut_day"][0, 0])).word == told


@tried(60)
@given(st.data())
def test_treatment_is_judged_as_by_hand(data):
    made, cleaned = data.draw(curves(96)), data.draw(curves(96))
    base = [data.draw(bases(96)), data.draw(bases(96))]
    meters = [meter(1, "production"), meter(2, "treatment")]
    link = TreatmentLink(production=meters[0].id, treatment=(meters[1].id,))
    found = judged([[made], [cleaned]], meters=meters, base=base, links=[link])
    numbers = found.checks["treatment_off"].numbers
    told = oracle.off_verdict(made, cleaned, int(numbers["on_wh"][0, 0]), int(numbers["treatment_on_wh"][0, 0]))
    assert Verdict(int(found.verdicts["treatment_off"][0, 0])).word == (told or "not_applicable")


@tried(60)
@given(st.data())
def test_a_baseline_is_the_mean_of_its_days_slot_by_slot(data):
    base = data.draw(bases(24))
    for _ in range(data.draw(st.integers(0, 20))):
        day, slot = data.draw(st.integers(0, 27)), data.draw(st.integers(0, 23))
        base[day][slot] = None
    found = base_of(block([base], first=BASE_FROM))
    used = [day for day, reason in zip(base, found.reasons[0], strict=True) if reason == 0]
    if found.enough[0, 2]:
        assert found.any_curve[0].tolist() == oracle.mean_curve(used)
    assert found.used[0, 2] == len(used) == found.used[0, 0] + found.used[0, 1]


@tried(60)
@given(st.data(), st.sampled_from(["main", "production"]))
def test_more_energy_never_improves_a_stop(data, kind):
    day, base = data.draw(curves(96)), data.draw(bases(96))
    more = [None if one is None else one + data.draw(st.sampled_from([0, 0, 0, 1, 40, 200])) for one in day]
    one = meter(kind=kind)
    before, after = (judged([[each]], [demand()], meters=[one], base=[base]) for each in (day, more))
    assert after.verdicts["stop"][0, 0] >= before.verdicts["stop"][0, 0]


@tried(80)
@given(st.data(), st.sets(st.integers(0, 95), max_size=30))
def test_what_is_not_read_never_makes_a_day_compliant_that_ran_as_usual(data, unread):
    """Whatever ran at no more than the usual load and is not read: the day is suspected still, or nothing is said."""
    base = data.draw(bases(96))
    usual = base_of(block([base], first=BASE_FROM)).any_curve[0].tolist()
    level = data.draw(st.integers(0, 20))
    day: list[int | None] = [min(level, one) for one in usual]
    first, length = data.draw(st.integers(0, 90)), data.draw(st.integers(0, 40))
    for slot in range(first, min(96, first + length)):
        day[slot] = usual[slot]
    # No more than half of the mean, beyond which a single interval tells by itself and a gap of one can hide it.
    day = [min(one or 0, sum(usual) // 192) for one in day]
    gappy = [None if slot in unread else one for slot, one in enumerate(day)]
    whole, partly = (judged([[each]], [demand()], base=[base]) for each in (day, gappy))
    if whole.verdicts["stop"][0, 0] == Verdict.SUSPECTED:
        assert partly.verdicts["stop"][0, 0] != Verdict.COMPLIANT


@tried(40)
@given(st.data(), st.integers(2, 1000))
def test_only_ratios_count(data, times):
    """Works a thousand times as large are judged alike (where rounding to a watt-hour decides nothing)."""
    day, base = data.draw(curves(96)), data.draw(bases(96))
    base = [[(one or 0) * 2800 for one in each] for each in base]
    day = [None if one is None else one * 2800 + 7 for one in day]
    larger = [[None if one is None else one * times for one in each] for each in (day, *base)]
    kinds = [demand(), demand("cut", keep=60.0, first=demand().until_at.date(), days=1, hour=1e-9)]
    small = judged([[day, day]], kinds, base=[base])
    large = judged([[larger[0], larger[0]]], kinds, base=[larger[1:]])
    assert large.verdicts["stop"].tolist() == small.verdicts["stop"].tolist()
    assert large.verdicts["cut_day"].tolist() == small.verdicts["cut_day"].tolist()


def test_a_block_says_the_same_of_a_meter_whatever_stands_beside_it():
    drawn = np.random.default_rng(7)
    days = drawn.integers(0, 400, (5, 3, 96)).tolist()
    base = drawn.integers(80, 400, (5, 28, 96)).tolist()
    meters = [meter(number + 1) for number in range(5)]
    whole = judged(days, [demand(days=3)], meters=meters, base=base)
    for row in range(5):
        alone = judged([days[row]], [demand(days=3)], meters=[meters[row]], base=[base[row]])
        assert alone.worst[0].tolist() == whole.worst[row].tolist()
        for name, numbers in alone.checks["stop"].numbers.items():
            assert numbers[0].tolist() == whole.checks["stop"].numbers[name][row].tolist()
