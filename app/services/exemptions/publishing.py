"""Publishing a version: the approved come on, the revoked go off, and the facts follow from its day on."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from app.domain.access import Actor, Origin
from app.domain.events import Event
from app.domain.evidence import Evidence, checked
from app.domain.exemptions.content import NOTHING, Content, Departure, Diff, diff
from app.domain.exemptions.entries import (
    ENTRIES,
    ON_THE_LIST,
    Entry,
    EntryAction,
    EntryState,
    EntryStep,
    Moves,
    moves,
)
from app.domain.exemptions.lists import (
    ExemptionList,
    ListStale,
    ListVersion,
    NothingToPublish,
    chained,
    check_publication,
)
from app.domain.facts.recorded import Recorded
from app.domain.periods import civil_day
from app.domain.policies.pack import Pack
from app.integrations.ids import new_id
from app.persistence.exemptions.entries import EntryRepository
from app.persistence.exemptions.lists import ListRepository
from app.persistence.facts.recording import FactRecorder
from app.persistence.known_facts import known_facts
from app.persistence.unit_of_work import UnitOfWork
from app.services.exemptions.judging import evaluator_for, granting_rules

CONSIDERED = (EntryState.APPROVED, *ON_THE_LIST, EntryState.REVOKED)
Steps = list[tuple[Entry, EntryStep]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Publication:
    """From when, on what decision, and the filing that a change of a fixed list needs."""

    version: int
    effective_on: date
    basis: str
    filing: tuple[Evidence, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Published:
    """The version, what it changes, and the enterprises that will be decided again."""

    list: ExemptionList
    version: ListVersion
    diff: Diff
    enterprises: tuple[UUID, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Making:
    """A version in the making: the list it is of, what stood before, what moves, and who publishes it."""

    uow: UnitOfWork
    list: ExemptionList
    previous: ListVersion | None
    wanted: Publication
    found: Moves
    by: Actor


async def publish(uow: UnitOfWork, list_id: UUID, wanted: Publication, *, by: Actor) -> Published:
    """The next version, locked; workers decide again whom it touches."""
    by.named_person()
    lists, entries = ListRepository(uow.session), EntryRepository(uow.session)
    one = await lists.get(list_id, visible_to=by)
    by.must_look_after(one.region)
    if one.version != wanted.version:
        raise ListStale()
    pack = (await evaluator_for(uow, one)).pack
    previous = await lists.newest(one)
    check_publication(
        one,
        previous,
        effective_on=wanted.effective_on,
        filing=checked(wanted.filing),
        today=civil_day(uow.now),
    )
    # From here on nobody else moves an entry of this list, or publishes.
    await lists.take(one)
    found = moves(await entries.of_list(one.id, CONSIDERED), on=begins(one, wanted.effective_on))
    if previous is not None and not found.moved:
        raise NothingToPublish(number=previous.number)
    making = Making(uow=uow, list=one, previous=previous, wanted=wanted, found=found, by=by)
    version, content = await _version(making, pack)
    await lists.append(version)
    # Locked in the order in which everybody locks them: enterprises, their marks for deciding again, entries.
    await entries.lock_enterprises(found.moved)
    await uow.record_all(await _events(making, version), by=by)
    await entries.move(await _steps(making, version))
    return Published(
        list=await lists.get(list_id, visible_to=by),
        version=version,
        diff=diff([NOTHING if previous is None else Content.of_text(previous.document), content]),
        enterprises=tuple(sorted({entry.enterprise_id for entry in found.moved})),
    )


def begins(one: ExemptionList, effective_on: date) -> date:
    """A list published ahead of its season grants from the season's first day."""
    return max(effective_on, one.days.start)


async def _version(making: Making, pack: Pack) -> tuple[ListVersion, Content]:
    one, wanted, found = making.list, making.wanted, making.found
    person, filing, number = making.by.named_person(), checked(wanted.filing), one.newest + 1
    head: dict[str, Any] = {
        "list": str(one.id),
        "pack": {"name": pack.name, "version": pack.version, "hash": pack.hash},
        "season": one.season,
        "number": number,
        "effective_on": wanted.effective_on.isoformat(),
        "basis": wanted.basis,
        "filing": [piece.as_json() for piece in filing],
        "published_by": {"name": person.name, "office": person.office},
    }
    lines = await EntryRepository(making.uow.session).lines([*found.staying, *found.listed])
    content = Content(head=head, lines=tuple(lines), departures=await departures(making.uow, found))
    document, before = content.as_text(), "" if making.previous is None else making.previous.hash
    version = ListVersion(
        list_id=one.id,
        number=number,
        document=document,
        hash=chained(before, document),
        previous_hash=before,
        effective_on=wanted.effective_on,
        basis=wanted.basis,
        filing=filing,
        facts=tuple(sorted({rule.granted_by for rule in granting_rules(pack).values()})),
        regions=pack.regions,
        published_by=Origin.of(making.by),
        known_at=making.uow.now,
    )
    return version, content


async def departures(uow: UnitOfWork, found: Moves) -> tuple[Departure, ...]:
    """Only who stood on the list leaves it; what was approved and has run out never came on."""
    revoked = await EntryRepository(uow.session).last_steps(found.delisted, EntryAction.REVOKE)
    left = [(one, "revoked", revoked[one.id].note) for one in found.delisted]
    left += [(one, "expired", one.reason) for one in found.expired if one.state in ON_THE_LIST]
    return tuple(
        Departure(
            entry_id=str(one.id),
            enterprise_id=str(one.enterprise_id),
            subject_id=str(one.subject_id),
            fact=one.fact,
            why="revoked" if why == "revoked" else "expired",
            reason=reason,
        )
        for one, why, reason in left
    )


async def _steps(making: Making, version: ListVersion) -> Steps:
    """One step for each entry that moves, with the facts it makes true or ends."""
    uow, found = making.uow, making.found
    recorder = FactRecorder(
        session=uow.session, catalogue=await known_facts(uow.session), new_id=new_id, at=uow.now, by=making.by
    )
    granted = await recorder.record([_granted(entry, making.list, version) for entry in found.listed])
    ended = await _ended(uow, recorder, found.delisted, version)
    moved = [(entry, EntryAction.LIST, (fact,)) for entry, fact in zip(found.listed, granted, strict=True)]
    gone: list[tuple[Entry, EntryAction, tuple[UUID, ...]]] = [
        *((entry, EntryAction.DELIST, ended.get(entry.of, ())) for entry in found.delisted),
        *((entry, EntryAction.EXPIRE, ()) for entry in found.expired),
    ]
    return [(entry, _step(entry, action, version, facts=facts)) for entry, action, facts in (*moved, *gone)]


async def _ended(
    uow: UnitOfWork, recorder: FactRecorder, delisted: Sequence[Entry], version: ListVersion
) -> dict[tuple[UUID, str], tuple[UUID, ...]]:
    """What a listing made true ends on the day of the version, unless it has run out by then."""
    standing = [entry for entry in delisted if not entry.ended(version.effective_on)]
    steps = await EntryRepository(uow.session).last_steps(standing, EntryAction.LIST)
    ended = await recorder.end_all(
        [entry.enterprise_id for entry in standing],
        [assertion for step in steps.values() for assertion in step.assertions],
        on=version.effective_on,
        reason=_paper(version),
    )
    return {(one.subject_id, one.claim.fact): (one.id,) for one in ended}


def _granted(entry: Entry, one: ExemptionList, version: ListVersion) -> Recorded:
    return Recorded(
        enterprise_id=entry.enterprise_id,
        subject_id=entry.subject_id,
        level=entry.level,
        fact=entry.fact,
        value=True,
        valid_from=begins(one, version.effective_on),
        valid_to=min((day for day in (entry.expires_on, one.days.until) if day is not None), default=None),
        document=_paper(version),
    )


def _paper(version: ListVersion) -> str:
    return f"exemption list {version.list_id} v{version.number}"


def _step(entry: Entry, action: EntryAction, version: ListVersion, *, facts: tuple[UUID, ...]) -> EntryStep:
    return EntryStep(
        id=new_id(),
        entry_id=entry.id,
        number=entry.version,
        action=action,
        state=ENTRIES.after(entry.state, action),
        at=version.known_at,
        by=version.published_by,
        note=version.basis,
        terms={"number": version.number, "effective_on": version.effective_on.isoformat()},
        assertions=facts,
    )


async def _events(making: Making, version: ListVersion) -> list[Event]:
    one, found = making.list, making.found
    data = {"list_id": str(one.id), "pack": one.pack_name, "season": one.season, "number": version.number}
    data["effective_on"] = version.effective_on.isoformat()
    told = [
        *(("exemption.listed", entry) for entry in found.listed),
        *(("exemption.delisted", entry) for entry in found.delisted),
        *(("exemption.expired", entry) for entry in found.expired),
    ]
    lines = await EntryRepository(making.uow.session).lines([entry for _, entry in told])
    return [
        Event(
            type="exemption.published",
            subject=str(one.id),
            region=one.region,
            data={**data, "hash": version.hash, "listed": len(found.listed), "delisted": len(found.delisted)},
        ),
        *(
            Event(
                type=kind,
                subject=str(entry.id),
                enterprise_id=str(entry.enterprise_id),
                region=line.region,
                data={**data, "subject_id": line.subject_id, "fact": entry.fact, "rule": entry.rule},
            )
            for (kind, entry), line in zip(told, lines, strict=True)
        ),
    ]
