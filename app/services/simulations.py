"""Simulations: ask what a draft would change, decide portion by portion, and keep what came of it."""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from functools import lru_cache
from typing import Any
from uuid import UUID

import orjson

from app.documents.catalogue import base_catalogue
from app.documents.pack import PackRefused, read_pack
from app.documents.pack_check import report_of
from app.documents.published import evaluator_of
from app.documents.simulation import change_document, tally_document
from app.domain.access import Actor
from app.domain.decisions.columns import ValueOutside
from app.domain.decisions.diagram import TooEntangled
from app.domain.decisions.evaluate import EVALUATOR_VERSION, Evaluator
from app.domain.decisions.season import season_bounds
from app.domain.decisions.subjects import Subject
from app.domain.errors import Conflict, FieldError, Invalid
from app.domain.events import Event
from app.domain.operations import Operation
from app.domain.policies.pack import Pack
from app.domain.simulations.comparing import Comparison
from app.domain.simulations.tally import Tally
from app.integrations.ids import new_id
from app.persistence.policies import PackRepository, PackUnknown, StoredPack
from app.persistence.policies.drafts import DraftRepository
from app.persistence.simulations import SimulationRepository, StoredChange, StoredSimulation
from app.persistence.unit_of_work import UnitOfWork
from app.services import operations

KIND = "simulate"


class DraftUnreadable(Invalid):
    code = "draft_unreadable"
    zh = "草案无法读取；逐条原因见 errors。"
    en = "The draft cannot be read; every reason is in errors."


class DayOutsideSeason(Invalid):
    code = "day_outside_season"
    zh = "{day} 不在 {season} 年开始的季节（{first} 至次年 6 月 30 日）内。"
    en = "{day} lies outside the season of {season}, which begins on {first} and ends on 30 June."


class FactOutsideList(Conflict):
    code = "fact_outside_list"
    zh = "登记的“{fact}”取值 {value} 不在该方案列出的取值之内；请在方案的 facts 中补充后重试。"
    en = "The register holds {value} for {fact}, which the plan's own list does not know; add it to the plan's facts."


class DraftTooEntangled(Conflict):
    code = "draft_too_entangled"
    zh = "方案把过多事实牵连在一起，无法列出全部可能结果；请用 POST /v1/policy-packs/checks 查看是哪一条规则。"
    en = "The plan asks too many facts together to list every outcome; POST /v1/policy-packs/checks names the rule."


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """A draft (as a text, or under the name of a stored version), what it stands against, and for whom and when."""

    draft_text: str | None
    draft_name: str | None
    against: str | None
    season: int
    day: date
    region: str | None
    table: Mapping[str, Any] | None


async def start_simulation(uow: UnitOfWork, asked: Asked, *, by: Actor) -> Operation:
    """Pin both packs by their hashes and queue the work; what cannot be read is refused at once."""
    first, end = season_bounds(asked.season)
    if not first <= asked.day < end:
        raise DayOutsideSeason(day=asked.day, season=asked.season, first=first)
    against = None if asked.against is None else await named(uow, asked.against, season=asked.season)
    name, text = asked.draft_name or "", asked.draft_text
    if text is None:
        text = await drafted(uow, name, by=by)
    draft: Pack | StoredPack
    draft = await named(uow, name, season=asked.season) if text is None else await asyncio.to_thread(read_draft, text)
    payload = {
        "simulation_id": str(new_id()),
        "draft": reference(draft),
        "against": None if against is None else reference(against),
        "season": asked.season,
        "day": asked.day.isoformat(),
        "region": asked.region,
    }
    # A stored draft may be rewritten before its turn comes; what was asked about is this text.
    upload = orjson.dumps({"draft": text, "table": asked.table})
    return await operations.start(uow, kind=KIND, payload=payload, by=by, now=uow.now, upload=upload)


@lru_cache(maxsize=8)
def read_draft(text: str) -> Pack:
    """A draft is read when it is asked about and again when its turn comes; packs never change, so once is enough."""
    try:
        return read_pack(text, base_catalogue()).pack
    except PackRefused as refused:
        raise DraftUnreadable(
            errors=[
                FieldError(
                    pointer=f"line {placed.line}", code=placed.finding.code, zh=placed.finding.zh, en=placed.finding.en
                )
                for placed in report_of(refused).placed
            ]
        ) from refused


async def drafted(uow: UnitOfWork, name: str, *, by: Actor) -> str | None:
    """The text of a draft under `name@version`; None where none is being written that the caller may see."""
    head, _, version = name.partition("@")
    found = await DraftRepository(uow.session).find(head, version, visible_to=by)
    return None if found is None else found.texts.pack


async def named(uow: UnitOfWork, name: str, *, season: int) -> StoredPack:
    """`name` is the version in force in the season, `name@version` a certain one."""
    head, _, version = name.partition("@")
    packs = PackRepository(uow.session)
    if not version:
        return await packs.get(head, season=season)
    if not any(one.head.version == version for one in await packs.versions(head)):
        raise PackUnknown(name=name)
    return await packs.version(head, version)


def reference(pack: Pack | StoredPack) -> dict[str, Any]:
    return {"name": pack.name, "version": pack.version, "hash": pack.hash, "title": dict(pack.title)}


@dataclass(slots=True, kw_only=True)
class Work:
    """One simulation under way: two plans made ready, and what has been counted so far."""

    id: UUID
    payload: Mapping[str, Any]
    known_at: datetime
    comparison: Comparison
    tally: Tally = field(default_factory=Tally)
    written: int = 0

    @property
    def packs(self) -> dict[str, Pack | None]:
        before = self.comparison.before
        return {
            "before": None if before is None else before.evaluator.pack,
            "after": self.comparison.after.evaluator.pack,
        }

    def portion(self, trees: Sequence[Subject]) -> list[StoredChange]:
        """Decide some enterprises under both plans; pure computing, for a thread of its own."""
        found: list[StoredChange] = []
        try:
            for seen, change in self.comparison.of(trees):
                self.tally.add(seen, change)
                if change is not None:
                    found.append(
                        StoredChange(
                            position=self.written + len(found),
                            industry=seen.industry,
                            region=seen.region,
                            direction=change.direction,
                            document=change_document(change),
                        )
                    )
        except ValueOutside as outside:
            raise FactOutsideList(fact=outside.fact, value=outside.value) from outside
        except TooEntangled as entangled:
            raise DraftTooEntangled() from entangled
        self.written += len(found)
        return found


async def made_ready(uow: UnitOfWork, payload: Mapping[str, Any], draft: str | None, *, known_at: datetime) -> Work:
    """Both plans as they were pinned; evaluators of its own, because a thread will grow their diagrams."""
    packs = PackRepository(uow.session)
    against = None if payload["against"] is None else await packs.find(payload["against"]["hash"])
    stored = None if draft is not None else await packs.find(payload["draft"]["hash"])

    def compare() -> Comparison:
        after = read_draft(draft) if draft is not None else _pack(stored, payload["draft"]["name"])
        before = None if payload["against"] is None else Evaluator(_pack(against, payload["against"]["name"]))
        return Comparison(before, Evaluator(after), season=payload["season"], day=date.fromisoformat(payload["day"]))

    return Work(
        id=UUID(payload["simulation_id"]),
        payload=payload,
        known_at=known_at,
        comparison=await asyncio.to_thread(compare),
    )


def _pack(stored: StoredPack | None, name: str) -> Pack:
    if stored is None:
        raise PackUnknown(name=name)
    return evaluator_of(stored.document, stored.hash).pack


async def keep_portion(uow: UnitOfWork, work: Work, changes: Sequence[StoredChange]) -> None:
    await SimulationRepository(uow.session).add_changes(work.id, changes)


async def finish(uow: UnitOfWork, work: Work, *, rejected: Mapping[str, Any], by: Actor) -> StoredSimulation:
    """Make the simulation appear: its changes are all there."""
    payload = work.payload
    made = StoredSimulation(
        id=work.id,
        requested_by=by.client_id,
        region=payload["region"],
        season=payload["season"],
        day=date.fromisoformat(payload["day"]),
        known_at=work.known_at,
        draft=payload["draft"],
        against=payload["against"],
        evaluator_version=EVALUATOR_VERSION,
        summary={**tally_document(work.tally, work.packs), **rejected},
    )
    await SimulationRepository(uow.session).add(made)
    data = {"draft": payload["draft"]["hash"], "changed": work.tally.whole.changed}
    event = Event(type="simulation.finished", subject=str(work.id), region=payload["region"], data=data)
    await uow.record(event, by=by)
    return made
