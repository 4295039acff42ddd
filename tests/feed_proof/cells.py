"""Cells spelled otherwise or wrongly: by column, each with a name, and what stands there instead."""

from typing import Any

from tests.feed_proof.oracle_rows import MISSING


class Num(str):
    """A number as JSON writes it, digit by digit."""

    __slots__ = ()


def _text(cell: Any) -> str:
    return "" if cell is None or cell is MISSING else str(cell)


def _number(cell: Any) -> str:
    return _text(cell) or "1"


VALUES: list[tuple[str, Any]] = [
    ("empty", ""), ("null", None), ("blanks", "  "), ("blank and tab", " \t"), ("zero", "0"), ("minus zero", "-0"),
    ("minus", "-1"), ("minus tiny", "-0.01"), ("word", "abc"), ("nan", "nan"), ("NaN", "NaN"), ("inf", "inf"),
    ("-Infinity", "-Infinity"), ("null as a word", "null"), ("N/A", "N/A"), ("true", "true"), ("exponent", "1e1"),
    ("exponent up", "1E+2"), ("exponent down", "1500e-3"), ("exponent too fine", "1e-9"), ("plus", "+5"),
    ("no zero before", ".5"), ("no zero behind", "5."), ("underscore", "1_000"), ("full-width", "１２"),
    ("thousands", "1,234"), ("decimal comma", "1,5"), ("hex", "0x10"), ("overflow", "1e999"), ("underflow", "1e-400"),
    ("huge", "9" * 21), ("largest of two decimals", "21474836.47"), ("one more", "21474836.48"),
    ("largest of none", "2147483647"), ("one more of none", "2147483648"), ("largest of three", "2147483.647"),
    ("register full", "999999.99"), ("register over", "1000000"), ("too fine", "1.23456"), ("a bit too fine", "0.001"),
    ("trailing zeros", "1.5000000000000000000"), ("far too fine", "1.5000000000000000001"),
    ("as a double prints", "0.30000000000000004"), ("leading zeros", "007"), ("blanks around", " 5 "),
    ("no-break space", "\u00a05"), ("two points", "1.2.3"), ("two signs", "--5"), ("sign alone", "-"),
    ("point alone", "."), ("percent", "5%"), ("unit", "5kWh"), ("currency", "¥5"), ("quote inside", '5"'),
    ("apostrophe", "'5"), ("a date", "2019-12-08"), ("NUL", "1\x00"), ("bell", "1\x07"), ("emoji", "5️⃣"),
    ("long text", "x" * 300), ("formula", "=1+1"), ("Chinese number", "五"), ("fifteen digits", "123456.789012345"),
    ("rounded double", "1.0000000000000002"), ("one less", lambda _, cell: _number(cell) + "1"),
    ("as text", lambda _, cell: _number(cell)), ("quoted line end", "1\n2"),
    ("JSON number", Num("2")), ("JSON negative", Num("-3")), ("JSON fine", Num("1.23456")), ("JSON exponent", Num("1e2")),
    ("JSON huge", Num("1e300")), ("JSON long", Num("1.50000000000000000000000")), ("JSON minus zero", Num("-0.0")),
    ("JSON big integer", Num("12345678901234567890")),
]  # fmt: skip

STAMPS: list[tuple[str, Any]] = [
    ("empty", ""), ("null", None), ("word", "yesterday"), ("day only", "2019-12-08"), ("time only", "00:15"),
    ("UTC", "2019-12-07T16:15:00Z"), ("lower case", "2019-12-07t16:15:00z"), ("other offset", "2019-12-08T01:15:00+09:00"),
    ("offset without colon", "2019-12-08T00:15:00+0800"), ("offset of hours", "2019-12-08 00:15+08"),
    ("negative offset", "2019-12-07T11:15:00-05:00"), ("naive", "2019-12-08 00:15"), ("naive T", "2019-12-08T00:15:00"),
    ("24:00", "2019-12-08T24:00:00+08:00"), ("24:00 naive", "2019-12-08 24:00"), ("24:15", "2019-12-08 24:15"),
    ("midnight", "2019-12-08T00:00:00+08:00"), ("midnight naive", "2019-12-08 00:00"), ("25:00", "2019-12-08 25:00"),
    ("seconds", "2019-12-08T00:15:01+08:00"), ("fraction", "2019-12-08T00:15:00.5+08:00"),
    ("no fraction", "2019-12-08T00:15:00.000+08:00"), ("misaligned", "2019-12-08T00:07:00+08:00"),
    ("misaligned naive", "8/12/2019 00:07"), ("half hour", "2019-12-08T00:30:00+08:00"), ("hour", "2019-12-08T01:00:00+08:00"),
    ("dmy", "8/12/2019 00:15"), ("mdy", "12/8/2019 00:15"), ("dmy midnight", "8/12/2019 00:00"), ("dmy 24:00", "08/12/2019 24:00"),
    ("two-digit year", "8/12/19 00:15"), ("points", "8.12.2019 00:15"), ("Chinese", "2019年12月8日 00:15"),
    ("Chinese without blank", "2019年12月8日00:15"), ("slashes", "2019/12/8 0:15"), ("compact", "20191208 00:15"),
    ("compact T", "20191208T00:15:00+08:00"), ("future", "2030-01-01T00:00:00+08:00"), ("future naive", "1/1/2030 00:15"),
    ("soon", "2019-12-10T23:00:00+08:00"), ("before 2000", "1999-12-31T10:00:00+08:00"), ("first", "2000-01-01T00:00:00+08:00"),
    ("year 1", "0001-01-01T00:00:00+08:00"), ("year 9999", "9999-12-31T24:00:00+08:00"), ("month 13", "2019-13-01T00:15:00+08:00"),
    ("day 32", "2019-12-32T00:15:00+08:00"), ("29 February", "2019-02-29T00:15:00+08:00"), ("minute 60", "2019-12-08T00:60:00+08:00"),
    ("blanks around", "  2019-12-08T00:15:00+08:00 "), ("epoch", "1575763200"), ("serial", "43807.01"), ("AM", "2019-12-08 12:15 AM"),
    ("NUL", "2019-12-08\x00"), ("a number", Num("5")), ("zone name", "2019-12-08T00:15:00[Asia/Shanghai]"),
    ("full-width", "２０１９-12-08 00:15"), ("month name", "8 Dec 2019 00:15"), ("no seconds", "2019-12-08T00:15+08:00"),
]  # fmt: skip

DAYS: list[tuple[str, Any]] = [
    ("empty", ""), ("null", None), ("word", "x"), ("midnight behind", "2019-12-08 00:00:00"), ("midnight T", "2019-12-08T00:00"),
    ("a time", "2019-12-08 00:15"), ("an instant", "2019-12-08T00:00:00+08:00"), ("dmy", "8/12/2019"), ("ymd", "2019-12-08"),
    ("slashes", "2019/12/8"), ("compact", "20191208"), ("Chinese", "2019年12月8日"), ("two-digit year", "8/12/19"),
    ("mdy", "12/31/2019"), ("month 13", "2019-13-08"), ("30 February", "2019-02-30"), ("tomorrow", "2019-12-11"),
    ("today", "2019-12-10"), ("today dmy", "10/12/2019"), ("future", "2031-01-01"), ("before 2000", "1999-12-31"),
    ("first", "2000-01-01"), ("blanks around", " 2019-12-08 "), ("a number", Num("20191208")), ("24:00", "2019-12-08 24:00"),
    ("leap", "2020-02-29"), ("NUL", "\x00"),
]  # fmt: skip

CHANNELS: list[tuple[str, Any]] = [
    ("empty", ""), ("null", None), ("unknown", "M404"), ("another company's", "P1"), ("another company's register", "F4"),
    ("a third company's", "S1"), ("mapped", "甲"), ("mapped register", "乙"), ("blanks around", lambda _, cell: f" {_text(cell)} "),
    ("lower case", lambda _, cell: _text(cell).lower()), ("a number", Num("17")), ("long", "K" * 300), ("NUL", "A\x00"),
    ("quote", "'; DROP TABLE load_curves; --"), ("Chinese", "电表一"), ("JSON", '{"a":1}'), ("full-width", "Ｐ１"),
    ("hourly", lambda draft, _: draft.company.streams[1].key), ("daily", lambda draft, _: draft.company.streams[2].key),
    ("register", lambda draft, _: draft.company.streams[3].key), ("half-hourly", lambda draft, _: draft.company.streams[4].key),
    ("first", lambda draft, _: draft.company.streams[0].key),
]  # fmt: skip

QUALITIES: list[tuple[str, Any]] = [
    ("empty", ""), ("null", None), ("null as a flag", "null"), ("actual", "actual"), ("capitals", "ESTIMATED"), ("substituted", "substituted"),
    ("absent", "absent"), ("unknown", "good"), ("own", "实"), ("own estimate", "估"), ("blanks around", " estimated "), ("number", Num("4")),
    ("two", "actual;estimated"), ("one a slot", ";".join(["actual", "estimated"] * 48)), ("one an hour", ";".join(["actual"] * 24)),
    ("empties", ";" * 95), ("NUL", "\x00"),
]  # fmt: skip

VERSIONS: list[tuple[str, Any]] = [
    ("empty", ""), ("null", None), ("newer", "2019-12-09T12:00:00+08:00"), ("older", "2019-01-01T00:00:00+08:00"), ("future", "2100-01-01T00:00:00Z"),
    ("naive", "2019-12-09 03:00"), ("dmy", "9/12/2019 3:00"), ("day only", "2019-12-09"), ("word", "v2"), ("number", Num("7")),
    ("second", "2019-12-09T03:00:01+08:00"), ("fraction", "2019-12-09T03:00:00.25+08:00"), ("year 9999", "9999-12-31T24:00:00+08:00"),
    ("year 1", "0001-01-01T00:00:00+08:00"),
]  # fmt: skip

CELLS: dict[str, list[tuple[str, Any]]] = {
    "channel": CHANNELS, "at": STAMPS, "day": DAYS, "value": VALUES, "quality": QUALITIES, "version": VERSIONS,
}  # fmt: skip
