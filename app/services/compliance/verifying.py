"""verify: every stored verdict and finding comes out again from its dossier, its baselines and the readings known then."""

from collections.abc import AsyncIterator, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from uuid import UUID

import orjson

from app.documents.dossiers import digest, dossier_of
from app.domain.compliance.assessing import ASSESSOR_VERSION
from app.domain.compliance.dossier import Dossier, Terms, VerdictRow
from app.domain.compliance.metering import Block, Metered
from app.domain.evidence import Damage
from app.domain.periods import Period
from app.persistence.compliance.findings import FindingRepository, StoredFinding
from app.persistence.compliance.rows import DossierRow, PartRow, ThresholdsRow, WorkCalendarRow
from app.persistence.compliance.verdicts import VerdictRepository
from app.persistence.compliance.yardsticks import YardstickRepository
from app.persistence.unit_of_work import UnitOfWork
from app.services.compliance import measuring
from app.services.compliance.judging import Case, Judged, Yard, based, based_again, judged, merge
from app.services.compliance.phasing import judge_phases
from app.services.compliance.yards import calendar, thresholds

# Verdicts read at once: a hundred meters are a season of some ten megabytes.
BATCH = 100
# The enterprise a document belongs to, and its hash.
Key = tuple[UUID, bytes]


async def verify_compliance(uow: UnitOfWork) -> list[Damage]:
    """Everything stored of compliance that does not prove itself; verdicts of another assessor stand as they are."""
    found = await _yardsticks(uow)
    proof = _Proof(uow=uow)
    after: tuple[UUID, UUID, UUID] | None = None
    while rows := await VerdictRepository(uow.session).batch(after, BATCH):
        findings = await FindingRepository(uow.session).of_verdicts([(one.enterprise_id, one.id) for one in rows])
        found += [damage async for damage in proof.of(rows, findings)]
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


@dataclass(slots=True, kw_only=True, eq=False)
class _Stretch:
    """Verdicts that one piece of assessing made: of the same days, on the same terms, at the same instant.

    `fresh` are the baselines made for these very verdicts; the others were made for verdicts before them.
    """

    yard: Yard
    days: Period
    known_at: datetime
    rows: list[VerdictRow] = field(default_factory=list)
    kept: dict[UUID, tuple[Dossier, bytes]] = field(default_factory=dict)
    parts: dict[Key, bytes] = field(default_factory=dict)
    fresh: set[Key] = field(default_factory=set)

    def takes(self, row: VerdictRow) -> bool:
        """An enterprise that was judged more than once at one instant is judged by one dossier at a time."""
        return row.enterprise_id not in self.kept or self.kept[row.enterprise_id][1] == row.dossier

    def alone(self) -> Iterator["_Stretch"]:
        for row in self.rows:
            own = set(_parts_of(row))
            yield replace(
                self,
                rows=[row],
                kept={row.enterprise_id: self.kept[row.enterprise_id]},
                parts={key: self.parts[key] for key in own},
                fresh=self.fresh & own,
            )

    def groups(self) -> Iterator[list[Metered]]:
        """The meters behind these verdicts that can be judged together, as they were when they were made."""
        wanted = [one.subject_id for one in self.rows]
        own = (replace(one, meters=tuple(one.meters_for(wanted))) for one, _ in self.kept.values())
        groups = measuring.widths(own)
        yield from [groups[width] for width in sorted(groups, reverse=True)] or [[]]

    def damaged(self, key: Key) -> Damage:
        row = next(one for one in self.rows if key in _parts_of(one))
        return Damage("compliance_baseline_differs", f"{_where(row)} baseline {key[1].hex()}")


@dataclass(slots=True)
class _Proof:
    """Replays what was judged together; the measures of one terms are read once."""

    uow: UnitOfWork
    yards: dict[bytes, Yard | None] = field(default_factory=dict)

    async def of(
        self, rows: Sequence[VerdictRow], findings: Mapping[UUID, Sequence[StoredFinding]]
    ) -> AsyncIterator[Damage]:
        for row in rows:
            for one in findings.get(row.id, ()):
                if digest(one.document) != one.hash or not _agrees(one):
                    yield Damage("compliance_finding_hash", f"{_where(row)} finding {one.id}")
        stretches, unproven = await self._stretches(rows)
        for row in unproven:
            yield Damage("compliance_inputs", _where(row))
        for stretch in stretches:
            async for damage in self._of_stretch(stretch, findings):
                yield damage

    async def _stretches(self, rows: Sequence[VerdictRow]) -> tuple[list[_Stretch], list[VerdictRow]]:
        """What can be replayed together, and whatever lacks something it stands on, or has it damaged."""
        verdicts = VerdictRepository(self.uow.session)
        papers = await verdicts.documents(DossierRow, [(one.enterprise_id, one.dossier) for one in rows])
        keys = [key for row in rows for key in _parts_of(row)]
        parts, kept_at = await verdicts.documents(PartRow, keys), await verdicts.kept_at(keys)
        sound = {key for some in (papers, parts) for key, document in some.items() if digest(document) == key[1]}
        dossiers = {key: dossier_of(document) for key, document in papers.items() if key in sound}
        found: list[_Stretch] = []
        unproven: list[VerdictRow] = []
        for row in rows:
            yard, own, paper = await self._yard(row.terms), _parts_of(row), (row.enterprise_id, row.dossier)
            if yard is None or not {paper, *own} <= sound:
                unproven.append(row)
            elif yard.terms.assessor == ASSESSOR_VERSION:
                stretch = _stretch_for(row, found, yard)
                stretch.rows.append(row)
                stretch.kept[row.enterprise_id] = dossiers[paper], row.dossier
                stretch.parts |= {key: parts[key] for key in own}
                stretch.fresh |= {key for key in own if kept_at[key] == row.known_at}
        return found, unproven

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

    async def _of_stretch(
        self, stretch: _Stretch, findings: Mapping[UUID, Sequence[StoredFinding]]
    ) -> AsyncIterator[Damage]:
        """What lacks a baseline is looked for one by one, so that nothing else is blamed for it."""
        replayed = await self._replayed(stretch)
        if replayed is not None:
            results, differing = replayed
            for damage in differing:
                yield damage
            for row in stretch.rows:
                for damage in await self._compared(stretch, row, results, findings.get(row.id, ())):
                    yield damage
        elif len(stretch.rows) == 1:
            yield Damage("compliance_inputs", _where(stretch.rows[0]))
        else:
            for alone in stretch.alone():
                async for damage in self._of_stretch(alone, findings):
                    yield damage

    async def _replayed(self, stretch: _Stretch) -> tuple[dict[UUID, Judged], list[Damage]] | None:
        results: dict[UUID, Judged] = {}
        differing: list[Damage] = []
        for meters in stretch.groups():
            again = await self._again(stretch, meters, first=not results)
            if again is None:
                return None
            merge(results, again[0])
            differing += again[1]
        return results, differing

    async def _again(
        self, stretch: _Stretch, meters: Sequence[Metered], *, first: bool
    ) -> tuple[dict[UUID, Judged], list[Damage]] | None:
        """Verdicts once more from the readings known when they were made; None where a baseline is missing."""
        yard, method = stretch.yard, stretch.yard.terms.method
        wanted = measuring.days_from(stretch.days.start, stretch.rows[0].until_day)
        window = measuring.days_from(method.from_day, method.until_day)
        subjects = {one.subject_id for one in meters} & {one.subject_id for one in stretch.rows}
        if first:
            # Who has no meter is judged from nothing, beside the first who have one.
            metered = {meter.subject_id for one, _ in stretch.kept.values() for meter in one.meters}
            subjects |= {one.subject_id for one in stretch.rows} - metered
        block = await self._block(stretch, meters, wanted)
        case = Case(block=block, dossiers=stretch.kept, subjects=frozenset(subjects))
        if not meters:
            return judged(case, based(measuring.empty(window), case, yard), yard), []
        ordered = _ordered(case, stretch.parts.values())
        if ordered is None:
            return None
        differing: list[Damage] = []
        kept = _keys(case, ordered)
        if not stretch.fresh.isdisjoint(kept):
            base = based(await self._block(stretch, meters, window), case, yard)
            made = _keys(case, [*base.of_meters, *base.of_links])
            pairs = zip(kept, made, strict=True)
            differing = [stretch.damaged(old) for old, new in pairs if old in stretch.fresh and old != new]
        return judged(case, based_again(case, ordered, yard.calendar), yard), differing

    async def _block(self, stretch: _Stretch, meters: Sequence[Metered], days: Sequence[date]) -> Block:
        if not meters:
            return measuring.empty(days)
        gauges = measuring.gauges_of(one for one, _ in stretch.kept.values())
        return await measuring.block(self.uow, meters, gauges, days, known_at=stretch.known_at)

    async def _compared(
        self, stretch: _Stretch, row: VerdictRow, results: Mapping[UUID, Judged], findings: Sequence[StoredFinding]
    ) -> list[Damage]:
        own = {row.subject_id: results[row.subject_id]} if row.subject_id in results else {}
        await self._add_phases(row, stretch.kept[row.enterprise_id][0], own, stretch.yard)
        again = own.get(row.subject_id)
        if again is None:
            return [Damage("compliance_inputs", _where(row))]
        damage = []
        if (again.codes.tobytes(), again.inputs) != (row.verdicts, row.inputs_hash):
            damage.append(Damage("verdict_differs", _where(row)))
        hashes = {one.hash for one in again.findings}
        return damage + [
            Damage("compliance_finding_differs", f"{_where(row)} finding {one.id}")
            for one in findings
            if one.hash not in hashes
        ]

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


def _where(row: VerdictRow) -> str:
    return f"enterprise {row.enterprise_id} verdict {row.id}"


def _parts_of(row: VerdictRow) -> list[Key]:
    return [(row.enterprise_id, each) for each in row.parts]


def _stretch_for(row: VerdictRow, known: list[_Stretch], yard: Yard) -> _Stretch:
    days = Period(row.from_day, row.until_day)
    for one in known:
        if (one.yard, one.days, one.known_at) == (yard, days, row.known_at) and one.takes(row):
            return one
    known.append(_Stretch(yard=yard, days=days, known_at=row.known_at))
    return known[-1]


def _agrees(one: StoredFinding) -> bool:
    """Whether the columns a list is searched by say what the document says."""
    told: Mapping[str, object] = orjson.loads(one.document)
    return (told["subject_id"], told["day"], told["check"], told["verdict"]) == (
        str(one.subject_id),
        one.day.isoformat(),
        one.check,
        one.verdict,
    )


def _ordered(case: Case, parts: Iterable[bytes]) -> list[bytes] | None:
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


def _keys(case: Case, ordered: Sequence[bytes]) -> list[Key]:
    """Under which those documents are kept."""
    owner = {meter.id: enterprise for enterprise, (one, _) in case.dossiers.items() for meter in one.meters}
    owners = [*(owner[one.id] for one in case.block.meters), *(owner[one.production] for one in case.links)]
    return [(enterprise, digest(document)) for enterprise, document in zip(owners, ordered, strict=True)]
