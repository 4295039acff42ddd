"""What an exemption list refuses: who may not, what does not fit, what came too late; and nothing of it is stored."""

import asyncio
from collections.abc import Awaitable, Callable

import httpx

from tests.api.door import Door
from tests.api.listing import GREEN, LI, LISTS, WANG, Authority, Json, works
from tests.api.officer import key
from tests.api.packs import publish
from tests.api.test_nothing_is_stored import rows
from tests.conftest import Clock

REGION = "140403"
NOWHERE = "00000000-0000-0000-0000-000000000000"


class Story:
    """Changzhi's office, a firm that meets a criterion, and its entry."""

    def __init__(self, door: Door, office: Authority, firm: Json) -> None:
        self.door, self.office, self.firm = door, office, firm
        self.line: str = firm["sites"][0]["lines"][0]["id"]
        self.entry = ""

    @classmethod
    async def begins(cls, door: Door, clock: Clock) -> "Story":
        office = await Authority.opens(door, clock, "changzhi", "140400")
        return cls(door, office, await office.registers(works("GREEN", REGION, "cement", own=GREEN)))

    async def requests(self) -> None:
        made = await self.office.requests(self.firm, "CZ-10", subject=self.line)
        assert made.status_code == 201, made.text
        self.entry = str(made.json()["id"])

    async def steps(self, step: str) -> None:
        answer = await self.office.steps(self.entry, step)
        assert answer.status_code == 201, answer.text

    async def asks(self, caller: httpx.AsyncClient, step: str, **headers: str) -> httpx.Response:
        return await caller.post(f"{self.office.here}/entries/{self.entry}/{step}", json={}, headers=key() | headers)


Sent = Callable[[Story], Awaitable[httpx.Response]]
# What is tried, the status and the code it is refused with.
Tried = dict[str, tuple[Sent, int, str]]
PHOTO = [{"kind": "photo", "reference": "a.jpg"}]


def asks(rule: str = "CZ-10", subject: str = "", **more: object) -> Sent:
    return lambda story: story.office.requests(story.firm, rule, subject=subject or story.line, **more)


def steps(step: str, body: Json | None = None, *, by: dict[str, str] = WANG, seen: str | None = None) -> Sent:
    return lambda story: story.office.steps(story.entry, step, body, by=by, seen=seen)


def by_another(step: str, version: int, *scopes: str, own: bool = False, region: str = "000000") -> Sent:
    async def sent(story: Story) -> httpx.Response:
        grants: Json = {"regions": (), "enterprise_ids": (story.firm["id"],)} if own else {"regions": (region,)}
        other = await story.door.caller(*scopes, **grants, on_behalf_of=True)
        return await story.asks(other, step, **WANG, **{"If-Match": f'"{version}"'})

    return sent


async def a_stranger_asks(story: Story) -> httpx.Response:
    other = await story.door.caller(regions=("140500",), on_behalf_of=True)
    body = {"enterprise_id": story.firm["id"], "subject_id": story.line, "rule": "CZ-10", "reason": "x"}
    return await other.post(f"{story.office.here}/entries", json=body, headers=key() | LI)


def publishes(day: str, seen: str | None = None) -> Sent:
    return lambda story: story.office.publishes(day, seen=seen)


def opens(pack: str, region: str = "000000", who: dict[str, str] = LI) -> Sent:
    async def sent(story: Story) -> httpx.Response:
        caller = await story.door.caller(regions=(region,), on_behalf_of=True)
        return await caller.post(LISTS, json={"pack": pack, "season": 2020}, headers=key() | who)

    return sent


def compares(first: int, last: int) -> Sent:
    return lambda story: story.office.caller.get(f"{story.office.here}/diff", params={"from": first, "to": last})


BEGUN: Tried = {
    "an unknown criterion": (asks("CZ-99"), 422, "criterion_unknown"),
    "a subject of nobody": (asks(subject=NOWHERE), 404, "subject_unknown"),
    "an entry that is over": (asks(expires_on="2019-12-10"), 422, "already_over"),
    "a photo without a hash": (asks(evidence=PHOTO), 422, "evidence_invalid"),
    "a request from another region": (a_stranger_asks, 404, "list_unknown"),
    "a version of yesterday": (publishes("2019-12-09"), 422, "backdated"),
    "a version after the season": (publishes("2020-07-01"), 422, "season_over"),
    "a list without a person": (opens("changzhi", who={}), 403, "person_required"),
    "a list of another office": (opens("changzhi", "140500"), 403, "authority_required"),
    "a list of an unknown plan": (opens("nowhere"), 404, "pack_unknown"),
    "a list of a plan without criteria": (opens("national-clinker"), 409, "list_has_no_criteria"),
}
REQUESTED: Tried = {
    "a second request": (asks(), 409, "entry_exists"),
    "a review without a person": (steps("review", by={}), 403, "person_required"),
    "a review by who asked": (steps("review", by=LI), 403, "same_hands"),
    "an approval before the review": (steps("approval"), 409, "transition_refused"),
    "a review without a version": (
        lambda story: story.asks(story.office.caller, "review", **WANG), 428, "precondition_required",
    ),
    "a review by the enterprise": (by_another("review", 1, own=True), 403, "authority_required"),
    "a review from another region": (by_another("review", 1, region="140500"), 404, "list_unknown"),
    "a review without the scope": (
        by_another("review", 1, "exemptions:read", "exemptions:write"), 403, "missing_scope",
    ),
    "a withdrawal by somebody else": (steps("withdrawal"), 403, "not_the_applicant"),
}  # fmt: skip
REVIEWED: Tried = {
    "an approval by who asked": (steps("approval", by=LI), 403, "same_hands"),
    "an approval on an old version": (steps("approval", seen='"1"'), 412, "entry_stale"),
    "an approval by a lower office": (by_another("approval", 2, region=REGION), 403, "authority_required"),
}
PUBLISHED: Tried = {
    "keeping what nobody doubts": (steps("retention", {"reason": "无"}), 409, "transition_refused"),
    "a version before the one it replaces": (publishes("2019-12-14"), 422, "backdated"),
    "a change without a filing": (publishes("2019-12-16"), 422, "filing_required"),
    "a version on an old list": (publishes("2019-12-16", '"1"'), 412, "list_stale"),
    "versions the wrong way round": (compares(1, 0), 422, "versions_reversed"),
    "a version there is not": (compares(1, 2), 404, "list_version_unknown"),
}


async def all_refused(story: Story, tried: Tried) -> None:
    """Each with its own code; afterwards every table is as it was, but for the credentials the cases used."""
    before = await rows(story.door.sessions)
    for what, (send, status, word) in tried.items():
        answer = await send(story)
        problem = answer.json()
        codes = [problem.get("code"), *(error["code"] for error in problem.get("errors", []))]
        assert (answer.status_code, word in codes) == (status, True), (what, answer.text)
    after = await rows(story.door.sessions)
    made = after["clients"] - before["clients"]
    assert after == before | {name: before[name] + made for name in ("clients", "audit", "outbox")}


async def test_what_is_refused_stores_nothing(door: Door, clock: Clock) -> None:
    await publish(door.sessions, "national-clinker")
    story = await Story.begins(door, clock)
    await all_refused(story, BEGUN)
    await story.requests()
    await all_refused(story, REQUESTED)
    await story.steps("review")
    await all_refused(story, REVIEWED)
    # Facts may change between the hands: what was in order at the review is not approved any more.
    clock.advance(minutes=1)
    assert (await story.office.asserts(story.firm["id"], "green_factory", False)).status_code == 201
    await all_refused(story, {"on changed facts": (steps("approval"), 409, "criterion_not_met")})
    clock.advance(minutes=1)
    assert (await story.office.asserts(story.firm["id"], "green_factory", True)).status_code == 201
    await story.steps("approval")
    assert (await story.office.publishes("2019-12-15")).status_code == 201
    await all_refused(story, PUBLISHED)


async def test_a_criterion_of_the_site_is_not_claimed_for_a_line(door: Door, clock: Clock) -> None:
    office = await Authority.opens(door, clock, "huairen", "140681")
    firm = await office.registers(works("GREEN", "140681", "steel", own=GREEN))
    before = await rows(door.sessions)
    answer = await office.requests(firm, "HR-20", subject=firm["sites"][0]["lines"][0]["id"])
    assert (answer.status_code, answer.json()["code"]) == (422, "criterion_not_here")
    assert await rows(door.sessions) == before


async def test_an_enterprise_asks_for_itself_sees_only_itself_and_may_withdraw(door: Door, clock: Clock) -> None:
    story = await Story.begins(door, clock)
    other = await story.office.registers(works("OTHER", REGION, "cement", own=GREEN))
    assert (await story.office.requests(other, "CZ-10", subject=other["id"])).status_code == 201
    scopes = ("exemptions:read", "exemptions:write")
    own = await door.caller(*scopes, regions=(), enterprise_ids=(story.firm["id"],))
    here = f"{story.office.here}/entries"
    body = {"enterprise_id": story.firm["id"], "subject_id": story.line, "rule": "CZ-10", "reason": "绿色工厂"}
    made = await own.post(here, json=body, headers=key())
    assert made.status_code == 201, made.text
    items = (await own.get(here)).json()["items"]
    assert [one["enterprise_id"] for one in items] == [story.firm["id"]]
    page = (await story.office.caller.get(here, params={"enterprise_id": other["id"], "limit": 1})).json()
    assert [one["enterprise_id"] for one in page["items"]] == [other["id"]]
    headers = key() | {"If-Match": made.headers["ETag"]}
    gone = await own.post(f"{here}/{made.json()['id']}/withdrawal", json={"note": "误报"}, headers=headers)
    assert (gone.status_code, gone.json()["state"]) == (201, "withdrawn")


async def test_of_two_officers_who_approve_at_once_one_has_to_read_again(busy_door: Door, clock: Clock) -> None:
    story = await Story.begins(busy_door, clock)
    await story.requests()
    await story.steps("review")
    entry = story.entry
    answers = await asyncio.gather(*(story.office.steps(entry, "approval", seen='"2"') for _ in range(2)))
    assert sorted(answer.status_code for answer in answers) == [201, 412]
    # The same of two who publish.
    both = await asyncio.gather(*(story.office.publishes("2019-12-15", seen='"1"') for _ in range(2)))
    assert sorted(answer.status_code for answer in both) == [201, 412]
    versions = (await story.office.caller.get(f"{story.office.here}/versions")).json()["items"]
    assert [one["number"] for one in versions] == [1]
