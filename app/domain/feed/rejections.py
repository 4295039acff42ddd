"""Rejections: why one row of a file did not land, each with a code that never changes and a sentence in two languages."""

from collections.abc import Mapping
from typing import Literal

from app.domain.feed.curves import Rejection

Code = Literal[
    "unknown_channel", "stamp_invalid", "stamp_naive", "stamp_future", "stamp_misaligned", "day_invalid",
    "day_out_of_range", "value_invalid", "value_missing", "too_precise", "value_out_of_range", "negative_value",
    "wrong_number_of_values", "quality_invalid", "version_invalid", "row_malformed",
]  # fmt: skip

REASONS: Mapping[Code, tuple[str, str]] = {
    "unknown_channel": (
        "没有登记这个计量通道；请先登记，或核对编号与对应关系。",
        "No channel of this source has this key; register it, or check the key and the profile's mapping.",
    ),
    "stamp_invalid": (
        "时间无法识别；请写成 2024-01-05T00:15:00+08:00，或按数据源配置的日期顺序书写。",
        "The stamp is no date and time; write 2024-01-05T00:15:00+08:00, or in the date order of the profile.",
    ),
    "stamp_naive": (
        "时间缺少时区偏移（如 +08:00）；数据源配置允许（naive）时才可省略。",
        "The stamp has no offset such as +08:00; only a profile that says so (naive) may leave it out.",
    ),
    "stamp_future": (
        "时间在将来；请核对发送方时钟与时区。",
        "The stamp lies in the future; check the sender's clock and zone.",
    ),
    "stamp_misaligned": (
        "时间不在该通道的间隔边界上；请按通道间隔（如 15 分钟）取整点发送。",
        "The stamp is not on a boundary of the channel's interval (such as 15 minutes).",
    ),
    "day_invalid": (
        "日期无法识别；请写成 2024-01-05，或按数据源配置的日期顺序书写。",
        "The day is no date; write 2024-01-05, or in the date order of the profile.",
    ),
    "day_out_of_range": (
        "日期早于可接收的最早日期，或晚于今天。",
        "The day is before the earliest day taken, or after today.",
    ),
    "value_invalid": (
        "数值无法识别；请写普通数字，没有数据就留空（null）。",
        "The value is no finite number; write a plain number, or leave it empty (null) where there is none.",
    ),
    "value_missing": (
        "该行没有数值列；没有数据请明确写空值（null）。",
        "The row has no value at all; say null where there is none.",
    ),
    "too_precise": (
        "小数位数多于该通道保留的位数；本服务不做舍入，请按通道精度发送。",
        "The value has more decimals than the channel keeps; nothing is rounded here, send what the channel keeps.",
    ),
    "value_out_of_range": (
        "数值超出该通道可存的范围（或表计位数）。",
        "The value is beyond what the channel (or its register's digits) can hold.",
    ),
    "negative_value": (
        "电量与表底不能为负；反向电量请用单独的反向通道。",
        "Energy and registers are never negative; the other direction is a channel of its own.",
    ),
    "wrong_number_of_values": (
        "数值个数与通道每日间隔数不符（15 分钟为 96 个）。",
        "The number of values is not that of the channel's day (96 for 15 minutes).",
    ),
    "quality_invalid": (
        "质量标志不认识或个数不符；请在数据源配置的 qualities 中写明。",
        "A quality flag is unknown, or their number is wrong; name the flags in the profile's qualities.",
    ),
    "version_invalid": (
        "版本时间无法识别（或缺少时区偏移）。",
        "The version is no date and time (or has no offset).",
    ),
    "row_malformed": (
        "该行格式损坏（字段数不符、引号未闭合或不是 JSON 对象）。",
        "The row is broken: a wrong number of fields, an open quote, or no JSON object.",
    ),
}
# A rejected row is told with what stood there, as far as a person would read.
RAW_SHOWN = 200


def rejection(line: int, column: str, code: Code, raw: str | None) -> Rejection:
    zh, en = REASONS[code]
    shown = raw if raw is None or len(raw) <= RAW_SHOWN else raw[:RAW_SHOWN] + "…"
    return Rejection(line=line, column=column, code=code, zh=zh, en=en, raw=shown)
