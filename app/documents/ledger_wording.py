"""The words of the ledger: what each kind, account and reason is called, and why hours stand where they stand."""

from decimal import Decimal

from app.domain.errors import Language
from app.domain.ledger.entries import Reason
from app.domain.ledger.frame import AFTER_SEASON, DAY_HOURS, ORDER, WINDOW

Words = tuple[str, str]
KIND_WORDS: dict[str, Words] = {
    "owed": ("应停", "owed"),
    "scheduled": ("计划停产", "scheduled"),
    "served": ("已停", "served"),
    "credited": ("其他管控计入", "credited from other controls"),
    "penalty": ("加罚", "penalty"),
    "made_up": ("季后补停", "made up after the season"),
}
# Accounts besides the periods of a plan, which bear the names the plan gives them.
ACCOUNT_WORDS: dict[str, Words] = {
    WINDOW: ("管控期", "the season's window"),
    ORDER: ("连续停产决定", "continuous stop by order"),
    AFTER_SEASON: ("季后", "after the season"),
}
REASON_WORDS: dict[str, Words] = {
    "demanded": ("方案要求的停产时间", "the stop time the plan demands"),
    "tightened": ("要求加严，按较严的计算全季", "the demand became stricter and counts for the whole season"),
    "eased": (
        "要求减轻或更正，只及于尚未结束的时段",
        "the demand became milder or was corrected, for periods not yet over",
    ),
    "moved": (
        "本时段放不下的移到后一时段或季后",
        "what a period can no longer hold moves to the next or beyond the season",
    ),
    "ordered": ("自决定之日起的连续停产", "a continuous stop from the day in the order"),
    "exceedance": ("超标补停", "made up for days of exceedance"),
    "unserved": ("季末没有停足，加倍补停", "made up more than once for what was left unserved"),
    "posted": ("登记的停产", "hours posted by hand"),
    "scheduled": ("已发布的排期", "a published schedule"),
    "credit": ("其他管控的停产计入", "a stop under another control is counted"),
    "reversed": ("冲销", "reversal"),
}
SOURCE_WORDS: dict[str, Words] = {
    "run": ("决定", "decision run"),
    "inspection": ("现场检查", "inspection"),
    "document": ("文件", "document"),
    "reading": ("读数", "reading"),
    "act": ("申报事项", "act"),
    "schedule": ("排期", "schedule"),
    "entry": ("台账条目", "ledger entry"),
}
_GRAIN = Decimal("0.0001")


def reason_text(reason: Reason, language: Language) -> str:
    return REASON_WORDS[reason][0 if language == "zh" else 1]


def hours_text(hours: Decimal) -> str:
    """In full, without an exponent and without needless zeros."""
    text = f"{hours:f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def days_text(hours: Decimal) -> str:
    """Hours as days of 24, to four decimals."""
    return hours_text((hours / DAY_HOURS).quantize(_GRAIN))
