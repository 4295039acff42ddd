"""Rows of the register: checked cell by cell, merged into what is known, each refusal with its place."""

from collections.abc import Callable
from datetime import date
from itertools import count
from typing import Any
from uuid import UUID

import pytest

from app.documents.catalogue import base_catalogue
from app.domain.access import Actor
from app.domain.enterprises.checking import Checked, Draft, FactDraft, Place, Yardsticks, check
from app.domain.enterprises.columns import COLUMNS, RowLevel
from app.domain.enterprises.merging import Merged, merge
from app.domain.enterprises.regions import Region, RegionTable
from app.domain.enterprises.structure import Enterprise, Head
from app.domain.facts.values import ValueRefused

REGIONS = RegionTable(
    [
        Region(code="140624", name="怀仁县", valid_from=date(1993, 1, 1), valid_to=date(2019, 1, 1)),
        Region(code="140681", name="怀仁市", valid_from=date(2018, 1, 1), valid_to=None),
        Region(code="141002", name="尧都区", valid_from=date(2000, 1, 1), valid_to=None),
    ]
)
BY = Yardsticks(
    catalogue=base_catalogue(),
    options={
        "industries": {"steel": "钢铁"},
        "unit_kinds": {"boiler": "锅炉"},
        "process_kinds": {"casting": "铸造"},
        "coupling_kinds": {"feeds": "供料"},
        "meter_kinds": {"main": "总表"},
        "levels": {level: level for level in ("enterprise", "site", "line", "process", "unit")},
    },
    regions=REGIONS,
    credit_code=lambda text: text,
    day=date(2019, 12, 10),
    actor=Actor(client_id="one", regions=("140000",)),
)
KNOWN = Enterprise(head=Head(id=UUID(int=1), registrar="one", code="E1", name="甲", region="141002"))
GOOD: dict[RowLevel, dict[str, object]] = {
    "enterprise": {"code": "E1", "name": "甲", "region": "141002"},
    "site": {"enterprise": "E1", "code": "S1", "name": "一厂", "region": "141002"},
    "line": {"enterprise": "E1", "site": "S1", "code": "L1", "name": "一号线", "industry": "钢铁"},
    "process": {"enterprise": "E1", "line": "L1", "code": "P1", "name": "铸造", "kind": "casting"},
    "unit": {"enterprise": "E1", "line": "L1", "process": "P1", "code": "U1", "name": "锅炉", "kind": "boiler"},
    "coupling": {
        "enterprise": "E1", "kind": "feeds", "from_level": "line", "from_code": "L1", "to_level": "unit", "to_code": "U1",
    },
    "meter": {"enterprise": "E1", "code": "M1", "kind": "main", "level": "site", "subject": "S1", "multiplier": 40.0},
}  # fmt: skip


def ids() -> Callable[[], UUID]:
    numbers = count(100)
    return lambda: UUID(int=next(numbers))


def a_row(level: RowLevel, /, **changes: Any) -> Checked:
    found = check(a_draft(level, **changes), BY)
    assert isinstance(found, Checked), found
    return found


def a_draft(level: RowLevel, /, facts: dict[str, object] | None = None, **changes: Any) -> Draft:
    cells = {name: cell for name, cell in {**GOOD[level], **changes}.items() if cell is not None}
    drafted = [FactDraft(name, value, None, None, None, name) for name, value in (facts or {}).items()]
    return Draft(level, Place(level, 2), cells, drafted)


def merged(*rows: Checked, known: Enterprise = KNOWN) -> Merged:
    return merge(known, rows, failed=set(), new_id=ids())


def everything() -> list[Checked]:
    return [a_row(level) for level in COLUMNS]


def grown() -> Enterprise:
    """The known enterprise after everything has landed once."""
    parts = list(merged(*everything()).added.values())
    site, line, process, unit, coupling, meter = parts
    return Enterprise(
        head=KNOWN.head,
        sites=(site,),  # type: ignore[arg-type]  # added in the order of COLUMNS
        lines=(line,),  # type: ignore[arg-type]  # as above
        processes=(process,),  # type: ignore[arg-type]  # as above
        units=(unit,),  # type: ignore[arg-type]  # as above
        couplings=(coupling,),  # type: ignore[arg-type]  # as above
        meters=(meter,),  # type: ignore[arg-type]  # as above
    )


def codes_of(draft: Draft) -> dict[str, str]:
    found = check(draft, BY)
    assert isinstance(found, list), found
    return {error.pointer: error.code for error in found}


@pytest.mark.parametrize(
    ("level", "changes", "errors"),
    [
        ("enterprise", {"code": None}, {"code": "required"}),
        ("site", {"enterprise": None}, {"enterprise": "required"}),
        ("enterprise", {"code": "x" * 65}, {"code": "not_plain_text"}),
        ("enterprise", {"name": "a\0"}, {"name": "not_plain_text"}),
        ("enterprise", {"gbt4754": "31"}, {"gbt4754": "not_gbt4754"}),
        ("site", {"region": "999999"}, {"region": "region_unknown"}),
        ("site", {"region": "140624"}, {"region": "region_not_valid"}),
        ("site", {"longitude": 111.5}, {"latitude": "half_a_position"}),
        ("site", {"longitude": 36.1, "latitude": 111.5}, {"longitude": "position_outside_china", "latitude": "position_outside_china"}),
        ("line", {"industry": "魔法"}, {"industry": "unknown_option"}),
        ("coupling", {"to_level": "site"}, {"to_level": "unknown_option"}),
        ("coupling", {"kind": None}, {"kind": "required"}),
        ("meter", {"multiplier": 0}, {"multiplier": "not_a_multiplier"}),
        ("meter", {"subject": None, "level": None}, {"subject": "required", "level": "required"}),
    ],
)  # fmt: skip
def test_every_wrong_cell_is_named(level: RowLevel, changes: dict[str, Any], errors: dict[str, str]) -> None:
    assert codes_of(a_draft(level, **changes)) == errors


def test_all_errors_of_a_row_are_told_at_once() -> None:
    draft = a_draft("line", industry="魔法", gbt4754="x", facts={"fuel": "泥", "无此事实": 1, "pm_mg_m3": "多"})
    assert codes_of(draft) == {
        "industry": "unknown_option",
        "gbt4754": "not_gbt4754",
        "fuel": "unknown_option",
        "无此事实": "fact_unknown",
        "pm_mg_m3": "not_a_number",
    }


def test_a_region_outside_what_the_caller_sees_is_refused() -> None:
    elsewhere = Actor(client_id="one", regions=("141000",))
    assert isinstance(found := check(a_draft("site", region="140681"), _as(elsewhere)), list)
    assert [error.code for error in found] == ["region_not_yours"]


def _as(actor: Actor) -> Yardsticks:
    return Yardsticks(
        catalogue=BY.catalogue,
        options=BY.options,
        regions=BY.regions,
        credit_code=BY.credit_code,
        day=BY.day,
        actor=actor,
    )


def test_an_outdated_region_names_its_heir() -> None:
    with pytest.raises(ValueRefused, match="140681"):
        REGIONS.on("140624", date(2019, 12, 10))
    assert REGIONS.on("140624", date(2017, 1, 1)).name == "怀仁县"


def test_spreadsheets_do_not_spoil_codes() -> None:
    row = a_row("enterprise", code=1001.0, gbt4754=610.0)
    assert (row.cells["code"], row.cells["gbt4754"]) == ("1001", "0610")


def test_a_position_is_kept_to_the_centimetre() -> None:
    row = a_row("site", longitude=111.51234567891234, latitude="36.1")
    assert (str(row.cells["longitude"]), str(row.cells["latitude"])) == ("111.5123457", "36.1")


def test_everything_new_lands_and_hangs_together() -> None:
    one = merged(*everything())
    assert (one.rejected, one.head_changed, len(one.added), sum(one.landed.values())) == ([], False, 6, 7)


def test_landing_twice_changes_nothing() -> None:
    again = merged(*everything(), known=grown())
    assert (again.structure_changed, again.rejected) == (False, [])


def test_a_blank_cell_leaves_what_is_known() -> None:
    again = merged(a_row("line", name=None, site=None, industry=None, gbt4754="3110"), known=grown())
    (line,) = again.changed.values()
    assert (getattr(line, "name", ""), getattr(line, "industry", ""), getattr(line, "gbt4754", "")) == (
        "一号线",
        "steel",
        "3110",
    )


@pytest.mark.parametrize(
    ("row", "field", "code"),
    [
        (("line", {"site": "S9"}), "site", "parent_unknown"),
        (("line", {"site": None}), "site", "required"),
        (("site", {"name": None}), "name", "required"),
        (("meter", {"level": "unit", "subject": "U9"}), "subject", "parent_unknown"),
    ],
)
def test_a_row_that_hangs_in_the_air_is_refused(row: tuple[RowLevel, dict[str, Any]], field: str, code: str) -> None:
    level, changes = row
    (rejection,) = merged(a_row("enterprise"), a_row(level, **changes)).rejected
    assert (rejection.error.pointer, rejection.error.code) == (field, code)


def test_what_hangs_below_a_refused_row_is_refused_with_it() -> None:
    rows = [row for row in everything() if row.level not in {"site", "coupling", "meter"}]
    one = merge(KNOWN, rows, failed={("site", "S1")}, new_id=ids())
    assert {rejection.error.code for rejection in one.rejected} == {"parent_rejected"}
    assert [rejection.level for rejection in one.rejected] == ["line", "process", "unit"]
    assert one.added == {}


def test_a_unit_keeps_to_the_processes_of_its_line() -> None:
    other = a_row("line", code="L2", name="二号线")
    one = merged(other, a_row("unit", code="U2", line="L2"), known=grown())
    assert [rejection.error.code for rejection in one.rejected] == ["process_of_another_line"]


def test_facts_land_with_the_row_they_stand_on() -> None:
    (said,) = merged(a_row("enterprise", facts={"燃料": "煤"})).said
    assert (said.level, said.subject, said.claim.fact, said.claim.value) == (
        "enterprise",
        KNOWN.head.id,
        "fuel",
        "coal",
    )
