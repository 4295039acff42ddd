"""Other sources stand beside the meters: they agree or contradict, and change no verdict."""

from datetime import timedelta
from decimal import Decimal
from uuid import UUID

import pytest

from app.domain.access import Origin
from app.domain.compliance.crosses import crossed
from app.domain.compliance.days import subject_days
from app.domain.compliance.demands import Excuse
from app.domain.compliance.findings import DayOf, Verdict
from app.domain.inspections import Finding, Inspection
from tests.domain.compliance.made import FIRST, LINE, at, demand, flat, judged

STANDING, RUNNING = flat(20_000), flat(250_000)
NOTHING = [None] * 96


def day(curve: list[int | None], **more: object) -> DayOf:
    (found,) = subject_days(judged([[curve]], [demand()], **more), [LINE], [0])  # type: ignore[arg-type]  # a test gives what it is about
    return found


def visit(kind: str, *, runs: bool, number: int = 1, corrects: int | None = None) -> Inspection:
    seen = Finding(subject_id=LINE, kind=kind, at=at(FIRST, 14), runs_for=(LINE,) if runs else ())  # type: ignore[arg-type]  # a test gives what it is about
    return Inspection(
        id=UUID(int=number),
        enterprise_id=LINE,
        subject_id=LINE,
        from_at=at(FIRST, 13),
        until_at=at(FIRST, 15),
        inspectors=("张三",),
        findings=(seen,),
        evidence=(),
        corrects=None if corrects is None else UUID(int=corrects),
        reason=None,
        known_at=at(FIRST, 16),
        recorded_by=Origin(client_id="officer", person="张三"),
    )


@pytest.mark.parametrize(
    ("curve", "runs", "says"),
    [
        (STANDING, True, "contradicts"),
        (STANDING, False, "agrees"),
        (RUNNING, True, "agrees"),
        (RUNNING, False, "contradicts"),
        (NOTHING, True, "alone"),
    ],
)
def test_an_inspection_agrees_or_contradicts_and_the_verdict_stays(curve, runs, says):
    plain = day(curve)
    found = crossed(plain, inspections=[visit("unit_running" if runs else "unit_stopped", runs=runs)])
    (cross,) = found.crosses
    assert (cross.kind, cross.says, cross.ran) == ("inspection", says, runs)
    assert found.verdict == plain.verdict
    assert found.look == (plain.look or says != "agrees")


def test_a_corrected_inspection_says_nothing_any_more():
    wrong, right = visit("unit_running", runs=True), visit("unit_stopped", runs=False, number=2, corrects=1)
    assert [one.ran for one in crossed(day(STANDING), inspections=[wrong, right]).crosses] == [False]


@pytest.mark.parametrize(
    ("measured", "says"),
    [
        ({"nox_kg": "12.5"}, {"emission": "contradicts"}),
        ({"nox_kg": "0", "so2_kg": "0"}, {"emission": "agrees"}),
        ({"exceedance_hours": "2"}, {"emission": "contradicts"}),
        ({"output_t": "31"}, {"output": "contradicts"}),
        ({"output_t": "0", "pm_kg": "0.1"}, {"emission": "contradicts", "output": "agrees"}),
        ({}, {}),
    ],
)
def test_emission_and_output_of_a_day_that_stood_still_are_listed_beside_it(measured, says):
    values = {name: Decimal(value) for name, value in measured.items()}
    found = crossed(day(STANDING), measured=values)
    assert {one.kind: one.says for one in found.crosses} == says
    assert found.verdict == Verdict.COMPLIANT
    assert found.look == ("contradicts" in says.values())
    assert all(one.sentence["zh"] and one.sentence["en"] for one in found.crosses)


def test_what_was_excused_needs_nobody_to_look():
    excuse = Excuse(subject_id=LINE, kind="commissioning", from_day=FIRST, until_day=None, reference="a")
    found = crossed(day(RUNNING, excuses=[excuse]), measured={"output_t": Decimal(0)})
    assert (found.verdict, found.look) == (Verdict.DECLARED_EXCEPTION, False)
    assert found.crosses[0].says == "contradicts"


def test_a_day_on_which_nothing_had_to_stand_still_is_not_crossed():
    (cut,) = subject_days(judged([[STANDING]], [demand("cut", keep=50.0)]), [LINE], [0])
    assert crossed(cut, measured={"output_t": Decimal(5)}) is cut
    assert cut.day + timedelta(days=1) > FIRST
