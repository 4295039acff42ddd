"""Asserting, verifying and retracting facts of a registered enterprise."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from app.documents.catalogue import authority_records
from app.domain.access import Actor, Origin
from app.domain.decisions.season import season_bounds
from app.domain.enterprises.structure import Head
from app.domain.errors import FieldError
from app.domain.events import Event
from app.domain.facts.assertions import (
    Assertion,
    AssertionRetracted,
    AssertionUnknown,
    AssertionVerified,
    AuthorityRecords,
    Claim,
    SubjectUnknown,
    claim,
    counting_from,
    fact_named,
    refuse_if_any,
)
from app.domain.facts.values import ValueRefused
from app.domain.periods import civil_day, season_of
from app.domain.policies.facts import Catalogue, Level
from app.integrations.ids import new_id
from app.persistence.enterprises.reading import EnterpriseReader
from app.persistence.exemptions.lists import ListRepository
from app.persistence.facts.reading import FactReader
from app.persistence.facts.writing import FactWriter, MarkKind, NewMark
from app.persistence.unit_of_work import UnitOfWork


@dataclass(frozen=True, slots=True, kw_only=True)
class Statement:
    """A fact as somebody states it; no subject means the enterprise as a whole."""

    subject: UUID | None
    fact: str
    value: object
    valid_from: date | None
    valid_to: date | None
    document: str | None


async def assert_facts(
    uow: UnitOfWork, enterprise_id: UUID, statements: Sequence[Statement], *, by: Actor, catalogue: Catalogue
) -> list[Assertion]:
    """All of them or none; a later assertion with the same beginning takes the place of an earlier one."""
    reader = EnterpriseReader(uow.session)
    # Writers of one enterprise follow each other, so that what became known first is also stored first.
    head = await reader.head(enterprise_id, visible_to=by, lock=True)
    levels = await reader.levels(enterprise_id)
    origin, assertions, errors = Origin.of(by), list[Assertion](), list[FieldError]()
    for index, one in enumerate(statements):
        subject = one.subject or enterprise_id
        if subject not in levels:
            raise SubjectUnknown(subject_id=subject)
        try:
            claimed = _claim(one, levels[subject], catalogue)
        except ValueRefused as refused:
            errors.append(refused.at(f"/assertions/{index}/value"))
            continue
        assertions.append(
            Assertion(
                id=new_id(),
                enterprise_id=enterprise_id,
                level=levels[subject],
                subject_id=subject,
                claim=claimed,
                known_at=uow.now,
                asserted_by=origin,
            )
        )
    refuse_if_any(errors)
    _refuse_authoritys(head, assertions, catalogue, by)
    await _refuse_locked(uow, enterprise_id, assertions)
    await FactWriter(uow.session).add(assertions)
    await _record(uow, "fact.asserted", head, assertions, by)
    return assertions


async def verify(
    uow: UnitOfWork,
    enterprise_id: UUID,
    ids: Iterable[UUID],
    *,
    note: str | None,
    by: Actor,
    counts_from: date | None = None,
) -> list[Assertion]:
    """Another credential or person confirms assertions; from today on `accepted` counts as accepted (A-L29).

    For the records of earlier winters it may count from a day before this season. Raises VerificationRetroactive.
    """
    today = civil_day(uow.now)
    counts = counting_from(counts_from, today=today, season_begins=season_bounds(season_of(today))[0], note=note)
    found = await _found(uow, enterprise_id, ids, by)
    head = await EnterpriseReader(uow.session).head(enterprise_id, visible_to=by)
    # L12-49: a firm that confirms its own acceptance has accepted nothing, whichever of its credentials it uses.
    by.must_look_after(head.region)
    for one in found:
        one.can_be_verified_by(Origin.of(by))
    marked = await _mark(uow, found, "verification", note, by, counts_from=counts)
    if len(marked) < len(found):
        raise AssertionVerified()
    await _record(uow, "fact.verified", head, found, by, counts_from=counts.isoformat())
    return await FactReader(uow.session).some(enterprise_id, [one.id for one in found], visible_to=by)


async def retract(uow: UnitOfWork, assertion_id: UUID, *, reason: str, by: Actor, catalogue: Catalogue) -> Assertion:
    """The assertion stays readable and stops counting; what it hid holds again."""
    one = await FactReader(uow.session).get(assertion_id, visible_to=by)
    one.can_be_retracted()
    head = await EnterpriseReader(uow.session).head(one.enterprise_id, visible_to=by)
    _refuse_authoritys(head, [one], catalogue, by)
    await _refuse_locked(uow, one.enterprise_id, [one])
    if not await _mark(uow, [one], "retraction", reason, by):
        raise AssertionRetracted()
    await _record(uow, "fact.retracted", head, [one], by, reason=reason)
    return await FactReader(uow.session).get(assertion_id, visible_to=by)


async def enterprise_of(uow: UnitOfWork, assertion_id: UUID, *, by: Actor) -> UUID:
    return (await FactReader(uow.session).get(assertion_id, visible_to=by)).enterprise_id


def _refuse_authoritys(head: Head, assertions: Iterable[Assertion], catalogue: Catalogue, by: Actor) -> None:
    """Nobody puts themselves on a list, grants themselves a load or strikes out their own offence."""
    if by.sees_region(head.region):
        return
    for one in assertions:
        spec = catalogue[one.claim.fact]
        if authority_records(spec):
            raise AuthorityRecords(fact=spec.name, fact_zh=spec.zh, region=head.region)


async def _refuse_locked(uow: UnitOfWork, enterprise_id: UUID, assertions: Sequence[Assertion]) -> None:
    """Who is on a published exemption list is changed by its next version and in no other way (GP-09)."""
    # A list grants by facts of yes or no; nothing else can be locked.
    names = {one.claim.fact for one in assertions if one.claim.type == "boolean"}
    lists = ListRepository(uow.session)
    locks = await lists.locks(names) if names else []
    if not locks:
        return
    regions = await lists.regions_of(enterprise_id)
    for lock in locks:
        barred = next((one for one in assertions if lock.bars(one.claim)), None)
        if barred is not None and lock.governs(regions):
            raise lock.refusal(barred.claim.fact)


def _claim(one: Statement, level: Level, catalogue: Catalogue) -> Claim:
    return claim(
        fact_named(one.fact, catalogue),
        one.value,
        level=level,
        catalogue=catalogue,
        valid_from=one.valid_from,
        valid_to=one.valid_to,
        document=one.document,
    )


async def _found(uow: UnitOfWork, enterprise_id: UUID, ids: Iterable[UUID], by: Actor) -> list[Assertion]:
    wanted = set(ids)
    found = await FactReader(uow.session).some(enterprise_id, wanted, visible_to=by)
    if len(found) < len(wanted):
        raise AssertionUnknown()
    return found


async def _mark(
    uow: UnitOfWork,
    found: Sequence[Assertion],
    kind: MarkKind,
    note: str | None,
    by: Actor,
    *,
    counts_from: date | None = None,
) -> set[UUID]:
    origin = Origin.of(by)
    return await FactWriter(uow.session).mark(
        [
            NewMark(
                id=new_id(),
                enterprise_id=one.enterprise_id,
                assertion_id=one.id,
                kind=kind,
                at=uow.now,
                by=origin,
                note=note,
                counts_from=counts_from,
            )
            for one in found
        ]
    )


async def _record(
    uow: UnitOfWork, kind: str, head: Head, assertions: Sequence[Assertion], by: Actor, **more: str
) -> None:
    await uow.record(
        Event(
            type=kind,
            subject=str(head.id),
            enterprise_id=str(head.id),
            region=head.region,
            data={
                "assertions": [
                    {
                        "id": str(one.id),
                        "subject": str(one.subject_id),
                        "fact": one.claim.fact,
                        "value": one.claim.value,
                    }
                    for one in assertions
                ],
                **more,
            },
        ),
        by=by,
    )
