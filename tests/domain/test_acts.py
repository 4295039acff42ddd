"""Acts: every pair of state and action, the hands of a chain, and who may take which."""

from dataclasses import replace
from datetime import UTC, date, datetime
from typing import Any
from uuid import UUID

import pytest

from app.domain.access import Actor, AuthorityRequired, Origin, OwnEnterpriseOnly, Person, SameHands
from app.domain.acts.act import (
    ACTS,
    Act,
    ActAction,
    ActState,
    FilingCannotBeRefused,
    PeriodEmpty,
    StepOutOfTurn,
    action_for,
    chain_of,
    may_be_refused,
    settled_by_asking,
)
from app.domain.acts.applications import is_late
from app.domain.acts.effects import ApprovedLoad, Determination
from app.domain.policies.measures import Measure
from app.domain.policies.undertakings import Step, Workflow
from app.domain.states import TransitionRefused
from tests.domain.plans import rule_named
from tests.domain.state_tables import every_pair, reachable

LEGAL = {
    ("requested", "forward"): "in_review",
    ("requested", "grant"): "granted",
    ("requested", "refuse"): "refused",
    ("requested", "withdraw"): "withdrawn",
    ("in_review", "forward"): "in_review",
    ("in_review", "grant"): "granted",
    ("in_review", "refuse"): "refused",
    ("in_review", "withdraw"): "withdrawn",
    ("granted", "revoke"): "revoked",
}
APPROVAL = [
    {"by": "企业", "does": "applies"},
    {"by": "市经信局", "does": "files"},
    {"by": "晋城市政府", "does": "approves"},
]


def an_act(chain: list[dict[str, str]] | None = None, **given: Any) -> Act:
    fields: dict[str, Any] = {
        "id": UUID(int=1),
        "enterprise_id": UUID(int=2),
        "kind": "dispatch",
        "pack_name": "gaoping",
        "season": 2019,
        "workflow": "wf-foundry-need",
        "subject_id": UUID(int=3),
        "terms": {"chain": chain or APPROVAL, "fact": "foundry_need_approved", "value": "season"},
        "valid_from": date(2019, 11, 15),
        "valid_to": date(2020, 3, 16),
        "basis": "申请",
        "evidence": (),
        "asked_by": Origin(client_id="plant", person=None),
        "known_at": datetime(2019, 9, 1, tzinfo=UTC),
        "state": ActState.REQUESTED,
        "steps_done": 1,
        "version": 1,
    }
    return Act(**(fields | given))


@pytest.mark.parametrize(("state", "action"), every_pair(ACTS))
def test_each_action_leads_where_the_table_says_or_nowhere(state: ActState, action: ActAction) -> None:
    wanted = LEGAL.get((state.value, action.value))
    if wanted is None:
        with pytest.raises(TransitionRefused):
            ACTS.after(state, action)
    else:
        assert ACTS.after(state, action) == wanted


def test_every_state_is_reached_and_four_are_final() -> None:
    assert reachable(ACTS, ActState.REQUESTED) == set(ActState)
    assert ACTS.final == {ActState.REFUSED, ActState.WITHDRAWN, ActState.REVOKED}


def test_a_refusal_names_what_would_be_possible() -> None:
    with pytest.raises(TransitionRefused) as refused:
        ACTS.after(ActState.GRANTED, ActAction.GRANT)
    assert "revoke" in refused.value.message("zh")
    assert "granted" in refused.value.message("en")


def test_an_application_is_the_first_step_of_its_chain() -> None:
    workflow = Workflow(
        id="w",
        kind="approval",
        cites=(),
        who="enterprise",
        what={},
        steps=tuple(Step(**one) for one in APPROVAL),  # type: ignore[arg-type]  # verbs as texts
    )
    assert settled_by_asking(chain_of(workflow)) == 1
    own_motion = replace(workflow, steps=workflow.steps[1:])
    assert settled_by_asking(chain_of(own_motion)) == 0
    assert [step.does for step in chain_of(None)] == ["applies", "decides"]


def test_the_last_hand_grants_and_those_before_it_forward() -> None:
    assert action_for(an_act(), "files") is ActAction.FORWARD
    waiting = an_act(state=ActState.IN_REVIEW, steps_done=2)
    assert action_for(waiting, "approves") is ActAction.GRANT


@pytest.mark.parametrize("verb", ["approves", "reviews", "receives", "applies"])
def test_a_step_out_of_turn_is_refused_and_told_who_is_next(verb: str) -> None:
    with pytest.raises(StepOutOfTurn) as refused:
        action_for(an_act(), verb)
    assert "市经信局" in refused.value.message("zh")


def test_a_filing_cannot_be_refused_and_a_judgement_can() -> None:
    with pytest.raises(FilingCannotBeRefused):
        may_be_refused(an_act())
    may_be_refused(an_act(state=ActState.IN_REVIEW, steps_done=2))


def test_what_is_over_waits_for_nobody() -> None:
    due = an_act().due
    assert due is not None
    assert due.does == "files"
    assert an_act(state=ActState.REFUSED).due is None
    with pytest.raises(TransitionRefused):
        action_for(an_act(state=ActState.REFUSED), "files")


def test_a_period_ends_after_it_begins() -> None:
    with pytest.raises(PeriodEmpty):
        an_act(valid_to=date(2019, 11, 15))


@pytest.mark.parametrize(("day", "late"), [(date(2019, 9, 10), False), (date(2019, 9, 11), True)])
def test_the_named_day_itself_is_in_time(day: date, late: bool) -> None:
    workflow = Workflow(id="w", kind="approval", cites=(), who="enterprise", what={}, by="09-10")
    assert is_late(workflow, season=2019, day=day) is late


ZHANG = Origin(client_id="platform", person="张三", office="经信局")


@pytest.mark.parametrize(
    ("other", "same"),
    [
        (Origin(client_id="platform", person="张三", office="经信局"), True),
        (Origin(client_id="platform", person="李四", office="经信局"), False),
        (Origin(client_id="platform", person=None), True),
        (Origin(client_id="another", person="张三", office="经信局"), True),
        (Origin(client_id="another", person="张三", office="环保局"), False),
        (Origin(client_id="another", person=None), False),
    ],
)
def test_hands_are_the_same_by_credential_or_by_person(other: Origin, same: bool) -> None:
    assert ZHANG.same_hands(other) is same
    if same:
        with pytest.raises(SameHands):
            ZHANG.must_differ(other)
    else:
        ZHANG.must_differ(other)


def test_an_authority_looks_after_a_region_and_an_enterprise_after_itself() -> None:
    plant = Actor(client_id="plant", enterprise_ids=("e1",))
    plant.must_own("e1")
    with pytest.raises(AuthorityRequired):
        plant.must_look_after("141027")
    with pytest.raises(OwnEnterpriseOnly):
        Actor(client_id="officer", regions=("141000",)).must_own("e1")
    Actor(client_id="officer", regions=("141000",)).must_look_after("141027")


def shared(**given: Any) -> dict[str, Any]:
    return {
        "id": "act",
        "subject_id": "line",
        "valid_from": date(2019, 10, 1),
        "valid_to": None,
        "person": Person(name="张三", office="市政府"),
        "basis": "纪要",
        **given,
    }


def test_a_raised_ratio_keeps_everything_but_its_number() -> None:
    rule = rule_named("huairen", "HR-06")
    raised = Determination(rule_id=rule.id, choice=0, number=55.0, way="raised", **shared())
    assert raised.of(rule, rule.then) == rule.then.changed(pct=55.0)


def test_a_measure_instead_is_the_one_the_rule_allows() -> None:
    rule = next(one for one in (rule_named("huairen", "HR-06"),) if one.may_instead)
    instead = Determination(rule_id=rule.id, choice=0, way="instead", **shared())
    assert instead.of(rule, rule.then) == rule.may_instead[0].then
    assert instead.of(rule, rule.then).stops


def test_a_load_belongs_to_rules_that_leave_the_number_to_the_act() -> None:
    load = ApprovedLoad(fact="special_load_approved", amount=300, unit="t/d", **shared())
    assert load.is_of(rule_named("changzhi", "CZ-04"))
    assert not load.is_of(rule_named("changzhi", "CZ-10"))
    other = replace(rule_named("changzhi", "CZ-04"), then=Measure(kind="normal"))
    assert not load.is_of(other)
