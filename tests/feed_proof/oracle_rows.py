"""The oracle reads rows: what one row of a file means, or everything that speaks against it. Plain Python, nothing shared."""

import re
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from decimal import Decimal, localcontext

from tests.feed_proof.spec import EARLIEST, HOURS_AHEAD, Company, Stream

NULL, ESTIMATED, SUBSTITUTED, ACTUAL = 1, 2, 3, 4
FLAGS = {"null": NULL, "estimated": ESTIMATED, "substituted": SUBSTITUTED, "actual": ACTUAL}
MOST = 2**31 - 1
SKEW = timedelta(minutes=15)

_NUMBER = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?", re.ASCII)
_STAMP = re.compile(
    r"(?:(\d{1,4})[-/.年](\d{1,2})[-/.月](\d{1,4})日?|(\d{4})(\d{2})(\d{2}))"
    r"(?:(?:[Tt]|\s+|(?<=日))(\d{1,2}):(\d{2})(?::(\d{2})(?:[.,](\d{1,9}))?)?\s*(Z|z|[+-]\d{2}(?::?\d{2})?)?)?",
    re.ASCII,
)


class Missing:
    """A cell whose key a row does not have at all."""


MISSING = Missing()
# Of all blanks those around a stamp are these.
BLANKS = " \t\n\r\f\v"
# An instant that no calendar holds may be told as any of these.
BEYOND = {"stamp_invalid", "stamp_misaligned", "stamp_future", "day_out_of_range"}
# A cell: the text that stands there, a number as JSON writes it, nothing, or not even a key.
Cell = str | float | list[str | float | None] | Missing | None


@dataclass(slots=True)
class Row:
    """A row taken apart: cells by our column, or `broken`."""

    line: int
    cells: dict[str, Cell] = field(default_factory=dict)
    broken: bool = False


@dataclass(slots=True)
class Meaning:
    """What a sound row says: slots with their value and quality; else why it is not sound, each reason that applies."""

    line: int
    key: str = ""
    faults: set[str] = field(default_factory=set)
    parked: bool = False
    version: datetime | None = None
    # Day and slot: scaled value or None, and quality.
    slots: dict[tuple[date, int], tuple[int | None, int]] = field(default_factory=dict)
    # Of a row of a whole day, and whether it lands as one: a register read at the beginning of each slot does not.
    day: date | None = None
    as_day: bool = True


def meaning_of(row: Row, company: Company, *, columns: list[str], now: datetime) -> Meaning:
    """`columns` are those of the file; `now` is the wall clock at the sender."""
    found = Meaning(row.line)
    if row.broken:
        found.faults.add("row_malformed")
        return found
    key = text_of(row.cells.get("channel")).strip()
    found.key = str(company.told("channels", {}).get(key, key))
    stream = company.stream(found.key)
    if stream is None:
        found.parked = bool(found.key) and "\0" not in found.key and company.told("unknown", "reject") == "park"
        if not found.parked:
            found.faults.add("unknown_channel")
        return found
    found.version = _version(row, company, found.faults)
    if "at" in columns:
        _point(row, company, stream, found, now)
    else:
        _curve(row, company, stream, found, columns=columns, now=now)
    return found


def text_of(cell: Cell) -> str:
    if isinstance(cell, list):
        return ";".join(map(text_of, cell))
    return "" if cell is None or isinstance(cell, Missing) else str(cell)


def number_of(cell: Cell, stream: Stream) -> int | set[str] | None:
    """The scaled integer, None where no value was sent, or what is wrong with it."""
    text = repr(cell) if isinstance(cell, float) else text_of(cell).strip()
    if not text:
        return None
    if not _NUMBER.fullmatch(text):
        return {"value_invalid"}
    with localcontext(prec=5000):
        return _scaled(Decimal(text), stream)


def _scaled(exact: Decimal, stream: Stream) -> int | set[str]:
    faults = set[str]()
    # Numbers are doubles: what none of them tells from zero is zero.
    exact = exact if exact.is_zero() or exact.adjusted() > -324 else Decimal(0)
    most = 10 ** (stream.digits + stream.decimals) - 1 if stream.digits else MOST
    if exact < 0 and (stream.quantity == "energy_kwh" or stream.register):
        faults.add("negative_value")
    if abs(exact) > Decimal(most).scaleb(-stream.decimals):
        faults.add("value_out_of_range")
    elif exact.scaleb(stream.decimals) % 1:
        faults.add("too_precise")
    # So large that a double knows it no longer.
    if exact and exact.adjusted() >= 308:
        faults.add("value_invalid")
    return faults or int(exact.scaleb(stream.decimals))


def flags_of(cell: Cell, company: Company, width: int) -> list[int] | None:
    text = text_of(cell)
    if not text.strip():
        return [ACTUAL] * width
    own = company.told("qualities", {})
    told = [one.strip() for one in text.split(";")]
    flags = [FLAGS.get(str(own.get(one, one)).lower()) if one else ACTUAL for one in told]
    if None in flags or len(flags) not in {1, width}:
        return None
    known = [one for one in flags if one is not None]
    return known * width if len(known) == 1 else known


def stamp_of(text: str, company: Company) -> tuple[datetime, bool, bool] | str:
    """Wall clock in the company's zone, whether 24:00 was printed as such, whether it had an offset; or the fault."""
    found = _STAMP.fullmatch(text.strip(BLANKS))
    if found is None or found[7] is None:
        return "stamp_invalid"
    try:
        return _instant(found, company)
    except OverflowError:
        return "beyond"


def _instant(found: re.Match[str], company: Company) -> tuple[datetime, bool, bool] | str:
    day = _date(found, company)
    hours, minutes, seconds = int(found[7]), int(found[8]), int(found[9] or 0)
    fraction = Decimal(f"0.{found[10] or 0}")
    past_the_end = timedelta(hours=hours, minutes=minutes, seconds=seconds) > timedelta(days=1) or (
        hours == 24 and fraction
    )
    if day is None or minutes > 59 or seconds > 59 or past_the_end:
        return "stamp_invalid"
    at = datetime(day.year, day.month, day.day) + timedelta(hours=hours, minutes=minutes, seconds=seconds)  # noqa: DTZ001  a wall clock is meant
    if fraction:
        at += timedelta(microseconds=max(1, int(fraction * 10**6)))
    if found[11] is None:
        return (at, hours == 24, False) if company.told("naive", default=False) else "stamp_naive"
    return at + timedelta(hours=HOURS_AHEAD) - _offset(found[11]), hours == 24, True


def _offset(text: str) -> timedelta:
    if text in "Zz":
        return timedelta(0)
    sign = -1 if text[0] == "-" else 1
    return sign * timedelta(hours=int(text[1:3]), minutes=int(text[3:].strip(":") or 0))


def _date(found: re.Match[str], company: Company) -> date | None:
    if found[4] is not None:
        parts = [found[4], found[5], found[6]]
    else:
        parts = [found[1], found[2], found[3]]
        if len(parts[0]) != 4 and company.told("date_order", "ymd") == "dmy":
            parts.reverse()
    if len(parts[0]) != 4 or max(len(parts[1]), len(parts[2])) > 2:
        return None
    try:
        return date(int(parts[0]), int(parts[1]), int(parts[2]))
    except ValueError:
        return None


def _version(row: Row, company: Company, faults: set[str]) -> datetime | None:
    text = text_of(row.cells.get("version"))
    if not text.strip():
        return None
    read = stamp_of(text, company)
    if isinstance(read, str) or read[0].year == 1:
        faults.add("version_invalid")
        return None
    return read[0]


def _point(row: Row, company: Company, stream: Stream, found: Meaning, now: datetime) -> None:
    place = _place(text_of(row.cells.get("at")), company, stream, now)
    if isinstance(place, str):
        found.faults |= BEYOND if place == "beyond" else {place}
    flags = flags_of(row.cells.get("quality"), company, 1)
    if flags is None:
        found.faults.add("quality_invalid")
    value = number_of(row.cells["value"], stream)
    if isinstance(row.cells["value"], Missing):
        found.faults.add("value_missing")
    if isinstance(value, set):
        found.faults |= value
    elif flags is not None and not isinstance(place, str):
        found.slots[place] = _kept(value, flags[0])


def _kept(value: int | None, flag: int) -> tuple[int | None, int]:
    """No value is no value, whichever of the two says so."""
    return (None, NULL) if value is None or flag == NULL else (value, flag)


def _place(text: str, company: Company, stream: Stream, now: datetime) -> tuple[date, int] | str:
    read = stamp_of(text, company)
    if isinstance(read, str):
        return read
    at, spelled_24, instant = read
    ends = company.told("stamps", "start") == "end"
    midnight = at.time() == datetime.min.time()
    if ends and company.told("midnight", "next_day") == "same_day" and midnight and not spelled_24 and not instant:
        at += timedelta(days=1)
    if at.year == 1:
        return "beyond"
    step = timedelta(minutes=stream.minutes)
    into = at - datetime(at.year, at.month, at.day)  # noqa: DTZ001  a wall clock is meant
    if into % step:
        return "stamp_misaligned"
    begins = at - step if ends or stream.register else at
    if begins.date() < EARLIEST:
        return "day_out_of_range"
    if at > now + SKEW:
        return "stamp_future"
    return begins.date(), (begins - datetime(begins.year, begins.month, begins.day)) // step  # noqa: DTZ001  as above


def _curve(row: Row, company: Company, stream: Stream, found: Meaning, *, columns: list[str], now: datetime) -> None:
    day = _whole_day(text_of(row.cells.get("day")), company)
    if day is None:
        found.faults.add("day_invalid")
    elif not EARLIEST <= day <= (now + SKEW).date():
        found.faults.add("day_out_of_range")
    flags = flags_of(row.cells.get("quality"), company, stream.slots)
    if flags is None:
        found.faults.add("quality_invalid")
    told = _told(_cells(row, columns, stream, found.faults), stream, found.faults)
    if day is not None and flags is not None:
        found.day = day
        found.slots = {(day, slot): _kept(value, flags[slot]) for slot, value in told.items()}
        _refuse_future(found, day, stream, now)
    if day is not None and stream.register and company.told("stamps", "start") == "start":
        found.slots = {_before(day, slot, stream): kept for (_, slot), kept in found.slots.items()}
        found.as_day = False


def _told(cells: dict[int, Cell], stream: Stream, faults: set[str]) -> dict[int, int | None]:
    """The values of the cells that are there; adds what is wrong with the others."""
    values: dict[int, int | None] = {}
    for slot, cell in cells.items():
        value = number_of(cell, stream)
        if isinstance(value, set):
            faults |= value
        elif not isinstance(cell, Missing):
            values[slot] = value
    return values


def _before(day: date, slot: int, stream: Stream) -> tuple[date, int]:
    """What a register shows when a slot begins closes the one before."""
    return (day, slot - 1) if slot else (day - timedelta(days=1), stream.slots - 1)


def _refuse_future(found: Meaning, day: date, stream: Stream, now: datetime) -> None:
    midnight = datetime(day.year, day.month, day.day)  # noqa: DTZ001  a wall clock is meant
    for (_, slot), (_, flag) in found.slots.items():
        if flag != NULL and midnight + slot * timedelta(minutes=stream.minutes) > now + SKEW:
            found.faults.add("stamp_future")


def _whole_day(text: str, company: Company) -> date | None:
    found = _STAMP.fullmatch(text.strip(BLANKS))
    if found is None or found[11] is not None:
        return None
    if found[7] is not None and (int(found[7]) or int(found[8]) or int(found[9] or 0)):
        return None
    return _date(found, company)


def _cells(row: Row, columns: list[str], stream: Stream, faults: set[str]) -> dict[int, Cell]:
    """The cells of a day by slot; adds what speaks against their number."""
    if "values" in columns:
        return _listed(row.cells["values"], stream, faults)
    named = [name for name in columns if name == "value" or (name[0] == "v" and name[1:].isdigit())]
    cells: dict[int, Cell] = {0 if name == "value" else int(name[1:]) - 1: row.cells[name] for name in named}
    if all(isinstance(cell, Missing) for cell in cells.values()):
        faults.add("value_missing")
    most = max(cells) + 1
    beyond = [cell for slot, cell in cells.items() if slot >= stream.slots and text_of(cell)]
    if beyond or (most < stream.slots and most in {1, 24, 48, 96}):
        faults.add("wrong_number_of_values")
    return {slot: cell for slot, cell in cells.items() if slot < stream.slots}


def _listed(cell: Cell, stream: Stream, faults: set[str]) -> dict[int, Cell]:
    if isinstance(cell, Missing):
        faults.add("value_missing")
        return {}
    if not isinstance(cell, list) or len(cell) != stream.slots:
        faults.add("wrong_number_of_values")
        return {}
    return dict(enumerate(cell))
