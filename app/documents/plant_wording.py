"""Processes and equipment of a line in the words of printed lists."""

from collections import Counter
from collections.abc import Iterable, Mapping
from datetime import date

from app.documents.catalogue import Label, vocabulary
from app.documents.wording import each_once
from app.domain.decisions.subjects import Subject, span_at
from app.domain.errors import Language

ROLES: Mapping[str | None, tuple[str, str]] = {
    "running": ("用", "running"),
    "standby": ("备", "standby"),
    None: ("台用备未知", "not told"),
}


def processes_text(processes: Iterable[Subject], language: Language) -> str:
    kinds = vocabulary()["process_kinds"]
    return each_once(_called(each, kinds, language) for each in processes)


def equipment_text(units: Iterable[Subject], day: date, language: Language) -> str:
    """So many of a kind running, so many standby (几用几备)."""
    counted: dict[str, Counter[str | None]] = {}
    for unit in units:
        counted.setdefault(unit.get("kind") or "other", Counter())[role_on(unit, day)] += 1
    kinds, zh = vocabulary()["unit_kinds"], language == "zh"
    return each_once(
        f"{kinds[kind].zh} {' '.join(f'{roles[role]} {words[0]}' for role, words in ROLES.items() if roles[role])}"
        if zh
        else f"{kinds[kind].en}: {', '.join(f'{roles[role]} {words[1]}' for role, words in ROLES.items() if roles[role])}"
        for kind, roles in counted.items()
        if kind in kinds
    )


def role_on(unit: Subject, day: date) -> str | None:
    """Whether a unit runs or stands by; None where nobody has said."""
    span = span_at(unit["facts"].get("unit_role", []), day.isoformat())
    return None if span is None else str(span["value"])


def _called(subject: Subject, kinds: Mapping[str, Label], language: Language) -> str:
    """Its own name, and its kind where the name does not say it."""
    label = kinds.get(subject.get("kind") or "")
    kind = "" if label is None else label.zh if language == "zh" else label.en
    return subject["name"] if kind in subject["name"] else f"{subject['name']} ({kind})"
