"""The fact catalogue and the vocabulary as files: read once, checked, and handed out as objects."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any

from pydantic import TypeAdapter
from ruamel.yaml import YAML

from app.documents.fact_shape import fact_specs
from app.documents.pack_basics import Name
from app.documents.pack_shape import FactShape
from app.domain.policies.facts import Catalogue, FactSpec, normal
from app.domain.ratings.ladders import UNRATED, Grading, Ladder

NOT_A_PACK = frozenset({"catalogue.yaml", "vocabulary.yaml"})
# The tag of whatever the vocabulary has no tag for.
OTHER = "other"
_SECTION = re.compile(r"^facts:.*\n(?:(?:[ #].*)?\n)*", re.MULTILINE)
_FACTS = TypeAdapter(dict[Name, FactShape])


@dataclass(frozen=True, slots=True)
class Label:
    """One code of a closed list in both languages.

    `gbt4754` and `ladders` only for industries, `grades` only for ladders, `also` what else people write for the code.
    """

    zh: str
    en: str
    gbt4754: tuple[str, ...] = ()
    ladders: tuple[str, ...] = ()
    grades: tuple[str, ...] = ()
    also: tuple[str, ...] = ()


Vocabulary = dict[str, dict[str, Label]]


def read_facts(text: str) -> list[FactSpec]:
    """The `facts:` section of a YAML text."""
    given = _load(text) or {}
    return fact_specs(_FACTS.validate_python(given.get("facts") or {}))


@cache
def base_catalogue() -> Catalogue:
    return Catalogue(read_facts(_shipped("catalogue.yaml")))


@cache
def shipped_catalogue() -> Catalogue:
    """The base catalogue and the local facts of every pack that comes with the service."""
    names = sorted(entry.name for entry in files("app.packs").iterdir() if entry.name.endswith(".yaml"))
    packs = [name for name in names if name not in NOT_A_PACK and not name.endswith(".scenarios.yaml")]
    return base_catalogue().extended(fact for name in packs for fact in read_facts(_facts_section(_shipped(name))))


@cache
def vocabulary() -> Vocabulary:
    """Every closed list by its name."""
    lists = _load(_shipped("vocabulary.yaml"))
    # An industry whose ladder nobody has verified may be graded on any of them.
    absent = {"industries": {"ladders": list(lists["grade_ladders"])}}
    return {
        name: {code: _label(absent.get(name, {}) | label) for code, label in entries.items()}
        for name, entries in lists.items()
    }


@cache
def grading_of(industry: str | None) -> Grading:
    """The ladders of an industry; a line without a tag is graded like any other industry."""
    lists = vocabulary()
    label = lists["industries"].get(industry or OTHER, lists["industries"][OTHER])
    ladders = {code: Ladder(zh=one.zh, en=one.en, grades=one.grades) for code, one in lists["grade_ladders"].items()}
    return Grading(
        zh=label.zh,
        en=label.en,
        ladders=tuple(ladders[code] for code in label.ladders),
        grades={code: (grade.zh, grade.en) for code, grade in lists["performance_grades"].items()},
        words={
            normal(word).casefold(): code
            for code, grade in lists["performance_grades"].items()
            for word in (code, grade.zh, grade.en, *grade.also)
        },
    )


def authority_records(spec: FactSpec) -> bool:
    """Whether only an authority puts this on record: events, what it grants or lists, and the grades it awards."""
    grades = set(spec.values) - {UNRATED}
    return spec.absent is not None or (bool(grades) and grades <= set(vocabulary()["performance_grades"]))


def _label(written: Mapping[str, Any]) -> Label:
    lists = {name: tuple(written.get(name, ())) for name in ("gbt4754", "ladders", "grades", "also")}
    return Label(zh=written["zh"], en=written["en"], **lists)


def _facts_section(text: str) -> str:
    """Only the lines below `facts:`, because reading a whole plan takes seconds."""
    found = _SECTION.search(text)
    return "" if found is None else found[0]


def _load(text: str) -> Any:
    """Our own files need no defence against tricks, and reading them once is three times faster."""
    return YAML(typ="safe", pure=True).load(text)


def _shipped(name: str) -> str:
    return (files("app.packs") / name).read_text(encoding="utf-8")
