"""Profiles: a wrong one is refused before any file is read under it, with every wrong field named."""

from dataclasses import replace

import pytest

from app.domain.feed.profile_check import check_profile, profile_errors
from app.domain.feed.profiles import Profile
from app.domain.feed.refusals import ProfileInvalid

SOUND = Profile(source="grid")


def wrong(**changes: object) -> set[tuple[str, str]]:
    return {(error.pointer, error.code) for error in profile_errors(replace(SOUND, **changes))}  # type: ignore[arg-type] # wrong on purpose


def test_a_profile_of_defaults_is_sound() -> None:
    assert profile_errors(SOUND) == []
    check_profile(SOUND)


@pytest.mark.parametrize(
    ("changes", "pointer", "code"),
    [
        ({"source": " "}, "/source", "source_missing"),
        ({"columns": {"weather": "天气"}}, "/columns/weather", "column_unknown"),
        ({"columns": {"at": " "}}, "/columns/at", "header_empty"),
        ({"columns": {"at": "时间", "version": "时间"}}, "/columns", "header_twice"),
        ({"columns": {"at": "时间"}, "ignored": ("时间",)}, "/columns", "header_twice"),
        ({"columns": {"channel": "户号"}, "only_channel": "M1"}, "/only_channel", "channel_twice"),
        ({"only_channel": " "}, "/only_channel", "channel_empty"),
        ({"channels": {"a/b": ""}}, "/channels/a~1b", "channel_empty"),
        ({"delimiter": '"'}, "/delimiter", "delimiter_invalid"),
        ({"delimiter": ",,"}, "/delimiter", "delimiter_invalid"),
        ({"delimiter": "."}, "/delimiter", "delimiter_invalid"),
        ({"encoding": "latin-1"}, "/encoding", "option_unknown"),
        ({"date_order": "ydm"}, "/date_order", "option_unknown"),
        ({"stamps": "middle"}, "/stamps", "option_unknown"),
        ({"midnight": "noon"}, "/midnight", "option_unknown"),
        ({"midnight": "same_day"}, "/midnight", "midnight_without_end"),
        ({"unknown": "drop"}, "/unknown", "option_unknown"),
        ({"qualities": {"E": "guessed"}}, "/qualities/E", "quality_unknown"),
        ({"zone": "Asia/Linfen"}, "/zone", "zone_unknown"),
        ({"zone": "../etc/passwd"}, "/zone", "zone_unknown"),
        ({"zone": ""}, "/zone", "zone_unknown"),
        ({"zone": "Europe/Berlin"}, "/zone", "zone_changes"),
    ],
)
def test_each_wrong_field_is_named(changes: dict[str, object], pointer: str, code: str) -> None:
    assert (pointer, code) in wrong(**changes)


def test_every_wrong_field_is_named_at_once() -> None:
    with pytest.raises(ProfileInvalid) as refused:
        check_profile(replace(SOUND, zone="nowhere", delimiter="", qualities={"x": "y"}))
    assert [error.pointer for error in refused.value.errors] == ["/delimiter", "/zone", "/qualities/x"]


@pytest.mark.parametrize("zone", ["Asia/Shanghai", "Asia/Seoul", "Asia/Urumqi", "UTC"])
def test_zones_whose_days_are_all_equally_long_may_be_used(zone: str) -> None:
    assert wrong(zone=zone) == set()
