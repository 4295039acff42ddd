"""What was done anyway and fills a duty: whose, of which season or workflow, and since when."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest

from app.domain.access import Origin
from app.domain.duties.calendar import Calendar
from app.domain.duties.contacts import Contact, ContactRole
from app.domain.duties.deeds import Deed, Under, filled_by, naming
from app.domain.duties.filing import OwedDuty
from app.domain.duties.settings import DutySettings
from app.domain.duties.terms import Form, owed_id
from tests.domain.plans import shipped_pack

BY = Origin(client_id="t", person=None)
AUGUST = datetime(2019, 8, 20, 4, tzinfo=UTC)
FIRM = UUID(int=1)
SECOND = timedelta(seconds=1)


def owed(pack: str, duty: str, **more: Any) -> OwedDuty:
    terms = Calendar(pack=shipped_pack(pack), season=2019, settings=DutySettings()).terms()
    term = next(one for one in terms if one.duty == duty)
    holder: dict[str, Any] = {"enterprise_id": FIRM, "region": "140681", "receiving_region": "140681", **more}
    return OwedDuty(id=owed_id(term, "f"), term=term, **holder)


CONTACTS = owed("huairen", "duty-contacts")
OF_BODIES = owed("huairen", "duty-department-contacts", enterprise_id=None)
FOUNDRY = owed("gaoping", "wf-foundry-need")
APPLIED = Under(pack="gaoping", season=2019, workflow="wf-foundry-need")
APPLICATION = Deed(form=Form.APPLICATION, says={"url": "/v1/a"}, holder=FIRM, at=AUGUST, by=BY, under=APPLIED)


def contact(**more: Any) -> Contact:
    said: dict[str, Any] = {
        "id": UUID(int=7), "number": 1, "enterprise_id": FIRM, "region": "140681", "body": "", "role": ContactRole.CONTACT,
        "name": "王五", "phone": None, "office": None, "valid_from": date(2019, 8, 20), "valid_to": None, "at": AUGUST,
        "by": BY, **more,
    }  # fmt: skip
    return Contact(**said)


def fills(*versions: Contact, duty: OwedDuty = CONTACTS, returned_at: datetime | None = None) -> Deed | None:
    return filled_by(duty, naming(versions), returned_at=returned_at)


def test_a_contact_is_named_from_the_first_version_that_names_one() -> None:
    first = contact(role=ContactRole.LEAD_OFFICE)
    second = contact(number=2, at=AUGUST + SECOND)
    third = contact(number=3, at=AUGUST + 2 * SECOND)
    found = fills(first, second, third)
    assert found is not None
    assert (found.at, found.says) == (second.at, {"url": f"/v1/contacts/{first.id}", "version": 2})
    assert fills(second, contact(number=3, role=ContactRole.LEAD_OFFICE)) is None


@pytest.mark.parametrize(
    ("said", "filled"),
    [
        ({"valid_from": date(2018, 1, 1), "valid_to": date(2019, 7, 1)}, False),
        ({"valid_from": date(2018, 1, 1), "valid_to": date(2019, 7, 2), "at": AUGUST - timedelta(days=60)}, True),
        ({"valid_from": date(2018, 1, 1)}, True),
        ({"valid_from": date(2020, 7, 1)}, False),
        ({"valid_from": date(2020, 6, 30)}, True),
        ({"valid_to": date(2019, 8, 20)}, False),
        ({"valid_from": date(2019, 8, 1), "valid_to": date(2019, 8, 20)}, False),
        ({"valid_from": date(2019, 8, 1), "valid_to": date(2019, 8, 21)}, True),
        ({"erased_at": AUGUST}, False),
        ({"enterprise_id": UUID(int=2)}, False),
        ({"enterprise_id": None}, False),
    ],
)
def test_a_contact_counts_for_the_seasons_in_which_it_is_called(said: dict[str, Any], filled: bool) -> None:
    assert (fills(contact(**said)) is not None) is filled


def test_the_newest_version_says_until_when_and_an_end_names_nobody() -> None:
    named = contact()
    ended = contact(number=2, valid_to=date(2019, 9, 2), at=datetime(2019, 9, 2, 4, tzinfo=UTC))
    found = fills(named, ended)
    assert found is not None
    assert found.at == AUGUST, "it was named, and stays so"
    assert fills(named, ended, returned_at=AUGUST) is None, "ending it is no new name"
    assert fills(named, contact(number=2, valid_from=date(2018, 1, 1), valid_to=date(2019, 6, 30))) is None


def test_what_was_there_when_a_filing_was_returned_fills_it_no_more() -> None:
    earlier, later = replace(APPLICATION, at=AUGUST - SECOND), replace(APPLICATION, at=AUGUST + SECOND)
    deeds = [later, APPLICATION, earlier]
    assert filled_by(FOUNDRY, deeds, returned_at=None) == earlier
    assert filled_by(FOUNDRY, deeds, returned_at=AUGUST) == later
    assert filled_by(FOUNDRY, deeds, returned_at=later.at) is None


@pytest.mark.parametrize(
    "other",
    [
        {"under": replace(APPLIED, pack="huairen")},
        {"under": replace(APPLIED, season=2020)},
        {"under": replace(APPLIED, workflow="wf-pharma-need")},
        {"holder": UUID(int=2)},
        {"form": Form.CONTACT},
    ],
    ids=", ".join,
)
def test_an_application_fills_its_own_offer_and_no_other(other: dict[str, Any]) -> None:
    assert APPLICATION.fits(FOUNDRY)
    assert not replace(APPLICATION, **other).fits(FOUNDRY)


def test_a_bodys_contact_fills_what_the_bodies_of_its_region_owe() -> None:
    (own,) = naming([contact(enterprise_id=None, body="市工信局")])
    assert own.fits(OF_BODIES)
    assert not own.fits(CONTACTS)
    assert not replace(own, holder="140600").fits(OF_BODIES)
    assert not replace(own, holder=FIRM).fits(OF_BODIES)
