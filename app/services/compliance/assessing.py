"""assessing: some enterprises from their readings to stored verdicts, in one transaction that holds them."""

import asyncio
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any
from uuid import UUID

import numpy as np

from app.documents.dossiers import digest, dossier_document
from app.domain.access import Actor
from app.domain.compliance.dossier import Dossier, VerdictRow, changes
from app.domain.compliance.metering import Block, Metered
from app.domain.enterprises.structure import Head
from app.domain.events import Event
from app.domain.periods import Period
from app.integrations.ids import new_ids
from app.persistence.compliance.findings import FindingRepository, StoredFinding
from app.persistence.compliance.rows import DossierRow, PartRow
from app.persistence.compliance.verdicts import VerdictRepository
from app.persistence.enterprises.reading import EnterpriseReader
from app.persistence.unit_of_work import UnitOfWork
from app.services.compliance import measuring
from app.services.compliance.asking import Plans
from app.services.compliance.compiling import dossiers
from app.services.compliance.judging import Based, Case, FindingDocument, Judged, Yard, based, judged, merge
from app.services.compliance.phasing import judge_phases


class Overtaken(Exception):
    """Somebody who read later has concluded already; whoever read before has to read again."""


# Days of a changed verdict that are told in its event; the verdicts themselves tell all.
CHANGES_TOLD = 40


@dataclass(slots=True, kw_only=True)
class Tally:
    """What a piece of assessing came to: `pairs` are channel-days that were judged, `changed` days now told otherwise."""

    enterprises: int = 0
    subjects: int = 0
    pairs: int = 0
    rows: int = 0
    findings: int = 0
    changed: int = 0
    days: Counter[str] = field(default_factory=Counter)

    def add(self, other: "Tally") -> None:
        for name in ("enterprises", "subjects", "pairs", "rows", "findings", "changed"):
            setattr(self, name, getattr(self, name) + getattr(other, name))
        self.days.update(other.days)

    def as_json(self) -> dict[str, Any]:
        plain = {name: getattr(self, name) for name in ("enterprises", "subjects", "pairs", "findings", "changed")}
        return plain | {"verdict_rows": self.rows, "days": dict(self.days)}


@dataclass(frozen=True, slots=True, kw_only=True)
class Kept:
    """Dossiers with their hashes and documents, by enterprise."""

    dossiers: Mapping[UUID, tuple[Dossier, bytes]]
    documents: Mapping[tuple[UUID, bytes], bytes]

    @classmethod
    def of(cls, some: Iterable[Dossier]) -> "Kept":
        found: dict[UUID, tuple[Dossier, bytes]] = {}
        documents: dict[tuple[UUID, bytes], bytes] = {}
        for one in some:
            document = dossier_document(one)
            found[one.enterprise_id] = one, digest(document)
            documents[(one.enterprise_id, digest(document))] = document
        return cls(dossiers=found, documents=documents)


async def assess_some(
    uow: UnitOfWork, ids: Sequence[UUID], known: Plans, yard: Yard, days: Period, *, by: Actor
) -> Tally:
    """Assess some enterprises on some days; who saw nothing new gets no new row. They are held until it is stored.

    Everything is read as known at the unit's instant, as of which their readings are settled; raises Overtaken.
    """
    heads = {one.id: one for one in await EnterpriseReader(uow.session).locked(ids, visible_to=by)}
    await not_overtaken(uow, list(heads))
    method = yard.terms.method
    whole = Period(min(method.from_day, days.start), days.until)
    kept = Kept.of(await dossiers(uow, list(heads), known, whole, by=by))
    results: dict[UUID, Judged] = {}
    parts: dict[tuple[UUID, bytes], bytes] = {}
    pairs = 0
    wanted = measuring.days_from(days.start, _end(days))
    for meters in _groups(kept):
        case, base = await _case(uow, kept, meters, wanted, yard, first=not results)
        basis = await asyncio.to_thread(based, base, case, yard)
        merge(results, await asyncio.to_thread(judged, case, basis, yard))
        parts |= part_documents(case, basis)
        pairs += len(meters) * len(wanted)
    await judge_phases(uow, kept.dossiers, results, parts, days, yard=yard)
    tally = await store(uow, heads, kept, results, parts, yard=yard, days=days, by=by)
    tally.pairs = pairs
    return tally


async def not_overtaken(uow: UnitOfWork, ids: Sequence[UUID]) -> None:
    """Of enterprises the caller holds: the newest verdict is to stand on the newest readings."""
    newest = await VerdictRepository(uow.session).newest_at(ids)
    if newest is not None and newest > uow.now:
        raise Overtaken


def _end(days: Period) -> date:
    if days.until is None:
        raise ValueError(days)
    return days.until


def _groups(kept: Kept) -> Iterator[list[Metered]]:
    """The meters that can be judged together; nobody is left out where nobody is metered."""
    groups = measuring.widths(one for one, _ in kept.dossiers.values())
    yield from [groups[width] for width in sorted(groups, reverse=True)] or [[]]


async def _case(
    uow: UnitOfWork, kept: Kept, meters: list[Metered], wanted: list[date], yard: Yard, *, first: bool
) -> tuple[Case, Block]:
    """The case of a group of meters, and the block its baselines come from; the first one takes who has no meter."""
    subjects = {one.subject_id for one in meters}
    if first:
        subjects |= {each for one, _ in kept.dossiers.values() for each in one.unmetered}
    method = yard.terms.method
    window = measuring.days_from(method.from_day, method.until_day)
    gauges = measuring.gauges_of(one for one, _ in kept.dossiers.values())
    block = measuring.empty(wanted) if not meters else await measuring.block(uow, meters, gauges, wanted)
    base = measuring.empty(window) if not meters else await measuring.block(uow, meters, gauges, window)
    return Case(block=block, dossiers=kept.dossiers, subjects=frozenset(subjects)), base


def part_documents(case: Case, basis: Based) -> dict[tuple[UUID, bytes], bytes]:
    owner = {meter.id: enterprise for enterprise, (one, _) in case.dossiers.items() for meter in one.meters}
    found = {
        (owner[meter.id], digest(document)): document
        for meter, document in zip(case.block.meters, basis.of_meters, strict=True)
    }
    for link, document in zip(case.links, basis.of_links, strict=True):
        found[(owner[link.production], digest(document))] = document
    return found


async def store(
    uow: UnitOfWork,
    heads: Mapping[UUID, Head],
    kept: Kept,
    results: Mapping[UUID, Judged],
    parts: Mapping[tuple[UUID, bytes], bytes],
    *,
    yard: Yard,
    days: Period,
    by: Actor,
) -> Tally:
    """Append what is not as it was, and tell of every verdict that is another; the enterprises are held by the caller."""
    verdicts, until = VerdictRepository(uow.session), _end(days)
    before = await verdicts.newest(list(heads), days.start, until, subjects=list(results))
    rows: dict[UUID, VerdictRow] = {}
    ids = iter(new_ids(len(results)))
    for subject, one in results.items():
        known = before.get(subject, [])
        row = _row(subject, one, next(ids), yard, kept, days=days, uow=uow)
        if not (_same(known, row) or (not known and _silent(subject, one, kept))):
            told = list(changes(known, row))
            replaces = known[-1].id if known else None
            rows[subject] = _replacing(row, replaces, len(told))
    await verdicts.keep(DossierRow, _used(kept.documents, rows), at=uow.now)
    await verdicts.keep(PartRow, _used(parts, rows), at=uow.now)
    await verdicts.add(list(rows.values()))
    made = await _store_findings(uow, results, rows, days)
    await uow.record_all([one for row in rows.values() for one in _events(row, before, heads, made)], by=by)
    return _tally(heads, results, rows, made)


def _row(
    subject: UUID, one: Judged, row_id: bytes, yard: Yard, kept: Kept, *, days: Period, uow: UnitOfWork
) -> VerdictRow:
    return VerdictRow(
        enterprise_id=one.enterprise_id,
        subject_id=subject,
        id=UUID(bytes=row_id),
        from_day=days.start,
        until_day=_end(days),
        verdicts=one.codes.tobytes(),
        terms=yard.digest,
        dossier=kept.dossiers[one.enterprise_id][1],
        parts=tuple(one.parts),
        inputs_hash=one.inputs,
        known_at=uow.now,
    )


def _same(known: Sequence[VerdictRow], row: VerdictRow) -> bool:
    """Whether the newest row that speaks of any of these days says this very thing from these very inputs."""
    if not known:
        return False
    last = known[-1]
    return (last.from_day, last.until_day, last.inputs_hash, last.verdicts) == (
        row.from_day,
        row.until_day,
        row.inputs_hash,
        row.verdicts,
    )


def _silent(subject: UUID, one: Judged, kept: Kept) -> bool:
    """Whether there is nothing to say, not even why, nor a phase that stands on its baseline beside those of others."""
    dossier = kept.dossiers[one.enterprise_id][0]
    told = one.codes.any() or subject in dossier.excuses
    return not told and not any(subject in phase.members for phase in dossier.phases)


def _replacing(row: VerdictRow, replaces: UUID | None, changed: int) -> VerdictRow:
    known = {name: getattr(row, name) for name in VerdictRow.__dataclass_fields__}
    return VerdictRow(**known | {"replaces": replaces, "changed": changed})


def _used(
    documents: Mapping[tuple[UUID, bytes], bytes], rows: Mapping[UUID, VerdictRow]
) -> dict[tuple[UUID, bytes], bytes]:
    used = {(row.enterprise_id, each) for row in rows.values() for each in (row.dossier, *row.parts)}
    return {key: document for key, document in documents.items() if key in used}


@dataclass(slots=True)
class _Made:
    """Findings that are new and those that no longer stand, by subject."""

    new: list[StoredFinding] = field(default_factory=list)
    gone: list[Any] = field(default_factory=list)


async def _store_findings(
    uow: UnitOfWork, results: Mapping[UUID, Judged], rows: Mapping[UUID, VerdictRow], days: Period
) -> _Made:
    made = _Made()
    if not rows:
        return made
    repository = FindingRepository(uow.session)
    owners = list({row.enterprise_id for row in rows.values()})
    standing = await repository.standing(owners, days.start, _end(days), list(rows))
    kept = {(one["subject_id"], one["day"], one["hash"]) for one in standing}
    told: set[tuple[UUID, date, bytes]] = set()
    total = sum(len(results[subject].findings) for subject in rows)
    ids = iter(new_ids(total))
    for subject, row in rows.items():
        for one in results[subject].findings:
            key, made_id = (subject, one.finding.day, one.hash), next(ids)
            told.add(key)
            if key not in kept:
                made.new.append(_stored(one, row, made_id))
    made.gone = [one for one in standing if (one["subject_id"], one["day"], one["hash"]) not in told]
    await repository.replace([(one["enterprise_id"], one["id"]) for one in made.gone], made.new)
    return made


def _stored(one: FindingDocument, row: VerdictRow, made_id: bytes) -> StoredFinding:
    return StoredFinding(
        enterprise_id=row.enterprise_id,
        id=UUID(bytes=made_id),
        subject_id=one.finding.subject_id,
        day=one.finding.day,
        check=one.finding.check,
        verdict=one.finding.verdict.word,
        document=one.document,
        hash=one.hash,
        verdict_id=row.id,
        known_at=row.known_at,
        look=one.finding.look,
    )


def _events(
    row: VerdictRow, before: Mapping[UUID, list[VerdictRow]], heads: Mapping[UUID, Head], made: _Made
) -> Iterator[Event]:
    told = list(changes(before.get(row.subject_id, ()), row))
    if told:
        days = {one.day for one in told}
        yield Event(
            type="verdict.changed",
            subject=str(row.id),
            enterprise_id=str(row.enterprise_id),
            region=heads[row.enterprise_id].region,
            data={
                "subject_id": str(row.subject_id),
                "replaces": str(row.replaces),
                "changed": len(told),
                "days": [
                    {"day": str(one.day), "before": one.before.word, "now": one.now.word} for one in told[:CHANGES_TOLD]
                ],
                "findings": [str(one.id) for one in made.new if one.subject_id == row.subject_id and one.day in days][
                    :CHANGES_TOLD
                ],
                "findings_gone": [
                    str(one["id"]) for one in made.gone if one["subject_id"] == row.subject_id and one["day"] in days
                ][:CHANGES_TOLD],
            },
        )


def _tally(
    heads: Mapping[UUID, Head], results: Mapping[UUID, Judged], rows: Mapping[UUID, VerdictRow], made: _Made
) -> Tally:
    found = Tally(
        enterprises=len(heads),
        subjects=len(results),
        rows=len(rows),
        findings=len(made.new),
        changed=sum(row.changed for row in rows.values()),
    )
    for one in results.values():
        for code, count in enumerate(np.bincount(one.codes[:, 0], minlength=6)):
            if count:
                found.days[_WORDS[code]] += int(count)
    return found


_WORDS = ("not_applicable", "compliant", "declared_exception", "indicative_only", "insufficient_data", "suspected")


def day_of(first: date, number: int) -> date:
    return first + timedelta(days=number)
