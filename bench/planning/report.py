"""The tables of a run: every size with its bound, every contender against it, and the targets."""

from dataclasses import dataclass, field

from rich.console import Console
from rich.table import Table

from bench.planning.contenders import BoundRun, Run
from bench.report import Target, show_targets
from bench.timing import Spread

MIB = 2**20
# The promises: gap, seconds and memory with a thousand lines, seconds with ten thousand.
THOUSAND, MOST_GAP, MOST_SECONDS, MOST_GIB = 1_000, 1.0, 60.0, 2.0
TEN_THOUSAND, MOST_SECONDS_LARGE = 10_000, 600.0
LEAST_GREEDY_GAP = 5.0


@dataclass(frozen=True, slots=True)
class Size:
    """What was found with so many lines; each contender ran twice."""

    lines: int
    bound: BoundRun
    runs: dict[str, tuple[Run, Run]] = field(default_factory=dict)

    def gap(self, name: str) -> float:
        """In percent of the bound."""
        return (self.runs[name][0].tonnes / self.bound.tonnes - 1) * 100

    def seconds(self, name: str) -> Spread:
        return Spread.of([each.seconds for each in self.runs[name]])


def show(sizes: list[Size], console: Console) -> None:
    _bounds(sizes, console)
    _contenders(sizes, console)
    show_targets(targets(sizes), console)
    console.print("- beyond: stopped days that nobody asked for; the bound and the gap hold only where there are none")


def targets(sizes: list[Size]) -> list[Target]:
    found = []
    for size in sizes:
        gap = size.gap("greedy")
        found.append(_target(f"{size.lines:,} lines: greedy misses the bound", gap, "%", least=LEAST_GREEDY_GAP))
        if "planner" in size.runs:
            found += _promises(size)
    return found


def _promises(size: Size) -> list[Target]:
    one, other = size.runs["planner"]
    what = f"{size.lines:,} lines: "
    found = [
        _target(what + "runs that differ in a byte", float(one.digest != other.digest), "", most=0),
        _target(what + "breaches", float((one.breaches or 0) + len(one.shortfalls)), "", most=0),
        _target(what + "stopped days nobody asked for", one.beyond, "d", most=0),
    ]
    slowest = max(one.seconds, other.seconds)
    if size.lines == THOUSAND:
        found.append(_target(what + "gap to the bound", size.gap("planner"), "%", most=MOST_GAP))
        found.append(_target(what + "time", slowest, "s", most=MOST_SECONDS))
        found.append(_target(what + "memory", max(one.memory, other.memory) / 2**30, "GiB", most=MOST_GIB))
    if size.lines == TEN_THOUSAND:
        found.append(_target(what + "time", slowest, "s", most=MOST_SECONDS_LARGE))
    return found


def _target(work: str, value: float, unit: str, *, least: float | None = None, most: float | None = None) -> Target:
    return Target(work, Spread.of([value]), least=least, most=most, unit=unit)


def _bounds(sizes: list[Size], console: Console) -> None:
    table = Table(title="Bound on the peak of December to February (HiGHS, one core)", title_justify="left")
    for name in ("lines", "bound t/d", "by", "rows", "columns", "time", "memory"):
        table.add_column(name, justify="right")
    for size in sizes:
        one = size.bound
        table.add_row(
            f"{size.lines:,}",
            f"{one.tonnes:,.3f}",
            one.buckets,
            f"{one.rows:,}",
            f"{one.columns:,}",
            f"{one.seconds:.2f} s",
            _mib(one.memory),
        )
    console.print(table)


def _contenders(sizes: list[Size], console: Console) -> None:
    table = Table(title="Each in processes of its own, twice", title_justify="left")
    table.add_column("who")
    names = ("lines", "time", "growth", "memory", "peak t/d", "gap", "same bytes", "breaches", "short", "beyond")
    for name in names:
        table.add_column(name, justify="right")
    for who in sizes[0].runs:
        table.add_section()
        earlier: Size | None = None
        for size in sizes:
            table.add_row(who if earlier is None else "", *_cells(size, who, earlier))
            earlier = size
    console.print(table)


def _cells(size: Size, who: str, earlier: Size | None) -> list[str]:
    one, other = size.runs[who]
    growth = ""
    if earlier is not None:
        times = size.seconds(who).median / earlier.seconds(who).median
        growth = f"{times:.1f} × for {size.lines / earlier.lines:g} ×"
    return [
        f"{size.lines:,}",
        f"{size.seconds(who).median:.2f} s",
        growth,
        _mib(max(one.memory, other.memory)),
        f"{one.tonnes:,.3f}",
        f"{size.gap(who):.2f} %",
        "yes" if one.digest == other.digest else "[red]NO",
        "" if one.breaches is None else str(one.breaches),
        _short(one.shortfalls),
        f"{one.beyond:.1f} d",
    ]


def _short(found: list[str]) -> str:
    """How many requirements are missed; the baselines know nothing of floors, so these are counted apart."""
    floors = sum(each.startswith("floor-") for each in found)
    return f"{len(found) - floors} + {floors} floors" if found else "0"


def _mib(size: int) -> str:
    return f"{size / MIB:,.0f} MiB"
