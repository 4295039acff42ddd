"""check-pack: shape, names, linter, scenarios and coverage of one pack, reported together."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Literal

from app.documents.finding_codes import mend_of
from app.documents.pack import PackRefused, PackText, read_pack
from app.documents.pack_salvage import certain_differences, salvage
from app.documents.scenario_names import scenario_findings
from app.documents.scenarios import ScenariosText, read_scenarios
from app.documents.yaml_text import YamlRefused, YamlText, survey_yaml
from app.domain.decisions.coverage import Coverage, coverage
from app.domain.decisions.evaluate import Evaluator
from app.domain.decisions.given import Scenario
from app.domain.decisions.lint import lint
from app.domain.decisions.mutations import mutants
from app.domain.decisions.scenarios import Difference, run
from app.domain.policies.facts import Catalogue
from app.domain.policies.findings import Finding
from app.domain.policies.pack import Pack


@dataclass(frozen=True, slots=True, kw_only=True)
class Placed:
    """A finding with the line it stands on, in the pack or in its scenarios."""

    line: int
    finding: Finding
    file: Literal["pack", "scenarios"] = "pack"

    @property
    def mend(self) -> Mapping[str, str]:
        return mend_of(self.finding)


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """Everything check-pack has to say of a pack."""

    placed: Sequence[Placed]
    scenarios: int = 0
    differences: Sequence[Difference] = ()
    coverage: Coverage | None = None
    pack: PackText | None = None
    evaluator: Evaluator | None = field(default=None, repr=False)
    cases: Sequence[Scenario] = ()
    scenario_data: Any = None
    # Where each scenario stands in its own file.
    scenario_lines: Mapping[str, int] = field(default_factory=dict)

    @property
    def passes(self) -> bool:
        """A pack that passes may be published."""
        errors = [one for one in self.placed if one.finding.severity == "error"]
        return self.pack is not None and not errors and not self.differences


def check_pack(text: str, scenarios: str | None, catalogue: Catalogue) -> Report:
    """Read, lint and run one pack; what cannot be read is set aside, so that every reason is given at once."""
    given: ScenariosText | None = None
    placed: list[Placed] = []
    if scenarios is not None:
        try:
            given = read_scenarios(scenarios)
        except PackRefused as refused:
            placed += [replace(one, file="scenarios") for one in _placed(refused)]
    try:
        read = read_pack(text, catalogue, scenarios=given.document if given else None)
    except PackRefused as refused:
        return _refused(text, given, catalogue, [*placed, *_placed(refused)], before=placed)
    found = [*lint(read.pack), *_chapters(read)]
    placed += [Placed(line=line_of(read.text, finding), finding=finding) for finding in found]
    if any(one.finding.code == "too_entangled" for one in placed):
        # No scenario can be run on it in bounded time.
        return Report(placed=placed, pack=read, scenario_data=given.document if given else None)
    cases, misnamed = _cases(given, read.pack)
    evaluator = Evaluator(read.pack)
    return Report(
        placed=[*placed, *misnamed],
        scenarios=len(cases),
        differences=run(cases, evaluator),
        coverage=coverage(cases, evaluator) if cases else None,
        pack=read,
        evaluator=evaluator,
        cases=cases,
        scenario_data=given.document if given else None,
        scenario_lines=_lines(given),
    )


def _refused(
    text: str, given: ScenariosText | None, catalogue: Catalogue, refused: list[Placed], *, before: list[Placed]
) -> Report:
    """The report on a text that is no pack: all that refuses it, and what is wrong with the rest of it."""
    try:
        yaml, defects = survey_yaml(text)
    except YamlRefused:
        return Report(placed=refused)
    left = salvage(yaml.data, catalogue)
    tricks = [Finding(code=one.code, path=(), zh=one.zh, en=one.en) for one in defects]
    placed = [*before, *(Placed(line=one.line, finding=found) for one, found in zip(defects, tricks, strict=True))]
    placed += [Placed(line=yaml.line(finding.path), finding=finding) for finding in left.findings]
    if left.pack is None:
        return Report(placed=placed)
    trusted = [finding for finding in lint(left.pack) if not left.hides(finding)]
    placed += [Placed(line=line_of(yaml, finding), finding=finding) for finding in trusted]
    if any(one.finding.code == "too_entangled" for one in placed):
        return Report(placed=placed)
    cases, misnamed = _cases(given, left.pack)
    told = [one for one in misnamed if not left.echoes(one.finding)]
    return Report(
        placed=[*placed, *told],
        scenarios=len(cases),
        differences=certain_differences(cases, Evaluator(left.pack), left),
        scenario_lines=_lines(given),
    )


def _cases(given: ScenariosText | None, pack: Pack) -> tuple[tuple[Scenario, ...], list[Placed]]:
    """The scenarios that can be run, or what is wrong with their names: then none is run."""
    if given is None:
        return (), []
    found = [
        Placed(line=given.text.line(finding.path), finding=finding, file="scenarios")
        for finding in scenario_findings(given.shape, pack)
    ]
    return (() if found else given.cases), found


def _lines(given: ScenariosText | None) -> dict[str, int]:
    return {case.name: given.text.line(("scenarios", n)) for n, case in enumerate(given.cases)} if given else {}


def _chapters(read: PackText) -> Iterator[Finding]:
    """Industries that a plan names and no rule speaks of."""
    pack = read.pack
    spoken = {tag for ladder in pack.ladders for tag in ladder.industry.tags}
    spoken |= {tag for scoped in pack.scoped for tag in (*(scoped.tags or ()), *scoped.except_tags)}
    spoken |= {kind for group in pack.groups.values() for kind in group.kinds}
    for name, industry in (read.text.data.get("industries") or {}).items():
        if spoken.isdisjoint(industry["tags"]):
            yield Finding(
                code="industry_without_rule",
                path=("industries", name),
                rule=name,
                severity="warning",
                zh=f"范围内的行业“{industry['name']['zh']}”没有任何规则",
                en=f"{industry['name']['en']} is named in scope, and no rule speaks of it",
            )


def report_of(refused: PackRefused) -> Report:
    """A report that says only why a text is no pack."""
    return Report(placed=_placed(refused))


def document_of(report: Report) -> dict[str, Any]:
    """The report as plain data."""
    return {
        "passes": report.passes,
        "findings": [
            {
                "file": one.file,
                "line": one.line,
                "severity": one.finding.severity,
                "code": one.finding.code,
                "rule": one.finding.rule,
                "zh": one.finding.zh,
                "en": one.finding.en,
                "mend": dict(one.mend),
            }
            for one in report.placed
        ],
        "scenarios": report.scenarios,
        "failures": [
            {
                "line": report.scenario_lines.get(one.scenario, 1),
                "scenario": one.scenario,
                "what": one.what,
                "expected": str(one.expected),
                "got": str(one.got),
            }
            for one in report.differences
        ],
        "rules_without_scenario": list(report.coverage.rules_missing) if report.coverage else [],
    }


def line_of(text: YamlText, finding: Finding) -> int:
    """The line of a finding: the place where its rule or provision is written, or its path."""
    in_provisions = finding.code in {"provision_without_object", "provision_excused"}
    wanted = finding.rule.removesuffix(".eligible")
    ids = [path for path in text.lines if path and path[-1] == "id"]
    found = (path for path in ids if _at(text.data, path) == wanted)
    place = next((path for path in found if (path[0] == "provisions") == in_provisions), finding.path)
    return text.line(place)


def _at(data: Any, path: tuple[str | int, ...]) -> Any:
    for part in path:
        data = data[part]
    return data


def _placed(refused: PackRefused) -> list[Placed]:
    return [
        Placed(line=refused.text.line(finding.path) if refused.text else 1, finding=finding)
        for finding in refused.findings
    ]


def survivors(report: Report, *, shard: int = 0, shards: int = 1) -> list[str]:
    """The single changes to a pack that none of its scenarios notices."""
    if report.pack is None:
        return []
    found = []
    for number, mutant in enumerate(mutants(report.pack.pack)):
        if number % shards != shard:
            continue
        related = [case for case in report.cases if mutant.rule and mutant.rule.split(".")[0] in case.cites]
        others = [case for case in report.cases if case not in related]
        evaluator = Evaluator(mutant.pack)
        if not any(_notices(case, evaluator) for case in (*related, *others)):
            found.append(mutant.what)
    return found


def _notices(case: Scenario, evaluator: Evaluator) -> bool:
    try:
        return bool(run([case], evaluator))
    except (KeyError, StopIteration, IndexError):
        # A changed pack may be too broken to decide at all: that is noticed.
        return True
