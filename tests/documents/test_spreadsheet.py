"""Sheets of the register: headers in either language, blanks that mean unknown, errors that name the column."""

from datetime import date

import pytest

from app.documents.catalogue import base_catalogue
from app.documents.spreadsheet import HeaderRefused, key_of, read_header, read_row, titles
from app.domain.enterprises.checking import FactDraft
from app.domain.enterprises.columns import COLUMNS, RowLevel
from app.domain.policies.facts import FactSpec

CATALOGUE = base_catalogue()


def refused(level: RowLevel, names: list[object]) -> dict[str, str]:
    with pytest.raises(HeaderRefused) as found:
        read_header(level, names, CATALOGUE)
    return {error.pointer: error.code for error in found.value.errors}


@pytest.mark.parametrize("level", COLUMNS)
def test_a_template_is_understood_as_it_is(level: RowLevel) -> None:
    header = read_header(level, titles(level, CATALOGUE), CATALOGUE)
    assert None not in header.columns
    facts = {column.name for column in header.columns if isinstance(column, FactSpec)}
    asked = {fact.name for fact in CATALOGUE.facts.values() if fact.subject == level and fact.derive is None}
    assert facts == asked


def test_canonical_and_chinese_names_mean_the_same() -> None:
    chinese = read_header("line", ["企业编码*", "编码", "颗粒物 (mg/m3)", "燃料"], CATALOGUE)
    english = read_header("line", ["enterprise", "code", "pm_mg_m3", "FUEL"], CATALOGUE)
    assert chinese.columns == english.columns


def test_a_fact_from_below_may_stand_on_a_higher_sheet() -> None:
    header = read_header("enterprise", ["编码", "燃料"], CATALOGUE)
    assert header.columns[1] == CATALOGUE["fuel"]


def test_an_unknown_or_repeated_column_is_named() -> None:
    assert refused("line", ["企业编码", "颗粒勿", "编码", "code"]) == {
        "颗粒勿": "column_unknown",
        "code": "column_twice",
    }
    assert refused("coupling", ["企业编码", "燃料"]) == {"燃料": "column_unknown"}


def test_columns_of_errors_are_passed_over() -> None:
    header = read_header("site", ["企业编码", "编码", "错误字段", "错误代码", "错误说明", ""], CATALOGUE)
    assert header.columns[2:] == (None, None, None, None)


def test_a_row_becomes_a_draft_without_its_blanks() -> None:
    header = read_header("line", ["企业编码", "编码", "名称", "事实起始日期", "依据文件", "燃料", "颗粒物"], CATALOGUE)
    draft = read_row(header, ["E1", "L1", "  ", "2019年9月30日", "1号", "煤", None], sheet="生产线", line=7)
    assert (draft.cells, draft.begins, draft.place.line) == ({"enterprise": "E1", "code": "L1"}, date(2019, 9, 30), 7)
    assert draft.facts == [FactDraft("fuel", "煤", date(2019, 9, 30), None, "1号", "fuel")]


def test_a_beginning_that_is_no_day_is_told() -> None:
    header = read_header("line", ["企业编码", "编码", "事实起始日期"], CATALOGUE)
    draft = read_row(header, ["E1", "L1", "去年"], sheet="生产线", line=2)
    assert [(error.pointer, error.code) for error in draft.errors] == [("valid_from", "not_a_day")]


@pytest.mark.parametrize(
    ("row", "code"), [(["E1", "L1"], "E1"), ([1001.0, "L1"], "1001"), ([None, "L1"], None), ([], None)]
)
def test_a_row_knows_its_enterprise(row: list[object], code: str | None) -> None:
    assert key_of(read_header("line", ["企业编码", "编码"], CATALOGUE), row) == code
