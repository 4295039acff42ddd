"""What a plan asks of people and gets wrong: days that lie badly, nobody to report to, lists nobody can keep."""

from collections.abc import Iterator

from app.domain.decisions.lint_calendar import COMMON_SEASON, LEAP_SEASON
from app.domain.periods import MonthDay
from app.domain.policies.conditions import All, Leaf, Node, Not, leaves
from app.domain.policies.deadlines import BEFORE_END, before_end_words, summary_before_end
from app.domain.policies.findings import Finding
from app.domain.policies.measures import ONE_LEVEL_UP, Measure
from app.domain.policies.pack import Binding, Pack, Rule
from app.domain.policies.undertakings import Duty

# Acts that put a subject on a list or let it off one.
_GRANTING = {"listing", "approval", "filing", "determination", "dispatch", "notice"}


def duty_findings(pack: Pack) -> Iterator[Finding]:
    """What the deadlines, addressees, grants and relations of a pack lack."""
    for section, duty in pack.undertakings():
        yield from _summary(section, duty, pack)
        yield from _months(section, duty, pack)
        yield from _addressee(section, duty)
        yield from _filled(section, duty)
    yield from _workflows(pack)
    for rule in pack.rules():
        yield from _due(rule, pack)
        yield from _rounding(rule)
    yield from _grants(pack)
    yield from _granted(pack)
    yield from _choices(pack)
    yield from _relations(pack)


def _summary(section: str, duty: Duty, pack: Pack) -> Iterator[Finding]:
    ends = summary_before_end(duty, pack, LEAP_SEASON)
    if ends is not None:
        words = before_end_words(duty, ends)
        yield Finding(
            code=BEFORE_END,
            path=(section,),
            rule=duty.id,
            severity="warning",
            zh=words["zh"],
            en=words["en"],
            mend={
                "zh": f"把期限改到 {ends} 之后，或写明只总结到报送日为止；原文日期照录",
                "en": f"ask for a day after {ends}, or say that it covers the time up to then; the printed day stays as it is",
            },
        )


def _months(section: str, duty: Duty, pack: Pack) -> Iterator[Finding]:
    """Days of the month that some months lack, and months that have nothing to report."""
    short = [month for month in duty.months if duty.day is not None and duty.day > _length(month)]
    if short:
        told = ", ".join(map(str, short))
        yield Finding(
            code="day_missing",
            path=(section,),
            rule=duty.id,
            severity="warning",
            zh=f"{told} 月没有 {duty.day} 日",
            en=f"the months {told} have no day {duty.day}",
        )
    idle = [month for month in duty.months if duty.every == "month" and not _touches(month, pack)]
    if idle:
        told = ", ".join(map(str, idle))
        yield Finding(
            code="deadline_outside",
            path=(section,),
            rule=duty.id,
            severity="note",
            zh=f"{told} 月及其上月都不在错峰期内，没有可报的内容",
            en=f"neither the months {told} nor the ones before lie in the season: there is nothing to report",
        )


def _length(month: int) -> int:
    return {2: 28, 4: 30, 6: 30, 9: 30, 11: 30}.get(month, 31)


def _touches(month: int, pack: Pack) -> bool:
    """Whether a month or the one before it, of which it may tell, has a day of the season."""
    days = [MonthDay(one, day) for one in (month, (month - 2) % 12 + 1) for day in (1, 15, _length(one))]
    windows = [window.span.of_season(COMMON_SEASON) for window in pack.windows]
    return any(day.of_season(COMMON_SEASON) in window for day in days for window in windows)


def _addressee(section: str, duty: Duty) -> Iterator[Finding]:
    missing = [
        told
        for empty, told in (
            (not duty.who.strip(), ("由谁负责", "who does it")),
            (section == "reports" and not duty.to.strip(), ("报给谁", "to whom")),
        )
        if empty
    ]
    for zh, en in missing:
        yield Finding(
            code="duty_without_addressee",
            path=(section,),
            rule=duty.id,
            severity="warning",
            zh=f"没有写明{zh}",
            en=f"it does not say {en}",
        )


def _filled(section: str, duty: Duty) -> Iterator[Finding]:
    """A contact is named once and by whoever registers it; it tells nothing of a day, a month or a season."""
    if not duty.filled_by:
        return
    unfit = [
        told
        for wrong, told in (
            (
                bool(duty.every or duty.covers),
                ("按日、按月或者总结全季的", "what is told by the day, the month or the season"),
            ),
            (duty.who == "power_supplier", ("供电企业的", "the power supplier's")),
        )
        if wrong
    ]
    for zh, en in unfit:
        yield Finding(
            code="filled_by_unfit",
            path=(section,),
            rule=duty.id,
            zh=f"{zh}职责不能由登记联系人代替报送（filled_by: {duty.filled_by}）",
            en=f"a registered contact cannot fill {en} (filled_by: {duty.filled_by})",
        )


def _workflows(pack: Pack) -> Iterator[Finding]:
    """Steps to be taken by a day after the season they serve."""
    _, last = pack.bounds(LEAP_SEASON)
    for workflow in pack.workflows:
        if workflow.by and MonthDay.parse(workflow.by).of_season(LEAP_SEASON) > last:
            yield Finding(
                code="deadline_outside",
                path=("workflows",),
                rule=workflow.id,
                severity="warning",
                zh=f"期限 {workflow.by} 在错峰期结束之后",
                en=f"it is due on {workflow.by}, after the season has ended",
            )


def _due(rule: Rule, pack: Pack) -> Iterator[Finding]:
    """Answers that come when the days they are for have begun, or are over."""
    due = rule.then.params.get("due")
    if not isinstance(due, MonthDay):
        return
    first, last = pack.bounds(LEAP_SEASON)
    day = due.of_season(LEAP_SEASON)
    if day < first:
        return
    late = day > last
    yield Finding(
        code="deadline_outside",
        path=("rules",),
        rule=rule.id,
        severity="warning" if late else "note",
        zh=f"主管部门的答复期限 {due} 在错峰期{'结束' if late else '开始'}之后",
        en=f"the authority's answer is due on {due}, after the season has {'ended' if late else 'begun'}",
    )


def _rounding(rule: Rule) -> Iterator[Finding]:
    measures = [rule.then, *(one for one in rule.then.alternatives if isinstance(one, Measure))]
    for measure in measures:
        if measure.kind == "cohort" and "share_pct" in measure.params and "rounding" not in measure.params:
            share = measure.number("share_pct")
            yield Finding(
                code="rounding_unsaid",
                path=("rules",),
                rule=rule.id,
                severity="warning",
                zh=f"按 {share:g}% 选取时得数不是整数怎么办，没有写明",
                en=f"{share:g} % of them may be no whole number, and nothing says how it is rounded",
            )


def _grants(pack: Pack) -> Iterator[Finding]:
    """Exemptions that wait for a grant which nobody can record, or which is unknown until somebody does."""
    granting = any(workflow.kind in _GRANTING for workflow in pack.workflows)
    for rule in pack.at_stage("exemption"):
        fact = _granted_by(rule.rule.when) if rule.rule.id.endswith(".eligible") else None
        if fact is None:
            continue
        spec = pack.catalogue[fact]
        owner = rule.rule.id.removesuffix(".eligible")
        if spec.absent is not False:
            yield Finding(
                code="grant_open",
                path=("exemptions",),
                rule=owner,
                zh=f"“{spec.zh}”没有登记时应视为没有（absent: false），否则豁免永远未知",
                en=f"without a record {fact} must mean no (absent: false), or the exemption stays unknown for ever",
            )
        if not granting:
            yield Finding(
                code="grant_unrecorded",
                path=("exemptions",),
                rule=owner,
                severity="warning",
                zh=f"没有任何流程能够作出“{spec.zh}”的决定，豁免无从落实",
                en=f"no workflow leads to {spec.en}: nobody can grant this exemption",
            )


def _granted(pack: Pack) -> Iterator[Finding]:
    """Acts that make a fact true which would stay unknown without them, or which no rule asks."""
    asked = pack.asked_facts()
    for index, workflow in enumerate(pack.workflows):
        spec = pack.catalogue.find(workflow.grants)
        if spec is None:
            continue
        path = ("workflows", index, "grants")
        if workflow.kind == "determination" and spec.type != "boolean":
            yield Finding(
                code="grant_unknown",
                path=path,
                rule=workflow.id,
                zh=f"认定“上调一级”所登记的须是一个是否类事实，“{spec.zh}”不是",
                en=f"what a choice of one level up records is a yes-or-no fact; {spec.name} is none",
            )
        elif spec.absent is None:
            yield Finding(
                code="grant_open",
                path=path,
                rule=workflow.id,
                zh=f"“{spec.zh}”没有登记时应视为没有（absent），否则在办理之前永远未知",
                en=f"without a record {spec.name} must mean no (absent), or it stays unknown until the act is granted",
            )
        if spec.name not in asked:
            yield Finding(
                code="grant_unasked",
                path=path,
                rule=workflow.id,
                zh=f"没有任何条件用到“{spec.zh}”，办成了也不改变任何结果",
                en=f"no condition asks {spec.name}: granting this act changes nothing",
            )


def _choices(pack: Pack) -> Iterator[Finding]:
    """Rules that offer one level up, where choosing it raises nothing."""
    for scoped in pack.scoped:
        rule = scoped.rule
        if ONE_LEVEL_UP not in rule.then.alternatives:
            continue
        workflow = pack.workflow_for("determination", rule.cites)
        if workflow is None or workflow.grants not in _raising(pack, scoped.binds):
            yield Finding(
                code="choice_idle",
                path=("penalties",),
                rule=rule.id,
                severity="warning",
                zh="主管部门可以选“上调一级”，但没有认定流程登记这一选择，或没有规则据此上调",
                en="the authority may choose one level up, and no determination records it, or no rule then raises anything",
            )


def _raising(pack: Pack, binds: Binding) -> set[str]:
    """The facts by which subjects of a level go one level up."""
    whens = [one.rule.when for one in pack.scoped if one.binds == binds and one.rule.then.kind == ONE_LEVEL_UP]
    return {leaf.fact for when in whens if when is not None for leaf in leaves(when)}


def _granted_by(when: Node | None) -> str | None:
    """The fact that tells the eligible from the exempt: the reader puts it last."""
    last = when.parts[-1] if isinstance(when, All) and when.parts else when
    inner = last.part if isinstance(last, Not) else None
    return inner.fact if isinstance(inner, Leaf) else None


def _relations(pack: Pack) -> Iterator[Finding]:
    said = {relation.to for relation in pack.relations}
    if pack.issuer_level != "nation" and not said & {"higher_level", "national"}:
        yield Finding(
            code="relation_unsaid",
            path=("relations",),
            severity="warning",
            zh="没有说明上级要求更严时如何处理",
            en="it does not say what happens where a higher level asks for more",
        )
    if pack.nature == "staggered" and "other_control" not in said:
        yield Finding(
            code="relation_unsaid",
            path=("relations",),
            severity="note",
            zh="没有说明与重污染天气应急等其他管控重叠时如何处理",
            en="it does not say what happens where another kind of control, such as a pollution warning, overlaps",
        )
