"""Drafts of packs: kept however wrong, changed by whoever has seen them, checked with every reason at once."""

import pytest

from tests.api.door import Door
from tests.api.officer import HERE, SMALL, Officer, key, raised, texts
from tests.conftest import Clock


async def test_a_draft_is_kept_with_its_texts_its_author_and_its_time(pack_officer: Officer) -> None:
    made = await pack_officer.drafts()
    assert (made.status_code, made.headers["ETag"]) == (201, '"1"')
    found = await pack_officer.caller.get(made.headers["Location"])
    assert found.json() == made.json()
    assert found.json()["state"] == "draft"
    assert found.json()["draft"]["created_at"] == "2019-12-10T10:00:00.000+08:00"
    assert found.json()["draft"]["created_by"]
    kept = (await pack_officer.caller.get(f"{HERE}/versions/1.0.0/texts")).json()
    assert {"pack": kept["pack"], "scenarios": kept["scenarios"]} == texts()
    assert (await pack_officer.caller.get(HERE)).status_code == 404, "a draft is no plan yet"


async def test_a_draft_may_be_wrong_in_any_way_that_yaml_allows(pack_officer: Officer) -> None:
    assert (await pack_officer.drafts("pack: small-town\nversion: 1.0.0\nrules: nonsense\n", None)).status_code == 201
    report = (await pack_officer.checks())["result"]
    assert not report["passes"]
    assert {"shape"} == {one["code"] for one in report["findings"]}
    assert len(report["findings"]) > 3


@pytest.mark.parametrize(
    ("pack", "code"),
    [
        ("a: &a [*a]", "yaml_unreadable"),
        ("a: [", "yaml_unreadable"),
        ('pack: small-town\nversion: 1.0.0\ntitle: "\\0"\n', "yaml_unreadable"),
        ("just words", "pack_unnamed"),
        ("pack: small-town", "pack_unnamed"),
        ("pack: checks\nversion: 1.0.0", "pack_unnamed"),
        ("pack: small-town\nversion: [1]", "pack_unnamed"),
    ],
)
async def test_what_cannot_be_read_at_all_is_refused_with_one_problem(
    pack_officer: Officer, pack: str, code: str
) -> None:
    answer = await pack_officer.drafts(pack, None)
    assert (answer.status_code, answer.json()["code"], answer.json()["errors"]) == (422, code, [])
    assert (await pack_officer.caller.get("/v1/policy-packs?state=draft")).json()["items"] == []


async def test_scenarios_that_are_no_yaml_are_refused_with_their_line(pack_officer: Officer) -> None:
    answer = await pack_officer.drafts(SMALL, "pack: small-town\nscenarios: [")
    assert answer.json()["code"] == "yaml_unreadable"
    assert "scenarios" in answer.json()["detail"]


async def test_a_version_has_one_draft(pack_officer: Officer) -> None:
    await pack_officer.drafts()
    again = await pack_officer.drafts()
    assert (again.status_code, again.json()["code"]) == (409, "draft_exists")


async def test_a_draft_is_changed_only_by_who_has_seen_it(pack_officer: Officer) -> None:
    await pack_officer.drafts()
    url, better = f"{HERE}/versions/1.0.0", texts(SMALL.replace("小镇方案", "另一方案"))
    assert (await pack_officer.caller.put(url, json=better)).status_code == 428
    changed = await pack_officer.caller.put(url, json=better, headers={"If-Match": '"1"'})
    assert (changed.status_code, changed.headers["ETag"], changed.json()["title"]) == (200, '"2"', "另一方案")
    late = await pack_officer.caller.put(url, json=texts(), headers={"If-Match": '"1"'})
    assert (late.status_code, late.json()["code"]) == (412, "draft_stale")
    same = await pack_officer.caller.put(url, json=better, headers={"If-Match": '"2"'})
    assert same.headers["ETag"] == '"2"', "the same texts are no change"
    other = await pack_officer.caller.put(url, json=texts(raised("1.0.1")), headers={"If-Match": '"2"'})
    assert (other.status_code, other.json()["code"]) == (422, "draft_renamed")


async def test_a_draft_can_be_removed_and_made_again(pack_officer: Officer) -> None:
    await pack_officer.drafts()
    url = f"{HERE}/versions/1.0.0"
    assert (await pack_officer.caller.delete(url, headers={"If-Match": '"7"'})).status_code == 412
    assert (await pack_officer.caller.delete(url, headers={"If-Match": '"1"'})).status_code == 204
    assert (await pack_officer.caller.get(url)).json()["code"] == "pack_version_unknown"
    assert (await pack_officer.drafts()).status_code == 201


async def test_checks_report_every_reason_at_once_with_its_line(pack_officer: Officer) -> None:
    wrong = SMALL.replace("fuel is not coal", "fule").replace("lowest: II", "lowest: III")
    await pack_officer.drafts(wrong)
    found = {one["code"]: one["line"] for one in (await pack_officer.checks())["result"]["findings"]}
    assert {"class_unknown": 14, "leaf": 17}.items() <= found.items()


async def test_a_draft_remembers_its_report_under_the_hash_of_its_texts(pack_officer: Officer) -> None:
    await pack_officer.drafts()
    url = f"{HERE}/versions/1.0.0"
    assert (await pack_officer.caller.get(f"{url}/report")).json()["code"] == "draft_unchecked"
    await pack_officer.checks()
    report = (await pack_officer.caller.get(f"{url}/report")).json()
    assert (report["passes"], report["current"], report["scenarios"]) == (True, True, 1)
    await pack_officer.caller.put(url, json=texts(SMALL.replace("小镇方案", "另一方案")), headers={"If-Match": '"1"'})
    later = (await pack_officer.caller.get(f"{url}/report")).json()
    assert later["current"] is False
    assert later["texts_hash"] == report["texts_hash"]


async def test_another_region_neither_sees_nor_writes_a_draft(
    pack_officer: Officer, busy_door: Door, clock: Clock
) -> None:
    await pack_officer.drafts()
    stranger = Officer(busy_door, clock, await busy_door.caller(regions=("140500",), on_behalf_of=True))
    assert (await stranger.caller.get(f"{HERE}/versions/1.0.0")).status_code == 404
    assert (await stranger.caller.get("/v1/policy-packs?state=draft")).json()["items"] == []
    foreign = await stranger.drafts(raised("2.0.0"))
    assert (foreign.status_code, foreign.json()["code"]) == (403, "pack_of_another_region")
    neighbour = Officer(busy_door, clock, await busy_door.caller(regions=("141000",)))
    assert (await neighbour.caller.get(f"{HERE}/versions/1.0.0")).status_code == 200
    await pack_officer.publishes()
    assert (await stranger.retires()).json()["code"] == "pack_of_another_region"


async def test_a_check_of_bare_texts_reports_and_keeps_nothing(pack_officer: Officer) -> None:
    started = await pack_officer.caller.post("/v1/policy-packs/checks", json=texts(), headers=key())
    assert (await pack_officer.operation(started))["result"]["passes"]
    assert (await pack_officer.caller.get(HERE)).status_code == 404
    assert (await pack_officer.caller.get("/v1/policy-packs?state=draft")).json()["items"] == []
