"""What inspections prove: production that ran, on which subject, on which civil day."""

from dataclasses import replace
from datetime import date, datetime
from uuid import UUID

import pytest

from app.domain.access import Origin
from app.domain.enterprises.structure import Enterprise, Head, Line, Process, Site, Unit
from app.domain.inspections import Finding, FindingKind, Inspection, running_for, runs_on
from app.domain.periods import SHANGHAI

FIRM, SITE, LINE, OTHER_LINE, PROCESS, KILN, FILTER, BOILER = (UUID(int=number) for number in range(1, 9))
ENTERPRISE = Enterprise(
    head=Head(id=FIRM, registrar="r", code="E", name="某厂", region="141027"),
    sites=(Site(id=SITE, code="S", name="厂区", region="141027"),),
    lines=(Line(id=LINE, site=SITE, code="L", name="一线"), Line(id=OTHER_LINE, site=SITE, code="M", name="二线")),
    processes=(Process(id=PROCESS, line=LINE, code="P", name="煅烧"),),
    units=(
        Unit(id=KILN, line=LINE, process=PROCESS, code="K", name="窑", kind="lime_kiln"),
        Unit(id=FILTER, line=LINE, code="F", name="布袋", kind="treatment"),
        Unit(id=BOILER, line=LINE, code="B", name="锅炉", kind="boiler"),
    ),
)
# Half past midnight in China is still the day before in UTC.
NIGHT = datetime(2019, 12, 9, 0, 30, tzinfo=SHANGHAI)
DAY = date(2019, 12, 9)


def inspection(number: int, *findings: Finding, corrects: int | None = None) -> Inspection:
    return Inspection(
        id=UUID(int=100 + number),
        enterprise_id=FIRM,
        subject_id=FIRM,
        from_at=NIGHT,
        until_at=NIGHT,
        inspectors=("李四",),
        findings=tuple(replace(one, runs_for=running_for(one, ENTERPRISE)) for one in findings),
        evidence=(),
        corrects=None if corrects is None else UUID(int=100 + corrects),
        reason=None,
        known_at=NIGHT,
        recorded_by=Origin(client_id="c", person="李四"),
    )


def finding(subject: UUID, kind: FindingKind = "unit_running", count: int | None = None) -> Finding:
    return Finding(subject_id=subject, kind=kind, at=NIGHT, count=count)


@pytest.mark.parametrize(
    ("kind", "count", "runs"),
    [
        ("unit_running", None, True),
        ("units_running", 1, True),
        ("units_running", 0, False),
        ("furnace_warm", None, False),
        ("unit_stopped", None, False),
        ("meter_reading", None, False),
        ("treatment_off", None, False),
        ("other", None, False),
    ],
)
def test_only_what_ran_proves_that_it_ran(kind: FindingKind, count: int | None, runs: bool) -> None:
    found = runs_on([inspection(1, finding(KILN, kind, count))], KILN, DAY)
    assert bool(found) is runs


@pytest.mark.parametrize(
    ("seen", "asked", "runs"),
    [
        (KILN, LINE, True),
        (KILN, PROCESS, True),
        (KILN, FIRM, True),
        (KILN, OTHER_LINE, False),
        (LINE, KILN, False),
        (FILTER, LINE, False),
        (FILTER, FILTER, False),
        (BOILER, BOILER, True),
        (BOILER, LINE, False),
    ],
)
def test_a_unit_runs_for_what_it_belongs_to_and_treatment_for_nothing(seen: UUID, asked: UUID, runs: bool) -> None:
    assert bool(runs_on([inspection(1, finding(seen))], asked, DAY)) is runs


def test_the_day_is_the_one_in_china() -> None:
    known = [inspection(1, finding(KILN))]
    assert runs_on(known, KILN, DAY)
    assert not runs_on(known, KILN, date(2019, 12, 8))


def test_what_was_corrected_no_longer_counts_and_the_last_correction_does() -> None:
    wrong, denied = inspection(1, finding(KILN)), inspection(2, finding(KILN, "unit_stopped"), corrects=1)
    assert runs_on([wrong, denied], KILN, DAY) == []
    again = inspection(3, finding(KILN), corrects=2)
    assert len(runs_on([again, wrong, denied], KILN, DAY)) == 1


def test_a_finding_comes_back_as_it_was_stored() -> None:
    (stored,) = inspection(1, finding(KILN, "units_running", 3)).findings
    assert Finding.of_json(stored.as_json()) == stored
