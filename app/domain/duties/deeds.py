"""Deeds: what somebody did at the service anyway and a plan also asks for; once done, it is filed (HR-33, GP-16)."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from app.domain.access import Origin
from app.domain.decisions.season import season_bounds
from app.domain.duties.contacts import Contact, ContactRole
from app.domain.duties.filing import OwedDuty
from app.domain.duties.terms import Form, Section
from app.domain.periods import Period, civil_day

APPLICATIONS: Section = "workflows"


@dataclass(frozen=True, slots=True, kw_only=True)
class Under:
    """The workflow of a plan and season under which somebody applied."""

    pack: str
    season: int
    workflow: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Deed:
    """Something kept at its own address, since when it is there, and by whose hand.

    Its `holder` is the enterprise, or the region of whose bodies it is. It has either the `days` on which a contact is
    called, or the workflow an application is `under`. What was done stays done: HR-33 asks that a contact be named and
    reported, GP-16 that a firm apply by a day, so neither a contact that ends nor an application that is refused or taken
    back undoes a filing; whoever receives it may return it. An officer may have recorded it for a firm: what the plan asks
    for is there all the same.
    """

    form: Form
    says: Mapping[str, Any]
    holder: UUID | str
    at: datetime
    by: Origin
    days: Period | None = None
    under: Under | None = None

    def fits(self, owed: OwedDuty) -> bool:
        """Whether it is of whoever owes the duty, of a form that fills it, and of its season or workflow."""
        if self.form not in owed.term.forms or self.holder != holder_of(owed):
            return False
        if self.under is not None:
            return owed.term.section == APPLICATIONS and self.under == Under(
                pack=owed.term.pack, season=owed.term.season, workflow=owed.term.duty
            )
        return self.days is not None and self.days.meets(Period(*season_bounds(owed.term.season)))


def holder_of(one: OwedDuty | Contact) -> UUID | str:
    """Whose it is: an enterprise's, or the bodies' of a region."""
    return one.enterprise_id or one.region


def naming(versions: Sequence[Contact]) -> list[Deed]:
    """What the versions of one contact, in order, did: each that named somebody who is still to be called.

    The newest says for which days: nobody is told of a contact that ended before, was never of this role, or is erased.
    """
    newest = versions[-1]
    ended = newest.valid_to is not None and newest.valid_to <= newest.valid_from
    if newest.role is not ContactRole.CONTACT or newest.erased_at is not None or ended:
        return []
    days = Period(newest.valid_from, newest.valid_to)
    return [
        Deed(
            form=Form.CONTACT,
            says={"url": f"/v1/contacts/{one.id}", "version": one.number},
            holder=holder_of(one),
            at=one.at,
            by=one.by,
            days=days,
        )
        for one in versions
        if one.role is ContactRole.CONTACT and (one.valid_to is None or one.valid_to > civil_day(one.at))
    ]


def filled_by(owed: OwedDuty, deeds: Iterable[Deed], *, returned_at: datetime | None) -> Deed | None:
    """The first deed that fills a duty; what was there when a filing was returned fills it no more."""
    fitting = (one for one in deeds if one.fits(owed) and (returned_at is None or one.at > returned_at))
    return min(fitting, key=lambda one: (one.at, one.says["url"]), default=None)
