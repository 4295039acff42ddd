"""Files of a feed: every line is counted right, and what cannot be read row by row is refused whole."""

from datetime import UTC, date, datetime, time, timedelta

import polars as pl
import pytest

from app.documents.feed.reading import CSV, NDJSON, PARQUET
from app.domain.errors import Invalid
from app.domain.feed.curves import Quality
from app.domain.feed.limits import Limits
from app.domain.feed.profiles import Profile
from app.domain.feed.refusals import (
    FeedBodyTooLarge,
    FeedColumnsUnknown,
    FeedFileUnreadable,
    FeedMediaTypeUnknown,
    FeedShapeUndecidable,
    FeedTextUndecodable,
    FeedTooManyRows,
    ProfileInvalid,
)
from tests.documents.feeds import channel, codes, lines, ndjson, parquet, point, read, slots

DAY = date(2024, 1, 5)


def test_lines_of_a_csv_are_right_across_quotes_blanks_and_broken_rows() -> None:
    at = "2024-01-05T00:15:00+08:00"
    body = f'channel,at,value\r\n"M1","{at}",1\r\n\r\n"X\r\n9",{at},1\r\nM1,{at}\r\nM1,{at},1,2\r\nM1,{at},"1\r\nX8,{at},1\r\n'
    batch = read(body)
    assert codes(batch) == [
        (4, "unknown_channel"),
        (6, "row_malformed"),
        (7, "row_malformed"),
        (8, "row_malformed"),
        (9, "unknown_channel"),
    ]
    assert (batch.received, lines(batch)) == (6, [2, 4, 6, 7, 8, 9])


@pytest.mark.parametrize("quoted", ["", '"'])
def test_a_line_is_blank_by_its_ascii_blanks_alone_whichever_way_a_file_is_read(quoted: str) -> None:
    """A separator of another script is somebody's mistake, and is told."""
    good = f"{quoted}M1{quoted},2024-05-01T00:15:00+08:00,1"
    batch = read(f"channel,at,value\n{good}\n\u2028  \n \t\n{good[:-1]}2\n")
    assert [(one.line, one.code) for one in batch.rejected] == [(3, "row_malformed")]


def test_lines_of_ndjson_are_right_across_broken_ones() -> None:
    good = {"channel": "M1", "at": "2024-01-05T00:15:00+08:00", "value": 1}
    batch = read(ndjson(b"{", good, b"", b"[1]", b"{}", b'"x"', {**good, "channel": "X"}), media_type=NDJSON)
    assert codes(batch) == [
        (1, "row_malformed"),
        (4, "row_malformed"),
        (5, "row_malformed"),
        (6, "row_malformed"),
        (7, "unknown_channel"),
    ]
    assert (batch.received, lines(batch)) == (6, [1, 2, 4, 5, 6, 7])


def test_a_rejection_names_the_sources_own_column_and_what_stood_there() -> None:
    profile = Profile(source="grid", columns={"value": "电量"})
    (one,) = read("channel,at,电量\nM1,2024-01-05T00:15:00+08:00,x9\n", profile=profile).rejected
    assert (one.line, one.column, one.code, one.raw) == (2, "电量", "value_invalid", "x9")
    assert one.zh != one.en


# ── whole files ─────────────────────────────────────────────────────────────────────────────────────────────────────


def test_a_chinese_code_page_and_another_delimiter_are_read_under_a_profile() -> None:
    profile = Profile(source="grid", encoding="gb18030", delimiter=";", columns={"value": "电量"}, ignored=("户名",))
    body = "channel;户名;at;电量\nM1;钢厂;2024-01-05T00:15:00+08:00;1\n"
    assert slots(read(body.encode("gb18030"), profile=profile)) == {("M1", DAY, 1): 1000}
    assert slots(read("\ufeff" + point("2024-01-05T00:15:00+08:00"))) == {("M1", DAY, 1): 1500}


@pytest.mark.parametrize(
    ("content", "media_type", "refusal"),
    [
        (b"channel,at,value\nM1,\xff,1\n", CSV, FeedTextUndecodable),
        (b"channel,at,value,weather\nM1,x,1,rain\n", CSV, FeedColumnsUnknown),
        (b"channel,at,value,value\nM1,x,1,1\n", CSV, FeedColumnsUnknown),
        (b"at,value\nx,1\n", CSV, FeedShapeUndecidable),
        (b"channel,value\nM1,1\n", CSV, FeedShapeUndecidable),
        (b"channel,at,day,value\nM1,x,x,1\n", CSV, FeedShapeUndecidable),
        (b"channel,day,value,v01\nM1,x,1,1\n", CSV, FeedShapeUndecidable),
        (b"channel,at,v01\nM1,x,1\n", CSV, FeedShapeUndecidable),
        (b"", CSV, FeedShapeUndecidable),
        (b"PAR1xxxxxxxxPAR1", PARQUET, FeedFileUnreadable),
        (b"", PARQUET, FeedFileUnreadable),
        (b"{}", "application/json", FeedFileUnreadable),
        (b"{}", "application/xml", FeedMediaTypeUnknown),
        (ndjson({"channel": "M1", "at": "x", "value": 1, "weather": 2}), NDJSON, FeedColumnsUnknown),
    ],
)
def test_a_file_that_cannot_be_read_row_by_row_is_refused_whole(
    content: bytes, media_type: str, refusal: type[Invalid]
) -> None:
    with pytest.raises(refusal):
        read(content, media_type=media_type)


@pytest.mark.parametrize("media_type", [CSV, NDJSON, PARQUET])
def test_a_batch_has_a_largest_number_of_rows(media_type: str) -> None:
    frame = pl.DataFrame({"channel": ["M1"] * 11, "at": ["2024-01-05T00:15:00+08:00"] * 11, "value": [1.0] * 11})
    content = {CSV: frame.write_csv().encode(), NDJSON: frame.write_ndjson().encode(), PARQUET: parquet(frame)}[
        media_type
    ]
    assert read(content, media_type=media_type, limits=Limits(rows=11)).received == 11
    with pytest.raises(FeedTooManyRows):
        read(content, media_type=media_type, limits=Limits(rows=10))


@pytest.mark.parametrize(
    "column",
    [
        pl.Series("value", [[1.0]]),
        pl.Series("value", [{"kwh": 1.0}]),
        pl.Series("value", [b"1"]),
        pl.Series("value", [time(1)]),
        pl.Series("value", [timedelta(1)]),
    ],
    ids=lambda column: str(column.dtype),
)
def test_a_parquet_column_that_can_hold_no_value_refuses_the_file(column: pl.Series) -> None:
    frame = pl.DataFrame({"channel": ["M1"], "at": ["2024-01-05T00:15:00+08:00"]}).with_columns(column)
    with pytest.raises(FeedColumnsUnknown):
        read(parquet(frame), media_type=PARQUET)


@pytest.mark.parametrize("value", [True, DAY, datetime(2024, 1, 5, tzinfo=UTC), "x"])
def test_what_is_no_number_is_no_value_although_it_could_be_made_one(value: object) -> None:
    frame = pl.DataFrame({"channel": ["M1"], "at": ["2024-01-05T00:15:00+08:00"], "value": [value]})
    assert codes(read(parquet(frame), media_type=PARQUET)) == [(1, "value_invalid")]


def test_lists_of_quality_flags_mean_the_same_whichever_reader_meets_them() -> None:
    row = {"channel": "M1", "day": "2024-01-05", "values": [1.0] * 24}
    flags = ["actual"] * 23 + ["estimated"]
    hourly = channel(interval_minutes=60)
    first = read(
        ndjson({**row, "quality": "actual"}, {**row, "day": "2024-01-06", "quality": flags}),
        media_type=NDJSON,
        channels=[hourly],
    )
    assert codes(first) == []
    assert first.curves[0].quality[1, 22:].tolist() == [Quality.ACTUAL, Quality.ESTIMATED]


def test_values_may_have_headers_of_the_source() -> None:
    profile = Profile(source="grid", columns={f"v{hour:02d}": f"P{hour}" for hour in range(1, 25)})  # type: ignore[misc] # names of values are columns too
    body = f"channel,day,{','.join(f'P{hour}' for hour in range(1, 25))}\nM1,2024-01-05,{','.join('1' * 24)}\n"
    assert len(slots(read(body, profile=profile, channels=[channel(interval_minutes=60)]))) == 24


def test_no_file_is_read_under_a_wrong_profile() -> None:
    with pytest.raises(ProfileInvalid):
        read("channel,at,value\n", profile=Profile(source="grid", zone="Asia/Linfen"))


def test_a_parquet_file_that_unfolds_is_refused_before_it_does() -> None:
    lists = parquet(pl.DataFrame({"channel": ["M1"], "day": [DAY], "values": [[0.0] * 1_000_000]}))
    with pytest.raises(FeedTooManyRows):
        read(lists, media_type=PARQUET, limits=Limits(rows=1000))
    with pytest.raises(FeedBodyTooLarge):
        read(
            parquet(pl.DataFrame({"channel": ["M1" * 100_000], "at": ["x"], "value": [1.0]})),
            media_type=PARQUET,
            limits=Limits(decompressed_bytes=100_000),
        )


def test_files_without_rows_say_nothing() -> None:
    assert read("channel,at,value\n").received == 0
    assert read("", media_type=NDJSON).received == 0
    empty = pl.DataFrame(schema={"channel": pl.String, "at": pl.String, "value": pl.Float64})
    assert read(parquet(empty), media_type=PARQUET).received == 0
