"""What every code of a finding means, and how what it finds is mended."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

from ruamel.yaml import YAML

from app.domain.policies.findings import Finding


@dataclass(frozen=True, slots=True)
class FindingCode:
    """One kind of finding by name, with the mend that holds wherever it is found."""

    code: str
    name: Mapping[str, str]
    mend: Mapping[str, str]


@cache
def finding_codes() -> Mapping[str, FindingCode]:
    """Every code, in the order they are explained."""
    text = (files("app.documents") / "finding_codes.yaml").read_text(encoding="utf-8")
    given = YAML(typ="safe", pure=True).load(text)
    return {code: FindingCode(code, entry["name"], entry["mend"]) for code, entry in given.items()}


def mend_of(finding: Finding) -> Mapping[str, str]:
    """How to mend a finding: its own words where it has them, else those of its code."""
    return finding.mend or finding_codes()[finding.code].mend
