"""together: what hangs together beside percentages. Who runs as others let it is in no cut, and nobody depends on itself."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace

from app.domain.schedules.given.plant import Plant
from app.domain.schedules.given.prepared import Findings
from app.domain.schedules.requirements import Cap, Coupling, Cut, Requirement


def together(required: Sequence[Requirement], plant: Plant, findings: Findings) -> Iterator[Requirement]:
    """The same demands, so told that a planner can keep them beside the couplings."""
    kept = _without_circles(required, plant, findings)
    followers = {one.downstream: one for one in kept if isinstance(one, Coupling)}
    for one in kept:
        yield from _apart(one, followers) if isinstance(one, Cut) else (one,)


def _apart(cut: Cut, followers: Mapping[str, Coupling]) -> Iterator[Requirement]:
    """A follower's part of a cut is borne by what it follows, for it stops at least as long (L12-18).

    By load, or where it follows something outside of the cut, it bears its own share on every day.
    """
    weights = dict(cut.weights_t_d)
    capped: list[str] = []
    while follower := next((name for name in weights if name in followers), None):
        weight, upstream = weights.pop(follower), followers[follower].upstream_t_d
        if upstream.keys() <= weights.keys() and not cut.by_load:
            whole = sum(upstream.values())
            for name, part in upstream.items():
                weights[name] += weight * part / whole
        else:
            capped.append(follower)
    if capped and "load" not in cut.methods:
        yield cut
        return
    if weights:
        yield replace(cut, weights_t_d=weights)
    for name in capped:
        yield Cap(
            id=f"{cut.id}/{name}", clause=cut.clause, resource=name, period=cut.period, share=max(0.0, 1 - cut.share)
        )


def _without_circles(required: Iterable[Requirement], plant: Plant, findings: Findings) -> list[Requirement]:
    """Of couplings that close a circle the last is left out: the others already hold its ends together."""
    kept: list[Requirement] = []
    upstream: dict[str, set[str]] = {}
    for one in required:
        if not isinstance(one, Coupling):
            kept.append(one)
            continue
        free = {each: weight for each, weight in one.upstream_t_d.items() if not _leads(one.downstream, each, upstream)}
        if len(free) < len(one.upstream_t_d):
            _left_out(one, plant, findings)
        if free:
            upstream.setdefault(one.downstream, set()).update(free)
            kept.append(replace(one, upstream_t_d=free))
    return kept


def _leads(start: str, end: str, upstream: Mapping[str, set[str]]) -> bool:
    """Whether the end is the start, or depends on it through others."""
    return start == end or any(_leads(start, name, upstream) for name in upstream.get(end, ()))


def _left_out(one: Coupling, plant: Plant, findings: Findings) -> None:
    label = plant.parts[one.downstream].label
    zh = "登记的配套关系互为上下游，排产按其中一个方向联动。"
    en = "It is registered to follow what follows it; the schedule keeps one direction of the two."
    findings.note("together", one.downstream, label, zh=zh, en=en)
