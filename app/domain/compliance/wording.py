"""Names and sentences of findings, in Chinese and English: what was found, why it says so, what to do next."""

from collections.abc import Callable, Mapping, Sequence

from app.domain.compliance.demands import ExcuseKind
from app.domain.compliance.findings import CheckCode, SignCode, Verdict
from app.domain.policies.undertakings import Text

Numbers = Mapping[str, int]
CHECKS: Mapping[CheckCode, tuple[str, str]] = {
    "stop": ("停产核查", "stop"),
    "cut_day": ("限产核查（逐日）", "cut, day by day"),
    "cut_phase": ("限产核查（阶段累计）", "cut, over the phase"),
    "treatment_off": ("生产而治理设施未运行", "treatment off while production ran"),
    "treatment_derated": ("治理设施疑似降频或空转", "treatment slowed down or idling"),
    "treatment_alone": ("治理设施单独运行", "treatment ran by itself"),
    "night_anomaly": ("夜间用电异常", "unusual night"),
    "other": ("用电不能判定的措施", "a measure that electricity cannot judge"),
}
# The gravest sign gives a stop its name.
_STOP_NAMES: Mapping[SignCode, tuple[str, str]] = {
    "late_stop": ("未按时停产", "stopped late"),
    "early_start": ("提前复产", "started early"),
    "ran_on": ("停产期间连续运行", "ran during a stop"),
    "total_above_limit": ("停产期间用电超限", "used too much during a stop"),
    "burst": ("停产期间短时生产负荷", "production load for a short time during a stop"),
    "nothing_read": ("停产期间无数据", "no data during a stop"),
}
SIGN_LABELS: Mapping[SignCode, tuple[str, str]] = {
    "total_above_limit": ("电量高于限值", "the total is above the limit"),
    "ran_on": ("连续运行", "ran without a break"),
    "late_stop": ("停产开始后仍在运行", "ran on after the stop began"),
    "early_start": ("停产结束前已运行", "ran before the stop ended"),
    "burst": ("个别时段达到生产负荷", "some interval reached production load"),
    "above_share": ("高于允许比例", "above the share that may remain"),
    "below_on": ("低于治理设施启用阈值", "below the threshold at which treatment is on"),
    "below_percentile": ("低于同等生产水平的常年低值", "below its usual low at the same production"),
    "night_share": ("夜间占比升高", "a greater share of the day at night"),
    "gap_could_hide_it": ("缺数时段可能掩盖运行", "the gaps could hide running"),
    "incomplete": ("数据完整率不足", "too few readings"),
    "nothing_read": ("全无读数", "no reading at all"),
    "offline_in_control": ("恰在管控时段离线", "offline exactly in the controlled hours"),
    "insufficient_baseline": ("基线不足", "no sufficient baseline"),
    "meter_replaced": ("当日换表", "the meter was replaced that day"),
    "multiplier_changed": ("当日倍率变更", "the multiplier changed that day"),
    "meter_offline": ("电表离线记录", "the meter reported being offline"),
    "backup_generator": ("启用备用发电机", "a backup generator ran"),
    "own_generation": ("有自备电源", "there is own generation"),
    "estimated": ("含估计或替代值", "some values are estimated or substituted"),
    "phase_running": ("阶段尚未结束", "the phase is not over"),
    "phase_shared": (
        "该限产由多家企业共同承担，不能按一家企业的用电判断；请逐日核查各企业排定的停产，整体比例由下达该限产的部门合计各企业用电核定",
        "several enterprises share the cut: look at the stops planned for each, and let whoever ordered it add them up",
    ),
    "not_electric": ("用电不能判定", "electricity cannot judge it"),
    "stop_charging": ("停止装煤、焖炉保温", "ovens kept hot without coal"),
    "no_meter": ("没有电表", "there is no meter"),
}
_NEXT: Mapping[Verdict, tuple[str, str]] = {
    Verdict.SUSPECTED: (
        "请人工核实；未经认定不构成违法。",
        "A person has to verify it; nothing is a violation until confirmed.",
    ),
    Verdict.INSUFFICIENT_DATA: (
        "请补传读数或补充基线后重算。",
        "Send the missing readings, or give a baseline, and assess again.",
    ),
    Verdict.INDICATIVE_ONLY: (
        "有自备电源，购电量不等于用电量，仅供参考；请结合其他证据。",
        "With own generation the purchased is not the used electricity: an indication only, look at other evidence.",
    ),
    Verdict.DECLARED_EXCEPTION: ("已事先申报，不作为线索。", "It was declared beforehand and counts as no suspicion."),
    Verdict.COMPLIANT: ("无需处理。", "Nothing to do."),
    Verdict.NOT_APPLICABLE: ("不作判定。", "There is nothing to judge."),
}


EXCUSES: Mapping[ExcuseKind, tuple[str, str]] = {
    "exempt": ("已列入公布的豁免清单，错峰要求不适用", "on a published exemption list: staggering asks nothing of it"),
    "maintenance": ("已申报检修", "declared maintenance"),
    "commissioning": ("已申报调试", "declared commissioning"),
    "own_generation": ("有自备电源，仅供参考", "own generation: an indication only"),
    "other": ("已申报例外", "a declared exception"),
}


def name_of(check: CheckCode, signs: Sequence[SignCode]) -> Text:
    named = next((found for sign, found in _STOP_NAMES.items() if check == "stop" and sign in signs), None)
    zh, en = named or CHECKS[check]
    return {"zh": zh, "en": en}


def sentence_of(
    check: CheckCode, verdict: Verdict, signs: Sequence[SignCode], numbers: Numbers, interval_minutes: int
) -> Text:
    """What was found with its numbers, the signs that led there, and the next step."""
    zh, en = _SAYS[check](numbers, interval_minutes)
    why = [SIGN_LABELS[one] for one in signs]
    if why:
        zh += f"迹象：{'、'.join(one for one, _ in why)}。"
        en += f" Signs: {'; '.join(one for _, one in why)}."
    return {"zh": zh + _NEXT[verdict][0], "en": f"{en} {_NEXT[verdict][1]}"}


def kwh(watt_hours: int) -> str:
    return f"{watt_hours / 1000:.1f}"


def _read(numbers: Numbers, of: str = "judged_slots") -> tuple[str, str]:
    known, slots = numbers["known_slots"], numbers[of]
    return (f"（应有 {slots} 个时段，有读数 {known} 个）", f" ({known} of {slots} intervals read)")


def _stop(numbers: Numbers, minutes: int) -> tuple[str, str]:
    used, limit, longest = kwh(numbers["total_wh"]), kwh(numbers["limit_wh"]), numbers["longest_run"] * minutes
    zh, en = _read(numbers)
    return (
        f"停产时段用电 {used} kWh，限值 {limit} kWh；最长连续运行 {longest} 分钟{zh}。",
        f"It used {used} kWh where it had to stand still, the limit is {limit} kWh; it ran for at most {longest} minutes without a break{en}.",
    )


def _cut(numbers: Numbers, _: int) -> tuple[str, str]:
    used, base, limit = (kwh(numbers[one]) for one in ("total_wh", "baseline_wh", "limit_wh"))
    zh, en = _read(numbers)
    return (
        f"用电 {used} kWh，基线 {base} kWh，含容差的限值 {limit} kWh{zh}。",
        f"It used {used} kWh; the baseline is {base} kWh, the limit with its tolerance {limit} kWh{en}.",
    )


def _phase(numbers: Numbers, minutes: int) -> tuple[str, str]:
    zh, en = _cut(numbers, minutes)
    if not numbers["held_wh"]:
        return zh, en
    held = kwh(numbers["held_wh"])
    return (
        f"{zh}其中按要求停产并停到位的时段保温等用电 {held} kWh，不计为生产。",
        f"{en} Of it {held} kWh kept warm what stood still as asked, which counts as no production.",
    )


def _night(numbers: Numbers, _: int) -> tuple[str, str]:
    share, usual = (f"{numbers[one] / 100:.1f}" for one in ("share", "usual_share"))
    return (
        f"夜间用电占全日 {share} %，基线为 {usual} %。",
        f"The night took {share} % of the day; its baseline is {usual} %.",
    )


def _off(numbers: Numbers, minutes: int) -> tuple[str, str]:
    ran, off, on = (
        numbers["ran_slots"] * minutes,
        numbers["off_run"] * minutes,
        kwh(max(numbers["treatment_on_wh"], 0)),
    )
    return (
        f"生产运行 {ran} 分钟，其间治理设施连续低于启用阈值（每时段 {on} kWh）最长 {off} 分钟。",
        f"Production ran for {ran} minutes; meanwhile treatment stayed below {on} kWh an interval for up to {off} minutes.",
    )


def _derated(numbers: Numbers, minutes: int) -> tuple[str, str]:
    slow = numbers["derated_run"] * minutes
    return (
        f"治理设施连续 {slow} 分钟低于同等生产水平的常年低值。",
        f"For {slow} minutes treatment took less than its usual low at the same production.",
    )


def _alone(numbers: Numbers, minutes: int) -> tuple[str, str]:
    alone = numbers["alone_slots"] * minutes
    return (
        f"生产停止而治理设施运行 {alone} 分钟：降温、保温期间应当运行，仅作说明。",
        f"Treatment ran for {alone} minutes without production: it has to while a furnace cools, this is information only.",
    )


def _other(_: Numbers, __: int) -> tuple[str, str]:
    return (
        "该措施不能由用电数据判定，须以装煤推焦、运输等其他记录核查。",
        "Electricity cannot judge this measure; look at charging and pushing counts, transport or other records.",
    )


_SAYS: Mapping[CheckCode, Callable[[Numbers, int], tuple[str, str]]] = {
    "stop": _stop,
    "cut_day": _cut,
    "cut_phase": _phase,
    "night_anomaly": _night,
    "treatment_off": _off,
    "treatment_derated": _derated,
    "treatment_alone": _alone,
    "other": _other,
}
