"""The layout of a file: which of its headers mean what, and whether its rows are days or single values."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from app.domain.errors import FieldError
from app.domain.feed.profile_check import COLUMN_NAMES, VALUE_NAMES
from app.domain.feed.profiles import Profile
from app.domain.feed.refusals import FeedColumnsUnknown, FeedShapeUndecidable

Shape = Literal["curves", "points"]
_VALUE = re.compile(r"v0*([1-9]\d?)", re.IGNORECASE | re.ASCII)


@dataclass(frozen=True, slots=True)
class Layout:
    """The headers of a file by the column they are, and the shape they tell.

    `cells` are the columns that hold values, one a slot: v01 … v96, of which some may be missing, or the one `value`.
    A list (`values`) has none.
    """

    headers: Mapping[str, str]
    shape: Shape
    cells: tuple[str, ...]

    @property
    def slots(self) -> tuple[int, ...]:
        """The slot of each of the cells."""
        return tuple(0 if name == "value" else int(name[1:]) - 1 for name in self.cells)


def layout_of(headers: Sequence[str], profile: Profile) -> Layout:
    """Raises FeedColumnsUnknown with every header that means nothing or the same again, FeedShapeUndecidable."""
    renamed = {str(name): header.strip() for name, header in profile.columns.items()}
    known = {name: name for name in COLUMN_NAMES if name not in renamed} | {
        header: name for name, header in renamed.items()
    }
    found, errors = dict[str, str](), list[FieldError]()
    for header in headers:
        if header.strip() in profile.ignored:
            continue
        name = known.get(header.strip()) or _value_name(header.strip())
        if name is None:
            errors.append(_unknown(header, [*known, VALUE_NAMES[0]]))
        elif name in found:
            errors.append(_twice(header))
        else:
            found[name] = header
    if errors:
        raise FeedColumnsUnknown(errors=errors)
    return Layout(found, *_shape_of(found, profile))


def is_value(name: str) -> bool:
    """Whether a column of ours holds one value a row."""
    return name == "value" or name in VALUE_NAMES


def _shape_of(found: Mapping[str, str], profile: Profile) -> tuple[Shape, tuple[str, ...]]:
    cells = tuple(name for name in VALUE_NAMES if name in found)
    holders = [name for name in ("value", "values") if name in found] + (["v01…"] if cells else [])
    if "channel" not in found and profile.only_channel is None:
        raise FeedShapeUndecidable(zh="没有 channel 列", en="there is no column for the channel")
    if ("at" in found) == ("day" in found):
        raise FeedShapeUndecidable(zh="at 与 day 应当恰有一列", en="exactly one of at and day must be there")
    if len(holders) != 1:
        raise FeedShapeUndecidable(
            zh="value、values、v01… 应当恰有一种", en="exactly one of value, values and v01… must be there"
        )
    if "at" in found and "value" not in found:
        raise FeedShapeUndecidable(zh="有 at 就要有 value", en="a row with at has one value")
    return "points" if "at" in found else "curves", cells or (("value",) if "value" in found else ())


def _value_name(header: str) -> str | None:
    numbered = _VALUE.fullmatch(header)
    number = int(numbered[1]) if numbered else 0
    return VALUE_NAMES[number - 1] if 1 <= number <= len(VALUE_NAMES) else None


def _unknown(header: str, known: Sequence[str]) -> FieldError:
    return FieldError(
        pointer=header,
        code="column_unknown",
        zh=f"不认识列“{header}”；已知的列：{'、'.join(known)}…",
        en=f"The column {header!r} means nothing here; known are {', '.join(known)}….",
    )


def _twice(header: str) -> FieldError:
    return FieldError(
        pointer=header,
        code="column_twice",
        zh=f"列“{header}”出现两次。",
        en=f"The column {header!r} is there twice.",
    )
