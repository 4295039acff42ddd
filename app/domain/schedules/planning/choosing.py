"""Choosing: blocks of stopped days of the exact model, as the resource allows them; what is forced is no choice."""

from collections.abc import Sequence

import numpy as np
from ortools.sat.python import cp_model

from app.domain.schedules.planning.freeing import Freeing
from app.domain.schedules.planning.grid import Grid


class Choosing:
    """The stops of one resource that nothing forces: long enough, far enough apart and few enough while `holds`."""

    def __init__(
        self,
        model: cp_model.CpModel,
        grid: Grid,
        name: str,
        stops: Sequence[cp_model.IntVar],
        *,
        freeing: Freeing,
        holds: cp_model.IntVar,
    ) -> None:
        self.model, self.grid, self.name, self.stops = model, grid, name, stops
        self.freeing, self.holds = freeing, holds
        self.row = grid.index[name]
        self.resource, self.forced = grid.resources[self.row], grid.forced[self.row]

    def keep(self) -> None:
        begins = self._begins()
        self._reach_forced()
        if self.resource.max_stops is not None:
            self.model.add(sum(begins) <= self.resource.max_stops).only_enforce_if(self.holds)
        standing = self.grid.stopped_before(self.row) > 0
        rested = self.resource.min_run_days - (0 if standing else self.grid.ran_before(self.row))
        for begin in begins[int(standing) : max(0, rested)]:
            self.model.add(begin == 0).only_enforce_if(self.holds)
        for day, begin in enumerate(begins):
            self._block(day, begin)

    def _block(self, day: int, begin: cp_model.IntVar) -> None:
        """Long enough before the end, and far enough from the one before."""
        shortest = self.resource.min_stop_days
        block = self.stops[day + 1 : day + shortest]
        if day + shortest > self.grid.days:
            self.model.add(begin == 0).only_enforce_if(self.holds)
        elif block:
            self.model.add_bool_and(block).only_enforce_if(begin, self.holds)
        gap = self.stops[max(0, day - self.resource.min_run_days) : max(0, day - 1)]
        if gap:
            self.model.add_bool_and([~stop for stop in gap]).only_enforce_if(begin, self.holds)

    def _reach_forced(self) -> None:
        """A chosen stop shortly before a forced one goes on until it begins."""
        for start in np.flatnonzero(self.forced).tolist():
            begins_there = self._begins_forced(start)
            if begins_there is None:
                continue
            for day in range(max(0, start - self.resource.min_run_days), start - 1):
                chosen = self._chosen(day)
                if chosen is not None:
                    near = [*begins_there, *chosen, self.stops[day], self.holds]
                    self.model.add_bool_or(self.stops[day + 1]).only_enforce_if(near)

    def _begins_forced(self, day: int) -> list[cp_model.LiteralT] | None:
        """What must be so that a forced stop begins on a day; None where none ever does."""
        free = self.freeing.free(self.name, day)
        before = self._chosen(day - 1) if day else []
        if before is None or (free is not None and any(one.index == free.index for one in before)):
            return None
        return [*before] if free is None else [~free, *before]

    def _chosen(self, day: int) -> list[cp_model.IntVar] | None:
        """What must be so that a stop on a day is a choice; None where it never is."""
        if not self.forced[day]:
            return []
        free = self.freeing.free(self.name, day)
        return None if free is None else [free]

    def _begins(self) -> list[cp_model.IntVar]:
        """Whether a stop begins on each day that nothing forces."""
        before: cp_model.IntVar = self.model.new_constant(int(self.grid.stopped_before(self.row) > 0))
        found = []
        for day, stop in enumerate(self.stops):
            begin = self.model.new_bool_var("")
            chosen = self._chosen(day)
            if chosen is None:
                self.model.add(begin == 0)
            else:
                self.model.add(begin >= stop - before).only_enforce_if(chosen)
                self.model.add_bool_and(chosen).only_enforce_if(begin)
            found.append(begin)
            before = stop
        return found
