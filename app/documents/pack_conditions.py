"""The conditions of a pack's YAML, with every leaf read against the catalogue."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

from app.documents.pack_names import Problem
from app.documents.pack_shape import GroupShape, NodeShape
from app.domain.periods import MonthDay
from app.domain.policies.conditions import All, AnyOf, Node, Not, Quantified
from app.domain.policies.facts import Catalogue, normal
from app.domain.policies.findings import Path
from app.domain.policies.leaves import LeafError, NamedSet, parse_leaf

_WORDS = ("all", "any", "not_", "if_")


class ConditionBuilder:
    """Reads `when` trees of one pack."""

    def __init__(
        self, catalogue: Catalogue, sets: Sequence[NamedSet], groups: Mapping[str, GroupShape], problem: Problem
    ) -> None:
        self.catalogue = catalogue
        self.sets = sets
        self.groups = groups
        self.problem = problem

    def node(self, path: Path, shape: NodeShape, *, within: str = "") -> Node | None:
        """One node; `within` names the group whose members it speaks of."""
        if shape.every is not None or shape.some is not None:
            return self._quantified(path, shape, within)
        given = [word for word in _WORDS if getattr(shape, word) is not None]
        if len(given) != 1 or (shape.at is not None and shape.if_ is None):
            self.problem(
                path,
                "node_shape",
                "每个条件须且仅须写 all、any、not、if 之一；at 只与 if 同写",
                "a condition has exactly one of all, any, not, if; `at` stands beside `if`",
            )
            return None
        return self._plain(path, shape, within)

    def _quantified(self, path: Path, shape: NodeShape, within: str) -> Node | None:
        group = self._group(shape.every or shape.some or "")
        if within or (shape.every is not None and shape.some is not None):
            self.problem(
                path,
                "quantifier_nested",
                "一个条件只能写一个 every 或 some，且不能嵌套",
                "a condition has one of every and some, and they do not nest",
            )
        if group not in self.groups:
            self.problem(path, "group_unknown", f"未定义设备组 {group}", f"no group is named {group}")
        bare = shape.model_copy(update={"every": None, "some": None})
        alone = all(getattr(bare, word) is None for word in _WORDS)
        # Without a condition of its own it asks for the mere presence of a member.
        part = All(parts=()) if alone else self.node(path, bare, within=group)
        return part and Quantified(every=shape.every is not None, group=group, part=part, cite=shape.cite)

    def _group(self, name: str) -> str:
        """The canonical name of a group written by its English or Chinese one."""
        by_zh = {normal(shape.zh): own for own, shape in self.groups.items()}
        return name if name in self.groups else by_zh.get(normal(name), name)

    def _plain(self, path: Path, shape: NodeShape, within: str) -> Node | None:
        if shape.if_ is not None:
            try:
                leaf = parse_leaf(shape.if_, self.catalogue, self.sets, cite=shape.cite)
                return replace(leaf, at=MonthDay.parse(shape.at)) if shape.at else leaf
            except LeafError as error:
                self.problem((*path, "if"), "leaf", f"条件无法读取：{error}", str(error))
                return None
        if shape.not_ is not None:
            part = self.node((*path, "not"), shape.not_, within=within)
            return part and Not(part=part, cite=shape.cite)
        word = "all" if shape.all is not None else "any"
        items = shape.all or shape.any or []
        nodes = [self.node((*path, word, index), item, within=within) for index, item in enumerate(items)]
        parts = tuple(node for node in nodes if node is not None)
        return All(parts=parts, cite=shape.cite) if word == "all" else AnyOf(parts=parts, cite=shape.cite)
