"""Conditions and values in plain Chinese or English."""

from collections.abc import Iterable

from app.domain.errors import Language
from app.domain.policies.conditions import All, AnyOf, Leaf, Node, Not, Quantified
from app.domain.policies.facts import Catalogue, FactSpec, Value
from app.domain.policies.pack import Pack

_SIGNS = {"le": "≤", "lt": "<", "ge": "≥", "gt": ">", "eq": "="}
_PROGRAMME_EN = {
    "not_done": "not done",
    "done": "done, not accepted",
    "accepted": "accepted",
    "not_applicable": "not applicable",
}


def each_once(parts: Iterable[str]) -> str:
    """What is said, in its order and without repetition."""
    return "；".join(dict.fromkeys(part for part in parts if part))


def fact_label(spec: FactSpec, language: Language) -> str:
    return spec.zh if language == "zh" else spec.en


def number_text(value: float) -> str:
    """A number in full, without an exponent and without a needless decimal point."""
    return str(int(value)) if float(value).is_integer() else repr(float(value))


def exact(value: float) -> str:
    """Six decimals, which of a tonne are a gram."""
    return number_text(round(value, 6))


def value_text(spec: FactSpec | None, value: Value | None, language: Language) -> str | None:
    """A value as people write it; None stays None."""
    if value is None:
        return None
    if isinstance(value, bool):
        return {"zh": "是" if value else "否", "en": "yes" if value else "no"}[language]
    if isinstance(value, float | int):
        return f"{number_text(value)}{' ' + spec.unit if spec and spec.unit else ''}"
    if spec is None:
        return value
    if language == "zh":
        return spec.options.get(value, value)
    return _PROGRAMME_EN.get(value, value) if spec.type == "programme" else value.replace("_", " ")


def condition_text(node: Node, pack: Pack, language: Language) -> str:
    """One node of a condition, without its parts where those are listed below it."""
    match node:
        case Leaf():
            return leaf_text(node, pack.catalogue, language)
        case Quantified():
            word = {"zh": "每台" if node.every else "任一", "en": "every" if node.every else "some"}[language]
            group = pack.groups[node.group]
            name = group.zh if language == "zh" else group.name.replace("_", " ")
            if node.part == All(parts=()):
                return {"zh": f"登记有{name}", "en": f"some {name} registered"}[language]
            return f"{word}{'' if language == 'zh' else ' '}{name}: {condition_text(node.part, pack, language)}"
        case Not():
            return {"zh": "以下不成立", "en": "not"}[language]
        case All():
            return {"zh": "同时满足", "en": "all of"}[language]
        case AnyOf():
            return {"zh": "满足其一", "en": "any of"}[language]


def leaf_text(leaf: Leaf, catalogue: Catalogue, language: Language) -> str:
    """One leaf, such as 颗粒物 ≤ 30 mg/m3."""
    said = _leaf_text(leaf, catalogue, language)
    if leaf.at is None:
        return said
    return f"{said}（{leaf.at} 零时前的状况）" if language == "zh" else f"{said} (before {leaf.at})"


def _leaf_text(leaf: Leaf, catalogue: Catalogue, language: Language) -> str:
    spec = catalogue[leaf.fact]
    label = fact_label(spec, language)
    if isinstance(leaf.operand, frozenset):
        options = [value_text(spec, code, language) or code for code in spec.options if code in leaf.operand]
        listed = ("、" if language == "zh" else ", ").join(options)
        word = {"in": {"zh": "属于", "en": "in"}, "not_in": {"zh": "不属于", "en": "not in"}}[leaf.op][language]
        return f"{label} {word} {listed}"
    if isinstance(leaf.operand, bool):
        holds = leaf.operand == (leaf.op == "is")
        return f"{label}: {value_text(spec, holds, language)}"
    operand = value_text(spec, leaf.operand, language)
    if leaf.op in _SIGNS:
        return f"{label} {_SIGNS[leaf.op]} {operand}"
    word = {"is": {"zh": "为", "en": "is"}, "is_not": {"zh": "不为", "en": "is not"}}[leaf.op][language]
    return f"{label} {word} {operand}"
