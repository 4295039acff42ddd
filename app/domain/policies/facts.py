"""The fact catalogue: what can be known about a subject, in whose words, and where it is asserted."""

import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Literal

Value = bool | float | str
Level = Literal["enterprise", "site", "line", "process", "unit"]
FactType = Literal["boolean", "number", "enum", "programme", "date", "text"]

LEVELS: tuple[Level, ...] = ("enterprise", "site", "line", "process", "unit")
# L12-49: only an acceptance that an authority has verified is an acceptance.
PROGRAMME_VALUES: Mapping[str, str] = MappingProxyType(
    {"not_done": "未完成", "done": "已完成未验收", "accepted": "已验收", "not_applicable": "不适用"}
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Derivation:
    """How a fact follows from others: the name of the arithmetic and its inputs."""

    by: Literal["at_reference_oxygen", "distance_to_built_up"]
    of: str = ""
    oxygen: str = ""
    reference_pct: float = 0.0

    @property
    def inputs(self) -> tuple[str, ...]:
        return tuple(name for name in (self.of, self.oxygen) if name)


@dataclass(frozen=True, slots=True, kw_only=True)
class FactSpec:
    """One entry of the catalogue; `absent` is the value an authority's own complete record implies.

    `in_window`: it is true only of what happened on a day of the plan's window (A-G21). `follows` are the findings, each
    with its value, that make it true where they happened there.
    """

    name: str
    zh: str
    en: str
    type: FactType
    subject: Level
    question: str = ""
    question_en: str = ""
    unit: str = ""
    values: Mapping[str, str] = field(default_factory=dict)
    absent: Value | None = None
    absent_reason: str = ""
    derive: Derivation | None = None
    in_window: bool = False
    follows: Mapping[str, Value] = field(default_factory=dict)
    cites: tuple[str, ...] = ()
    readings: tuple[str, ...] = ()

    @property
    def options(self) -> Mapping[str, str]:
        """The codes an enumerated fact can take, each with its Chinese name."""
        return PROGRAMME_VALUES if self.type == "programme" else self.values


def normal(name: str) -> str:
    """One spelling of a name: Python folds identifiers to NFKC, so everything else does too."""
    return unicodedata.normalize("NFKC", name)


class Catalogue:
    """All facts by canonical English name; `find` also knows the Chinese ones."""

    def __init__(self, facts: Iterable[FactSpec]) -> None:
        self.facts: dict[str, FactSpec] = {fact.name: fact for fact in facts}
        self._by_zh = {normal(fact.zh): fact for fact in self.facts.values()}

    def __contains__(self, name: str) -> bool:
        return name in self.facts

    def __getitem__(self, name: str) -> FactSpec:
        return self.facts[name]

    def find(self, name: str) -> FactSpec | None:
        return self.facts.get(name) or self._by_zh.get(normal(name))

    def extended(self, local: Iterable[FactSpec]) -> "Catalogue":
        return Catalogue([*self.facts.values(), *local])
