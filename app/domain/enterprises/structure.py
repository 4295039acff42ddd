"""The structure of an enterprise: only what places and names things; everything else is a fact."""

from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from typing import Literal
from uuid import UUID

from app.domain.errors import Conflict, Invalid, NotFound, Stale
from app.domain.policies.facts import Level

MeterKind = Literal["main", "production", "treatment"]


class EnterpriseUnknown(NotFound):
    code = "enterprise_unknown"
    zh = "没有这家企业，或您无权查看。"
    en = "There is no such enterprise, or you may not see it."


class EnterpriseCodeTaken(Conflict):
    code = "enterprise_code_taken"
    zh = "您已登记过编码为“{code_}”的企业；修改请用 PATCH，或换一个编码。"
    en = "You have already registered an enterprise under the code {code_!r}; change it with PATCH or use another code."


class EnterpriseStale(Stale):
    code = "enterprise_stale"
    zh = "该企业已被修改；请重新读取后再提交。"
    en = "The enterprise has changed since you read it; read it again and resend."


class StructureInvalid(Invalid):
    code = "structure_invalid"
    zh = "企业结构不符合要求，详见 errors。"
    en = "The structure of the enterprise does not hold together; see errors."


class RegionInvisible(Invalid):
    code = "region_not_yours"
    zh = "行政区 {region} 不在您的管辖范围内。"
    en = "The region {region} lies outside the part of the register you may see."


@dataclass(frozen=True, slots=True, kw_only=True)
class Head:
    """An enterprise as a whole: the registrar's own code, its name, and the region that looks after it."""

    id: UUID
    registrar: str
    code: str
    name: str
    region: str
    uscc: str | None = None
    gbt4754: str | None = None
    sample: bool = False
    version: int = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Site:
    """A place of production with its own region; the code of registration says nothing about it."""

    id: UUID
    code: str
    name: str
    region: str
    address: str | None = None
    longitude: Decimal | None = None
    latitude: Decimal | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """A production line with the plan's industry tag; the GB/T 4754 code alone never selects a rule."""

    id: UUID
    site: UUID
    code: str
    name: str
    industry: str | None = None
    gbt4754: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Process:
    """A step of a line."""

    id: UUID
    line: UUID
    code: str
    name: str
    kind: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Unit:
    """A piece of equipment of a line, perhaps within one of its processes."""

    id: UUID
    line: UUID
    code: str
    name: str
    process: UUID | None = None
    kind: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Coupling:
    """Two lines or units that depend on each other: what feeds, matches, treats or heats what."""

    id: UUID
    kind: str
    from_level: Level
    from_id: UUID
    to_level: Level
    to_id: UUID


@dataclass(frozen=True, slots=True, kw_only=True)
class Meter:
    """An electricity meter and what it measures: a site, a line or one unit."""

    id: UUID
    code: str
    kind: MeterKind
    level: Level
    subject: UUID
    multiplier: Decimal = Decimal(1)


Part = Site | Line | Process | Unit | Coupling | Meter


@dataclass(frozen=True, slots=True, kw_only=True)
class Enterprise:
    """An enterprise with everything below it."""

    head: Head
    sites: tuple[Site, ...] = ()
    lines: tuple[Line, ...] = ()
    processes: tuple[Process, ...] = ()
    units: tuple[Unit, ...] = ()
    couplings: tuple[Coupling, ...] = ()
    meters: tuple[Meter, ...] = ()

    def subjects(self) -> Iterator[tuple[Level, UUID]]:
        """Everything a fact can be about."""
        yield "enterprise", self.head.id
        yield from (("site", site.id) for site in self.sites)
        yield from (("line", line.id) for line in self.lines)
        yield from (("process", process.id) for process in self.processes)
        yield from (("unit", unit.id) for unit in self.units)

    def chain(self, subject: UUID) -> tuple[UUID, ...]:
        """A subject and everything it stands on, nearest first, the enterprise last."""
        above = {
            **{site.id: self.head.id for site in self.sites},
            **{line.id: line.site for line in self.lines},
            **{process.id: process.line for process in self.processes},
            **{unit.id: unit.process or unit.line for unit in self.units},
        }
        found = [subject]
        while found[-1] in above:
            found.append(above[found[-1]])
        return tuple(found)

    def regions_of(self, subject: UUID) -> set[str]:
        """The regions of the sites a subject stands on, or that stand on it."""
        chain = self.chain(subject)
        return {site.region for site in self.sites if site.id in chain or subject == self.head.id}

    def level_of(self, subject: UUID) -> Level | None:
        return next((level for level, known in self.subjects() if known == subject), None)
