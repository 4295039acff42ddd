"""From allowed loads and rhythms to caps and cycles, and stops of so many lines."""

from datetime import date

from app.domain.access import Person
from app.domain.acts.effects import ApprovedLoad
from app.domain.decisions.evaluate import Evaluator
from app.domain.decisions.subjects import Subject
from app.domain.periods import midnight
from app.domain.schedules.given.given import problem_of
from app.domain.schedules.given.prepared import Prepared, Settings, Works
from app.domain.schedules.requirements import Cap, Cut, Cycle
from tests.domain.plans import invented, ladder, row
from tests.domain.register import line, unit
from tests.domain.schedules.plants import FINISHED, GAOPING, LINFEN, day, of, prepared, works

FILED = {**FINISHED, "residential_heat": True, "fuel": "coal", "power_plant_heat": False, "livelihood_load_filed": True}


def kiln(**facts: object) -> Subject:
    made = unit("u", "cement_kiln", {"catalogue_class": "permitted"})
    return works(GAOPING, line("kiln", "cement", {**FILED, **facts}, [made]))


def load(amount: float, measured: str) -> ApprovedLoad:
    return ApprovedLoad(
        id="act",
        subject_id="kiln",
        valid_from=date(2022, 9, 1),
        valid_to=None,
        person=Person(name="李四", office="高平市经信局"),
        basis="报备方案",
        fact="livelihood_load_filed",
        amount=amount,
        unit=measured,
    )


def capped(one: ApprovedLoad, **facts: object) -> Prepared:
    return prepared("gaoping", kiln(**facts), acts={"firm": {"gaoping": [one]}})


def test_an_approved_load_is_a_cap_by_its_percentage_or_by_tonnes_of_the_capacity() -> None:
    assert {(one.clause.rule, one.share) for one in of(capped(load(60, "%")), Cap)} == {("GP-07", 0.6)}
    tonnes = capped(load(500, "t/d"), capacity_eia=365_000)
    assert {one.share for one in of(tonnes, Cap)} == {0.5}
    assert "GP-07: the allowed load is 500 t/d." in [note.says["en"] for note in tonnes.notes]


def test_a_load_nobody_named_or_of_a_unit_that_is_no_production_stays_open() -> None:
    for found in (prepared("gaoping", kiln()), capped(load(3, "MW")), capped(load(500, "t/d"))):
        assert of(found, Cap) == []
        assert [(one.kind, one.clause.rule) for one in found.open] == [("act_names_load", "GP-07")]


def planned(then: object, *lines: Subject) -> Prepared:
    pack = invented(rules=[ladder(row("R", then=then))])
    settings = Settings(season=2022, from_day=day("2022-12-01"))
    return problem_of([Evaluator(pack)], [Works(tree=works(LINFEN, *lines))], settings)


def test_a_rhythm_goes_on_where_it_stands_on_the_day_of_planning() -> None:
    [cycle] = of(planned({"cycle": {"stop_hours": 48, "run_hours": 12}}, line("mill", "mill")), Cycle)
    assert (cycle.resource, cycle.stop_hours, cycle.run_hours) == ("mill", 48, 12)
    assert (cycle.from_at, cycle.until_at) == (midnight(day("2022-10-01")), midnight(day("2023-04-01")))


def test_a_stop_of_half_the_lines_is_met_by_whole_lines_first() -> None:
    [cut] = of(planned({"stop": {"share_pct": 50, "by": "line"}}, line("m1", "mill"), line("m2", "mill")), Cut)
    assert (cut.weights_t_d, cut.share) == ({"m1": 1.0, "m2": 1.0}, 0.5)
    assert cut.methods == ("whole_lines", "time_blocks")
