"""Rows under examination: what of each is still sound, and the first thing that was wrong with every other."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date, datetime, timedelta

import numpy as np
from numpy.typing import NDArray

from app.documents.feed.columns import text_at, understood
from app.documents.feed.table import Flags, Table
from app.domain.feed.channels import Channel
from app.domain.feed.curves import Instants, Rejection
from app.domain.feed.limits import Limits
from app.domain.feed.profiles import Profile
from app.domain.feed.rejections import REASONS, Code, rejection
from app.domain.feed.stamps import Stamp, instant_of, offset_of, stamp_of

Rows = NDArray[np.intp]
EPOCH_DAY = date(1970, 1, 1)


class Examined:
    """The rows of a table with what is known of all of them: channel, version, and which have been rejected."""

    def __init__(
        self, table: Table, *, profile: Profile, channels: Mapping[str, Channel], now: datetime, limits: Limits
    ) -> None:
        self.table, self.profile, self.now, self.limits = table, profile, now, limits
        self.offset = offset_of(profile.zone, now)
        self.sound: Flags = np.ones(len(table.line), dtype=bool)
        self.rejected = list[Rejection](table.malformed)
        self.unknown = list[tuple[str, int]]()
        self.keys = list[str]()
        self.channels = list[Channel]()
        self.channel = self._channels(channels)
        self.version: Instants = self._versions()

    def rows(self) -> Rows:
        return np.flatnonzero(self.sound)

    def reject(self, row: int, column: str, code: Code, raw: str | None) -> None:
        self.sound[row] = False
        self.rejected.append(rejection(int(self.table.line[row]), self.header(column), code, raw))

    def reject_all(self, rows: Iterable[int], column: str, code: Callable[[int], Code]) -> None:
        """Each with what stood in the column; rows that are rejected already stay as they are."""
        for row in rows:
            if self.sound[row]:
                self.reject(row, column, code(row), self.raw(column, row))

    def raw(self, column: str, row: int) -> str | None:
        frame = self.table.frame
        return text_at(frame[column], row) if column in frame.columns and column != "values" else None

    def header(self, column: str) -> str:
        """The source's own name of a column."""
        layout = self.table.layout
        return column if layout is None else layout.headers.get(column, column)

    def meant(self, column: str, understand: Callable[[str | None], object]) -> Sequence[object] | None:
        """What every row says in a column; None if the file has none."""
        frame = self.table.frame
        return understood(frame[column], understand) if column in frame.columns else None

    def latest(self) -> tuple[int, int]:
        """The last moment a row may speak of: its civil day since 1970 and seconds into it."""
        wall = self.now + self.limits.skew + self.offset - (self.now.utcoffset() or timedelta(0))
        return (wall.date() - EPOCH_DAY).days, wall.hour * 3600 + wall.minute * 60 + wall.second

    def earliest(self) -> int:
        return (self.limits.earliest - EPOCH_DAY).days

    def _channels(self, known: Mapping[str, Channel]) -> NDArray[np.int32]:
        places: dict[str, int] = {}

        def place(text: str | None) -> int:
            key = self._key(text)
            if key not in known:
                return -1
            if key not in places:
                places[key] = len(self.keys)
                self.keys.append(key)
                self.channels.append(known[key])
            return places[key]

        told = self.meant("channel", place)
        if told is None:
            told = [place(self.profile.only_channel)] * len(self.table.line)
        found = np.array(told, dtype=np.int32)
        for row in np.flatnonzero(found < 0).tolist():
            self._strange(row)
        return found

    def _key(self, text: str | None) -> str:
        stripped = (text or "").strip()
        return self.profile.channels.get(stripped, stripped)

    def _strange(self, row: int) -> None:
        raw = self.raw("channel", row) if "channel" in self.table.frame.columns else self.profile.only_channel
        key = self._key(raw)
        if key and self.profile.unknown == "park":
            self.sound[row] = False
            self.unknown.append((key, int(self.table.line[row])))
        else:
            self.reject(row, "channel", "unknown_channel", raw)

    def _versions(self) -> Instants:
        told = self.meant("version", self._version)
        if told is None:
            return np.full(len(self.table.line), "NaT", dtype="datetime64[us]")
        wrong = [row for row, version in enumerate(told) if isinstance(version, str) and version in REASONS]
        self.reject_all(wrong, "version", lambda _: "version_invalid")
        return np.array([None if isinstance(version, str) else version for version in told], dtype="datetime64[us]")

    def _version(self, text: str | None) -> datetime | Code | None:
        if text is None or not text.strip():
            return None
        stamp = stamp_of(text, self.profile, self.offset)
        if not isinstance(stamp, Stamp):
            return "version_invalid"
        try:
            return instant_of(stamp, self.offset)
        except OverflowError:
            return "version_invalid"
