"""plan: who stops when. Constructed, levelled, and where that fails decided exactly: a schedule, or why there is none."""

from collections.abc import Callable, Iterable, Sequence
from datetime import datetime, time

import numpy as np
from ortools.sat.python import cp_model

from app.domain.errors import Conflict as Refused
from app.domain.periods import SHANGHAI
from app.domain.schedules.planning.bound import fewest_starts, most_saved, someone
from app.domain.schedules.planning.conflicts import Conflict, Relaxation
from app.domain.schedules.planning.exact import Component, Model, Undecided, components
from app.domain.schedules.planning.explain import conflict_of
from app.domain.schedules.planning.grid import DAY_HOURS, daily, grid_of
from app.domain.schedules.planning.joining import fewer_stops
from app.domain.schedules.planning.level import GAIN, Levelling
from app.domain.schedules.planning.pattern import Floats, highest, stops_of
from app.domain.schedules.planning.program import Program
from app.domain.schedules.planning.relax import contradicting, least_outside, least_tonnes, relax
from app.domain.schedules.planning.rhythm import interrupted, out_of_rhythm
from app.domain.schedules.planning.staying import published_days, stay
from app.domain.schedules.planning.stretches import Writer
from app.domain.schedules.planning.surplus import exceeded
from app.domain.schedules.planning.tasks import Task, tasks_of
from app.domain.schedules.problem import Plan, Problem, Schedule, Stage, Stretch

# Close enough to the bound for no further pass over everybody.
GOOD_GAP_PCT = 0.05
# Rounds in which a target that is missed weighs more and more.
FLOOR_ROUNDS = 60
# How often a lower peak is tried for at the end.
POLISHES = 8


class Impossible(Refused):
    """No schedule keeps everything; `conflicts` are smallest sets of requirements that contradict each other."""

    code = "schedule_impossible"
    zh = "下列要求不能同时满足，排不出计划：详见 errors；请按其中所列办法之一放宽。"
    en = "These requirements cannot be kept together, so there is no schedule: see errors and relax one of them."

    def __init__(self, conflicts: Iterable[Conflict]) -> None:
        super().__init__()
        self.conflicts = tuple(conflicts)


class NotFoundWithinWork(Refused):
    code = "schedule_not_found"
    zh = "在规定的计算量内未找到满足全部要求的计划，也未能证明不存在；请放宽要求、缩小范围后重算。"
    en = "Within the work allowed no schedule was found, nor proof that there is none; relax something or plan fewer lines."


# Told of each step with how many there are and the gap so far in percent; may raise to cancel, and changes nothing.
Progress = Callable[[str, int, int, float | None], None]


def plan(problem: Problem, progress: Progress | None = None) -> Schedule:
    """The schedule of a problem, the same for the same problem on every machine.

    Raises Impossible with every conflict found, and NotFoundWithinWork where neither a schedule nor a proof was found.
    """
    return _Planning(problem, progress or (lambda *_: None)).schedule()


def _solved(model: Model) -> cp_model.CpSolver | None:
    """A solution that exceeds no cut and spares who need not stop, as far as the work allowed finds one."""
    names = list(model.assumed)
    for tight, sparing in ((True, True), (False, True), (False, False)):
        try:
            found = model.solve(names, sparing=sparing, tight=tight)
        except Undecided:
            continue
        if found is not None:
            return found
    return None


class _Planning:
    def __init__(self, problem: Problem, progress: Progress) -> None:
        self.progress = progress
        self.grid = grid_of(problem)
        # Before cohorts take turns and cuts are divided: what the exact model starts from.
        self.fixed = self.grid.copied()
        self.tasks = tasks_of(self.grid)
        # The resources whose days the exact model has chosen.
        self.decided: set[str] = set()
        self.program = Program(self.fixed, self.tasks)
        self.relaxed = relax(self.program)
        self.bound = max(0.0 if self.relaxed is None else self.relaxed.peak, someone(self.fixed, self.tasks))
        self.level = self._started()

    def schedule(self) -> Schedule:
        failing = [*self.tasks.unmet, *self.level.cold()]
        while True:
            self._repair(failing)
            failing = self._names(self._levelled()) or self._broken()
            if not failing:
                self._improve()
                failing = self._broken()
            if not failing:
                return self._written()

    def _names(self, rows: Iterable[int]) -> list[str]:
        return [self.grid.resources[row].id for row in rows]

    def _broken(self) -> list[str]:
        """What choosing for each resource apart has broken of what binds several, or stops that others brought about."""
        running, stops = self.level.running_shares(), self.level.state.stops
        standing = stops | (running <= 0)
        # Who runs as others let it has no choice when these stand still.
        forced = self.fixed.forced | (standing & ~stops)
        too_much = exceeded(self.grid, stops, self.level.trims, running)
        return [
            *self.level.cold(),
            *too_much,
            *interrupted(self.grid, standing),
            *out_of_rhythm(self.grid, standing, forced),
        ]

    def _improve(self) -> None:
        self._reach_floors()
        self._polish()
        self.progress("restarts", 0, 1, self._gap())
        fewer_stops(self.level, self._splitting())
        self.progress("changes", 0, 1, self._gap())
        stay(self.level, self.published)

    def _started(self) -> Levelling:
        level = Levelling(self.grid, self.tasks)
        self.published = published_days(self.grid, self.tasks.by_row)
        level.starts = self.published
        if self.relaxed is not None:
            level.weigh(self.relaxed)
        return level

    def _levelled(self) -> list[int]:
        return self.level.passes(
            lambda stage, done, of: self.progress(stage, done, of, self._gap()),
            lambda: self._gap() <= GOOD_GAP_PCT,
        )

    def _gap(self) -> float:
        peak = self.level.peak
        return max(0.0, (peak - self.bound) / self.bound * 100) if self.bound > 0 else 0.0

    def _repair(self, failing: list[str]) -> None:
        """Decide exactly what construction could not place; raises Impossible with all conflicts."""
        if not failing:
            return
        touched = set(failing)
        parts = [
            part
            for part in components(self.fixed, self.fixed.problem.requirements)
            if touched & {*part.resources, *(one.id for one in part.requirements)}
        ]
        if any(self.decided.intersection(part.resources) for part in parts):
            raise NotFoundWithinWork()
        conflicts = []
        for part in parts:
            found = self._decided(part)
            if found is not None:
                conflicts.append(found)
        if conflicts:
            raise Impossible(conflicts)
        self.level = self._started()

    def _decided(self, part: Component) -> Conflict | None:
        try:
            conflict = conflict_of(self.fixed, part)
        except Undecided:
            raise NotFoundWithinWork() from None
        if conflict is not None:
            return conflict
        model = Model(self.fixed, part)
        solved = _solved(model)
        if solved is None:
            raise NotFoundWithinWork()
        self.decided.update(part.resources)
        for name, days in model.days_of(solved).items():
            row = self.grid.index[name]
            self.grid.forced[row] = days
            self.tasks.by_row.pop(row, None)
            for turns in self.tasks.turns:
                turns[:] = [turn for turn in turns if row not in turn.rows]
        for name, limit in model.limits_of(solved).items():
            self.grid.limit[self.grid.index[name]] = limit
        return None

    def _reach_floors(self) -> None:
        """Give the days of a missed target more and more weight until it is met."""
        rounds = 0
        while not self.level.met() and rounds < FLOOR_ROUNDS:
            self.progress("floors", rounds, FLOOR_ROUNDS, self._gap())
            self.level.insist()
            rounds += 1
        if any(self.level.saved(at) < floor.tonnes * (1 - GAIN) for at, floor in enumerate(self.level.floors)):
            self._refuse_floors()

    def _polish(self) -> None:
        for number in range(POLISHES):
            self.progress("polish", number, POLISHES, self._gap())
            if not self.level.polish():
                return

    def _refuse_floors(self) -> None:
        """Raises Impossible where not even the stops that are asked, on the best days, would do.

        What the days found fall short by is enough to give way, if it be not always the least.
        """
        short = {
            one.id: Relaxation(requirement=one.id, amount=missed, unit="t", lost_tonnes=missed)
            for at, one in enumerate(self.level.floors)
            if (missed := one.tonnes - self.level.saved(at)) > one.tonnes * GAIN
        }
        proved = self._contradicting_floors()
        if not proved:
            raise NotFoundWithinWork()
        alone = len(short) == 1 or all(len(names) == 1 for names in proved)
        raise Impossible(
            Conflict(
                requirements=names,
                relaxations=tuple(short[name] for name in names if name in short) if alone else (),
                together=() if alone else tuple(short.values()),
            )
            for names in proved
        )

    def _contradicting_floors(self) -> list[tuple[str, ...]]:
        """Floors that are out of reach each for itself, or a smallest set of them that is out of reach together."""
        beyond: list[tuple[str, ...]] = [
            (one.id,) for one in self.level.floors if most_saved(self.fixed, one) < one.tonnes * (1 - GAIN)
        ]
        if beyond or not self.program.kept(self.level.state.stops, self.grid.limit):
            return beyond
        together = contradicting(self.program)
        return [tuple(one.id for one in together)] if together else []

    def _splitting(self) -> list[Task]:
        stops = self.level.state.stops
        return [task for task in self.level.order if stops_of(stops[task.row], stopped_before=task.stopped_before) > 1]

    def _written(self) -> Schedule:
        grid, state = self.grid, self.level.state
        trims = self.level.trims
        runs = np.where(state.stops, 0.0, grid.limit)
        for row, given_back in trims.items():
            for one in given_back:
                runs[row, one.day] = grid.limit[row, one.day] * one.hours / DAY_HOURS
        runs = grid.followed(runs)
        # What the hours of a day run at: of who follows others, what they let it run at in the hours it runs.
        hourly = grid.limit.copy()
        for row in {one.row for one in grid.follows}:
            hourly[row] = runs[row]
            for trim in trims.get(row, ()):
                hourly[row, trim.day] = min(1.0, float(runs[row, trim.day]) * DAY_HOURS / trim.hours)
        writer = Writer(grid)
        stretches = {
            one.id: (
                *grid.problem.past.get(one.id, ()),
                *writer.stretches(row, state.stops[row], hourly[row], trims.get(row, ())),
            )
            for row, one in enumerate(grid.resources)
        }
        return Schedule(stretches=stretches, stages=self._stages(grid.tonnes @ self.level.shares(), runs, stretches))

    def _stages(self, total: Floats, runs: Floats, stretches: Plan) -> tuple[Stage, ...]:
        preferred = self.grid.preferred
        peak = highest(total[preferred])
        # Where requirements force more stops than each of them asks, the program says nothing.
        known = self.relaxed is not None and self.program.kept(self.level.state.stops, self.grid.limit)
        return (
            Stage(name="peak_preferred", value=peak, bound=self.bound if known else None),
            Stage(
                name="tonnes_preferred",
                value=float(total[preferred].sum()),
                bound=least_tonnes(self.program) if known else None,
            ),
            Stage(
                name="peak_outside",
                value=highest(total[~preferred]),
                bound=least_outside(self.program) if known else None,
            ),
            Stage(
                name="restarts",
                value=float(sum(self._stops(own) for own in stretches.values())),
                bound=float(fewest_starts(self.fixed)),
            ),
            Stage(name="changes", value=float(self._changes(runs))),
        )

    def _stops(self, own: Sequence[Stretch]) -> int:
        """Stops that begin from the day of planning on; one that is under way does not begin."""
        still = [one for one in own if one.share == 0]
        begins = datetime.combine(self.grid.problem.from_day, time(), SHANGHAI)
        ended = {one.until_at for one in still}
        return sum(one.from_at >= begins and one.from_at not in ended for one in still)

    def _changes(self, runs: Floats) -> int:
        """Resource-days that run otherwise than what is published says; none where nothing is."""
        problem = self.grid.problem
        if not problem.published:
            return 0
        before, _ = daily(problem.published, self.grid.index, problem.from_day, self.grid.days)
        return int((np.abs(before - runs) > 1e-9).sum())
