"""Exemption lists: the life of an entry and of a version, what publishing moves, the chain, the difference, the lock."""

from dataclasses import replace
from datetime import UTC, date, datetime
from itertools import product
from uuid import UUID

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.domain.access import Origin
from app.domain.evidence import Evidence
from app.domain.exemptions.content import NOTHING, Content, Departure, Line, diff
from app.domain.exemptions.entries import ENTRIES, OPEN, Entry, EntryAction, EntryState, Finding, moves
from app.domain.exemptions.lists import (
    LISTS,
    Backdated,
    ExemptionList,
    FilingRequired,
    ListVersion,
    Lock,
    SeasonOver,
    VersionAction,
    VersionState,
    broken,
    chained,
    check_publication,
    states,
)
from app.domain.facts.assertions import Claim
from app.domain.states import TransitionRefused

S, A = EntryState, EntryAction
AT = datetime(2019, 12, 10, 2, tzinfo=UTC)
TODAY = date(2019, 12, 10)
PAPER = Evidence(kind="document", reference="晋市备〔2019〕7号")
LEGAL = {
    (S.REQUESTED, A.REVIEW): S.REVIEWED,
    (S.REQUESTED, A.REFUSE): S.REFUSED,
    (S.REQUESTED, A.WITHDRAW): S.WITHDRAWN,
    (S.REVIEWED, A.APPROVE): S.APPROVED,
    (S.REVIEWED, A.REFUSE): S.REFUSED,
    (S.REVIEWED, A.WITHDRAW): S.WITHDRAWN,
    (S.APPROVED, A.LIST): S.LISTED,
    (S.APPROVED, A.REFUSE): S.REFUSED,
    (S.APPROVED, A.WITHDRAW): S.WITHDRAWN,
    (S.APPROVED, A.EXPIRE): S.EXPIRED,
    (S.LISTED, A.DOUBT): S.DOUBTED,
    (S.LISTED, A.REVOKE): S.REVOKED,
    (S.LISTED, A.EXPIRE): S.EXPIRED,
    (S.DOUBTED, A.DOUBT): S.DOUBTED,
    (S.DOUBTED, A.CLEAR): S.LISTED,
    (S.DOUBTED, A.RETAIN): S.LISTED,
    (S.DOUBTED, A.REVOKE): S.REVOKED,
    (S.DOUBTED, A.EXPIRE): S.EXPIRED,
    (S.REVOKED, A.DELIST): S.DELISTED,
}


@pytest.mark.parametrize(("state", "action"), list(product(S, A)))
def test_an_entry_goes_only_where_its_table_leads(state: EntryState, action: EntryAction) -> None:
    if (state, action) in LEGAL:
        assert ENTRIES.after(state, action) is LEGAL[state, action]
    else:
        with pytest.raises(TransitionRefused):
            ENTRIES.after(state, action)


@pytest.mark.parametrize(("state", "action"), list(product(VersionState, VersionAction)))
def test_a_version_is_published_once_and_then_only_superseded(state: VersionState, action: VersionAction) -> None:
    legal = {
        (VersionState.DRAFT, VersionAction.PUBLISH): VersionState.PUBLISHED,
        (VersionState.PUBLISHED, VersionAction.SUPERSEDE): VersionState.SUPERSEDED,
    }
    if (state, action) in legal:
        assert LISTS.after(state, action) is legal[state, action]
    else:
        with pytest.raises(TransitionRefused):
            LISTS.after(state, action)


def test_only_what_is_over_makes_room_for_a_further_entry() -> None:
    assert set(S) - set(OPEN) == {S.REFUSED, S.WITHDRAWN, S.DELISTED, S.EXPIRED}


def test_the_newest_version_is_the_published_one() -> None:
    assert states(0) == {}
    assert states(3) == {
        1: VersionState.SUPERSEDED,
        2: VersionState.SUPERSEDED,
        3: VersionState.PUBLISHED,
    }


def entry(number: int, state: EntryState, expires_on: date | None = None) -> Entry:
    return Entry(
        id=UUID(int=number),
        list_id=UUID(int=1000),
        enterprise_id=UUID(int=2000 + number),
        subject_id=UUID(int=3000 + number),
        level="site",
        fact="exemption_listed",
        rule="HR-20",
        reason="绿色工厂",
        evidence=(),
        expires_on=expires_on,
        requested_by=Origin(client_id="firm", person=None),
        known_at=AT,
        state=state,
        version=1,
    )


def test_publishing_takes_the_approved_on_and_the_revoked_off_and_lets_go_of_what_has_run_out() -> None:
    over, still = date(2020, 1, 1), date(2020, 1, 2)
    every = [entry(number, state) for number, state in enumerate(S)]
    every += [
        entry(20 + number, state, over) for number, state in enumerate((S.APPROVED, S.LISTED, S.DOUBTED, S.REVOKED))
    ]
    every += [entry(30, S.APPROVED, still)]
    found = moves(every, on=over)
    assert [one.state for one in found.listed] == [S.APPROVED, S.APPROVED]
    assert [one.state for one in found.staying] == [S.LISTED, S.DOUBTED]
    assert [one.state for one in found.delisted] == [S.REVOKED, S.REVOKED]
    assert [one.state for one in found.expired] == [S.APPROVED, S.LISTED, S.DOUBTED]
    assert len(found.moved) == 7


def test_what_has_run_out_shows_as_expired_before_a_version_says_so() -> None:
    one = entry(1, S.LISTED, date(2019, 12, 11))
    assert (one.shown(TODAY), one.shown(date(2019, 12, 11))) == (S.LISTED, S.EXPIRED)
    refused = replace(one, state=S.REFUSED)
    assert refused.shown(date(2020, 1, 1)) is S.REFUSED


def finding(standing: str, *lacking: str) -> Finding:
    return Finding(
        id=UUID(int=1),
        enterprise_id=UUID(int=2),
        entry_id=UUID(int=3),
        standing=standing,  # type: ignore[arg-type]  # one of the three
        fails_on=None,
        lacking=lacking,
        otherwise=(),
        snapshot=b"",
        known_at=AT,
    )


def test_a_finding_is_news_only_where_it_says_something_else_than_the_last() -> None:
    assert finding("met").says_the_same(None)
    assert not finding("unknown", "green_factory").says_the_same(None)
    assert finding("unknown", "green_factory").says_the_same(finding("unknown", "green_factory"))
    assert not finding("failed", "green_factory").says_the_same(finding("unknown", "green_factory"))
    assert not finding("met").says_the_same(finding("failed", "green_factory"))


def line(name: str, **more: str | None) -> Line:
    plain: dict[str, str | None] = {
        "entry_id": f"e-{name}",
        "enterprise_id": f"f-{name}",
        "enterprise_code": name,
        "enterprise_name": f"{name}厂",
        "region": "140681",
        "subject_id": f"s-{name}",
        "level": "site",
        "subject_code": "S",
        "subject_name": "厂区",
        "fact": "exemption_listed",
        "rule": "HR-20",
        "reason": "绿色工厂",
        "expires_on": None,
    }
    return Line(**plain | more)  # type: ignore[arg-type]  # texts, as the fields want them


def content(*lines: Line, left: tuple[Departure, ...] = ()) -> Content:
    return Content(head={"list": "l", "number": 1}, lines=lines, departures=left)


def gone(name: str, reason: str) -> Departure:
    return Departure(
        entry_id=f"e-{name}",
        enterprise_id=f"f-{name}",
        subject_id=f"s-{name}",
        fact="exemption_listed",
        why="revoked",
        reason=reason,
    )


def test_the_same_list_gives_the_same_bytes_in_whatever_order_it_was_read() -> None:
    one, other = line("A"), line("B")
    assert content(one, other).as_text() == content(other, one).as_text()
    assert "绿色工厂" in content(one).as_text()
    assert Content.of_text(content(one, left=(gone("B", "不再符合"),)).as_text()) == content(
        one, left=(gone("B", "不再符合"),)
    )


def test_a_difference_names_who_came_who_left_and_why_and_whose_words_changed() -> None:
    first = content(line("A"), line("B"), line("C"))
    second = content(line("A"), line("C"), left=(gone("B", "绿色工厂称号已撤销"),))
    third = content(line("A", rule="HR-21"), line("C"), line("D"))
    found = diff([first, second, third])
    assert [one.subject_id for one in found.added] == ["s-D"]
    assert [(one.subject_id, left.reason if left else None) for one, left in found.removed] == [
        ("s-B", "绿色工厂称号已撤销")
    ]
    assert [(one.after.subject_id, one.fields) for one in found.changed] == [("s-A", ("rule",))]
    assert diff([first, first]) == diff([NOTHING, NOTHING])
    assert len(diff([NOTHING, first]).added) == 3


def version(number: int, document: str, previous: str) -> ListVersion:
    return ListVersion(
        list_id=UUID(int=1),
        number=number,
        document=document,
        hash=chained(previous, document),
        previous_hash=previous,
        effective_on=date(2019, 12, 15),
        basis="纪要",
        filing=(),
        facts=("exemption_listed",),
        regions=("140681",),
        published_by=Origin(client_id="x", person="李四", office="局"),
        known_at=AT,
    )


def chain(documents: list[str]) -> list[ListVersion]:
    made: list[ListVersion] = []
    for number, document in enumerate(documents, start=1):
        made.append(version(number, document, made[-1].hash if made else ""))
    return made


@settings(max_examples=60)
@given(st.lists(st.text(max_size=20), min_size=1, max_size=5), st.data())
def test_whatever_is_changed_in_a_chain_shows(documents: list[str], data: st.DataObject) -> None:
    made = chain(documents)
    assert broken(made) == []
    at = data.draw(st.integers(0, len(made) - 1))
    made[at] = replace(made[at], document=made[at].document + "!")
    assert broken(made) == [at + 1]
    # Rehashing it does not help: the next version names the old hash.
    made[at] = replace(made[at], hash=chained(made[at].previous_hash, made[at].document))
    assert broken(made) == ([at + 2] if at + 1 < len(made) else [])


def test_a_missing_version_breaks_the_chain() -> None:
    first, _, third = chain(["a", "b", "c"])
    assert broken([first, third]) == [3]


LIST = ExemptionList(
    id=UUID(int=1),
    pack_name="huairen",
    season=2019,
    workflow="",
    region="140681",
    created_by=Origin(client_id="x", person=None),
    created_at=AT,
    newest=0,
    version=1,
)


def publishing(previous: ListVersion | None, day: date, *filing: Evidence) -> None:
    check_publication(LIST, previous, effective_on=day, filing=filing, today=TODAY)


def test_a_version_is_never_backdated_never_outlasts_its_season_and_a_change_is_filed() -> None:
    publishing(None, TODAY)
    publishing(None, date(2020, 6, 30))
    (before,) = chain(["a"])
    publishing(before, date(2019, 12, 15), PAPER)
    with pytest.raises(Backdated):
        publishing(None, date(2019, 12, 9))
    with pytest.raises(Backdated):
        publishing(before, date(2019, 12, 14), PAPER)
    with pytest.raises(SeasonOver):
        publishing(None, date(2020, 7, 1))
    with pytest.raises(FilingRequired):
        publishing(before, date(2019, 12, 15))


LOCK = Lock(
    list_id=UUID(int=1),
    pack_name="gaoping",
    season=2019,
    number=1,
    facts=("not_limited_granted",),
    regions=("140581",),
)


@pytest.mark.parametrize(
    ("fact", "start", "end", "barred"),
    [
        ("not_limited_granted", None, None, True),
        ("not_limited_granted", date(2020, 6, 30), None, True),
        ("not_limited_granted", date(2020, 7, 1), None, False),
        ("not_limited_granted", None, date(2019, 7, 1), False),
        ("not_limited_granted", None, date(2019, 7, 2), True),
        ("special_limit_met", None, None, False),
    ],
)
def test_a_lock_bars_what_is_said_of_its_season(fact: str, start: date | None, end: date | None, barred: bool) -> None:
    claim = Claim(fact=fact, type="boolean", value="true", valid_from=start, valid_to=end)
    assert LOCK.bars(claim) is barred


def test_a_lock_governs_its_regions() -> None:
    assert LOCK.governs(["140402", "140581"])
    assert not LOCK.governs(["140582"])
    assert replace(LOCK, regions=("140500",)).governs(["140582"])


def test_a_list_is_judged_inside_its_season() -> None:
    days = [LIST.day(day) for day in (date(2019, 6, 1), TODAY, date(2021, 1, 1))]
    assert days == [date(2019, 7, 1), TODAY, date(2020, 6, 30)]
