"""check-pack: shape, names, linter, scenarios and coverage of one pack, reported together."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from app.documents.pack import PackRefused, PackText, read_pack
from app.documents.scenario_names import scenario_findings
from app.documents.scenarios import ScenariosText, read_scenarios
from app.domain.decisions.coverage import Coverage, coverage
from app.domain.decisions.evaluate import Evaluator
from app.domain.decisions.given import Scenario
from app.domain.decisions.lint import lint
from app.domain.decisions.mutations import mutants
from app.domain.decisions.scenarios import Difference, run
from app.domain.policies.facts import Catalogue
from app.domain.policies.findings import Finding


@dataclass(frozen=True, slots=True, kw_only=True)
class Placed:
    """A finding with the line it stands on."""

    line: int
    finding: Finding


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

    @property
    def passes(self) -> bool:
        """A pack that passes may be published."""
        errors = [one for one in self.placed if one.finding.severity == "error"]
        return self.pack is not None and not errors and not self.differences


def check_pack(text: str, scenarios: str | None, catalogue: Catalogue) -> Report:
    """Read, lint and run one pack."""
    given: ScenariosText | None = None
    placed: list[Placed] = []
    if scenarios is not None:
        try:
            given = read_scenarios(scenarios)
        except PackRefused as refused:
            placed += _placed(refused)
    data = given.document if given else None
    try:
        read = read_pack(text, catalogue, scenarios=data)
    except PackRefused as refused:
        return Report(placed=[*placed, *_placed(refused)])
    placed += [Placed(line=line_of(read, finding), finding=finding) for finding in lint(read.pack)]
    if any(one.finding.code == "too_entangled" for one in placed):
        # No scenario can be run on it in bounded time.
        return Report(placed=placed, pack=read, scenario_data=data)
    cases, misnamed = _cases(given, read)
    evaluator = Evaluator(read.pack)
    return Report(
        placed=[*placed, *misnamed],
        scenarios=len(cases),
        differences=run(cases, evaluator),
        coverage=coverage(cases, evaluator) if cases else None,
        pack=read,
        evaluator=evaluator,
        cases=cases,
        scenario_data=data,
    )


def _cases(given: ScenariosText | None, read: PackText) -> tuple[tuple[Scenario, ...], list[Placed]]:
    """The scenarios that can be run, or what is wrong with their names: then none is run."""
    if given is None:
        return (), []
    found = [
        Placed(line=given.text.line(finding.path), finding=finding)
        for finding in scenario_findings(given.shape, read.pack)
    ]
    return (() if found else given.cases), found


def report_of(refused: PackRefused) -> Report:
    """A report that says only why a text is no pack."""
    return Report(placed=_placed(refused))


def document_of(report: Report) -> dict[str, Any]:
    """The report as plain data."""
    return {
        "passes": report.passes,
        "findings": [
            {
                "line": one.line,
                "severity": one.finding.severity,
                "code": one.finding.code,
                "rule": one.finding.rule,
                "zh": one.finding.zh,
                "en": one.finding.en,
                "mend": dict(one.finding.mend),
            }
            for one in report.placed
        ],
        "scenarios": report.scenarios,
        "failures": [
            {"scenario": one.scenario, "what": one.what, "expected": str(one.expected), "got": str(one.got)}
            for one in report.differences
        ],
        "rules_without_scenario": list(report.coverage.rules_missing) if report.coverage else [],
    }


def line_of(read: PackText, finding: Finding) -> int:
    """The line of a finding: the place where its rule or provision is written, or its path."""
    in_provisions = finding.code.startswith("provision_without")
    ids = [path for path in read.text.lines if path and path[-1] == "id"]
    found = (path for path in ids if _at(read.text.data, path) == finding.rule)
    place = next((path for path in found if (path[0] == "provisions") == in_provisions), finding.path)
    return read.text.line(place)


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
