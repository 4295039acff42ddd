"""The words every part of a pack's shape is made of: names, month-days, citations, texts in two languages."""

from typing import Annotated

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field

from app.domain.periods import MonthDay


def _month_day(text: str) -> str:
    MonthDay.parse(text)
    return text


def listed(value: object) -> object:
    """A text reads better than a list of one."""
    return [value] if isinstance(value, str) else value


MonthDayText = Annotated[str, Field(pattern=r"^\d{2}-\d{2}$", examples=["11-15"]), AfterValidator(_month_day)]
Name = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]{0,39}$")]
OptionCode = Annotated[str, Field(pattern=r"^[A-Za-z][A-Za-z0-9_]{0,39}$")]
RuleId = Annotated[str, Field(pattern=r"^[A-Za-z][A-Za-z0-9._-]{0,59}$")]
RegionCode = Annotated[str, Field(pattern=r"^\d{6}$")]
Cites = Annotated[list[str], BeforeValidator(listed), Field(default_factory=list)]


class Shape(BaseModel):
    """A part of the pack; unknown keys are refused."""

    model_config = ConfigDict(extra="forbid", populate_by_name=True)


class TextShape(Shape):
    """A sentence in Chinese and in English."""

    zh: str
    en: str


class InlinePeriodShape(Shape):
    from_: MonthDayText = Field(alias="from")
    to: MonthDayText
