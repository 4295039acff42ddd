"""The rules of a pack's YAML: gates, exemptions, ladders and the rest, with the subjects they bind."""

from collections.abc import Iterable, Iterator
from dataclasses import replace

from app.documents.pack_basics import TextShape
from app.documents.pack_conditions import ConditionBuilder
from app.documents.pack_measures import MeasureBuilder
from app.documents.pack_names import Problem
from app.documents.pack_shape import (
    AdjustmentShape,
    ExceptShape,
    ExemptionShape,
    LadderShape,
    PackShape,
    RowShape,
    ScopedShape,
)
from app.domain.policies.conditions import All, Leaf, Node, Not, Quantified
from app.domain.policies.facts import Catalogue
from app.domain.policies.findings import Path
from app.domain.policies.measures import Measure
from app.domain.policies.pack import Binding, Group, Industry, Ladder, Rule, Scoped, Stage, Substitute
from app.domain.policies.undertakings import Text

SECTIONS: tuple[tuple[str, Stage], ...] = (
    ("gates", "gate"),
    ("livelihood", "livelihood"),
    ("exemptions", "exemption"),
    ("adjustments", "adjustment"),
    ("penalties", "penalty"),
    ("warnings", "warning"),
    ("transport", "transport"),
)
_DEFECT = {
    "zh": "符合条件即应列入清单，目前未列入：名单有缺漏，请主管部门核实。",
    "en": "Whoever meets the criteria is to be listed, and this one is not: the authority should look at its list.",
}


class RuleBuilder:
    """Builds every rule of one pack, and the groups that rules for sites need to speak of industries."""

    def __init__(
        self,
        shape: PackShape,
        catalogue: Catalogue,
        conditions: ConditionBuilder,
        measures: MeasureBuilder,
        problem: Problem,
    ) -> None:
        self.shape = shape
        self.catalogue = catalogue
        self.conditions = conditions
        self.measures = measures
        self.problem = problem
        self.site_groups: dict[str, Group] = {}

    def scoped(self) -> tuple[Scoped, ...]:
        """Everything outside the ladders, in stage order."""
        found: list[Scoped] = []
        for section, stage in SECTIONS:
            for index, item in enumerate(getattr(self.shape, section)):
                found += self._scoped((section, index), stage, item)
        return tuple(found)

    def ladders(self) -> tuple[Ladder, ...]:
        return tuple(self._ladder(index, ladder) for index, ladder in enumerate(self.shape.rules))

    def _scoped(self, path: Path, stage: Stage, item: ScopedShape) -> Iterator[Scoped]:
        only = None if isinstance(item.industries, ExceptShape) else item.industries
        other = item.industries.except_ if isinstance(item.industries, ExceptShape) else ()
        tags = None if only is None else self._tags((*path, "industries"), only)
        if other and "site" in item.binds:
            self.problem(
                (*path, "industries"),
                "except_of_sites",
                "约束厂区的规则不能写“行业除外”；请列出所适用的行业",
                "a rule that binds sites cannot except industries, for a site may have several; list those it is for",
            )
        for rule in self._rules(path, stage, item):
            for binds in item.binds:
                if binds == "site" and tags is not None:
                    around = self._site_group(tags)
                    bound = self._with(rule, Quantified(every=False, group=around, part=All(parts=())))
                    yield Scoped(rule=bound, binds=binds, kinds=None)
                    continue
                yield Scoped(
                    rule=rule,
                    binds=binds,
                    tags=tags,
                    except_tags=self._tags((*path, "industries"), other),
                    kinds=frozenset(item.kinds) if item.kinds is not None and _has_kinds(binds, item) else None,
                )

    def _rules(self, path: Path, stage: Stage, item: ScopedShape) -> list[Rule]:
        rule = self._rule(path, stage, item)
        return self._exemption(path, rule, item) if isinstance(item, ExemptionShape) else [rule]

    def _exemption(self, path: Path, rule: Rule, item: ExemptionShape) -> list[Rule]:
        """Whom the authority lists is exempt; who only meets the criteria is eligible (A-G11)."""
        spec = self.catalogue.find(item.granted_by)
        if spec is None or spec.type != "boolean":
            self.problem(
                (*path, "granted_by"),
                "grant_unknown",
                f"granted_by 须是一个是否类事实，{item.granted_by} 不是",
                f"granted_by names a yes-or-no fact; {item.granted_by} is none",
            )
            return [rule]
        granted = Leaf(fact=spec.name, op="is", operand=True)
        eligible = Rule(
            id=f"{rule.id}.eligible",
            stage=rule.stage,
            cites=rule.cites,
            then=Measure(kind="eligible"),
            when=_both(rule.when, Not(part=granted)),
            readings=rule.readings,
            flags=(_DEFECT,) if item.basis == "sufficient" else (),
        )
        return [replace(self._with(rule, granted), lifts=True, granted_by=spec.name, basis=item.basis), eligible]

    def _with(self, rule: Rule, more: Node) -> Rule:
        return replace(rule, when=_both(rule.when, more))

    def _site_group(self, tags: frozenset[str]) -> str:
        """The lines of a site that are of some industries, as a group of its own."""
        name = "lines:" + "+".join(sorted(tags))
        labels = [item.name.zh for item in self.shape.industries.values() if set(item.tags) <= tags]
        self.site_groups[name] = Group(
            name=name, zh="、".join(labels) + "生产线", level="line", within="site", kinds=tags
        )
        return name

    def _tags(self, path: Path, names: Iterable[str]) -> frozenset[str]:
        tags: set[str] = set()
        for name in names:
            industry = self.shape.industries.get(self._industry_name(name))
            if industry is None:
                self.problem(path, "industry_unknown", f"未定义行业 {name}", f"no industry is named {name}")
            else:
                tags.update(industry.tags)
        return frozenset(tags)

    def _industry_name(self, name: str) -> str:
        """The canonical name of a chapter written by its English or Chinese one."""
        by_zh = {item.name.zh: own for own, item in self.shape.industries.items()}
        return name if name in self.shape.industries else by_zh.get(name, name)

    def _ladder(self, index: int, shape: LadderShape) -> Ladder:
        path: Path = ("rules", index)
        industry = self._industry(path, shape)
        rows = tuple(
            self._rule((*path, "ladder", row_index), "rule", row, more=tuple(shape.readings))
            for row_index, row in enumerate(shape.ladder)
        )
        if shape.binds == "site" and industry.tags:
            around = Quantified(every=False, group=self._site_group(industry.tags), part=All(parts=()))
            rows = tuple(self._with(row, around) for row in rows)
            industry = Industry(name=industry.name, label=industry.label, tags=frozenset(), readings=industry.readings)
        if shape.lowest and not any(row.class_ == shape.lowest for row in rows):
            self.problem(
                path, "class_unknown", f"最低类别 {shape.lowest} 不存在", f"no row has the lowest class {shape.lowest}"
            )
        return Ladder(
            industry=industry,
            rows=rows,
            lowest=shape.lowest,
            binds=shape.binds,
            kinds=frozenset(shape.kinds) if shape.kinds is not None else None,
            cites=tuple(shape.cites),
        )

    def _industry(self, path: Path, shape: LadderShape) -> Industry:
        if shape.industry is None:
            return Industry(name="", label={"zh": "各行业", "en": "every industry"}, tags=frozenset())
        name = self._industry_name(shape.industry)
        found = self.shape.industries.get(name)
        if found is None:
            self.problem(
                path, "industry_unknown", f"未定义行业 {shape.industry}", f"no industry is named {shape.industry}"
            )
            return Industry(name=shape.industry, label={}, tags=frozenset())
        return Industry(name=name, label=text(found.name), tags=frozenset(found.tags), readings=tuple(found.readings))

    def _rule(self, path: Path, stage: Stage, row: RowShape, *, more: tuple[str, ...] = ()) -> Rule:
        return Rule(
            id=row.id,
            stage=stage,
            cites=tuple(row.cites),
            then=self.measures.measure((*path, "then"), row.then),
            when=self.conditions.node((*path, "when"), row.when) if row.when else None,
            class_=row.class_,
            readings=(*row.readings, *more),
            flags=tuple(text(flag) for flag in row.flags),
            lifts=isinstance(row, ScopedShape) and row.lifts is not None,
            to=frozenset(row.to) if isinstance(row, AdjustmentShape) else frozenset(),
            may_instead=tuple(
                Substitute(
                    then=self.measures.measure((*path, "may_instead", index, "then"), one.then),
                    cites=tuple(one.cites),
                    needs=text(one.needs),
                )
                for index, one in enumerate(row.may_instead)
            ),
        )


def _has_kinds(binds: Binding, item: ScopedShape) -> bool:
    """Kinds speak of units and processes; written for lines alone they stay, for the linter to find."""
    return binds in {"unit", "process"} or len(item.binds) == 1


def _both(first: Node | None, second: Node) -> Node:
    return second if first is None else All(parts=(first, second))


def text(shape: TextShape) -> Text:
    return {"zh": shape.zh, "en": shape.en}
