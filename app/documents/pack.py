"""From YAML to a pack: shape first, then every name bound and every leaf read, all reasons at once."""

import hashlib
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any, TypeVar

import orjson
from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from app.documents.fact_shape import fact_document, fact_specs
from app.documents.pack_conditions import ConditionBuilder
from app.documents.pack_measures import MeasureBuilder
from app.documents.pack_names import name_findings, place_fact, places_of, resolved_groups, resolved_sets, sources
from app.documents.pack_rules import RuleBuilder, text
from app.documents.pack_shape import FactShape, PackShape
from app.documents.pack_undertakings import duties_of, placement_of, relations_of, workflows_of
from app.documents.yaml_text import YamlRefused, YamlText, read_yaml
from app.domain.periods import ONE_DAY, MonthDay, Period
from app.domain.policies.facts import Catalogue
from app.domain.policies.findings import Finding, Path
from app.domain.policies.leaves import place_key
from app.domain.policies.measures import Span
from app.domain.policies.pack import Pack, Provision, Reading, Window, Zone

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
    pack = _build(yaml.data, catalogue, digest="", source=yaml)
    # The base facts a pack asks travel with it: a later catalogue cannot change what was published.
    own = pack.local_facts | {place_key(place.name) for place in pack.places}
    asked = sorted(pack.asked_facts() - own)
    document = {"pack": yaml.data, "facts": {name: fact_document(pack.catalogue[name]) for name in asked}}
    digest = content_hash({**document, "scenarios": scenarios})
    return PackText(replace(pack, hash=digest), yaml, document)


def stored_pack(document: Mapping[str, Any], digest: str) -> Pack:
    """Build a pack again from the document it was published as."""
    facts = fact_specs({name: FactShape.model_validate(fact) for name, fact in document["facts"].items()})
    return _build(document["pack"], Catalogue(facts), digest=digest)


def _build(data: Any, catalogue: Catalogue, *, digest: str, source: YamlText | None = None) -> Pack:
    try:
        shape = PackShape.model_validate(data)
    except ValidationError as error:
        raise PackRefused(shape_findings(error), source) from error
    builder = _Builder(shape, catalogue)
    pack = builder.pack(digest)
    # Names are judged when a plan is read; what was published is not undone by a check of later days.
    findings = [*builder.findings, *(name_findings(shape, catalogue) if source is not None else ())]
    if findings:
        raise PackRefused(findings, source)
    return pack


# How pydantic names the branches of `then`; they are no part of the text.
_UNION_PARTS = {"MeasureShape", "str", "list[str]"}


_SHAPE_WORDS = {
    "extra_forbidden": ("这里没有名为“{key}”的项", "there is no key “{key}” here"),
    "missing": ("缺少“{key}”一项", "“{key}” is missing"),
    "string_type": (
        "“{key}”应当是文字；数字和日期请加引号",
        "“{key}” must be text; put numbers and dates in quotation marks",
    ),
    "literal_error": ("“{key}”只能是 {takes}", "“{key}” must be {takes}"),
}


def shape_findings(error: ValidationError) -> list[Finding]:
    """Pydantic's complaints as findings."""
    return [_shape_finding(item) for item in error.errors()]


def _shape_finding(item: ErrorDetails) -> Finding:
    path = tuple(part for part in item["loc"] if part not in _UNION_PARTS)
    zh, en = _SHAPE_WORDS.get(item["type"], ("格式不符：{msg}", "{msg}"))
    # Whoever writes a comma into a sentence between braces makes a key of what follows it; seeing the key tells.
    words = {"key": path[-1] if path else "", "msg": item["msg"], "takes": item.get("ctx", {}).get("expected", "")}
    return Finding(code="shape", path=path, zh=zh.format(**words), en=en.format(**words))


def _effective(shape: PackShape) -> Period | None:
    dated = shape.effective
    if dated is None:
        return None
    return Period(dated.from_, dated.to + ONE_DAY if dated.to else None)


class _Builder:
    """Binds the names of one pack, collecting every finding instead of stopping at the first."""

    def __init__(self, shape: PackShape, catalogue: Catalogue) -> None:
        self.shape = shape
        self.findings: list[Finding] = []
        self.places = places_of(shape)
        local = [*fact_specs(shape.facts), *(place_fact(place) for place in self.places)]
        self.catalogue = catalogue.extended(local)
        self.sets = resolved_sets(shape, self.catalogue, self.problem)
        self.measures = MeasureBuilder(shape, self.problem)
        self.conditions = ConditionBuilder(self.catalogue, self.sets, shape.groups, self.problem)
        self.rules = RuleBuilder(shape, self.catalogue, self.conditions, self.measures, self.problem)

    def problem(self, path: Path, code: str, zh: str, en: str, *, rule: str = "") -> None:
        self.findings.append(Finding(code=code, path=path, zh=zh, en=en, rule=rule))

    def pack(self, digest: str) -> Pack:
        shape = self.shape
        scoped, ladders = self.rules.scoped(), self.rules.ladders()
        return Pack(
            name=shape.pack,
            version=shape.version,
            hash=digest,
            title=text(shape.title),
            issuer_region=shape.issuer.region,
            issuer_level=shape.issuer.level,
            issuer_body=shape.issuer.body,
            nature=shape.nature,
            effective=_effective(shape),
            regions=tuple(shape.scope.regions),
            catalogue=self.catalogue,
            windows=self._windows(),
            zones=tuple(
                Zone(name=name, label=text(zone.name), regions=tuple(zone.regions), readings=tuple(zone.readings))
                for name, zone in shape.zones.items()
            ),
            places=self.places,
            periods=self.measures.spans,
            provisions={
                item.id: Provision(
                    id=item.id,
                    place=item.place,
                    kind=item.kind,
                    says={"zh": item.says, "en": item.says_en},
                    excused=text(item.excused) if item.excused else None,
                )
                for item in self._unique("provisions", shape.provisions, lambda item: item.id)
            },
            readings={
                item.id: Reading(id=item.id, says={"zh": item.says, "en": item.says_en}, confirm=item.confirm)
                for item in self._unique("readings", shape.readings, lambda item: item.id)
            },
            sets={item.name: item.values for item in self.sets},
            groups={**resolved_groups(shape, self.problem), **self.rules.site_groups},
            ladders=ladders,
            scoped=scoped,
            duties=duties_of(shape.duties),
            reports=duties_of(shape.reports),
            disclosures=duties_of(shape.disclosures),
            workflows=workflows_of(shape.workflows, self.catalogue),
            placement=placement_of(shape.placement),
            relations=relations_of(shape),
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
