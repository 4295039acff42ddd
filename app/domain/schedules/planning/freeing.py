"""Freeing: the days on which a resource stands still only because of stops that can give way."""

from collections.abc import Iterable, Mapping
from typing import TypeGuard

import numpy as np
from ortools.sat.python import cp_model

from app.domain.schedules.planning.grid import Grid
from app.domain.schedules.planning.pattern import Flags
from app.domain.schedules.requirements import Cap, Cut, Requirement, Stop, members


def gives_way_whole(one: Requirement) -> TypeGuard[Stop | Cap]:
    """Stops have no amount to fall short by: they are kept or dropped."""
    return isinstance(one, Stop) or (isinstance(one, Cap) and one.share <= 0)


class Freeing:
    """Which forced days are free again because every stop that covers them is dropped; none while `on` is false.

    A search for the smallest contradiction leaves stops out only to see whether the others contradict, and keeps what
    they allow; a way out changes what is asked, and what only they allowed is then forbidden.
    """

    def __init__(
        self, model: cp_model.CpModel, grid: Grid, asked: Iterable[Requirement], holds: Mapping[str, cp_model.IntVar]
    ) -> None:
        self.on = model.new_bool_var("freeing")
        self._model, self._holds = model, holds
        # The stops that cover each day; whom a cut to nothing stops besides is never free.
        self._covering: dict[str, list[list[str]]] = {}
        self._always: dict[str, Flags] = {}
        self._found: dict[tuple[str, ...], cp_model.IntVar] = {}
        for one in asked:
            if gives_way_whole(one):
                self._cover(grid, one)
            elif isinstance(one, Cut) and one.by_load and one.share >= 1:
                self._keep(grid, one)

    def _cover(self, grid: Grid, one: Stop | Cap) -> None:
        covering = self._covering.setdefault(one.resource, [[] for _ in range(grid.days)])
        for day in range(*grid.span(one.period)):
            covering[day].append(one.id)

    def _keep(self, grid: Grid, one: Cut) -> None:
        for name in members(one):
            start, end = grid.span(one.period)
            self._always.setdefault(name, np.zeros(grid.days, np.bool_))[start:end] = True

    def free(self, name: str, day: int) -> cp_model.IntVar | None:
        """Whether a forced day is free again; None where it can never be."""
        if name not in self._covering or (name in self._always and self._always[name][day]):
            return None
        names = tuple(self._covering[name][day])
        return self._of(names) if names else None

    def _of(self, names: tuple[str, ...]) -> cp_model.IntVar:
        if names not in self._found:
            free = self._found[names] = self._model.new_bool_var("")
            kept = [self._holds[name] for name in names]
            self._model.add_bool_and([self.on, *(~one for one in kept)]).only_enforce_if(free)
            self._model.add_bool_or([free, ~self.on, *kept])
        return self._found[names]
