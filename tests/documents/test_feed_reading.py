"""The reader: what is sent lands in the right slot, and what cannot land is told with its line."""

from datetime import UTC, date, datetime

import numpy as np
import polars as pl
import pytest

from app.documents.feed.reading import NDJSON, PARQUET
from app.domain.feed.curves import Quality
from app.domain.feed.profiles import Profile
from tests.documents.feeds import channel, codes, ndjson, parquet, point, read, slots

DAY = date(2024, 1, 5)
HOURLY = channel(interval_minutes=60)
DAILY = channel(quantity="nox_kg", interval_minutes=1440)
V24 = ",".join(f"v{hour:02d}" for hour in range(1, 25))


def only(code: str, content: str | bytes, **given: object) -> None:
    batch = read(content, **given)  # type: ignore[arg-type] # the tests below say what is given
    assert [one.code for one in batch.rejected] == [code]
    assert slots(batch) == {}


# ── zero, null and absent ───────────────────────────────────────────────────────────────────────────────────────────


def test_zero_null_and_absent_are_three_things() -> None:
    values = ["0", "", "2.25", *["1"] * 21]
    found = slots(read(f"channel,day,{V24}\nM1,2024-01-05,{','.join(values)}\n", channels=[HOURLY]))
    assert [found["M1", DAY, slot] for slot in range(4)] == [0, None, 2250, 1000]
    row = {"channel": "M1", "day": "2024-01-05", "v01": 0, "v02": None, "v24": 2.25}
    sent = slots(read(ndjson(row), channels=[HOURLY], media_type=NDJSON))
    assert sent == {("M1", DAY, 0): 0, ("M1", DAY, 1): None, ("M1", DAY, 23): 2250}


def test_a_missing_key_is_absent_even_where_another_row_has_it() -> None:
    full = {"channel": "M1", "day": "2024-01-05"} | {f"v{hour:02d}": 1.0 for hour in range(1, 25)}
    gap = {key: value for key, value in full.items() if key != "v07"} | {"day": "2024-01-06", "v08": None}
    batch = read(ndjson(full, gap), channels=[HOURLY], media_type=NDJSON)
    quality = batch.curves[0].quality
    assert (quality[0] == Quality.ACTUAL).all()
    assert quality[1, 6:8].tolist() == [Quality.ABSENT, Quality.NULL]


def test_a_point_without_a_value_is_told_apart_from_one_sent_as_null() -> None:
    missing = {"channel": "M1", "at": "2024-01-05T00:00:00+08:00"}
    null = {"channel": "M1", "at": "2024-01-05T00:15:00+08:00", "value": None}
    batch = read(ndjson(missing, null), media_type=NDJSON)
    assert codes(batch) == [(1, "value_missing")]
    assert slots(batch) == {("M1", DAY, 1): None}


# ── stamps and days ─────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("at", "slot"),
    [
        ("2024-01-05T00:15:00+08:00", 1),
        ("2024-01-04T16:15:00Z", 1),
        ("2024-01-05 09:15:00+09:00", 33),
        ("2024/1/5 0:15+0800", 1),
        ("2024年1月5日 23:45 +08:00", 95),
        ("2024-01-04T24:00:00+08:00", 0),
    ],
)
def test_a_stamp_means_one_slot_however_it_is_spelled(at: str, slot: int) -> None:
    assert slots(read(point(at))) == {("M1", DAY, slot): 1500}


@pytest.mark.parametrize(
    ("order", "at"),
    [("ymd", "2024/1/5 0:15"), ("dmy", "5/1/2024 0:15"), ("mdy", "1/5/2024 0:15"), ("dmy", "2024-01-05 00:15")],
)
def test_a_profile_says_the_order_of_a_date(order: str, at: str) -> None:
    profile = Profile(source="grid", naive=True, date_order=order)  # type: ignore[arg-type] # one of the three
    assert slots(read(point(at), profile=profile)) == {("M1", DAY, 1): 1500}


@pytest.mark.parametrize(
    ("midnight", "at"),
    [
        ("24:00", "2024-01-05 24:00"),
        ("next_day", "2024-01-06 00:00"),
        ("next_day", "2024-01-05 24:00"),
        ("same_day", "2024-01-05 00:00"),
        ("same_day", "2024-01-05 24:00"),
    ],
)
def test_each_spelling_of_midnight_ends_the_same_day(midnight: str, at: str) -> None:
    profile = Profile(source="grid", naive=True, stamps="end", midnight=midnight)  # type: ignore[arg-type] # one of the three
    assert slots(read(point(at), profile=profile)) == {("M1", DAY, 95): 1500}


def test_midnight_of_the_same_day_is_a_spelling_of_clocks_not_of_instants() -> None:
    profile = Profile(source="grid", naive=True, stamps="end", midnight="same_day")
    assert slots(read(point("2024-01-06T00:00:00+08:00"), profile=profile)) == {("M1", DAY, 95): 1500}


def test_a_register_is_read_at_an_instant_and_closes_the_slot_before() -> None:
    register = channel(kind="register", interval_minutes=60, digits=6)
    assert slots(read(point("2024-01-05T01:00:00+08:00"), channels=[register])) == {("M1", DAY, 0): 1500}
    row = f"channel,day,{V24}\nM1,2024-01-05,{','.join(str(hour) for hour in range(24))}\n"
    opening = slots(read(row, channels=[register]))
    assert (opening["M1", date(2024, 1, 4), 23], opening["M1", DAY, 0], opening["M1", DAY, 22]) == (0, 1000, 23000)
    closing = slots(read(row, channels=[register], profile=Profile(source="grid", stamps="end")))
    assert (closing["M1", DAY, 0], closing["M1", DAY, 23]) == (0, 23000)


@pytest.mark.parametrize(
    ("at", "code"),
    [
        ("2024-01-05 00:15", "stamp_naive"),
        ("2024-01-05T00:15", "stamp_naive"),
        ("05/01/2024 00:15+08:00", "stamp_invalid"),
        ("2024-02-30T00:15:00+08:00", "stamp_invalid"),
        ("2024-01-05T24:15:00+08:00", "stamp_invalid"),
        ("2024-01-05", "stamp_invalid"),
        ("", "stamp_invalid"),
        ("soon", "stamp_invalid"),
        ("2024-01-05T00:20:00+08:00", "stamp_misaligned"),
        ("2024-01-05T00:15:01+08:00", "stamp_misaligned"),
        ("2024-01-05T00:15:00.5+08:00", "stamp_misaligned"),
        ("2024-06-01T12:30:00+08:00", "stamp_future"),
        ("1999-12-31T00:15:00+08:00", "day_out_of_range"),
        ("0001-01-01T00:00:00+23:00", "stamp_invalid"),
    ],
)
def test_a_stamp_that_means_no_slot_is_told_why(at: str, code: str) -> None:
    only(code, point(at))


def test_a_sender_whose_clock_is_a_little_ahead_is_believed() -> None:
    assert codes(read(point("2024-06-01T12:15:00+08:00"))) == []


@pytest.mark.parametrize(
    ("day", "code"),
    [
        ("2024-06-02", "day_out_of_range"),
        ("1999-12-31", "day_out_of_range"),
        ("2024-1", "day_invalid"),
        ("", "day_invalid"),
    ],
)
def test_a_day_that_cannot_be_is_told_why(day: str, code: str) -> None:
    only(code, f"channel,day,value\nM1,{day},1\n", channels=[DAILY])


def test_a_value_for_a_slot_of_today_that_has_not_begun_is_no_measurement() -> None:
    begun = ["1"] * 13
    assert codes(read(f"channel,day,{V24}\nM1,2024-06-01,{','.join(begun + [''] * 11)}\n", channels=[HOURLY])) == []
    zeros = f"channel,day,{V24}\nM1,2024-06-01,{','.join(begun + ['0'] * 11)}\n"
    only("stamp_future", zeros, channels=[HOURLY])


# ── values ──────────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("value", "code"),
    [
        ("nan", "value_invalid"),
        ("inf", "value_invalid"),
        ("abc", "value_invalid"),
        ("1_0", "value_invalid"),
        ("1.2.3", "value_invalid"),
        ('"1,234.5"', "value_invalid"),
        ("1.2345", "too_precise"),
        ("1.5000000000000000001", "too_precise"),
        ("2147483.648", "value_out_of_range"),
        ("1e300", "value_out_of_range"),
        ("-0.001", "negative_value"),
    ],
)
def test_a_value_that_cannot_be_kept_exactly_is_told_why(value: str, code: str) -> None:
    only(code, point("2024-01-05T00:15:00+08:00", value))


@pytest.mark.parametrize(
    ("value", "kept"),
    [
        ("2147483.647", 2147483647),
        ("1.50000000000000000000", 1500),
        (" 3.17 ", 3170),
        ("1e3", 1000000),
        ("-0", 0),
        ("+.5", 500),
    ],
)
def test_a_value_is_kept_exactly_as_sent(value: str, kept: int) -> None:
    assert slots(read(point("2024-01-05T00:15:00+08:00", value))) == {("M1", DAY, 1): kept}


def test_emissions_may_be_negative_and_registers_keep_to_their_digits() -> None:
    assert slots(read("channel,day,value\nM1,2024-01-05,-0.25\n", channels=[DAILY])) == {("M1", DAY, 0): -250}
    register = channel(kind="register", digits=4, decimals=2)
    only("value_out_of_range", point("2024-01-05T00:15:00+08:00", "10000"), channels=[register])
    assert codes(read(point("2024-01-05T00:15:00+08:00", "9999.99"), channels=[register])) == []


def test_numbers_in_json_may_be_text_where_they_must_be_exact() -> None:
    rows = [{"channel": "M1", "at": f"2024-01-05T00:{minute}:00+08:00", "value": value} for minute, value in
            (("00", "3.170"), ("15", 2), ("30", True), ("45", "x"))]  # fmt: skip
    batch = read(ndjson(*rows), media_type=NDJSON)
    assert slots(batch) == {("M1", DAY, 0): 3170, ("M1", DAY, 1): 2000}
    assert codes(batch) == [(3, "value_invalid"), (4, "value_invalid")]


def test_a_float_of_32_bits_means_the_decimal_next_to_it() -> None:
    frame = pl.DataFrame(
        {"channel": ["M1"], "at": ["2024-01-05T00:15:00+08:00"], "value": pl.Series([3.17], dtype=pl.Float32)}
    )
    assert slots(read(parquet(frame), media_type=PARQUET)) == {("M1", DAY, 1): 3170}


@pytest.mark.parametrize("media_type", [NDJSON, PARQUET])
def test_the_number_of_values_is_that_of_the_channels_day(media_type: str) -> None:
    frame = pl.DataFrame(
        {"channel": ["M1", "M1"], "day": ["2024-01-05", "2024-01-06"], "values": [[1.0] * 24, [1.0] * 23]}
    )
    content = parquet(frame) if media_type == PARQUET else frame.write_ndjson().encode()
    batch = read(content, channels=[HOURLY], media_type=media_type)
    assert codes(batch) == [(2, "wrong_number_of_values")]
    assert len(slots(batch)) == 24


def test_the_columns_of_an_hourly_file_are_not_the_first_hours_of_a_day() -> None:
    row = f"channel,day,{V24}\nM1,2024-01-05,{','.join(['1'] * 24)}\n"
    only("wrong_number_of_values", row)


def test_channels_of_different_intervals_share_a_file() -> None:
    header = ",".join(f"v{slot:02d}" for slot in range(1, 97))
    body = f"channel,day,{header}\nM1,2024-01-05,{','.join(['1'] * 96)}\nM2,2024-01-05,{','.join(['2'] * 24 + [''] * 72)}\n"
    batch = read(
        body + f"M2,2024-01-06,{','.join(['2'] * 96)}\n", channels=[channel(), channel("M2", interval_minutes=60)]
    )
    assert sorted(block.values.shape for block in batch.curves) == [(1, 24), (1, 96)]
    assert codes(batch) == [(4, "wrong_number_of_values")]


# ── quality, versions, repeats ──────────────────────────────────────────────────────────────────────────────────────


def test_flags_of_the_source_become_ours() -> None:
    profile = Profile(source="grid", qualities={"E": "estimated", "N": "null"})
    body = "channel,at,value,quality\n" + "".join(
        f"M1,2024-01-05T00:{minute}:00+08:00,1,{flag}\n"
        for minute, flag in (("00", "E"), ("15", ""), ("30", "N"), ("45", "?"))
    )
    batch = read(body, profile=profile)
    assert batch.points is not None
    assert batch.points.quality.tolist() == [Quality.ESTIMATED, Quality.ACTUAL, Quality.NULL]
    assert codes(batch) == [(5, "quality_invalid")]


def test_a_curve_has_one_flag_or_one_for_every_slot() -> None:
    values = ",".join(["1"] * 24)
    flags = ";".join(["actual"] * 23 + ["estimated"])
    body = f"channel,day,{V24},quality\nM1,2024-01-05,{values},{flags}\nM1,2024-01-06,{values},substituted\nM1,2024-01-07,{values},actual;actual\n"
    batch = read(body, channels=[HOURLY])
    assert batch.curves[0].quality[:, -1].tolist() == [Quality.ESTIMATED, Quality.SUBSTITUTED]
    assert batch.curves[0].quality[:, 0].tolist() == [Quality.ACTUAL, Quality.SUBSTITUTED]
    assert codes(batch) == [(4, "quality_invalid")]


def test_a_version_is_an_instant_or_nothing() -> None:
    body = "channel,at,value,version\n" + "".join(
        f"M1,2024-01-05T00:{minute}:00+08:00,1,{version}\n"
        for minute, version in (
            ("00", "2024-01-06T08:00:00+08:00"),
            ("15", ""),
            ("30", "2024-01-06"),
            ("45", "2024-01-06 08:00"),
        )
    )
    batch = read(body)
    assert batch.points is not None
    assert batch.points.version[0] == np.datetime64("2024-01-06T00:00:00")
    assert np.isnat(batch.points.version[1])
    assert codes(batch) == [(4, "version_invalid"), (5, "version_invalid")]


def test_the_last_of_several_rows_wins_and_the_others_are_named() -> None:
    at = "2024-01-05T00:15:00+08:00"
    batch = read(f"channel,at,value\nM1,{at},1\nM1,{at},oops\nM1,2024-01-04T16:15:00Z,3\n")
    assert slots(batch) == {("M1", DAY, 1): 3000}
    assert (batch.superseded, codes(batch)) == ([2], [(3, "value_invalid")])


def test_an_older_version_does_not_win_because_it_comes_last() -> None:
    at = "2024-01-05T00:15:00+08:00"
    batch = read(f"channel,at,value,version\nM1,{at},1,2024-01-07T00:00:00Z\nM1,{at},2,2024-01-06T00:00:00Z\n")
    assert (slots(batch), batch.superseded) == ({("M1", DAY, 1): 1000}, [3])


def test_what_a_repeated_curve_does_not_have_is_kept_from_the_row_before() -> None:
    morning = {"channel": "M1", "day": "2024-01-05"} | {f"v{hour:02d}": 1 for hour in range(1, 13)}
    evening = {"channel": "M1", "day": "2024-01-05"} | {f"v{hour:02d}": 2 for hour in range(12, 25)}
    batch = read(ndjson(morning, evening), channels=[HOURLY], media_type=NDJSON)
    assert [value for _, value in sorted((key[2], value) for key, value in slots(batch).items())] == [1000] * 11 + [
        2000
    ] * 13
    assert batch.superseded == [1]


# ── channels ────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_unknown_channels_are_rejected_or_parked_as_the_profile_says() -> None:
    body = "channel,at,value\nM1,2024-01-05T00:15:00+08:00,1\nX9,2024-01-05T00:15:00+08:00,1\n,2024-01-05T00:15:00+08:00,1\n"
    assert codes(read(body)) == [(3, "unknown_channel"), (4, "unknown_channel")]
    parked = read(body, profile=Profile(source="grid", unknown="park"))
    assert (parked.unknown, codes(parked)) == ([("X9", 3)], [(4, "unknown_channel")])


def test_a_sources_keys_are_mapped_and_need_no_trimming() -> None:
    profile = Profile(
        source="grid", channels={"户号1": "M1"}, columns={"channel": "户号", "at": "时间", "value": "电量"}
    )
    body = "户号,时间,电量\n户号1\t,2024-01-05T00:15:00+08:00,1\n"
    assert slots(read(body, profile=profile)) == {("M1", DAY, 1): 1000}


def test_a_file_of_one_channel_needs_no_column_for_it() -> None:
    profile = Profile(source="grid", only_channel="M1")
    assert slots(read("at,value\n2024-01-05T00:15:00+08:00,1\n", profile=profile)) == {("M1", DAY, 1): 1000}


def test_typed_columns_mean_what_text_means() -> None:
    instant = datetime(2024, 1, 4, 16, 15, tzinfo=UTC)
    frame = pl.DataFrame({"channel": [7], "at": [instant], "value": [2]})
    assert slots(read(parquet(frame), media_type=PARQUET, channels=[channel("7")])) == {("7", DAY, 1): 2000}
    naive = pl.DataFrame({"channel": ["M1"], "at": [datetime(2024, 1, 5, 0, 15)], "value": [2.0]})  # noqa: DTZ001 # a wall clock is meant
    assert codes(read(parquet(naive), media_type=PARQUET)) == [(1, "stamp_naive")]
    assert slots(read(parquet(naive), media_type=PARQUET, profile=Profile(source="grid", naive=True))) == {
        ("M1", DAY, 1): 2000
    }
    daily = pl.DataFrame({"channel": ["M1"], "day": [DAY], "value": [None]}, schema_overrides={"value": pl.Float64})
    assert slots(read(parquet(daily), media_type=PARQUET, channels=[DAILY])) == {("M1", DAY, 0): None}
