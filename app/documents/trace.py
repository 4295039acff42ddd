"""A decision as a document: what, when, why, on which evidence, and what would improve it."""

from collections.abc import Iterator, Mapping
from types import MappingProxyType
from typing import Any

from app.documents.measure_wording import constraint_text, measure_text
from app.documents.measures import citations, measure_document, speaks
from app.documents.wording import condition_text, fact_label, leaf_text, value_text
from app.domain.acts.readings import Confirmation, wording_of
from app.domain.decisions.evaluate import EVALUATOR_VERSION, Deciding, Decision, Evaluator
from app.domain.decisions.explain import better_rows, failed_leaves, kept_low, readings_of
from app.domain.decisions.outcomes import Outcome
from app.domain.decisions.records import missing_below
from app.domain.decisions.subjects import beginning
from app.domain.decisions.trace import NodeTrace, RuleTrace
from app.domain.errors import Language
from app.domain.periods import ONE_DAY
from app.domain.policies.conditions import All, AnyOf, Leaf, Node, Not, Quantified
from app.domain.policies.pack import Pack, Reading

Document = dict[str, Any]
# What bodies said of readings, by reading and wording.
Confirmed = Mapping[tuple[str, str], Confirmation]
NOTHING_CONFIRMED: Confirmed = MappingProxyType({})
_TRUTH = {True: "true", False: "false", None: "unknown"}
_NODE_KINDS: dict[type[Node], str] = {All: "all", AnyOf: "any", Not: "not", Leaf: "fact", Quantified: "group"}


def decision_document(
    decision: Decision, evaluator: Evaluator, language: Language, confirmed: Confirmed = NOTHING_CONFIRMED
) -> Document:
    """The whole explanation of one decision."""
    trace = evaluator.trace(decision)
    return {
        **decision_head(decision, language),
        "possible": [_possible(outcome, decision, language) for outcome in decision.outcomes.possible],
        "deciding_facts": [_deciding(one, decision, evaluator, language) for one in evaluator.deciding(decision)],
        "rules_examined": [_rule(entry, decision, language) for entry in trace],
        "better_classes": _better(decision, trace, evaluator, language),
        "readings": [
            reading_document(decision.pack.readings[reading], confirmed, language) for reading in readings_of(decision)
        ],
        "flags": [flag[language] for applied in decision.applied for flag in applied.rule.flags],
        "evaluator_version": EVALUATOR_VERSION,
    }


def reading_document(reading: Reading, confirmed: Confirmed, language: Language) -> Document:
    """A reading, who should confirm it, and what they said of it as it is worded here."""
    said = confirmed.get((reading.id, wording_of(reading)))
    return {
        "id": reading.id,
        "says": reading.says[language],
        "confirm": reading.confirm,
        "confirmation": None if said is None else confirmation_document(said),
    }


def confirmation_document(said: Confirmation) -> Document:
    return {
        "id": str(said.id),
        "verdict": said.verdict,
        "person": said.person.name,
        "office": said.person.office,
        "basis": said.basis,
        "known_at": said.known_at,
    }


def decision_head(decision: Decision, language: Language) -> Document:
    """The answer without its explanation."""
    pack = decision.pack
    classes = {outcome.class_ for outcome in decision.outcomes.possible}
    return {
        "pack": pack_reference(pack, language),
        "season": decision.season,
        "day": decision.day.isoformat(),
        "subject": subject_document(decision),
        "status": decision.status,
        "stagger_class": next(iter(classes)) if len(classes) == 1 else None,
        "in_force": decision.in_force,
        "summary": summary(decision, language),
        "measures": [measure_document(applied, decision, language) for applied in decision.applied],
    }


def pack_reference(pack: Pack, language: Language) -> Document:
    return {"name": pack.name, "version": pack.version, "hash": pack.hash, "title": pack.title[language]}


def subject_document(decision: Decision) -> Document:
    """Who is bound, and where it stands."""
    bound = decision.bound
    return {
        "level": bound.subject["level"],
        "id": bound.subject["id"],
        "code": bound.subject["code"],
        "name": bound.subject["name"],
        "enterprise_id": bound.chain[0]["id"],
        "enterprise_name": bound.chain[0]["name"],
        "site_code": bound.chain[1]["code"],
        "region": bound.region,
        "industry": bound.record.get("industry"),
    }


def summary(decision: Decision, language: Language) -> str:
    """One line a plant manager understands."""
    told = [constraint_text(one.constraint, language).rstrip("。.") for one in decision.applied if speaks(one)]
    between = {"zh": "；", "en": "; "}[language]
    if decision.status == "insufficient_facts":
        count = len({outcome.effect for outcome in decision.outcomes.possible})
        open_ = {"zh": f"事实不足，尚有 {count} 种可能结果", "en": f"facts are missing; {count} outcomes are possible"}
        return between.join([open_[language], *told])
    return between.join(told) or {"zh": "本方案对其没有管控措施", "en": "this plan sets no measure for it"}[language]


def _possible(outcome: Outcome, decision: Decision, language: Language) -> Document:
    told = [constraint_text(one.constraint, language) for one in decision.standing(outcome) if speaks(one)]
    return {
        "rules": list(outcome.rule_ids),
        "stagger_class": outcome.class_,
        "zone": outcome.zone,
        "measures": told,
    }


def _deciding(one: Deciding, decision: Decision, evaluator: Evaluator, language: Language) -> Document:
    pack = decision.pack
    spec = pack.catalogue.facts.get(one.key.partition("@")[0])
    below = missing_below(evaluator.reader, decision.bound, one.key, decision.day.isoformat())
    if spec is None:
        label, question, fact = _structural(one.key, language)
        inner = sorted({name for names in below.values() for name in names})
        if inner:
            fact, spec = inner[0], pack.catalogue[inner[0]]
    else:
        fact, question = spec.name, ""
    if spec is not None:
        label = fact_label(spec, language)
        question = spec.question if language == "zh" else spec.question_en
    inputs = [
        name for name in (spec.derive.inputs if spec and spec.derive else ()) if name not in decision.bound.record
    ]
    return {
        "fact": fact,
        "label": label,
        "question": question,
        "subjects": sorted(below) or [decision.bound.subject["id"]],
        "inputs": inputs,
        "mean_outcomes_left": f"{one.outcomes_left:.2f}",
    }


def _structural(key: str, language: Language) -> tuple[str, str, str]:
    """Words for what is part of the register's structure rather than a fact."""
    known = {
        "industry": ("行业", "industry", "该生产线属于哪个行业？", "Which industry is the line of?"),
        "zone": ("分区", "zone", "厂区位于哪个县（市、区）？", "In which county does the site lie?"),
        "process_kind": ("工序类型", "kind of process", "该工序是什么类型？", "Which kind of process is it?"),
        "unit_kind": ("设备类型", "kind of unit", "该设备是什么类型？", "Which kind of unit is it?"),
    }
    zh, en, asked_zh, asked_en = known.get(
        key, ("设备清单", "units", "请登记该厂区的设备及其属性。", "Register the units of the site and their facts.")
    )
    return (zh, asked_zh, key) if language == "zh" else (en, asked_en, key)


def _rule(entry: RuleTrace, decision: Decision, language: Language) -> Document:
    rule, truth, node = entry
    return {
        "rule": rule.id,
        "stage": rule.stage,
        "stagger_class": rule.class_,
        "measure": measure_text(rule.then, language),
        "truth": _TRUTH[truth],
        "citations": citations(rule.cites, decision.pack, language),
        "conditions": list(_conditions(node, decision, language, 0)) if node else [],
    }


def _conditions(trace: NodeTrace, decision: Decision, language: Language, depth: int) -> Iterator[Document]:
    node, truth, value, parts = trace
    seen = None
    evidence = None
    if isinstance(node, Leaf):
        seen = value_text(decision.pack.catalogue[node.fact], value, language)
        evidence = _evidence(node, decision)
    yield {
        "depth": depth,
        "kind": _NODE_KINDS[type(node)],
        "text": condition_text(node, decision.pack, language),
        "cite": node.cite,
        "fact": node.fact if isinstance(node, Leaf) else None,
        "truth": _TRUTH[truth],
        "seen": seen,
        "evidence": evidence,
    }
    for part in parts:
        yield from _conditions(part, decision, language, depth + 1)


def _evidence(leaf: Leaf, decision: Decision) -> Document | None:
    eve = None if leaf.at is None else (leaf.at.of_season(decision.season) - ONE_DAY).isoformat()
    found = decision.bound.evidence(leaf.fact, decision.day.isoformat(), eve=eve)
    if found is None:
        return None
    return {
        "assertion_id": found.span["assertion"],
        "subject_id": found.subject_id,
        "valid_from": beginning(found.span),
        "verified": found.span["verified"],
        "document": found.span.get("document"),
    }


def _better(decision: Decision, trace: list[RuleTrace], evaluator: Evaluator, language: Language) -> list[Document]:
    pack = decision.pack
    return [
        {
            "stagger_class": rule.class_,
            "rule": rule.id,
            "measure": measure_text(rule.then, language),
            "lacking": [
                _lack(item, failed, pack, language)
                for item, failed in (*failed_leaves(node), *((leaf, True) for leaf in kept_low(decision, trace)))
            ],
        }
        for rule, _, node in better_rows(decision, trace, evaluator)
        if node is not None
    ]


def _lack(item: Leaf | Quantified, failed: bool, pack: Pack, language: Language) -> Document:  # noqa: FBT001  pairs of failed_leaves
    leaf = item if isinstance(item, Leaf) else None
    return {
        "fact": leaf.fact if leaf else None,
        "condition": leaf_text(leaf, pack.catalogue, language) if leaf else condition_text(item, pack, language),
        "cite": item.cite,
        "truth": _TRUTH[False if failed else None],
    }
