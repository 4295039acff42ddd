"""Profiles: how a source writes its files; without one a row must carry its offset and the names of this service."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

# What a column of a source's file holds; `v01` … `v96` are a curve's values.
Column = Literal["channel", "day", "at", "value", "values", "quality", "version"]
Stamps = Literal["start", "end"]
DateOrder = Literal["ymd", "dmy", "mdy"]
# How the end of a day is printed where stamps mark the end of an interval: 24:00 of the day, 00:00 of the next day, or
# (seen in the field) 00:00 of the very same day.
Midnight = Literal["24:00", "next_day", "same_day"]
Unknown = Literal["reject", "park"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Profile:
    """One source's spelling.

    `columns` name the source's own headers; what is absent has the name of the column itself.
    `ignored` are headers of the source that say nothing to us; any other unknown header refuses the file.
    `channels` map the source's keys onto the keys of channels; `only_channel` stands for a file without such a column.
    `zone` (tz database) says which civil days are meant, and is that of stamps without an offset; without `naive`
    such stamps are refused.
    `qualities` map the source's flags onto ours.
    `unknown` says what becomes of rows of channels nobody has registered yet.
    """

    source: str
    version: int = 1
    columns: Mapping[Column, str] = field(default_factory=dict)
    ignored: tuple[str, ...] = ()
    channels: Mapping[str, str] = field(default_factory=dict)
    only_channel: str | None = None
    delimiter: str = ","
    encoding: Literal["utf-8", "gb18030"] = "utf-8"
    date_order: DateOrder = "ymd"
    zone: str = "Asia/Shanghai"
    naive: bool = False
    stamps: Stamps = "start"
    midnight: Midnight = "next_day"
    qualities: Mapping[str, str] = field(default_factory=dict)
    unknown: Unknown = "reject"
