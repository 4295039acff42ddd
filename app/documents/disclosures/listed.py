"""Rows of a public list from what was decided and planned: only columns of the allow-list, in Chinese as it is printed."""

import hashlib
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta

from app.documents.catalogue import vocabulary
from app.documents.measure_wording import UNTIL, measure_text
from app.documents.measures import constraint_document, provisions
from app.documents.orders import asks_for_warnings
from app.documents.plant_wording import equipment_text, processes_text
from app.documents.schedule_listed import window
from app.documents.schedules import cited
from app.documents.wording import each_once
from app.domain.access import region_prefix
from app.domain.decisions.evaluate import Applied, Decision
from app.domain.decisions.subjects import Subject, span_at
from app.domain.disclosures.lists import Lack, LackCode, Wanted
from app.domain.disclosures.rows import ListKind, Row, exposed
from app.domain.enterprises.structure import Enterprise
from app.domain.exemptions.content import Line as ExemptLine
from app.domain.orders import Cited
from app.domain.periods import ONE_DAY, Period, midnight
from app.domain.policies.measures import Constraint
from app.domain.policies.pack import Pack
from app.domain.schedules.lines import ScheduledLine
from app.domain.schedules.problem import Stretch

PERSONAL_FACTS = ("contact_person", "contact_phone", "supervising_person")
# What the register says of checking is free text; only these words of it become public.
METHODS = (
    (("用电", "electricity"), "用电量"),
    (("用气", "gas"), "用气量"),
    (("投料", "feed"), "投料量"),
    (("推焦", "push"), "推焦数"),
    (("视频", "video"), "视频监控"),
    (("在线监测", "online monitoring"), "在线监测"),
)
STOPPED = "停产"


@dataclass(frozen=True, slots=True, kw_only=True)
class Making:
    """Which list is made, and the plan it is made under."""

    asked: Wanted
    pack: Pack

    @property
    def kind(self) -> ListKind:
        return self.asked.scope.kind

    @property
    def day(self) -> date:
        return self.asked.day

    @property
    def days(self) -> Period:
        return Period.inclusive(self.day, self.asked.through or self.day)

    def covers(self, region: str) -> bool:
        return region.startswith(region_prefix(self.asked.scope.region))


@dataclass(frozen=True, slots=True, kw_only=True)
class Decided:
    """An enterprise with what was decided of it and its lines in published schedules."""

    enterprise: Enterprise
    tree: Subject
    decisions: Sequence[Decision]
    lines: Sequence[ScheduledLine] = ()


@dataclass(slots=True, kw_only=True)
class Made:
    """A list in the making: its rows, the provisions they cite, and what keeps it from being published."""

    rows: list[Row] = field(default_factory=list)
    citations: dict[str, Cited] = field(default_factory=dict)
    lacking: list[Lack] = field(default_factory=list)
    enterprises: set[str] = field(default_factory=set)

    def take(self, row: Row, cites: Iterable[Cited], lack: Lack, persons: Sequence[str]) -> None:
        """Keep a row; `lack` is what to say if it names a person."""
        self.rows.append(row)
        self.enterprises.add(lack.enterprise_id)
        self.citations.update((one.provision, one) for one in cites)
        if exposed(row, persons):
            self.lacking.append(lack)


def add_decided(made: Made, wanted: Making, known: Decided) -> None:
    """What an enterprise contributes to a list of who must stagger or who stands still."""
    enterprise, persons = known.enterprise, persons_of(known.tree)
    own = [one for one in known.decisions if wanted.covers(one.bound.region)]
    for decision in own:
        if decision.status != "decided" and _may_bind(decision, wanted.kind):
            made.lacking.append(_lack("undecided", enterprise, decision.bound.subject))
    found = _staggered(wanted, known, own) if wanted.kind is ListKind.STAGGERED else _stopped(wanted, known, own)
    for subject, row, cites in found:
        made.take(row, cites, _lack("personal", enterprise, subject), persons)


def never_decided(enterprise: Enterprise) -> Lack:
    head = enterprise.head
    return Lack(code="never_decided", enterprise_id=str(head.id), subject_id=str(head.id), label=head.name)


def add_exempt(made: Made, wanted: Making, one: ExemptLine, enterprise: Enterprise, persons: Sequence[str]) -> None:
    """A line of a published exemption list, without its reason, which may tell more than the public should hear."""
    spec = wanted.pack.catalogue.find(one.fact)
    rule = next((each for each in wanted.pack.rules() if each.id == one.rule), None)
    cites = () if rule is None else tuple(provisions((*rule.cites, *rule.then.cites), wanted.pack))
    row = Row(
        row=_key(wanted.pack.name, one.subject_id, one.fact),
        region=one.region,
        enterprise_name=enterprise.head.name,
        uscc=enterprise.head.uscc or "",
        subject="" if one.level == "enterprise" else one.subject_name,
        exemption=one.fact if spec is None else spec.zh,
        exempt_through="" if one.expires_on is None else (date.fromisoformat(one.expires_on) - ONE_DAY).isoformat(),
        rule=one.rule,
        clauses=_clauses(cites),
    )
    lack = Lack(code="personal", enterprise_id=one.enterprise_id, subject_id=one.subject_id, label=enterprise.head.name)
    made.take(row, cites, lack, persons)


def persons_of(tree: Subject) -> list[str]:
    """The names and telephones the register has of an enterprise, whenever they held."""
    found = [str(span["value"]) for name in PERSONAL_FACTS for span in tree["facts"].get(name, [])]
    return [*found, *(one for child in tree["children"] for one in persons_of(child))]


def _may_bind(decision: Decision, kind: ListKind) -> bool:
    """Whether some outcome that is still possible would put the subject on the list."""
    standing = (one for outcome in decision.outcomes.possible for one in decision.standing(outcome))
    return any(
        one.constraint.asks or (one.constraint.stops if kind is ListKind.STOPPED else one.constraint.limits)
        for one in standing
        if not asks_for_warnings(one.rule)
    )


def _lack(code: LackCode, enterprise: Enterprise, subject: Subject) -> Lack:
    label = f"{enterprise.head.name} {subject['name']}".strip()
    return Lack(code=code, enterprise_id=str(enterprise.head.id), subject_id=subject["id"], label=label)


Found = Iterator[tuple[Subject, Row, Sequence[Cited]]]


def _staggered(wanted: Making, known: Decided, decisions: Sequence[Decision]) -> Found:
    for decision in decisions:
        for number, one in enumerate(_limiting(decision)):
            cites = tuple(provisions((*one.rule.cites, *one.rule.then.cites), wanted.pack))
            told = constraint_document(one.constraint, decision.season, "zh")
            planned = list(_stretches(known.lines, decision, one.rule.id))
            yield (
                decision.bound.subject,
                _row(
                    wanted,
                    known,
                    decision.bound.chain,
                    row=_key(wanted.pack.name, decision.bound.subject["id"], str(number)),
                    stagger_class=decision.outcomes.stagger_class or "",
                    measure=measure_text(one.constraint, "zh"),
                    cut_pct=told["cut_pct"] or "",
                    cap_pct=told["cap_pct"] or "",
                    windows=each_once(window(each, "zh") for each in planned) or _period(one.constraint),
                    rule=one.rule.id,
                    clauses=_clauses(cites),
                ),
                cites,
            )


def _limiting(decision: Decision) -> list[Applied]:
    """What the season demands of production; what only a warning would demand is told when there is one."""
    if decision.status != "decided":
        return []
    return [one for one in decision.applied if one.constraint.limits and not asks_for_warnings(one.rule)]


def _stretches(lines: Sequence[ScheduledLine], decision: Decision, rule: str) -> Iterator[Stretch]:
    """What published schedules plan for a rule: of the subject, of what stands in it, or of the line it stands in."""
    subject, above = decision.bound.subject["id"], {each["id"] for each in decision.bound.chain}
    for line in lines:
        one = line.resource
        if subject in (one.id, one.line_id, one.site_id) or one.id in above:
            named = {key for key, each in line.clauses.items() if (each.pack, each.rule) == (decision.pack.name, rule)}
            yield from (each for each in line.stretches if named.intersection(each.serves))


def _stopped(wanted: Making, known: Decided, decisions: Sequence[Decision]) -> Found:
    """By published schedules; where none plans a subject, by a decision that stops it on these days."""
    planned: set[str] = set()
    for line in known.lines:
        chain = chain_to(known.tree, line.resource.id)
        windows = each_once(window(each, "zh") for each in _clipped(line, wanted))
        if not windows or not wanted.covers(line.resource.region) or not chain:
            continue
        planned.add(line.resource.id)
        cites = tuple(cited(line.clauses.values(), {wanted.pack.name: wanted.pack}))
        rules = each_once(each.rule for each in line.clauses.values())
        row = _key("schedule", line.resource.id, "")
        said = _row(
            wanted, known, chain, row=row, measure=STOPPED, windows=windows, rule=rules, clauses=_clauses(cites)
        )
        yield chain[-1], said, cites
    for decision in decisions:
        subject = decision.bound.subject
        stops = [one for one in _limiting(decision) if one.constraint.stops and one.constraint.binds.meets(wanted.days)]
        if not stops or subject["id"] in planned:
            continue
        cites = tuple(
            each for one in stops for each in provisions((*one.rule.cites, *one.rule.then.cites), wanted.pack)
        )
        said = _row(
            wanted,
            known,
            decision.bound.chain,
            row=_key(wanted.pack.name, subject["id"], STOPPED),
            measure=STOPPED,
            windows=each_once(_period(one.constraint) for one in stops),
            rule=each_once(one.rule.id for one in stops),
            clauses=_clauses(cites),
        )
        yield subject, said, cites


def _clipped(line: ScheduledLine, wanted: Making) -> Iterator[Stretch]:
    """The stops of a line that touch the days of the list, whole."""
    start, until = midnight(wanted.days.start), midnight(wanted.days.start + timedelta(days=wanted.days.days or 0))
    return (each for each in line.stretches if each.kind == "stop" and each.from_at < until and each.until_at > start)


def _row(wanted: Making, known: Decided, chain: Sequence[Subject], *, row: str, **cells: str) -> Row:
    """What every row says of who and where, how it is checked and by whom."""
    enterprise, subject = known.enterprise, chain[-1]
    site = next((each for each in chain if each["level"] == "site"), chain[0])
    line = next((each for each in chain if each["level"] == "line"), None)
    parts = [subject] if subject["level"] in {"process", "unit"} else [] if line is None else line["children"]
    industry = None if line is None else line.get("industry")
    label = vocabulary()["industries"].get(industry or "")
    return Row(
        row=row,
        region=site.get("region") or enterprise.head.region,
        enterprise_name=enterprise.head.name,
        uscc=enterprise.head.uscc or "",
        industry=(industry or "") if label is None else label.zh,
        line="" if line is None else line["name"],
        subject="" if subject is line else subject["name"],
        processes=processes_text((each for each in parts if each["level"] == "process"), "zh"),
        equipment=equipment_text((each for each in parts if each["level"] == "unit"), wanted.day, "zh"),
        check_method=_checked_by(known, chain, wanted.day),
        supervising_unit=_said(chain, "supervising_unit", wanted.day),
        **cells,
    )


def _checked_by(known: Decided, chain: Sequence[Subject], day: date) -> str:
    """By the known words of what the register says, by the meters there are, and by monitoring."""
    text = _said(chain, "check_method", day)
    here = {each["id"] for each in (*chain, *chain[-1]["children"])}
    metered = any(str(one.subject) in here and one.kind in {"production", "main"} for one in known.enterprise.meters)
    said = [method for words, method in METHODS if any(word in text for word in words)]
    monitored = _said(chain, "online_monitoring_connected", day) == "True"
    return each_once([*said, "用电量" if metered else "", "在线监测" if monitored else ""])


def _said(chain: Sequence[Subject], fact: str, day: date) -> str:
    """A fact of a subject or of the nearest thing it stands in."""
    spans = (span_at(each["facts"].get(fact, []), day.isoformat()) for each in reversed(chain))
    return next((str(span["value"]) for span in spans if span is not None), "")


def chain_to(tree: Subject, subject_id: str) -> tuple[Subject, ...]:
    """From the enterprise down to a subject; empty where it is not there."""
    if tree["id"] == subject_id:
        return (tree,)
    below = (chain_to(child, subject_id) for child in tree["children"])
    return next(((tree, *found) for found in below if found), ())


def _period(constraint: Constraint) -> str:
    first, last = constraint.binds.start, constraint.binds.last_day
    if last is not None:
        return f"{first} 至 {last}（{constraint.binds.days} 天）"
    ends = UNTIL[constraint.until]["zh"] if constraint.until else ""
    return f"自 {first} 起，直至{ends}" if ends else f"自 {first} 起"


def _clauses(cites: Iterable[Cited]) -> str:
    return each_once(f"{one.provision} {one.place}".strip() for one in cites)


def _key(*parts: str) -> str:
    """The same for the same thing in every version, and nothing can be read from it."""
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()[:16]
