"""The power supplier's monthly table as a report: the same figures as the region's table, as known at an instant."""

from tests.api.complying import GONE, STANDING, Supervision, a_supervision
from tests.api.door import Door
from tests.api.test_monthly_report import parsed
from tests.conftest import Clock

URL = "/v1/reports/electricity"
MONTH = {"region": "141000", "month": "2019-11"}


async def test_the_report_is_the_regions_table_in_every_form_and_as_it_was_known(door: Door, clock: Clock) -> None:
    works: Supervision = await a_supervision(door, clock)
    table = (await works.reads("/v1/regions/141000/electricity", month="2019-11"))["items"]
    then = clock().isoformat()
    report = await works.reads(URL, **MONTH, as_of=then)
    assert report["items"] == table
    sheet = (await works.officer.get(f"{URL}/export", params=MONTH)).content
    assert sheet == (await works.officer.get("/v1/regions/141000/electricity/export?month=2019-11")).content
    page = parsed((await works.officer.get(f"{URL}.html", params=MONTH)).content)
    assert {table[0]["total_kwh"], table[0]["meter_code"], "某厂"} <= set(page.text)
    # A day that comes late is in the table now, and not in what was known before.
    await works.sends({GONE: STANDING})
    clock.advance(minutes=1)
    (late,) = (await works.reads(URL, **MONTH))["items"]
    assert late["intervals_read"] == table[0]["intervals_read"] + 96
    assert (await works.reads(URL, **MONTH, as_of=then))["items"] == table
    stranger = await door.lasting_caller("reports:read", regions=("140500",))
    assert (await stranger.get(URL, params=MONTH)).json()["items"] == []
