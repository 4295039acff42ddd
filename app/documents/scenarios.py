"""The scenarios file of a pack, as scenarios the evaluator can run."""

from dataclasses import dataclass
from datetime import date
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from app.documents.pack import PackRefused, shape_findings
from app.documents.yaml_text import YamlRefused, YamlText, read_yaml
from app.domain.decisions.given import Given, GivenLine, GivenPart, Scenario
from app.domain.policies.findings import Finding


class ScenarioPart(BaseModel):
    """A part of the file; unknown keys are refused."""

    model_config = ConfigDict(extra="forbid", populate_by_name=True)


class StatePart(ScenarioPart):
    """What a fact is from a day until another (exclusive)."""

    value: bool | float | str
    from_: date | None = Field(default=None, alias="from")
    to: date | None = None


Facts = dict[str, bool | float | str | list[StatePart]]


class PartPart(ScenarioPart):
    """A further unit or process."""

    kind: str
    facts: Facts = Field(default_factory=dict)


class LinePart(ScenarioPart):
    """A further line of the site."""

    industry: str | None = None
    elsewhere: bool = Field(default=False, description="on another site of the enterprise")
    facts: Facts = Field(default_factory=dict)
    units: list[PartPart] = Field(default_factory=list)


class ExpectPart(ScenarioPart):
    """What must come out; what is not named is not compared."""

    status: Literal["decided", "insufficient_facts", "authority_decides"]
    rules: list[str] | None = None
    class_: str | None = Field(default=None, alias="class")
    measures: list[dict[str, Any]] | None = None
    in_force: bool | None = None
    possible: list[list[str]] | None = None
    deciding: list[str] | None = None
    lacks: dict[str, list[str]] | None = None
    readings: list[str] | None = None
    flags: int | None = None


class CasePart(ScenarioPart):
    name: str
    cites: list[str] = Field(default_factory=list)
    season: int
    day: date
    region: str
    subject: Literal["site", "line", "process", "unit"] = "line"
    industry: str | None = None
    unit_kind: str | None = None
    process_kind: str | None = None
    given: str | None = None
    facts: Facts = Field(default_factory=dict)
    unverified: list[str] = Field(default_factory=list)
    units: list[PartPart] = Field(default_factory=list)
    processes: list[PartPart] = Field(default_factory=list)
    lines: list[LinePart] = Field(default_factory=list)
    expect: ExpectPart


class ScenariosShape(ScenarioPart):
    """Cases of one pack, with named bundles of facts they may start from."""

    pack: str
    backgrounds: dict[str, Facts] = Field(default_factory=dict)
    scenarios: list[CasePart] = Field(min_length=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class ScenariosText:
    """Scenarios, the shape and text they were read from, and the plain data that is stored with the pack."""

    cases: tuple[Scenario, ...]
    shape: ScenariosShape
    text: YamlText
    document: Any


def read_scenarios(text: str) -> ScenariosText:
    """The scenarios of a file; raises PackRefused."""
    try:
        yaml = read_yaml(text)
    except YamlRefused as refused:
        finding = Finding(code="yaml", path=(), zh=f"YAML 无法读取：{refused}", en=str(refused))
        raise PackRefused([finding], YamlText(data=None, lines={(): refused.line})) from refused
    shape = _shape(yaml)
    cases = tuple(_scenario(case, shape.backgrounds) for case in shape.scenarios)
    return ScenariosText(cases=cases, shape=shape, text=yaml, document=plain(yaml.data))


def _shape(text: YamlText) -> ScenariosShape:
    try:
        shape = ScenariosShape.model_validate(text.data)
    except ValidationError as error:
        raise PackRefused(shape_findings(error), text) from error
    unknown = [
        Finding(
            code="background_unknown",
            path=("scenarios", index, "given"),
            zh=f"未定义背景 {case.given}",
            en=f"no background is named {case.given}",
        )
        for index, case in enumerate(shape.scenarios)
        if case.given and case.given not in shape.backgrounds
    ]
    if unknown:
        raise PackRefused(unknown[:1], text)
    return shape


def plain(data: Any) -> Any:
    """YAML data as JSON has it: days become ISO texts."""
    if isinstance(data, dict):
        return {str(key): plain(value) for key, value in data.items()}
    if isinstance(data, list):
        return [plain(item) for item in data]
    return data.isoformat() if isinstance(data, date) else data


def states(facts: Facts) -> dict[str, Given]:
    """Facts as the tree takes them."""
    return {
        name: [state.model_dump(by_alias=True) for state in value] if isinstance(value, list) else value
        for name, value in facts.items()
    }


def _part(part: PartPart) -> GivenPart:
    return GivenPart(kind=part.kind, facts=states(part.facts))


def _scenario(case: CasePart, backgrounds: dict[str, Facts]) -> Scenario:
    expect = case.expect.model_dump(by_alias=True, exclude_unset=True)
    expect["measures"] = [_days(measure) for measure in expect["measures"]] if expect.get("measures") else None
    if case.expect.measures is not None and expect["measures"] is None:
        expect["measures"] = []
    return Scenario(
        name=case.name,
        season=case.season,
        day=case.day,
        region=case.region,
        subject=case.subject,
        industry=case.industry,
        unit_kind=case.unit_kind,
        process_kind=case.process_kind,
        facts=states({**backgrounds.get(case.given or "", {}), **case.facts}),
        unverified=frozenset(case.unverified),
        units=tuple(map(_part, case.units)),
        processes=tuple(map(_part, case.processes)),
        lines=tuple(
            GivenLine(
                industry=line.industry,
                elsewhere=line.elsewhere,
                facts=states(line.facts),
                units=tuple(map(_part, line.units)),
            )
            for line in case.lines
        ),
        expect={key: value for key, value in expect.items() if value is not None or key == "class"},
        cites=tuple(case.cites),
    )


def _days(measure: dict[str, Any]) -> dict[str, Any]:
    found = dict(measure)
    for key in ("from", "to"):
        if isinstance(found.get(key), str):
            found[key] = date.fromisoformat(found[key])
    return found
