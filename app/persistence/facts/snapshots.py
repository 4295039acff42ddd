"""Snapshots: an enterprise's tree with every span of every fact known at an instant, as the evaluator reads it."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any, Protocol
from uuid import UUID

from sqlalchemy import Select, and_, case, func, select
from sqlalchemy.ext.asyncio import AsyncSession

from app.domain.access import Actor
from app.domain.decisions.subjects import UNVERIFIED, FactSpan, Subject, verified_from
from app.domain.decisions.warned import warned
from app.domain.enterprises.regions import BuiltUpArea
from app.domain.enterprises.structure import Enterprise, EnterpriseUnknown, Line, Process, Site, Unit
from app.domain.facts.values import value_of
from app.domain.warnings import LEVEL, covering, spells
from app.persistence.enterprises.reading import EnterpriseReader, Search
from app.persistence.facts.reading import RETRACTED, VERIFIED, marked
from app.persistence.facts.rows import AssertionRow
from app.persistence.regions import BuiltUpAreaRepository
from app.persistence.warnings import WarningRepository

Spans = dict[UUID, dict[str, list[FactSpan]]]
DISTANCE = "distance_to_built_up_km"


class Ruler(Protocol):
    """Something that measures a position against built-up areas."""

    def spans(self, longitude: Decimal, latitude: Decimal, /) -> list[FactSpan]: ...


class SnapshotReader:
    """Trees for the evaluator; `ruler` makes the measuring instrument for the areas known at the instant."""

    def __init__(self, session: AsyncSession, *, ruler: Callable[[Sequence[BuiltUpArea]], Ruler]) -> None:
        self.session = session
        self._make_ruler = ruler
        self._rulers: dict[tuple[UUID, ...], Ruler] = {}

    async def snapshot(self, enterprise_id: UUID, *, known_at: datetime, visible_to: Actor) -> Subject:
        found = await self.of([enterprise_id], known_at=known_at, visible_to=visible_to)
        if not found:
            raise EnterpriseUnknown()
        return found[0]

    async def snapshots(
        self, region: str, *, known_at: datetime, visible_to: Actor, after: UUID | None = None, limit: int = 1000
    ) -> list[Subject]:
        """The next enterprises of a region's subtree in order of ids; `after` is the id of the last one had."""
        heads = await EnterpriseReader(self.session).page(
            Search(region=region),
            visible_to=visible_to,
            after=None if after is None else (str(after),),
            limit=limit,
        )
        return await self.trees(await EnterpriseReader(self.session).below(heads), known_at)

    async def of(self, ids: Sequence[UUID], *, known_at: datetime, visible_to: Actor) -> list[Subject]:
        """Those enterprises of a list that the actor may see, in order of ids."""
        return await self.trees(await EnterpriseReader(self.session).whole(ids, visible_to=visible_to), known_at)

    async def trees(self, enterprises: Sequence[Enterprise], known_at: datetime) -> list[Subject]:
        """Of enterprises that have been read already, in their order."""
        return await self.assembled(
            enterprises, await self._spans([one.head.id for one in enterprises], known_at), known_at
        )

    async def assembled(self, enterprises: Sequence[Enterprise], spans: Spans, known_at: datetime) -> list[Subject]:
        """Trees of enterprises and spans from wherever they come, with what follows from places.

        Distances are measured where positions are known; warnings hold in the subtree of their region.
        """
        await self._warn(enterprises, spans, known_at)
        ruler = await self._ruler(known_at)
        if ruler is not None:
            for site in (site for one in enterprises for site in one.sites):
                if site.longitude is not None and site.latitude is not None:
                    spans.setdefault(site.id, {})[DISTANCE] = ruler.spans(site.longitude, site.latitude)
        return [_tree(one, spans) for one in enterprises]

    async def _warn(self, enterprises: Sequence[Enterprise], spans: Spans, known_at: datetime) -> None:
        """One query for all; a site that never lay under a warning keeps what was asserted."""
        regions = {site.region for one in enterprises for site in one.sites}
        warnings = await WarningRepository(self.session).known(regions, at=known_at) if regions else []
        if not warnings:
            return
        under = {region: spells(one for one in warnings if one.region in covering(region)) for region in regions}
        plain = {region: warned([], known) for region, known in under.items()}
        for one in enterprises:
            of_all = spans.get(one.head.id, {}).get(LEVEL, [])
            for site in (site for site in one.sites if under[site.region]):
                own = spans.setdefault(site.id, {})
                by_hand = own.get(LEVEL, [])
                # What is said of the enterprise as a whole holds where nothing is said of the site.
                said = [*of_all, *by_hand]
                added = warned(said, under[site.region]) if said else plain[site.region]
                if added:
                    own[LEVEL] = [*by_hand, *added]

    async def _ruler(self, known_at: datetime) -> Ruler | None:
        areas = await BuiltUpAreaRepository(self.session).known(at=known_at)
        if not areas:
            return None
        key = tuple(area.id for area in areas)
        if key not in self._rulers:
            self._rulers = {key: self._make_ruler(areas)}
        return self._rulers[key]

    async def _spans(self, ids: Iterable[UUID], known_at: datetime) -> Spans:
        spans: Spans = defaultdict(dict)
        rows = await self.session.execute(_spans_query(ids, known_at))
        for subject, fact, kind, value, begins, ends, assertion, verified, document, counts_from in rows:
            span: FactSpan = {
                "value": value_of(kind, value),
                "from": begins,
                "to": ends,
                "assertion": str(assertion),
                "verified": verified,
                "document": document,
            }
            known = spans[subject].setdefault(fact, [])
            if counts_from is None:
                known.append(span)
            else:
                known += verified_from(span, counts_from)
        return spans


def _spans_query(ids: Iterable[UUID], known_at: datetime) -> Select[*tuple[Any, ...]]:
    row = AssertionRow
    # Only of a claim does it matter from which day on it is verified.
    claims = and_(row.type == "programme", row.value.in_(list(UNVERIFIED)))
    return (
        select(
            row.subject_id,
            row.fact,
            row.type,
            row.value,
            func.to_char(row.valid_from, "YYYY-MM-DD"),
            func.to_char(row.valid_to, "YYYY-MM-DD"),
            row.id,
            VERIFIED.id.is_not(None),
            row.document,
            case((claims, func.to_char(VERIFIED.counts_from, "YYYY-MM-DD"))),
        )
        .outerjoin(VERIFIED, marked(VERIFIED, "verification", known_at))
        .outerjoin(RETRACTED, marked(RETRACTED, "retraction", known_at))
        .where(row.enterprise_id.in_(ids), row.known_at <= known_at, RETRACTED.id.is_(None))
        .order_by(row.valid_from.nulls_first(), row.known_at, row.id)
    )


def _tree(one: Enterprise, spans: Spans) -> Subject:
    head = one.head
    processes, units = defaultdict(list), defaultdict(list)
    codes = {process.id: process.code for process in one.processes}
    for process in one.processes:
        processes[process.line].append(_process(process, spans))
    for unit in one.units:
        units[unit.line].append(_unit(unit, codes, spans))
    lines = defaultdict(list)
    for line in one.lines:
        lines[line.site].append(_line(line, [*processes[line.id], *units[line.id]], spans))
    return {
        "level": "enterprise",
        "id": str(head.id),
        "code": head.code,
        "name": head.name,
        "gbt4754": head.gbt4754,
        "facts": spans.get(head.id, {}),
        "children": [_site(site, lines[site.id], spans) for site in one.sites],
    }


def _site(site: Site, lines: list[Subject], spans: Spans) -> Subject:
    found: Subject = {
        "level": "site",
        "id": str(site.id),
        "code": site.code,
        "name": site.name,
        "region": site.region,
        "facts": spans.get(site.id, {}),
        "children": lines,
    }
    if site.longitude is not None and site.latitude is not None:
        found["position"] = [float(site.longitude), float(site.latitude)]
    return found


def _line(line: Line, children: list[Subject], spans: Spans) -> Subject:
    return {
        "level": "line",
        "id": str(line.id),
        "code": line.code,
        "name": line.name,
        "industry": line.industry,
        "gbt4754": line.gbt4754,
        "facts": spans.get(line.id, {}),
        "children": children,
    }


def _process(process: Process, spans: Spans) -> Subject:
    return {
        "level": "process",
        "id": str(process.id),
        "code": process.code,
        "name": process.name,
        "kind": process.kind,
        "facts": spans.get(process.id, {}),
        "children": [],
    }


def _unit(unit: Unit, processes: dict[UUID, str], spans: Spans) -> Subject:
    return {
        "level": "unit",
        "id": str(unit.id),
        "code": unit.code,
        "name": unit.name,
        "kind": unit.kind,
        "process": None if unit.process is None else processes[unit.process],
        "facts": spans.get(unit.id, {}),
        "children": [],
    }
