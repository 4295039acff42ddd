"""The working calendar of China as it comes with the service: public holidays, and weekends that are worked."""

from datetime import date
from functools import cache
from importlib.resources import files

from pydantic import BaseModel, ConfigDict
from ruamel.yaml import YAML

from app.domain.compliance.calendar import WorkCalendar


class _Shape(BaseModel):
    model_config = ConfigDict(extra="forbid")

    version: str
    first_year: int
    last_year: int
    holidays: dict[date, str]
    worked: frozenset[date]


@cache
def china() -> WorkCalendar:
    """Every year it knows."""
    text = (files("app.documents") / "holidays.yaml").read_text(encoding="utf-8")
    given = _Shape.model_validate(YAML(typ="safe", pure=True).load(text))
    return WorkCalendar(
        version=given.version,
        first_year=given.first_year,
        last_year=given.last_year,
        holidays=given.holidays,
        worked=given.worked,
    )
