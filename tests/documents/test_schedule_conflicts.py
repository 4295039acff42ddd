"""What contradicts is told by pointers that lead there, whatever stands in the name of a requirement (RFC 6901)."""

from datetime import date

from app.documents.schedules import conflict_errors
from app.domain.periods import Period
from app.domain.schedules.planning.conflicts import Conflict, Relaxation
from app.domain.schedules.problem import Problem, Resource
from app.domain.schedules.requirements import Clause, StopHours

FIRST, END = date(2019, 10, 1), date(2020, 4, 1)
NAME = "fushan/FS-15/a~b/2019-10-21"


def test_a_slash_and_a_tilde_in_a_name_are_escaped() -> None:
    resource = Resource(id="r", label="铸造厂·线", enterprise_id="e", site_id="s", line_id="r", region="141027")
    clause = Clause(pack="fushan", rule="FS-15", says={"zh": "停产", "en": "stop"})
    asked = StopHours(id=NAME, clause=clause, resource="r", period=Period(FIRST, END), hours=24)
    problem = Problem(first=FIRST, end=END, from_day=FIRST, resources=(resource,), requirements=(asked,))
    way = Relaxation(requirement=NAME, amount=1, unit="h", lost_tonnes=0.5)
    found = conflict_errors(problem, [Conflict(requirements=(NAME,), relaxations=(way,))])
    assert [one.pointer for one in found] == [
        "/conflicts/0/requirements/fushan~1FS-15~1a~0b~12019-10-21",
        "/conflicts/0/relaxations/fushan~1FS-15~1a~0b~12019-10-21",
    ]
