"""A register in one document: the enterprise of an evaluation or of a FACTS.yaml, as the evaluator's tree."""

from collections.abc import Iterable
from typing import Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from app.domain.decisions.subjects import FactSpan, Subject
from app.domain.errors import FieldError
from app.domain.facts.assertions import FactsInvalid, FactUnknown, fact_named
from app.domain.facts.values import ValueRefused, canonical, value_of
from app.domain.policies.facts import LEVELS, Catalogue, Level

FactValues = dict[str, bool | float | str]


class Part(BaseModel):
    """A subject with its facts; `unverified` names the facts nobody has verified."""

    model_config = ConfigDict(extra="forbid", allow_inf_nan=False)

    code: str = ""
    name: str = ""
    facts: FactValues = Field(default_factory=dict)
    unverified: list[str] = Field(default_factory=list)


class UnitPart(Part):
    kind: str | None = None
    process: str | None = None


class ProcessPart(Part):
    kind: str | None = None


class LinePart(Part):
    industry: str | None = None
    gbt4754: str | None = None
    processes: list[ProcessPart] = Field(default_factory=list)
    units: list[UnitPart] = Field(default_factory=list)


class SitePart(Part):
    region: str = Field(pattern=r"^\d{6}$")
    lines: list[LinePart] = Field(default_factory=list)


class EnterprisePart(Part):
    """One enterprise with everything below it."""

    sites: list[SitePart] = Field(min_length=1)


def read_register(data: Any, catalogue: Catalogue) -> Subject:
    """Check plain data; raises FactsInvalid with every wrong place."""
    try:
        return tree_of(EnterprisePart.model_validate(data), catalogue)
    except ValidationError as error:
        raise FactsInvalid(
            errors=[
                FieldError(
                    pointer="/" + "/".join(str(part) for part in item["loc"]),
                    code=item["type"],
                    zh=f"格式不符：{item['msg']}",
                    en=item["msg"],
                )
                for item in error.errors()
            ]
        ) from error


def tree_of(enterprise: EnterprisePart, catalogue: Catalogue) -> Subject:
    """The tree; facts of unknown names, wrong values or wrong levels are refused together."""
    builder = _Builder(catalogue)
    tree = builder.enterprise(enterprise)
    if builder.errors:
        raise FactsInvalid(errors=builder.errors)
    return tree


class _Builder:
    def __init__(self, catalogue: Catalogue) -> None:
        self.catalogue = catalogue
        self.errors: list[FieldError] = []

    def enterprise(self, part: EnterprisePart) -> Subject:
        sites = [self.site(site, f"/sites/{i}") for i, site in enumerate(part.sites)]
        return self._node("enterprise", part, "", sites)

    def site(self, part: SitePart, at: str) -> Subject:
        node = self._node("site", part, at, [self.line(one, f"{at}/lines/{i}") for i, one in enumerate(part.lines)])
        node["region"] = part.region
        return node

    def line(self, part: LinePart, at: str) -> Subject:
        below = [self._kind("process", one, f"{at}/processes/{i}") for i, one in enumerate(part.processes)]
        below += [self._kind("unit", one, f"{at}/units/{i}") for i, one in enumerate(part.units)]
        node = self._node("line", part, at, below)
        node["industry"] = part.industry
        node["gbt4754"] = part.gbt4754
        return node

    def _kind(self, level: Level, part: UnitPart | ProcessPart, at: str) -> Subject:
        node = self._node(level, part, at, [])
        node["kind"] = part.kind
        if isinstance(part, UnitPart):
            node["process"] = part.process
        return node

    def _node(self, level: Level, part: Part, at: str, children: Iterable[Subject]) -> Subject:
        # Without a code of its own a subject goes by its place in the document.
        code = part.code or at.strip("/").replace("/", "-") or level
        return {
            "level": level,
            "id": at or "/",
            "code": code,
            "name": part.name or code,
            "facts": self._facts(level, part, at),
            "children": list(children),
        }

    def _facts(self, level: Level, part: Part, at: str) -> dict[str, list[FactSpan]]:
        found: dict[str, list[FactSpan]] = {}
        unverified = set(part.unverified)
        for name, raw in part.facts.items():
            pointer = f"{at}/facts/{name}"
            try:
                spec = fact_named(name, self.catalogue)
                if LEVELS.index(level) > LEVELS.index(spec.subject):
                    raise ValueRefused(
                        "fact_subject_mismatch",
                        f"“{spec.zh}”属于 {spec.subject} 一级，不能填在 {level}。",
                        f"{spec.name} belongs to a {spec.subject}; assert it there or above, not at a {level}.",
                    )
                value = value_of(spec.type, canonical(spec, raw))
            except ValueRefused as refused:
                self.errors.append(refused.at(pointer))
            except FactUnknown as unknown:
                self.errors.append(
                    FieldError(pointer=pointer, code=unknown.code, zh=unknown.message("zh"), en=unknown.message("en"))
                )
            else:
                verified = not unverified & {name, spec.name, spec.zh}
                found[spec.name] = [
                    {"value": value, "from": None, "to": None, "assertion": pointer, "verified": verified}
                ]
        return found
