"""The two kinds of bodies: requests refuse what they do not know, answers have no defaults and grow only."""

from datetime import date, datetime
from typing import Annotated

from pydantic import (
    AfterValidator,
    AwareDatetime,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    PlainSerializer,
    StringConstraints,
)

from app.domain.periods import SHANGHAI


class RequestBody(BaseModel):
    """What a caller sends: unknown fields, NaN and infinity are refused; nothing is guessed from another type."""

    model_config = ConfigDict(extra="forbid", allow_inf_nan=False, frozen=True)


class AnswerBody(BaseModel):
    """What we send: every field always there."""

    model_config = ConfigDict(frozen=True)


def in_shanghai(at: datetime) -> str:
    return at.astimezone(SHANGHAI).isoformat(timespec="milliseconds")


# Instants leave with the offset that every reader of these plans lives in.
Instant = Annotated[AwareDatetime, PlainSerializer(in_shanghai, return_type=str, when_used="json")]


def written(value: object) -> object:
    """A number is no day: 0 would become the first of January 1970."""
    if not isinstance(value, str | date):
        raise ValueError("write a day such as 2019-12-10")  # noqa: TRY004  pydantic reports a ValueError as a problem
    return value


# A day as it is written in a request.
CivilDay = Annotated[date, BeforeValidator(written)]


def of_our_time(at: AwareDatetime) -> AwareDatetime:
    if not 2013 <= at.year <= 2100:
        raise ValueError("write an instant of the years 2013 to 2100")
    return at


# An instant as it is written in a request; no other comes near the ends of what can be counted.
Moment = Annotated[AwareDatetime, AfterValidator(of_our_time)]
Name = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=200)]
RegionCode = Annotated[str, StringConstraints(pattern=r"^\d{6}$")]
