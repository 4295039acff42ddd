"""One plant's plan as a body: the document with its field names, every text in the language asked for."""

from dataclasses import asdict
from uuid import UUID

from app.api.bodies import AnswerBody
from app.documents.reports.plant import PlantPlan
from app.domain.quantities import Pollutant


class PlantEntryOut(AnswerBody):
    """A label with what is on record of it."""

    label: str
    value: str


class PlantAmount(AnswerBody):
    """Tonnes of a pollutant a day; null is not known."""

    pollutant: Pollutant
    t_d: str | None


class PlantSiteOut(AnswerBody):
    """A place of production and its transport."""

    code: str
    name: str
    region: str
    address: str | None
    longitude: str | None
    latitude: str | None
    transport: list[PlantEntryOut]


class PlantUnitOut(AnswerBody):
    """A piece of equipment, running or standby."""

    line_code: str
    code: str
    name: str
    kind: str
    process: str | None
    role: str


class PlantLacking(AnswerBody):
    """What a better class of a plan still needs."""

    plan: str
    stagger_class: str
    rule: str
    measure: str
    conditions: list[str]


class PlantEmergency(AnswerBody):
    """What a warning of a colour demands, and what it keeps back of a normal day."""

    colour: str
    measures: str
    cut_pct: str
    cap_pct: str
    stop_hours: str
    reduced: list[PlantAmount]


class PlantLineOut(AnswerBody):
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
    energy: list[PlantEntryOut]
    emits: list[PlantAmount]
    performance_grade: str | None
    grade_basis: str | None
    classes: str
    class_clauses: str
    lacking: list[PlantLacking]
    season_measures: str
    season_clauses: str
    calendar: list[str]
    stop_days: str | None
    calendar_clauses: str
    emergency: list[PlantEmergency]
    checked_by: str
    production_meters: str
    treatment_meters: str
    main_meters: str
    online_monitoring: str
    holding_load: str | None
    exemption: str | None
    exempt_through: str | None


class PlantPerson(AnswerBody):
    """Somebody who answers for the enterprise, or for the authority that looks after it."""

    role: str
    name: str
    phone: str | None


class PlantFact(AnswerBody):
    """A fact with its evidence."""

    subject: str
    fact: str
    label: str
    value: str
    since: str | None
    document: str | None
    verified: bool


class OnePlantOnePlan(AnswerBody):
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
    sites: list[PlantSiteOut]
    lines: list[PlantLineOut]
    units: list[PlantUnitOut]
    persons: list[PlantPerson]
    facts: list[PlantFact]
    withheld: list[str]
    sources: list[str]


def plan_out(plan: PlantPlan) -> OnePlantOnePlan:
    return OnePlantOnePlan.model_validate(asdict(plan))
