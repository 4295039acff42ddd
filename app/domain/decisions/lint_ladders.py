"""What the classes of a plan get wrong: milder downwards, missing, overlapping, at least without a number."""

from collections.abc import Iterator
from itertools import combinations

from app.domain.decisions.analysis import satisfiable, witness
from app.domain.decisions.lint_calendar import LEAP_SEASON
from app.domain.decisions.lint_words import told_case
from app.domain.decisions.program import Program
from app.domain.policies.conditions import All, Leaf, Not, leaves
from app.domain.policies.facts import Catalogue, FactSpec
from app.domain.policies.findings import Finding
from app.domain.policies.measures import ASKING_KINDS, SILENT_KINDS, During, Measure
from app.domain.policies.pack import Ladder, Pack, Rule

ROMAN = ["I", "II", "III", "IV", "V", "VI"]
# Words by which plans name a rating; what it rates differs, that it is one does not.
_RATING_WORDS = ("等级", "评级", "级别", "类别")
# What says nothing of production by itself, or leaves it to somebody.
_UNCOMPARED = SILENT_KINDS - {"eligible"} | ASKING_KINDS | {"transport"}
# The number without which two measures of a kind cannot be compared.
_NUMBER = {"stop_days": "days", "cut": "pct", "load_cap": "pct"}


def ladder_findings(pack: Pack) -> Iterator[Finding]:
    """What the ladders of a pack show by themselves."""
    for index, ladder in enumerate(pack.ladders):
        yield from _monotone(index, ladder, pack)
        yield from _missing(index, ladder)
    for rule in pack.rules():
        yield from _minimum(rule)


def overlap_findings(program: Program) -> Iterator[Finding]:
    """For each ladder, the classes that one subject can meet at once: the order of rows decides."""
    for ladder in program.ladders:
        for better, worse in combinations(ladder.rows, 2):
            facts = _both(better, worse, program)
            if facts is None:
                continue
            zh, en = facts
            yield Finding(
                code="classes_overlap",
                path=("rules",),
                rule=worse.id,
                severity="note",
                zh=f"与 {better.id} 可以同时成立（例如：{zh}），按先后以 {better.id} 为准",
                en=f"{better.id} can hold at the same time (for example: {en}); {better.id} comes first and applies",
            )
            break


def _both(better: Rule, worse: Rule, program: Program) -> tuple[str, str] | None:
    """A case that meets both rows, where both have a condition, another class and another measure."""
    if better.when is None or worse.when is None or better.then == worse.then:
        return None
    classes = [level_of(row, program.pack.catalogue) for row in (better, worse)]
    if None in classes or classes[0] == classes[1]:
        return None
    first, second = better.when, worse.when
    # Where one implies the other, the order of rows is plainly meant (or the lower row is never reached).
    apart = all(
        satisfiable(All(parts=(node, Not(part=other))), program) for node, other in ((first, second), (second, first))
    )
    facts = witness(All(parts=(first, second)), program) if apart else None
    return None if facts is None else told_case(facts, program)


def is_rating(spec: FactSpec) -> bool:
    """Whether an enumerated fact is a class or grade that somebody awards."""
    return spec.type == "enum" and any(word in spec.zh for word in _RATING_WORDS)


def level_of(row: Rule, catalogue: Catalogue) -> str | None:
    """The class of a row, or the grade it asks for where the plan gives its measures by grade."""
    if row.class_ is not None:
        return row.class_
    asked = [leaf for leaf in leaves(row.when) if leaf.op in {"is", "in"}] if row.when else []
    return next((_named(leaf) for leaf in asked if is_rating(catalogue[leaf.fact])), None)


def _named(leaf: Leaf) -> str:
    return ", ".join(sorted(leaf.operand)) if isinstance(leaf.operand, frozenset) else str(leaf.operand)


def severity_of(measure: Measure, pack: Pack) -> float | None:
    """How hard a measure is on production, 0 to 1; None where the text gives no number to compare."""
    if measure.kind in _UNCOMPARED or (_NUMBER.get(measure.kind) or "kind") not in {"kind", *measure.params}:
        return None
    match measure.kind:
        case "stop":
            return _days_share(measure, pack) * measure.number("share_pct", 100.0) / 100
        case "stop_days":
            return min(measure.number("days") / _window_days(pack), 1.0)
        case "cut":
            return measure.number("pct") / 100
        case "load_cap":
            return 1 - measure.number("pct") / 100
        case "cycle":
            return measure.number("stop_hours") / (measure.number("stop_hours") + measure.number("run_hours", 1.0))
        case "coking_hours":
            # Longer coking is a larger cut (A-L11); charging stopped is harder than any of them.
            return measure.number("hours") / 1000
        case _:
            return 0.95 if measure.kind == "stop_charging" else 0.0


def _days_share(measure: Measure, pack: Pack) -> float:
    """The share of the season a stop takes; an open end is taken for all of it, days after the season for none."""
    span = getattr(measure.when, "span", None)
    if isinstance(measure.when, During) and span is not None:
        return (span.of_season(LEAP_SEASON).days or 0) / _window_days(pack)
    return 0.0 if span is not None else 1.0


def _window_days(pack: Pack) -> int:
    return pack.windows[0].span.of_season(LEAP_SEASON).days or 1


def _missing(index: int, ladder: Ladder) -> Iterator[Finding]:
    classes = [name for name in dict.fromkeys(row.class_ for row in ladder.rows) if name]
    last = classes[-1] if classes else ""
    missing = [name for name in ROMAN[: ROMAN.index(last)] if name not in classes] if last in ROMAN else []
    if missing:
        yield Finding(
            code="class_missing",
            path=("rules", index),
            rule=ladder.industry.name,
            zh=f"缺少类别 {'、'.join(missing)}",
            en=f"the classes {', '.join(missing)} are missing",
        )


def _monotone(index: int, ladder: Ladder, pack: Pack) -> Iterator[Finding]:
    worst: tuple[float, str, str] | None = None
    for row in ladder.rows:
        severity, level = severity_of(row.then, pack), level_of(row, pack.catalogue)
        if severity is None or level is None:
            continue
        # Rows of one class are alternatives by fact (fuel, oven, heat), so they are not compared with each other.
        if worst is not None and severity < worst[0] and level != worst[2] and not _alternative(row):
            yield Finding(
                code="ladder_milder",
                path=("rules", index),
                rule=row.id,
                severity="warning",
                zh=f"较低类别的措施比 {worst[1]} 更宽松，请核对限产比例是“压减”还是“保留”（A-G4）",
                en=f"a lower class is milder than {worst[1]}; check whether the percentage is cut or kept (A-G4)",
            )
        if worst is None or severity > worst[0]:
            worst = (severity, row.id, level)


def _alternative(row: Rule) -> bool:
    return row.then.kind == "coking_hours" or not isinstance(row.then.when, During)


def _minimum(rule: Rule) -> Iterator[Finding]:
    """A cut of at least so much tells nobody how much."""
    measures = [rule.then, *(one for one in rule.then.alternatives if isinstance(one, Measure))]
    least = [measure for measure in measures if measure.params.get("at_least")]
    if least:
        pct = least[0].given("pct")
        zh, en = (f"“不低于{pct:g}%”", f"“at least {pct:g} %”") if pct is not None else ("“不低于”", "“at least”")
        yield Finding(
            code="minimum_without_number",
            path=("rules",),
            rule=rule.id,
            severity="warning",
            zh=f"{zh}只有下限，没有确切数值，企业无法据此安排生产",
            en=f"{en} is a lower limit without a number: nobody can plan production by it",
        )
