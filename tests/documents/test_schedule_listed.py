"""A row tells of the parts of a line that stop with it, and of no part that has a row of its own."""

from datetime import UTC, date, datetime
from uuid import UUID

from app.documents.catalogue import shipped_catalogue
from app.documents.described import Registered
from app.documents.schedule_channels import said_of
from app.documents.schedule_listed import Book, Listed
from app.domain.access import Origin
from app.domain.decisions.subjects import Subject
from app.domain.enterprises.structure import Enterprise, Head
from app.domain.policies.facts import Level
from app.domain.schedules.computation import Computation, Scope
from app.domain.schedules.lines import ScheduledLine
from app.domain.schedules.problem import Resource
from app.domain.schedules.versions import StoredSchedule

ID, NOW, DAY = UUID(int=1), datetime(2019, 10, 1, tzinfo=UTC), date(2019, 10, 1)
SCHEDULE = StoredSchedule(
    id=ID, asked=Computation(name="甲", scope=Scope(region="140581"), packs=(), season=2019, from_day=DAY),
    first=DAY, end=date(2020, 4, 1), preferred_months=(), problem_hash="", hash="", stages=(), open=(), notes=(),
    lines=1, enterprises=1, created_by=Origin(client_id="t", person=None), known_at=NOW, publication=None, newest=0,
)  # fmt: skip


def node(level: Level, name: str, *children: Subject, kind: str | None = None, process: str | None = None) -> Subject:
    return {
        "level": level, "id": name, "code": name, "name": name, "facts": {}, "children": list(children),
        "kind": kind, "process": process,
    }  # fmt: skip


TREE = node(
    "enterprise", "firm",
    node(
        "site", "site",
        node(
            "line", "line",
            node("process", "melting"), node("unit", "cupola", kind="cupola", process="melting"),
            node("unit", "ladle", kind="other", process="melting"), node("unit", "mixer", kind="mixer"),
        ),
    ),
)  # fmt: skip


def parts(resource: str, *apart: str) -> list[str]:
    one = Resource(id=resource, label="x", enterprise_id="firm", site_id="site", line_id="line", region="140581")
    listed = Listed(
        book=Book(schedule=SCHEDULE, packs={}, catalogue=shipped_catalogue(), language="zh", day=DAY),
        line=ScheduledLine(position=0, resource=one, stretches=()),
        known=Registered(
            enterprise=Enterprise(head=Head(id=ID, registrar="t", code="E", name="E", region="140581")), tree=TREE
        ),
        said=said_of([], TREE, {}, season=2019, day=DAY, language="zh"),
        apart=(resource, *apart),
    )
    return [each["id"] for each in listed.parts]


def test_a_line_planned_whole_has_all_its_parts() -> None:
    assert parts("line") == ["melting", "cupola", "ladle", "mixer"]


def test_a_unit_planned_apart_is_left_to_its_own_row() -> None:
    assert parts("line", "cupola") == ["melting", "ladle", "mixer"]
    assert parts("cupola", "line") == ["cupola"]


def test_a_process_planned_apart_takes_its_units_along_but_for_those_planned_by_themselves() -> None:
    assert parts("melting", "line") == ["melting", "cupola", "ladle"]
    assert parts("melting", "line", "cupola") == ["melting", "ladle"]
    assert parts("line", "melting", "cupola") == ["mixer"]
