"""Public lists as text: canonical JSON, so that the bytes the public reads are the bytes that were hashed."""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from app.documents.disclosures.listed import Made
from app.domain.disclosures.lists import Wanted
from app.domain.disclosures.rows import COLUMNS, Row, printed
from app.domain.errors import Language
from app.domain.periods import SHANGHAI
from app.domain.policies.pack import Pack

TITLES: Mapping[str, tuple[str, str]] = {
    "staggered": ("错峰生产企业清单", "list of enterprises that stagger production"),
    "exempt": ("错峰生产豁免企业清单", "list of enterprises exempt from staggered production"),
    "stopped": ("停产企业清单", "list of enterprises that stand still"),
}
COLUMN_WORDS: Mapping[str, tuple[str, str]] = {
    "region": ("行政区代码", "region"),
    "enterprise_name": ("企业名称", "enterprise"),
    "uscc": ("统一社会信用代码", "USCC"),
    "industry": ("行业", "industry"),
    "line": ("生产线", "line"),
    "subject": ("管控对象", "subject"),
    "processes": ("工序", "processes"),
    "equipment": ("设备（用备）", "equipment"),
    "stagger_class": ("错峰类别", "class"),
    "measure": ("措施", "measure"),
    "cut_pct": ("压减 (%)", "cut (%)"),
    "cap_pct": ("负荷上限 (%)", "load cap (%)"),
    "windows": ("执行时段", "windows"),
    "exemption": ("豁免情形", "exemption"),
    "exempt_through": ("有效至", "exempt through"),
    "check_method": ("核查方式", "how it is checked"),
    "supervising_unit": ("监管单位", "supervising body"),
    "rule": ("条款编号", "rule"),
    "clauses": ("依据", "clauses"),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Sources:
    """What a list was made from: what had been decided by an instant, schedules by version, a list by version."""

    known_at: datetime
    schedules: tuple[Mapping[str, Any], ...] = ()
    exemption_list: Mapping[str, Any] | None = None

    def as_json(self) -> dict[str, Any]:
        return {
            "known_at": instant(self.known_at),
            "schedules": [dict(one) for one in self.schedules],
            "exemption_list": None if self.exemption_list is None else dict(self.exemption_list),
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class Seal:
    """What publishing adds to a draft: which version of which list, on what decision, by which office, and when."""

    list_id: str
    number: int
    serial: str
    basis: str
    office: str
    published_at: datetime
    previous_sha256: str


def instant(at: datetime) -> str:
    return at.astimezone(SHANGHAI).isoformat(timespec="milliseconds")


def drafted(asked: Wanted, pack: Pack, made: Made, sources: Sources, *, region_name: str) -> str:
    """The content of a draft, which publishing only puts its seal on."""
    scope, (zh, en) = asked.scope, TITLES[asked.scope.kind]
    return _canonical(
        {
            "kind": scope.kind.value,
            "title_zh": f"{region_name} {scope.season} 年度{zh}",
            "title_en": f"{scope.region} {en}, season of {scope.season}",
            "region": scope.region,
            "season": scope.season,
            "day": asked.day.isoformat(),
            "through": None if asked.through is None else asked.through.isoformat(),
            "policy": {
                "name": pack.name,
                "version": pack.version,
                "hash": pack.hash,
                "title_zh": pack.title["zh"],
                "title_en": pack.title["en"],
                "body": pack.issuer_body,
            },
            "sources": sources.as_json(),
            "citations": [
                {"provision": one.provision, "place": one.place, "says_zh": one.says["zh"], "says_en": one.says["en"]}
                for _, one in sorted(made.citations.items())
            ],
            "columns": list(COLUMNS[scope.kind]),
            "rows": [one.as_json() for one in printed(made.rows)],
        }
    )


def sealed(content: str, seal: Seal) -> str:
    """The document of a version."""
    return _canonical(
        {
            **json.loads(content),
            "list_id": seal.list_id,
            "number": seal.number,
            "serial": seal.serial,
            "basis": seal.basis,
            "office": seal.office,
            "published_at": instant(seal.published_at),
            "previous_sha256": seal.previous_sha256,
        }
    )


def rows_of(document: str) -> tuple[Row, ...]:
    return tuple(Row(**one) for one in json.loads(document)["rows"])


def names_of(rows: Iterable[Row]) -> tuple[str, ...]:
    """What the enterprises of a list are found by."""
    return tuple(sorted({f"{one.uscc} {one.enterprise_name}".strip() for one in rows}))


def header(document: Mapping[str, Any], language: Language) -> list[str]:
    return [COLUMN_WORDS[name][0 if language == "zh" else 1] for name in document["columns"]]


def cells(document: Mapping[str, Any]) -> list[list[str]]:
    """The rows without the columns this kind of list does not have."""
    return [[row[name] for name in document["columns"]] for row in document["rows"]]


def _canonical(document: Mapping[str, Any]) -> str:
    return json.dumps(document, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
