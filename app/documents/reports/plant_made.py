"""A plant's plan in the making: from the register, the plans, and the published schedules, as known at an instant."""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from uuid import UUID

from app.documents.catalogue import vocabulary
from app.documents.described import UNKNOWN, Described, Registered, Volume
from app.documents.plant_wording import ROLES
from app.documents.reports.cells import industry, moment
from app.documents.reports.plant import (
    CONTACTS,
    OnePlantOnePlan,
    PlantAmount,
    PlantEmergency,
    PlantEntry,
    PlantFact,
    PlantLacking,
    PlantLine,
    PlantPerson,
    PlantSite,
    PlantUnit,
)
from app.documents.reports.winter_table import schedule_name
from app.documents.schedule_channels import Said
from app.documents.schedule_listed import window
from app.documents.schedule_sheet import EXEMPTIONS, FACTS
from app.documents.schedules import cited, stop_days
from app.documents.trace import decision_document
from app.documents.wording import each_once, exact, fact_label, value_text
from app.domain.decisions.evaluate import Evaluator
from app.domain.decisions.subjects import Subject, beginning, span_at
from app.domain.duties.contacts import ROLES as ROLES_OF_CONTACTS
from app.domain.duties.contacts import Contact
from app.domain.enterprises.structure import Site, Unit
from app.domain.orders import OrderItem
from app.domain.periods import ONE_DAY, midnight
from app.domain.quantities import POLLUTANTS
from app.domain.schedules.lines import ScheduledLine, Tally
from app.domain.schedules.problem import Resource, Stretch
from app.domain.schedules.versions import StoredSchedule
from app.domain.warnings import COLOURS

ONLINE, ROLE = "online_monitoring_connected", "unit_role"
# Names and numbers of people that are kept as facts, with the words for what they are.
PERSONS = (
    ("企业联系人", "contact of the enterprise", "contact_person", "contact_phone"),
    ("监管责任人", "supervising person of the authority", "supervising_person", None),
)
TRANSPORT = (
    "trucks_per_day", "national_5_share_pct", "national_6_share_pct", "new_energy_share_pct", "rail_share_pct",
    "sealed_share_pct", "gate_system", "wash_platform", "trucks_national_5_sealed",
)  # fmt: skip
ENERGY = ("fuel", "own_generation", "own_generation_capacity_mw")
# Measures that leave a day's emission as it is.
KEEPS_NOTHING_BACK = frozenset({"normal", "not_staggered", "not_controlled", "self_directed", "transport", "remediate"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Plant:
    """An enterprise with its plans and the schedules in force."""

    volume: Volume
    season: int
    as_of: datetime
    known: Registered
    said: Said
    evaluators: Sequence[Evaluator]
    schedules: Sequence[tuple[StoredSchedule, Sequence[ScheduledLine]]]
    contacts: Sequence[Contact]
    scopes: Collection[str]

    def plan(self) -> OnePlantOnePlan:
        head, tree = self.known.enterprise.head, self.known.tree
        facts = FACTS in self.scopes
        return OnePlantOnePlan(
            enterprise_id=head.id,
            code=head.code,
            name=head.name,
            uscc=head.uscc,
            region=head.region,
            gbt4754=head.gbt4754,
            season=self.season,
            day=self.volume.day.isoformat(),
            as_of=moment(self.as_of),
            filing_no=self._of(tree, "response_plan_filing_no"),
            supervising_unit=self._of(tree, "supervising_unit"),
            sites=tuple(self._site(one) for one in self.known.enterprise.sites),
            lines=tuple(self._line(one, planned=planned) for one, planned in self._described()),
            units=tuple(self._unit(one) for one in self.known.enterprise.units),
            persons=(*self._contacts(), *(self._persons(tree) if facts else ())),
            facts=tuple(self._facts(tree)) if facts else (),
            withheld=tuple(scope for scope in (FACTS, EXEMPTIONS, CONTACTS) if scope not in self.scopes),
            sources=tuple(self._sources()),
        )

    def _of(self, subject: Subject, fact: str) -> str | None:
        span = span_at(subject["facts"].get(fact, []), self.volume.day.isoformat())
        return None if span is None else value_text(self.volume.catalogue[fact], span["value"], self.volume.language)

    def _entry(self, subject: Subject, fact: str) -> PlantEntry:
        label = fact_label(self.volume.catalogue[fact], self.volume.language)
        return PlantEntry(label=label, value=self._of(subject, fact) or UNKNOWN[self.volume.language])

    def _site(self, site: Site) -> PlantSite:
        subject = next(one for one in self.known.tree["children"] if one["id"] == str(site.id))
        return PlantSite(
            code=site.code,
            name=site.name,
            region=site.region,
            address=site.address,
            longitude=None if site.longitude is None else f"{site.longitude:f}",
            latitude=None if site.latitude is None else f"{site.latitude:f}",
            transport=tuple(self._entry(subject, fact) for fact in TRANSPORT),
        )

    def _unit(self, unit: Unit) -> PlantUnit:
        language = self.volume.language
        place = 0 if language == "zh" else 1
        lines = {one.id: one.code for one in self.known.enterprise.lines}
        processes = {one.id: one.name for one in self.known.enterprise.processes}
        kind = vocabulary()["unit_kinds"].get(unit.kind or "")
        span = span_at(self._subject(str(unit.id))["facts"].get(ROLE, []), self.volume.day.isoformat())
        return PlantUnit(
            line_code=lines[unit.line],
            code=unit.code,
            name=unit.name,
            kind=UNKNOWN[language] if kind is None else (kind.zh, kind.en)[place],
            process=None if unit.process is None else processes[unit.process],
            role=ROLES[None if span is None else str(span["value"])][place],
        )

    def _subject(self, subject_id: str) -> Subject:
        return next(one for one in below(self.known.tree) if one["id"] == subject_id)

    def _described(self) -> Iterator[tuple[Described, bool]]:
        """Every line, or what of it is planned by itself, in the order of the register, and whether it is planned."""
        planned = [one for _, lines in self.schedules for one in lines]
        apart = frozenset(one.resource.id for one in planned)
        for line in self.known.enterprise.lines:
            own = [one for one in planned if one.resource.line_id == str(line.id)]
            for one in own or [self._unscheduled(str(line.id))]:
                yield Described(book=self.volume, line=one, known=self.known, said=self.said, apart=apart), bool(own)

    def _unscheduled(self, line_id: str) -> ScheduledLine:
        """A line that no schedule in force plans: its emission is what is on record of it on the day."""
        site, line = next(
            (site, line) for site in self.known.tree["children"] for line in site["children"] if line["id"] == line_id
        )
        day = self.volume.day.isoformat()
        spans = {one: span_at(line["facts"].get(f"{one}_emission_t_d", []), day) for one in POLLUTANTS}
        emission: dict[str, float] = {
            one: float(span["value"])
            for one, span in spans.items()
            if span is not None and isinstance(span["value"], int | float)
        }
        resource = Resource(
            id=line_id,
            label=line["name"],
            enterprise_id=self.known.tree["id"],
            site_id=site["id"],
            line_id=line_id,
            region=site.get("region") or "",
            industry=line.get("industry"),
            emission_t_d=emission,
        )
        return ScheduledLine(position=0, resource=resource, stretches=())

    def _line(self, one: Described, *, planned: bool) -> PlantLine:
        exempt = EXEMPTIONS in self.scopes
        through = one.exempt_through if exempt else None
        return PlantLine(
            subject_id=UUID(one.line.resource.id),
            site_code=one.site_code,
            code="" if one.own is None else one.own.code,
            name="" if one.own is None else one.own.name,
            planned_as=one.line.resource.label,
            industry=industry(one.line.resource.industry, self.volume.language),
            product=one.fact("main_product"),
            capacity_t_d=one.capacity,
            processes=one.processes,
            equipment=one.equipment,
            energy=tuple(self._energy(one)),
            emits=_amounts(one.line.resource.emission_t_d),
            performance_grade=one.fact("performance_grade"),
            grade_basis=one.paper("performance_grade"),
            classes=one.said.classes(one.ids),
            class_clauses=one.said.class_clauses(one.ids),
            lacking=tuple(self._lacking(one)),
            season_measures=one.season.measures,
            season_clauses=one.said.season_clauses(one.ids),
            calendar=tuple(window(each, self.volume.language) for each in one.line.stretches),
            stop_days=stop_days(one.line.stop_hours) if planned else None,
            calendar_clauses=self._clauses(one),
            emergency=tuple(self._emergency(one, colour) for colour in COLOURS),
            checked_by=one.checked_by or UNKNOWN[self.volume.language],
            production_meters=one.meters("production"),
            treatment_meters=one.meters("treatment"),
            main_meters=one.meters("main"),
            online_monitoring=one.fact(ONLINE) or UNKNOWN[self.volume.language],
            holding_load=one.fact("safe_holding_load_kw") or one.fact("safe_holding_load_pct"),
            exemption=one.exempt_by if exempt else None,
            exempt_through=None if through is None else through.isoformat(),
        )

    def _energy(self, one: Described) -> Iterator[PlantEntry]:
        for fact in ENERGY:
            label = fact_label(self.volume.catalogue[fact], self.volume.language)
            yield PlantEntry(label=label, value=one.fact(fact) or UNKNOWN[self.volume.language])

    def _clauses(self, one: Described) -> str:
        packs = {each.pack.name: each.pack for each in self.evaluators}
        return each_once(f"{each.provision} {each.place}".strip() for each in cited(one.line.clauses.values(), packs))

    def _lacking(self, one: Described) -> Iterator[PlantLacking]:
        evaluators = {each.pack.name: each for each in self.evaluators}
        for decision in self.said.decisions:
            if decision.bound.subject["id"] not in one.ids:
                continue
            told = decision_document(decision, evaluators[decision.pack.name], self.volume.language)
            for better in told["better_classes"]:
                yield PlantLacking(
                    plan=decision.pack.title[self.volume.language],
                    stagger_class=better["stagger_class"],
                    rule=better["rule"],
                    measure=better["measure"],
                    conditions=tuple(dict.fromkeys(each["condition"] for each in better["lacking"])),
                )

    def _emergency(self, one: Described, colour: str) -> PlantEmergency:
        channel = one.warning(colour)
        items = self.said.warnings[colour].items
        own = None if items is None else [each for each in items if each.subject_id in one.ids]
        return PlantEmergency(
            colour=colour,
            measures=channel.measures,
            cut_pct=channel.cut_pct,
            cap_pct=channel.cap_pct,
            stop_hours=channel.stop_hours,
            reduced=_reduced(one, None if own is None else share_kept_back(own, one.line.resource.id)),
        )

    def _contacts(self) -> Iterator[PlantPerson]:
        for one in self.contacts:
            if one.name is not None:
                role = self.volume.either(*ROLES_OF_CONTACTS[one.role])
                yield PlantPerson(role=f"{role} {one.office or ''}".strip(), name=one.name, phone=one.phone)

    def _persons(self, tree: Subject) -> Iterator[PlantPerson]:
        for zh, en, name, phone in PERSONS:
            called = self._of(tree, name)
            if called is not None:
                number = None if phone is None else self._of(tree, phone)
                yield PlantPerson(role=self.volume.either(zh, en), name=called, phone=number)

    def _facts(self, tree: Subject) -> Iterator[PlantFact]:
        day = self.volume.day.isoformat()
        for subject in below(tree):
            for fact in sorted(subject["facts"]):
                span, spec = span_at(subject["facts"][fact], day), self.volume.catalogue.find(fact)
                if span is not None:
                    yield PlantFact(
                        subject=f"{subject['code']} {subject['name']}",
                        fact=fact,
                        label=fact if spec is None else fact_label(spec, self.volume.language),
                        value=value_text(spec, span["value"], self.volume.language) or "",
                        since=beginning(span),
                        document=span.get("document"),
                        verified=span["verified"],
                    )

    def _sources(self) -> Iterator[str]:
        at = moment(self.as_of)
        plans = each_once(f"{one.pack.name} {one.pack.version}" for one in self.evaluators)
        names = each_once(schedule_name(one) for one, _ in self.schedules)
        none = self.volume.either("无", "none")
        yield self.volume.either(
            f"事实与证据：截至 {at} 已登记的申报，{self.volume.day} 当日有效者；级别与措施：方案 {plans or none} 据此所定。",
            f"Facts and evidence: assertions on record at {at} that hold on {self.volume.day}; classes and measures: what "
            f"{plans or none} says of them.",
        )
        yield self.volume.either(
            f"生产安排：截至该时点现行的已发布排期（{names or none}）。应急减排量：登记的正常生产日排放量与措施的停、减比例；"
            "措施未定或排放量未登记的为未知。",
            f"Calendar: the published schedules in force at that instant ({names or none}). Reductions under a warning: normal "
            "days' emission on record and the share that is stopped or cut; unknown where either is not settled.",
        )
        yield self.volume.either(
            "原辅材料、工艺流程图未在登记之内。名称与结构为现行登记；其余以同一 as_of 与 day 再取，结果相同。",
            "Raw materials and process diagrams are not in the register. Names and structure are those registered now; "
            "everything else comes out the same for the same as_of and day.",
        )


def below(subject: Subject) -> Iterator[Subject]:
    """A subject and everything below it."""
    yield subject
    for child in subject["children"]:
        yield from below(child)


def share_kept_back(items: Iterable[OrderItem], resource_id: str) -> float | None:
    """The part of a day's production that the strictest of some measures stops or cuts; None where that is not settled.

    What binds a part of the line only is a share of the line that nobody knows.
    """
    shares = [0.0]
    for one in items:
        if one.open is None and one.kind in KEEPS_NOTHING_BACK:
            continue
        share = None if one.open is not None else _share(one)
        if share is None or (one.subject_level in {"unit", "process"} and one.subject_id != resource_id):
            return None
        shares.append(share)
    return max(shares)


def _share(one: OrderItem) -> float | None:
    numbers = {name: float(text) / 100 for name, text in one.numbers.items() if name.endswith("_pct")}
    if "cut_pct" in numbers:
        return numbers["cut_pct"]
    if "cap_pct" in numbers:
        return 1 - numbers["cap_pct"]
    return numbers.get("stop_share_pct", 1.0) if one.kind == "stop" else None


def _reduced(one: Described, share: float | None) -> tuple[PlantAmount, ...]:
    """By the tally of schedules, for one day at that share."""
    if share is None:
        return tuple(PlantAmount(pollutant=each, t_d=None) for each in POLLUTANTS)
    day = one.day
    stretch = Stretch(from_at=midnight(day), until_at=midnight(day + ONE_DAY), kind="limit", share=1 - share)
    tally = Tally(first=day, end=day + ONE_DAY)
    tally.add(replace(one.line, stretches=(stretch,)))
    known = one.line.resource.emission_t_d
    return _amounts({each: sums.reduced for each, sums in tally.whole.items() if each in known})


def _amounts(known: Mapping[str, float]) -> tuple[PlantAmount, ...]:
    return tuple(PlantAmount(pollutant=each, t_d=exact(known[each]) if each in known else None) for each in POLLUTANTS)
