"""Values of facts: whatever people and spreadsheets write becomes one canonical text, or a reason why not."""

import re
from collections.abc import Callable, Mapping
from datetime import date, datetime
from decimal import Decimal, InvalidOperation
from types import MappingProxyType

from app.domain.errors import FieldError
from app.domain.policies.facts import FactSpec, FactType, Value, normal

# Binary floats carry 15 decimal digits faithfully; a longer number would change on its way through a snapshot.
MAX_DIGITS = 15
MAX_TEXT = 500
_NUMBER = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d{1,3})?")
_DAY = re.compile(r"(\d{4})([-/.年])(\d{1,2})([-/.月])(\d{1,2})日?")
_UNPRINTABLE = re.compile("[\x00-\x1f\x7f-\x9f\ud800-\udfff]")
_YES = frozenset({"true", "yes", "是", "有", "已"})
_NO = frozenset({"false", "no", "否", "无", "未"})
BOOLEANS: Mapping[str, bool] = MappingProxyType(dict.fromkeys(_YES, True) | dict.fromkeys(_NO, False))
# A temperature may be below zero; nothing else in the catalogue may.
SIGNED_UNITS = frozenset({"°C", "℃"})


class ValueRefused(Exception):
    """A written value does not fit its fact; says why in both languages."""

    def __init__(self, code: str, zh: str, en: str) -> None:
        super().__init__(en)
        self.code = code
        self.zh = zh
        self.en = en

    def at(self, pointer: str) -> FieldError:
        return FieldError(pointer=pointer, code=self.code, zh=self.zh, en=self.en)


def is_plain(text: str) -> bool:
    """No control characters and no half characters: such text can be stored, printed and compared."""
    return _UNPRINTABLE.search(text) is None


def canonical(spec: FactSpec, raw: object) -> str:
    """The one text under which a value of this fact is stored; raises ValueRefused."""
    return _READERS[spec.type](spec, raw)


def value_of(kind: FactType, text: str) -> Value:
    """A canonical text as the evaluator reads it."""
    if kind == "boolean":
        return text == "true"
    if kind == "number":
        return float(text)
    return text


def decimal_text(number: Decimal) -> str:
    """The shortest plain decimal notation."""
    if not number:
        return "0"
    text = format(number, "f")
    return text.rstrip("0").rstrip(".") if "." in text else text


def day_of(raw: object) -> date:
    """A civil day from an ISO text, a Chinese date, or a spreadsheet's date cell."""
    if isinstance(raw, datetime):
        return raw.date()
    if isinstance(raw, date):
        return raw
    match = _DAY.fullmatch(normal(str(raw)).strip())
    if match is not None:
        try:
            day = date(int(match[1]), int(match[3]), int(match[5]))
        except ValueError:
            day = date.min
        if 1900 <= day.year <= 2199:
            return day
    raise ValueRefused("not_a_day", "应为日期，如 2019-09-30。", "Write a day such as 2019-09-30.")


def _boolean(_: FactSpec, raw: object) -> str:
    if isinstance(raw, bool):
        return "true" if raw else "false"
    found = BOOLEANS.get(str(raw).strip().lower())
    if found is None:
        raise ValueRefused("not_a_boolean", "应填“是”或“否”。", "Write true or false.")
    return "true" if found else "false"


def _number(spec: FactSpec, raw: object) -> str:
    if isinstance(raw, bool):
        raise ValueRefused("not_a_number", "应为数字。", "Write a number.")
    text = repr(raw) if isinstance(raw, float) else normal(str(raw)).strip()
    if _NUMBER.fullmatch(text) is None:
        raise ValueRefused(
            "not_a_number",
            "应为数字，不带单位、千分位或不等号。",
            "Write a plain number without unit, thousands separators or comparison signs.",
        )
    try:
        number = Decimal(text)
    except InvalidOperation as error:  # pragma: no cover  the pattern admits only what Decimal reads
        raise ValueRefused("not_a_number", "应为数字。", "Write a number.") from error
    written = decimal_text(number)
    if len(written.lstrip("-").replace(".", "").strip("0")) > MAX_DIGITS or len(written) > 2 * MAX_DIGITS:
        raise ValueRefused(
            "too_many_digits",
            f"有效数字不得超过 {MAX_DIGITS} 位。",
            f"A number may have at most {MAX_DIGITS} significant digits.",
        )
    if number < 0 and spec.unit and spec.unit not in SIGNED_UNITS:
        raise ValueRefused("negative", "不得为负数。", "The number may not be negative.")
    return written


def _option(spec: FactSpec, raw: object) -> str:
    text = normal(str(raw)).strip()
    options = spec.options
    if text in options:
        return text
    for code, zh in options.items():
        if normal(zh) == text or code.lower() == text.lower():
            return code
    raise ValueRefused(
        "unknown_option",
        f"应为下列之一：{'、'.join(options.values())}。",
        f"Choose one of: {', '.join(options)}.",
    )


def _day(_: FactSpec, raw: object) -> str:
    return day_of(raw).isoformat()


def _text(_: FactSpec, raw: object) -> str:
    text = str(raw).strip()
    if not text or len(text) > MAX_TEXT or not is_plain(text):
        raise ValueRefused(
            "not_plain_text",
            f"应为 1-{MAX_TEXT} 个字符，不含控制字符。",
            f"Write 1-{MAX_TEXT} characters without control characters.",
        )
    return text


_READERS: Mapping[FactType, Callable[[FactSpec, object], str]] = {
    "boolean": _boolean,
    "number": _number,
    "enum": _option,
    "programme": _option,
    "date": _day,
    "text": _text,
}
