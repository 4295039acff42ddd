"""A simulation in words: each change with its reasons, and the counts, in both languages for whoever reads later."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from app.documents.measure_wording import constraint_text, measure_text
from app.documents.measures import citations, speaks
from app.documents.trace import subject_document, summary
from app.documents.wording import condition_text, value_text
from app.domain.decisions.evaluate import Decision
from app.domain.errors import Language
from app.domain.policies.conditions import Leaf
from app.domain.policies.pack import Pack
from app.domain.simulations.causes import Cause
from app.domain.simulations.comparing import EMISSIONS, Change
from app.domain.simulations.tally import UNREGULATED, Group, Tally, Tonnes, in_order, ordered_transitions

Document = dict[str, Any]
LANGUAGES: tuple[Language, ...] = ("zh", "en")
_TRUTH = {True: "true", False: "false", None: "unknown"}
# Six decimals of a tonne are a gram.
DECIMALS = 6


def change_document(change: Change) -> Document:
    """One change as it is stored; texts stand in both languages."""
    told = change.after or change.before
    if told is None:
        raise ValueError("a change is told of one plan at least")
    before, after = change.shares
    days_before, days_after = change.days
    return {
        "subject": subject_document(told),
        "enterprise_code": told.bound.chain[0]["code"],
        "performance_grade": change.seen.grade,
        "direction": change.direction,
        "before": _side(change.before),
        "after": _side(change.after),
        "stopped_share_before": number(before),
        "stopped_share_after": number(after),
        "stopped_days_before": number(days_before),
        "stopped_days_after": number(days_after),
        "tonnes": [_tonnes_of(change, pollutant) for pollutant in EMISSIONS] if change.seen.is_line else [],
        "causes": [_cause(cause, change) for cause in change.causes],
    }


def _side(decision: Decision | None) -> Document:
    if decision is None:
        nothing = {"zh": "不受该方案约束", "en": "this plan says nothing of it"}
        return {"status": UNREGULATED, "stagger_class": None, "rules": [], "summary": nothing, "measures": []}
    return {
        "status": decision.status,
        "stagger_class": decision.outcomes.stagger_class,
        "rules": list(decision.outcomes.certain_ids),
        "summary": {language: summary(decision, language) for language in LANGUAGES},
        "measures": [
            {language: constraint_text(applied.constraint, language) for language in LANGUAGES}
            for applied in decision.applied
            if speaks(applied)
        ],
    }


def _tonnes_of(change: Change, pollutant: Any) -> Document:
    found = change.tonnes(pollutant)
    before, after = found or (None, None)
    return {"pollutant": pollutant, "before_t_d": number(before), "after_t_d": number(after)}


def _cause(cause: Cause, change: Change) -> Document:
    decision = change.before if cause.side == "before" else change.after
    if decision is None:
        raise ValueError("a cause stands on a side that decided")
    return {"kind": cause.kind, "side": cause.side, **leaf_document(cause, decision.pack)}


def leaf_document(cause: Cause, pack: Pack) -> Document:
    """A leaf or measure with its rule and the clause it stands on."""
    leaf, rule = cause.leaf, cause.rule
    fact = leaf.fact if isinstance(leaf, Leaf) else None
    return {
        "rule": rule.id,
        "fact": fact,
        "text": {language: _text(cause, pack, language) for language in LANGUAGES},
        "truth": _TRUTH[cause.truth],
        "seen": None
        if fact is None or cause.seen is None
        else {language: value_text(pack.catalogue[fact], cause.seen, language) for language in LANGUAGES},
        "cite": leaf.cite if leaf is not None else "",
        "citations": [
            {**one, "says": {language: pack.provisions[one["provision"]].says[language] for language in LANGUAGES}}
            for one in citations(rule.cites, pack, "zh")
        ],
    }


def _text(cause: Cause, pack: Pack, language: Language) -> str:
    if cause.leaf is not None:
        return condition_text(cause.leaf, pack, language)
    return (
        measure_text(cause.rule.then, language)
        if cause.constraint is None
        else constraint_text(cause.constraint, language)
    )


def tally_document(tally: Tally, packs: Mapping[str, Pack | None]) -> Document:
    """The counts as they are stored; `packs` by side."""
    return {
        **_group(tally.whole),
        "transitions": [
            {
                "from_status": before[0],
                "from_class": before[1],
                "to_status": after[0],
                "to_class": after[1],
                "subjects": count,
            }
            for before, after, count in ordered_transitions(tally)
        ],
        "by_industry": _groups(tally.by_industry),
        "by_region": _groups(tally.by_region),
        "by_grade": _groups(tally.by_grade),
        "leaves": list(_leaves(tally, packs)),
        "leaves_left_out": max(0, len(tally.leaves) - len(tally.frequent())),
    }


def _leaves(tally: Tally, packs: Mapping[str, Pack | None]) -> Iterator[Document]:
    for key, count in tally.frequent():
        pack = packs[key.side]
        if pack is not None:
            document = leaf_document(tally.examples[key], pack)
            # What each subject shows differs; the changes tell it.
            del document["seen"]
            yield {"side": key.side, **document, "subjects": count}


def _groups(groups: Mapping[str | None, Group]) -> list[Document]:
    return [{"key": key, **_group(group)} for key, group in in_order(groups)]


def _group(group: Group) -> Document:
    return {
        "subjects": group.subjects,
        "changed": group.changed,
        "stricter": group.directions["stricter"],
        "milder": group.directions["milder"],
        "same": group.directions["same"],
        "unknown": group.directions["unknown"],
        "tonnes": [_tonnes(pollutant, tonnes) for pollutant, tonnes in group.tonnes.items()],
    }


def _tonnes(pollutant: str, tonnes: Tonnes) -> Document:
    return {
        "pollutant": pollutant,
        "before_t_d": number(tonnes.before),
        "after_t_d": number(tonnes.after),
        "lines_known": tonnes.known,
        "lines_unknown": tonnes.unknown,
    }


def number(value: float | None) -> str | None:
    """Exact numbers travel as text."""
    if value is None:
        return None
    text = f"{value:.{DECIMALS}f}"
    return text.rstrip("0").rstrip(".") or "0"


def in_language(document: Any, language: Language) -> Any:
    """A stored document as one reader wants it."""
    if isinstance(document, dict):
        if document.keys() == {"zh", "en"}:
            return document[language]
        return {key: in_language(value, language) for key, value in document.items()}
    return [in_language(one, language) for one in document] if isinstance(document, list) else document


HEADERS: Mapping[Language, Sequence[str]] = {
    "zh": (
        "企业编码", "企业名称", "厂区编码", "对象层级", "对象编码", "对象名称", "行政区代码", "行业标签", "绩效等级", "方向", "原状态", "原评级",
        "原规则", "原措施", "新状态", "新评级", "新规则", "新措施", "起决定作用的条件", "原停产比例", "新停产比例", "原停产天数", "新停产天数",
        "颗粒物减排变化 (t/d)",
        "二氧化硫减排变化 (t/d)", "氮氧化物减排变化 (t/d)", "挥发性有机物减排变化 (t/d)",
    ),
    "en": (
        "enterprise_code", "enterprise_name", "site_code", "level", "subject_code", "subject_name", "region", "industry",
        "performance_grade", "direction", "from_status", "from_class", "from_rules", "from_measures", "to_status", "to_class",
        "to_rules", "to_measures", "deciding_conditions", "stopped_share_before", "stopped_share_after", "stopped_days_before", "stopped_days_after",
        "pm_reduction_change_t_d", "so2_reduction_change_t_d", "nox_reduction_change_t_d", "voc_reduction_change_t_d",
    ),
}  # fmt: skip
# A reader of a sheet wants to know where nothing is known from where nothing changes.
UNKNOWN: Mapping[Language, str] = {"zh": "未知", "en": "unknown"}


def change_row(stored: Document, language: Language) -> list[object]:
    """A stored change as one row of a sheet."""
    change = in_language(stored, language)
    subject, before, after = change["subject"], change["before"], change["after"]
    changes = {one["pollutant"]: _difference(one) for one in change["tonnes"]}
    return [
        change["enterprise_code"],
        subject["enterprise_name"],
        subject["site_code"],
        subject["level"],
        subject["code"],
        subject["name"],
        subject["region"],
        subject["industry"],
        change["performance_grade"],
        change["direction"],
        *_side_cells(before),
        *_side_cells(after),
        "；".join(_told(cause) for cause in change["causes"]),
        *(UNKNOWN[language] if one is None else one for one in _stopped(change)),
        *(changes.get(pollutant, "") or UNKNOWN[language] if changes else "" for pollutant in EMISSIONS),
    ]


def _stopped(change: Document) -> list[str | None]:
    return [change[f"stopped_{what}_{side}"] for what in ("share", "days") for side in ("before", "after")]


def _side_cells(side: Document) -> list[object]:
    return [side["status"], side["stagger_class"], ", ".join(side["rules"]), "；".join(side["measures"])]


def _difference(tonnes: Document) -> str | None:
    before, after = tonnes["before_t_d"], tonnes["after_t_d"]
    return None if before is None or after is None else number(float(after) - float(before))


def _told(cause: Document) -> str:
    seen = f" [{cause['seen']}]" if cause["seen"] is not None else ""
    return f"{cause['rule']}{' ' + cause['cite'] if cause['cite'] else ''}: {cause['text']}{seen} = {cause['truth']}"
