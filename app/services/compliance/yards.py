"""yards: the data verdicts are measured by: thresholds and calendars as kept under their versions, terms under their hash."""

from collections.abc import Iterator, Mapping
from datetime import date

import orjson

from app.documents.dossiers import canonical, digest, thresholds_of
from app.documents.holidays import china
from app.domain.access import Actor, Origin
from app.domain.compliance.calendar import WorkCalendar
from app.domain.compliance.dossier import Terms, ThresholdsTaken, ThresholdsUnknown
from app.domain.compliance.thresholds import PUBLISHED, Thresholds
from app.domain.events import Event
from app.persistence.compliance.rows import ThresholdsRow, WorkCalendarRow
from app.persistence.compliance.yardsticks import YardstickRepository, Yardsticks
from app.persistence.unit_of_work import UnitOfWork
from app.services.compliance.judging import Yard

# What comes with the service is nobody's word in particular.
SERVICE = Origin(client_id="system", person=None)


def supplied() -> Iterator[tuple[Yardsticks, str, bytes, bytes]]:
    """What comes with the service: table, version, document and hash."""
    known: tuple[tuple[Yardsticks, str, bytes], ...] = (
        (ThresholdsRow, PUBLISHED.version, canonical(PUBLISHED.as_json())),
        (WorkCalendarRow, china().version, calendar_document(china())),
    )
    yield from ((kind, version, document, digest(document)) for kind, version, document in known)


async def published(uow: UnitOfWork) -> None:
    """Keep what comes with the service, so that a later version of the service finds what this one judged by."""
    stored = YardstickRepository(uow.session)
    for kind, version, document, hashed in supplied():
        await stored.add(kind, version, document, hashed, at=uow.now, by=SERVICE)


async def yard_of(uow: UnitOfWork, terms: Terms) -> Yard:
    """Everything an assessment on these terms is measured by; raises ThresholdsUnknown."""
    stored = YardstickRepository(uow.session)
    document = canonical(terms.as_json())
    await stored.keep_terms(digest(document), document, at=uow.now)
    return Yard(
        terms=terms,
        digest=digest(document),
        thresholds=await thresholds(uow, terms.thresholds),
        calendar=await calendar(uow, terms.calendar),
    )


async def thresholds(uow: UnitOfWork, version: str) -> Thresholds:
    found = await YardstickRepository(uow.session).find(ThresholdsRow, version)
    if found is None:
        raise ThresholdsUnknown(version=version[:80])
    return thresholds_of(orjson.loads(found))


async def calendar(uow: UnitOfWork, version: str) -> WorkCalendar:
    found = await YardstickRepository(uow.session).find(WorkCalendarRow, version)
    if found is None:
        raise LookupError(f"calendar {version} is missing")
    return calendar_of(found)


async def publish_thresholds(
    uow: UnitOfWork,
    version: str,
    base: str,
    changes: Mapping[str, int],
    *,
    source: str,
    confirm: str,
    by: Actor,
) -> Thresholds:
    """Another version beside those there are: numbers of an authority's own, each with where it comes from.

    An officer says so, and nothing judged before is judged again by it.
    """
    by.must_be_officer()
    await published(uow)
    found = (await thresholds(uow, base)).replaced(version, changes, source=source, confirm=confirm)
    document = canonical(found.as_json())
    added = await YardstickRepository(uow.session).add(
        ThresholdsRow, version, document, digest(document), at=uow.now, by=Origin.of(by)
    )
    if not added:
        raise ThresholdsTaken(version=version)
    event = Event(
        type="compliance.thresholds_published", subject=version, data={"base": base, "changes": dict(changes)}
    )
    await uow.record(event, by=by)
    return found


def calendar_document(one: WorkCalendar) -> bytes:
    return canonical(
        {
            "version": one.version,
            "first_year": one.first_year,
            "last_year": one.last_year,
            "holidays": {day.isoformat(): name for day, name in one.holidays.items()},
            "worked": sorted(one.worked),
        }
    )


def calendar_of(document: bytes) -> WorkCalendar:
    stored = orjson.loads(document)
    return WorkCalendar(
        version=stored["version"],
        first_year=stored["first_year"],
        last_year=stored["last_year"],
        holidays={date.fromisoformat(day): name for day, name in stored["holidays"].items()},
        worked=frozenset(date.fromisoformat(day) for day in stored["worked"]),
    )
