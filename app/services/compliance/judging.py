"""judging: some enterprises with their readings, assessed: verdicts as bytes, baselines and findings as documents."""

import hashlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any
from uuid import UUID

import numpy as np
import orjson
from numpy.typing import NDArray

from app.documents.dossiers import (
    baseline_documents,
    baselines_of,
    canonical,
    digest,
    usual_document,
    usual_of,
)
from app.domain.compliance.assessing import OF_LINKS, OF_METERS, Asked, Assessed, assess
from app.domain.compliance.baselines import Baselines
from app.domain.compliance.basing import baselines, held
from app.domain.compliance.calendar import WorkCalendar
from app.domain.compliance.days import subject_days
from app.domain.compliance.dossier import CHECKS, DAY_BYTES, Dossier, Terms
from app.domain.compliance.explaining import finding
from app.domain.compliance.findings import Finding, Verdict
from app.domain.compliance.metering import Block, TreatmentLink, read
from app.domain.compliance.thresholds import Thresholds
from app.domain.compliance.treatment import Usual, usual_treatment

Codes = NDArray[np.uint8]
PLACES = {check: 1 + place for place, check in enumerate(CHECKS)}


@dataclass(frozen=True, slots=True, kw_only=True)
class Yard:
    """What everybody is measured by: the terms with their hash, and the data they name."""

    terms: Terms
    digest: bytes
    thresholds: Thresholds
    calendar: WorkCalendar


@dataclass(frozen=True, slots=True, kw_only=True)
class Based:
    """Baselines of the meters of a block and of their treatment, with the documents they are kept as."""

    found: Baselines
    usual: Usual | None
    of_meters: tuple[bytes, ...]
    of_links: tuple[bytes, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class FindingDocument:
    """A finding as it is stored: its document holds everything that reproduces it."""

    finding: Finding
    document: bytes
    hash: bytes


@dataclass(slots=True, kw_only=True, eq=False)
class Judged:
    """What became of one subject: codes by day and check, the baselines behind them, and what is not compliant."""

    enterprise_id: UUID
    codes: Codes  # days x DAY_BYTES
    inputs: Any
    parts: list[bytes] = field(default_factory=list)
    findings: list[FindingDocument] = field(default_factory=list)


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """A block of meters all alike, the dossiers they belong to under their hashes, and who gets a verdict."""

    block: Block
    dossiers: Mapping[UUID, tuple[Dossier, bytes]]
    subjects: frozenset[UUID]

    @property
    def links(self) -> tuple[TreatmentLink, ...]:
        known = [one.id for one in self.block.meters]
        every = (link for one, _ in self.dossiers.values() for link in one.links_of(known))
        return tuple(one for one in every if set(one.treatment) <= set(known))

    @property
    def asked(self) -> Asked:
        return Asked(
            demands={subject: some for one, _ in self.dossiers.values() for subject, some in one.demands.items()},
            excuses={subject: some for one, _ in self.dossiers.values() for subject, some in one.excuses.items()},
            links=self.links,
        )


def based(block: Block, case: Case, yard: Yard) -> Based:
    """Baselines from a block that covers their window, for the meters of a case."""
    asked = case.asked
    warned = {subject: some for one, _ in case.dossiers.values() for subject, some in one.warned.items()}
    back = held(block, demands=asked.demands, excuses=asked.excuses, warned=warned)
    found = baselines(block, yard.terms.method, back, thresholds=yard.thresholds, calendar=yard.calendar)
    usual = usual_treatment(block, found, asked.links, yard.thresholds) if asked.links else None
    documents = baseline_documents(found, block.meters)
    of_links = () if usual is None else tuple(usual_document(one, usual, at) for at, one in enumerate(asked.links))
    return Based(found=found, usual=usual, of_meters=documents, of_links=of_links)


def based_again(case: Case, documents: Sequence[bytes], calendar: WorkCalendar) -> Based:
    """The baselines of a case from what was kept: its meters' in order, then its links'."""
    count = len(case.block.meters)
    stored = [orjson.loads(one) for one in documents]
    links = stored[count:]
    return Based(
        found=baselines_of(stored[:count], slots=case.block.slots, calendar=calendar),
        usual=usual_of(links) if links else None,
        of_meters=tuple(documents[:count]),
        of_links=tuple(documents[count:]),
    )


def judged(case: Case, basis: Based, yard: Yard) -> dict[UUID, Judged]:
    """Every subject of a case, day by day."""
    found = assess(
        case.block, basis.found, case.asked, thresholds=yard.thresholds, calendar=yard.calendar, usual=basis.usual
    )
    marks = _Marks(found, case, basis, yard)
    told = {one: marks.judged(one) for one in _in_order(case)}
    for check, row, day in found.told(Verdict.DECLARED_EXCEPTION):
        _add(told, marks, finding(found, check, row, day))
    for subject in marks.unmetered():
        for of_day in subject_days(found, [subject], range(len(case.block.days))):
            for one in of_day.findings:
                if one.verdict >= Verdict.DECLARED_EXCEPTION and not _exempt(found, subject, one.day):
                    told[subject].codes[(one.day - case.block.first_day).days, PLACES["other"]] = one.verdict
                    _add(told, marks, one)
    for judgement in told.values():
        judgement.codes[:, 0] = judgement.codes[:, 1:].max(axis=1)
    return told


def merge(results: dict[UUID, Judged], more: Mapping[UUID, Judged]) -> None:
    """A subject with meters of several kinds of days has the gravest of their verdicts."""
    for subject, one in more.items():
        known = results.get(subject)
        if known is None:
            results[subject] = one
        else:
            known.codes = np.maximum(known.codes, one.codes)
            known.parts += one.parts
            known.findings += one.findings
            known.inputs = digest(known.inputs + one.inputs)


def _readings(wh: NDArray[Any], quality: Codes) -> bytes:
    """Over the readings of a meter; they are most of what is hashed, and this hash is the fastest of its strength."""
    told = hashlib.blake2b(np.ascontiguousarray(wh, dtype=f"<i{wh.dtype.itemsize}").data, digest_size=32)
    told.update(np.ascontiguousarray(quality).data)
    return told.digest()


def _in_order(case: Case) -> Iterator[UUID]:
    for one, _ in case.dossiers.values():
        yield from (subject for subject in one.judged if subject in case.subjects)


def _exempt(found: Assessed, subject: UUID, day: date) -> bool:
    return any(one.kind == "exempt" and one.holds_on(day) for one in found.asked.excuses.get(subject, ()))


def _add(told: Mapping[UUID, Judged], marks: "_Marks", one: Finding) -> None:
    if one.subject_id in told:
        told[one.subject_id].findings.append(marks.document(one))


@dataclass(slots=True)
class _Marks:
    """What the documents of a case name: hashes of dossiers, baselines and readings."""

    found: Assessed
    case: Case
    basis: Based
    yard: Yard
    rows: dict[UUID, int] = field(default_factory=dict)
    of_subject: dict[UUID, list[int]] = field(default_factory=dict)
    links_of: dict[UUID, list[int]] = field(default_factory=dict)
    owner: dict[UUID, UUID] = field(default_factory=dict)
    parts: list[bytes] = field(default_factory=list)
    link_parts: list[bytes] = field(default_factory=list)

    def __post_init__(self) -> None:
        for row, meter in enumerate(self.case.block.meters):
            self.rows[meter.id] = row
            self.of_subject.setdefault(meter.subject_id, []).append(row)
        for place, link in enumerate(self.found.asked.links):
            subject = self.case.block.meters[self.rows[link.production]].subject_id
            self.links_of.setdefault(subject, []).append(place)
        for enterprise, (one, _) in self.case.dossiers.items():
            self.owner |= dict.fromkeys((*one.demands, *one.judged), enterprise)
        self.parts = [digest(one) for one in self.basis.of_meters]
        self.link_parts = [digest(one) for one in self.basis.of_links]

    def unmetered(self) -> Iterator[UUID]:
        for one, _ in self.case.dossiers.values():
            yield from (subject for subject in one.unmetered if subject in self.case.subjects)

    def involved(self, subject: UUID) -> list[int]:
        """The rows of a subject's meters, then those of its treatment."""
        own = self.of_subject.get(subject, [])
        links = (self.found.asked.links[place] for place in self.links_of.get(subject, ()))
        treated = (self.rows[one] for link in links for one in link.treatment)
        return list(dict.fromkeys((*own, *treated)))

    def judged(self, subject: UUID) -> Judged:
        enterprise = self.owner[subject]
        codes: Codes = np.zeros((len(self.case.block.days), DAY_BYTES), dtype=np.uint8)
        rows, places = self.of_subject.get(subject, []), self.links_of.get(subject, [])
        for checks, chosen in ((OF_METERS, rows), (OF_LINKS, places)):
            for check in checks if chosen else ():
                codes[:, PLACES[check]] = self.found.verdicts[check][chosen].max(axis=0)
        involved = self.involved(subject)
        parts = [*(self.parts[row] for row in involved), *(self.link_parts[place] for place in places)]
        return Judged(enterprise_id=enterprise, codes=codes, inputs=self._inputs(subject, involved, parts), parts=parts)

    def _inputs(self, subject: UUID, rows: Iterable[int], parts: Iterable[bytes]) -> bytes:
        """Over everything the verdicts of a subject are a function of."""
        block, told = self.case.block, hashlib.sha256()
        for part in (self.yard.digest, self.case.dossiers[self.owner[subject]][1], subject.bytes, *parts):
            told.update(part)
        told.update(f"{block.first_day}/{len(block.days)}/{block.slots}".encode())
        for row in rows:
            known = read(block.quality[row])
            wh = block.wh[row] if known.all() else np.where(known, block.wh[row], 0)
            told.update(_readings(wh, block.quality[row]))
        return told.digest()

    def document(self, one: Finding) -> FindingDocument:
        enterprise = self.owner[one.subject_id]
        content = canonical(
            one.as_json()
            | {
                "baselines": {str(meter): self.parts[self.rows[meter]].hex() for meter in one.meters},
                "calendar": self.yard.calendar.version,
                "dossier": self.case.dossiers[enterprise][1].hex(),
                "terms": self.yard.digest.hex(),
                "interval_minutes": self.case.block.interval_minutes,
            }
        )
        return FindingDocument(finding=one, document=content, hash=digest(content))
