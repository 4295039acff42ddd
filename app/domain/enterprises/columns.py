"""What a row of the register may hold, level by level: the same columns serve forms, files and JSON."""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Literal

from app.domain.policies.facts import LEVELS, Catalogue, FactSpec, Level

RowLevel = Literal["enterprise", "site", "line", "process", "unit", "coupling", "meter"]
Kind = Literal[
    "code",
    "name",
    "text",
    "region",
    "uscc",
    "gbt4754",
    "longitude",
    "latitude",
    "multiplier",
    "option",
    "level",
    "flag",
]


@dataclass(frozen=True, slots=True)
class Column:
    """One column of structure; `of` names the row of another level it points to, or its closed list."""

    name: str
    zh: str
    kind: Kind
    required: bool = False
    of: str = ""


_CODE = Column("code", "编码", "code", required=True)
_NAME = Column("name", "名称", "name", required=True)
_ENTERPRISE = Column("enterprise", "企业编码", "code", required=True, of="enterprise")
_LINE = Column("line", "生产线编码", "code", required=True, of="line")

COLUMNS: Mapping[RowLevel, tuple[Column, ...]] = MappingProxyType(
    {
        "enterprise": (
            _CODE,
            _NAME,
            Column("region", "行政区代码", "region", required=True),
            Column("uscc", "统一社会信用代码", "uscc"),
            Column("gbt4754", "国民经济行业代码", "gbt4754"),
            Column("sample", "样例", "flag"),
        ),
        "site": (
            _ENTERPRISE,
            _CODE,
            _NAME,
            Column("region", "行政区代码", "region", required=True),
            Column("address", "地址", "text"),
            Column("longitude", "经度", "longitude"),
            Column("latitude", "纬度", "latitude"),
        ),
        "line": (
            _ENTERPRISE,
            Column("site", "厂区编码", "code", required=True, of="site"),
            _CODE,
            _NAME,
            Column("industry", "行业标签", "option", of="industries"),
            Column("gbt4754", "国民经济行业代码", "gbt4754"),
        ),
        "process": (_ENTERPRISE, _LINE, _CODE, _NAME, Column("kind", "工序类型", "option", of="process_kinds")),
        "unit": (
            _ENTERPRISE,
            _LINE,
            Column("process", "工序编码", "code", of="process"),
            _CODE,
            _NAME,
            Column("kind", "设备类型", "option", of="unit_kinds"),
        ),
        "coupling": (
            _ENTERPRISE,
            Column("kind", "关系", "option", required=True, of="coupling_kinds"),
            Column("from_level", "上游层级", "level", required=True),
            Column("from_code", "上游编码", "code", required=True),
            Column("to_level", "下游层级", "level", required=True),
            Column("to_code", "下游编码", "code", required=True),
        ),
        "meter": (
            _ENTERPRISE,
            Column("code", "计量点编号", "code", required=True),
            Column("kind", "电表类型", "option", required=True, of="meter_kinds"),
            Column("level", "计量层级", "level", required=True),
            Column("subject", "计量对象编码", "code", required=True),
            Column("multiplier", "倍率", "multiplier"),
        ),
    }
)
# Where rows of a level may point: couplings join lines and units, meters measure sites, lines and units.
POINTS_AT: Mapping[RowLevel, tuple[Level, ...]] = MappingProxyType(
    {"coupling": ("line", "unit"), "meter": ("site", "line", "unit")}
)
SHEETS: Mapping[RowLevel, str] = MappingProxyType(
    {
        "enterprise": "企业",
        "site": "厂区",
        "line": "生产线",
        "process": "工序",
        "unit": "设备",
        "coupling": "耦合关系",
        "meter": "电表",
    }
)
# The row's facts hold from this day and rest on this paper.
PERIOD = (Column("valid_from", "事实起始日期", "text"), Column("document", "依据文件", "text"))


def facts_of(level: RowLevel, catalogue: Catalogue) -> list[FactSpec]:
    """The facts a template asks of this level: those that belong to it and are not computed."""
    return [fact for fact in catalogue.facts.values() if fact.subject == level and fact.derive is None]


def has_facts(level: RowLevel) -> bool:
    return level in LEVELS
