"""One line as printed documents tell of it: what the register holds of it on a day, and what the plans say."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from functools import cached_property

from app.documents.plant_wording import equipment_text, processes_text, role_on
from app.documents.schedule_channels import Channel, Said
from app.documents.wording import each_once, exact, number_text, value_text
from app.domain.acts.effects import Effect
from app.domain.decisions.subjects import FactSpan, Subject, span_at
from app.domain.enterprises.structure import Enterprise, Line, MeterKind
from app.domain.errors import Language
from app.domain.exemptions.entries import Entry
from app.domain.periods import ONE_DAY
from app.domain.policies.facts import Catalogue
from app.domain.quantities import Pollutant
from app.domain.schedules.lines import ScheduledLine

UNKNOWN: Mapping[Language, str] = {"zh": "未知", "en": "unknown"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Registered:
    """An enterprise: its structure, its tree with facts, the acts that bear on it by plan, and its places on lists.

    `listed` are entries of exemption lists by the facts they made true.
    """

    enterprise: Enterprise
    tree: Subject
    acts: Mapping[str, Sequence[Effect]] = field(default_factory=dict)
    listed: Mapping[str, Entry] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Volume:
    """What all lines of a document have in common: the facts it may name, the language, and the day it tells of."""

    catalogue: Catalogue
    language: Language
    day: date

    def either(self, zh: str, en: str) -> str:
        return zh if self.language == "zh" else en


@dataclass(frozen=True, kw_only=True)
class Described:
    """A line, or a part of it that stops by itself, as the register describes it; what is `apart` is described by itself."""

    book: Volume
    line: ScheduledLine
    known: Registered
    said: Said
    apart: Collection[str]

    @property
    def day(self) -> date:
        return self.book.day

    @cached_property
    def own(self) -> Line | None:
        return next((one for one in self.known.enterprise.lines if str(one.id) == self.line.resource.line_id), None)

    @cached_property
    def site_code(self) -> str:
        sites = self.known.enterprise.sites
        return next((one.code for one in sites if str(one.id) == self.line.resource.site_id), "")

    @cached_property
    def parts(self) -> tuple[Subject, ...]:
        """The processes and units that stop with it: itself and what stands in it, without what is planned apart."""
        one = self.line.resource
        line = next((each for each in self.chain if each["id"] == one.line_id), None)
        below = [] if line is None else line["children"]
        of_process = {each["code"]: each["id"] for each in below if each["level"] == "process"}
        return tuple(each for each in below if self._stops_with(each, of_process) == one.id)

    def _stops_with(self, part: Subject, of_process: Mapping[str, str]) -> str:
        """The resource a part of the line belongs to: itself, its process, or the line."""
        process = of_process.get(part.get("process") or "")
        found = (each for each in (part["id"], process) if each is not None and each in self.apart)
        return next(found, self.line.resource.line_id)

    @cached_property
    def chain(self) -> tuple[Subject, ...]:
        """Itself and everything it stands on, nearest first."""
        one, tree = self.line.resource, self.known.tree
        for site in tree["children"]:
            for line in site["children"]:
                if line["id"] == one.line_id:
                    part = [each for each in line["children"] if each["id"] == one.id]
                    return (*part, line, site, tree)
        return (tree,)

    @cached_property
    def ids(self) -> frozenset[str]:
        return frozenset(each["id"] for each in (*self.parts, *self.chain))

    def span(self, name: str) -> FactSpan | None:
        """What is said of it, else of its line, its site, or the enterprise."""
        day = self.day.isoformat()
        found = (span_at(subject["facts"].get(name, []), day) for subject in self.chain)
        return next((span for span in found if span is not None), None)

    def fact(self, name: str) -> str | None:
        span = self.span(name)
        return None if span is None else value_text(self.book.catalogue[name], span["value"], self.book.language)

    def number(self, name: str) -> str | None:
        """A number without its unit, which stands in the header."""
        span = self.span(name)
        value = None if span is None else span["value"]
        return number_text(value) if isinstance(value, int | float) else None

    def paper(self, name: str) -> str | None:
        """The document behind a fact."""
        span = self.span(name)
        return None if span is None else span.get("document")

    @property
    def processes(self) -> str:
        return processes_text((each for each in self.parts if each["level"] == "process"), self.book.language)

    @property
    def equipment(self) -> str:
        return equipment_text(self._units, self.day, self.book.language)

    def units(self, role: str) -> int:
        return sum(role_on(unit, self.day) == role for unit in self._units)

    @property
    def _units(self) -> Iterator[Subject]:
        return (each for each in self.parts if each["level"] == "unit")

    def meters(self, kind: MeterKind) -> str:
        """Those of what stops with it; main meters are the site's too."""
        found = (one.code for one in self.known.enterprise.meters if one.kind == kind and str(one.subject) in self.ids)
        return each_once(found)

    @property
    def checked_by(self) -> str:
        """How it is checked: as the register says, else by the meters and the monitoring it has."""
        said = self.fact("check_method")
        if said is not None:
            return said
        monitored = self.span("online_monitoring_connected")
        found = (
            self.book.either("用电量", "electricity") if self.meters("production") or self.meters("main") else "",
            self.book.either("在线监测", "online monitoring") if monitored and monitored["value"] is True else "",
        )
        return each_once(found)

    def pollutants(self, names: Mapping[Pollutant, str]) -> str:
        """Those it is known to emit."""
        emitted = self.line.resource.emission_t_d
        return each_once(self.book.either(zh, name) for name, zh in names.items() if emitted.get(name))

    @property
    def capacity(self) -> str | None:
        t_d = self.line.resource.capacity_t_d
        return None if t_d is None else exact(t_d)

    def normal(self, pollutant: Pollutant) -> str:
        return self._tonnes(self.line.resource.emission_t_d.get(pollutant))

    def _tonnes(self, value: float | None) -> str:
        return UNKNOWN[self.book.language] if value is None else exact(value)

    @cached_property
    def season(self) -> Channel:
        return self.said.season(self.ids)

    def warning(self, colour: str) -> Channel:
        return self.said.warnings[colour].of(self.ids, names={each["id"]: each["name"] for each in self.parts})

    @cached_property
    def exemption(self) -> tuple[Entry, FactSpan] | None:
        """The place on an exemption list that it, or what it stands on, has on the day."""
        day = self.day.isoformat()
        for subject in self.chain:
            for spans in subject["facts"].values():
                span = span_at(spans, day)
                entry = None if span is None else self.known.listed.get(span["assertion"])
                if span is not None and entry is not None:
                    return entry, span
        return None

    @property
    def exempt_by(self) -> str | None:
        if self.exemption is None:
            return None
        entry, _ = self.exemption
        spec = self.book.catalogue.find(entry.fact)
        label = entry.fact if spec is None else self.book.either(spec.zh, spec.en)
        return f"{entry.rule} {label}"

    @property
    def exempt_on(self) -> str | None:
        """The papers the entry stands on."""
        if self.exemption is None:
            return None
        return each_once(one.reference for one in self.exemption[0].evidence)

    @property
    def exempt_through(self) -> date | None:
        ends = None if self.exemption is None else self.exemption[1]["to"]
        return None if ends is None else date.fromisoformat(ends) - ONE_DAY
