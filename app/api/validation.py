"""Validation messages: what pydantic found wrong, as a field error in both languages."""

from typing import Any

from app.domain.errors import FieldError, pointer_to

# Only what callers meet; anything else falls back to the English sentence with its code.
CHINESE = {
    "missing": "缺少必填项",
    "extra_forbidden": "不认识的字段",
    "string_type": "应为字符串",
    "string_too_short": "至少 {min_length} 个字符",
    "string_too_long": "至多 {max_length} 个字符",
    "string_pattern_mismatch": "格式应符合 {pattern}",
    "string_unicode": "不是有效的 Unicode 文本",
    "int_type": "应为整数",
    "int_parsing": "应为整数",
    "int_from_float": "应为整数",
    "float_type": "应为数字",
    "float_parsing": "应为数字",
    "finite_number": "应为有限的数",
    "decimal_parsing": "应为十进制数",
    "bool_type": "应为 true 或 false",
    "bool_parsing": "应为 true 或 false",
    "greater_than": "应大于 {gt}",
    "greater_than_equal": "应不小于 {ge}",
    "less_than": "应小于 {lt}",
    "less_than_equal": "应不大于 {le}",
    "enum": "应为 {expected} 之一",
    "literal_error": "应为 {expected} 之一",
    "uuid_type": "应为 UUID",
    "uuid_parsing": "应为 UUID",
    "date_type": "应为日期，如 2019-12-10",
    "date_parsing": "应为日期，如 2019-12-10",
    "date_from_datetime_parsing": "应为日期，如 2019-12-10",
    "datetime_type": "应为带时区的时刻，如 2019-12-10T08:00:00+08:00",
    "datetime_parsing": "应为带时区的时刻，如 2019-12-10T08:00:00+08:00",
    "datetime_from_date_parsing": "应为带时区的时刻，如 2019-12-10T08:00:00+08:00",
    "timezone_aware": "时刻须带时区，如 2019-12-10T08:00:00+08:00",
    "list_type": "应为数组",
    "dict_type": "应为对象",
    "model_type": "应为对象",
    "model_attributes_type": "应为对象",
    "too_short": "至少 {min_length} 项",
    "too_long": "至多 {max_length} 项",
    "union_tag_invalid": "类型标记应为 {expected_tags} 之一",
    "union_tag_not_found": "缺少类型标记 {discriminator}",
    "value_error": "不符合要求：{error}",
}


def place_of(location: tuple[int | str, ...]) -> str:
    """A JSON pointer into the body, or the place and name of a parameter (`query:limit`)."""
    place, *rest = location
    if place == "body":
        return pointer_to(*rest)
    return f"{place}:{'/'.join(str(step) for step in rest)}"


def field_error(found: dict[str, Any]) -> FieldError:
    kind = found["type"]
    english = found["msg"]
    template = CHINESE.get(kind)
    chinese = template.format_map(found.get("ctx") or {}) if template else f"不符合要求：{english}"
    return FieldError(pointer=place_of(found["loc"]), code=kind, zh=chinese, en=english)
