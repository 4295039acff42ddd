"""Columns say of every row what the diagram says of it alone."""

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from app.domain.decisions import columns
from app.domain.decisions.columns import Coded, ColumnDecider, ValueOutside
from app.domain.decisions.diagram import Diagram
from app.domain.decisions.program import Program
from app.domain.policies.facts import Value
from app.domain.policies.pack import Pack
from tests.domain.plans import TWO_ZONES, invented, ladder, linfen_evaluator, row
from tests.domain.strategies import packs, records
from tests.examples import tried

SLOW = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
Record = dict[str, Value]


def claim_same(decider: ColumnDecider, rows: list[Record]) -> None:
    """The very outcomes, because they are interned."""
    alone = [decider.diagram.outcomes(each) for each in rows]
    assert all(one is other for one, other in zip(decider.decided(rows), alone, strict=True))


@tried(120, SLOW)
@given(data=st.data(), pack=packs(), missing=st.sampled_from([0.0, 0.08, 0.4]))
def test_for_invented_packs_columns_equal_the_diagram(data: st.DataObject, pack: Pack, missing: float) -> None:
    decider = ColumnDecider(Diagram(Program(pack, "line")))
    tags = st.sampled_from(["mill", "big_mill", "forge", "shop", None])
    rows = [
        data.draw(records(pack, "line", tag=data.draw(tags), missing=missing, most=500))
        for _ in range(data.draw(st.integers(1, 6)))
    ]
    claim_same(decider, rows)
    # A second time everything is found in the tables.
    claim_same(decider, rows[::-1])


@tried(60, SLOW)
@given(data=st.data(), missing=st.sampled_from([0.0, 0.08, 0.5]), level=st.sampled_from(["line", "unit"]))
def test_for_the_linfen_plan_columns_equal_the_diagram(data: st.DataObject, missing: float, level: str) -> None:
    ready = linfen_evaluator()
    diagram = ready.diagrams["line" if level == "line" else "unit"]
    decider = ColumnDecider(diagram)
    tags = st.sampled_from([*diagram.program.tags, None])
    rows = []
    for _ in range(3):
        tag = data.draw(tags)
        few = missing if tag is not None else min(missing, 0.05)
        rows.append(data.draw(records(ready.pack, level, tag=tag, missing=few, most=300)))
    claim_same(decider, rows)


@tried(40, SLOW)
@given(data=st.data(), pack=packs())
def test_what_is_too_much_for_a_table_is_decided_alike(data: st.DataObject, pack: Pack) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(columns, "DENSE", 1)
        patch.setattr(columns, "DIGIT", 8)
        decider = ColumnDecider(Diagram(Program(pack, "line")))
        rows = [data.draw(records(pack, "line", tag="mill", missing=0.3, most=500)) for _ in range(4)]
        claim_same(decider, rows)
        claim_same(decider, rows)


@tried(40, SLOW)
@given(data=st.data(), pack=packs(), digit=st.sampled_from([8, 30]))
def test_facts_dealt_out_to_several_digits_are_decided_alike(data: st.DataObject, pack: Pack, digit: int) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(columns, "DIGIT", digit)
        patch.setattr(columns, "BLOCK", 2)
        decider = ColumnDecider(Diagram(Program(pack, "line")))
        rows = [data.draw(records(pack, "line", tag="mill", missing=0.3, most=500)) for _ in range(5)]
        claim_same(decider, rows)


def decider_of(**sections: object) -> ColumnDecider:
    return ColumnDecider(Diagram(Program(invented(**sections), "line")))


@pytest.mark.parametrize("operators", [("<= 30", "<= 50"), ("< 30", "< 50"), ("== 30", ">= 50"), ("> 30", "<= 50")])
def test_limits_hold_to_the_last_digit(operators: tuple[str, str]) -> None:
    gates = [row(name, f"dust {limit}", "remediate") for name, limit in zip("AB", operators, strict=True)]
    around = [np.nextafter(limit, side) for limit in (30.0, 50.0) for side in (-np.inf, np.inf)]
    rows: list[Record] = [{"industry": "mill", "dust": float(dust)} for dust in (*around, 30.0, 50.0, 0.0, 1e300)]
    claim_same(decider_of(gates=gates), [*rows, {"industry": "mill"}])


def test_an_event_nobody_recorded_did_not_happen() -> None:
    decider = decider_of(gates=[row("G", "event", "stop")])
    found = decider.decided([{"industry": "mill", **more} for more in ({}, {"event": False}, {"event": True})])
    assert [one.codes for one in found] == [("",), ("",), ("G",)]


def test_an_industry_the_plan_does_not_name_is_told_from_an_unknown_one() -> None:
    decider = decider_of(rules=[ladder(row("A"))], **TWO_ZONES)
    found = decider.decided([{"industry": "bakery"}, {"industry": "mill", "zone": "low"}, {"zone": "low"}])
    assert [one.codes for one in found] == [("",), ("A@low",), ("", "A@low")]


def test_ready_columns_need_no_records() -> None:
    decider = decider_of(gates=[row("G", {"all": [{"if": "dust <= 30"}, {"if": "fuel is coal"}]}, "stop")])
    batch = decider.batch(
        {
            "industry": Coded(("mill",), np.zeros(4, np.int8)),
            "dust": np.array([30.0, 31.0, np.nan, np.nan]),
            "fuel": Coded(("coal", "gas"), np.array([0, 0, 1, -1], np.int8)),
        },
        4,
    )
    numbers = decider.decide(batch)
    assert [decider.outcomes[number].codes for number in numbers] == [("G",), ("",), ("",), ("", "G")]


def test_numbers_keep_their_meaning_between_batches() -> None:
    decider = decider_of(gates=[row("G", "p", "stop")])
    first, second = decider.decided([{"industry": "mill", "p": True}]), decider.decided([{"industry": "mill"}])
    again = decider.decided([{"industry": "mill", "p": True}])
    assert (first[0], len(decider.outcomes)) == (again[0], 2)
    assert second[0].status == "insufficient_facts"


def test_a_value_outside_an_enumeration_is_named() -> None:
    decider = decider_of(gates=[row("G", "fuel is other", "stop")])
    with pytest.raises(ValueOutside) as refused:
        decider.decided([{"industry": "mill", "fuel": "peat"}])
    assert (refused.value.fact, refused.value.value) == ("fuel", "peat")


def test_no_rows_are_decided_to_nothing() -> None:
    assert decider_of(gates=[row("G", "p", "stop")]).decided([]) == []


def test_every_industry_of_the_twelve_is_looked_up_in_a_table() -> None:
    """A fact more can make a table too large; a batch is then decided ten times more slowly, and nothing else shows it."""
    decider = ColumnDecider(linfen_evaluator().diagrams["line"])
    tags = decider._cells[decider.program.tag].values
    assert [tag for tag in tags if decider._layout(tag).table is None] == []
