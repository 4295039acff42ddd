"""Conditions and measures in plain Chinese or English sentences."""

from collections.abc import Mapping

from app.domain.errors import Language
from app.domain.policies.conditions import All, AnyOf, Leaf, Node, Not, Quantified
from app.domain.policies.facts import Catalogue, FactSpec, Value
from app.domain.policies.measures import Constraint, Measure, Until
from app.domain.policies.pack import Pack

_SIGNS = {"le": "≤", "lt": "<", "ge": "≥", "gt": ">", "eq": "="}
_PROGRAMME_EN = {
    "not_done": "not done",
    "done": "done, not accepted",
    "accepted": "accepted",
    "not_applicable": "not applicable",
}
KINDS: Mapping[str, Mapping[Language, str]] = {
    "stop": {"zh": "停产", "en": "stop production"},
    "cut": {"zh": "限产", "en": "cut production"},
    "coking_hours": {"zh": "延长结焦时间", "en": "lengthen coking time"},
    "stop_charging": {"zh": "停止装煤", "en": "stop charging coal"},
    "self_directed": {"zh": "自主采取减排措施", "en": "reduce emissions as the enterprise sees fit"},
    "normal": {"zh": "正常生产", "en": "normal production"},
    "not_controlled": {"zh": "不予管控", "en": "not controlled"},
    "not_staggered": {"zh": "不予错峰", "en": "not staggered"},
    "not_limited": {"zh": "不予限产", "en": "not limited"},
    "remediate": {"zh": "实施治理", "en": "remediate"},
    "sanction": {"zh": "处罚", "en": "sanction"},
    "lowest_class": {"zh": "直接纳入最低评级", "en": "straight to the lowest class"},
    "authority_decides": {"zh": "由主管部门决定", "en": "the authority decides"},
    "as_classed": {"zh": "按评级措施执行", "en": "as the class demands"},
}
_UNTIL: Mapping[Until, Mapping[Language, str]] = {
    "treatment_accepted": {"zh": "治理完成并通过验收", "en": "the treatment is accepted"},
    "rectified": {"zh": "整改合格", "en": "rectified"},
    "season_end": {"zh": "错峰期结束", "en": "the season ends"},
}


def fact_label(spec: FactSpec, language: Language) -> str:
    return spec.zh if language == "zh" else spec.en


def number_text(value: float) -> str:
    """A number in full, without an exponent and without a needless decimal point."""
    return str(int(value)) if float(value).is_integer() else repr(float(value))


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
            return f"{word}{'' if language == 'zh' else ' '}{name}: {condition_text(node.part, pack, language)}"
        case Not():
            return {"zh": "以下不成立", "en": "not"}[language]
        case All():
            return {"zh": "同时满足", "en": "all of"}[language]
        case AnyOf():
            return {"zh": "满足其一", "en": "any of"}[language]


def leaf_text(leaf: Leaf, catalogue: Catalogue, language: Language) -> str:
    """One leaf, such as 颗粒物 ≤ 30 mg/m3."""
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


def kind_label(kind: str, language: Language) -> str:
    return KINDS[kind][language]


def measure_text(measure: Measure | Constraint, language: Language) -> str:
    """What a measure demands, without its days."""
    params = measure.params
    label = kind_label(measure.kind, language)
    match measure.kind:
        case "cut":
            basis = str(params["basis"])
            if language == "zh":
                return f"限产 {params['pct']:g}%（压减；基数：{_BASIS_ZH.get(basis, basis)}）"
            return f"cut production by {params['pct']:g} % (of {basis.replace('_', ' ')})"
        case "coking_hours":
            hours = f"{params['hours']:g}"
            return f"结焦时间延长至 {hours} 小时" if language == "zh" else f"lengthen coking time to {hours} hours"
        case "sanction":
            says: Mapping[str, str] = params["says"]  # type: ignore[assignment]  # two languages, by its shape
            return says[language]
        case "authority_decides":
            question: Mapping[str, str] = params["question"]  # type: ignore[assignment]  # two languages, by its shape
            return f"{label}（{params['authority']}）：{question[language]}"
        case _:
            return label


_BASIS_ZH = {
    "blast_furnace_capacity": "高炉产能",
    # A-G5: where the text names no base, the least of three daily means.
    "least_of_three_capacities": "环评产能、许可产能与上年实际产量三者中最小者",
}


def constraint_text(constraint: Constraint, language: Language) -> str:
    """What a constraint demands and when; civil days, both ends included."""
    what = measure_text(constraint, language)
    if constraint.kind == "sanction":
        return what
    first, last = constraint.period.start, constraint.period.last_day
    end = _UNTIL[constraint.until][language] if constraint.until else ""
    if language == "zh":
        return f"{first} 至 {last}（{constraint.period.days} 天）{what}" if last else f"自 {first} 起{what}，直至{end}"
    return f"{what} {first} to {last} ({constraint.period.days} days)" if last else f"{what} from {first} until {end}"
