"""A schedule as documents: the hashes that seal it, and what each stretch says as an item of an order."""

import hashlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import orjson

from app.documents.measures import provisions
from app.documents.wording import exact, number_text
from app.domain.errors import FieldError, Language, pointer_to
from app.domain.orders import Cited, OrderItem
from app.domain.policies.facts import Level
from app.domain.policies.pack import Pack
from app.domain.schedules.given.prepared import Note, Open
from app.domain.schedules.lines import ScheduledLine
from app.domain.schedules.planning.conflicts import RHYTHM, Conflict, Relaxation
from app.domain.schedules.problem import Problem, Stage, Stretch
from app.domain.schedules.requirements import Clause, Requirement, members

LANGUAGES: tuple[Language, ...] = ("zh", "en")
HOUR = timedelta(hours=1)
DAY_HOURS = 24
# Of a cut or a cohort, so many members are called by name.
MEMBERS_NAMED = 5
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


def stop_days(hours: float) -> str:
    """Hours of standing still as days."""
    return exact(hours / DAY_HOURS)


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
        found = [] if pack is None else list(provisions(clause.cites, pack))
        for one in found or [Cited(provision=clause.rule, place="", says=dict(clause.says))]:
            if (clause.pack, one.provision) not in known:
                known.add((clause.pack, one.provision))
                yield one


def stage_document(one: Stage) -> dict[str, Any]:
    """Numbers travel as text."""
    gap = one.gap_pct
    return {
        "name": one.name,
        "value": exact(one.value),
        "bound": None if one.bound is None else exact(one.bound),
        "gap_pct": None if gap is None else number_text(round(gap, 4)),
    }


def open_document(one: Open) -> dict[str, Any]:
    """What could not be planned, as it is stored."""
    last = one.period.last_day
    return {
        "kind": one.kind,
        "enterprise_id": one.enterprise_id,
        "subject_id": one.subject_id,
        "label": one.label,
        "pack": one.clause.pack,
        "rule": one.clause.rule,
        "first_day": one.period.start.isoformat(),
        "last_day": None if last is None else last.isoformat(),
        "says": dict(one.says),
    }


def note_document(one: Note) -> dict[str, Any]:
    """What stands behind a number, as it is stored."""
    return {"kind": one.kind, "subject_id": one.subject_id, "label": one.label, "says": dict(one.says)}


def conflict_errors(problem: Problem, conflicts: Iterable[Conflict]) -> list[FieldError]:
    """Why there is no schedule, by line and clause, and how one could be had."""
    asked = {one.id: one for one in problem.requirements}
    labels = {one.id: one.label for one in problem.resources}
    return [
        error
        for number, one in enumerate(conflicts)
        for error in (
            *(_contradicts(number, name, asked, labels) for name in one.requirements),
            *(_way_out(number, way, asked, labels) for way in one.relaxations),
            *_together(number, one.together, asked, labels),
        )
    ]


def conceded_notes(problem: Problem, ways: Sequence[Relaxation], why: Mapping[str, str]) -> list[Note]:
    """What gave way of the problem, by how much, and on what ground it was allowed to."""
    asked = {one.id: one for one in problem.requirements}
    labels = {one.id: one.label for one in problem.resources}
    return [_conceded(way, asked, labels, why[way.requirement]) for way in ways]


def _conceded(way: Relaxation, asked: Mapping[str, Requirement], labels: Mapping[str, str], why: str) -> Note:
    zh, en = _called(way.requirement, asked, labels)
    one = asked.get(way.requirement)
    subject = next(iter(members(one)), "") if one is not None else way.requirement.removeprefix(RHYTHM)
    amount, lost = number_text(round(way.amount, 4)), number_text(round(way.lost_tonnes, 4))
    return Note(
        kind="conceded",
        subject_id=subject,
        label=labels.get(subject, ""),
        says={
            "zh": f"已放宽 {amount} {way.unit}：{zh}（少减排 {lost} 吨）；理由：{why}",
            "en": f"Relaxed by {amount} {way.unit}: {en} ({lost} t less are saved); because: {why}",
        },
    )


def _contradicts(number: int, name: str, asked: Mapping[str, Requirement], labels: Mapping[str, str]) -> FieldError:
    zh, en = _called(name, asked, labels)
    return FieldError(pointer=pointer_to("conflicts", number, "requirements", name), code="contradicts", zh=zh, en=en)


def _way_out(number: int, way: Relaxation, asked: Mapping[str, Requirement], labels: Mapping[str, str]) -> FieldError:
    zh, en = _called(way.requirement, asked, labels)
    amount, lost = number_text(round(way.amount, 4)), number_text(round(way.lost_tonnes, 4))
    return FieldError(
        pointer=pointer_to("conflicts", number, "relaxations", way.requirement),
        code="relaxation",
        zh=f"可放宽 {amount} {way.unit}：{zh}（少减排 {lost} 吨）",
        en=f"Relax by {amount} {way.unit}: {en} ({lost} t less are saved)",
    )


def _together(
    number: int, ways: Sequence[Relaxation], asked: Mapping[str, Requirement], labels: Mapping[str, str]
) -> Iterator[FieldError]:
    """The cheapest way out that takes several to give way at once."""
    if not ways:
        return
    called = [(number_text(round(way.amount, 4)), way.unit, _called(way.requirement, asked, labels)) for way in ways]
    lost = number_text(round(sum(way.lost_tonnes for way in ways), 4))
    zh = "；".join(f"{amount} {unit}：{names[0]}" for amount, unit, names in called)
    en = "; ".join(f"{amount} {unit}: {names[1]}" for amount, unit, names in called)
    yield FieldError(
        pointer=pointer_to("conflicts", number, "together"),
        code="joint_relaxation",
        zh=f"代价最小的办法是同时放宽 {zh}（共少减排 {lost} 吨）",
        en=f"The cheapest is to relax together by {en} ({lost} t less are saved)",
    )


def _called(name: str, asked: Mapping[str, Requirement], labels: Mapping[str, str]) -> tuple[str, str]:
    """A requirement by its lines and clause; the rhythm of a resource is its block lengths."""
    one = asked.get(name)
    if one is None:
        label = labels.get(name.removeprefix(RHYTHM), name)
        return f"{label}：单次停产、运行的最短时间与次数", f"{label}: its shortest stops and runs and their number"
    who = dict.fromkeys(labels.get(each, each) for each in members(one))
    zh, en = "、".join([*who][:MEMBERS_NAMED]), ", ".join([*who][:MEMBERS_NAMED])
    if len(who) > MEMBERS_NAMED:
        zh, en = f"{zh} 等 {len(who)} 个", f"{en} and {len(who) - MEMBERS_NAMED} more"
    clause = one.clause
    # Heat is kept whether a plan says so or not, so there may be none to name.
    rule = f"{clause.pack} {clause.rule}".lstrip()
    return (
        f"{zh or '全部生产线'}：{rule} {clause.says['zh']}",
        f"{en or 'all lines'}: {rule} {clause.says['en']}",
    )
