"""From YAML to a pack: shape first, then every name bound and every leaf read, all reasons at once."""

import hashlib
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any, TypeVar

import orjson
from pydantic import BaseModel, ValidationError

from app.documents.fact_shape import fact_document, fact_specs
from app.documents.pack_conditions import ConditionBuilder
from app.documents.pack_measures import MeasureBuilder
from app.documents.pack_names import name_findings, sources
from app.documents.pack_shape import (
    ExceptShape,
    FactShape,
    LadderShape,
    PackShape,
    RowShape,
    ScopedShape,
    TextShape,
)
from app.documents.yaml_text import YamlRefused, YamlText, read_yaml
from app.domain.periods import MonthDay
from app.domain.policies.facts import Catalogue
from app.domain.policies.findings import Finding, Path
from app.domain.policies.leaves import NamedSet
from app.domain.policies.measures import Span
from app.domain.policies.pack import (
    Duty,
    Group,
    Industry,
    Ladder,
    Pack,
    Placement,
    Provision,
    Reading,
    Relation,
    Rule,
    Scoped,
    Stage,
    Window,
    Zone,
)

T = TypeVar("T", bound=BaseModel)


class PackRefused(ValueError):
    """The text is no pack; `findings` holds every reason, `text` the lines they stand on."""

    def __init__(self, findings: Iterable[Finding], text: YamlText | None = None) -> None:
        self.findings = tuple(findings)
        self.text = text
        super().__init__("; ".join(finding.en for finding in self.findings))


@dataclass(frozen=True, slots=True)
class PackText:
    """A pack, the text it was read from, and the document that is stored and hashed when it is published."""

    pack: Pack
    text: YamlText
    document: Mapping[str, Any]


def content_hash(document: object) -> str:
    """SHA-256 of the canonical JSON of plain data."""
    return hashlib.sha256(orjson.dumps(document, option=orjson.OPT_SORT_KEYS | orjson.OPT_NON_STR_KEYS)).hexdigest()


def read_pack(text: str, catalogue: Catalogue, *, scenarios: object = None) -> PackText:
    """Read a pack; raises PackRefused with every reason at once."""
    try:
        yaml = read_yaml(text)
    except YamlRefused as refused:
        finding = Finding(code="yaml", path=(), zh=f"YAML 无法读取：{refused}", en=str(refused))
        raise PackRefused([finding], YamlText(data=None, lines={(): refused.line})) from refused
    pack = _build(yaml.data, catalogue, digest="", text=yaml)
    # The base facts a pack asks travel with it: a later catalogue cannot change what was published.
    local = set(yaml.data.get("facts") or {})
    asked = sorted(pack.asked_facts() - local)
    document = {"pack": yaml.data, "facts": {name: fact_document(pack.catalogue[name]) for name in asked}}
    digest = content_hash({**document, "scenarios": scenarios})
    return PackText(replace(pack, hash=digest), yaml, document)


def stored_pack(document: Mapping[str, Any], digest: str) -> Pack:
    """Build a pack again from the document it was published as."""
    facts = fact_specs({name: FactShape.model_validate(fact) for name, fact in document["facts"].items()})
    return _build(document["pack"], Catalogue(facts), digest=digest)


def _build(data: Any, catalogue: Catalogue, *, digest: str, text: YamlText | None = None) -> Pack:
    try:
        shape = PackShape.model_validate(data)
    except ValidationError as error:
        raise PackRefused(shape_findings(error), text) from error
    builder = _Builder(shape, catalogue)
    pack = builder.pack(digest)
    # Names are judged when a plan is read; what was published is not undone by a check of later days.
    findings = [*builder.findings, *(name_findings(shape, catalogue) if text is not None else ())]
    if findings:
        raise PackRefused(findings, text)
    return pack


def shape_findings(error: ValidationError) -> list[Finding]:
    """Pydantic's complaints as findings."""
    return [
        Finding(
            code="shape",
            path=tuple(part for part in item["loc"] if part not in {"MeasureShape", "str", "list[str]"}),
            zh=f"格式不符：{item['msg']}",
            en=item["msg"],
        )
        for item in error.errors()
    ]


class _Builder:
    """Binds the names of one pack, collecting every finding instead of stopping at the first."""

    def __init__(self, shape: PackShape, catalogue: Catalogue) -> None:
        self.shape = shape
        self.findings: list[Finding] = []
        self.catalogue = catalogue.extended(fact_specs(shape.facts))
        self.sets = [NamedSet(name, item.zh, item.of, frozenset(item.values)) for name, item in shape.sets.items()]
        self.measures = MeasureBuilder(shape, self.problem)
        self.conditions = ConditionBuilder(self.catalogue, self.sets, shape.groups, self.problem)

    def problem(self, path: Path, code: str, zh: str, en: str, *, rule: str = "") -> None:
        self.findings.append(Finding(code=code, path=path, zh=zh, en=en, rule=rule))

    def pack(self, digest: str) -> Pack:
        shape = self.shape
        return Pack(
            name=shape.pack,
            version=shape.version,
            hash=digest,
            title=_text(shape.title),
            issuer_region=shape.issuer.region,
            issuer_level=shape.issuer.level,
            issuer_body=shape.issuer.body,
            regions=tuple(shape.scope.regions),
            catalogue=self.catalogue,
            windows=self._windows(),
            zones=tuple(
                Zone(name=name, label=_text(zone.name), regions=tuple(zone.regions), readings=tuple(zone.readings))
                for name, zone in shape.zones.items()
            ),
            provisions={
                item.id: Provision(
                    id=item.id,
                    place=item.place,
                    kind=item.kind,
                    says={"zh": item.says, "en": item.says_en},
                    excused=_text(item.excused) if item.excused else None,
                )
                for item in self._unique("provisions", shape.provisions, lambda item: item.id)
            },
            readings={
                item.id: Reading(id=item.id, says={"zh": item.says, "en": item.says_en}, confirm=item.confirm)
                for item in self._unique("readings", shape.readings, lambda item: item.id)
            },
            sets={item.name: item.values for item in self.sets},
            groups={
                name: Group(
                    name=name, zh=group.zh, level=group.level, within=group.within, kinds=frozenset(group.kinds)
                )
                for name, group in shape.groups.items()
            },
            gates=self._scoped("gates", "gate", shape.gates),
            ladders=tuple(self._ladder(index, ladder) for index, ladder in enumerate(shape.rules)),
            penalties=self._scoped("penalties", "penalty", shape.penalties),
            warnings=self._scoped("warnings", "warning", shape.warnings),
            duties=tuple(
                Duty(id=d.id, cites=tuple(d.cites), who=d.who, what=_text(d.what), to=d.to, by=d.by)
                for d in shape.duties
            ),
            placement=self._placement(),
            relations=tuple(
                Relation(to=r.to, when_stricter=r.when_stricter, cites=tuple(r.cites), readings=tuple(r.readings))
                for r in shape.relations
            ),
            local_facts=frozenset(shape.facts),
            sources=tuple(sources(shape)),
        )

    def _unique(self, section: str, items: list[T], key: Callable[[T], str]) -> list[T]:
        seen: set[str] = set()
        for index, item in enumerate(items):
            if key(item) in seen:
                self.problem((section, index), "id_twice", f"编号 {key(item)} 重复", f"the id {key(item)} stands twice")
            seen.add(key(item))
        return items

    def _windows(self) -> tuple[Window, ...]:
        for index, season in enumerate(self.shape.season):
            if season.zone is not None and season.zone not in self.shape.zones:
                self.problem(
                    ("season", index), "zone_unknown", f"未定义分区 {season.zone}", f"no zone is named {season.zone}"
                )
        return tuple(
            Window(
                zone=season.zone,
                span=Span(
                    first=MonthDay.parse(season.from_),
                    last=MonthDay.parse(season.to),
                    printed_days=season.printed_days,
                ),
                cites=tuple(season.cites),
            )
            for season in self.shape.season
        )

    def _placement(self) -> Placement:
        shape = self.shape.placement
        if shape is None:
            return Placement()
        heat = tuple(shape.keep_heat.cites) if shape.keep_heat else ()
        return Placement(
            methods=tuple(shape.methods),
            prefer_months=tuple(shape.prefer_months),
            keep_heat=heat,
            cites=tuple(shape.cites),
        )

    def _tags(self, path: Path, names: Iterable[str]) -> frozenset[str]:
        tags: set[str] = set()
        for name in names:
            industry = self.shape.industries.get(name)
            if industry is None:
                self.problem(path, "industry_unknown", f"未定义行业 {name}", f"no industry is named {name}")
            else:
                tags.update(industry.tags)
        return frozenset(tags)

    def _scoped(self, section: str, stage: Stage, items: list[ScopedShape]) -> tuple[Scoped, ...]:
        found = []
        for index, item in enumerate(items):
            path: Path = (section, index)
            only = None if isinstance(item.industries, ExceptShape) else item.industries
            other = item.industries.except_ if isinstance(item.industries, ExceptShape) else ()
            found.append(
                Scoped(
                    rule=self._rule(path, stage, item),
                    binds=item.binds,
                    tags=self._tags((*path, "industries"), only) if only is not None else None,
                    except_tags=self._tags((*path, "industries"), other),
                    kinds=frozenset(item.kinds) if item.kinds is not None else None,
                )
            )
        return tuple(found)

    def _ladder(self, index: int, shape: LadderShape) -> Ladder:
        path: Path = ("rules", index)
        industry = self.shape.industries.get(shape.industry)
        if industry is None:
            self.problem(
                path, "industry_unknown", f"未定义行业 {shape.industry}", f"no industry is named {shape.industry}"
            )
        rows = tuple(
            self._rule((*path, "ladder", row_index), "rule", row, more=tuple(shape.readings))
            for row_index, row in enumerate(shape.ladder)
        )
        if not any(row.class_ == shape.lowest for row in rows):
            self.problem(
                path, "class_unknown", f"最低类别 {shape.lowest} 不存在", f"no row has the lowest class {shape.lowest}"
            )
        return Ladder(
            industry=Industry(
                name=shape.industry,
                label=_text(industry.name) if industry else {},
                tags=frozenset(industry.tags) if industry else frozenset(),
                readings=tuple(industry.readings) if industry else (),
            ),
            rows=rows,
            lowest=shape.lowest,
            binds=shape.binds,
            cites=tuple(shape.cites),
        )

    def _rule(self, path: Path, stage: Stage, row: RowShape, *, more: tuple[str, ...] = ()) -> Rule:
        return Rule(
            id=row.id,
            stage=stage,
            cites=tuple(row.cites),
            then=self.measures.measure((*path, "then"), row.then),
            when=self.conditions.node((*path, "when"), row.when) if row.when else None,
            class_=row.class_,
            readings=(*row.readings, *more),
            flags=tuple(_text(flag) for flag in row.flags),
        )


def _text(shape: TextShape) -> Mapping[str, str]:
    return {"zh": shape.zh, "en": shape.en}
