"""Measures in plain Chinese or English sentences."""

from collections.abc import Callable, Mapping

from app.documents.wording import number_text
from app.domain.errors import Language
from app.domain.policies.measures import Constraint, Numbered, Until

Words = Mapping[Language, str]
KINDS: Mapping[str, Words] = {
    "stop": {"zh": "停产", "en": "stop production"},
    "stop_days": {"zh": "停产若干日", "en": "stop for a number of days"},
    "cut": {"zh": "限产", "en": "cut production"},
    "load_cap": {"zh": "限制最大负荷", "en": "cap the load"},
    "cycle": {"zh": "循环停限产", "en": "stop and run in turns"},
    "cohort": {"zh": "按户数轮停", "en": "some of them stop, by number"},
    "transport": {"zh": "错峰运输", "en": "transport"},
    "coking_hours": {"zh": "延长结焦时间", "en": "lengthen coking time"},
    "stop_charging": {"zh": "停止装煤", "en": "stop charging coal"},
    "self_directed": {"zh": "自主采取减排措施", "en": "reduce emissions as the enterprise sees fit"},
    "normal": {"zh": "正常生产", "en": "normal production"},
    "not_controlled": {"zh": "不予管控", "en": "not controlled"},
    "not_staggered": {"zh": "不予错峰", "en": "not staggered"},
    "not_limited": {"zh": "不予限产", "en": "not limited"},
    "remediate": {"zh": "实施治理", "en": "remediate"},
    "eligible": {"zh": "符合条件，待主管部门列入清单", "en": "eligible, until the authority lists it"},
    "add": {"zh": "调整幅度", "en": "change the number"},
    "make_up": {"zh": "补足停产日", "en": "make up stop days"},
    "sanction": {"zh": "处罚", "en": "sanction"},
    "lowest_class": {"zh": "直接纳入最低评级", "en": "straight to the lowest class"},
    "one_level_up": {"zh": "加严一级", "en": "one level stricter"},
    "authority_decides": {"zh": "由主管部门决定", "en": "the authority decides"},
    "as_classed": {"zh": "按评级措施执行", "en": "as the class demands"},
}
UNTIL: Mapping[Until, Words] = {
    "treatment_accepted": {"zh": "治理完成并通过验收", "en": "the treatment is accepted"},
    "rectified": {"zh": "整改合格", "en": "rectified"},
    "season_end": {"zh": "错峰期结束", "en": "the season ends"},
    "warning_lifted": {"zh": "预警解除", "en": "the warning is lifted"},
    "notice_lifted": {"zh": "响应通知解除", "en": "the notice is lifted"},
    "next_ranking": {"zh": "下一次排名", "en": "the next ranking"},
    "served": {"zh": "停满规定天数", "en": "the days are served"},
}
BASES: Mapping[str, Words] = {
    "blast_furnace_capacity": {"zh": "高炉产能", "en": "blast furnace capacity"},
    # A-G5: where the text names no base, the least of three daily means.
    "least_of_three_capacities": {
        "zh": "环评产能、许可产能与上年实际产量三者中最小者",
        "en": "the least of approved, permitted and last year's output",
    },
    "plan_window_output": {"zh": "错峰期应有产量", "en": "output of the whole window"},
    "load_before_1101": {"zh": "11月1日前负荷", "en": "the load before 1 November"},
    "load_before_1022": {"zh": "10月22日前负荷", "en": "the load before 22 October"},
    "line_count": {"zh": "生产线条数", "en": "number of lines"},
}
_TRANSPORT: Mapping[str, Words] = {
    "stagger": {"zh": "实施错峰运输", "en": "stagger transport"},
    "stagger_in_plant": {"zh": "厂区内实施错峰运输", "en": "stagger transport inside the plant"},
    "seal_high_emitters": {"zh": "封存高排放车辆", "en": "seal the high-emission vehicles"},
    "prefer_national_5": {"zh": "优先使用国五及以上车辆", "en": "prefer vehicles of National V or better"},
    "rail_in_principle": {"zh": "原则上全部铁路运输", "en": "carry everything by rail in principle"},
    "ban_national_4": {"zh": "禁用国四及以下重型车辆", "en": "no heavy trucks of National IV or below"},
    "no_road_transport": {"zh": "停止公路运输", "en": "no road transport"},
}


def kind_label(kind: str, language: Language) -> str:
    return KINDS[kind][language]


def basis_text(basis: str, language: Language) -> str:
    """The base of a percentage; one that has no words yet is said as it is written."""
    return BASES[basis][language] if basis in BASES else basis.replace("_", " ")


def measure_text(measure: Numbered, language: Language) -> str:
    """What a measure demands, without its days."""
    say = _SAYINGS.get(measure.kind)
    if say is not None:
        return say(measure, language)
    label = kind_label(measure.kind, language)
    also = measure.params.get("also")
    others = [kind_label(str(kind), language) for kind in also] if isinstance(also, tuple) else []
    return ("、" if language == "zh" else ", ").join([label, *others])


def _number(measure: Numbered, name: str) -> str:
    """A number, or the range an authority may choose from."""
    value, bracket = measure.params.get(name), measure.params.get(f"{name}_range")
    if isinstance(bracket, list | tuple):
        low, high = (number_text(one) for one in bracket)
        return low if low == high else f"{low}–{high}"
    return number_text(value) if isinstance(value, int | float) else ""


def _stop(measure: Numbered, language: Language) -> str:
    if "share_pct" not in measure.params:
        return kind_label("stop", language)
    by = {"line": ("生产线", "lines"), "unit": ("设备", "units")}.get(
        str(measure.params.get("by")), ("生产线", "lines")
    )
    share = _number(measure, "share_pct")
    return f"按{by[0]}停产 {share}%" if language == "zh" else f"stop {share} % of the {by[1]}"


def _stop_days(measure: Numbered, language: Language) -> str:
    days = _number(measure, "days")
    whole = {"zh": "（连续）", "en": " without a break"}[language] if measure.params.get("continuous") else ""
    above = {"zh": "多于 ", "en": "more than "}[language] if measure.params.get("above") else ""
    return f"停产 {above}{days} 天{whole}" if language == "zh" else f"stop for {above}{days} days{whole}"


def _cut(measure: Numbered, language: Language) -> str:
    basis, pct = basis_text(str(measure.params["basis"]), language), _number(measure, "pct")
    if language == "zh":
        least = "不少于 " if measure.params.get("at_least") else "高于 " if measure.params.get("above") else " "
        return f"限产{least}{pct}%（压减；基数：{basis}）"
    least = "at least " if measure.params.get("at_least") else "more than " if measure.params.get("above") else ""
    return f"cut production by {least}{pct} % (of {basis})"


def _load_cap(measure: Numbered, language: Language) -> str:
    if "amount" in measure.params:
        return _approved_load(measure, language)
    basis, pct = basis_text(str(measure.params["basis"]), language), _number(measure, "pct")
    by = measure.params.get("amount_by")
    amount = by.get(language) if isinstance(by, Mapping) else None
    if language == "zh":
        share = f"的 {pct}%" if pct and pct != "100" else ""
        bound = f"负荷须低于{basis}{share}" if measure.params.get("strictly_below") else f"负荷不超过{basis}{share}"
        return bound + (f"（幅度以{amount}为准）" if amount else "")
    share = f"{pct} % of " if pct and pct != "100" else ""
    bound = (
        f"run below {share}{basis}" if measure.params.get("strictly_below") else f"run at no more than {share}{basis}"
    )
    return bound + (f" (by how much: {amount})" if amount else "")


def _approved_load(measure: Numbered, language: Language) -> str:
    """The load an act allows stands in place of the base it was worked out from."""
    amount, by = f"{_number(measure, 'amount')} {measure.params['amount_unit']}", measure.params.get("amount_by")
    source = by.get(language) if isinstance(by, Mapping) else ""
    if language == "zh":
        return f"负荷不超过 {amount}（{source}）"
    return f"run at no more than {amount} ({source})"


def _cycle(measure: Numbered, language: Language) -> str:
    stop, run = _number(measure, "stop_hours"), _number(measure, "run_hours")
    return f"停 {stop} 小时、产 {run} 小时循环" if language == "zh" else f"stop {stop} h, run {run} h, in turns"


def _cohort(measure: Numbered, language: Language) -> str:
    many = {
        "enterprises": {"zh": ("企业", "家"), "en": ("enterprises", "")},
        "lines": {"zh": ("生产线", "条"), "en": ("lines", "")},
    }[str(measure.params["of"])][language]
    month = measure.params.get("every") == "month"
    if language == "zh":
        who = (
            f"末位 {measure.params['worst']} {many[1]}"
            if "worst" in measure.params
            else f"{_number(measure, 'share_pct')}% 的{many[0]}"
        )
        return f"{'每月' if month else ''}{who}停产，由{measure.params['authority']}确定名单"
    who = (
        f"the worst {measure.params['worst']}"
        if "worst" in measure.params
        else f"{_number(measure, 'share_pct')} % of the"
    )
    return f"{who} {many[0]} stop{' every month' if month else ''}; {measure.params['authority']} names them"


def _coking_hours(measure: Numbered, language: Language) -> str:
    hours = _number(measure, "hours")
    return f"结焦时间延长至 {hours} 小时" if language == "zh" else f"lengthen coking time to {hours} hours"


def _transport(measure: Numbered, language: Language) -> str:
    return _TRANSPORT[str(measure.params["do"])][language]


def _make_up(measure: Numbered, language: Language) -> str:
    times, per = _number(measure, "times"), str(measure.params["per"])
    owed = {
        "exceedance_day": {"zh": "每超标一日", "en": "exceedance day"},
        "unserved_day": {"zh": "每欠一个停产日", "en": "unserved stop day"},
    }[per][language]
    after = measure.params.get("placed") == "after_season"
    if language == "zh":
        return f"{owed}补停 {times} 日{'，错峰期后执行' if after else ''}"
    return f"{times} stop days for each {owed}{', after the season' if after else ''}"


def _add(measure: Numbered, language: Language) -> str:
    parts = []
    for name, unit in (("days", {"zh": " 天", "en": " days"}), ("pct", {"zh": " 个百分点", "en": " points"})):
        value = measure.params.get(name)
        if isinstance(value, int | float):
            sign = "+" if value > 0 else "−"
            parts.append(f"{sign}{number_text(abs(value))}{unit[language]}")
    return ("，" if language == "zh" else ", ").join(parts)


def _sanction(measure: Numbered, language: Language) -> str:
    return measure.words("says")[language]


def _question(measure: Numbered, language: Language) -> str:
    question = measure.words("question")[language]
    who = measure.params["authority"]
    named = {"zh": f"（{who}）：", "en": f" ({who}): "}[language]
    return f"{kind_label('authority_decides', language)}{named}{question}"


_SAYINGS: Mapping[str, Callable[[Numbered, Language], str]] = {
    "stop": _stop,
    "stop_days": _stop_days,
    "cut": _cut,
    "load_cap": _load_cap,
    "cycle": _cycle,
    "cohort": _cohort,
    "coking_hours": _coking_hours,
    "transport": _transport,
    "make_up": _make_up,
    "add": _add,
    "sanction": _sanction,
    "authority_decides": _question,
}


def constraint_text(constraint: Constraint, language: Language) -> str:
    """What a constraint demands and when; civil days, both ends included."""
    what = measure_text(constraint, language)
    if constraint.kind in {"sanction", "add", "make_up", "one_level_up"}:
        return what
    first, last = constraint.binds.start, constraint.binds.last_day
    end = UNTIL[constraint.until][language] if constraint.until else ""
    if language == "zh":
        return f"{first} 至 {last}（{constraint.binds.days} 天）{what}" if last else f"自 {first} 起{what}，直至{end}"
    return f"{what} {first} to {last} ({constraint.binds.days} days)" if last else f"{what} from {first} until {end}"
