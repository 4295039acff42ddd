"""The list of event types is complete, speaks both languages, and lets nothing out that it does not declare."""

import ast
import re
from datetime import UTC, datetime
from pathlib import Path
from uuid import UUID

from app.documents.events import EVENT_TYPES, envelope, expand, sequence_text
from app.domain.acts.act import ActAction
from app.domain.clients import SCOPES
from app.domain.events import Relayed
from app.services.acts.deciding import PAST

APP = Path(__file__).resolve().parents[2] / "app"
TYPE = re.compile(r"[a-z_]+\.[a-z_]+")
# Names of loggers look the same.
NO_TYPES = {"cuofeng.jobs"}
# Types that the code puts together from two words.
MADE = {
    "inspection.{done}": {"inspection.recorded", "inspection.corrected"},
    "feed.{said}": {"feed.multiplier_said", "feed.meter_replaced"},
    "duty.{verdict}": {"duty.confirmed", "duty.returned"},
    "duty.{stage}": {"duty.due_soon", "duty.late"},
    "reading.{verdict}": {"reading.confirmed", "reading.rejected"},
    "{act.kind}.requested": {f"{kind}.requested" for kind in ("dispatch", "credit", "exception")},
    "{act.kind}.{PAST[step.action]}": {
        f"{kind}.{PAST[action]}" for kind in ("dispatch", "credit", "exception") for action in ActAction
    },
}


def literals() -> tuple[set[str], set[str]]:
    """Every text in the form of a type on the floors that record events, and the patterns types are made by."""
    plain, made = set(), set()
    for path in [*(APP / "services").rglob("*.py"), *(APP / "jobs").rglob("*.py"), APP / "domain" / "webhooks.py"]:
        tree = ast.parse(path.read_text(encoding="utf-8"))
        for node in ast.walk(tree):
            if isinstance(node, ast.Constant) and isinstance(node.value, str) and TYPE.fullmatch(node.value):
                plain.add(node.value)
            if isinstance(node, ast.keyword) and node.arg == "type" and isinstance(node.value, ast.JoinedStr):
                made.add(ast.unparse(node.value)[2:-1])
            if (
                isinstance(node, ast.Call)
                and ast.unparse(node.func) == "duty_event"
                and isinstance(node.args[0], ast.JoinedStr)
            ):
                made.add(ast.unparse(node.args[0])[2:-1])
    return plain, made


def test_every_type_that_the_code_records_is_listed_and_every_listed_one_is_recorded() -> None:
    plain, made = literals()
    assert made == set(MADE)
    assert (plain - NO_TYPES) | set().union(*MADE.values()) == set(EVENT_TYPES)


def test_every_type_speaks_both_languages_and_names_a_scope() -> None:
    for name, one in EVENT_TYPES.items():
        assert re.search(r"[\u4e00-\u9fff]", one.zh), name
        assert one.en.isascii(), name
        assert one.scope in SCOPES, name


def test_only_declared_fields_leave_the_house() -> None:
    event = Relayed(
        sequence=42,
        id=UUID(int=1),
        at=datetime(2019, 12, 10, tzinfo=UTC),
        type="calendar_feed.created",
        subject="a feed",
        enterprise_id=None,
        region="141027",
        data={"name": "厂长手机"},
    )
    assert envelope(event, base_url="https://cuofeng.example") == {
        "specversion": "1.0",
        "id": "00000000-0000-0000-0000-000000000001",
        "source": "https://cuofeng.example/v1/events",
        "type": "calendar_feed.created",
        "time": "2019-12-10T00:00:00+00:00",
        "subject": "a feed",
        "datacontenttype": "application/json",
        "dataschema": "https://cuofeng.example/openapi.json#/components/schemas/EventData",
        "sequence": "0000000000000000042",
        "region": "141027",
        "enterpriseid": None,
        "data": {},
    }


def test_names_of_attributes_are_those_that_cloud_events_allows() -> None:
    event = Relayed(
        sequence=1,
        id=UUID(int=1),
        at=datetime(2019, 12, 10, tzinfo=UTC),
        type="x.y",
        subject="s",
        enterprise_id=None,
        region=None,
        data={"secret": 1},
    )
    told = envelope(event, base_url="")
    assert all(re.fullmatch(r"[a-z0-9]{1,20}", name) for name in told)
    assert told["data"] == {}


def test_sequences_sort_as_text() -> None:
    numbers = [1, 9, 10, 99, 2**63 - 1]
    assert sorted(map(sequence_text, numbers)) == list(map(sequence_text, numbers))


def test_a_room_is_every_type_of_it() -> None:
    assert expand(["warning.*"]) == {"warning.issued", "warning.changed", "warning.lifted"}
    assert expand(["warning.*", "order.served"]) == expand(["warning.*"]) | {"order.served"}
    assert expand([]) == set(EVENT_TYPES)
    assert expand(["order.unknown"]) == set()
