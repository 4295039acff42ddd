"""Public lists in the domain: the difference of two lists makes one of the other, and nobody's telephone is in them."""

from dataclasses import replace
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.disclosures.lists import (
    DISCLOSURES,
    DisclosureAction,
    DisclosureDaysWrong,
    DisclosureState,
    ListScope,
    Wanted,
    serial_of,
)
from app.domain.disclosures.rows import ALL, COLUMNS, ListKind, Row, applied, diff, exposed, printed
from app.domain.errors import Conflict

TEXTS = st.sampled_from(["", "甲", "乙", "停产 15 天"])
ROWS = st.builds(
    Row,
    row=st.sampled_from("abcdefgh"),
    region=st.sampled_from(["141027", "141000"]),
    enterprise_name=TEXTS,
    measure=TEXTS,
    windows=TEXTS,
    rule=TEXTS,
)
LISTS = st.lists(ROWS, unique_by=lambda one: one.row, max_size=8)
PLAIN = Row(row="a", region="141027", enterprise_name="铸造厂")
SCOPE = ListScope(kind=ListKind.STAGGERED, region="141027", pack="fushan", season=2019)


@given(LISTS, LISTS)
def test_the_difference_makes_the_later_list_of_the_earlier_one(before: list[Row], after: list[Row]) -> None:
    assert applied(diff(before, after), before) == printed(after)


@given(LISTS, LISTS)
def test_a_row_is_added_removed_or_changed_and_never_two_of_these(before: list[Row], after: list[Row]) -> None:
    found = diff(before, after)
    keys = [one.row for one in (*found.added, *found.removed, *(each.after for each in found.changed))]
    assert len(keys) == len(set(keys))
    assert all(each.columns and each.before.row == each.after.row for each in found.changed)


@given(LISTS)
def test_a_list_differs_from_itself_in_nothing(rows: list[Row]) -> None:
    found = diff(rows, rows[::-1])
    assert (found.added, found.removed, found.changed) == ((), (), ())


@pytest.mark.parametrize(
    "text",
    ["电话13812345678", "0357-3321234", "138 1234 5678", "身份证140105198001011234", "14010519800101123X", "张三丰"],
)
def test_a_telephone_an_identity_number_or_a_known_name_is_found_in_any_column(text: str) -> None:
    for name in set(ALL) - {"row", "uscc"}:
        assert exposed(replace(PLAIN, **{name: f"车间（{text}）"}), ["张三丰"]) == (name,)


@pytest.mark.parametrize("text", ["2019-12-10 00:00 – 2019-12-25 00:00 停产", "FS-02 二（一）", "停产 15 天", "1号线"])
def test_what_lists_say_is_not_taken_for_a_person(text: str) -> None:
    row = replace(PLAIN, windows=text, uscc="91140000600037341X")
    assert exposed(row, ["张三丰", "", "厂"]) == ()


def test_no_kind_of_list_has_a_column_that_is_not_allowed() -> None:
    personal = {"contact_person", "contact_phone", "supervising_person", "evidence", "meters", "longitude", "address"}
    assert set(COLUMNS) == set(ListKind)
    assert all(set(columns) <= set(ALL) for columns in COLUMNS.values())
    assert not personal & set(ALL)


def test_what_was_withdrawn_stays_withdrawn() -> None:
    assert DISCLOSURES.final == {DisclosureState.WITHDRAWN}
    with pytest.raises(Conflict):
        DISCLOSURES.after(DisclosureState.DRAFT, DisclosureAction.WITHDRAW)


@pytest.mark.parametrize("day", [date(2019, 6, 30), date(2020, 7, 1)])
def test_a_day_outside_the_season_is_refused(day: date) -> None:
    with pytest.raises(DisclosureDaysWrong):
        Wanted(scope=SCOPE, day=day).check()


def test_what_was_asked_for_is_read_back_as_it_was_written() -> None:
    stopped = replace(SCOPE, kind=ListKind.STOPPED)
    for one in (
        Wanted(scope=SCOPE, day=date(2019, 12, 1), list_version=2),
        Wanted(scope=stopped, day=date(2019, 12, 1), through=date(2019, 12, 2)),
    ):
        one.check()
        assert Wanted.of_json(one.as_json()) == one
    assert serial_of(SCOPE, 3) == "141027-2019-fushan-staggered-3"
