"""Which version decides which season, and what that makes of the others."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.policies.life import Edition, PackState, Seasons, seasons_of, states, superseded_by, version_order
from tests.domain.plans import TWO_ZONES, invented


@pytest.mark.parametrize(
    ("effective", "first", "last"),
    [
        (None, None, None),
        ({"from": "2019-10-01", "to": "2020-06-30"}, 2019, 2019),
        ({"from": "2019-07-01", "to": "2021-06-30"}, 2019, 2020),
        ({"from": "2019-10-01"}, 2019, None),
        ({"from": "2020-04-01"}, 2020, None),
        ({"from": "2019-10-01", "to": "2020-10-01"}, 2019, 2020),
        ({"from": "2019-10-01", "to": "2020-09-30"}, 2019, 2019),
    ],
)
def test_a_plan_is_for_the_seasons_it_is_in_effect_in(effective: object, first: int | None, last: int | None) -> None:
    plan = invented(**({"effective": effective} if effective else {}))
    assert seasons_of(plan) == Seasons(first=first, last=last)


def test_dates_between_two_seasons_are_for_none() -> None:
    assert not seasons_of(invented(effective={"from": "2019-05-01", "to": "2019-08-01"}))


def test_the_earliest_window_of_any_zone_counts() -> None:
    assert seasons_of(invented(**TWO_ZONES, effective={"from": "2019-05-01", "to": "2019-10-01"})).last == 2019


def edition(first: int | None = None, last: int | None = None, *, retired: bool = False) -> Edition:
    return Edition(version="1.0.0", seasons=Seasons(first=first, last=last), retired=retired)


@pytest.mark.parametrize(
    ("newest_first", "said"),
    [
        ([edition(), edition()], "published superseded"),
        ([edition(2020, 2020), edition()], "published published"),
        ([edition(retired=True), edition()], "retired published"),
        ([edition(2020, 2020), edition(2019, 2019), edition(2019, 2020)], "published published superseded"),
        ([edition(2020, 2020), edition(2018, 2018), edition(2018, 2020)], "published published published"),
        ([edition(2019, None), edition(2020, 2025)], "published superseded"),
        ([edition(None, 2019), edition(2020, None), edition()], "published published superseded"),
    ],
)
def test_a_version_is_superseded_when_newer_ones_decide_all_its_seasons(newest_first: list[Edition], said: str) -> None:
    assert " ".join(states(newest_first)) == said


SEASONS = st.builds(
    lambda first, length: Seasons(first=first, last=None if length is None else (first or 0) + length),
    st.one_of(st.none(), st.integers(0, 8)),
    st.one_of(st.none(), st.integers(0, 4)),
)
EDITIONS = st.lists(
    st.builds(
        lambda seasons, retired: Edition(version="1.0.0", seasons=seasons, retired=retired), SEASONS, st.booleans()
    ),
    max_size=6,
)


@given(EDITIONS)
def test_published_is_exactly_what_decides_some_season(newest_first: list[Edition]) -> None:
    deciding = set()
    for season in range(-3, 20):
        found = next((n for n, one in enumerate(newest_first) if not one.retired and season in one.seasons), None)
        deciding.add(found)
    published = {n for n, state in enumerate(states(newest_first)) if state is PackState.PUBLISHED}
    assert published == deciding - {None}


def test_what_a_version_takes_over_from_is_the_newest_that_shares_a_season() -> None:
    before = [edition(2021, 2021), edition(2019, 2020, retired=True), edition(2018, 2019)]
    assert superseded_by(Seasons(first=2019, last=2019), before) is before[2]
    assert superseded_by(Seasons(first=2022), before) is None


def test_versions_are_ordered_by_number() -> None:
    assert version_order("1.10.0") > version_order("1.9.9")
