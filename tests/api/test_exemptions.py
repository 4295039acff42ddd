"""Exemption lists over HTTP: from the request to the list and off it again, in three plans."""

from uuid import UUID

from sqlalchemy import text

from app.api.changes import redecided
from app.domain.access import Actor
from app.jobs.runner import SYSTEM
from app.persistence.unit_of_work import open_unit
from app.services.exemptions.verifying import verify_exemption_lists
from tests.api.door import Door
from tests.api.listing import FILED, GREEN, LI, LISTS, OF_SITE, Authority, Json, works
from tests.api.officer import key
from tests.conftest import Clock

HUAIREN, CHANGZHI, GAOPING = "140681", "140403", "140581"
# Far from the only plant in these stories, so that the milder ratio binds.
TOWN = {"type": "Polygon", "coordinates": [[[114, 41], [114.1, 41], [114.1, 41.1], [114, 41]]]}
PLAYER = Actor(client_id="player", regions=("140681",))


async def huairen(door: Door, clock: Clock) -> Authority:
    return await Authority.opens(door, clock, "huairen", HUAIREN)


async def damage(door: Door, clock: Clock) -> list[str]:
    async with open_unit(door.sessions, now=clock()) as unit:
        return [one.what for one in await verify_exemption_lists(unit, by=SYSTEM)]


async def test_a_green_factory_comes_on_the_list_of_huairen_and_off_it_once_it_is_none(
    busy_door: Door, clock: Clock
) -> None:
    office = await huairen(busy_door, clock)
    area = {"name": "建成区", "polygon": TOWN}
    drawn = await office.caller.post(f"/v1/regions/{HUAIREN}/built-up-areas", json=area, headers=key())
    assert drawn.status_code == 201, drawn.text
    firm = await office.registers(works("GREEN", HUAIREN, "steel", own=GREEN, of_site=OF_SITE))
    await office.decides(firm["id"])
    assert await office.rules(firm["id"], "2019-12-20") == ["HR-20.eligible", "HR-09", "HR-15", "HR-16", "HR-17"]

    clock.advance(minutes=1)
    entry = await office.approves(firm, "HR-20", evidence=[{"kind": "document", "reference": "工信部公告2019年第3号"}])
    assert (await office.entry(entry))["criteria"][0] | {"citations": [], "subject": {}} == {
        "rule": "HR-20",
        "basis": "necessary",
        "citations": [],
        "subject": {},
        "truth": "true",
        "lacking": [],
        "unregistered": [],
    }
    preview = (await office.caller.get(f"{office.here}/draft", params={"effective_on": "2019-12-15"})).json()
    clock.advance(minutes=1)
    published = await office.publishes("2019-12-15")
    assert published.status_code == 201, published.text
    assert published.json()["enterprise_ids"] == [firm["id"]]
    assert published.json()["diff"] == preview
    assert [one["subject_id"] for one in preview["added"]] == [firm["sites"][0]["id"]]

    clock.advance(minutes=1)
    await office.works_off("redecide_stale")
    assert (await office.rules(firm["id"], "2019-12-14"))[:2] == ["HR-20.eligible", "HR-09"]
    # Exempt from staggering, not from staggered transport.
    assert await office.rules(firm["id"], "2019-12-15") == ["HR-20", "HR-15", "HR-16", "HR-17"]

    # The title is lost: nobody says so to the list, it is found.
    clock.advance(minutes=1)
    items = (
        await office.caller.get(f"/v1/enterprises/{firm['id']}/assertions", params={"fact": "green_factory"})
    ).json()
    green = items["items"][0]["id"]
    lost = await office.caller.post(f"/v1/assertions/{green}/retraction", json={"reason": "名单已撤销"}, headers=key())
    assert lost.status_code == 201, lost.text
    await office.works_off("redecide_stale")
    found = await office.entry(entry)
    assert (found["state"], found["allowed"]) == ("doubted", ["retain", "revoke"])
    (finding,) = found["findings"]
    assert (finding["standing"], finding["fails_on"], finding["lacking"], finding["otherwise_met"]) == (
        "unknown",
        "2019-12-10",
        ["green_factory"],
        [],
    )
    # Looking again without news finds nothing new; certain news is a further finding.
    clock.advance(minutes=1)
    assert (await office.asserts(firm["id"], "contact_person", "赵六")).status_code == 201
    await office.works_off("redecide_stale")
    assert len((await office.entry(entry))["findings"]) == 1
    clock.advance(minutes=1)
    assert (await office.asserts(firm["id"], "green_factory", False)).status_code == 201
    await office.works_off("redecide_stale")
    assert [one["standing"] for one in (await office.entry(entry))["findings"]] == ["unknown", "failed"]
    assert (await office.rules(firm["id"], "2019-12-20"))[0] == "HR-36"

    clock.advance(minutes=1)
    revoked = await office.steps(entry, "revocation", {"reason": "不再是绿色工厂"})
    assert (revoked.status_code, revoked.json()["state"]) == (201, "revoked")
    unfiled = await office.publishes("2019-12-16")
    assert (unfiled.status_code, unfiled.json()["code"]) == (422, "filing_required")
    second = await office.publishes("2019-12-16", document=FILED)
    assert second.status_code == 201, second.text
    (gone,) = second.json()["diff"]["removed"]
    assert (gone["why"], gone["reason"]) == ("revoked", "不再是绿色工厂")
    await office.works_off("redecide_stale")
    after = await office.decision(firm["id"], "2019-12-16")
    ratio = next(one for one in after["measures"] if one["rule"] == "HR-09")
    assert (after["status"], ratio["cut_pct"], ratio["citations"][0]["provision"]) == ("decided", "20", "HR-09")

    whole = await office.entry(entry)
    assert [one["action"] for one in whole["steps"]] == [
        "review",
        "approve",
        "list",
        "doubt",
        "doubt",
        "revoke",
        "delist",
    ]
    assert whole["steps"][5]["finding_id"] == whole["findings"][1]["id"]
    assert await office.events(entry) == [
        "exemption.requested",
        "exemption.reviewed",
        "exemption.approved",
        "exemption.listed",
        "exemption.doubted",
        "exemption.doubted",
        "exemption.revoked",
        "exemption.delisted",
    ]
    versions = (await office.caller.get(f"{office.here}/versions")).json()["items"]
    assert [(one["number"], one["state"]) for one in versions] == [(1, "superseded"), (2, "published")]
    assert versions[1]["previous_hash"] == versions[0]["hash"]
    document = (await office.caller.get(f"{office.here}/versions/1")).json()["document"]
    assert [one["enterprise_name"] for one in document["entries"]] == ["GREEN公司"]
    diff = (await office.caller.get(f"{office.here}/diff", params={"from": 1, "to": 2})).json()
    assert diff == second.json()["diff"]
    assert await damage(busy_door, clock) == []


async def test_a_doubt_is_found_at_the_door_kept_by_a_person_and_not_raised_again(door: Door, clock: Clock) -> None:
    office = await huairen(door, clock)
    firm = await office.registers(works("GREEN", HUAIREN, "steel", own=GREEN, of_site=OF_SITE))
    await office.decides(firm["id"])
    clock.advance(minutes=1)
    entry = await office.approves(firm, "HR-20")
    clock.advance(minutes=1)
    assert (await office.publishes("2019-12-10")).status_code == 201

    async def hears(fact: str, value: object, **more: str) -> Actor:
        clock.advance(minutes=1)
        answer = await office.asserts(firm["id"], fact, value, **more)
        assert answer.status_code == 201, answer.text
        async with open_unit(door.sessions, now=clock()) as unit:
            await redecided(unit, UUID(firm["id"]), by=PLAYER, language="zh")
        return PLAYER

    # It ends in January: the doubt says so already now.
    await hears("green_factory", False, valid_from="2020-01-20")
    found = await office.entry(entry)
    assert (found["state"], found["findings"][0]["fails_on"]) == ("doubted", "2020-01-20")
    kept = await office.steps(entry, "retention", {"reason": "换证办理中"})
    assert (kept.status_code, kept.json()["state"]) == (201, "listed")
    again = await office.steps(entry, "retention", {"reason": "换证办理中"})
    assert (again.status_code, again.json()["code"]) == (409, "transition_refused")
    await hears("contact_person", "赵六")
    assert (await office.entry(entry))["state"] == "listed"
    # Other grounds are another doubt, and a criterion that holds again ends it.
    await hears("annual_task", "not_done", valid_from="2020-02-01")
    assert (await office.entry(entry))["state"] == "listed"
    await hears("annual_task", "not_done", valid_from="2020-01-20")
    assert (await office.entry(entry))["state"] == "doubted"
    await hears("annual_task", "not_applicable", valid_from="2020-01-20")
    await office.verifies(firm["id"])
    await hears("annual_task", "not_applicable", valid_from="2020-02-01")
    await office.verifies(firm["id"])
    await hears("green_factory", True, valid_from="2020-01-20")
    whole = await office.entry(entry)
    assert (whole["state"], whole["steps"][-1]["action"], whole["steps"][-1]["by"]["client_id"]) == (
        "listed",
        "clear",
        "system",
    )
    assert (await office.events(entry))[-1] == "exemption.cleared"


async def test_changzhi_lists_everybody_who_matches_and_shows_its_gaps(busy_door: Door, clock: Clock) -> None:
    office = await Authority.opens(busy_door, clock, "changzhi", "140400")
    green = await office.registers(works("GREEN", CHANGZHI, "cement", own=GREEN))
    plain = await office.registers(works("PLAIN", CHANGZHI, "cement", own=GREEN | {"green_factory": False}))
    await office.registers(works("OTHER", CHANGZHI, "cement", own=GREEN | {"green_factory": False}, of_site=OF_SITE))
    refused = await office.requests(plain, "CZ-10", subject=plain["sites"][0]["lines"][0]["id"])
    assert (refused.status_code, refused.json()["code"]) == (409, "criterion_failed")
    assert [one["code"] for one in refused.json()["errors"]] == ["green_factory"]
    # Whoever matches is to be listed; an office that refuses one all the same is on record with it.
    entry = (await office.requests(green, "CZ-10", subject=green["sites"][0]["lines"][0]["id"])).json()["id"]
    unsaid = await office.steps(entry, "refusal", {})
    assert unsaid.status_code == 422
    assert (await office.steps(entry, "refusal", {"reason": "待核查"})).status_code == 201
    assert (await office.entry(entry))["steps"][0]["refused_although_met"] is True
    started = await office.caller.post(f"{office.here}/gaps", json={"day": "2019-12-20"}, headers=key())
    assert started.status_code == 202, started.text
    await office.works_off()
    operation = (await office.caller.get(started.headers["Location"])).json()
    result = (await office.caller.get(operation["result_url"])).json()["result"]
    assert (result["enterprises"], result["defects"], result["left_out"]) == (3, 1, 0)
    (gap,) = result["gaps"]
    assert (gap["kind"], gap["enterprise"]["code"], [one["rule"] for one in gap["criteria"]]) == (
        "unlisted",
        "GREEN",
        ["CZ-10"],
    )


COKE = {
    "special_limit_retrofit": "accepted",
    "special_limit_met": True,
    "fugitive_treatment": "accepted",
    "residential_heat": False,
    "co_processing_waste": False,
    "key_project_supply": False,
    "benchmark_level": "none",
}
OVEN = {"code": "U", "name": "炉", "kind": "coke_oven", "facts": [{"fact": "catalogue_class", "value": "permitted"}]}


def coking(code: str) -> Json:
    return works(code, GAOPING, "coking", own=COKE, units=[OVEN])


async def test_a_fixed_list_is_changed_by_a_version_and_in_no_other_way(door: Door, clock: Clock) -> None:
    office = await Authority.opens(door, clock, "gaoping", GAOPING)
    firm, other = await office.registers(coking("A")), await office.registers(coking("B"))
    line = firm["sites"][0]["lines"][0]["id"]
    # Before the list is fixed a grant may still be said.
    early = await office.asserts(other["id"], "not_limited_granted", False)
    assert early.status_code == 201, early.text
    await office.approves(firm, "GP-11", subject=line)
    clock.advance(minutes=1)
    assert (await office.publishes("2019-12-12")).status_code == 201

    wrong = await office.asserts(other["id"], "not_limited_granted", True)
    assert (wrong.status_code, wrong.json()["code"]) == (409, "list_locked")
    assert office.here.rsplit("/", 1)[1] in wrong.json()["detail"]
    assert "1" in wrong.json()["detail"]
    page = (await office.caller.get(f"/v1/enterprises/{firm['id']}/assertions?fact=not_limited_granted")).json()
    (granted,) = page["items"]
    assert (granted["value"], granted["valid_from"], granted["valid_to"], granted["document"]) == (
        "true",
        "2019-12-12",
        "2020-07-01",
        f"exemption list {office.here.rsplit('/', 1)[1]} v1",
    )
    taken = await office.caller.post(f"/v1/assertions/{granted['id']}/retraction", json={"reason": "误"}, headers=key())
    assert (taken.status_code, taken.json()["code"]) == (409, "list_locked")
    # Another season, another fact, another plan's region are nobody's business here.
    assert (await office.asserts(other["id"], "not_limited_granted", True, valid_from="2020-07-01")).status_code == 201
    assert (await office.asserts(other["id"], "special_limit_met", True)).status_code == 201
    elsewhere = await (await door.caller()).post(
        "/v1/enterprises",
        json=works("FAR", "140403", "coking", of_line={"not_limited_granted": True}),
        headers=key(),
    )
    assert elsewhere.status_code == 201, elsewhere.text

    # Neither a registration nor an import goes round it; a file that repeats what stands may be sent again.
    sneaking = coking("C") | {"facts": [{"fact": "not_limited_granted", "value": True}]}
    single = await office.caller.post("/v1/enterprises", json=sneaking, headers=key())
    assert (single.status_code, single.json()["errors"][0]["code"]) == (422, "list_locked")
    patched = await office.caller.patch(
        f"/v1/enterprises/{other['id']}",
        json={"facts": [{"fact": "not_limited_granted", "value": True}]},
        headers={"If-Match": '"1"'},
    )
    assert (patched.status_code, patched.json()["errors"][0]["code"]) == (422, "list_locked")
    repeated = coking("B") | {"facts": [{"fact": "not_limited_granted", "value": False}]}
    batch = await office.caller.post("/v1/enterprises/batch", json={"items": [sneaking, repeated]}, headers=key())
    found = [[error["code"] for error in one["errors"]] for one in batch.json()["items"]]
    assert (found, batch.json()["asserted"]) == ([["list_locked"], []], 1)


async def test_an_entry_runs_out_by_itself(door: Door, clock: Clock) -> None:
    office = await huairen(door, clock)
    firm = await office.registers(works("GREEN", HUAIREN, "steel", own=GREEN, of_site=OF_SITE))
    entry = await office.approves(firm, "HR-20", expires_on="2019-12-20")
    again = await office.requests(firm, "HR-20")
    assert (again.status_code, again.json()["code"]) == (409, "entry_exists")
    clock.advance(minutes=1)
    assert (await office.publishes("2019-12-12")).status_code == 201
    clock.advance(minutes=1)
    await office.decides(firm["id"])
    assert (await office.rules(firm["id"], "2019-12-19"))[0] == "HR-20"
    assert (await office.rules(firm["id"], "2019-12-20"))[0] == "HR-20.eligible"

    async def states(state: str) -> list[str]:
        page = (await office.caller.get(f"{office.here}/entries", params={"state": state})).json()
        return [one["state"] for one in page["items"]]

    assert (await states("listed"), await states("expired")) == (["listed"], [])
    clock.advance(days=10)
    office.caller = await door.caller(on_behalf_of=True, regions=(HUAIREN,))
    assert (await states("listed"), await states("expired")) == ([], ["expired"])
    assert (await office.requests(firm, "HR-20")).status_code == 201
    second = await office.publishes("2019-12-21", document=FILED)
    assert [one["why"] for one in second.json()["diff"]["removed"]] == ["expired"]
    assert (await office.entry(entry))["steps"][-1]["action"] == "expire"
    nothing = await office.publishes("2019-12-22", document=FILED)
    assert (nothing.status_code, nothing.json()["code"]) == (409, "nothing_to_publish")


async def test_what_is_changed_behind_the_lists_back_is_found(door: Door, clock: Clock) -> None:
    office = await Authority.opens(door, clock, "changzhi", "140400")
    firm = await office.registers(works("GREEN", CHANGZHI, "cement", own=GREEN))
    other = await office.registers(works("OTHER", CHANGZHI, "cement", own=GREEN))
    for one in (firm, other):
        await office.approves(one, "CZ-10", subject=one["id"])
    published = await office.publishes("2019-12-10")
    assert published.json()["enterprise_ids"] == sorted([firm["id"], other["id"]])
    assert await damage(door, clock) == []
    found = []
    for table, change in (
        ("exemption_versions", "SET document = document || ' '"),
        ("exemption_entry_heads", f"SET state = 'revoked' WHERE enterprise_id = '{firm['id']}'"),
        ("assertions", f"SET value = 'false' WHERE fact = 'exemption_listed' AND enterprise_id = '{other['id']}'"),
    ):
        async with door.sessions() as session, session.begin():
            await session.execute(text(f"ALTER TABLE {table} DISABLE TRIGGER USER"))
            await session.execute(text(f"UPDATE {table} {change}"))
        found.append(await damage(door, clock))
    assert found == [
        ["exemption_version_hash"],
        ["exemption_entry_steps", "exemption_version_hash"],
        ["exemption_entry_steps", "exemption_version_hash", "exemption_fact"],
    ]


async def test_lists_are_found_by_plan_season_and_region(door: Door, clock: Clock) -> None:
    office = await Authority.opens(door, clock, "changzhi", "140400")
    here = office.here.rsplit("/", 1)[1]
    queries: dict[str, list[str]] = {
        "pack=changzhi": [here],
        "season=2019&region=140000": [here],
        "season=2020": [],
        "region=140500": [],
    }
    for query, found in queries.items():
        page = (await office.caller.get(f"{LISTS}?{query}")).json()
        assert [one["id"] for one in page["items"]] == found
    county = await door.caller(regions=(CHANGZHI,))
    assert (await county.get(office.here)).status_code == 200
    firm = await office.registers(works("GREEN", CHANGZHI, "cement", own=GREEN))
    own = await door.caller("exemptions:read", regions=(), enterprise_ids=(firm["id"],))
    assert (await own.get(office.here)).json()["workflow"] == "wf-exemption-list"
    again = await office.caller.post(LISTS, json={"pack": "changzhi", "season": 2019}, headers=key() | LI)
    assert (again.status_code, again.json()["code"]) == (409, "list_exists")
