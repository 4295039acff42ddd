"""What is asked of a computation: for whom, under which plans, from which day on, and with which wishes."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from datetime import date, datetime
from typing import Any
from uuid import UUID

from app.domain.quantities import Pollutant


@dataclass(frozen=True, slots=True, kw_only=True)
class Scope:
    """A region with its subtree, or one enterprise, whose region is told too."""

    region: str
    enterprise_id: UUID | None = None

    @property
    def key(self) -> str:
        """What the versions of a season are counted by."""
        return self.region if self.enterprise_id is None else str(self.enterprise_id)


@dataclass(frozen=True, slots=True, kw_only=True)
class PinnedPack:
    """A version of a plan, pinned by its hash."""

    name: str
    version: str
    hash: str
    title: Mapping[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class FloorWanted:
    """Tonnes of a pollutant to be emitted less in a month (None: in the season), and on what ground (HR-03, GP-02)."""

    pollutant: Pollutant
    month: int | None
    tonnes: float
    why: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """A maintenance window a line would like to have."""

    line_id: UUID
    from_at: datetime
    until_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Concession:
    """A requirement that may fall short by the least that makes a schedule possible, and on what ground."""

    requirement: str
    why: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """What goes before the plans' own months, and what is asked besides them; months None: as the plans say."""

    preferred_months: tuple[int, ...] | None = None
    floors: tuple[FloorWanted, ...] = ()
    wishes: tuple[Wish, ...] = ()
    concessions: tuple[Concession, ...] = ()

    def as_json(self) -> dict[str, Any]:
        return {
            "preferred_months": None if self.preferred_months is None else list(self.preferred_months),
            "floors": [asdict(one) for one in self.floors],
            "wishes": [
                {
                    "line_id": str(one.line_id),
                    "from_at": one.from_at.isoformat(),
                    "until_at": one.until_at.isoformat(),
                }
                for one in self.wishes
            ],
            "concessions": [asdict(one) for one in self.concessions],
        }

    @classmethod
    def of_json(cls, stored: Mapping[str, Any]) -> "Options":
        months = stored["preferred_months"]
        return cls(
            preferred_months=None if months is None else tuple(months),
            floors=tuple(FloorWanted(**one) for one in stored["floors"]),
            wishes=tuple(
                Wish(
                    line_id=UUID(one["line_id"]),
                    from_at=datetime.fromisoformat(one["from_at"]),
                    until_at=datetime.fromisoformat(one["until_at"]),
                )
                for one in stored["wishes"]
            ),
            # Schedules computed before there were any.
            concessions=tuple(Concession(**one) for one in stored.get("concessions", ())),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Computation:
    """One computation; `based_on` is the published schedule it goes on from, whose past it keeps."""

    name: str
    scope: Scope
    packs: tuple[PinnedPack, ...]
    season: int
    from_day: date
    options: Options = field(default_factory=Options)
    based_on: UUID | None = None

    def as_json(self) -> dict[str, Any]:
        enterprise = self.scope.enterprise_id
        return {
            "name": self.name,
            "region": self.scope.region,
            "enterprise_id": None if enterprise is None else str(enterprise),
            "packs": [asdict(one) | {"title": dict(one.title)} for one in self.packs],
            "season": self.season,
            "from_day": self.from_day.isoformat(),
            "options": self.options.as_json(),
            "based_on": None if self.based_on is None else str(self.based_on),
        }

    @classmethod
    def of_json(cls, stored: Mapping[str, Any]) -> "Computation":
        enterprise, base = stored["enterprise_id"], stored["based_on"]
        return cls(
            name=stored["name"],
            scope=Scope(region=stored["region"], enterprise_id=None if enterprise is None else UUID(enterprise)),
            packs=tuple(PinnedPack(**one) for one in stored["packs"]),
            season=stored["season"],
            from_day=date.fromisoformat(stored["from_day"]),
            options=Options.of_json(stored["options"]),
            based_on=None if base is None else UUID(base),
        )
