"""Valid batches, and what can go wrong with them: each mutation is one structured change, drawn from a seed."""

import gzip
import io
import json
import random
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

import polars as pl

from tests.feed_proof.cells import CELLS, Num
from tests.feed_proof.oracle_files import CSV, JSON, LINES, PARQUET, Table
from tests.feed_proof.oracle_rows import MISSING, Row
from tests.feed_proof.spec import Company, Stream

Record = dict[str, Any]
WORDS = ["0", "1.5", "2", "7.25", "100", "3"]


@dataclass(slots=True)
class Draft:
    """A batch while it is made: records by our column, then lines of text, then bytes."""

    company: Company
    chance: random.Random
    today: date
    now: datetime
    days: list[date]
    media_type: str = CSV
    columns: list[str] = field(default_factory=list)
    records: list[Record] = field(default_factory=list)
    headers: dict[str, str] = field(default_factory=dict)
    params: dict[str, str] = field(default_factory=dict)
    encoding: str | None = None
    body: bytes = b""
    # Of Parquet, which the standard library does not read: the table that was written.
    table: Table | None = None
    done: list[str] = field(default_factory=list)
    # The sender is told so by the kind of the request, whatever the body holds.
    refused_at_the_door: str | None = None

    def pick(self, several: list[Any]) -> Any:
        return self.chance.choice(several)


def draft_of(company: Company, chance: random.Random, *, now: datetime, days: list[date]) -> Draft:
    """A valid batch of single values or of whole days."""
    draft = Draft(company, chance, now.date(), now, days)
    draft.media_type = draft.pick([CSV, CSV, CSV, LINES, LINES, PARQUET])
    if chance.random() < 0.7:
        points(draft)
    else:
        whole_days(draft)
    for extra in ("quality", "version"):
        if chance.random() < 0.4:
            draft.columns.append(extra)
            for record in draft.records:
                record[extra] = _flag(draft) if extra == "quality" else _version(draft)
    return draft


def points(draft: Draft) -> None:
    draft.columns = ["channel", "at", "value"]
    for _ in range(draft.chance.randint(24, 72)):
        stream = draft.pick(list(draft.company.streams))
        slot = draft.pick([*range(12), 46, 47, 48, *range(90, 96)]) % stream.slots
        today = draft.chance.random() < 0.15
        day = draft.today if today else draft.pick(draft.days)
        record = {"channel": stream.key, "at": stamp(draft, stream, day, slot % 8 if today else slot)}
        draft.records.append(record | {"value": value(draft, stream)})


def whole_days(draft: Draft) -> None:
    stream = draft.pick(list(draft.company.streams))
    alike = [one for one in draft.company.streams if one.slots == stream.slots]
    listed = draft.media_type == LINES and draft.chance.random() < 0.3
    names = ["values"] if listed else [f"v{slot:02}" for slot in range(1, stream.slots + 1)]
    draft.columns = ["channel", "day", *names]
    for _ in range(draft.chance.randint(3, 8)):
        own, day = draft.pick(alike), draft.pick(draft.days)
        most = [value(draft, own) for _ in range(4)]
        told = [most[slot % 4] for slot in range(own.slots)]
        cells = {"values": told} if listed else dict(zip(names, told, strict=True))
        draft.records.append({"channel": own.key, "day": spelled_day(draft, day), **cells})


def value(draft: Draft, stream: Stream) -> Any:
    """Often one of few, so that much is unchanged; a number or its text."""
    text = draft.pick([word for word in WORDS if len(word.partition(".")[2]) <= stream.decimals])
    if draft.chance.random() < 0.08:
        return None
    if draft.chance.random() < 0.2:
        text = str(Decimal(draft.chance.randrange(10**6)).scaleb(-stream.decimals))
    return Num(text) if draft.media_type == LINES and draft.chance.random() < 0.7 else text


def stamp(draft: Draft, stream: Stream, day: date, slot: int) -> str:
    """As the company prints it."""
    ends = draft.company.told("stamps", "start") == "end"
    minutes = (slot + (ends or stream.register)) * stream.minutes
    at = datetime(day.year, day.month, day.day) + timedelta(minutes=minutes)  # noqa: DTZ001  a wall clock is meant
    clock = f"{at:%H:%M}"
    if minutes == 1440 and ends and draft.company.told("midnight", "next_day") != "next_day":
        at -= timedelta(days=1)
        clock = "24:00" if draft.company.profile["midnight"] == "24:00" else clock
    if draft.company.told("naive", default=False):
        return f"{spelled_day(draft, at.date())} {clock}"
    return f"{at:%Y-%m-%d}T{clock}:00+08:00"


def spelled_day(draft: Draft, day: date) -> str:
    if draft.company.told("date_order", "ymd") == "dmy":
        return f"{day.day}/{day.month}/{day.year}"
    return day.isoformat()


def _flag(draft: Draft) -> str | None:
    own = {quality: flag for flag, quality in draft.company.told("qualities", {}).items()}
    quality = draft.pick(["actual", "actual", "estimated", "substituted", None])
    return own.get(quality, quality) if quality else None


def _version(draft: Draft) -> str | None:
    if draft.chance.random() < 0.3:
        return None
    hour = draft.chance.randrange(6)
    day = spelled_day(draft, draft.today - timedelta(days=1))
    return f"{day} {hour:02}:00" if draft.company.told("naive", default=False) else f"{day}T{hour:02}:00:00+08:00"


def change_cells(draft: Draft, times: int) -> None:
    """Rows dropped, doubled, moved; cells spelled otherwise or wrongly."""
    for _ in range(times):
        if not draft.records:
            return
        name = draft.pick(list(ROW_CHANGES) + ["cell"] * 9)
        if name != "cell":
            ROW_CHANGES[name](draft)
            draft.done.append(name)
            continue
        record = draft.pick(draft.records)
        column = draft.pick([one for one in draft.columns if one in record] or draft.columns)
        kind = "value" if column[0] == "v" and column != "version" else column
        change, made = draft.pick(CELLS["day" if kind == "day" else kind])
        if column == "values":
            told = list(record["values"]) if isinstance(record.get("values"), list) else [None]
            told[draft.chance.randrange(len(told) or 1) if told else 0 :][:1] = (
                [made] if not callable(made) else [made(draft, record)]
            )
            record["values"] = draft.pick([told, told, told[:-1], [*told, None], told[:24]])
        else:
            record[column] = made(draft, record.get(column)) if callable(made) else made
        draft.done.append(f"{kind}: {change}")


def _drop(draft: Draft) -> None:
    draft.records.remove(draft.pick(draft.records))


def _double(draft: Draft) -> None:
    draft.records.insert(draft.chance.randrange(len(draft.records) + 1), dict(draft.pick(draft.records)))


def _shuffle(draft: Draft) -> None:
    draft.chance.shuffle(draft.records)


def _swap(draft: Draft) -> None:
    """Two cells of one row change places."""
    record = draft.pick(draft.records)
    names = [one for one in draft.columns if one in record and one != "values"]
    if not names:
        return
    one, other = draft.pick(names), draft.pick(names)
    record[one], record[other] = record[other], record[one]


def _shift(draft: Draft) -> None:
    """The cells of a row move one column on."""
    record = draft.pick(draft.records)
    names = [one for one in draft.columns if one != "values" and one in record]
    told = [record[one] for one in names]
    record.update(zip(names, [*told[-1:], *told[:-1]], strict=True))


def _shift_column(draft: Draft) -> None:
    """The cells of a column move one row down."""
    name = draft.pick([one for one in draft.columns if one != "values"])
    told = [record.get(name, MISSING) for record in draft.records]
    for record, cell in zip(draft.records, [*told[-1:], *told[:-1]], strict=True):
        if cell is MISSING:
            record.pop(name, None)
        else:
            record[name] = cell


def _leave_out(draft: Draft) -> None:
    if draft.media_type == LINES:
        record = draft.pick(draft.records)
        record.pop(draft.pick([*record, ""]), None)


ROW_CHANGES: dict[str, Callable[[Draft], None]] = {
    "row dropped": _drop,
    "row doubled": _double,
    "rows in another order": _shuffle,
    "cells swapped": _swap,
    "row shifted": _shift,
    "column shifted": _shift_column,
    "key left out": _leave_out,
}


def written(draft: Draft) -> None:
    """The records as bytes of their kind."""
    if draft.media_type == PARQUET:
        _write_parquet(draft)
        return
    lines = _json_lines(draft) if draft.media_type == LINES else _csv_lines(draft)
    draft.body = "".join(line + "\n" for line in lines).encode(draft.company.told("encoding", "utf-8"))


def _csv_lines(draft: Draft) -> list[str]:
    mark = draft.company.told("delimiter", ",")
    head = mark.join(draft.company.column(name) for name in draft.columns)
    rows = [mark.join(_quoted(record.get(name), mark) for name in draft.columns) for record in draft.records]
    return [head, *rows]


def _quoted(cell: Any, mark: str) -> str:
    text = "" if cell is None else str(cell)
    return f'"{text}"' if mark in text or "\n" in text else text


def _json_lines(draft: Draft) -> list[str]:
    names = {name: json.dumps(draft.company.column(name), ensure_ascii=False) for name in draft.columns}
    objects = [",".join(f"{names[key]}:{_json(cell)}" for key, cell in record.items()) for record in draft.records]
    return [f"{{{one}}}" for one in objects]


def _json(cell: Any) -> str:
    if isinstance(cell, Num):
        return str(cell)
    if isinstance(cell, list):
        return "[" + ",".join(map(_json, cell)) + "]"
    return json.dumps(cell, ensure_ascii=False)


def _write_parquet(draft: Draft) -> None:
    texts = {name: [None if record.get(name) is None else str(record.get(name)) for record in draft.records] for name in draft.columns}  # fmt: skip
    if not draft.records:
        texts = {name: [] for name in draft.columns}
    frame = pl.DataFrame(
        {draft.company.column(name): pl.Series(cells, dtype=pl.String) for name, cells in texts.items()}
    )
    held = io.BytesIO()
    frame.write_parquet(held)
    draft.body = held.getvalue()
    rows = [Row(line, {name: texts[name][line - 1] or None for name in draft.columns}) for line in range(1, frame.height + 1)]  # fmt: skip
    draft.table = Table(columns=list(draft.columns), rows=rows)


def packed(draft: Draft) -> None:
    if draft.chance.random() < 0.5 and draft.media_type != PARQUET:
        draft.body, draft.encoding = gzip.compress(draft.body, 1, mtime=0), "gzip"


__all__ = ["CSV", "JSON", "LINES", "PARQUET", "Draft", "change_cells", "draft_of", "packed", "written"]
