"""The linter: what officials get wrong in a plan, found by recomputing it."""

from collections import Counter
from collections.abc import Iterator

from app.domain.decisions.analysis import entangled, gaps, unreachable
from app.domain.decisions.lint_calendar import LEAP_SEASON, calendar_findings
from app.domain.decisions.program import Program
from app.domain.policies.findings import Finding
from app.domain.policies.measures import During, Measure
from app.domain.policies.pack import BINDINGS, Ladder, Pack, Rule

BINDING_KINDS = frozenset("MDXE")


def lint(pack: Pack) -> list[Finding]:
    """Every finding on a pack that could be built, errors before warnings."""
    programs = [Program(pack, binds) for binds in BINDINGS]
    found = [
        *_citations(pack),
        *_provisions(pack),
        *_twice(pack),
        *calendar_findings(pack),
        *_ladders(pack),
        *_chapters(pack),
        *_idle(pack),
        *_unasked(pack),
        *(finding for program in programs for finding in _reach(program)),
    ]
    return sorted(found, key=lambda finding: finding.severity)


def _citations(pack: Pack) -> Iterator[Finding]:
    for source in pack.sources:
        for cite in dict.fromkeys(source.cites):
            if cite not in pack.provisions:
                yield Finding(
                    code="provision_unknown",
                    path=source.path,
                    rule=source.owner,
                    zh=f"引用的条款 {cite} 未在 provisions 中列出",
                    en=f"the cited provision {cite} is not listed",
                )
        for reading in dict.fromkeys(source.readings):
            if reading not in pack.readings:
                yield Finding(
                    code="reading_unknown",
                    path=source.path,
                    rule=source.owner,
                    zh=f"理解 {reading} 未在 readings 中列出",
                    en=f"the reading {reading} is not listed",
                )
    for rule in pack.rules():
        if not rule.cites and not rule.readings:
            yield Finding(
                code="rule_without_source",
                path=("rules",),
                rule=rule.id,
                zh="规则没有引用任何条款或理解",
                en="the rule cites no provision and no reading",
            )


def cited_by(pack: Pack) -> dict[str, list[str]]:
    """For each provision, the objects of the pack that carry it out."""
    found: dict[str, list[str]] = {provision: [] for provision in pack.provisions}
    for cites, what in _citing(pack):
        for cite in cites:
            found.setdefault(cite, []).append(what)
    return found


def _citing(pack: Pack) -> Iterator[tuple[tuple[str, ...], str]]:
    yield from (((*rule.cites, *rule.then.cites), f"rule {rule.id}") for rule in pack.rules())
    yield from ((ladder.cites, f"ladder {ladder.industry.name}") for ladder in pack.ladders)
    yield from ((window.cites, f"season {window.zone or ''}".strip()) for window in pack.windows)
    yield from ((duty.cites, f"duty {duty.id}") for duty in (*pack.duties, *pack.reports, *pack.disclosures))
    yield from ((workflow.cites, f"workflow {workflow.id}") for workflow in pack.workflows)
    yield (*pack.placement.cites, *pack.placement.keep_heat), "placement"
    yield from ((relation.cites, f"relation {relation.to}") for relation in pack.relations)
    yield from ((fact.cites, f"fact {fact.name}") for fact in pack.catalogue.facts.values())


def _provisions(pack: Pack) -> Iterator[Finding]:
    for index, (name, objects) in enumerate(cited_by(pack).items()):
        provision = pack.provisions.get(name)
        if provision is None or objects or (provision.excused and provision.kind not in BINDING_KINDS):
            continue
        if provision.excused:
            continue
        yield Finding(
            code="provision_without_object",
            path=("provisions", index),
            rule=name,
            zh=f"条款 {name}（{provision.kind}）没有对应的规则或其他内容，也未说明理由",
            en=f"the provision {name} ({provision.kind}) is carried out by nothing and not excused",
        )


def _twice(pack: Pack) -> Iterator[Finding]:
    for rule_id, times in Counter(rule.id for rule in pack.rules()).items():
        if times > 1:
            yield Finding(
                code="id_twice",
                path=("rules",),
                rule=rule_id,
                zh=f"规则编号 {rule_id} 出现 {times} 次",
                en=f"the rule id {rule_id} stands {times} times",
            )


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


def severity_of(measure: Measure, pack: Pack) -> float | None:
    """How hard a measure is on production, 0 to 1; None where the text gives no number to compare."""
    match measure.kind:
        case "stop":
            window = pack.windows[0].span.of_season(LEAP_SEASON).days or 1
            span = getattr(measure.when, "span", None)
            if isinstance(measure.when, During) and span is not None:
                return (span.of_season(LEAP_SEASON).days or 0) / window
            return 0.0 if span is not None else 1.0
        case "cut":
            return float(str(measure.params["pct"])) / 100
        case "coking_hours":
            # Longer coking is a larger cut (A-L11); charging stopped is harder than any of them.
            return float(str(measure.params["hours"])) / 1000
        case "stop_charging":
            return 0.95
        case "authority_decides" | "sanction" | "lowest_class":
            return None
        case _:
            return 0.0


def _ladders(pack: Pack) -> Iterator[Finding]:
    for index, ladder in enumerate(pack.ladders):
        yield from _monotone(index, ladder, pack)
        classes = [name for name in dict.fromkeys(row.class_ for row in ladder.rows) if name]
        roman = ["I", "II", "III", "IV", "V", "VI"]
        missing = (
            [name for name in roman[: roman.index(classes[-1])] if name not in classes]
            if (classes and classes[-1] in roman)
            else []
        )
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
        severity = severity_of(row.then, pack)
        if severity is None or row.class_ is None:
            continue
        # Rows of one class are alternatives by fact (fuel, oven, heat), so they are not compared with each other.
        if worst is not None and severity < worst[0] and row.class_ != worst[2] and not _alternative(row):
            yield Finding(
                code="ladder_milder",
                path=("rules", index),
                rule=row.id,
                severity="warning",
                zh=f"较低类别的措施比 {worst[1]} 更宽松，请核对限产比例是“压减”还是“保留”（A-G4）",
                en=f"a lower class is milder than {worst[1]}; check whether the percentage is cut or kept (A-G4)",
            )
        if worst is None or severity > worst[0]:
            worst = (severity, row.id, row.class_)


def _alternative(row: Rule) -> bool:
    return row.then.kind == "coking_hours" or not isinstance(row.then.when, During)


def _reach(program: Program) -> Iterator[Finding]:
    if entangled(program):
        yield Finding(
            code="too_entangled",
            path=(),
            zh="同时牵涉的事实过多，无法穷举可能结果；请拆分规则",
            en="the rules ask too many facts together to enumerate the possible outcomes; split them",
        )
        return
    for rule in unreachable(program):
        yield Finding(
            code="unreachable",
            path=("rules",),
            rule=rule.id,
            zh="没有任何事实能使该规则适用",
            en="no facts can ever bring this rule about",
        )
    for industry, case in gaps(program):
        facts = {key: value for key, value in case.facts.items() if key not in program.defaults}
        told = ", ".join(f"{key}={value}" for key, value in facts.items())
        yield Finding(
            code="gap",
            path=("rules",),
            rule=industry,
            severity="warning",
            zh=f"没有任何类别适用于：{told}",
            en=f"no class covers: {told}",
        )
