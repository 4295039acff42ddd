"""What a list is made from, enterprise by enterprise, as it was known when the draft was asked for."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any
from uuid import UUID

import orjson

from app.documents.disclosures.listed import (
    Decided,
    Made,
    Making,
    add_decided,
    add_exempt,
    never_decided,
    persons_of,
)
from app.documents.disclosures.sealed import Sources
from app.documents.published import evaluator_of
from app.domain.access import Actor
from app.domain.decisions.evaluate import Decision
from app.domain.disclosures.lists import NoExemptionList, Wanted
from app.domain.disclosures.rows import ListKind
from app.domain.enterprises.structure import Enterprise
from app.domain.exemptions.content import Content, Line
from app.domain.exemptions.lists import ListVersion, VersionUnknown
from app.domain.schedules.lines import ScheduledLine
from app.integrations.geometry import BuiltUpRuler
from app.persistence.decisions.runs import Run, RunRepository
from app.persistence.decisions.snapshots import SnapshotRepository
from app.persistence.enterprises.reading import EnterpriseReader
from app.persistence.exemptions.lists import ListRepository, ListSearch
from app.persistence.facts.snapshots import SnapshotReader
from app.persistence.policies import PackRepository
from app.persistence.schedules.repository import ScheduleRepository
from app.persistence.unit_of_work import UnitOfWork

# The decisions of a run on a day, proven to be what was stored.
Replay = Callable[[UnitOfWork, Run, date], Awaitable[Sequence[Decision]]]


@dataclass(slots=True, kw_only=True)
class Gathering:
    """A list in the making: whose enterprises are still to be read, and what was found so far."""

    making: Making
    replay: Replay
    known_at: datetime
    ids: Sequence[UUID]
    # A version of an exemption list, and its lines by enterprise.
    listed: tuple[ListVersion, Mapping[UUID, Sequence[Line]]] | None = None
    made: Made = field(default_factory=Made)
    schedules: dict[UUID, dict[str, Any]] = field(default_factory=dict)

    @property
    def sources(self) -> Sources:
        version = None if self.listed is None else self.listed[0]
        return Sources(
            known_at=self.known_at,
            schedules=tuple(self.schedules[one] for one in sorted(self.schedules)),
            exemption_list=None
            if version is None
            else {"id": str(version.list_id), "number": version.number, "sha256": version.hash},
        )


async def begin(uow: UnitOfWork, asked: Wanted, replay: Replay, *, known_at: datetime, by: Actor) -> Gathering:
    """The plan as it is in force, and the enterprises that may stand on the list."""
    scope = asked.scope
    pack = await PackRepository(uow.session).get(scope.pack, season=scope.season)
    making = Making(asked=asked, pack=evaluator_of(pack.document, pack.hash).pack)
    if scope.kind is not ListKind.EXEMPT:
        ids = await EnterpriseReader(uow.session).with_sites_in(scope.region, visible_to=by)
        return Gathering(making=making, replay=replay, known_at=known_at, ids=ids)
    version = await _exemption_list(uow, asked, by)
    lines: dict[UUID, list[Line]] = {}
    for one in Content.of_text(version.document).lines:
        if making.covers(one.region):
            lines.setdefault(UUID(one.enterprise_id), []).append(one)
    return Gathering(making=making, replay=replay, known_at=known_at, ids=sorted(lines), listed=(version, lines))


async def _exemption_list(uow: UnitOfWork, asked: Wanted, by: Actor) -> ListVersion:
    lists, scope = ListRepository(uow.session), asked.scope
    search = ListSearch(pack=scope.pack, season=scope.season)
    refused = NoExemptionList(pack=scope.pack, season=scope.season, number=asked.list_version or 1)
    found = await lists.page(search, visible_to=by, after=None, limit=1)
    if not found:
        raise refused
    try:
        return await lists.version(found[0], asked.list_version or found[0].newest)
    except VersionUnknown:
        raise refused from None


async def gather(uow: UnitOfWork, work: Gathering, ids: Sequence[UUID], *, by: Actor) -> None:
    """Add some enterprises of the list."""
    enterprises = await EnterpriseReader(uow.session).whole(ids, visible_to=by)
    if work.listed is not None:
        await _gather_exempt(uow, work, enterprises, work.listed[1])
    else:
        await _gather_decided(uow, work, enterprises)


async def _gather_exempt(
    uow: UnitOfWork, work: Gathering, enterprises: Sequence[Enterprise], lines: Mapping[UUID, Sequence[Line]]
) -> None:
    trees = await SnapshotReader(uow.session, ruler=BuiltUpRuler).trees(enterprises, work.known_at)
    for enterprise, tree in zip(enterprises, trees, strict=True):
        persons = persons_of(tree)
        for one in lines[enterprise.head.id]:
            add_exempt(work.made, work.making, one, enterprise, persons)


async def _gather_decided(uow: UnitOfWork, work: Gathering, enterprises: Sequence[Enterprise]) -> None:
    scope, ids = work.making.asked.scope, [one.head.id for one in enterprises]
    found = await RunRepository(uow.session).newest_of(ids, scope.pack, scope.season, known_at=work.known_at)
    runs = {one.enterprise_id: one for one in found}
    lines = await _lines(uow, work, ids)
    for one in enterprises:
        run = runs.get(one.head.id)
        if run is not None:
            add_decided(work.made, work.making, await _decided(uow, work, one, run, lines.get(one.head.id, ())))
        elif any(work.making.covers(site.region) and work.making.pack.governs(site.region) for site in one.sites):
            work.made.lacking.append(never_decided(one))


async def _decided(
    uow: UnitOfWork, work: Gathering, one: Enterprise, run: Run, lines: Sequence[ScheduledLine]
) -> Decided:
    decisions = await work.replay(uow, run, work.making.day)
    tree = orjson.loads(await SnapshotRepository(uow.session).get(run.enterprise_id, run.snapshot_hash))
    return Decided(enterprise=one, tree=tree, decisions=decisions, lines=lines)


async def _lines(uow: UnitOfWork, work: Gathering, ids: Sequence[UUID]) -> dict[UUID, list[ScheduledLine]]:
    """What published schedules plan for some enterprises; each schedule is remembered as a source."""
    schedules, lines = ScheduleRepository(uow.session), dict[UUID, list[ScheduledLine]]()
    for schedule_id, line in await schedules.standing_lines(ids, work.making.asked.scope.season):
        lines.setdefault(UUID(line.resource.enterprise_id), []).append(line)
        if schedule_id not in work.schedules:
            published = (await schedules.known(schedule_id)).publication
            if published is not None:
                said = {"id": str(schedule_id), "number": published.number, "sha256": published.hash}
                work.schedules[schedule_id] = said
    return lines
