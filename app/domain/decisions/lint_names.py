"""What a plan names in vain: rules, levels and facts that are not there, circles, and words without effect."""

from collections.abc import Iterator, Mapping
from graphlib import CycleError, TopologicalSorter

from app.domain.decisions.section import BEYOND
from app.domain.policies.conditions import leaves, outer_leaves, quantified
from app.domain.policies.facts import LEVELS, FactSpec, Level, Value
from app.domain.policies.findings import Finding
from app.domain.policies.pack import Pack, Rule


def name_findings(pack: Pack) -> Iterator[Finding]:
    """What the names of a pack lead to, or fail to."""
    yield from _chapters(pack)
    yield from _idle(pack)
    yield from _unasked(pack)
    yield from _follows(pack)
    yield from _circles(pack)
    yield from _targets(pack)
    yield from _levels(pack)
    yield from _too_low(pack)


def _chapters(pack: Pack) -> Iterator[Finding]:
    first: dict[tuple[str, str], int] = {}
    for index, ladder in enumerate(pack.ladders):
        for tag in sorted(ladder.industry.tags):
            earlier = first.setdefault((ladder.binds, tag), index)
            if earlier != index:
                other = pack.ladders[earlier].industry.name
                yield Finding(
                    code="tag_twice",
                    path=("rules", index),
                    rule=ladder.industry.name,
                    zh=f"行业标签 {tag} 已属 {other}，此处的分级永远不会适用",
                    en=f"the tag {tag} belongs to {other} already, so this ladder never applies to it",
                )


def _idle(pack: Pack) -> Iterator[Finding]:
    """What is written where it has no effect."""
    for scoped in pack.scoped:
        if scoped.binds == "line" and scoped.kinds is not None:
            yield Finding(
                code="kinds_of_lines",
                path=("gates",),
                rule=scoped.rule.id,
                zh="约束生产线的规则不能按设备种类限定；请写 binds: unit，或改用 industries",
                en="a rule that binds lines cannot name kinds of units; write `binds: unit`, or name industries",
            )
    for rule in pack.rules():
        if rule.then.kind == "lowest_class" and rule.stage != "penalty":
            yield Finding(
                code="lowest_class_misplaced",
                path=("rules",),
                rule=rule.id,
                zh="lowest_class 只能写在 penalties 中",
                en="only a penalty sends to the lowest class",
            )


def _unasked(pack: Pack) -> Iterator[Finding]:
    for name in sorted(pack.local_facts - pack.asked_facts()):
        yield Finding(
            code="fact_unasked",
            path=("facts", name),
            severity="warning",
            zh=f"事实 {name} 已定义，但没有任何条件用到它",
            en=f"the fact {name} is declared, and no condition asks it",
        )


def _follows(pack: Pack) -> Iterator[Finding]:
    """What a violation in the window is to make true, and never would: by a finding that is none, or of no yes-or-no fact."""
    for name in sorted(pack.local_facts):
        spec = pack.catalogue[name]
        sources = ((pack.catalogue.facts.get(fact), value) for fact, value in spec.follows.items())
        found = all(source is not None and _takes(source, value) for source, value in sources)
        if spec.follows and not (found and spec.in_window and spec.type == "boolean" and spec.absent is False):
            yield Finding(
                code="follows_nothing",
                path=("facts", name, "follows"),
                rule=name,
                zh=f"{name} 不会随任何认定成立：须为 absent: false 的是否类事实，写明 occurs: in_window，follows 列已有事实的取值",
                en=f"nothing makes {name} true: it must be a yes-or-no fact with `absent: false` and `occurs: in_window`, "
                "following from values that known facts can take",
            )


def _takes(source: FactSpec, value: Value) -> bool:
    return value in source.options if source.options else source.type == "boolean" and isinstance(value, bool)


def _circles(pack: Pack) -> Iterator[Finding]:
    """Derived facts that are worked out from each other: neither is ever known."""
    specs = pack.catalogue.facts
    inputs = {name: list(fact.derive.inputs) for name, fact in specs.items() if fact.derive}
    try:
        TopologicalSorter(inputs).prepare()
    except CycleError as error:
        circle = [str(name) for name in error.args[1]]
        told = " → ".join(circle)
        yield Finding(
            code="cyclic",
            path=("facts", circle[0]),
            rule=circle[0],
            zh=f"循环定义：{told}",
            en=f"these are made of each other: {told}",
        )
    for name in sorted(pack.local_facts & inputs.keys()):
        for missing in [one for one in inputs[name] if one not in pack.catalogue]:
            yield Finding(
                code="fact_unknown",
                path=("facts", name, "derive"),
                rule=name,
                zh=f"推算 {name} 所需的事实 {missing} 不存在",
                en=f"no fact is named {missing}, from which {name} is derived",
            )


def _targets(pack: Pack) -> Iterator[Finding]:
    """Rules that an adjustment names, periods that the placement names."""
    ids = {rule.id for rule in pack.rules()}
    for rule in pack.rules():
        for target in sorted(rule.to - ids):
            yield Finding(
                code="rule_unknown",
                path=("adjustments",),
                rule=rule.id,
                zh=f"所调整的规则 {target} 不存在",
                en=f"the rule {target} that it adjusts does not exist",
            )
    for name in pack.placement.split_equally:
        if name not in pack.periods:
            yield Finding(
                code="period_unknown",
                path=("placement", "split"),
                zh=f"未定义时段 {name}",
                en=f"no period is named {name}",
            )


def _levels(pack: Pack) -> Iterator[Finding]:
    """The levels a tightening goes through, as values of the rating it speaks of."""
    for rule in pack.rules():
        if rule.then.kind != "one_level_up":
            continue
        spec = pack.catalogue.find(str(rule.then.params["of"]))
        levels = rule.then.params["levels"]
        steps: Mapping[str, str] = levels if isinstance(levels, Mapping) else {}
        options = set(spec.options) if spec else set()
        for wrong in sorted({*steps, *(set(steps.values()) - {BEYOND})} - options):
            yield Finding(
                code="level_unknown",
                path=("penalties",),
                rule=rule.id,
                zh=f"{rule.then.params['of']} 没有级别 {wrong}",
                en=f"{rule.then.params['of']} has no level {wrong}",
            )


def _too_low(pack: Pack) -> Iterator[Finding]:
    """Facts asked of a subject that stands above those they are recorded for: what is said of these is not seen."""
    bound: list[tuple[Rule, Level]] = [(scoped.rule, scoped.binds) for scoped in pack.scoped]
    bound += [(row, ladder.binds) for ladder in pack.ladders for row in ladder.rows]
    asking: dict[tuple[str, Level], list[str]] = {}
    for rule, binds in bound:
        for fact, level in _asked(rule, binds, pack):
            if _depth(pack.catalogue[fact].subject) > _depth(level):
                asking.setdefault((fact, level), []).append(rule.id)
    for (fact, level), rules in asking.items():
        spec = pack.catalogue[fact]
        named = "、".join(dict.fromkeys(rules))
        yield Finding(
            code="fact_too_low",
            path=("rules",),
            rule=rules[0],
            severity="note",
            zh=f"“{spec.zh}”按 {spec.subject} 登记，{named} 却在 {level} 一级问：只有按 {level} 整体填报的才看得到",
            en=f"{fact} is recorded for a {spec.subject} and asked of a {level} by {', '.join(dict.fromkeys(rules))}: "
            f"only what is said of the {level} as a whole is seen",
        )


def _asked(rule: Rule, binds: Level, pack: Pack) -> Iterator[tuple[str, Level]]:
    if rule.when is None:
        return
    for leaf in outer_leaves(rule.when):
        yield leaf.fact, binds
    for node in quantified(rule.when):
        for leaf in leaves(node.part):
            yield leaf.fact, pack.groups[node.group].level


def _depth(level: Level) -> int:
    """Units and processes stand side by side below their line."""
    return min(LEVELS.index(level), LEVELS.index("process"))
