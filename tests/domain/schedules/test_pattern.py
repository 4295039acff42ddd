"""The cheapest pattern of stops is what trying every pattern finds."""

from itertools import groupby, product

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from app.domain.schedules.planning.pattern import SURPLUS, Days, Quota, Rhythm, best_pattern
from tests.examples import tried


@st.composite
def tasks(draw):
    length = draw(st.integers(4, 9))
    price = draw(st.lists(st.integers(-9, 3), min_size=length, max_size=length))
    kinds = draw(st.lists(st.sampled_from("....sr"), min_size=length, max_size=length))
    edge = draw(st.integers(1, length))
    quotas = [Quota(0, edge, draw(st.integers(0, edge)))]
    if edge < length:
        quotas.append(Quota(edge, length, draw(st.integers(0, length - edge))))
    if draw(st.booleans()):
        quotas = quotas[-1:]
    rhythm = Rhythm(draw(st.integers(1, 3)), draw(st.integers(1, 3)), draw(st.integers(0, 3)))
    days = Days(
        price=np.array(price, float),
        must_stop=np.array([kind == "s" for kind in kinds]),
        must_run=np.array([kind == "r" for kind in kinds]),
        stopped_before=draw(st.integers(0, 2)),
    )
    return days, quotas, rhythm


def runs_of(pattern, days):
    """[(stopped, forced only, length)] with the eve's stop as forced days in front."""
    before = [(True, True)] * days.stopped_before or [(False, False)] * 9
    marked = before + [(bool(on), bool(must)) for on, must in zip(pattern, days.must_stop, strict=True)]
    found = []
    for stopped, group in groupby(marked, key=lambda one: one[0]):
        members = list(group)
        found.append((stopped, stopped and all(must for _, must in members), members))
    return found


def fits(pattern, days, quotas, rhythm):
    runs = runs_of(pattern, days)
    chosen = 0
    for index, (stopped, only_forced, members) in enumerate(runs):
        first, last = index == 0, index == len(runs) - 1
        if stopped and not only_forced:
            if len(members) < rhythm.min_stop:
                return False
            # A block that a forced day begins is no stop of choice.
            chosen += not members[0][1]
        follows = None if last else runs[index + 1][2]
        if not stopped and follows and not first and len(members) < rhythm.min_run and not follows[0][1]:
            return False
    inside = {day for one in quotas for day in range(one.start, one.end)}
    if any(
        on and not must and day not in inside
        for day, (on, must) in enumerate(zip(pattern, days.must_stop, strict=True))
    ):
        return False
    filled = all(sum(pattern[one.start : one.end]) >= one.days for one in quotas)
    return filled and chosen <= rhythm.max_stops


def cost(pattern, days, quotas):
    total = 0.0
    for one in quotas:
        part = np.array(pattern[one.start : one.end], bool)
        must = days.must_stop[one.start : one.end]
        chosen = part & ~must
        total += SURPLUS * max(0, min(int(part.sum()) - one.days, int(chosen.sum())))
    return total + sum(
        price for price, on, must in zip(days.price, pattern, days.must_stop, strict=True) if on and not must
    )


@tried(400)
@given(tasks())
def test_no_pattern_is_cheaper_and_none_is_missed(task):
    days, quotas, rhythm = task
    options = [
        [True] if must and not run else [] if must and run else [False] if run else [False, True]
        for must, run in zip(days.must_stop, days.must_run, strict=True)
    ]
    possible = [one for one in product(*options) if fits(one, days, quotas, rhythm)]
    found = best_pattern(days, quotas, rhythm)
    if not possible:
        assert found is None
    else:
        assert found is not None
        assert fits(tuple(bool(day) for day in found), days, quotas, rhythm)
        assert cost(found, days, quotas) == min(cost(one, days, quotas) for one in possible)
