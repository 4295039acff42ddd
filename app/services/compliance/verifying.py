"""verify: every stored verdict and finding comes out again from its dossier, its baselines and the readings known then."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from uuid import UUID

import numpy as np
import orjson

from app.documents.dossiers import digest, dossier_of
from app.domain.compliance.assessing import ASSESSOR_VERSION
from app.domain.compliance.dossier import Dossier, Terms, VerdictRow
from app.domain.compliance.metering import Block
from app.domain.evidence import Damage
from app.domain.periods import Period
from app.persistence.compliance.findings import FindingRepository, StoredFinding
from app.persistence.compliance.rows import DossierRow, PartRow, ThresholdsRow, WorkCalendarRow
from app.persistence.compliance.verdicts import VerdictRepository
from app.persistence.compliance.yardsticks import YardstickRepository
from app.persistence.unit_of_work import UnitOfWork
from app.services.compliance import measuring
from app.services.compliance.judging import Case, Codes, Judged, Yard, based, based_again, judged
from app.services.compliance.phasing import judge_phases
from app.services.compliance.yards import calendar, thresholds

BATCH = 100


async def verify_compliance(uow: UnitOfWork) -> list[Damage]:
    """Everything stored of compliance that does not prove itself; verdicts of another assessor stand as they are."""
    found = await _yardsticks(uow)
    proof = _Proof(uow=uow)
    after: tuple[UUID, UUID, UUID] | None = None
    while rows := await VerdictRepository(uow.session).batch(after, BATCH):
        findings = await FindingRepository(uow.session).of_verdicts([(one.enterprise_id, one.id) for one in rows])
        for row in rows:
            found += await proof.of(row, findings.get(row.id, []))
        last = rows[-1]
        after = last.enterprise_id, last.subject_id, last.id
    return found


async def _yardsticks(uow: UnitOfWork) -> list[Damage]:
    stored = YardstickRepository(uow.session)
    return [
        Damage("compliance_yardstick_hash", f"{kind.__tablename__} {one.version}")
        for kind in (ThresholdsRow, WorkCalendarRow)
        for one in await stored.every(kind)
        if digest(one.document) != one.hash
    ]


@dataclass(slots=True)
class _Proof:
    """Replays row by row; the measures of one terms are read once."""

    uow: UnitOfWork
    yards: dict[bytes, Yard | None] = field(default_factory=dict)

    async def of(self, row: VerdictRow, findings: Sequence[StoredFinding]) -> list[Damage]:
        where = f"enterprise {row.enterprise_id} verdict {row.id}"
        damage = [
            Damage("compliance_finding_hash", f"{where} finding {one.id}")
            for one in findings
            if digest(one.document) != one.hash or not _agrees(one)
        ]
        yard = await self._yard(row.terms)
        documents = await self._documents(row)
        if yard is None or documents is None:
            return [*damage, Damage("compliance_inputs", where)]
        if yard.terms.assessor != ASSESSOR_VERSION:
            return damage
        dossier, parts = documents
        again = await self._again(row, dossier, parts, yard)
        if again is None:
            return [*damage, Damage("compliance_inputs", where)]
        if (again.codes.tobytes(), again.inputs) != (row.verdicts, row.inputs_hash):
            damage.append(Damage("verdict_differs", where))
        hashes = {one.hash for one in again.findings}
        damage += [
            Damage("compliance_finding_differs", f"{where} finding {one.id}")
            for one in findings
            if one.hash not in hashes
        ]
        return damage

    async def _yard(self, terms: bytes) -> Yard | None:
        if terms not in self.yards:
            self.yards[terms] = await self._read_yard(terms)
        return self.yards[terms]

    async def _read_yard(self, terms: bytes) -> Yard | None:
        document = (await YardstickRepository(self.uow.session).terms([terms])).get(terms)
        if document is None or digest(document) != terms:
            return None
        known = Terms.of_json(orjson.loads(document))
        return Yard(
            terms=known,
            digest=terms,
            thresholds=await thresholds(self.uow, known.thresholds),
            calendar=await calendar(self.uow, known.calendar),
        )

    async def _documents(self, row: VerdictRow) -> tuple[Dossier, list[bytes]] | None:
        """The dossier and the baselines of a row, unless one is gone or is not what its hash says."""
        verdicts, owner = VerdictRepository(self.uow.session), row.enterprise_id
        found = await verdicts.documents(DossierRow, [(owner, row.dossier)])
        parts = await verdicts.documents(PartRow, [(owner, one) for one in row.parts])
        whole = {**found, **parts}
        if len(found) + len(parts) < 1 + len(set(row.parts)) or any(
            digest(one) != key[1] for key, one in whole.items()
        ):
            return None
        return dossier_of(found[(owner, row.dossier)]), [parts[(owner, one)] for one in row.parts]

    async def _again(self, row: VerdictRow, dossier: Dossier, parts: Sequence[bytes], yard: Yard) -> Judged | None:
        """The verdicts of a row once more, from the readings known when it was made."""
        meters = dossier.meters_for([row.subject_id])
        wanted = measuring.days_from(row.from_day, row.until_day)
        groups = list(measuring.widths([dossier]).values())
        if len({dossier.gauges[one.id][0].channel.slots for one in meters}) > 1 and len(groups) > 1:
            # Meters of several kinds of days are proved by their findings alone.
            return Judged(enterprise_id=row.enterprise_id, codes=_codes(row), inputs=row.inputs_hash)
        block = measuring.empty(wanted)
        if meters:
            block = await measuring.block(self.uow, meters, dossier.gauges, wanted, known_at=row.known_at)
        kept = {row.enterprise_id: (dossier, row.dossier)}
        case = Case(block=block, dossiers=kept, subjects=frozenset({row.subject_id}))
        ordered = _ordered(case, parts)
        if ordered is None:
            return None
        basis = based_again(case, ordered, yard.calendar) if meters else based(_nothing(yard), case, yard)
        results = judged(case, basis, yard)
        await self._add_phases(row, dossier, results, yard)
        return results.get(row.subject_id)

    async def _add_phases(self, row: VerdictRow, dossier: Dossier, results: dict[UUID, Judged], yard: Yard) -> None:
        """Phases stand on the baselines of all their members, as their verdicts were known then."""
        for phase in (one for one in dossier.phases if row.subject_id in one.members):
            last = phase.until_day - timedelta(days=1)
            if last not in Period(row.from_day, row.until_day):
                continue
            verdicts = VerdictRepository(self.uow.session)
            stood = await verdicts.newest([row.enterprise_id], last, phase.until_day, known_at=row.known_at)
            keys = [(row.enterprise_id, each) for rows in stood.values() for each in rows[-1].parts]
            parts = await verdicts.documents(PartRow, keys)
            kept = {row.enterprise_id: (dossier, row.dossier)}
            days = Period(row.from_day, row.until_day)
            await judge_phases(self.uow, kept, results, parts, days, yard=yard, known_at=row.known_at)
            return


def _agrees(one: StoredFinding) -> bool:
    """Whether the columns a list is searched by say what the document says."""
    told: Mapping[str, object] = orjson.loads(one.document)
    return (told["subject_id"], told["day"], told["check"], told["verdict"]) == (
        str(one.subject_id),
        one.day.isoformat(),
        one.check,
        one.verdict,
    )


def _ordered(case: Case, parts: Sequence[bytes]) -> list[bytes] | None:
    """The baselines in the order of a block's meters, then of its links."""
    stored = [(orjson.loads(one), one) for one in parts]
    meters = {one["meter_id"]: document for one, document in stored if one["kind"] == "baseline"}
    links = {one["production"]: document for one, document in stored if one["kind"] == "treatment"}
    try:
        return [
            *(meters[str(one.id)] for one in case.block.meters),
            *(links[str(one.production)] for one in case.links),
        ]
    except KeyError:
        return None


def _nothing(yard: Yard) -> Block:
    return measuring.empty(measuring.days_from(yard.terms.method.from_day, yard.terms.method.until_day))


def _codes(row: VerdictRow) -> Codes:
    return np.frombuffer(row.verdicts, dtype=np.uint8).reshape(row.days, -1).copy()
