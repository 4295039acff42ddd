"""Demands come from what already stands: schedules, decisions, warnings, acts."""

from datetime import date, datetime, timedelta
from uuid import UUID

import pytest

from app.domain.acts.act import ActState
from app.domain.compliance.demanding import (
    excuses_of,
    midnight,
    of_decision,
    of_schedule,
    phases_of,
    reaching,
    while_warned,
)
from app.domain.compliance.demands import Demand
from app.domain.decisions.evaluate import Decision, Evaluator
from app.domain.enterprises.structure import Enterprise, Head, Line, Site, Unit
from app.domain.periods import Period
from app.domain.schedules.lines import ScheduledLine
from app.domain.schedules.problem import Resource, Stretch, StretchKind
from app.domain.schedules.requirements import Clause, Cut
from app.domain.warnings import Colour, stretches
from tests.domain.plans import invented, ladder, row
from tests.domain.register import enterprise, line, site
from tests.domain.test_acts import an_act
from tests.domain.test_warnings import warning

FIRM, SITE, ONE, TWO, KILN, FILTER, BOILER = (UUID(int=number) for number in range(1, 8))
SCHEDULE = UUID(int=77)
CLAUSE = Clause(pack="p", rule="r", cites=("X-01",))
DAY = date(2019, 12, 1)
WORKS = Enterprise(
    head=Head(id=FIRM, registrar="r", code="E", name="某厂", region="141027"),
    sites=(Site(id=SITE, code="S", name="厂区", region="141027"),),
    lines=(Line(id=ONE, site=SITE, code="L", name="一线"), Line(id=TWO, site=SITE, code="M", name="二线")),
    units=(
        Unit(id=KILN, line=ONE, code="K", name="窑", kind="lime_kiln"),
        Unit(id=FILTER, line=ONE, code="F", name="布袋", kind="treatment"),
        Unit(id=BOILER, line=ONE, code="B", name="锅炉", kind="boiler"),
    ),
)


def scheduled(*found: Stretch) -> ScheduledLine:
    resource = Resource(
        id=str(ONE), label="一线", enterprise_id=str(FIRM), site_id=str(SITE), line_id=str(ONE), region="141027"
    )
    return ScheduledLine(position=3, resource=resource, stretches=found, clauses={"c": CLAUSE})


def stretch(first: int, until: int, kind: StretchKind = "stop", share: float = 0.0) -> Stretch:
    begins = midnight(DAY)
    return Stretch(
        from_at=begins + timedelta(hours=first),
        until_at=begins + timedelta(hours=until),
        kind=kind,
        share=share,
        serves=("c",),
    )


def test_every_stretch_of_a_published_schedule_is_a_demand_with_its_clauses():
    given = scheduled(stretch(8, 30), stretch(48, 72, "limit", 0.7), stretch(72, 96, "stop_charging"))
    stop, cut, charging = of_schedule(SCHEDULE, given, phases={"c"})
    assert (stop.kind, stop.keep_pct, stop.subject_id, stop.phase) == ("stop", 0.0, ONE, "c")
    assert (cut.kind, cut.keep_pct, cut.measure) == ("cut", 70.0, "limit")
    assert charging.kind == "stop_charging"
    assert [one.clauses for one in (stop, cut, charging)] == [(CLAUSE,)] * 3
    assert len({one.id for one in (stop, cut, charging)}) == 3


def test_cuts_met_by_time_or_lines_are_phases_and_those_by_load_are_not():
    period = Period(DAY, DAY + timedelta(days=31))
    by_time = Cut(id="t", clause=CLAUSE, weights_t_d={str(ONE): 2.0, str(TWO): 1.0}, period=period, share=0.3)
    by_load = Cut(id="l", clause=CLAUSE, weights_t_d={str(ONE): 1.0}, period=period, share=0.3, methods=("load",))
    (found,) = phases_of([by_time, by_load])
    assert (found.id, found.members, found.keep_pct) == ("t", (ONE, TWO), 70.0)
    assert (found.from_day, found.until_day) == (DAY, DAY + timedelta(days=31))


def decision(then: object, day: date = DAY) -> Decision:
    pack = invented(rules=[ladder(row("A", None, then))])
    tree = enterprise([site([line(str(ONE), "mill", {})])])
    (found,) = Evaluator(pack).evaluate(tree, season=2019, day=day)
    return found


@pytest.mark.parametrize(
    ("then", "kind", "keep"),
    [
        ("stop", "stop", 0.0),
        ({"cut": {"pct": 30, "basis": "line_count"}}, "cut", 70.0),
        ({"coking_hours": {"hours": 30}}, "other", 0.0),
        ({"load_cap": {"pct": 80, "basis": "load_before_1022"}}, "cut", 80.0),
        ({"load_cap": {"pct": 100, "basis": "livelihood_task_load"}}, "other", 0.0),
    ],
)
def test_a_decision_without_a_schedule_asks_its_whole_window(then, kind, keep):
    (found,) = of_decision(decision(then), date(2019, 12, 10))
    assert (found.kind, found.keep_pct, found.subject_id) == (kind, keep, ONE)
    assert (found.from_at, found.until_at) == (midnight(DAY), midnight(date(2019, 12, 10)))
    assert found.clauses[0].cites == ("X-01",)


def test_a_window_ends_the_demand_and_freedom_asks_nothing():
    (found,) = of_decision(decision("stop", date(2020, 3, 1)), date(2020, 7, 1))
    assert found.until_at == midnight(date(2020, 4, 1))
    assert list(of_decision(decision("normal"), date(2020, 7, 1))) == []


def test_under_a_warning_only_its_hours_are_asked():
    given = warning((Colour.ORANGE, 6), (None, 30))
    (spell,) = stretches(given)
    asked = list(of_decision(decision("stop"), date(2020, 1, 1)))
    (found,) = while_warned(asked, spell, midnight(date(2020, 1, 1)))
    assert (found.from_at, found.until_at) == (spell.change.from_at, spell.until_at)
    assert (found.cause, found.until_at - found.from_at) == ("warning", timedelta(hours=24))
    assert list(while_warned(asked, spell, spell.change.from_at)) == []


def test_only_granted_exceptions_excuse_and_only_their_own_days():
    granted = an_act(kind="exception", terms={"what": "commissioning"}, state=ActState.GRANTED)
    others = [an_act(state=ActState.GRANTED), an_act(kind="exception", terms={"what": "maintenance"})]
    revoked = an_act(kind="exception", terms={"what": "maintenance"}, state=ActState.REVOKED)
    (found,) = excuses_of([granted, *others, revoked])
    assert (found.kind, found.from_day, found.until_day) == ("commissioning", granted.valid_from, granted.valid_to)
    assert found.reference == granted.document


def asked(subject: UUID, first: int, until: int, kind: str = "stop") -> Demand:
    return Demand(
        id=f"{subject.int}",
        subject_id=subject,
        kind=kind,  # type: ignore[arg-type]  # a test names kinds
        cause="schedule",
        from_at=midnight(DAY) + timedelta(hours=first),
        until_at=midnight(DAY) + timedelta(hours=until),
        clauses=(Clause(pack="p", rule=f"r{subject.int}"),),
    )


def spans(found: dict[UUID, tuple[Demand, ...]], subject: UUID) -> list[tuple[datetime, datetime]]:
    return [(one.from_at, one.until_at) for one in found.get(subject, ())]


def test_a_stop_of_a_line_stops_its_kiln_but_neither_its_filter_nor_its_boiler():
    found = reaching([asked(ONE, 0, 24), asked(ONE, 24, 48, "cut")], WORKS)
    assert spans(found, KILN) == spans(found, ONE)[:1]
    assert FILTER not in found
    assert BOILER not in found
    assert SITE not in found


def test_a_site_stands_still_while_all_its_lines_do_by_all_their_clauses():
    found = reaching([asked(ONE, 0, 30), asked(TWO, 10, 48)], WORKS)
    assert spans(found, SITE) == [(midnight(DAY) + timedelta(hours=10), midnight(DAY) + timedelta(hours=30))]
    assert [clause.rule for clause in found[SITE][0].clauses] == [f"r{ONE.int}", f"r{TWO.int}"]
