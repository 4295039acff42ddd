"""Every provision of every plan resolves to an object of its pack; only soft words and governments' own duties are excused."""

import re
from collections import Counter
from datetime import date
from pathlib import Path

import pytest

from app.documents.orders import answers_warnings
from app.domain.duties.calendar import Calendar
from app.domain.duties.settings import DutySettings
from app.domain.policies.conditions import Node, leaves
from tests.scenarios.citing import cited_by
from tests.scenarios.reports import PACKS, pack

# How many provisions each plan has: the numbered rules of the seven texts.
NUMBERED = {
    "huairen": ("HR", 36),
    "linfen-city": ("LN", 20),
    "yongning": ("YN", 21),
    "linfen-twelve-industries": ("L12", 68),
    "gaoping": ("GP", 30),
    "fushan": ("FS", 51),
    "changzhi": ("CZ", 12),
}
EXCUSABLE = {"G", "S"}
DOMAIN = Path(__file__).parents[3] / "shared" / "design" / "domain.md"


@pytest.mark.parametrize("name", NUMBERED)
def test_every_numbered_provision_stands_in_the_pack_in_order(name: str) -> None:
    prefix, count = NUMBERED[name]
    assert list(pack(name).provisions) == [f"{prefix}-{number:02}" for number in range(1, count + 1)]


@pytest.mark.parametrize("name", PACKS)
def test_every_provision_resolves_to_an_object(name: str) -> None:
    objects = cited_by(pack(name))
    loose = [
        one.id
        for one in pack(name).provisions.values()
        if not objects[one.id] and not (one.kind in EXCUSABLE and one.excused)
    ]
    assert loose == []


@pytest.mark.parametrize("name", PACKS)
def test_an_excuse_has_a_reason_in_both_languages_and_nothing_else(name: str) -> None:
    objects = cited_by(pack(name))
    for one in pack(name).provisions.values():
        if one.excused is not None:
            assert one.kind in EXCUSABLE, one.id
            assert all(one.excused[language].strip() for language in ("zh", "en")), one.id
            assert objects[one.id] == [], f"{one.id} is both excused and carried out"


@pytest.mark.parametrize("name", PACKS)
def test_a_measure_is_decided_or_reported_and_never_only_published(name: str) -> None:
    published = {
        provision
        for provision, objects in cited_by(pack(name)).items()
        if objects and all(what.startswith("disclosure ") for what in objects)
    }
    assert {one for one in published if pack(name).provisions[one].kind == "M"} == set()


@pytest.mark.parametrize("name", PACKS)
def test_a_load_that_is_left_to_an_act_has_an_act_that_grants_it(name: str) -> None:
    granted = {workflow.grants for workflow in pack(name).workflows}
    left = [rule for rule in pack(name).rules() if "amount_by" in rule.then.params]
    assert [rule.id for rule in left if rule.when is None or granted.isdisjoint(asked_by(rule.when))] == []


def asked_by(when: Node) -> set[str]:
    return {leaf.fact for leaf in leaves(when)}


def test_the_acts_that_grant_a_fact_are_these() -> None:
    found = {(name, one.id): one.grants for name in PACKS for one in pack(name).workflows if one.grants}
    assert found == {
        ("changzhi", "wf-special-load"): "special_load_approved",
        ("fushan", "wf-determination"): "level_raised",
        ("fushan", "wf-casting-level"): "casting_level_raised",
        ("gaoping", "wf-livelihood-load"): "livelihood_load_filed",
        ("gaoping", "wf-foundry-need"): "foundry_need_approved",
        ("gaoping", "wf-pharma-need"): "pharma_need_approved",
        ("linfen-city", "wf-determination"): "city_level_raised",
        ("yongning", "wf-load-notice"): "load_notice_in_force",
    }


def test_in_yongning_a_warning_asks_for_the_response_and_its_notice_is_given_line_by_line() -> None:
    yongning = pack("yongning")
    assert answers_warnings(yongning)
    assert yongning.catalogue["load_notice_in_force"].subject == "line"


@pytest.mark.parametrize("name", NUMBERED)
def test_the_kinds_are_those_of_the_numbered_rules(name: str) -> None:
    if not DOMAIN.exists():
        pytest.skip("the numbered rules are not beside this checkout")
    prefix, _ = NUMBERED[name]
    row = re.compile(rf"^\| ({prefix}-\d\d) \| ([A-Z–]+(?:/[A-Z])*) \|", re.MULTILINE)
    told = dict(row.findall(DOMAIN.read_text(encoding="utf-8")))
    differing = {
        one.id: (one.kind, told[one.id])
        for one in pack(name).provisions.values()
        if one.id in told and told[one.id] != "–" and one.kind not in told[one.id].split("/")
    }
    assert differing == {}


def test_the_share_of_provisions_carried_out_is_whole() -> None:
    counted = Counter(
        bool(cited_by(pack(name))[one.id]) or one.excused is not None
        for name in PACKS
        for one in pack(name).provisions.values()
    )
    assert counted[False] == 0


@pytest.mark.parametrize("name", PACKS)
def test_everything_a_plan_asks_of_people_becomes_a_duty(name: str) -> None:
    plan = pack(name)
    calendar = Calendar(pack=plan, season=2019, settings=DutySettings(region=plan.issuer_region))
    made = {one.duty for one in (*calendar.terms(), *calendar.of_days([date(2019, 12, 10)]))}
    asked = {one.id for one in (*plan.duties, *plan.reports, *plan.disclosures)}
    assert asked <= made
