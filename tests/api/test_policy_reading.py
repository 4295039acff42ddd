"""What is read out of packs: their schema, the questions they ask, how two of them differ."""

from tests.api.door import Door
from tests.api.officer import HERE, SMALL, Officer, raised


async def test_two_versions_are_compared_by_rule_and_by_printed_place(pack_officer: Officer) -> None:
    await pack_officer.drafts_and_publishes()
    await pack_officer.drafts(raised("1.1.0").replace("fuel is not coal", "fuel is natural_gas"))
    asked = f"{HERE}/diff?from=1.0.0&to=1.1.0"
    said = (await pack_officer.caller.get(asked)).json()
    assert (said["before"]["version"], said["after"]["version"], said["after"]["hash"]) == ("1.0.0", "1.1.0", None)
    (rule,) = said["rules"]
    assert (rule["key"], rule["change"], rule["label"]) == ("ST-2.clean", "changed", "ST-2.clean 二")
    assert [change["says"] for change in rule["changes"]] == ["条件：燃料 不为 煤 → 燃料 为 天然气"]
    assert [(one["place"], one["rules"]) for one in said["provisions"]] == [("二", ["ST-2.clean"])]
    english = (await pack_officer.caller.get(asked, headers={"Accept-Language": "en"})).json()
    assert english["rules"][0]["changes"][0]["after"] == "fuel is natural gas"
    same = (await pack_officer.caller.get(f"{HERE}/diff?from=1.0.0&to=1.0.0")).json()
    assert same["same"]
    assert (await pack_officer.caller.get(f"{HERE}/diff?from=1.0.0&to=9.9.9")).status_code == 404


async def test_two_packs_are_compared(pack_officer: Officer) -> None:
    await pack_officer.drafts_and_publishes()
    await pack_officer.drafts(SMALL.replace("pack: small-town", "pack: other-town"), None)
    said = (await pack_officer.caller.get(f"{HERE}/diff?from=1.0.0&to=1.0.0&to_pack=other-town")).json()
    assert (said["after"]["name"], said["same"]) == ("other-town", True)


async def test_a_draft_that_is_no_pack_cannot_be_compared_and_says_why(pack_officer: Officer) -> None:
    await pack_officer.drafts_and_publishes()
    await pack_officer.drafts("pack: small-town\nversion: 1.1.0\n", None)
    answer = await pack_officer.caller.get(f"{HERE}/diff?from=1.0.0&to=1.1.0")
    assert (answer.status_code, answer.json()["code"]) == (422, "pack_fails")
    assert len(answer.json()["errors"]) > 3


async def test_a_pack_tells_what_it_will_ask(pack_officer: Officer) -> None:
    await pack_officer.drafts_and_publishes()
    said = (await pack_officer.caller.get(f"{HERE}/questions?industry=lime")).json()
    (fuel,) = said["questions"]
    assert (fuel["fact"], fuel["label"], fuel["type"], fuel["subject"]) == ("fuel", "燃料", "enum", "line")
    assert {"code": "coal", "label": "煤"} in fuel["options"]
    assert fuel["read_by"] == [
        {
            "rule": "ST-2.clean",
            "stage": "rule",
            "binds": "line",
            "stagger_class": "I",
            "conditions": ["燃料 不为 煤"],
            "citations": [{"provision": "ST-2", "place": "二"}],
        }
    ]
    assert (await pack_officer.caller.get(f"{HERE}/questions?industry=steel")).json()["questions"] == []
    unknown = await pack_officer.caller.get(f"{HERE}/questions?industry=stone")
    assert (unknown.status_code, unknown.json()["code"]) == (422, "industry_tag_unknown")


async def test_an_editor_fetches_the_schema_without_a_token(door: Door) -> None:
    answer = await door.anyone().get("/v1/policy-packs/schema.json")
    assert (answer.status_code, answer.headers["content-type"]) == (200, "application/schema+json")
    again = await door.anyone().get("/v1/policy-packs/schema.json", headers={"If-None-Match": answer.headers["ETag"]})
    assert again.status_code == 304
    caller = await door.caller()
    assert (await caller.get("/v1/policy-packs/schema")).json()["pack_schema"] == answer.json()


async def test_the_fact_catalogue_holds_what_a_form_needs(door: Door) -> None:
    caller = await door.caller()
    facts = (await caller.get("/v1/facts")).json()["items"]
    for fact in facts:
        assert fact["label_zh"]
        assert fact["label_en"]
        assert fact["question_zh"]
        assert fact["subject"]
        assert (fact["type"] in {"enum", "programme"}) == bool(fact["options"]), fact["name"]
        assert all(option["code"] and option["label_zh"] and option["label_en"] for option in fact["options"])
