"""What a run found: rows of one table, and the targets with the ratio that reaches or misses them."""

from dataclasses import dataclass, field

from rich.console import Console
from rich.table import Table

from bench.timing import Spread


@dataclass(frozen=True, slots=True)
class Row:
    """One line of the table: what was timed, on what, and how it compares."""

    work: str
    who: str
    seconds: Spread
    against: str = ""
    ratio: Spread | None = None


@dataclass(frozen=True, slots=True)
class Target:
    """A promise as a ratio: `least` is the smallest (or, where less is better, `most` the largest) that keeps it."""

    work: str
    ratio: Spread
    least: float | None = None
    most: float | None = None
    unit: str = "×"

    @property
    def reached(self) -> bool:
        value = self.ratio.median
        return (self.least is None or value >= self.least) and (self.most is None or value <= self.most)

    @property
    def wanted(self) -> str:
        return f"≥ {self.least:g} {self.unit}" if self.least is not None else f"≤ {self.most:g} {self.unit}"


@dataclass(slots=True)
class Findings:
    """Everything one run found; parts add to it."""

    rows: list[Row] = field(default_factory=list)
    targets: list[Target] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)


def show(findings: Findings, console: Console) -> None:
    table = Table(title="One run, interleaved rounds: median (least to most)", title_justify="left")
    for name in ("work", "who"):
        table.add_column(name)
    for name in ("per second", "time each", "ratio"):
        table.add_column(name, justify="right")
    table.add_column("of")
    last = ""
    for row in findings.rows:
        if row.work != last and last:
            table.add_section()
        ratio = spread(row.ratio, "×") if row.ratio else ""
        each = row.seconds
        table.add_row(
            row.work if row.work != last else "", row.who, _count(1 / each.median), times(each), ratio, row.against
        )
        last = row.work
    console.print(table)
    show_targets(findings.targets, console)
    for note in findings.notes:
        console.print(f"- {note}")


def show_targets(targets: list[Target], console: Console) -> None:
    table = Table(title="Targets", title_justify="left")
    for name in ("target", "wanted", "found", ""):
        table.add_column(name)
    for target in targets:
        word = "[green]reached" if target.reached else "[red]MISSED"
        table.add_row(target.work, target.wanted, spread(target.ratio, target.unit), word)
    console.print(table)


def spread(found: Spread, unit: str) -> str:
    if found.least == found.most:
        return f"{found.median:.3g} {unit}"
    return f"{found.median:.3g} {unit} ({found.least:.3g} to {found.most:.3g})"


def times(found: Spread) -> str:
    scale, unit = next((s, u) for s, u in ((1.0, "s"), (1e3, "ms"), (1e6, "µs")) if found.median * s >= 1 or u == "µs")
    return f"{found.median * scale:.3g} {unit} ({found.least * scale:.3g} to {found.most * scale:.3g})"


def _count(rate: float) -> str:
    scale, unit = next(((s, u) for s, u in ((1e6, " M"), (1e3, " k")) if rate >= s), (1.0, ""))
    return f"{rate / scale:.3g}{unit}"
