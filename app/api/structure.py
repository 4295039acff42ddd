"""An enterprise as JSON: nested the way people think of it, taken apart into rows for the register."""

from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BeforeValidator, Field, StrictBool

from app.api.bodies import CivilDay, RegionCode, RequestBody
from app.documents.nested import rows_of
from app.domain.enterprises.checking import Draft
from app.domain.facts.values import is_plain

# A list of parts; left out means none.
UP_TO: Any = Field(default_factory=list, max_length=500)


def plain(text: str) -> str:
    if not is_plain(text):
        raise ValueError("control characters")
    return text


def written(value: object) -> object:
    """Values travel as text; a JSON boolean or number is what it looks like."""
    if isinstance(value, bool):
        return "true" if value else "false"
    return repr(value) if isinstance(value, int | float) else value


Text = Annotated[str, Field(min_length=1, max_length=200), AfterValidator(plain)]
Code = Annotated[str, Field(min_length=1, max_length=64, description="Your own code, unique at its level.")]
ValueText = Annotated[
    str,
    BeforeValidator(written),
    Field(
        min_length=1, max_length=500, description="true/false, a decimal, a code, a day or a text, as the fact asks."
    ),
]
Degrees = Annotated[
    str,
    BeforeValidator(written),
    Field(pattern=r"^\d{1,3}(\.\d{1,20})?$", description="WGS-84 decimal degrees."),
]


class FactRequest(RequestBody):
    """One fact of the subject it stands under; `valid_to` is exclusive."""

    fact: Annotated[str, Field(min_length=1, max_length=80, description="Canonical or Chinese name.")]
    value: ValueText
    valid_from: CivilDay | None = None
    valid_to: CivilDay | None = None
    document: Text | None = None


Facts = Annotated[list[FactRequest], UP_TO]


class ProcessRequest(RequestBody):
    """A process of a line."""

    code: Code
    name: Text | None = None
    kind: Text | None = None
    facts: Facts


class UnitRequest(RequestBody):
    """A unit of a line, perhaps within one of its processes."""

    code: Code
    name: Text | None = None
    kind: Text | None = None
    process: Code | None = None
    facts: Facts


class LineRequest(RequestBody):
    """A production line with the plan's industry tag."""

    code: Code
    name: Text | None = None
    industry: Text | None = None
    gbt4754: Text | None = None
    processes: Annotated[list[ProcessRequest], UP_TO]
    units: Annotated[list[UnitRequest], UP_TO]
    facts: Facts


class SiteRequest(RequestBody):
    """A site with its own region and position."""

    code: Code
    name: Text | None = None
    region: RegionCode | None = None
    address: Text | None = None
    longitude: Degrees | None = None
    latitude: Degrees | None = None
    lines: Annotated[list[LineRequest], UP_TO]
    facts: Facts


class CouplingRequest(RequestBody):
    """What feeds, matches, treats or heats what."""

    kind: Text
    from_level: Literal["line", "unit"]
    from_code: Code
    to_level: Literal["line", "unit"]
    to_code: Code


class MeterRequest(RequestBody):
    """A metering point and what it measures."""

    code: Code
    kind: Literal["main", "production", "treatment"]
    level: Literal["site", "line", "unit"]
    subject: Code
    multiplier: Annotated[str, BeforeValidator(written), Field(max_length=20)] | None = None


class EnterpriseParts(RequestBody):
    """Everything of an enterprise but its code; in a change, what is left out stays as it is."""

    name: Text | None = None
    region: RegionCode | None = None
    uscc: Text | None = None
    gbt4754: Text | None = None
    sites: Annotated[list[SiteRequest], UP_TO]
    couplings: Annotated[list[CouplingRequest], UP_TO]
    meters: Annotated[list[MeterRequest], UP_TO]
    facts: Facts


class EnterpriseRequest(EnterpriseParts):
    """An enterprise to register."""

    code: Code
    name: Text
    region: RegionCode
    sample: StrictBool = False


class EnterpriseChange(EnterpriseParts):
    """Parts to add or change, found by their codes."""


def drafts_of(body: EnterpriseParts, code: str, *, pointer: str = "", line: int = 0) -> list[Draft]:
    """The rows of a nested enterprise."""
    return list(rows_of(body.model_dump(exclude_none=True) | {"code": code}, pointer=pointer, line=line))
