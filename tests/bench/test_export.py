"""The packs exported to other languages decide as the evaluator does, exact limit values and every outcome included."""

import pytest

from bench import hand_written, missing
from bench.contenders import evaluator
from bench.records import complete_records, with_missing

RECORDS = 4_000


@pytest.fixture(scope="module")
def ready():
    return evaluator()


@pytest.fixture(scope="module")
def records(ready):
    return complete_records(ready.programs["line"], RECORDS)


@pytest.fixture(scope="module")
def decided(ready, records):
    return [ready.diagrams["line"].outcomes(record).possible[0].code for record in records]


def test_plain_python_written_by_the_export_decides_every_outcome_alike(ready, records, decided):
    decide = missing.python(ready.programs["line"])
    assert [decide(record) for record in records] == decided


def test_with_facts_missing_the_possible_outcomes_are_those_of_brute_force(ready, records):
    exact = missing.exactness(ready, with_missing(records, ready.programs["line"]), sample=400)
    assert (exact.checked > 300, exact.differing) == (True, 0)


def test_a_programmers_own_functions_for_three_industries_decide_alike(records, decided):
    chosen = [
        (record, code)
        for record, code in zip(records, decided, strict=True)
        if record["industry"] in hand_written.INDUSTRIES
    ]
    assert hand_written.contender().codes([record for record, _ in chosen]) == [code for _, code in chosen]


def test_zen_engine_decides_alike_by_expressions_graph_and_policy(ready, records, decided):
    pytest.importorskip("zen", reason="the engines to compare with are installed by make bench")
    module = pytest.importorskip("bench.zen_engine")
    for contender in module.contenders(ready.programs["line"]):
        few = contender.prefix or len(records)
        assert contender.codes(records[:few]) == decided[:few], contender.name


def test_cel_decides_alike(ready, records, decided):
    pytest.importorskip("cel", reason="the engines to compare with are installed by make bench")
    module = pytest.importorskip("bench.cel_engine")
    assert module.contender(ready.programs["line"]).codes(records) == decided


def test_openfisca_decides_lime_alike_line_by_line_and_at_once(ready, records, decided):
    pytest.importorskip("openfisca_core", reason="the engines to compare with are installed by make bench")
    module = pytest.importorskip("bench.openfisca")
    pairs = [
        (record, code) for record, code in zip(records, decided, strict=True) if record["industry"] == module.INDUSTRY
    ]
    for contender in module.contenders(ready.programs["line"]):
        some = pairs[: contender.prefix]
        assert contender.codes([record for record, _ in some]) == [code for _, code in some], contender.name
