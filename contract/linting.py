"""The contract read by spectral, with the rules that are ours: openapi/tools/spectral.yaml."""

import json
from dataclasses import dataclass
from pathlib import Path

from contract.tools import TOOLS, give_up, node, require, run

RULES = TOOLS / "spectral.yaml"


@dataclass(frozen=True, slots=True)
class Finding:
    """One place of a document and the rule it breaks."""

    rule: str
    place: str
    says: str

    def __str__(self) -> str:
        return f"{self.place}: {self.says} ({self.rule})"


def findings(document: Path) -> list[Finding]:
    """Everything a rule says, hints too."""
    require("node")
    told = run(
        node("spectral"), "lint", "--quiet", "--ruleset", RULES, "--format", "json", "--fail-severity", "hint", document
    )
    start = told.stdout.find("[")
    if told.returncode > 1 or start < 0:
        give_up("spectral:", told.stdout)
    found, _ = json.JSONDecoder().raw_decode(told.stdout[start:])
    return [Finding(one["code"], " ".join(map(str, one["path"])), one["message"]) for one in found]
