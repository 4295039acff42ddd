"""Importing the register: a file waits as an operation, then lands some hundred enterprises at a time."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from app.documents.rejections import Wrong, told
from app.domain.access import Actor
from app.domain.enterprises.checking import Yardsticks
from app.domain.enterprises.columns import RowLevel
from app.domain.errors import Language
from app.domain.operations import Operation
from app.domain.policies.facts import Catalogue
from app.persistence.regions import RegionRepository
from app.persistence.unit_of_work import UnitOfWork
from app.services import operations
from app.services.enterprises.files import Gathered
from app.services.enterprises.landing import land
from app.services.enterprises.yardsticks import yardsticks

KIND = "import_register"
# One transaction each: large enough that a set costs little per row, small enough to show progress every second or two.
ROWS_AT_ONCE = 4000
ENTERPRISES_AT_ONCE = 1000


@dataclass(slots=True)
class Report:
    """What an import has done so far."""

    created: int = 0
    changed: int = 0
    asserted: int = 0
    landed: Counter[RowLevel] = field(default_factory=Counter)

    def as_json(self, gathered: Gathered, language: Language) -> dict[str, Any]:
        return {
            "rows": gathered.total,
            "enterprises_created": self.created,
            "enterprises_changed": self.changed,
            "facts_asserted": self.asserted,
            "landed": dict(self.landed),
            "rejected_rows": len(gathered.rejected),
            **told(gathered.wrong, language),
        }


async def start_import(
    uow: UnitOfWork,
    content: bytes,
    *,
    media_type: str,
    level: RowLevel | None,
    language: Language,
    by: Actor,
) -> Operation:
    """Keep the file and queue its import."""
    return await operations.start(
        uow,
        kind=KIND,
        payload={"media_type": media_type, "level": level, "language": language},
        by=by,
        now=uow.now,
        upload=content,
        media_type=media_type,
        upload_name="register",
    )


async def measure(uow: UnitOfWork, *, by: Actor, catalogue: Catalogue) -> Yardsticks:
    """The yardsticks of a whole import: every region, looked up once."""
    regions = await RegionRepository(uow.session).table()
    return yardsticks(catalogue=catalogue, regions=regions, now=uow.now, by=by)


def portions(gathered: Gathered) -> Iterator[list[str]]:
    """Enterprises to land together, in the order of the file."""
    portion, rows = list[str](), 0
    for code in list(gathered.rows):
        portion.append(code)
        rows += len(gathered.rows[code])
        if rows >= ROWS_AT_ONCE or len(portion) >= ENTERPRISES_AT_ONCE:
            yield portion
            portion, rows = [], 0
    if portion:
        yield portion


async def land_portion(uow: UnitOfWork, gathered: Gathered, codes: list[str], report: Report, *, by: Yardsticks) -> int:
    """Land some enterprises in the caller's transaction; answers how many rows that settles."""
    landed = await land(uow, {code: gathered.drafts(code) for code in codes}, by=by)
    report.created += len(landed.created)
    report.changed += len(landed.changed)
    report.asserted += landed.asserted
    report.landed += landed.landed
    owners = {(sheet, line): code for code in codes for sheet, line, _ in gathered.rows[code]}
    wrong: dict[str, list[Wrong]] = {}
    for one in landed.rejected:
        place = ("" if one.place.pointer else one.place.sheet, one.place.line)
        wrong.setdefault(owners[place], []).append(Wrong(place[0], place[1], one.error))
    settled = 0
    for code in codes:
        settled += len(gathered.rows[code])
        gathered.reject(code, wrong.get(code, ()))
        gathered.landed(code)
    return settled
