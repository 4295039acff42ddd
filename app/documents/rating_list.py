"""A published list of ratings as a file: one row per line and grade, read cell by cell and handed out as a template."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any

import orjson

from app.documents.catalogue import vocabulary
from app.documents.rejections import Place, Wrong, returned
from app.documents.spreadsheet import GUIDE, HeaderRefused, is_blank, matched, titles_in
from app.documents.workbook import JSON, XLSX, read_csv, read_xlsx
from app.domain.enterprises.checking import plain_text
from app.domain.enterprises.columns import Column
from app.domain.errors import FieldError, Language
from app.domain.facts.values import ValueRefused, day_of
from app.domain.policies.facts import normal
from app.domain.ratings.rating import PERFORMANCE_GRADE

SHEET = ("绩效评级", "ratings")
COLUMNS = (
    Column("enterprise", "企业编码或统一社会信用代码", "code", required=True),
    Column("subject", "生产线编码", "code", required=True),
    Column("fact", "等级事实", "text"),
    Column("grade", "绩效等级", "text", required=True),
    Column("valid_from", "起始日期", "text", required=True),
    Column("valid_to", "截止日期", "text"),
    Column("basis", "评级依据", "text", required=True),
    Column("awarded_by", "评定单位", "text", required=True),
    Column("document", "文件文号", "text", required=True),
)
NOTES: Mapping[str, str] = {
    "enterprise": "登记时的企业编码，或 18 位统一社会信用代码。",
    "subject": "登记时的编码；等级事实属于工序的填工序编码。",
    "fact": "不填为 performance_grade（绩效等级）；方案自有的等级填其名称，如“铸造工序绩效等级”。",
    "valid_to": "不含当日；不填为长期有效。",
}
# Lists that know an enterprise by one of the two only.
_ALSO = {"企业编码": COLUMNS[0], "统一社会信用代码": COLUMNS[0]}
_KNOWN: Mapping[str, Column] = {normal(name): one for one in COLUMNS for name in (one.name, one.zh)} | _ALSO
# As long as these may be where a rating is recorded one by one.
LIMITS: Mapping[str, int] = {"enterprise": 64, "subject": 64, "fact": 80, "grade": 40, "basis": 500}
LIMIT = 200


@dataclass(frozen=True, slots=True)
class Listed:
    """One row as it was written: where it stands, the row itself, and its cells without blanks."""

    sheet: str
    line: int
    written: Any
    cells: Mapping[str, object]


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One row whose every cell is good; what it names is still to be found."""

    enterprise: str
    subject: str
    fact: str
    grade: str
    valid_from: date
    valid_to: date | None
    basis: str
    awarded_by: str
    document: str


@dataclass(slots=True)
class RatingList:
    """A file's rows in their order, and what was wrong with it."""

    media_type: str
    rows: list[Listed] = field(default_factory=list)
    headers: dict[str, tuple[str, ...]] = field(default_factory=dict)
    wrong: list[Wrong] = field(default_factory=list)
    rejected: dict[Place, Any] = field(default_factory=dict)

    def reject(self, row: Listed, errors: list[FieldError]) -> None:
        """Keep a row that stayed outside as it was written, with the reasons."""
        self.wrong += [Wrong(row.sheet, row.line, error) for error in errors]
        self.rejected[row.sheet, row.line] = row.written

    def returned(self, language: Language) -> tuple[bytes, str, str] | None:
        """The file of the rows that stayed outside."""
        return returned(self.media_type, self.headers, self.rejected, self.wrong, language)


def read_rating_list(content: bytes, media_type: str) -> RatingList:
    """Reads the whole file; raises FileUnreadable when it is none."""
    listed = RatingList(media_type)
    if media_type == JSON:
        for index, item in enumerate(orjson.loads(content)["items"]):
            listed.rows.append(Listed("", index, item, item))
    elif media_type == XLSX:
        for name, rows in read_xlsx(content):
            _read_sheet(listed, name, rows)
    else:
        _read_sheet(listed, SHEET[0], read_csv(content))
    return listed


def _read_sheet(listed: RatingList, name: str, rows: Iterator[list[object]]) -> None:
    first = next(rows, None)
    if first is None or name.strip() == GUIDE or all(is_blank(cell) for cell in first):
        return
    names = titles_in(first)
    try:
        columns = matched(names, _KNOWN, sheet=SHEET)
    except HeaderRefused as refused:
        listed.wrong += [Wrong(name, 1, error) for error in refused.errors]
        return
    listed.headers[name] = names
    for line, row in enumerate(rows, start=2):
        named = zip(columns, row, strict=False)
        cells = {column.name: raw for column, raw in named if column is not None and not is_blank(raw)}
        if cells:
            listed.rows.append(Listed(name, line, row, cells))


def entry_of(row: Listed) -> Entry | list[FieldError]:
    """All good, or all that is wrong."""
    cells: dict[str, Any] = {"fact": PERFORMANCE_GRADE, "valid_to": None}
    errors = list[FieldError]()
    for column in COLUMNS:
        raw = row.cells.get(column.name)
        try:
            if raw is not None:
                cells[column.name] = _cell(column.name, raw)
            elif column.required:
                raise ValueRefused("required", f"“{column.zh}”必填。", f"{column.name} is required.")
        except ValueRefused as refused:
            errors.append(refused.at(column.name))
    return errors or Entry(**cells)


def _cell(name: str, raw: object) -> object:
    return day_of(raw) if name.startswith("valid_") else plain_text(raw, LIMITS.get(name, LIMIT))


def template_titles() -> list[str]:
    """The first line of a template."""
    return [
        f"{one.zh}{' (不含当日)' if one.name == 'valid_to' else ''}{'*' if one.required else ''}" for one in COLUMNS
    ]


def template_guide() -> Iterator[list[object]]:
    """The sheet that explains the other one."""
    yield ["列", "英文名", "必填", "可填内容", "说明"]
    grades = "、".join(label.zh for label in vocabulary()["performance_grades"].values())
    for one in COLUMNS:
        allowed = grades if one.name == "grade" else ""
        yield [one.zh, one.name, "是" if one.required else "", allowed, NOTES.get(one.name, "")]
