"""A schedule as documents: the hashes that seal it, and what each stretch says as an item of an order."""

import hashlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import orjson

from app.documents.measures import citations
from app.documents.wording import number_text
from app.domain.errors import Language
from app.domain.orders import Cited, OrderItem
from app.domain.policies.facts import Level
from app.domain.policies.pack import Pack
from app.domain.policies.undertakings import Text
from app.domain.schedules.lines import ScheduledLine
from app.domain.schedules.problem import Problem, Stage, Stretch
from app.domain.schedules.requirements import Clause

LANGUAGES: tuple[Language, ...] = ("zh", "en")
HOUR = timedelta(hours=1)
DAY_HOURS = 24
STAGE_WORDS: Mapping[str, tuple[str, str]] = {
    "peak_preferred": ("优先月份剩余日排放峰值 (t)", "peak of the remaining daily tonnes, preferred months"),
    "tonnes_preferred": ("优先月份剩余排放 (t)", "remaining tonnes, preferred months"),
    "peak_outside": ("其余月份剩余日排放峰值 (t)", "peak of the remaining daily tonnes, other months"),
    "restarts": ("复产次数", "restarts"),
    "changes": ("较现行排期的变动（对象·日）", "changes against the published schedule (resource-days)"),
}
STRETCH_WORDS: Mapping[str, tuple[str, str]] = {
    "stop": ("停产", "stop"),
    "stop_charging": ("停止装煤（保温）", "stop charging, ovens kept hot"),
    "limit": ("限产", "limited load"),
}


def problem_hash(problem: Problem) -> str:
    """SHA-256 of a planning problem as canonical JSON, each requirement with its kind."""
    kinds = [type(one).__name__ for one in problem.requirements]
    document = {"kinds": kinds, "problem": problem}
    return hashlib.sha256(orjson.dumps(document, option=orjson.OPT_SORT_KEYS, default=_plain)).hexdigest()


def _plain(value: object) -> object:
    """Mappings and frozen sets of whatever make."""
    return dict(value) if isinstance(value, Mapping) else sorted(value) if isinstance(value, frozenset) else str(value)


def schedule_hash(of_problem: str, lines: Iterable[ScheduledLine], stages: Sequence[Stage]) -> str:
    """SHA-256 of what came out of a problem: every line in order with its stretches and clauses, and the stages."""
    digest = hashlib.sha256(of_problem.encode())
    for line in lines:
        digest.update(orjson.dumps(line.as_json(), option=orjson.OPT_SORT_KEYS))
    digest.update(orjson.dumps(list(stages), option=orjson.OPT_SORT_KEYS))
    return digest.hexdigest()


@dataclass(frozen=True, slots=True, kw_only=True)
class Named:
    """What an order names a resource by."""

    subject_id: str
    level: Level
    code: str
    name: str
    site_code: str


def stretch_text(one: Stretch, language: Language) -> str:
    """What a stretch demands, without its instants."""
    words = STRETCH_WORDS[one.kind][0 if language == "zh" else 1]
    if one.kind == "limit":
        share = number_text(round(one.share * 100, 4))
        return f"{words}，负荷不超过 {share}%" if language == "zh" else f"{words}: at most {share} %"
    return words


def order_items(
    line: ScheduledLine, named: Named, packs: Mapping[str, Pack], *, from_at: datetime
) -> Iterator[OrderItem]:
    """What a schedule demands of one resource from an instant on, stretch by stretch."""
    for one in line.stretches:
        if one.until_at <= from_at:
            continue
        clauses = [line.clauses[name] for name in one.serves if name in line.clauses]
        first = clauses[0] if clauses else Clause(pack="", rule="")
        pack = packs.get(first.pack)
        start = max(one.from_at, from_at)
        yield OrderItem(
            pack=first.pack,
            pack_version="" if pack is None else pack.version,
            rule=first.rule,
            subject_id=named.subject_id,
            subject_level=named.level,
            subject_code=named.code,
            subject_name=named.name,
            site_code=named.site_code,
            kind=one.kind,
            says={language: stretch_text(one, language) for language in LANGUAGES},
            numbers=_numbers(one, start),
            from_at=start,
            until_at=one.until_at,
            citations=tuple(cited(clauses, packs)),
        )


def _numbers(one: Stretch, start: datetime) -> dict[str, str]:
    if one.kind == "limit":
        return {"cap_pct": number_text(round(one.share * 100, 4))}
    hours = (one.until_at - start) / HOUR
    if hours % DAY_HOURS == 0:
        return {"stop_days": number_text(hours / DAY_HOURS)}
    return {"stop_hours": number_text(round(hours, 4))}


def cited(clauses: Iterable[Clause], packs: Mapping[str, Pack]) -> Iterator[Cited]:
    """The provisions behind some clauses, each once; a duty or target of its own is told in its own words."""
    known: set[tuple[str, str]] = set()
    for clause in clauses:
        pack = packs.get(clause.pack)
        found = [] if pack is None else list(_provisions(clause, pack))
        for one in found or [Cited(provision=clause.rule, place="", says=dict(clause.says))]:
            if (clause.pack, one.provision) not in known:
                known.add((clause.pack, one.provision))
                yield one


def _provisions(clause: Clause, pack: Pack) -> Iterator[Cited]:
    for zh, en in zip(citations(clause.cites, pack, "zh"), citations(clause.cites, pack, "en"), strict=True):
        says: Text = {"zh": zh["says"], "en": en["says"]}
        yield Cited(provision=zh["provision"], place=zh["place"], says=says)


def stage_document(one: Stage) -> dict[str, Any]:
    """Numbers travel as text."""
    gap = one.gap_pct
    return {
        "name": one.name,
        "value": number_text(round(one.value, 6)),
        "bound": None if one.bound is None else number_text(round(one.bound, 6)),
        "gap_pct": None if gap is None else number_text(round(gap, 4)),
    }
