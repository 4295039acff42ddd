"""Schedules in bodies: what is asked, how good it came out, and who stops when on which clause."""

from collections.abc import Mapping
from datetime import date
from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import AfterValidator, AwareDatetime, Field

from app.api.bodies import AnswerBody, CivilDay, Instant, Name, RegionCode, RequestBody
from app.api.evidence import HandOut
from app.api.structure import plain
from app.documents.schedules import stage_document
from app.documents.wording import exact
from app.domain.errors import Language
from app.domain.periods import ONE_DAY
from app.domain.quantities import Pollutant
from app.domain.schedules.computation import Concession, FloorWanted, Options, Wish
from app.domain.schedules.versions import Publication, ScheduleState, StoredSchedule

StageWord = Literal["peak_preferred", "tonnes_preferred", "peak_outside", "restarts", "changes"]
Month = Annotated[int, Field(ge=1, le=12)]
ExactTonnes = Annotated[str, Field(pattern=r"^\d{1,9}(\.\d{1,6})?$", description="Tonnes, exact, as a decimal text.")]
Reason = Annotated[str, Field(min_length=1, max_length=300), AfterValidator(plain)]


class ScheduleFloorRequest(RequestBody):
    """All lines together emit at least so many tonnes less in a month, or without one in the season."""

    pollutant: Pollutant
    month: Month | None = None
    tonnes: ExactTonnes
    why: Reason


class ScheduleWishRequest(RequestBody):
    """A maintenance window a line would like to have; it is granted where nothing else is lost."""

    line_id: UUID
    from_at: AwareDatetime
    until_at: AwareDatetime


class ScheduleConcessionRequest(RequestBody):
    """What may fall short where there is no schedule otherwise; its name is the last step of a relaxation's pointer."""

    requirement: Annotated[str, Field(min_length=1, max_length=300), AfterValidator(plain)]
    why: Reason


class ScheduleOptions(RequestBody):
    """What is asked besides the plans."""

    preferred_months: Annotated[
        list[Month] | None, Field(max_length=12, description="Months to relieve first; null: as the plans say.")
    ] = None
    floors: Annotated[list[ScheduleFloorRequest], Field(max_length=100)] = Field(default_factory=list)
    wishes: Annotated[list[ScheduleWishRequest], Field(max_length=10_000)] = Field(default_factory=list)
    concessions: Annotated[
        list[ScheduleConcessionRequest],
        Field(max_length=1000, description="Each gives way by the least that makes a schedule possible."),
    ] = Field(default_factory=list)

    def options(self) -> Options:
        months = self.preferred_months
        return Options(
            preferred_months=None if months is None else tuple(sorted(set(months))),
            floors=tuple(
                FloorWanted(pollutant=one.pollutant, month=one.month, tonnes=float(one.tonnes), why=one.why)
                for one in self.floors
            ),
            wishes=tuple(Wish(line_id=one.line_id, from_at=one.from_at, until_at=one.until_at) for one in self.wishes),
            concessions=tuple(Concession(requirement=one.requirement, why=one.why) for one in self.concessions),
        )


class ScheduleRequest(RequestBody):
    """For a region or one enterprise, in one season; the published schedule of the same scope is what it goes on from."""

    name: Name
    season: Annotated[int, Field(ge=2013, le=2100, description="The year the season starts in.", examples=[2019])]
    region: Annotated[RegionCode | None, Field(description="Its whole subtree.")] = None
    enterprise_id: UUID | None = None
    packs: Annotated[
        list[Annotated[str, Field(max_length=60)]] | None,
        Field(min_length=1, max_length=50, description="Names of plans; null: all in force for the scope."),
    ] = None
    from_day: Annotated[CivilDay | None, Field(description="The first day to plan; today if absent.")] = None
    based_on: Annotated[
        UUID | None, Field(description="The published schedule, to be sure that it is still the one you have seen.")
    ] = None
    settings: ScheduleOptions = Field(default_factory=ScheduleOptions)


class SchedulePublicationRequest(RequestBody):
    """On what decision, and how soon enterprises must acknowledge."""

    basis: Annotated[str, Field(min_length=1, max_length=300), AfterValidator(plain)]
    acknowledge_within_hours: Annotated[int, Field(ge=1, le=168)] = 72


class ScheduledPack(AnswerBody):
    """A version of a plan."""

    name: str
    version: str
    hash: str
    title: str


class ScheduleStageOut(AnswerBody):
    """One goal: its value, the best proved possible, and the gap in percent; null where no bound is known."""

    name: StageWord
    value: str
    bound: str | None
    gap_pct: str | None


class ScheduleFloorOut(AnswerBody):
    """A target that was asked for."""

    pollutant: Pollutant
    month: int | None
    tonnes: str
    why: str


class ScheduleWishOut(AnswerBody):
    """A window that was wished for."""

    line_id: UUID
    from_at: Instant
    until_at: Instant


class ScheduleConcessionOut(AnswerBody):
    """What was allowed to fall short; notes of the kind `conceded` tell what did, and by how much."""

    requirement: str
    why: str


class ScheduleOptionsOut(AnswerBody):
    """What was asked besides the plans."""

    preferred_months: list[int] | None
    floors: list[ScheduleFloorOut]
    wishes: list[ScheduleWishOut]
    concessions: list[ScheduleConcessionOut]


class ScheduleOpenPoint(AnswerBody):
    """What is asked of a subject but could not be planned yet, through which days, and what would settle it."""

    kind: str
    enterprise_id: UUID | None
    subject_id: UUID | None
    label: str
    pack: str
    rule: str
    first_day: date | None
    last_day: date | None
    text: str


class ScheduleNote(AnswerBody):
    """What stands behind a number of the schedule, or what it leaves out."""

    kind: str
    subject_id: UUID | None
    label: str
    text: str


class SchedulePublicationOut(AnswerBody):
    """The version as which it was published; the operation serves it."""

    number: int
    supersedes: UUID | None
    basis: str
    acknowledge_within_hours: int
    hash: str
    published: HandOut
    operation_id: UUID

    @classmethod
    def of(cls, one: Publication) -> "SchedulePublicationOut":
        return cls(
            number=one.number,
            supersedes=one.supersedes,
            basis=one.basis,
            acknowledge_within_hours=one.acknowledge_within_hours,
            hash=one.hash,
            published=HandOut.of(one.published_by, one.known_at),
            operation_id=one.operation_id,
        )


class ScheduleSummary(AnswerBody):
    """A schedule in a list; `hash` is over everything that came out."""

    id: UUID
    name: str
    state: ScheduleState
    number: int | None = Field(description="Its version number, once published.")
    region: str
    enterprise_id: UUID | None
    season: int
    from_day: date
    first_day: date
    last_day: date
    packs: list[ScheduledPack]
    stages: list[ScheduleStageOut]
    lines: int
    enterprises: int
    based_on: UUID | None
    known_at: Instant
    computed: HandOut
    hash: str


class ScheduleOut(ScheduleSummary):
    """A schedule without its lines, which are at `/lines`."""

    settings: ScheduleOptionsOut
    preferred_months: list[int]
    problem_hash: str
    open: list[ScheduleOpenPoint]
    notes: list[ScheduleNote]
    publication: SchedulePublicationOut | None


class SchedulePage(AnswerBody):
    """Some schedules, newest first."""

    items: list[ScheduleSummary]
    next_cursor: str | None


def summary_fields(one: StoredSchedule, language: Language) -> dict[str, Any]:
    asked = one.asked
    return {
        "id": one.id,
        "name": asked.name,
        "state": one.state,
        "number": None if one.publication is None else one.publication.number,
        "region": asked.scope.region,
        "enterprise_id": asked.scope.enterprise_id,
        "season": asked.season,
        "from_day": asked.from_day,
        "first_day": one.first,
        "last_day": one.end - ONE_DAY,
        "packs": [
            ScheduledPack(name=pack.name, version=pack.version, hash=pack.hash, title=pack.title[language])
            for pack in asked.packs
        ],
        "stages": [ScheduleStageOut.model_validate(stage_document(stage)) for stage in one.stages],
        "lines": one.lines,
        "enterprises": one.enterprises,
        "based_on": asked.based_on,
        "known_at": one.known_at,
        "computed": HandOut.of(one.created_by, one.known_at),
        "hash": one.hash,
    }


def schedule_out(one: StoredSchedule, language: Language) -> ScheduleOut:
    options = one.asked.options
    months = options.preferred_months
    return ScheduleOut(
        **summary_fields(one, language),
        settings=ScheduleOptionsOut(
            preferred_months=None if months is None else list(months),
            floors=[
                ScheduleFloorOut(
                    pollutant=floor.pollutant,
                    month=floor.month,
                    tonnes=exact(floor.tonnes),
                    why=floor.why,
                )
                for floor in options.floors
            ],
            wishes=[
                ScheduleWishOut(line_id=wish.line_id, from_at=wish.from_at, until_at=wish.until_at)
                for wish in options.wishes
            ],
            concessions=[
                ScheduleConcessionOut(requirement=each.requirement, why=each.why) for each in options.concessions
            ],
        ),
        preferred_months=list(one.preferred_months),
        problem_hash=one.problem_hash,
        open=[ScheduleOpenPoint.model_validate(in_words(point, language)) for point in one.open],
        notes=[ScheduleNote.model_validate(in_words(note, language)) for note in one.notes],
        publication=None if one.publication is None else SchedulePublicationOut.of(one.publication),
    )


def in_words(stored: Mapping[str, Any], language: Language) -> dict[str, Any]:
    """A stored point in the language of its reader."""
    return {**stored, "text": stored["says"][language]}
