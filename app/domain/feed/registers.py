"""Registers as energy: differences of what a meter shows, across roll-overs, replacements and changed multipliers."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Literal
from zoneinfo import ZoneInfo

import numpy as np
from numpy.typing import NDArray

from app.domain.feed.channels import DAY_MINUTES, Channel, Multiplier, Replacement
from app.domain.feed.curves import Codes, Days, Ints, Quality

Floats = NDArray[np.float64]
# What a slot without energy is without it for.
NoteCode = Literal["register_regress", "register_jump", "multiplier_changed_in_gap", "multiplier_missing"]
_EPOCH = date(1970, 1, 1)
_MINUTE = timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class Reading:
    """What a register showed at the end of a slot."""

    day: date
    slot: int
    value: int


@dataclass(frozen=True, slots=True)
class Note:
    """Why the energy up to the end of a slot is unknown although the register is known."""

    day: date
    slot: int
    code: NoteCode


@dataclass(frozen=True, slots=True)
class Span:
    """Energy over several slots of which only the sum is known; both ends belong to it."""

    first_day: date
    first_slot: int
    last_day: date
    last_slot: int
    kwh: float


@dataclass(frozen=True, slots=True, eq=False)
class Energies:
    """Energy by day and slot in the channel's unit, NaN where unknown, with what is known of the unknown.

    `totals` by day are known where every slot is, or lies in a span within the day.
    """

    kwh: Floats
    totals: Floats
    spans: tuple[Span, ...] = ()
    notes: tuple[Note, ...] = ()


@dataclass(frozen=True, slots=True)
class _Change:
    """At `minute` of the civil time since 1970 another meter counts, or another multiplier holds."""

    minute: float
    replacement: Replacement | None


def energy_of(
    registers: Ints,
    quality: Codes,
    days: Days,
    *,
    before: Reading | None,
    channel: Channel,
    multipliers: Sequence[Multiplier],
    replacements: Sequence[Replacement],
    most_per_interval: float,
    zone: str,
) -> Energies:
    """Of a register channel: energy of every slot, from the register at its end and the one known before it.

    `days` ascend and may have holes; `before` is the last register known before the first of them.
    `most_per_interval` (in the channel's unit, after the multiplier) tells a roll-over from a fault.
    """
    return _Counting(
        channel=channel,
        multipliers=tuple(sorted(multipliers, key=lambda one: one.from_day)),
        replacements=tuple(sorted(replacements, key=lambda one: one.at)),
        most=most_per_interval,
        zone=ZoneInfo(zone),
    ).count(registers, quality, days, before)


@dataclass(frozen=True, slots=True)
class _Counting:
    channel: Channel
    multipliers: tuple[Multiplier, ...]
    replacements: tuple[Replacement, ...]
    most: float
    zone: ZoneInfo

    def count(self, registers: Ints, quality: Codes, days: Days, before: Reading | None) -> Energies:
        slots = self.channel.slots
        place = (days.astype("datetime64[D]").astype(np.int64)[:, None] * slots + np.arange(slots)).ravel()
        known = (quality >= Quality.ESTIMATED).ravel()
        at, value = place[known], registers.ravel()[known].astype(np.int64)
        if before is not None:
            at = np.concatenate(([_number(before.day) * slots + before.slot], at))
            value = np.concatenate(([before.value], value))
        energy, codes = self._steps(at, value)
        kwh = np.full(len(place), np.nan)
        width = np.diff(at)
        single = width == 1
        kwh[np.searchsorted(place, at[1:][single])] = energy[single]
        notes = tuple(Note(*self._where(at[step + 1]), code) for step, code in sorted(codes.items()))
        wide = np.flatnonzero(~single & ~np.isnan(energy))
        spans = tuple(
            Span(*self._where(at[step] + 1), *self._where(at[step + 1]), float(energy[step])) for step in wide.tolist()
        )
        shaped = kwh.reshape(registers.shape)
        return Energies(shaped, _totals(shaped, days, spans), spans, notes)

    def _steps(self, at: NDArray[np.int64], value: NDArray[np.int64]) -> tuple[Floats, dict[int, NoteCode]]:
        """The energy between every two registers known one after the other, and why it is unknown."""
        if len(at) < 2:
            return np.zeros(0), {}
        changes = self._changes()
        begins, ends = (at[:-1] + 1) * self.channel.interval_minutes, (at[1:] + 1) * self.channel.interval_minutes
        energy, codes = self._plain(np.diff(value), np.diff(at), self._factors(begins, changes))
        for step in self._disturbed(begins, ends, changes):
            inside = [change for change in changes if self._within(change, begins[step], ends[step])]
            codes.pop(step, None)
            answer = self._across(
                inside, (int(value[step]), int(value[step + 1])), (int(begins[step]), int(at[step + 1] - at[step]))
            )
            energy[step] = answer if isinstance(answer, float) else np.nan
            if not isinstance(answer, float):
                codes[step] = answer
        return energy, codes

    def _plain(
        self, difference: NDArray[np.int64], width: NDArray[np.int64], factor: Floats
    ) -> tuple[Floats, dict[int, NoteCode]]:
        turned = difference + self._wrap()
        counted = np.where(difference < 0, turned, difference)
        energy = counted * (factor / 10.0**self.channel.decimals)
        beyond = (energy > self.most * width) | (counted < 0)
        codes: dict[int, NoteCode] = {}
        for step in np.flatnonzero(np.isnan(factor)).tolist():
            codes[step] = "multiplier_missing"
        for step in np.flatnonzero(beyond).tolist():
            codes[step] = "register_regress" if difference[step] < 0 else "register_jump"
        energy[beyond] = np.nan
        return energy, codes

    def _across(self, changes: list[_Change], values: tuple[int, int], span: tuple[int, int]) -> float | NoteCode:
        """(final_old - r1) x k_old + (r2 - initial_new) x k_new, and so on where several meters follow each other."""
        (value, last), (begin, width) = values, span
        if any(change.replacement is None for change in changes):
            return "multiplier_changed_in_gap"
        scale = 10**self.channel.decimals
        parts, minute = list[tuple[float, float]](), float(begin)
        start = float(value)
        for change in changes:
            swap = change.replacement
            if swap is not None:
                parts.append((float(swap.final_old * scale) - start, minute))
                start, minute = float(swap.initial_new * scale), change.minute
        parts.append((last - start, minute))
        total = 0.0
        for counted, since in parts:
            energy, codes = self._plain(
                np.array([round(counted)]), np.array([width]), self._factors(np.array([since]), self._changes())
            )
            if codes:
                return codes[0]
            total += float(energy[0])
        return total

    def _wrap(self) -> int:
        """One turn of the register; without known digits none, so that every fall is a fault."""
        return 0 if self.channel.digits is None else 10 ** (self.channel.digits + self.channel.decimals)

    def _changes(self) -> list[_Change]:
        """Every replacement, and every change of the multiplier that no replacement of its day brings along."""
        swaps = [_Change(self._minute(one.at), one) for one in self.replacements]
        swapped = {int(swap.minute // DAY_MINUTES) for swap in swaps}
        alone = [_number(one.from_day) for one in self.multipliers[1:] if _number(one.from_day) not in swapped]
        return sorted(
            [*swaps, *(_Change(float(day * DAY_MINUTES), None) for day in alone)], key=lambda change: change.minute
        )

    def _factors(self, minutes: NDArray[np.generic], changes: list[_Change]) -> Floats:
        """The multiplier that holds from each minute on; NaN before the first one."""
        if not self.multipliers:
            return np.ones(len(minutes))
        first_swap = {
            int(change.minute // DAY_MINUTES): change.minute for change in reversed(changes) if change.replacement
        }
        since = np.array(
            [
                first_swap.get(_number(one.from_day), float(_number(one.from_day) * DAY_MINUTES))
                for one in self.multipliers
            ]
        )
        factors = np.array([np.nan, *(float(one.factor) for one in self.multipliers)])
        return factors[np.searchsorted(since, minutes, side="right")]

    def _disturbed(self, begins: NDArray[np.int64], ends: NDArray[np.int64], changes: list[_Change]) -> list[int]:
        found = {
            step
            for change in changes
            for step in (int(np.searchsorted(ends, change.minute, side="left")),)
            if step < len(ends) and self._within(change, begins[step], ends[step])
        }
        return sorted(found)

    @staticmethod
    def _within(change: _Change, begin: np.int64, end: np.int64) -> bool:
        """A register read at the very instant of a replacement is the new meter's; a multiplier changes between two."""
        return bool(begin < change.minute < end or (change.replacement is not None and change.minute == end))

    def _minute(self, at: datetime) -> float:
        wall = at.astimezone(self.zone).replace(tzinfo=UTC)
        return (wall - datetime(1970, 1, 1, tzinfo=UTC)) / _MINUTE

    def _where(self, place: int) -> tuple[date, int]:
        day, slot = divmod(int(place), self.channel.slots)
        return _EPOCH + timedelta(days=day), slot


def _totals(kwh: Floats, days: Days, spans: tuple[Span, ...]) -> Floats:
    covered = (~np.isnan(kwh)).sum(axis=1)
    totals = np.nansum(kwh, axis=1)
    rows = {day: row for row, day in enumerate(_dates(days))}
    for span in spans:
        if span.first_day == span.last_day:
            row = rows[span.first_day]
            covered[row] += span.last_slot - span.first_slot + 1
            totals[row] += span.kwh
    return np.where(covered == kwh.shape[1], totals, np.nan)


def _dates(days: Days) -> list[date]:
    listed: list[date] = days.astype("datetime64[D]").astype(object).tolist()
    return listed


def _number(day: date) -> int:
    return (day - _EPOCH).days
