"""The service's own evaluator: decisions from facts in memory, the same with trace, and rendered as documents."""

from datetime import date
from typing import Any

from app.documents.trace import decision_document
from app.domain.decisions.evaluate import Decision, Evaluator
from app.domain.decisions.outcomes import Outcomes
from app.domain.decisions.records import Bound
from app.domain.decisions.subjects import Subject
from app.domain.decisions.trace import NodeTrace, RuleTrace
from app.domain.policies.conditions import Leaf, Quantified
from bench.contenders import Code, Contender
from bench.records import Record

DAY = date(2019, 12, 10)
SEASON = 2019


def contenders(evaluator: Evaluator) -> list[Contender]:
    outcomes, trace = evaluator.diagrams["line"].outcomes, evaluator.tracers["line"].trace
    return [
        Contender(
            name="cuofeng",
            prepare=list,
            decide=lambda given: [outcomes(record) for record in given],
            code=only,
        ),
        Contender(
            name="cuofeng, with trace",
            prepare=list,
            decide=lambda given: [(outcomes(record), trace(record)) for record in given],
            code=lambda pair: only(pair[0]),
            traced=True,
            prefix=20_000,
        ),
        Contender(
            name="cuofeng, trace rendered as dicts",
            prepare=list,
            decide=lambda given: [rendered(outcomes(record), trace(record)) for record in given],
            code=lambda document: document["outcomes"][0] if len(document["outcomes"]) == 1 else None,
            traced=True,
            prefix=5_000,
        ),
        Contender(
            name="cuofeng, whole document in words",
            prepare=lambda records: [decision(record, evaluator) for record in records],
            decide=lambda given: [document(record, evaluator) for record in given],
            code=lambda found: found[0],
            traced=True,
            prefix=2_000,
        ),
    ]


def only(outcomes: Outcomes) -> Code:
    """The code where one outcome is possible; otherwise the evaluator lists them instead of choosing one."""
    return outcomes.possible[0].code if len(outcomes.possible) == 1 else None


def rendered(outcomes: Outcomes, trace: list[RuleTrace]) -> dict[str, Any]:
    """What zen-engine's policy trace holds: every rule and condition with its truth, and here the value it saw."""
    return {
        "status": outcomes.status,
        "outcomes": outcomes.codes,
        "rules": [
            {"rule": rule.id, "truth": truth, "conditions": [] if node is None else conditions(node)}
            for rule, truth, node in trace
        ],
    }


def conditions(trace: NodeTrace) -> list[dict[str, Any]]:
    node, truth, value, parts = trace
    if node.__class__ is Leaf:
        return [{"fact": node.fact, "cite": node.cite, "value": value, "truth": truth}]
    if node.__class__ is Quantified:
        return [{"fact": node.key, "cite": node.cite, "value": value, "truth": truth}]
    return [each for part in parts for each in conditions(part)]


def decision(record: Record, evaluator: Evaluator) -> Decision:
    subjects: list[Subject] = [
        {"level": level, "id": level, "code": level, "name": level, "facts": {}, "children": []}
        for level in ("enterprise", "site", "line")
    ]
    for name, value in record.items():
        subjects[-1]["facts"][name] = [{"value": value, "from": None, "to": None, "assertion": name, "verified": True}]
    bound = Bound(subjects[-1], tuple(subjects), record, "141002")
    outcomes = evaluator.diagrams["line"].outcomes(record)
    return Decision(pack=evaluator.pack, season=SEASON, day=DAY, bound=bound, outcomes=outcomes)


def document(decided: Decision, evaluator: Evaluator) -> tuple[Code, dict[str, Any]]:
    return only(decided.outcomes), decision_document(decided, evaluator, "zh")
