"""Settings of a region's duties: reminders, the power supplier's day, and how long contacts are kept."""

from typing import Annotated

from fastapi import Depends, Path, Response
from pydantic import AfterValidator, Field

from app.api.bodies import AnswerBody, RequestBody
from app.api.evidence import HandOut
from app.api.preconditions import IfMatch, etag
from app.api.security import caller
from app.api.structure import plain
from app.api.transactions import Unit, router
from app.domain.access import Actor
from app.domain.duties.settings import DutySettings
from app.services.duties import setting

routes = router("duty_settings")
Reader = Annotated[Actor, Depends(caller("duties:read"))]
Authority = Annotated[Actor, Depends(caller("duties:decide"))]
RegionPath = Annotated[str, Path(pattern=r"^\d{6}$")]


class DutySettingsRequest(RequestBody):
    """What a region sets; regions below it follow unless they set their own."""

    lead_days: Annotated[int, Field(ge=0, le=60, description="Days before a day's end on which it counts as due soon.")]
    lead_hours: Annotated[int, Field(ge=0, le=48, description="The same in hours for what is due every day.")]
    power_supplier_day: Annotated[
        int | None, Field(ge=1, le=28, description="Day of the month for the power supplier's table (A-HR9).")
    ] = None
    contact_months: Annotated[int, Field(ge=1, le=120, description="Months after which an ended contact is erased.")]
    basis: Annotated[
        str,
        Field(min_length=1, max_length=500, description="What that time rests on."),
        AfterValidator(plain),
    ]


class DutySettingsOut(AnswerBody):
    """What holds in a region; `set_by` is the region above that set it, or null where the service's defaults hold."""

    region: str
    set_by: str | None
    lead_days: int
    lead_hours: int
    power_supplier_day: int | None
    contact_months: int
    basis: str
    changed: HandOut | None = Field(description="Told to who looks after the region that set it.")

    @classmethod
    def of(cls, region: str, one: DutySettings, reader: Actor) -> "DutySettingsOut":
        hand = None if one.by is None or one.at is None else HandOut.of(one.by, one.at)
        return cls(
            region=region,
            set_by=one.region if one.number else None,
            lead_days=one.lead_days,
            lead_hours=one.lead_hours,
            power_supplier_day=one.power_supplier_day,
            contact_months=one.contact_months,
            basis=one.basis,
            changed=hand if reader.sees_region(one.region) else None,
        )


@routes.get("/{region}")
async def get_duty_settings(region: RegionPath, actor: Reader, uow: Unit, response: Response) -> DutySettingsOut:
    """With the version of the region's own settings, which is 0 where it has none."""
    found, own = await setting.read(uow, region)
    response.headers["ETag"] = etag(own)
    return DutySettingsOut.of(region, found, actor)


@routes.put("/{region}")
async def change_duty_settings(
    region: RegionPath, body: DutySettingsRequest, seen: IfMatch, *, actor: Authority, uow: Unit, response: Response
) -> DutySettingsOut:
    """By a person who looks after the region."""
    made = await setting.change(uow, DutySettings(region=region, **body.model_dump()), seen=seen, by=actor)
    response.headers["ETag"] = etag(made.number)
    return DutySettingsOut.of(region, made, actor)
