"""A profile is checked before it is kept: every wrong field is named, so that no file is read in a wrong way."""

from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime
from functools import cache
from typing import get_args
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from app.domain.errors import FieldError
from app.domain.feed.curves import Quality
from app.domain.feed.profiles import Column, DateOrder, Midnight, Profile, Stamps, Unknown
from app.domain.feed.refusals import ProfileInvalid

COLUMN_NAMES: tuple[str, ...] = get_args(Column)
VALUE_NAMES = tuple(f"v{number:02d}" for number in range(1, 97))
QUALITY_NAMES = {quality.name.lower(): quality for quality in Quality if quality is not Quality.ABSENT}
ENCODINGS = ("utf-8", "gb18030")
# A day of 23 or 25 hours has no place in a fixed number of slots.
_FIXED_FROM, _FIXED_TO = 2000, 2037


def check_profile(profile: Profile) -> None:
    """Raises ProfileInvalid with every wrong field."""
    errors = profile_errors(profile)
    if errors:
        raise ProfileInvalid(errors=errors)


def profile_errors(profile: Profile) -> list[FieldError]:
    """Every wrong field of a profile, by its JSON pointer."""
    return [*_words(profile), *_columns(profile), *_text(profile), *_zone(profile), *_times(profile), *_maps(profile)]


def _words(profile: Profile) -> Iterator[FieldError]:
    if not profile.source.strip():
        yield _error("/source", "source_missing", "请写明数据源。", "Name the source.")
    for name, allowed in (
        ("encoding", ENCODINGS),
        ("date_order", get_args(DateOrder)),
        ("stamps", get_args(Stamps)),
        ("midnight", get_args(Midnight)),
        ("unknown", get_args(Unknown)),
    ):
        if getattr(profile, name) not in allowed:
            listed = ", ".join(allowed)
            yield _error(f"/{name}", "option_unknown", f"只能是 {listed}。", f"Must be one of {listed}.")


def _columns(profile: Profile) -> Iterator[FieldError]:
    known = {*COLUMN_NAMES, *VALUE_NAMES}
    for name, header in profile.columns.items():
        if name not in known:
            yield _error(
                f"/columns/{_token(name)}", "column_unknown", f"没有“{name}”这一列。", f"There is no column {name!r}."
            )
        if not header.strip():
            yield _error(f"/columns/{_token(name)}", "header_empty", "列名不能为空。", "A header must not be empty.")
    counted = Counter(header.strip() for header in (*profile.columns.values(), *profile.ignored))
    for header in sorted(header for header, times in counted.items() if times > 1 and header):
        yield _error("/columns", "header_twice", f"列名“{header}”用了两次。", f"The header {header!r} stands twice.")
    if profile.only_channel is not None and "channel" in profile.columns:
        yield _error(
            "/only_channel",
            "channel_twice",
            "有 channel 列时不能再写 only_channel。",
            "A file with a channel column cannot have only_channel.",
        )


def _text(profile: Profile) -> Iterator[FieldError]:
    mark = profile.delimiter
    if len(mark) != 1 or not mark.isascii() or mark in '"\r\n' or mark.isalnum() or mark in ".-+:":
        yield _error(
            "/delimiter",
            "delimiter_invalid",
            "分隔符须为一个 ASCII 字符，且不能是字母、数字、引号或换行。",
            "A delimiter is one ASCII character, no letter, digit, quote, sign, point, colon or line end.",
        )


def _zone(profile: Profile) -> Iterator[FieldError]:
    try:
        zone = ZoneInfo(profile.zone)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        yield _error("/zone", "zone_unknown", f"没有时区“{profile.zone}”。", f"There is no zone {profile.zone!r}.")
        return
    if _changes(zone):
        yield _error(
            "/zone",
            "zone_changes",
            "该时区 2000 年以来调整过时钟（如夏令时），一天的间隔数不固定，不能使用。",
            "The zone has moved its clocks since 2000 (such as for summer), so that its days differ in length.",
        )


@cache
def _changes(zone: ZoneInfo) -> bool:
    offsets = {
        datetime(year, month, 1, tzinfo=UTC).astimezone(zone).utcoffset()
        for year in range(_FIXED_FROM, _FIXED_TO + 1)
        for month in range(1, 13)
    }
    return len(offsets) > 1


def _times(profile: Profile) -> Iterator[FieldError]:
    if profile.stamps == "start" and profile.midnight == "same_day":
        yield _error(
            "/midnight",
            "midnight_without_end",
            "起始时刻的 0:00 就是当日第一个间隔；same_day 只用于结束时刻。",
            "Where stamps mark the start, 00:00 is the day's first interval; same_day is for end stamps.",
        )


def _maps(profile: Profile) -> Iterator[FieldError]:
    if profile.only_channel is not None and not profile.only_channel.strip():
        yield _error("/only_channel", "channel_empty", "通道编号不能为空。", "A channel's key must not be empty.")
    for theirs, ours in profile.channels.items():
        if not theirs.strip() or not ours.strip():
            yield _error(
                f"/channels/{_token(theirs)}",
                "channel_empty",
                "通道编号不能为空。",
                "A channel's key must not be empty.",
            )
    for flag, quality in profile.qualities.items():
        if quality not in QUALITY_NAMES:
            listed = ", ".join(QUALITY_NAMES)
            yield _error(
                f"/qualities/{_token(flag)}", "quality_unknown", f"只能是 {listed}。", f"Must be one of {listed}."
            )


def _token(name: str) -> str:
    return name.replace("~", "~0").replace("/", "~1")


def _error(pointer: str, code: str, zh: str, en: str) -> FieldError:
    return FieldError(pointer=pointer, code=code, zh=zh, en=en)
