"""Reading drafts before they are published: what they would change, and what has moved since they were made."""

import json
from uuid import UUID

from app.documents.disclosures.sealed import rows_of
from app.domain.access import Actor
from app.domain.disclosures.lists import Disclosure, MovedCode
from app.domain.disclosures.rows import ListDiff, diff
from app.persistence.decisions.runs import RunRepository
from app.persistence.disclosures.public import PublicListReader
from app.persistence.disclosures.repository import DisclosureRepository
from app.persistence.exemptions.lists import ListRepository
from app.persistence.policies import PackNotInForce, PackRepository
from app.persistence.schedules.repository import ScheduleRepository
from app.persistence.unit_of_work import UnitOfWork


async def moved(uow: UnitOfWork, one: Disclosure) -> list[MovedCode]:
    """What a draft stood on that is no longer so; an officer may still publish what was so on that day."""
    content = json.loads(await DisclosureRepository(uow.session).content(one))
    scope, since, listed = one.scope, one.known_at, content["sources"]["exemption_list"]
    found: list[MovedCode] = []
    if await _pack_hash(uow, scope.pack, scope.season) != content["policy"]["hash"]:
        found.append("policy_changed")
    if listed is not None:
        lists = await ListRepository(uow.session).some([UUID(listed["id"])])
        if any(each.newest != listed["number"] for each in lists.values()):
            found.append("exemption_list_changed")
        return found
    if await RunRepository(uow.session).any_since(scope.region, scope.pack, scope.season, since=since):
        found.append("decisions_changed")
    if await ScheduleRepository(uow.session).any_since(scope.region, scope.season, since=since):
        found.append("schedule_changed")
    return found


async def _pack_hash(uow: UnitOfWork, pack: str, season: int) -> str | None:
    try:
        return (await PackRepository(uow.session).get(pack, season=season)).hash
    except PackNotInForce:
        return None


async def preview(uow: UnitOfWork, disclosure_id: UUID, *, by: Actor) -> tuple[Disclosure, str, ListDiff | None]:
    """A disclosure with its content, and what it changes of the version it was drafted beside."""
    disclosures = DisclosureRepository(uow.session)
    one = await disclosures.get(disclosure_id, visible_to=by)
    content = await disclosures.content(one)
    series = await disclosures.series_of(one.scope)
    if series is None or one.based_on == 0:
        return one, content, None
    public = PublicListReader(uow.session)
    before = await public.document(await public.version(series.id, one.based_on))
    return one, content, diff(rows_of(before), rows_of(content))
