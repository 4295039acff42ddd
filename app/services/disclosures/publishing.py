"""Publishing a public list: a person's word that locks a version; withdrawing leaves a tombstone with the reason."""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from app.documents.disclosures.sealed import Seal, names_of, rows_of, sealed
from app.domain.access import Actor, Origin
from app.domain.disclosures.lists import (
    DISCLOSURES,
    Disclosure,
    DisclosureAction,
    DisclosureIncomplete,
    DisclosureStale,
    Lack,
    ListScope,
    Publication,
    Series,
    Withdrawal,
    check_publication,
    digest,
    serial_of,
)
from app.domain.errors import FieldError, pointer_to
from app.domain.events import Event
from app.integrations.ids import new_id
from app.persistence.disclosures.repository import DisclosureRepository
from app.persistence.unit_of_work import UnitOfWork

# More rows of one refusal than anybody reads.
ERRORS_SHOWN = 1000


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """The state of the disclosure somebody has seen, and the decision it is published on, or why it is withdrawn."""

    version: int
    text: str


async def publish(uow: UnitOfWork, disclosure_id: UUID, said: Said, *, by: Actor) -> Disclosure:
    """The next version of its list, in place of the one before."""
    person = by.named_person()
    one, series = await _taken(uow, disclosure_id, said, by)
    check_publication(one, series)
    if one.lacking:
        raise DisclosureIncomplete(count=len(one.lacking), errors=_errors(one.lacking[:ERRORS_SHOWN]))
    disclosures = DisclosureRepository(uow.session)
    number, content = series.newest + 1, await disclosures.content(one)
    seal = Seal(
        list_id=str(series.id),
        number=number,
        serial=serial_of(one.scope, number),
        basis=said.text,
        office=person.office,
        published_at=uow.now,
        previous_sha256=await disclosures.newest_hash(series),
    )
    document = sealed(content, seal)
    publication = Publication(
        series_id=series.id,
        number=number,
        disclosure_id=one.id,
        serial=seal.serial,
        hash=digest(document),
        previous_hash=seal.previous_sha256,
        basis=said.text,
        published_by=Origin.of(by),
        known_at=uow.now,
    )
    await disclosures.append(publication, document=document, names=names_of(rows_of(document)))
    told = ["disclosure.published"] if series.newest == 0 else ["disclosure.published", "disclosure.superseded"]
    numbers = (number, series.newest)
    await uow.record_all(
        [_event(kind, series, each, hash=publication.hash) for kind, each in zip(told, numbers, strict=False)], by=by
    )
    return await disclosures.get(disclosure_id, visible_to=by)


async def withdraw(uow: UnitOfWork, disclosure_id: UUID, said: Said, *, by: Actor) -> Disclosure:
    """Its rows are shown no more; the version, its hash and the reason stay."""
    by.named_person()
    one, series = await _taken(uow, disclosure_id, said, by)
    DISCLOSURES.after(one.state, DisclosureAction.WITHDRAW)
    number = 0 if one.publication is None else one.publication.number
    disclosures = DisclosureRepository(uow.session)
    await disclosures.withdraw(
        Withdrawal(series_id=series.id, number=number, reason=said.text, withdrawn_by=Origin.of(by), known_at=uow.now)
    )
    await uow.record(_event("disclosure.withdrawn", series, number, reason=said.text), by=by)
    return await disclosures.get(disclosure_id, visible_to=by)


async def _taken(uow: UnitOfWork, disclosure_id: UUID, said: Said, by: Actor) -> tuple[Disclosure, Series]:
    """The disclosure as it is once nobody else publishes or withdraws a version of its list."""
    disclosures = DisclosureRepository(uow.session)
    scope = (await disclosures.get(disclosure_id, visible_to=by)).scope
    by.must_look_after(scope.region)
    series = await disclosures.taken(scope, new_id=new_id())
    one = await disclosures.get(disclosure_id, visible_to=by)
    if one.version != said.version:
        raise DisclosureStale()
    return one, series


def _errors(lacking: Sequence[Lack]) -> list[FieldError]:
    return [
        FieldError(
            pointer=pointer_to("enterprises", one.enterprise_id, one.subject_id),
            code=one.code,
            zh=one.message("zh"),
            en=one.message("en"),
        )
        for one in lacking
    ]


def _event(kind: str, series: Series, number: int, **more: str) -> Event:
    scope: ListScope = series.scope
    data = {
        "kind": scope.kind.value,
        "pack": scope.pack,
        "season": scope.season,
        "number": number,
        "serial": serial_of(scope, number),
        "url": f"/v1/public/lists/{series.id}/versions/{number}",
        **more,
    }
    return Event(type=kind, subject=str(series.id), region=scope.region, data=data)
