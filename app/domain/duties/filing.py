"""A duty as somebody owes it: what was filed, returned, confirmed or waived, and where that leaves it at an instant."""

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from typing import Any, Literal, Self
from uuid import UUID

from app.domain.access import Origin, region_prefix
from app.domain.duties.terms import Force, Form, Term
from app.domain.errors import Conflict, Forbidden, Invalid, NotFound, Stale
from app.domain.periods import SHANGHAI
from app.domain.states import StateTable

Verdict = Literal["confirmed", "returned"]


class DutyState(StrEnum):
    """Where a duty stands; only what was filed, waived or has ceased is stored, the clock says the rest."""

    OPEN = "open"
    DUE_SOON = "due_soon"
    LATE = "late"
    LAPSED = "lapsed"
    FILED = "filed"
    WAIVED = "waived"
    CEASED = "ceased"


class DutyAction(StrEnum):
    """What can be done about a duty."""

    FILE = "file"
    CONFIRM = "confirm"
    RETURN = "return"
    WAIVE = "waive"


STATE_LABELS: dict[str, tuple[str, str]] = {
    DutyState.OPEN: ("待报送", "open"),
    DutyState.DUE_SOON: ("即将到期", "due soon"),
    DutyState.LATE: ("逾期", "late"),
    DutyState.LAPSED: ("期满未办", "lapsed without use"),
    DutyState.FILED: ("已报送", "filed"),
    DutyState.WAIVED: ("已免除", "waived"),
    DutyState.CEASED: ("不再承担", "no longer owed"),
}
ACTION_LABELS: dict[str, tuple[str, str]] = {
    DutyAction.FILE: ("报送", "file"),
    DutyAction.CONFIRM: ("签收", "confirm"),
    DutyAction.RETURN: ("退回", "return"),
    DutyAction.WAIVE: ("免除", "waive"),
}
_FILEABLE = (DutyState.OPEN, DutyState.DUE_SOON, DutyState.LATE, DutyState.LAPSED)
# What is returned is open again, or late, as the clock says.
DUTIES = StateTable(
    thing="职责",
    thing_en="duty",
    states=DutyState,
    actions=DutyAction,
    steps={
        **{(state, DutyAction.FILE): DutyState.FILED for state in (*_FILEABLE, DutyState.FILED)},
        **{
            (state, DutyAction.WAIVE): DutyState.WAIVED
            for state in (DutyState.OPEN, DutyState.DUE_SOON, DutyState.LATE)
        },
        (DutyState.FILED, DutyAction.CONFIRM): DutyState.FILED,
        (DutyState.FILED, DutyAction.RETURN): DutyState.OPEN,
    },
)


class DutyUnknown(NotFound):
    code = "duty_unknown"
    zh = "没有此项职责，或不在您可见的范围内。"
    en = "There is no such duty, or it lies outside what you may see."


class DutyOutdated(Stale):
    code = "duty_outdated"
    zh = "该项职责已有新的报送、签收或免除；请重新读取后再办。"
    en = "Somebody has filed, received or waived this duty meanwhile; read it again first."


class DutyNotOpen(Conflict):
    code = "duty_not_open"
    zh = "此项报送自 {opens_at} 起受理；所报期间尚未结束。"
    en = "This can be filed from {opens_at} on; what it is about is not over yet."


class FormUnfit(Invalid):
    code = "form_unfit"
    zh = "此项职责应以下列表单报送：{forms}。"
    en = "This duty is filed with one of these forms: {forms}."


class ReportDayUnfit(Invalid):
    code = "report_day_unfit"
    zh = "日报的截至时刻应在 {day} 当日，且不晚于报送时刻。"
    en = "A daily report stands as of an instant of {day} that is not after its filing."


class PowerSupplierOnly(Forbidden):
    code = "power_supplier_only"
    zh = "此项由供电企业报送；请使用其数据来源覆盖地区 {region} 的凭证。"
    en = "The power supplier files this, with the credential of a source that covers region {region}."


class FilingReceived(Conflict):
    code = "filing_received"
    zh = "最近一次报送已签收或退回；须待新的报送。"
    en = "The newest filing has been received already; wait for the next one."


class NobodyWaivesTheirOwn(Forbidden):
    code = "nobody_waives_their_own"
    zh = "不能免除自己的职责；请由上级或管辖的主管部门人员办理。"
    en = "Nobody waives a duty of their own; a person of the authority above has to."


@dataclass(frozen=True, slots=True, kw_only=True)
class Receipt:
    """The addressee's word on one filing: confirmed, or returned with a reason."""

    id: UUID
    verdict: Verdict
    reason: str
    at: datetime
    by: Origin


@dataclass(frozen=True, slots=True, kw_only=True)
class Filing:
    """One version of what was filed; `hash` is over everything said in it, attachments by their own hashes."""

    id: UUID
    number: int
    form: Form
    report: Mapping[str, Any]
    note: str
    attachments: tuple[tuple[UUID, str], ...]
    at: datetime
    by: Origin
    hash: str = ""
    receipt: Receipt | None = None

    def sealed(self, duty_id: UUID) -> Self:
        return replace(self, hash=self.digest(duty_id))

    def digest(self, duty_id: UUID) -> str:
        """SHA-256 of the filing as canonical JSON: sorted keys, no spaces, UTF-8."""
        said = {
            "duty_id": str(duty_id),
            "id": str(self.id),
            "number": self.number,
            "form": self.form,
            "report": self.report,
            "note": self.note,
            "attachments": [[str(one), sha256] for one, sha256 in self.attachments],
            "at": self.at.astimezone(SHANGHAI).isoformat(),
        }
        text = json.dumps(said, ensure_ascii=False, separators=(",", ":"), sort_keys=True)
        return hashlib.sha256(text.encode()).hexdigest()


@dataclass(frozen=True, slots=True, kw_only=True)
class Waiver:
    """Who freed somebody of a duty, and why."""

    id: UUID
    reason: str
    at: datetime
    by: Origin


@dataclass(frozen=True, slots=True, kw_only=True)
class OwedDuty:
    """A term as one holder owes it; a body's has no enterprise, and `region` says whose body.

    `receiving_region` is the plan's issuer's: whoever looks after it receives and waives.
    """

    id: UUID
    term: Term
    enterprise_id: UUID | None
    region: str
    receiving_region: str
    filed_at: datetime | None = None
    waived_at: datetime | None = None
    ceased_at: datetime | None = None
    version: int = 1

    def state(self, now: datetime) -> DutyState:
        """Where it stands at an instant; what is due at 24:00 or 17:00 is in time then, and late after (A-G20)."""
        for at, state in (
            (self.ceased_at, DutyState.CEASED),
            (self.waived_at, DutyState.WAIVED),
            (self.filed_at, DutyState.FILED),
        ):
            if at is not None:
                return state
        return self._by_the_clock(now)

    def _by_the_clock(self, now: datetime) -> DutyState:
        term = self.term
        if term.due_at is not None and now > term.due_at:
            return DutyState.LAPSED if term.force is Force.OFFERED else DutyState.LATE
        return DutyState.DUE_SOON if term.soon_at is not None and now >= term.soon_at else DutyState.OPEN

    @property
    def filed_late(self) -> bool:
        """Whether what stands came after its instant; it stays a fact whatever is filed later."""
        return self.filed_at is not None and self.term.due_at is not None and self.filed_at > self.term.due_at

    @property
    def waiving_region(self) -> str:
        """Whose authority may free the holder: the plan's for firms and suppliers, the one above for a body."""
        if self.term.who in {"enterprise", "power_supplier"}:
            return self.receiving_region
        prefix = region_prefix(self.region)
        return prefix[:-2].ljust(6, "0")

    def refuse_form(self, form: Form) -> None:
        """Raises FormUnfit."""
        if form not in self.term.forms:
            raise FormUnfit(forms=", ".join(self.term.forms))

    def refuse_early(self, now: datetime) -> None:
        """Raises DutyNotOpen while what is to be told is not over."""
        if self.term.opens_at is not None and now < self.term.opens_at:
            raise DutyNotOpen(opens_at=self.term.opens_at.astimezone(SHANGHAI).isoformat(timespec="minutes"))


@dataclass(frozen=True, slots=True, kw_only=True)
class DutyCase:
    """A duty with everything that happened to it, filings in order."""

    owed: OwedDuty
    filings: tuple[Filing, ...] = ()
    waiver: Waiver | None = None

    @property
    def newest(self) -> Filing | None:
        return self.filings[-1] if self.filings else None


def filed_since(filings: Sequence[Filing]) -> datetime | None:
    """When what stands was first filed: after the last return, whatever was amended since; None where nothing stands."""
    standing: datetime | None = None
    for one in filings:
        if one.receipt is not None and one.receipt.verdict == "returned":
            standing = None
        elif standing is None:
            standing = one.at
    return standing
