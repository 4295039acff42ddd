"""Rows under examination: what of each is still sound, and the first thing that was wrong with every other."""

from datetime import UTC, date, datetime, timezone
from typing import Any

import numpy as np
from numpy.typing import NDArray

from app.documents.feed.columns import Spellings, same_in_all, spellings_of
from app.documents.feed.layout import Layout, is_value
from app.documents.feed.table import Flags, Table
from app.domain.feed.curves import Codes, Instants, Ints, Quality, Rejection
from app.domain.feed.directory import Directory
from app.domain.feed.limits import Limits
from app.domain.feed.profiles import Profile
from app.domain.feed.qualities import qualities_of
from app.domain.feed.rejections import Code, rejection
from app.domain.feed.stamps import Stamp, instant_of, offset_of, stamp_of

Rows = NDArray[np.intp]
EPOCH_DAY = date(1970, 1, 1)


class Examined:
    """The rows of a table with what is known of all of them: channel, version, and which have been rejected."""

    def __init__(self, table: Table, *, profile: Profile, directory: Directory, now: datetime, limits: Limits) -> None:
        self.table, self.profile, self.directory = table, profile, directory
        self.offset = offset_of(profile.zone, now)
        self.earliest = (limits.earliest - EPOCH_DAY).days
        # The last moment a row may speak of: its civil day since 1970 and seconds into it.
        wall = (now + limits.skew).astimezone(timezone(self.offset))
        self.latest = (wall.date() - EPOCH_DAY).days, wall.hour * 3600 + wall.minute * 60 + wall.second
        self.sound: Flags = np.ones(len(table.line), dtype=bool)
        self.rejected = list[Rejection](table.malformed)
        self.unknown = list[tuple[str, int]]()
        self._spelled: dict[str, Spellings] = {}
        # Which channels the rows name, by their places in the directory, and of every row the index among these.
        self.place, self.channel = self._channels()
        self.version: Instants = self._versions()

    @property
    def layout(self) -> Layout:
        """The layout of a file that has rows."""
        return self.table.layout or Layout({}, "points", ())

    @property
    def keys(self) -> list[str]:
        """Of the channels that the rows name."""
        channels = self.directory.channels
        return [channels[place].key for place in self.place.tolist()]

    def rows(self) -> Rows:
        return np.flatnonzero(self.sound)

    def of_rows(self, column: NDArray[Any]) -> NDArray[Any]:
        """What a column of the directory says of every row's channel; of a row that has none, anything."""
        return column[self.place[self.channel]]

    def reject(self, row: int, column: str, code: Code, raw: str | None) -> None:
        self.sound[row] = False
        self.rejected.append(rejection(int(self.table.line[row]), self._header(column), code, raw))

    def reject_all(self, rows: Rows, column: str, code: Code) -> None:
        """Each with what stood in the column; rows that are rejected already stay as they are."""
        spelled = self.spelled(column)
        for row in rows[self.sound[rows]].tolist():
            self.reject(row, column, code, spelled.text_at(row) if spelled is not None else None)

    def spelled(self, column: str) -> Spellings | None:
        """What the rows say in a column that names something; None if the file has none."""
        frame = self.table.frame
        if column == "values" or is_value(column) or column not in frame.columns:
            return None
        if column not in self._spelled:
            self._spelled[column] = spellings_of(frame[column])
        return self._spelled[column]

    def told(self, column: str) -> Spellings:
        """What the rows say in a column that the file is known to have."""
        return self.spelled(column) or same_in_all(None, len(self.table.line))

    def qualities(self, rows: Rows, width: int) -> Codes:
        """The quality of every slot of these rows as far as flags say; rows of unknown flags are rejected."""
        spelled = self.spelled("quality")
        if spelled is None:
            return np.full((len(rows), width), Quality.ACTUAL, dtype=np.uint8)
        told = spelled.understood(lambda text: qualities_of(text, self.profile, width))
        index = spelled.index[rows]
        self.reject_all(rows[np.array([flags is None for flags in told])[index]], "quality", "quality_invalid")
        nothing = [Quality.ABSENT] * width
        return np.array([flags or nothing for flags in told], dtype=np.uint8).reshape(-1, width)[index]

    def _header(self, column: str) -> str:
        """The source's own name of a column."""
        return self.layout.headers.get(column, column)

    def cell(self, slot: int) -> str:
        """The column of a slot's value; of a list the name its column would have."""
        names = dict(zip(self.layout.slots, self.layout.cells, strict=True))
        return names.get(slot, f"v{slot + 1:02d}")

    def _channels(self) -> tuple[Ints, Ints]:
        spelled = self.spelled("channel") or same_in_all(self.profile.only_channel, len(self.table.line))
        texts = [text.strip() if text else "" for text in spelled.texts]
        asked = [self.profile.channels.get(text, text) for text in texts] if self.profile.channels else texts
        named = self.directory.places(asked)
        place, index = np.unique(named[named >= 0], return_inverse=True)
        found = np.full(len(named), -1, dtype=np.int32)
        found[named >= 0] = index
        channel = found[spelled.index]
        for row in np.flatnonzero(channel < 0).tolist():
            self._strange(row, asked[spelled.index[row]], spelled.text_at(row))
        return place, channel

    def _strange(self, row: int, key: str, raw: str | None) -> None:
        # No channel can be registered under a key with a NUL in it.
        if key and "\0" not in key and self.profile.unknown == "park":
            self.sound[row] = False
            self.unknown.append((key, int(self.table.line[row])))
        else:
            self.reject(row, "channel", "unknown_channel", raw)

    def _versions(self) -> Instants:
        spelled = self.spelled("version")
        if spelled is None:
            return np.full(len(self.table.line), "NaT", dtype="datetime64[us]")
        told = spelled.understood(self._version)
        wrong = np.array([isinstance(version, str) for version in told])
        self.reject_all(np.flatnonzero(wrong[spelled.index]), "version", "version_invalid")
        known = [None if isinstance(version, str) else version for version in told]
        return np.array(known, dtype="datetime64[us]")[spelled.index]

    def _version(self, text: str | None) -> datetime | Code | None:
        if text is None or not text.strip():
            return None
        stamp = stamp_of(text, self.profile, self.offset)
        if not isinstance(stamp, Stamp):
            return "version_invalid"
        try:
            return instant_of(stamp, self.offset).astimezone(UTC).replace(tzinfo=None)
        except OverflowError:
            return "version_invalid"
