"""Inspections: what people of the authority saw on a visit, as good as a meter and corrected only by another visit."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any, Literal
from uuid import UUID

from app.domain.access import Origin
from app.domain.enterprises.structure import Enterprise
from app.domain.errors import Conflict, FieldError, Invalid, NotFound
from app.domain.evidence import Evidence
from app.domain.periods import civil_day

FindingKind = Literal[
    "furnace_warm", "unit_running", "unit_stopped", "units_running", "meter_reading", "treatment_off", "other"
]
FINDING_KINDS: dict[str, tuple[str, str]] = {
    "furnace_warm": ("炉体尚热", "the furnace is still warm"),
    "unit_running": ("在运行", "running"),
    "unit_stopped": ("已停运", "stopped"),
    "units_running": ("若干台在运行", "so many of them running"),
    "meter_reading": ("电表读数", "meter reading"),
    "treatment_off": ("治理设施未运行", "treatment is off"),
    "other": ("其他", "other"),
}
# Treatment has to run on while a kiln cools, so that its running says nothing about production.
BESIDE_PRODUCTION = frozenset({"treatment", "vehicle_wash"})
# A boiler may heat homes while everything else of its line stands still (L12-03, L12-54).
FOR_ITSELF = frozenset({"boiler"})


class InspectionUnknown(NotFound):
    code = "inspection_unknown"
    zh = "没有此检查记录，或不在您的管辖范围内。"
    en = "There is no such inspection, or it lies outside what you may see."


class InspectionInvalid(Invalid):
    code = "inspection_invalid"
    zh = "检查记录不符合要求，详见 errors。"
    en = "The inspection does not fit; see errors."


class InspectionCorrected(Conflict):
    code = "inspection_corrected"
    zh = "该检查记录已被更正；请更正最近的一份（{by}）。"
    en = "This inspection has been corrected; correct the one that took its place ({by})."


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One thing that was seen: of what, when, and as a number or in words where its kind asks for them.

    `runs_for` are the subjects at which this finding shows that production was running.
    """

    subject_id: UUID
    kind: FindingKind
    at: datetime
    value: Decimal | None = None
    unit: str | None = None
    meter: str | None = None
    count: int | None = None
    total: int | None = None
    text: str | None = None
    runs_for: tuple[UUID, ...] = ()

    @property
    def runs(self) -> bool:
        """Whether production ran: a warm furnace may be cooling down, and one reading of a meter is no consumption."""
        return self.kind == "unit_running" or (self.kind == "units_running" and bool(self.count))

    def as_json(self) -> dict[str, Any]:
        return {
            "subject_id": str(self.subject_id),
            "kind": self.kind,
            "at": self.at.isoformat(),
            "value": None if self.value is None else str(self.value),
            "unit": self.unit,
            "meter": self.meter,
            "count": self.count,
            "total": self.total,
            "text": self.text,
            "runs_for": [str(one) for one in self.runs_for],
        }

    @classmethod
    def of_json(cls, stored: Mapping[str, Any]) -> "Finding":
        return cls(
            **{
                **stored,
                "subject_id": UUID(stored["subject_id"]),
                "at": datetime.fromisoformat(stored["at"]),
                "value": None if stored["value"] is None else Decimal(stored["value"]),
                "runs_for": tuple(UUID(one) for one in stored["runs_for"]),
            }
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Inspection:
    """A visit, who made it and what was seen; one that `corrects` another takes its place."""

    id: UUID
    enterprise_id: UUID
    subject_id: UUID
    from_at: datetime
    until_at: datetime
    inspectors: tuple[str, ...]
    findings: tuple[Finding, ...]
    evidence: tuple[Evidence, ...]
    corrects: UUID | None
    reason: str | None
    known_at: datetime
    recorded_by: Origin
    # The one that took its place, as known at the instant asked about.
    corrected_by: UUID | None = None


def standing(inspections: Iterable[Inspection]) -> list[Inspection]:
    """Those that no other of them corrects."""
    known = list(inspections)
    replaced = {one.corrects for one in known}
    return [one for one in known if one.id not in replaced]


def runs_on(inspections: Iterable[Inspection], subject_id: UUID, day: date) -> list[Finding]:
    """The findings that show production running on a subject on a civil day; a unit that runs, runs for its line."""
    return [
        finding
        for inspection in standing(inspections)
        for finding in inspection.findings
        if subject_id in finding.runs_for and civil_day(finding.at) == day
    ]


def running_for(finding: Finding, enterprise: Enterprise) -> tuple[UUID, ...]:
    """Where a finding shows that production was running: its subject and everything that stands above it."""
    kinds = {unit.id: unit.kind for unit in enterprise.units} | {one.id: one.kind for one in enterprise.processes}
    kind = kinds.get(finding.subject_id)
    if not finding.runs or kind in BESIDE_PRODUCTION:
        return ()
    return (finding.subject_id,) if kind in FOR_ITSELF else enterprise.chain(finding.subject_id)


def refuse_misfits(inspection: Inspection, enterprise: Enterprise) -> None:
    """Raises InspectionInvalid with everything that is wrong: days, subjects, numbers, meters."""
    errors = [*_visit(inspection)]
    meters = {meter.code for meter in enterprise.meters}
    for index, finding in enumerate(inspection.findings):
        here = f"/findings/{index}"
        if inspection.subject_id not in enterprise.chain(finding.subject_id):
            errors.append(_elsewhere(here))
        if not inspection.from_at <= finding.at <= inspection.until_at:
            errors.append(
                FieldError(
                    pointer=f"{here}/at",
                    code="outside_visit",
                    zh="须在检查的起止时间之内。",
                    en="A finding lies between the beginning and the end of the visit.",
                )
            )
        errors += _numbers(finding, here)
        if finding.meter is not None and finding.meter not in meters:
            errors.append(
                FieldError(
                    pointer=f"{here}/meter",
                    code="meter_unknown",
                    zh="该企业没有登记此编码的电表；请先登记，或留空。",
                    en="The enterprise has no meter of this code; register it first, or leave it out.",
                )
            )
    if errors:
        raise InspectionInvalid(errors=errors)


def _visit(inspection: Inspection) -> Iterator[FieldError]:
    if inspection.until_at <= inspection.from_at:
        yield FieldError(
            pointer="/until_at",
            code="empty_visit",
            zh="结束时间须晚于开始时间。",
            en="The visit ends after it begins.",
        )
    if inspection.until_at > inspection.known_at:
        yield FieldError(
            pointer="/until_at",
            code="not_over",
            zh="检查结束后才能登记。",
            en="A visit is recorded when it is over.",
        )


def _elsewhere(here: str) -> FieldError:
    return FieldError(
        pointer=f"{here}/subject_id",
        code="subject_elsewhere",
        zh="不属于被检查的企业、厂区、生产线或设备。",
        en="This is not part of what was visited.",
    )


# What each kind of finding has to carry besides its subject and time.
_ASKED: Mapping[FindingKind, tuple[str, ...]] = {
    "units_running": ("count", "total"),
    "meter_reading": ("value", "unit"),
    "other": ("text",),
}
_ONLY_FOR: Mapping[str, FindingKind] = {
    "count": "units_running",
    "total": "units_running",
    "value": "meter_reading",
    "unit": "meter_reading",
    "meter": "meter_reading",
}


def _numbers(finding: Finding, here: str) -> Iterator[FieldError]:
    for name in _ASKED.get(finding.kind, ()):
        if getattr(finding, name) is None:
            yield FieldError(
                pointer=f"{here}/{name}",
                code="missing",
                zh="此类发现须填写该项。",
                en="This kind of finding needs this field.",
            )
    for name, kind in _ONLY_FOR.items():
        if finding.kind != kind and getattr(finding, name) is not None:
            yield FieldError(
                pointer=f"{here}/{name}",
                code="not_asked",
                zh="此类发现不填该项。",
                en="This kind of finding does not take this field.",
            )
    if finding.count is not None and finding.total is not None and finding.count > finding.total:
        yield FieldError(
            pointer=f"{here}/count",
            code="more_than_all",
            zh="运行台数不能多于总台数。",
            en="No more can run than there are.",
        )
