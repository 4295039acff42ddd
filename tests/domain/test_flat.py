"""Deciding in bulk from flat trees says exactly what evaluating the trees says."""

from datetime import date
from typing import Any

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.documents.shipped import shipped_pack
from app.domain.decisions.evaluate import Evaluator
from app.domain.decisions.flat import FlatDecider, flatten
from app.domain.decisions.season import Stretch, decide_season
from app.domain.decisions.subjects import UNVERIFIED, Subject, verified_from
from tests.examples import tried


@pytest.fixture(scope="module")
def linfen() -> Evaluator:
    return shipped_pack("linfen-twelve-industries")


DAYS = st.sampled_from([None, "2018-05-01", "2019-07-01", "2019-09-30", "2019-12-20", "2020-06-30", "2020-07-01"])


def spans(values: list[Any]) -> st.SearchStrategy[list[dict[str, Any]]]:
    span = st.fixed_dictionaries(
        {
            "value": st.sampled_from(values),
            "from": DAYS,
            "to": DAYS,
            "assertion": st.just("a"),
            "verified": st.booleans(),
        }
    )
    stated = st.lists(span, min_size=1, max_size=3).map(lambda found: sorted(found, key=lambda one: one["from"] or ""))
    return st.tuples(stated, DAYS).map(lambda drawn: halved(*drawn))


def halved(stated: list[dict[str, Any]], counts_from: str | None) -> list[dict[str, Any]]:
    """Claims that count as verified from a day on, as a snapshot splits them; None: from their beginning."""
    found: list[Any] = []
    for number, span in enumerate(stated):
        one: Any = {**span, "assertion": f"a{number}"}
        claims = span["verified"] and span["value"] in UNVERIFIED and counts_from is not None
        found += verified_from(one, str(counts_from)) if claims else [one]
    return found


PROGRAMME = spans(["not_done", "done", "accepted", "not_applicable"])
LINE_FACTS = {
    "deep_treatment": PROGRAMME,
    "kiln_plan_21": PROGRAMME,
    "kiln_plan_56": PROGRAMME,
    "fuel": spans(["coal", "natural_gas", "coke"]),
    "pm_mg_m3": spans([29.0, 30.0, 30.5]),
    "so2_mg_m3": spans([200.0]),
    "nox_mg_m3": spans([300.0]),
    "pm_measured_mg_m3": spans([4.0, 6.0]),
    "flue_oxygen_pct": spans([6.0, 9.0]),
    "environmental_violation": spans([True, False]),
}


def node(level: str, number: int, facts: dict[str, Any], children: list[Any], **more: Any) -> Any:
    name = f"{level}-{number}"
    return {"level": level, "id": name, "code": name, "name": name, "facts": facts, "children": children, **more}


def facts_of(catalogue: dict[str, st.SearchStrategy[Any]]) -> st.SearchStrategy[dict[str, Any]]:
    return st.fixed_dictionaries({}, optional=catalogue)


UNITS = st.builds(
    lambda facts, kind: node("unit", 0, facts, [], kind=kind),
    facts_of(
        {
            "boiler_fuel": spans(["coal", "gas"]),
            "boiler_ultra_low_retrofit": spans([True, False]),
            "catalogue_class": spans(["permitted", "restricted"]),
        }
    ),
    st.sampled_from([None, "boiler", "lime_kiln", "blast_furnace"]),
)
LINES = st.builds(
    lambda facts, units, industry: node("line", 0, facts, units, industry=industry),
    facts_of(LINE_FACTS),
    st.lists(UNITS, max_size=2),
    st.sampled_from([None, "lime", "ceramics", "thermal_power", "coking", "steel", "unfired_brick"]),
)
TREES = st.builds(
    lambda facts, lines, region: node("enterprise", 0, {}, [node("site", 0, facts, lines, region=region)]),
    facts_of({"electricity_control_system": PROGRAMME, "residential_heat": spans([True, False])}),
    st.lists(LINES, min_size=1, max_size=3),
    st.sampled_from(["141002", "141027", "141000", "140681"]),
)


def numbered(tree: Subject) -> Subject:
    """Ids that differ, as in a register."""
    for i, line in enumerate(tree["children"][0]["children"]):
        line["id"] = line["code"] = f"line-{i}"
        for j, unit in enumerate(line["children"]):
            unit["id"] = unit["code"] = f"unit-{i}-{j}"
    return tree


def said(stretches: list[Stretch]) -> list[tuple[str, date, date, str, tuple[str, ...]]]:
    return sorted((one.subject_id, one.from_day, one.until_day, one.status, one.outcomes.codes) for one in stretches)


@given(tree=TREES.map(orjson.dumps).map(orjson.loads).map(numbered))
@tried(300)
def test_the_fast_way_equals_the_full_one(linfen: Evaluator, tree: Subject) -> None:
    flat = orjson.loads(orjson.dumps(flatten(tree)))
    fast = FlatDecider(linfen, 2019).decide(flat)
    if fast is None:
        # Groups whose members change in time are left to the full way.
        assert any(line.get("industry") in {None, "steel"} for line in tree["children"][0]["children"])
        assert any(len(subject[5]) > 1 for subject in flat if subject[1] == "unit")
    else:
        assert said(fast) == said(decide_season(linfen, tree, season=2019))
