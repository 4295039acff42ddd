"""A check report as SARIF 2.1.0, the form in which editors and code hosts show findings at their lines."""

import hashlib
from collections.abc import Iterable, Iterator, Mapping
from pathlib import PurePath
from typing import Any
from urllib.parse import quote

from app.documents.finding_codes import FindingCode, finding_codes
from app.documents.pack_check import Placed, Report
from app.domain.errors import Language
from app.domain.policies.findings import Finding

SCHEMA = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"
_LOCALES: Mapping[Language, str] = {"zh": "zh-CN", "en": "en"}


def sarif_of(report: Report, *, files: Mapping[str, PurePath], version: str, language: Language) -> dict[str, Any]:
    """The report as one run; `files` are the paths of the pack and of its scenarios."""
    placed = [*report.placed, *_failures(report)]
    found = {one.finding.code for one in placed}
    rules = [code for name, code in finding_codes().items() if name in found]
    order = {rule.code: index for index, rule in enumerate(rules)}
    return {
        "$schema": SCHEMA,
        "version": "2.1.0",
        "runs": [
            {
                "tool": {
                    "driver": {
                        "name": "cuofeng",
                        "semanticVersion": version,
                        "language": _LOCALES[language],
                        "rules": [_rule(rule, placed, language) for rule in rules],
                    }
                },
                "language": _LOCALES[language],
                "columnKind": "unicodeCodePoints",
                "artifacts": [{"location": {"uri": _uri(path)}} for path in files.values()],
                "results": [_result(one, order, files, language) for one in placed],
            }
        ],
    }


def _failures(report: Report) -> Iterator[Placed]:
    """A failing scenario is a finding at its own line."""
    for one in report.differences:
        finding = Finding(
            code="scenario_fails",
            path=(),
            rule=one.scenario,
            zh=f"情景“{one.scenario}”的 {one.what} 应为 {one.expected}，实为 {one.got}",
            en=f"the scenario “{one.scenario}” expects {one.what} {one.expected}, got {one.got}",
        )
        yield Placed(line=report.scenario_lines.get(one.scenario, 1), finding=finding, file="scenarios")


def _rule(rule: FindingCode, placed: Iterable[Placed], language: Language) -> dict[str, Any]:
    levels = [one.finding.severity for one in placed if one.finding.code == rule.code]
    return {
        "id": rule.code,
        "name": "".join(word.capitalize() for word in rule.code.split("_")),
        "shortDescription": {"text": rule.name[language]},
        "fullDescription": {"text": f"{rule.name['zh']} · {rule.name['en']}"},
        "help": {"text": rule.mend[language]},
        "defaultConfiguration": {"level": levels[0]},
    }


def _result(one: Placed, order: Mapping[str, int], files: Mapping[str, PurePath], language: Language) -> dict[str, Any]:
    finding = one.finding
    says = finding.zh if language == "zh" else finding.en
    place = {
        "physicalLocation": {
            "artifactLocation": {"uri": _uri(files[one.file]), "index": list(files).index(one.file)},
            "region": {"startLine": max(one.line, 1)},
        }
    }
    named = {"logicalLocations": [{"name": finding.rule}]} if finding.rule else {}
    return {
        "ruleId": finding.code,
        "ruleIndex": order[finding.code],
        "level": finding.severity,
        "message": {"text": f"{says} → {one.mend[language]}"},
        "locations": [{**place, **named}],
        # Lines move with every edit; the rule and what is said of it stay.
        "partialFingerprints": {"finding/v1": _fingerprint(finding)},
        "properties": {"zh": finding.zh, "en": finding.en, "mend": dict(one.mend)},
    }


def _fingerprint(finding: Finding) -> str:
    return hashlib.sha256(f"{finding.code} {finding.rule} {finding.en}".encode()).hexdigest()


def _uri(path: PurePath) -> str:
    return path.as_uri() if path.is_absolute() else quote(path.as_posix())
