"""Terms: what a plan asks somebody to report, file or do, for one period and by one instant, before it is anybody's."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum
from typing import Any, Literal
from uuid import UUID, uuid5

from app.domain.periods import Period
from app.domain.policies.undertakings import Text

Who = Literal["enterprise", "department", "county", "city", "authority", "government", "power_supplier"]
# In which part of a pack the duty stands.
Section = Literal["duties", "reports", "disclosures", "workflows"]
WHO: dict[str, tuple[str, str]] = {
    "enterprise": ("企业", "enterprise"),
    "department": ("部门", "department"),
    "county": ("县（市、区）", "county"),
    "city": ("市", "city"),
    "authority": ("主管部门", "authority"),
    "government": ("政府", "government"),
    "power_supplier": ("供电企业", "power supplier"),
}
SECTIONS: dict[str, tuple[str, str]] = {
    "duties": ("职责", "duties"),
    "reports": ("报告", "reports"),
    "disclosures": ("公开", "disclosures"),
    "workflows": ("办理事项", "workflows"),
}
# Names of terms are made in this space, so that making them again finds the ones that are there.
_SPACE = UUID("3f1c7c0e-9f0c-5a63-8a55-0d7e11f6a2c4")


class Force(StrEnum):
    """How much a term demands: by its instant, only for whoever wants it, or always and never late."""

    DUE = "due"
    OFFERED = "offered"
    STANDING = "standing"


FORCES: dict[str, tuple[str, str]] = {
    Force.DUE: ("限期", "due"),
    Force.OFFERED: ("可办可不办", "offered, not demanded"),
    Force.STANDING: ("长期", "standing, without a day"),
}


class Form(StrEnum):
    """What a duty may be filed with: a structured report, or a deed that the service records when it is done."""

    DAILY_EXECUTION = "daily_execution"
    MONTHLY_IMPLEMENTATION = "monthly_implementation"
    SEASON_SUMMARY = "season_summary"
    PLANT_PLAN = "plant_plan"
    INVENTORY = "inventory"
    ELECTRICITY_TABLE = "electricity_table"
    STATEMENT = "statement"
    CONTACT = "contact"
    APPLICATION = "application"


FORMS: dict[str, tuple[str, str]] = {
    Form.DAILY_EXECUTION: ("当日执行情况（截至 17 时）", "the day's execution, as of 17:00"),
    Form.MONTHLY_IMPLEMENTATION: ("上月落实情况", "last month's implementation"),
    Form.SEASON_SUMMARY: ("错峰期总结", "summary of the season"),
    Form.PLANT_PLAN: ("一厂一策方案", "plan of one plant"),
    Form.INVENTORY: ("企业底数和停限产名单", "inventory of firms with stop and limit lists"),
    Form.ELECTRICITY_TABLE: ("供电企业月度用电表", "the power supplier's monthly table"),
    Form.STATEMENT: ("书面说明", "statement"),
    Form.CONTACT: ("登记的联系人", "a registered contact"),
    Form.APPLICATION: ("按方案程序提出的申请", "an application under the plan's workflow"),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Contradiction:
    """Where the text contradicts itself: a code, and what is wrong in words."""

    code: str
    says: Text

    def as_json(self) -> dict[str, Any]:
        return {"code": self.code, "says": dict(self.says)}

    @classmethod
    def of_json(cls, stored: Mapping[str, Any]) -> "Contradiction":
        return cls(code=stored["code"], says=stored["says"])


@dataclass(frozen=True, slots=True, kw_only=True)
class Term:
    """One period of one duty of a plan and season.

    Whoever owes it may file from `opens_at`, hears of it from `soon_at` and is late after `due_at`, which is still in
    time; all are None where the text names no day. `key` tells the periods of one duty apart.
    """

    pack: str
    season: int
    section: Section
    duty: str
    key: str
    who: Who
    what: Text
    cites: tuple[str, ...]
    forms: tuple[Form, ...]
    force: Force
    to: str = ""
    covers: Period | None = None
    opens_at: datetime | None = None
    soon_at: datetime | None = None
    due_at: datetime | None = None
    readings: tuple[str, ...] = ()
    conflicts: tuple[Contradiction, ...] = ()
    # The granted fact of an application with a day: only industries that some rule asks it of may want it.
    grants: str = ""
    id: UUID = field(init=False)

    def __post_init__(self) -> None:
        named = f"{self.pack}/{self.season}/{self.section}/{self.duty}/{self.key}"
        object.__setattr__(self, "id", uuid5(_SPACE, named))

    @property
    def day(self) -> date | None:
        """The civil day a daily term is for."""
        return self.covers.start if self.covers is not None and self.covers.days == 1 else None


def owed_id(term: Term, holder: str) -> UUID:
    """The name of a term as one holder owes it: an enterprise's id, or the code of a region."""
    return uuid5(term.id, holder)
