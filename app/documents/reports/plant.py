"""One plant, one plan (一企一策): the shape of the document, in the texts of one language, alike in every form.

What the reader may not see is withheld and named as withheld; what nobody put on record is unknown and said so.
"""

from dataclasses import dataclass
from uuid import UUID

from app.domain.quantities import Pollutant

# The scope without which those to be called are left out.
CONTACTS = "contacts:read"


@dataclass(frozen=True, slots=True, kw_only=True)
class PlantEntry:
    """A label with what is on record of it; the value says so where nothing is."""

    label: str
    value: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PlantAmount:
    """Tonnes of a pollutant a day; null is not known."""

    pollutant: Pollutant
    t_d: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class PlantSite:
    """A place of production and its transport."""

    code: str
    name: str
    region: str
    address: str | None
    longitude: str | None
    latitude: str | None
    transport: tuple[PlantEntry, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class PlantUnit:
    """A piece of equipment, running or standby."""

    line_code: str
    code: str
    name: str
    kind: str
    process: str | None
    role: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PlantLacking:
    """What a better class of a plan still needs."""

    plan: str
    stagger_class: str
    rule: str
    measure: str
    conditions: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class PlantEmergency:
    """What a warning of a colour demands, and what it keeps back of a normal day."""

    colour: str
    measures: str
    cut_pct: str
    cap_pct: str
    stop_hours: str
    reduced: tuple[PlantAmount, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class PlantLine:
    """A line, or a part of it that stops by itself; without `stop_days` it is in no schedule in force."""

    subject_id: UUID
    site_code: str
    code: str
    name: str
    planned_as: str
    industry: str
    product: str | None
    capacity_t_d: str | None
    processes: str
    equipment: str
    energy: tuple[PlantEntry, ...]
    emits: tuple[PlantAmount, ...]
    performance_grade: str | None
    grade_basis: str | None
    classes: str
    class_clauses: str
    lacking: tuple[PlantLacking, ...]
    season_measures: str
    season_clauses: str
    calendar: tuple[str, ...]
    stop_days: str | None
    calendar_clauses: str
    emergency: tuple[PlantEmergency, ...]
    checked_by: str
    production_meters: str
    treatment_meters: str
    main_meters: str
    online_monitoring: str
    holding_load: str | None
    exemption: str | None
    exempt_through: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class PlantPerson:
    """Somebody who answers for the enterprise, or for the authority that looks after it."""

    role: str
    name: str
    phone: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class PlantFact:
    """A fact with its evidence."""

    subject: str
    fact: str
    label: str
    value: str
    since: str | None
    document: str | None
    verified: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class OnePlantOnePlan:
    """一企一策; `withheld` names the scopes without which persons, facts or exemptions are left out."""

    enterprise_id: UUID
    code: str
    name: str
    uscc: str | None
    region: str
    gbt4754: str | None
    season: int
    day: str
    as_of: str
    filing_no: str | None
    supervising_unit: str | None
    sites: tuple[PlantSite, ...]
    lines: tuple[PlantLine, ...]
    units: tuple[PlantUnit, ...]
    persons: tuple[PlantPerson, ...]
    facts: tuple[PlantFact, ...]
    withheld: tuple[str, ...]
    sources: tuple[str, ...]
