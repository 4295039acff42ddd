"""Checking one written row: every cell is read, every error found is told, nothing is looked up."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any

from app.domain.access import Actor
from app.domain.enterprises.columns import COLUMNS, POINTS_AT, Column, RowLevel
from app.domain.enterprises.regions import RegionTable
from app.domain.errors import FieldError
from app.domain.facts.assertions import Claim, FactUnknown, claim, fact_named
from app.domain.facts.values import BOOLEANS, ValueRefused, is_plain
from app.domain.policies.facts import LEVELS, Catalogue, FactSpec, Level, normal

MAX_CODE = 64
MAX_NAME = 200
_GBT4754 = re.compile(r"\d{3,4}")
_DEGREES = re.compile(r"\d{1,3}(\.\d{1,20})?")
# A centimetre on the ground; what spreadsheets write beyond it is binary noise.
DEGREE_STEP = Decimal("0.0000001")
# The bounds of China: a swapped longitude and latitude falls outside both.
BOUNDS: Mapping[str, tuple[int, int]] = {"longitude": (73, 136), "latitude": (3, 54)}
MAX_MULTIPLIER = 1_000_000


@dataclass(frozen=True, slots=True)
class Place:
    """Where a row was written: a sheet and its line, or a pointer into JSON."""

    sheet: str
    line: int
    pointer: str = ""


@dataclass(slots=True)
class Draft:
    """A row as it was written, without its blanks; rows of one thing may tell its history if they begin on other days."""

    level: RowLevel
    place: Place
    cells: dict[str, Any]
    facts: list["FactDraft"] = field(default_factory=list)
    begins: date | None = None
    errors: tuple[FieldError, ...] = ()


@dataclass(frozen=True, slots=True)
class FactDraft:
    """A fact as it was written; `pointer` is its column or its place below the row."""

    name: str
    value: object
    valid_from: date | None
    valid_to: date | None
    document: str | None
    pointer: str


@dataclass(frozen=True, slots=True)
class Checked:
    """A row whose every cell is good; what it points at is still to be found."""

    level: RowLevel
    place: Place
    cells: dict[str, Any]
    claims: tuple[Claim, ...]

    @property
    def key(self) -> tuple[str, ...]:
        """What makes a row the same row in its enterprise."""
        if self.level == "coupling":
            return tuple(self.cells[name] for name in ("kind", "from_level", "from_code", "to_level", "to_code"))
        return (self.cells["code"],)


@dataclass(frozen=True, slots=True, kw_only=True)
class Yardsticks:
    """What rows are measured by; everything that comes from outside the domain is handed in."""

    catalogue: Catalogue
    options: Mapping[str, Mapping[str, str]]
    regions: RegionTable
    credit_code: Callable[[str], str]
    day: date
    actor: Actor

    def fact(self, name: str) -> FactSpec:
        return self.catalogue.facts.get(name) or fact_named(name, self.catalogue)


def check(draft: Draft, by: Yardsticks) -> Checked | list[FieldError]:
    """All good, or all that is wrong."""
    errors = list(draft.errors)
    cells: dict[str, Any] = {}
    pointer = draft.place.pointer
    for column in COLUMNS[draft.level]:
        raw = draft.cells.get(column.name)
        if raw is None:
            continue
        try:
            cells[column.name] = _READERS[column.kind](raw, column, by)
        except ValueRefused as refused:
            errors.append(refused.at(f"{pointer}{column.name}"))
    errors += _missing_keys(draft, pointer)
    if not errors:
        errors += _together(draft.level, cells, pointer)
    claims = [found for one in draft.facts if (found := _claim(one, draft, by, errors)) is not None]
    return errors or Checked(draft.level, draft.place, cells, tuple(claims))


def required(column: Column, pointer: str) -> FieldError:
    return FieldError(
        pointer=f"{pointer}{column.name}", code="required", zh=f"“{column.zh}”必填。", en=f"{column.name} is required."
    )


def _missing_keys(draft: Draft, pointer: str) -> list[FieldError]:
    """Keys must always be there; names and regions only when a row is new, which the register knows."""
    keys = ("enterprise", "code") if draft.level not in POINTS_AT else ()
    return [
        required(column, pointer)
        for column in COLUMNS[draft.level]
        if column.required and (column.name in keys or draft.level in POINTS_AT) and column.name not in draft.cells
    ]


def _together(level: RowLevel, cells: Mapping[str, Any], pointer: str) -> list[FieldError]:
    if ("longitude" in cells) != ("latitude" in cells):
        missing = "latitude" if "longitude" in cells else "longitude"
        return [
            FieldError(
                pointer=f"{pointer}{missing}",
                code="half_a_position",
                zh="经度与纬度须同时填写。",
                en="Give longitude and latitude together.",
            )
        ]
    for name in ("from_level", "to_level", "level"):
        if name in cells and cells[name] not in POINTS_AT.get(level, ()):
            allowed = POINTS_AT.get(level, ())
            return [
                FieldError(
                    pointer=f"{pointer}{name}",
                    code="unknown_option",
                    zh=f"应为下列之一：{'、'.join(allowed)}。",
                    en=f"Choose one of: {', '.join(allowed)}.",
                )
            ]
    return []


def _claim(one: FactDraft, draft: Draft, by: Yardsticks, errors: list[FieldError]) -> Claim | None:
    level = draft.level
    if level not in LEVELS:
        return None
    try:
        return claim(
            by.fact(one.name),
            one.value,
            level=level,
            catalogue=by.catalogue,
            valid_from=one.valid_from,
            valid_to=one.valid_to,
            document=one.document,
        )
    except ValueRefused as refused:
        errors.append(refused.at(one.pointer))
    except FactUnknown as unknown:
        errors.append(
            FieldError(pointer=one.pointer, code=unknown.code, zh=unknown.message("zh"), en=unknown.message("en"))
        )
    return None


def cell_text(raw: object) -> str:
    """A cell as text: spreadsheets turn codes into floats, and 1001.0 was never meant."""
    if isinstance(raw, float) and raw.is_integer() and abs(raw) < 1e15:  # beyond, floats skip integers
        return str(int(raw))
    return str(raw).strip()


def plain_text(raw: object, limit: int) -> str:
    """A cell as text without surprises; raises ValueRefused."""
    text = cell_text(raw)
    if not text or len(text) > limit or not is_plain(text):
        raise ValueRefused(
            "not_plain_text",
            f"应为 1-{limit} 个字符，不含控制字符。",
            f"Write 1-{limit} characters without control characters.",
        )
    return text


def _code(raw: object, _: Column, __: Yardsticks) -> str:
    return plain_text(raw, MAX_CODE)


def _name(raw: object, _: Column, __: Yardsticks) -> str:
    return plain_text(raw, MAX_NAME)


def _region(raw: object, _: Column, by: Yardsticks) -> str:
    region = by.regions.on(cell_text(raw), by.day)
    if not by.actor.sees_region(region.code):
        raise ValueRefused(
            "region_not_yours",
            f"行政区 {region.code}（{region.name}）不在您的管辖范围内。",
            f"The region {region.code} lies outside the part of the register you may see.",
        )
    return region.code


def _uscc(raw: object, _: Column, by: Yardsticks) -> str:
    return by.credit_code(cell_text(raw))


def _gbt4754(raw: object, _: Column, __: Yardsticks) -> str:
    text = cell_text(raw)
    if _GBT4754.fullmatch(text) is None:
        raise ValueRefused("not_gbt4754", "应为 4 位国民经济行业代码。", "Write a four-digit GB/T 4754 code.")
    # A spreadsheet eats the leading zero of 0810.
    return text.zfill(4)


def _degrees(raw: object, column: Column, _: Yardsticks) -> Decimal:
    text = repr(raw) if isinstance(raw, float) else str(raw).strip()
    low, high = BOUNDS[column.kind]
    if _DEGREES.fullmatch(text) is None or not low <= Decimal(text) <= high:
        raise ValueRefused(
            "position_outside_china",
            f"应为 WGS-84 十进制度数，{low} 到 {high} 之间；请核对经纬度是否写反。",
            f"Write WGS-84 decimal degrees between {low} and {high}; are longitude and latitude swapped?",
        )
    return Decimal(text).quantize(DEGREE_STEP).normalize()


def _multiplier(raw: object, _: Column, __: Yardsticks) -> Decimal:
    text = repr(raw) if isinstance(raw, float) else str(raw).strip()
    if re.fullmatch(r"\d{1,7}(\.\d{1,6})?", text) is None or not 0 < Decimal(text) <= MAX_MULTIPLIER:
        raise ValueRefused("not_a_multiplier", "倍率应为正数。", "The multiplier must be a positive number.")
    return Decimal(text)


def _option(raw: object, column: Column, by: Yardsticks) -> str:
    options = by.options[column.of]
    text = normal(cell_text(raw))
    if text in options:
        return text
    for code, zh in options.items():
        if zh == text or code == text.lower():
            return code
    shown = list(options.items())[:40]
    raise ValueRefused(
        "unknown_option",
        f"应为下列之一：{'、'.join(zh for _, zh in shown)}。",
        f"Choose one of: {', '.join(code for code, _ in shown)}.",
    )


def _level(raw: object, column: Column, by: Yardsticks) -> Level:
    found = _option(raw, Column(column.name, column.zh, "option", of="levels"), by)
    return next(level for level in LEVELS if level == found)


def _flag(raw: object, _: Column, __: Yardsticks) -> bool:
    found = BOOLEANS.get(str(raw).strip().lower())
    if found is None:
        raise ValueRefused("not_a_boolean", "应填“是”或“否”。", "Write true or false.")
    return found


_READERS: Mapping[str, Callable[[object, Column, Yardsticks], object]] = {
    "code": _code,
    "name": _name,
    "text": _name,
    "region": _region,
    "uscc": _uscc,
    "gbt4754": _gbt4754,
    "longitude": _degrees,
    "latitude": _degrees,
    "multiplier": _multiplier,
    "option": _option,
    "level": _level,
    "flag": _flag,
}
