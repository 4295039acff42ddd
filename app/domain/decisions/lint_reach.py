"""What no facts lead to, and which facts lead to nothing: the pack walked without any enterprise."""

from collections.abc import Iterator, Mapping

from app.domain.decisions.analysis import entangled, gaps, unreachable
from app.domain.decisions.lint_ladders import overlap_findings
from app.domain.decisions.lint_values import value_findings
from app.domain.decisions.lint_words import told_case
from app.domain.decisions.program import Program
from app.domain.policies.facts import Value
from app.domain.policies.findings import Finding
from app.domain.policies.pack import Ladder, Pack, Rule

# More open cases than these say nothing more to an official.
TOLD_CASES = 3


def reach_findings(program: Program) -> Iterator[Finding]:
    """What a search over all facts shows of the rules that bind one level."""
    if entangled(program):
        yield Finding(
            code="too_entangled",
            path=(),
            zh="同时牵涉的事实过多，无法穷举可能结果；请拆分规则",
            en="the rules ask too many facts together to enumerate the possible outcomes; split them",
        )
        return
    for rule in unreachable(program):
        yield _unreachable(rule)
    for ladder, cases in gaps(program):
        yield _gap(ladder, cases, program)
    yield from overlap_findings(program)
    yield from value_findings(program)


def _unreachable(rule: Rule) -> Finding:
    zh, en = (f"（类别 {rule.class_}）", f" (class {rule.class_})") if rule.class_ else ("", "")
    return Finding(
        code="unreachable",
        path=("rules",),
        rule=rule.id,
        zh=f"没有任何事实能使该规则{zh}适用",
        en=f"no facts can ever bring this rule{en} about",
    )


def _gap(ladder: Ladder, cases: list[Mapping[str, Value]], program: Program) -> Finding:
    told = [told_case(case, program) for case in cases[:TOLD_CASES]]
    more = len(cases) - len(told)
    zh = "；".join(f"（{number}）{one}" for number, (one, _) in enumerate(told, start=1))
    en = "; ".join(f"({number}) {one}" for number, (_, one) in enumerate(told, start=1))
    label = _called(ladder, program.pack)
    return Finding(
        code="gap",
        path=("rules", program.pack.ladders.index(ladder)),
        rule=ladder.industry.name or ladder.rows[0].id,
        severity="warning",
        zh=f"“{label['zh']}”有情形不属于任何类别，方案没有规定：{zh}" + (f"；另有 {more} 种情形" if more else ""),
        en=f"some of “{label['en']}” meet no class, so the plan says nothing: {en}"
        + (f"; and {more} more" if more else ""),
    )


def _called(ladder: Ladder, pack: Pack) -> Mapping[str, str]:
    """Whom a ladder speaks of: its chapter, or where it has none the kinds it binds."""
    if ladder.industry.name or not ladder.kinds:
        return ladder.industry.label
    group = next((group for group in pack.groups.values() if group.kinds == ladder.kinds), None)
    kinds = ", ".join(sorted(ladder.kinds))
    return {"zh": group.zh, "en": group.name} if group else {"zh": kinds, "en": kinds}
