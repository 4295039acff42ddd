"""Random feeds: whatever is written is read back equal, and whatever is broken is refused or told line by line."""

import gzip
import io
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal

import orjson
import polars as pl
import zstandard
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from app.documents.feed.reading import CSV, NDJSON, PARQUET
from app.domain.errors import Invalid
from app.domain.feed.channels import Channel
from app.domain.feed.profiles import Profile, Stamps
from app.domain.feed.rejections import REASONS
from tests.documents.feeds import Slots, channel, lines, read, slots
from tests.examples import tried

FIRST = date(2024, 1, 30)
CASES = settings(
    max_examples=50, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large]
)
OFFSETS = {"Asia/Shanghai": "+08:00", "Asia/Seoul": "+09:00", "Asia/Kolkata": "+05:30", "UTC": "+00:00"}
PATTERNS = {
    "ymd": "{0.year}/{0.month}/{0.day}",
    "dmy": "{0.day}/{0.month}/{0.year}",
    "mdy": "{0.month:02d}-{0.day:02d}-{0.year}",
}
COMPRESSIONS: dict[str | None, Callable[[bytes], bytes]] = {
    None: bytes,
    "gzip": gzip.compress,
    "zstd": lambda body: zstandard.ZstdCompressor(write_checksum=True).compress(body),
}


@dataclass
class Sent:
    """What a source sends: its spelling, its channels, and what each slot holds."""

    profile: Profile
    channels: list[Channel]
    slots: Slots

    def text(self, key: str, value: int | None) -> str:
        decimals = next(one.decimals for one in self.channels if one.key == key)
        return "" if value is None else f"{Decimal(value).scaleb(-decimals):f}"

    def stamp(self, key: str, day: date, slot: int) -> str:
        """What the profile prints for a slot, written without the reader's own code."""
        one = next(each for each in self.channels if each.key == key)
        minutes = slot * one.interval_minutes
        if self.profile.stamps == "end" or one.kind == "register":
            minutes += one.interval_minutes
        at = datetime(day.year, day.month, day.day) + timedelta(minutes=minutes)  # noqa: DTZ001 # a wall clock is meant
        clock = f"{at.hour}:{at.minute:02d}"
        if minutes == 1440 and self.profile.stamps == "end":
            if self.profile.midnight != "next_day":
                at -= timedelta(days=1)
            clock = "24:00" if self.profile.midnight == "24:00" else clock
        if self.profile.naive:
            return f"{PATTERNS[self.profile.date_order].format(at)} {clock}"
        return f"{at.date().isoformat()}T{clock.zfill(5)}:00{OFFSETS[self.profile.zone]}"


@st.composite
def profiles(draw: st.DrawFn) -> Profile:
    stamps: Stamps = draw(st.sampled_from(["start", "end"]))
    naive = draw(st.booleans())
    return Profile(
        source="grid",
        columns=draw(st.sampled_from([{}, {"channel": "户号", "at": "时间", "day": "日期", "value": "电量"}])),
        delimiter=draw(st.sampled_from([",", ";", "\t", "|"])),
        encoding=draw(st.sampled_from(["utf-8", "gb18030"])),
        date_order=draw(st.sampled_from(["ymd", "dmy", "mdy"])),
        zone=draw(st.sampled_from(list(OFFSETS))),
        naive=naive,
        stamps=stamps,
        midnight=draw(st.sampled_from(["24:00", "next_day", "same_day"])) if stamps == "end" and naive else "next_day",
    )


@st.composite
def sent(draw: st.DrawFn, *, least: int = 0) -> Sent:
    profile = draw(profiles())
    channels = [
        channel(
            key,
            interval_minutes=draw(st.sampled_from([15, 30, 60, 1440])),
            decimals=draw(st.integers(0, 5)),
            kind=draw(st.sampled_from(["interval", "register"])),
        )
        for key in draw(st.lists(st.sampled_from(["M1", "M2", "表计3"]), min_size=1, unique=True))
    ]
    values = st.one_of(st.none(), st.just(0), st.integers(0, 2**31 - 1))
    found: Slots = {}
    for one in channels:
        for day in draw(st.lists(st.integers(0, 2), min_size=least, max_size=2, unique=True)):
            chosen = draw(st.lists(st.integers(0, one.slots - 1), min_size=1, max_size=12, unique=True))
            found |= {(one.key, FIRST + timedelta(days=day), slot): draw(values) for slot in chosen}
    return Sent(profile, channels, found)


def named(told: Sent, name: str) -> str:
    return told.profile.columns.get(name, name)  # type: ignore[call-overload, no-any-return] # a plain str asks a mapping of literals


def points(told: Sent, media_type: str) -> bytes:
    rows = [
        {
            named(told, "channel"): key,
            named(told, "at"): told.stamp(key, day, slot),
            named(told, "value"): told.text(key, value) or None,
        }
        for (key, day, slot), value in told.slots.items()
    ]
    return written(told, rows, [named(told, name) for name in ("channel", "at", "value")], media_type)


def curves(told: Sent, media_type: str) -> bytes:
    """Rows with the keys they have: in NDJSON what is absent stays away, elsewhere nothing can."""
    days: dict[tuple[str, date], dict[str, str | None]] = {}
    for (key, day, slot), value in told.slots.items():
        days.setdefault((key, day), {})[f"v{slot + 1:02d}"] = told.text(key, value) or None
    rows = [
        {named(told, "channel"): key, named(told, "day"): PATTERNS[told.profile.date_order].format(day), **cells}
        for (key, day), cells in days.items()
    ]
    header = [named(told, "channel"), named(told, "day"), *(f"v{slot:02d}" for slot in range(1, 97))]
    return written(told, rows, header, media_type)


def written(told: Sent, rows: list[dict[str, str | None]], header: list[str], media_type: str) -> bytes:
    if media_type == NDJSON:
        return b"".join(json_line(row) for row in rows).decode().encode(told.profile.encoding)
    if media_type == PARQUET:
        held = io.BytesIO()
        pl.DataFrame(rows, schema=dict.fromkeys(header, pl.String)).write_parquet(held)
        return held.getvalue()
    mark = told.profile.delimiter
    text = "".join(mark.join(row.get(name) or "" for name in header) + "\n" for row in rows)
    return (mark.join(header) + "\n" + text).encode(told.profile.encoding)


def json_line(row: dict[str, str | None]) -> bytes:
    """Values as the numbers they are, digit by digit."""
    cells = [
        orjson.dumps(key).decode()
        + ":"
        + (value if value and key.startswith(("v", "电")) else orjson.dumps(value).decode())
        for key, value in row.items()
    ]
    return ("{" + ", ".join(cells) + "}\n").encode()


@CASES
@given(sent(), st.sampled_from([CSV, NDJSON, PARQUET]), st.sampled_from(list(COMPRESSIONS)))
def test_points_are_read_back_as_they_were_written(told: Sent, media_type: str, encoding: str | None) -> None:
    content = COMPRESSIONS[encoding](points(told, media_type))
    batch = read(content, profile=told.profile, channels=told.channels, media_type=media_type, encoding=encoding)
    assert (slots(batch), list(batch.rejected), list(batch.superseded)) == (told.slots, [], [])
    assert batch.received == len(told.slots)


@CASES
@given(sent(), st.sampled_from([CSV, NDJSON, PARQUET]), st.sampled_from(list(COMPRESSIONS)))
def test_curves_are_read_back_as_they_were_written(told: Sent, media_type: str, encoding: str | None) -> None:
    # A register's curve under start stamps is told by its own test: there slots are instants, which move.
    told.channels = [one for one in told.channels if one.kind == "interval" or told.profile.stamps == "end"]
    told.slots = {place: value for place, value in told.slots.items() if place[0] in {one.key for one in told.channels}}
    if media_type == NDJSON and not any(place[2] == 95 for place in told.slots):
        told.channels = [one for one in told.channels if one.interval_minutes == 1440]
        told.slots = {
            place: value for place, value in told.slots.items() if place[0] in {one.key for one in told.channels}
        }
    content = COMPRESSIONS[encoding](curves(told, media_type))
    batch = read(content, profile=told.profile, channels=told.channels, media_type=media_type, encoding=encoding)
    # Columns of a file are there for every row: what was not sent is said to be empty.
    found = {place: value for place, value in slots(batch).items() if value is not None or place in told.slots}
    assert (found, list(batch.rejected)) == (told.slots, [])
    if media_type == NDJSON:
        assert slots(batch) == told.slots


NASTY = [
    b"", b'"', b"\n", b"\r", b"\r\n", b",", b";", b"\t", b"{", b"}", b"[", b"null", b"nan", b"-1", b"1e999", b"9" * 40, b"0.0000001",
    b"24:00", b"99:99", b"2024-02-30", b"+08:00", b"M1", b"X9", b"\x00", b"\xff\xfe", "年".encode(), b"\\u0000", b'":', b"v01", b"1_0",
]  # fmt: skip


@tried(200, CASES)
@given(sent(least=1), st.booleans(), st.sampled_from([CSV, NDJSON, PARQUET]), st.data())
def test_whatever_is_broken_is_refused_or_accounted_for(
    told: Sent, whole_days: bool, media_type: str, data: st.DataObject
) -> None:
    content = curves(told, media_type) if whole_days else points(told, media_type)
    for _ in range(data.draw(st.integers(1, 4))):
        start = data.draw(st.integers(0, len(content)))
        end = min(len(content), start + data.draw(st.integers(0, 12)))
        content = content[:start] + data.draw(st.sampled_from(NASTY)) + content[end:]
    try:
        batch = read(content, profile=told.profile, channels=told.channels, media_type=media_type)
    except Invalid:
        return
    told_of = lines(batch)
    assert len(told_of) == len(set(told_of)) == batch.received
    assert {one.code for one in batch.rejected} <= set(REASONS)


@tried(150, CASES)
@given(
    st.one_of(
        st.decimals(allow_nan=True, allow_infinity=True, min_value=None).map(str),
        st.decimals(min_value=-10, max_value=3_000_000, places=4).map(str),
        st.from_regex(r"[-+]?[0-9]{0,12}\.?[0-9]{0,20}(e[+-]?[0-9]{1,2})?", fullmatch=True),
        st.text(alphabet="0123456789.-+eE_ nf", max_size=8),
    ),
    st.integers(0, 6),
)
def test_a_text_becomes_exactly_its_decimal_or_nothing(text: str, decimals: int) -> None:
    batch = read(f"channel,at,value\nM1,2024-01-05T00:15:00+08:00,{text}\n", channels=[channel(decimals=decimals)])
    try:
        exact = Decimal(text.strip())
    except ArithmeticError:
        exact = Decimal("nan")
    if not text.strip():
        assert list(slots(batch).values()) == [None]
    elif batch.rejected:
        keeps = exact.is_finite() and "_" not in text and 0 <= exact <= 2**31 - 1
        assert not keeps or exact.scaleb(decimals) > 2**31 - 1 or exact.scaleb(decimals) % 1
    else:
        assert list(slots(batch).values()) == [exact.scaleb(decimals)]


@CASES
@given(sent(least=1), st.sampled_from([CSV, NDJSON]), st.text(alphabet="\"'x9,;:|\t\\ -.é", max_size=30), st.data())
def test_a_broken_line_harms_no_other(told: Sent, media_type: str, garbage: str, data: st.DataObject) -> None:
    body = points(told, media_type).decode(told.profile.encoding).split("\n")
    place = data.draw(st.integers(1 if media_type == CSV else 0, len(body) - 1))
    content = "\n".join([*body[:place], garbage, *body[place:]]).encode(told.profile.encoding)
    batch = read(content, profile=told.profile, channels=told.channels, media_type=media_type)
    assert slots(batch) == told.slots
    assert {one.line for one in batch.rejected} <= {place + 1}
    assert batch.received == len(told.slots) + len(batch.rejected)
