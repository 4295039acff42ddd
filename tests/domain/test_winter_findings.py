"""What a plan makes of a finding because it fell in the winter, and how long the stop it orders keeps it true."""

from datetime import date

import pytest

from app.domain.policies.pack import Pack
from app.domain.violations.claims import refuse_outside_window
from app.domain.violations.findings import bases, following, in_window, served_by
from app.domain.violations.holdings import holdings
from app.domain.violations.violation import Claimed, Terms, ViolationInvalid
from tests.domain.test_violations import NOW, pack, violation
from tests.scenarios.reports import PACKS

FRAUD = Claimed(fact="violation_kind", value="data_fraud")
CONCRETE = {"concrete_mixing"}


def inside(name: str, region: str, first: date, last: date) -> bool:
    return in_window(pack(name), {region}, 2019, (first, last))


@pytest.mark.parametrize(("name", "region"), [("fushan", "141027"), ("linfen-city", "141002")])
def test_the_winter_is_the_plans_window_and_one_day_in_it_is_enough(name: str, region: str) -> None:
    assert not inside(name, region, date(2019, 10, 19), date(2019, 10, 20))
    assert inside(name, region, date(2019, 10, 19), date(2019, 10, 21))
    assert inside(name, region, date(2020, 3, 31), date(2020, 4, 5))
    assert not inside(name, region, date(2020, 4, 1), date(2020, 6, 30))


def test_each_zone_has_its_own_winter_and_elsewhere_the_plan_has_none() -> None:
    day = date(2019, 10, 15)
    assert inside("linfen-twelve-industries", "141002", day, day)
    assert not inside("linfen-twelve-industries", "141027", day, day)
    assert not inside("fushan", "141002", date(2019, 12, 1), date(2019, 12, 1))


@pytest.mark.parametrize("name", ["fushan", "linfen-city"])
def test_fraud_and_secret_discharge_alone_make_fraud_in_the_winter(name: str) -> None:
    assert following(pack(name), [FRAUD]) == {"winter_fraud"}
    assert following(pack(name), [Claimed(fact="secret_discharge", value="true")]) == {"winter_fraud"}
    assert following(pack(name), [Claimed(fact="violation_kind", value="exceedance")]) == set()


@pytest.mark.parametrize("name", PACKS)
def test_what_follows_is_a_yes_from_a_finding_the_plan_knows(name: str) -> None:
    facts = pack(name).catalogue.facts
    for spec in facts.values():
        if spec.follows:
            assert (spec.in_window, spec.type, spec.absent) == (True, "boolean", False)
            assert all(not facts[fact].options or value in facts[fact].options for fact, value in spec.follows.items())


def test_what_follows_is_held_like_what_was_proven() -> None:
    terms = Terms(from_day=date(2020, 4, 10), facts=("violation_kind",), following=("winter_fraud",))
    held = holdings(violation(1, FRAUD), terms, found_at=NOW)
    assert [(one.fact, one.value, one.from_day, one.until) for one in held] == [
        ("violation_kind", "data_fraud", date(2020, 4, 10), date(2020, 7, 1)),
        ("winter_fraud", "true", date(2020, 4, 10), date(2020, 7, 1)),
    ]


@pytest.mark.parametrize("name", ["fushan", "linfen-city"])
def test_the_finding_that_makes_it_fraud_in_the_winter_is_told_from_the_others(name: str) -> None:
    proven = [FRAUD, Claimed(fact="secret_discharge", value="false"), Claimed(fact="permit_breach", value="true")]
    assert bases(pack(name), proven, {"winter_fraud"}) == {"violation_kind"}
    assert bases(pack(name), proven, {"level_raised"}) == set()


def test_what_follows_and_lowers_a_class_holds_from_the_day_it_is_recorded() -> None:
    """A-L29: NOW is 10 December; only an order for a later day begins later."""
    for ordered, begins in ((date(2019, 12, 1), date(2019, 12, 10)), (date(2019, 12, 15), date(2019, 12, 15))):
        terms = Terms(
            from_day=ordered, facts=("violation_kind",), following=("winter_fraud",), lowering=("winter_fraud",)
        )
        held = holdings(violation(1, FRAUD), terms, found_at=NOW)
        assert [(one.fact, one.from_day) for one in held] == [("violation_kind", ordered), ("winter_fraud", begins)]


def test_a_claim_of_the_winter_is_refused_of_other_days() -> None:
    plan: Pack = pack("fushan")
    claims = [FRAUD, Claimed(fact="gas_violation_winter", value="true")]
    refuse_outside_window(claims, plan, inside=True)
    refuse_outside_window(claims[:1], plan, inside=False)
    with pytest.raises(ViolationInvalid) as refused:
        refuse_outside_window(claims, plan, inside=False)
    assert [(one.pointer, one.code) for one in refused.value.errors] == [("/claims/1/fact", "outside_window")]


def test_an_order_of_four_months_keeps_its_finding_true_until_it_is_served() -> None:
    """FS-22, A-FS9."""
    plan, facts = pack("fushan"), ["gas_violation_winter", "violation_kind"]
    late = served_by(plan, CONCRETE, facts, date(2020, 3, 20))
    assert late == {"gas_violation_winter": date(2020, 7, 18)}
    assert served_by(plan, {"foundry"}, facts, date(2020, 3, 20)) == {}
    claimed = Claimed(fact="gas_violation_winter", value="true")
    for from_day, until in ((date(2020, 3, 20), date(2020, 7, 18)), (date(2020, 1, 10), date(2020, 7, 1))):
        ends = served_by(plan, CONCRETE, facts, from_day)
        terms = Terms(from_day=from_day, facts=("gas_violation_winter",), served_by=ends)
        assert [one.until for one in holdings(violation(1, claimed), terms, found_at=NOW)] == [until]
