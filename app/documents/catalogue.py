"""The fact catalogue and the vocabulary as files: read once, checked, and handed out as objects."""

from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any

from app.documents.yaml_text import read_yaml
from app.domain.policies.facts import LEVELS, Catalogue, Derivation, FactSpec

MAX_NAME = 40
TYPES = frozenset({"boolean", "number", "enum", "programme", "date", "text"})
NOT_A_PACK = frozenset({"catalogue.yaml", "vocabulary.yaml"})


@dataclass(frozen=True, slots=True)
class Label:
    """One code of a closed list in both languages; `gbt4754` only for industries."""

    zh: str
    en: str
    gbt4754: tuple[str, ...] = ()


Vocabulary = dict[str, dict[str, Label]]


class CatalogueBroken(ValueError):
    """A fact of the shipped catalogue is not well formed."""


def fact_spec(name: str, given: dict[str, Any]) -> FactSpec:
    """One entry of a `facts:` section as the domain knows it."""
    derive = given.get("derive")
    rest = {key: value for key, value in given.items() if key not in {"derive", "cites", "readings"}}
    spec = FactSpec(
        name=name,
        **{"en": name, **rest},
        cites=tuple(given.get("cites", ())),
        readings=tuple(given.get("readings", ())),
        derive=_derivation(derive) if derive else None,
    )
    problem = _problem(spec)
    if problem:
        raise CatalogueBroken(f"{name}: {problem}")
    return spec


def _derivation(given: dict[str, dict[str, Any]]) -> Derivation:
    ((by, inputs),) = given.items()
    return Derivation(by=by, **inputs)  # type: ignore[arg-type]  # the linter of packs checks `by`


def _problem(spec: FactSpec) -> str:
    if not (spec.name.isascii() and spec.name.isidentifier() and len(spec.name) <= MAX_NAME):
        return f"the name must be an ASCII identifier of at most {MAX_NAME} characters"
    if not spec.zh.isidentifier():
        return f"{spec.zh} cannot stand in a condition"
    if spec.type not in TYPES or spec.subject not in LEVELS:
        return "unknown type or subject"
    if (spec.type == "enum") != bool(spec.values):
        return "an enum lists its values, and nothing else does"
    return ""


def read_facts(text: str) -> tuple[FactSpec, ...]:
    """The `facts:` section of a YAML text."""
    given = read_yaml(text).data or {}
    return tuple(fact_spec(name, fact) for name, fact in (given.get("facts") or {}).items())


@cache
def base_catalogue() -> Catalogue:
    return Catalogue(read_facts(_shipped("catalogue.yaml")))


@cache
def shipped_catalogue() -> Catalogue:
    """The base catalogue and the local facts of every pack that comes with the service."""
    names = sorted(entry.name for entry in files("app.packs").iterdir() if entry.name.endswith(".yaml"))
    packs = [name for name in names if name not in NOT_A_PACK and not name.endswith(".scenarios.yaml")]
    return base_catalogue().extended(fact for name in packs for fact in read_facts(_shipped(name)))


@cache
def vocabulary() -> Vocabulary:
    """Every closed list by its name."""
    return {
        name: {
            code: Label(zh=label["zh"], en=label["en"], gbt4754=tuple(label.get("gbt4754", ())))
            for code, label in entries.items()
        }
        for name, entries in read_yaml(_shipped("vocabulary.yaml")).data.items()
    }


def _shipped(name: str) -> str:
    return (files("app.packs") / name).read_text(encoding="utf-8")
