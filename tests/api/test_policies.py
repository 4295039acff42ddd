"""Packs over HTTP: published once, never changed, superseded, retired by a person."""

import asyncio

import pytest
from sqlalchemy import select, text
from sqlalchemy.exc import DBAPIError

from app.documents.catalogue import base_catalogue
from app.domain.access import Actor
from app.domain.clients import SCOPES
from app.domain.policies.drafts import PackVersionTaken
from app.jobs.registry import HANDLERS
from app.jobs.runner import Worker
from app.persistence.audit import AuditRow
from app.persistence.outbox import OutboxRow
from app.persistence.policies import PackRepository
from app.persistence.unit_of_work import open_unit
from app.services.policies.publishing import publish_texts
from tests.api.officer import CASES, HERE, SMALL, Officer, key, raised, texts
from tests.api.test_decisions import lime


async def test_a_draft_that_passes_is_published_and_is_a_draft_no_more(pack_officer: Officer) -> None:
    made = (await pack_officer.drafts()).json()
    operation = await pack_officer.publishes()
    assert operation["state"] == "succeeded", operation
    found = (await pack_officer.caller.get(HERE)).json()
    assert found["hash"] == operation["result"]["hash"]
    assert (found["state"], found["draft"], found["supersedes"]) == ("published", None, None)
    assert (found["first_season"], found["last_season"]) == (None, None)
    kept = (await pack_officer.caller.get(f"{HERE}/versions/1.0.0/texts")).json()
    assert kept["hash"] == made["draft"]["texts_hash"]
    assert (await pack_officer.caller.get("/v1/policy-packs?state=draft")).json()["items"] == []


@pytest.mark.parametrize(
    ("pack", "cases", "codes"),
    [
        (SMALL, CASES.replace("152", "151"), {"scenario_fails"}),
        (SMALL.replace("cites: [ST-2], then: stop", "cites: [ST-9], then: stop"), CASES, {"provision_unknown"}),
        (raised("1.0.0", effective="{from: 2019-05-01, to: 2019-06-30}"), CASES, {"effective_in_no_season"}),
    ],
)
async def test_a_failing_draft_is_refused_with_its_reasons_and_stays_a_draft(
    pack_officer: Officer, pack: str, cases: str, codes: set[str]
) -> None:
    await pack_officer.drafts(pack, cases)
    problem = (await pack_officer.publishes())["problem"]
    assert problem["code"] == "pack_fails"
    assert codes <= {error["code"] for error in problem["errors"]}
    assert (await pack_officer.caller.get(HERE)).status_code == 404
    assert await pack_officer.states() == {"1.0.0": "draft"}
    assert (await pack_officer.caller.get(f"{HERE}/versions/1.0.0/report")).status_code == 200, (
        "the draft remembers why"
    )


async def test_every_reason_of_a_bad_pack_comes_at_once_and_nothing_is_published(pack_officer: Officer) -> None:
    wrong = SMALL.replace("cites: [ST-2], then: stop", "cites: [ST-9], then: stop").replace("days: 152", "days: 1")
    await pack_officer.drafts(wrong, CASES.replace("152", "151"))
    problem = (await pack_officer.publishes())["problem"]
    assert {"provision_unknown", "scenario_fails"} <= {one["code"] for one in problem["errors"]}
    async with pack_officer.door.sessions() as session:
        assert await session.scalar(text("SELECT count(*) FROM packs")) == 0
        assert await session.scalar(text("SELECT count(*) FROM pack_texts")) == 0


async def test_only_the_draft_one_has_read_is_published(pack_officer: Officer) -> None:
    await pack_officer.drafts()
    stale = await pack_officer.asks_to_publish(revision=2)
    assert (stale.status_code, stale.json()["code"]) == (412, "draft_stale")
    started = await pack_officer.asks_to_publish(revision=1)
    url, changed = f"{HERE}/versions/1.0.0", texts(SMALL.replace("小镇方案", "另一方案"))
    assert (await pack_officer.caller.put(url, json=changed, headers={"If-Match": '"1"'})).status_code == 200
    assert (await pack_officer.operation(started))["problem"]["code"] == "draft_changed"
    assert await pack_officer.states() == {"1.0.0": "draft"}


async def test_a_published_version_never_changes(pack_officer: Officer) -> None:
    await pack_officer.drafts_and_publishes()
    url = f"{HERE}/versions/1.0.0"
    for answer in (
        await pack_officer.caller.put(url, json=texts(), headers={"If-Match": '"1"'}),
        await pack_officer.caller.delete(url, headers={"If-Match": '"1"'}),
        await pack_officer.drafts(),
        await pack_officer.asks_to_publish(),
    ):
        assert (answer.status_code, answer.json()["code"]) == (409, "pack_published")


@pytest.mark.parametrize("table", ["packs", "pack_texts", "pack_retirements"])
async def test_the_database_itself_keeps_what_was_published(pack_officer: Officer, table: str) -> None:
    await pack_officer.drafts_and_publishes()
    for change in (f"DELETE FROM {table}", f"TRUNCATE {table}"):
        async with pack_officer.door.sessions() as session:
            with pytest.raises(DBAPIError, match="append-only"):
                await session.execute(text(change))


async def test_a_later_version_takes_over_and_names_the_one_before(pack_officer: Officer) -> None:
    await pack_officer.drafts_and_publishes()
    operation = await pack_officer.drafts_and_publishes(raised("1.1.0"), "1.1.0")
    assert operation["result"]["supersedes"] == "1.0.0"
    assert await pack_officer.states() == {"1.1.0": "published", "1.0.0": "superseded"}
    decided = (await pack_officer.decides(2019)).json()["decisions"][0]
    assert decided["pack"]["version"] == "1.1.0"


async def test_a_version_decides_the_seasons_its_dates_cover(pack_officer: Officer) -> None:
    await pack_officer.drafts_and_publishes()
    dated = raised("1.1.0", effective="{from: 2020-10-01, to: 2021-06-30}")
    cases = CASES.replace("2019", "2020").replace("152", "151")
    operation = await pack_officer.drafts_and_publishes(dated, "1.1.0", cases)
    assert operation["state"] == "succeeded", operation
    found = (await pack_officer.caller.get(HERE)).json()
    assert (found["first_season"], found["last_season"]) == (2020, 2020)
    assert (found["effective_from"], found["effective_to"]) == ("2020-10-01", "2021-06-30")
    assert await pack_officer.states() == {"1.1.0": "published", "1.0.0": "published"}, "the old one still has seasons"
    decided = {
        season: (await pack_officer.decides(season)).json()["decisions"][0]["pack"]["version"]
        for season in (2019, 2020, 2021)
    }
    assert decided == {2019: "1.0.0", 2020: "1.1.0", 2021: "1.0.0"}


async def test_a_season_without_a_version_in_force_is_not_decided(pack_officer: Officer) -> None:
    await pack_officer.drafts_and_publishes(raised("1.0.0", effective="{from: 2019-10-01, to: 2020-06-30}"))
    assert (await pack_officer.decides(2019)).status_code == 200
    other = await pack_officer.decides(2020)
    assert (other.status_code, other.json()["code"]) == (409, "pack_not_in_force")


async def test_a_lower_version_cannot_take_over(pack_officer: Officer) -> None:
    await pack_officer.drafts_and_publishes(raised("1.10.0"), "1.10.0")
    operation = await pack_officer.drafts_and_publishes(raised("1.9.0"), "1.9.0")
    assert operation["problem"]["code"] == "pack_version_not_raised"


async def test_retiring_is_a_persons_act(pack_officer: Officer) -> None:
    await pack_officer.drafts_and_publishes()
    nobody = await pack_officer.retires(Accept="application/json")
    assert (nobody.status_code, nobody.json()["code"]) == (403, "person_required")
    retired = await pack_officer.retires()
    assert (retired.status_code, retired.json()["state"]) == (201, "retired")
    assert retired.json()["retirement"]["person"] == "李四"
    again = await pack_officer.retires()
    assert (again.status_code, again.json()["code"]) == (409, "pack_retired")


async def test_a_retired_version_decides_nothing_new_and_the_one_before_is_in_force_again(
    pack_officer: Officer,
) -> None:
    await pack_officer.drafts_and_publishes()
    await pack_officer.drafts_and_publishes(raised("1.1.0"), "1.1.0")
    await pack_officer.retires("1.1.0")
    assert await pack_officer.states() == {"1.1.0": "retired", "1.0.0": "published"}
    assert (await pack_officer.decides(2019)).json()["decisions"][0]["pack"]["version"] == "1.0.0"
    await pack_officer.retires("1.0.0")
    assert (await pack_officer.decides(2019)).json()["code"] == "pack_not_in_force"
    assert (await pack_officer.caller.get(HERE)).json()["state"] == "retired", "it stays readable"


async def test_what_a_retired_version_decided_stays_and_is_not_decided_again(pack_officer: Officer) -> None:
    await pack_officer.drafts_and_publishes()
    body = lime(fuel="coal")
    body["region"] = body["sites"][0]["region"] = "141027"
    made = (await pack_officer.caller.post("/v1/enterprises", json=body, headers=key())).json()
    run = {"region": "141027", "pack": "small-town", "season": 2019}
    started = await pack_officer.caller.post("/v1/decision-runs", json=run, headers=key())
    assert (await pack_officer.operation(started))["state"] == "succeeded"
    await pack_officer.retires()
    asked = f"/v1/enterprises/{made['id']}/decisions?pack=small-town&season=2019&day=2019-12-10"
    before = (await pack_officer.caller.get(asked)).json()
    assert before["items"][0]["pack"]["version"] == "1.0.0"
    # News about the enterprise marks it for deciding again; there is nothing left to decide it by.
    news = {"assertions": [{"subject_id": made["sites"][0]["lines"][0]["id"], "fact": "fuel", "value": "natural_gas"}]}
    url = f"/v1/enterprises/{made['id']}/assertions"
    assert (await pack_officer.caller.post(url, json=news, headers=key())).status_code == 201
    worker = Worker(sessions=pack_officer.door.sessions, clock=pack_officer.clock, handlers=HANDLERS, recurring={})
    await worker.drain()
    assert (await pack_officer.caller.get(asked)).json() == before


async def test_a_draft_is_removed_rather_than_retired(pack_officer: Officer) -> None:
    await pack_officer.drafts()
    answer = await pack_officer.retires()
    assert (answer.status_code, answer.json()["code"]) == (409, "pack_not_published")
    assert (await pack_officer.retires("9.9.9")).status_code == 404


async def test_every_step_is_in_the_audit_and_the_outbox_under_one_subject(pack_officer: Officer) -> None:
    await pack_officer.drafts()
    url = f"{HERE}/versions/1.0.0"
    await pack_officer.caller.put(url, json=texts(SMALL.replace("小镇方案", "另一方案")), headers={"If-Match": '"1"'})
    await pack_officer.publishes(revision=2)
    await pack_officer.drafts_and_publishes(raised("1.1.0"), "1.1.0")
    await pack_officer.retires("1.0.0")
    await pack_officer.drafts(raised("1.2.0"))
    await pack_officer.caller.delete(f"{HERE}/versions/1.2.0", headers={"If-Match": '"1"'})
    async with pack_officer.door.sessions() as session:
        audit = (await session.execute(select(AuditRow).where(AuditRow.type.startswith("policy.")))).scalars().all()
        outbox = (await session.execute(select(OutboxRow).where(OutboxRow.type.startswith("policy.")))).scalars().all()
    told = [(one.type.removeprefix("policy."), one.data["version"]) for one in audit]
    assert told == [
        ("drafted", "1.0.0"),
        ("draft_changed", "1.0.0"),
        ("checked", "1.0.0"),
        ("published", "1.0.0"),
        ("drafted", "1.1.0"),
        ("checked", "1.1.0"),
        ("published", "1.1.0"),
        ("superseded", "1.0.0"),
        ("retired", "1.0.0"),
        ("drafted", "1.2.0"),
        ("draft_removed", "1.2.0"),
    ]
    assert sorted((one.type, one.subject) for one in outbox) == sorted((one.type, one.subject) for one in audit)
    assert len({one.subject for one in audit if one.data["version"] == "1.0.0"}) == 1
    assert all(one.region == "141027" for one in audit)


async def test_facts_a_published_pack_declares_can_be_asserted(pack_officer: Officer) -> None:
    local = SMALL.replace(
        "industries:",
        "facts:\n  town_list: {zh: 镇清单, en: on the town's list, type: boolean, subject: line,"
        " question: 是否列入镇清单？, question_en: Is it on the town's list?}\nindustries:",
        1,
    ).replace("{if: fuel is not coal}", "{any: [{if: fuel is not coal}, {if: town_list}]}")
    await pack_officer.drafts(local)
    # An unknown entry of the list leaves the scenario open, so it has to say it.
    assert (await pack_officer.publishes())["problem"]["errors"][0]["code"] == "scenario_fails"
    told = CASES.replace("{fuel: coal}", "{fuel: coal, town_list: false}")
    await pack_officer.caller.put(f"{HERE}/versions/1.0.0", json=texts(local, told), headers={"If-Match": '"1"'})
    assert (await pack_officer.publishes(revision=2))["state"] == "succeeded"
    body = lime(town_list="true")
    body["region"] = body["sites"][0]["region"] = "141027"
    made = await pack_officer.caller.post("/v1/enterprises", json=body, headers=key())
    assert made.status_code == 201, made.text


COUNTRY = Actor(client_id="a test", scopes=frozenset(SCOPES), regions=("000000",))


async def test_of_two_who_publish_a_version_one_wins(pack_officer: Officer) -> None:
    """Both contents pass; whichever commits first is the version, the other is refused."""

    async def publish(pack: str) -> str:
        async with open_unit(pack_officer.door.sessions, now=pack_officer.clock()) as unit:
            return (await publish_texts(unit, pack, CASES, base_catalogue(), by=COUNTRY)).hash

    rivals = [SMALL, SMALL.replace("小镇方案", "另一方案")]
    ends = await asyncio.gather(*(publish(one) for one in rivals), return_exceptions=True)
    assert {type(one) for one in ends} == {str, PackVersionTaken}, ends
    async with open_unit(pack_officer.door.sessions, now=pack_officer.clock()) as unit:
        (there,) = await PackRepository(unit.session).versions("small-town")
    assert there.head.hash in ends


async def test_a_draft_published_twice_at_once_is_published_once(pack_officer: Officer) -> None:
    await pack_officer.drafts()
    started = [await pack_officer.asks_to_publish() for _ in range(4)]
    workers = [
        Worker(sessions=pack_officer.door.sessions, clock=pack_officer.clock, handlers=HANDLERS) for _ in started
    ]
    await asyncio.gather(*(worker.drain() for worker in workers))
    found = [(await pack_officer.caller.get(one.headers["Location"])).json() for one in started]
    assert {one["state"] for one in found} == {"succeeded"}
    async with pack_officer.door.sessions() as session:
        query = select(OutboxRow).where(OutboxRow.type == "policy.published")
        assert len((await session.execute(query)).scalars().all()) == 1


async def test_publishing_the_same_content_again_changes_nothing(pack_officer: Officer) -> None:
    for pack in (SMALL, SMALL, SMALL + "# a remark\n"):
        async with open_unit(pack_officer.door.sessions, now=pack_officer.clock()) as unit:
            await publish_texts(unit, pack, CASES, base_catalogue(), by=COUNTRY)
    assert await pack_officer.states() == {"1.0.0": "published"}
