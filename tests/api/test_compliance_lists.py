"""Who stands on a published exemption list is not judged while it does, and its sister of the same facts is."""

from datetime import UTC, date, datetime
from typing import Any

from tests.api.complying import RUNNING, Supervision, days
from tests.api.door import Door
from tests.api.feeding import MAIN, a_grid
from tests.api.listing import FILED, GREEN, OF_SITE, Authority
from tests.api.listing import works as steel
from tests.api.officer import key
from tests.api.test_exemptions import TOWN
from tests.conftest import Clock

Json = dict[str, Any]
HUAIREN = "140681"
BASE, FIRST, UNTIL = date(2019, 8, 16), date(2019, 12, 1), date(2019, 12, 31)
LISTED, DELISTED = date(2019, 12, 10), date(2019, 12, 20)


async def of_site(works: Supervision, firm: Json) -> dict[str, Json]:
    url = f"/v1/enterprises/{firm['id']}/compliance"
    found = (await works.reads(url, **{"from": str(FIRST), "to": "2019-12-30"}))["subjects"]
    return {one["day"]: one for each in found if each["subject_id"] == firm["sites"][0]["id"] for one in each["days"]}


async def test_an_exempted_works_is_not_judged_until_it_is_off_the_list(busy_door: Door, clock: Clock) -> None:
    door = busy_door
    clock.now = datetime(2019, 11, 20, 2, tzinfo=UTC)
    office = await Authority.opens(door, clock, "huairen", HUAIREN)
    # The ratio is that of a works far from the town, so that nobody has to be asked for it.
    area = {"name": "建成区", "polygon": TOWN}
    assert (await office.caller.post(f"/v1/regions/{HUAIREN}/built-up-areas", json=area, headers=key())).is_success
    firms = [
        await office.registers(steel(code, HUAIREN, "steel", own=GREEN, of_site=OF_SITE) | {"meters": [MAIN]})
        for code in ("GREEN", "SISTER")
    ]
    green, sister = firms
    for firm in firms:
        await office.decides(firm["id"])
    clock.advance(minutes=1)
    entry = await office.approves(green, "HR-20")
    clock.advance(minutes=1)
    assert (await office.publishes(str(LISTED))).status_code == 201
    await office.works_off("redecide_stale")
    # Ten days later it is no green factory any more.
    clock.now = datetime(2019, 12, 20, 2, tzinfo=UTC)
    office.caller = await door.lasting_caller(on_behalf_of=True, regions=(HUAIREN,))
    assert (await office.asserts(green["id"], "green_factory", False)).status_code == 201
    await office.works_off("redecide_stale")
    clock.advance(minutes=1)
    assert (await office.steps(entry, "revocation", {"reason": "不再是绿色工厂"})).status_code == 201
    assert (await office.publishes(str(DELISTED), document=FILED)).status_code == 201
    await office.works_off("redecide_stale")
    # Both ran at full load all the while.
    clock.now = datetime(2019, 12, 31, 2, tzinfo=UTC)
    grid = await a_grid(door, clock, keys=(), region="140600")
    grid.officer = await door.lasting_caller(on_behalf_of=True)
    works = Supervision(door=door, clock=clock, grid=grid)
    for firm in firms:
        grid.enterprise = firm
        await grid.registers(firm["code"], meter_id=firm["meters"][0]["id"])
        await works.sends(dict.fromkeys(days(BASE, UNTIL), RUNNING), channel=firm["code"])
    clock.advance(hours=1)
    await works.assesses(enterprise_id=None, region=HUAIREN, from_day=str(FIRST), until_day=str(UNTIL))
    told, beside = await of_site(works, green), await of_site(works, sister)
    assert {one["verdict"] for one in beside.values()} == {"suspected"}
    assert not any(one["excuses"] for one in beside.values())
    free = {str(day) for day in days(LISTED, DELISTED)}
    assert {day for day, one in told.items() if one["verdict"] == "not_applicable"} == free
    assert {one["verdict"] for day, one in told.items() if day not in free} == {"suspected"}
    assert {day for day, one in told.items() if one["excuses"]} == free
    (why,) = told[str(LISTED)]["excuses"]
    assert why == {"kind": "exempt", "text": "已列入公布的豁免清单，错峰要求不适用", "reference": entry}
    listed = {one["day"] for one in await works.findings(enterprise_id=green["id"])}
    assert listed == set(told) - free
    assert await works.damage() == []
