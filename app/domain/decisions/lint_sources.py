"""What a plan's objects stand on: clauses and readings that exist, cited by someone, under ids of their own."""

from collections import Counter
from collections.abc import Iterator

from app.domain.policies.findings import Finding
from app.domain.policies.measures import FREE_CODES
from app.domain.policies.pack import Pack, Provision

# Appeals, tasks of a government to itself, and what a plan stands on: nothing of them reaches an enterprise.
EXCUSABLE = frozenset("GSP")


def source_findings(pack: Pack) -> Iterator[Finding]:
    """What the citations, provisions and ids of a pack get wrong."""
    yield from _citations(pack)
    yield from _unfounded(pack)
    yield from _provisions(pack)
    yield from _twice(pack)


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


def _unfounded(pack: Pack) -> Iterator[Finding]:
    """Rules that stand on no clause: on nothing at all, or on a reading of ours alone where they bind production."""
    for rule in pack.rules():
        if rule.cites or rule.then.cites:
            continue
        if not rule.readings:
            yield Finding(
                code="rule_without_source",
                path=("rules",),
                rule=rule.id,
                zh="规则没有引用任何条款或理解",
                en="the rule cites no provision and no reading",
            )
        elif rule.then.acts and not rule.then.asks and rule.then.kind not in FREE_CODES:
            named = "、".join(rule.readings)
            yield Finding(
                code="measure_without_clause",
                path=("rules",),
                rule=rule.id,
                severity="warning",
                zh=f"措施只以理解 {named} 为依据，没有引用任何条款",
                en=f"the measure stands on the reading {', '.join(rule.readings)} alone and cites no clause",
            )


def citing(pack: Pack) -> Iterator[tuple[tuple[str, ...], str]]:
    yield from (((*rule.cites, *rule.then.cites), f"rule {rule.id}") for rule in pack.rules())
    yield from ((ladder.cites, f"ladder {ladder.industry.name}") for ladder in pack.ladders)
    yield from ((window.cites, f"season {window.zone or ''}".strip()) for window in pack.windows)
    yield from ((duty.cites, f"duty {duty.id}") for duty in (*pack.duties, *pack.reports, *pack.disclosures))
    yield from ((workflow.cites, f"workflow {workflow.id}") for workflow in pack.workflows)
    yield (*pack.placement.cites, *pack.placement.keep_heat, *pack.placement.credit), "placement"
    yield from ((relation.cites, f"relation {relation.to}") for relation in pack.relations)
    yield from ((fact.cites, f"fact {fact.name}") for fact in pack.catalogue.facts.values())


def _provisions(pack: Pack) -> Iterator[Finding]:
    cited = {cite for source in pack.sources for cite in source.cites}
    for index, (name, provision) in enumerate(pack.provisions.items()):
        if name in cited:
            continue
        if provision.excused:
            yield from _excuses(index, provision)
            continue
        yield Finding(
            code="provision_without_object",
            path=("provisions", index),
            rule=name,
            zh=f"条款 {name}（{provision.kind}）没有对应的规则或其他内容，也未说明理由",
            en=f"the provision {name} ({provision.kind}) is carried out by nothing and not excused",
        )


def _excuses(index: int, provision: Provision) -> Iterator[Finding]:
    if provision.kind not in EXCUSABLE:
        yield Finding(
            code="provision_excused",
            path=("provisions", index),
            rule=provision.id,
            zh=f"条款 {provision.id} 属 {provision.kind} 类，须由规则或其他内容执行，不能只说明理由",
            en=f"the provision {provision.id} is of kind {provision.kind}: something must carry it out, an excuse is not enough",
        )


def _twice(pack: Pack) -> Iterator[Finding]:
    rules = Counter(rule.id for rule in pack.rules())
    duties = Counter(duty.id for duty in (*pack.duties, *pack.reports, *pack.disclosures))
    others = duties + Counter(workflow.id for workflow in pack.workflows)
    for ids, section in ((rules, "rules"), (others, "duties")):
        for name, times in ids.items():
            if times > 1:
                what = ("规则编号", "rule id") if section == "rules" else ("职责或流程编号", "id of a duty or workflow")
                yield Finding(
                    code="id_twice",
                    path=(section,),
                    rule=name,
                    zh=f"{what[0]} {name} 出现 {times} 次",
                    en=f"the {what[1]} {name} stands {times} times",
                )
