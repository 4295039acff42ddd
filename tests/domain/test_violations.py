"""A violation's life, what it may be suspected of, and what several of them make true together."""

from collections.abc import Iterable
from datetime import UTC, date, datetime, timedelta
from itertools import product
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.documents.catalogue import shipped_catalogue
from app.documents.published import evaluator_of
from app.domain.access import Origin, SameHands
from app.domain.decisions.subjects import FactSpan, Subject, span_at, verified_from
from app.domain.facts.assertions import Assertion
from app.domain.policies.pack import Pack
from app.domain.states import TransitionRefused
from app.domain.violations.claims import (
    NotAViolationFact,
    Suspicion,
    checked_claims,
    lasting_facts,
    lowering_facts,
    penalty_facts,
)
from app.domain.violations.holdings import (
    Amendment,
    Holding,
    OtherValueStands,
    amended,
    amendment,
    holdings,
    recorded,
    refuse_hiding,
)
from app.domain.violations.violation import (
    VIOLATIONS,
    Case,
    Claimed,
    HearingOpen,
    ReplyPeriodTooShort,
    Terms,
    Violation,
    ViolationAction,
    ViolationState,
    ViolationStep,
    folded,
    least_reply,
)
from tests.api.packs import shipped

NOW = datetime(2019, 12, 10, 2, tzinfo=UTC)
FOUND_ON = date(2019, 12, 10)
SITE, LINE = UUID(int=1), UUID(int=2)
CHAINS = {SITE: (SITE,), LINE: (LINE, SITE)}
REPORTER, OFFICER = Origin(client_id="a", person="张三"), Origin(client_id="b", person="李四")
NEXT = {
    ("suspected", "hear"): "heard",
    ("suspected", "dismiss"): "dismissed",
    ("heard", "reply"): "heard",
    ("heard", "confirm"): "confirmed",
    ("heard", "dismiss"): "dismissed",
    ("confirmed", "rectify"): "rectified",
    ("confirmed", "overturn"): "overturned",
    ("rectified", "overturn"): "overturned",
}


LASTING = {
    "environmental_violation",
    "violation_kind",
    "secret_discharge",
    "permit_breach",
    "total_cap_exceeded",
    "winter_fraud",
}


def pack(name: str) -> Pack:
    stored = shipped(name)
    return evaluator_of(stored.document, stored.hash).pack


def violation(number: int = 1, *claims: Claimed, subject: UUID = LINE, **more: Any) -> Violation:
    values: dict[str, Any] = {
        "id": UUID(int=1000 + number),
        "enterprise_id": UUID(int=99),
        "subject_id": subject,
        "level": "line" if subject == LINE else "site",
        "pack_name": "fushan",
        "season": 2019,
        "occurred_from": date(2019, 11, 1),
        "occurred_to": date(2019, 12, 1),
        "claims": claims,
        "what": "",
        "evidence": (),
        "reported_by": REPORTER,
        "known_at": NOW,
        "state": ViolationState.HEARD,
        "version": 2,
        **more,
    }
    return Violation(**values)


def step(action: ViolationAction, state: ViolationState, number: int = 1, **terms: Any) -> ViolationStep:
    return ViolationStep(
        id=UUID(int=number),
        violation_id=UUID(int=1001),
        number=number,
        action=action,
        state=state,
        at=NOW,
        by=OFFICER,
        note="",
        terms=Terms(**terms),
        evidence=(),
    )


def held(
    number: int, claimed: Claimed, from_day: date, *, subject: UUID = LINE, lasting: bool = False, **more: Any
) -> list[Holding]:
    terms = Terms(from_day=from_day, facts=(claimed.fact,), lasting=(claimed.fact,) if lasting else (), **more)
    return holdings(violation(number, claimed, subject=subject), terms, found_at=NOW + timedelta(minutes=number))


def exceeded(*days: date) -> Claimed:
    return Claimed(fact="exceedance_days", value=str(len(days)), days=days)


@pytest.mark.parametrize(("state", "action"), list(product(ViolationState, ViolationAction)))
def test_a_violation_moves_only_as_the_table_says(state: ViolationState, action: ViolationAction) -> None:
    after = NEXT.get((state.value, action.value))
    if after is None:
        with pytest.raises(TransitionRefused):
            VIOLATIONS.after(state, action)
    else:
        assert VIOLATIONS.after(state, action) == after


def test_what_is_settled_stays_settled() -> None:
    assert VIOLATIONS.final == {ViolationState.DISMISSED, ViolationState.OVERTURNED}


def test_steps_fold_to_where_a_violation_stands_or_do_not_fit() -> None:
    heard = step(ViolationAction.HEAR, ViolationState.HEARD)
    confirmed = step(ViolationAction.CONFIRM, ViolationState.CONFIRMED, 2)
    assert folded([]) is ViolationState.SUSPECTED
    assert folded([heard, confirmed]) is ViolationState.CONFIRMED
    assert folded([confirmed]) is None
    assert folded([heard, step(ViolationAction.CONFIRM, ViolationState.DISMISSED, 2)]) is None
    assert folded([heard, step(ViolationAction.CONFIRM, ViolationState.CONFIRMED, 3)]) is None


def test_it_is_confirmed_by_others_once_the_enterprise_has_spoken_or_had_the_time() -> None:
    until = NOW + timedelta(hours=24)
    heard = step(ViolationAction.HEAR, ViolationState.HEARD, reply_until=until)
    case = Case(violation=violation(), steps=(heard,))
    with pytest.raises(HearingOpen):
        case.may_confirm(by=OFFICER, now=until - timedelta(seconds=1))
    case.may_confirm(by=OFFICER, now=until)
    answered = Case(violation=violation(), steps=(heard, step(ViolationAction.REPLY, ViolationState.HEARD, 2)))
    answered.may_confirm(by=OFFICER, now=NOW)
    with pytest.raises(SameHands):
        answered.may_confirm(by=REPORTER, now=NOW)
    with pytest.raises(TransitionRefused):
        Case(violation=violation(state=ViolationState.SUSPECTED), steps=()).may_confirm(by=OFFICER, now=until)


def test_a_day_to_reply_is_enough_and_less_is_not() -> None:
    assert least_reply(NOW + timedelta(hours=24), now=NOW) == NOW + timedelta(hours=24)
    with pytest.raises(ReplyPeriodTooShort):
        least_reply(NOW + timedelta(hours=23, minutes=59), now=NOW)


def test_terms_come_back_as_they_were_stored() -> None:
    terms = Terms(
        reply_until=NOW,
        from_day=date(2019, 12, 1),
        facts=("a", "b"),
        following=("c",),
        lasting=("b",),
        lowering=("a",),
        served_by={"a": date(2020, 7, 19)},
        counted_before={"a": 3},
        accepted_on=date(2019, 12, 2),
    )
    assert Terms.of_json(terms.as_json()) == terms


def test_only_events_an_authority_records_and_a_penalty_asks_can_be_suspected() -> None:
    assert set(penalty_facts(pack("linfen-twelve-industries"))) == {
        "measure_not_executed",
        "found_unlisted",
        "emissions_unstable",
        "environmental_violation",
        "emergency_response_weak",
    }
    with pytest.raises(NotAViolationFact, match="residential_heat"):
        checked_claims(
            [Suspicion(fact="residential_heat", value="true")],
            pack("linfen-twelve-industries"),
            "line",
            occurred=(date(2019, 12, 1), date(2019, 12, 1)),
        )


@pytest.mark.parametrize(
    ("name", "industries", "lasting"),
    [
        ("linfen-twelve-industries", {"lime"}, {"measure_not_executed"}),
        ("huairen", {"cement"}, {"measure_not_executed"}),
        ("fushan", {"foundry"}, set()),
        (
            "fushan",
            {"activated_carbon"},
            {*LASTING, "measure_not_executed"},
        ),
        (
            "fushan",
            {"concrete_mixing"},
            {*LASTING, "measure_not_executed"},
        ),
        ("linfen-city", {"steel"}, set()),
        ("linfen-city", {"independent_rolling"}, LASTING),
    ],
)
def test_what_may_stop_a_line_until_rectified_lasts_till_then(
    name: str, industries: set[str | None], lasting: set[str]
) -> None:
    plan = pack(name)
    assert lasting_facts(plan, industries) & set(penalty_facts(plan)) == lasting


def test_facts_end_with_the_season_or_with_rectification() -> None:
    claims = (Claimed(fact="measure_not_executed", value="true"), Claimed(fact="environmental_violation", value="true"))
    terms = Terms(
        from_day=date(2019, 12, 10), facts=tuple(one.fact for one in claims), lasting=("measure_not_executed",)
    )
    known = holdings(violation(1, *claims), terms, found_at=NOW)
    assert [one.until for one in known] == [None, date(2020, 7, 1)]
    accepted = holdings(violation(1, *claims), terms, found_at=NOW, accepted_on=date(2020, 1, 5))
    assert [one.until for one in accepted] == [date(2020, 1, 5), date(2020, 7, 1)]
    at_once = holdings(violation(1, *claims), terms, found_at=NOW, accepted_on=date(2019, 12, 10))
    assert [one.fact for one in at_once] == ["environmental_violation"]


@pytest.mark.parametrize(
    ("from_day", "lowering", "begins"),
    [
        (date(2019, 12, 1), ("violation_kind",), [FOUND_ON, date(2019, 12, 1)]),
        (FOUND_ON + timedelta(days=4), ("violation_kind",), [FOUND_ON + timedelta(days=4)] * 2),
        (date(2019, 12, 1), (), [date(2019, 12, 1)] * 2),
    ],
)
def test_what_lowers_a_class_holds_from_the_day_it_is_found_and_terms_without_it_keep_what_they_said(
    from_day: date, lowering: tuple[str, ...], begins: list[date]
) -> None:
    claims = (Claimed(fact="violation_kind", value="data_fraud"), Claimed(fact="measure_not_executed", value="true"))
    terms = Terms(from_day=from_day, facts=tuple(one.fact for one in claims), lowering=lowering)
    assert [one.from_day for one in holdings(violation(1, *claims), terms, found_at=NOW)] == begins


@pytest.mark.parametrize(
    ("name", "industry", "lowering"),
    [
        (
            "linfen-twelve-industries",
            "lime",
            {"emergency_response_weak", "emissions_unstable", "environmental_violation"},
        ),
        ("linfen-twelve-industries", "independent_rolling", set()),
        ("fushan", "foundry", {"level_raised", "winter_fraud"}),
        ("fushan", "concrete_mixing", set()),
        ("linfen-city", "steel", {"city_level_raised", "winter_fraud"}),
        ("huairen", "cement", set()),
    ],
)
def test_what_a_penalty_reads_a_rating_worse_by_lowers_a_class(name: str, industry: str, lowering: set[str]) -> None:
    plan = pack(name)
    assert lowering_facts(plan, {industry}) & set(penalty_facts(plan)) == lowering


def test_a_verification_keeps_its_place_when_something_is_written_beside_it() -> None:
    """The second half of a state stands before a later state, though it begins after it (A-L29)."""
    kept = tree()
    claimed: FactSpan = {"value": "a", "from": "2019-10-20", "to": None, "assertion": "1", "verified": True}
    later: FactSpan = {"value": "b", "from": "2019-11-01", "to": None, "assertion": "2", "verified": True}
    kept["children"][0]["facts"]["violation_kind"] = [*verified_from(claimed, "2019-12-05"), later]
    found = held(1, Claimed(fact="violation_kind", value="data_fraud"), date(2019, 10, 25))
    after = amended(kept, Amendment(record=tuple(recorded(found, CHAINS))), shipped_catalogue())
    spans = after["children"][0]["facts"]["violation_kind"]
    assert [(one["assertion"], one["from"]) for one in spans] == [
        ("1", "2019-10-20"),
        ("1", "2019-12-05"),
        ("foreseen", "2019-10-25"),
        ("2", "2019-11-01"),
    ]


def test_a_second_value_of_one_fact_is_not_laid_over_the_first_unasked() -> None:
    first = held(1, Claimed(fact="violation_kind", value="data_fraud"), date(2019, 12, 1))
    other = Claimed(fact="violation_kind", value="exceedance")
    for subject in (LINE, SITE):
        with pytest.raises(OtherValueStands):
            refuse_hiding(held(2, other, date(2019, 12, 10), subject=subject), first, CHAINS)
    refuse_hiding(held(2, first[0].violation.claims[0], date(2019, 12, 10)), first, CHAINS)
    ended = held(1, Claimed(fact="violation_kind", value="data_fraud"), date(2019, 12, 1), lasting=True)
    over = [Holding(**{**_fields(ended[0]), "until": date(2019, 12, 5)})]
    refuse_hiding(held(2, other, date(2019, 12, 10)), over, CHAINS)


def _fields(one: Holding) -> dict[str, Any]:
    return {name: getattr(one, name) for name in Holding.__dataclass_fields__}


def tree() -> Subject:
    line: Subject = {"level": "line", "id": str(LINE), "code": "L", "name": "L", "facts": {}, "children": []}
    return {"level": "site", "id": str(SITE), "code": "S", "name": "S", "facts": {}, "children": [line]}


def read(found: Subject, fact: str, day: date) -> float:
    """As the evaluator reads it at the line: the nearest assertion, or what no record means."""
    spans: Iterable[list[FactSpan]] = (one["facts"].get(fact, []) for one in (found["children"][0], found))
    for each in spans:
        span = span_at(each, day.isoformat())
        if span is not None:
            return float(span["value"])
    return 0.0


DAYS = st.dates(date(2019, 12, 1), date(2019, 12, 6))
FOUND = st.lists(st.tuples(st.sampled_from([SITE, LINE]), st.sets(DAYS, min_size=1, max_size=3), DAYS), max_size=4)


@given(FOUND, DAYS)
@settings(max_examples=60, deadline=None)
def test_a_line_is_charged_every_distinct_day_found_so_far(
    found: list[tuple[UUID, set[date], date]], day: date
) -> None:
    known = [
        one
        for number, (subject, days, from_day) in enumerate(found)
        for one in held(number, exceeded(*sorted(days)), from_day, subject=subject)
    ]
    change = Amendment(record=tuple(recorded(known, CHAINS)))
    charged = {one for _, days, from_day in found if from_day <= day for one in days}
    assert read(amended(tree(), change, shipped_catalogue()), "exceedance_days", day) == len(charged)


def test_an_amendment_writes_only_what_differs_and_keeps_the_last_word_last() -> None:
    catalogue = shipped_catalogue()
    one = held(1, Claimed(fact="violation_kind", value="data_fraud"), date(2019, 12, 1))
    other = held(2, Claimed(fact="violation_kind", value="exceedance"), date(2019, 12, 1))
    third = held(3, Claimed(fact="environmental_violation", value="true"), date(2019, 12, 1))
    made = [
        Assertion(
            id=UUID(int=number),
            enterprise_id=UUID(int=99),
            level="line",
            subject_id=LINE,
            claim=each.claim(catalogue),
            known_at=NOW,
            asserted_by=OFFICER,
        )
        for number, each in enumerate(recorded([*other, *third], CHAINS))
    ]
    nothing = amendment(recorded([*other, *third], CHAINS), made, catalogue)
    assert nothing == Amendment()
    gone = amendment(recorded(other, CHAINS), made, catalogue)
    assert (gone.record, [each.claim.fact for each in gone.retract]) == ((), ["environmental_violation"])
    # What begins together is read in the order of finding, so the later word is recorded again after the earlier one.
    both = amendment(recorded([*third, *other, *one], CHAINS), made, catalogue)
    assert [each.value for each in both.record] == ["data_fraud", "exceedance"]
    assert [each.claim.value for each in both.retract] == ["exceedance"]


def test_laying_facts_over_a_tree_leaves_the_tree_alone() -> None:
    before = tree()
    change = Amendment(record=tuple(recorded(held(1, exceeded(date(2019, 12, 1)), date(2019, 12, 2)), CHAINS)))
    after = amended(before, change, shipped_catalogue())
    assert before == tree()
    assert read(after, "exceedance_days", date(2019, 12, 2)) == 1.0
