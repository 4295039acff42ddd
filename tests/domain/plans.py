"""The packs that tests decide by: the shipped Linfen plan and small invented ones."""

from dataclasses import replace
from functools import cache
from importlib.resources import files
from typing import Any

from app.documents.catalogue import base_catalogue
from app.documents.fact_shape import fact_document
from app.documents.pack import read_pack, stored_pack
from app.domain.decisions.evaluate import Evaluator
from app.domain.policies.facts import Catalogue, FactSpec
from app.domain.policies.pack import Pack, Rule

SHIPPED = files("app.packs")
LINFEN = "linfen-twelve-industries"
SAYS = {"zh": "甲", "en": "x"}

CATALOGUE = Catalogue(
    replace(fact, question="？", question_en="?")
    for fact in [
        FactSpec(name="p", zh="甲", en="p", type="boolean", subject="line"),
        FactSpec(name="q", zh="乙", en="q", type="boolean", subject="site"),
        FactSpec(name="r", zh="丙", en="r", type="boolean", subject="enterprise"),
        FactSpec(name="event", zh="事件", en="event", type="boolean", subject="line", absent=False, absent_reason="-"),
        FactSpec(name="dust", zh="粉尘", en="dust", type="number", subject="line", unit="mg/m3"),
        FactSpec(name="soot", zh="烟尘", en="soot", type="number", subject="line", unit="mg/m3"),
        FactSpec(
            name="fuel",
            zh="燃料",
            en="fuel",
            type="enum",
            subject="line",
            values={"coal": "煤", "gas": "气", "other": "其他"},
        ),
        FactSpec(name="retrofit", zh="改造", en="retrofit", type="programme", subject="line"),
        FactSpec(
            name="rank",
            zh="档次",
            en="rank",
            type="enum",
            subject="unit",
            values={"good": "优", "fair": "中", "bad": "差"},
        ),
        FactSpec(name="height", zh="高度", en="height", type="number", subject="unit", unit="m"),
        FactSpec(name="remark", zh="备注", en="remark", type="text", subject="line"),
        FactSpec(name="opened_on", zh="投产日", en="day opened", type="date", subject="line"),
    ]
)

FACTS = {name: fact_document(fact) for name, fact in CATALOGUE.facts.items()}


def linfen_text(kind: str = "") -> str:
    return (SHIPPED / f"{LINFEN}{kind}.yaml").read_text(encoding="utf-8")


@cache
def shipped_pack(name: str) -> Pack:
    return read_pack((SHIPPED / f"{name}.yaml").read_text(encoding="utf-8"), base_catalogue()).pack


def rule_named(pack: str, rule: str) -> Rule:
    return shipped_pack(pack).rule(rule)


@cache
def linfen() -> Pack:
    return read_pack(linfen_text(), base_catalogue()).pack


@cache
def linfen_evaluator() -> Evaluator:
    return Evaluator(linfen())


def invented(**sections: Any) -> Pack:
    """A pack over the small catalogue; only what a test is about needs to be given."""
    return stored_pack({"pack": {**PLAIN, **sections}, "facts": FACTS}, "0" * 64)


def row(name: str, when: object = None, then: object = "stop", **more: object) -> dict[str, object]:
    """One row of a ladder or one gate."""
    condition = {"if": when} if isinstance(when, str) else when
    return {"id": name, "cites": ["X-01"], "then": then, **({"when": condition} if condition else {}), **more}


def ladder(*rows: dict[str, object], industry: str = "mill", lowest: str | None = None) -> dict[str, object]:
    classed = [{"class": f"C{number}", **each} for number, each in enumerate(rows, start=1)]
    return {"industry": industry, "lowest": lowest or str(classed[-1]["class"]), "ladder": classed}


PLAIN: dict[str, Any] = {
    "pack": "invented",
    "version": "1.0.0",
    "title": SAYS,
    "issuer": {"region": "141000", "level": "city", "body": "甲市"},
    "scope": {"regions": ["141000"]},
    "season": [{"from": "10-01", "to": "03-31", "cites": ["X-01"]}],
    "provisions": [{"id": "X-01", "place": "一", "kind": "M", "says": "甲", "says_en": "x"}],
    "industries": {"mill": {"name": SAYS, "tags": ["mill", "big_mill"]}, "forge": {"name": SAYS, "tags": ["forge"]}},
    "groups": {
        "ovens": {"zh": "炉", "level": "unit", "within": "site", "kinds": ["oven", "kiln"]},
        "own_ovens": {"zh": "本线炉", "level": "unit", "within": "line", "kinds": ["oven", "kiln"]},
        "all_ovens": {"zh": "全企业炉", "level": "unit", "within": "enterprise", "kinds": ["oven", "kiln"]},
    },
    "sets": {
        "clean": {"zh": "清洁", "of": "fuel", "values": ["gas"]},
        "settled": {"zh": "已定", "of": "programme", "values": ["accepted", "not_applicable"]},
    },
}

TWO_ZONES: dict[str, Any] = {
    "season": [
        {"zone": "low", "from": "10-01", "to": "03-31", "cites": ["X-01"]},
        {"zone": "high", "from": "11-15", "to": "03-15", "cites": ["X-01"]},
    ],
    "zones": {"low": {"name": SAYS, "regions": ["141002"]}, "high": {"name": SAYS, "regions": ["141027"]}},
}
