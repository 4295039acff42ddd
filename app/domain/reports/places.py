"""Where a row of a report stands: whose it is, what it is called, in which region and of which industry."""

from collections.abc import Iterator
from dataclasses import dataclass
from uuid import UUID

from app.domain.access import region_prefix
from app.domain.enterprises.structure import Enterprise, Head, Line, Process, Site, Unit
from app.domain.policies.facts import Level


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """A subject by the names a table bears; a site of several industries has none."""

    enterprise_id: UUID
    enterprise_code: str
    enterprise_name: str
    uscc: str | None
    subject_id: UUID
    level: Level
    code: str
    name: str
    region: str
    industry: str | None

    def lies_in(self, region: str) -> bool:
        return self.region.startswith(region_prefix(region))


def places(enterprise: Enterprise) -> dict[UUID, Place]:
    """Every subject of an enterprise, the enterprise itself first."""
    regions = {site.id: site.region for site in enterprise.sites}
    lines = {line.id: line for line in enterprise.lines}
    return {
        part.id: _place(enterprise.head, part, level, *_where(part, regions, lines))
        for level, part in _parts(enterprise)
    }


Named = Head | Site | Line | Process | Unit


def _parts(enterprise: Enterprise) -> Iterator[tuple[Level, Named]]:
    yield "enterprise", enterprise.head
    yield from (("site", one) for one in enterprise.sites)
    yield from (("line", one) for one in enterprise.lines)
    yield from (("process", one) for one in enterprise.processes)
    yield from (("unit", one) for one in enterprise.units)


def _where(part: Named, regions: dict[UUID, str], lines: dict[UUID, Line]) -> tuple[str, str | None]:
    """The region of its site, and the industry of its line or of all lines below it."""
    if isinstance(part, Process | Unit):
        part = lines[part.line]
    if isinstance(part, Line):
        return regions[part.site], part.industry
    below = [one for one in lines.values() if isinstance(part, Head) or one.site == part.id]
    industries = {one.industry for one in below}
    return part.region, industries.pop() if len(industries) == 1 else None


def _place(head: Head, part: Named, level: Level, region: str, industry: str | None) -> Place:
    return Place(
        enterprise_id=head.id,
        enterprise_code=head.code,
        enterprise_name=head.name,
        uscc=head.uscc,
        subject_id=part.id,
        level=level,
        code=part.code,
        name=part.name,
        region=region,
        industry=industry,
    )
