"""The linter: what officials get wrong in a plan, found by recomputing it."""

from collections.abc import Iterator

from app.domain.decisions.lint_calendar import calendar_findings
from app.domain.decisions.lint_duties import duty_findings
from app.domain.decisions.lint_ladders import ladder_findings
from app.domain.decisions.lint_names import name_findings
from app.domain.decisions.lint_reach import reach_findings
from app.domain.decisions.lint_sources import source_findings
from app.domain.decisions.lint_values import place_findings
from app.domain.decisions.program import Program
from app.domain.policies.findings import SEVERITIES, Finding
from app.domain.policies.pack import BINDINGS, Pack

# With one of these the rules cannot even be compiled, so no search over facts is tried.
UNSEARCHABLE = frozenset({"level_unknown"})


def lint(pack: Pack) -> list[Finding]:
    """Every finding on a pack that could be built, errors before warnings before notes."""
    found = [
        *source_findings(pack),
        *calendar_findings(pack),
        *ladder_findings(pack),
        *name_findings(pack),
        *place_findings(pack),
        *duty_findings(pack),
    ]
    if not any(finding.code in UNSEARCHABLE for finding in found):
        found += _once(finding for binds in BINDINGS for finding in reach_findings(Program(pack, binds)))
    return sorted(found, key=lambda finding: SEVERITIES.index(finding.severity))


def _once(findings: Iterator[Finding]) -> Iterator[Finding]:
    """A rule that binds several levels is judged at each of them and reported once."""
    seen: set[tuple[str, str, str]] = set()
    for finding in findings:
        key = (finding.code, finding.rule, finding.en)
        if key not in seen:
            seen.add(key)
            yield finding
