"""What is wrong with a pack: where, which rule, why, and how to mend it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal, get_args

Severity = Literal["error", "warning", "note"]
SEVERITIES: tuple[Severity, ...] = get_args(Severity)
Path = tuple[str | int, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One finding; errors keep a pack from being published, warnings are for a person to weigh, notes to know."""

    code: str
    path: Path
    zh: str
    en: str
    rule: str = ""
    mend: Mapping[str, str] = field(default_factory=dict)
    severity: Severity = "error"
