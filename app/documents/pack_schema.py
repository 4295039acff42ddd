"""The JSON Schema of a pack as an editor wants it: what may be written, in words, with examples; no `$id`, so it works from anywhere."""

from functools import cache
from typing import Any

from app.documents.pack_shape import PackShape

Schema = dict[str, Any]
DIALECT = "https://json-schema.org/draft/2020-12/schema"
# What may be written as one text instead of a list of one.
_ONE_OR_MORE = frozenset({"cites", "readings", "binds"})

# Field by field, where the shape itself does not say it: words and an example.
_FIELDS: dict[str, tuple[str, Any]] = {
    "pack": ("方案代号 · the plan's name in addresses", "linfen-twelve-industries"),
    "version": ("版本，发布后不可更改 · never changes once published", "1.0.0"),
    "title": ("方案名称 · the plan's title", {"zh": "某市秋冬季错峰生产方案", "en": "Staggered production plan"}),
    "issuer": (
        "发布机关 · who issued it, for which region (GB/T 2260)",
        {"region": "141000", "level": "city", "body": "临汾市人民政府"},
    ),
    "nature": ("错峰方案或重污染应急预案 · a plan for the season, or one for warnings", "staggered"),
    "effective": (
        "文本自载的生效日期，首尾两日均含 · the dates the text gives itself, both included",
        {"from": "2019-10-01", "to": "2020-06-30"},
    ),
    "scope": ("适用地区，含下级 · regions it speaks of, with all below them", {"regions": ["141000"]}),
    "season": ("错峰时段，可分区 · the window, per zone if need be", [{"from": "10-01", "to": "03-31"}]),
    "zones": (
        "有各自时段的分区 · parts with windows of their own",
        {"plains": {"name": {"zh": "平川县", "en": "plain county"}, "regions": ["141002"]}},
    ),
    "places": (
        "条件可引用的地区组 · groups of regions that conditions name",
        {"key_regions": {"name": {"zh": "重点区域", "en": "key regions"}, "regions": ["141025"]}},
    ),
    "periods": ("有名称的时段 · windows with a name", {"deep_winter": {"from": "12-01", "to": "01-31"}}),
    "provisions": (
        "条款：用自己的话写一句 · every clause, in one sentence of our own",
        [
            {
                "id": "L12-01",
                "place": "序言",
                "kind": "P",
                "says": "依据条例制定",
                "says_en": "made under the regulation",
            }
        ],
    ),
    "readings": (
        "对原文的理解，待确认 · what we read into it, to be confirmed",
        [{"id": "A-L1", "says": "…", "says_en": "…", "confirm": "市大气办"}],
    ),
    "facts": (
        "本方案自有的事实 · facts of this plan's own",
        {
            "kiln_plan": {
                "zh": "窑炉方案",
                "en": "kiln scheme",
                "type": "programme",
                "subject": "line",
                "question": "窑炉方案是否完成？",
                "question_en": "Is the kiln scheme done?",
            }
        },
    ),
    "sets": (
        "取值的集合 · named sets of values",
        {"clean_fuels": {"zh": "清洁燃料", "of": "fuel", "values": ["natural_gas", "electricity"]}},
    ),
    "groups": (
        "every/some 所指的设备组 · what every and some range over",
        {"furnaces": {"zh": "高炉", "level": "unit", "within": "site", "kinds": ["blast_furnace"]}},
    ),
    "industries": (
        "方案的行业章节 · the plan's chapters",
        {"lime": {"name": {"zh": "石灰", "en": "lime"}, "tags": ["lime"]}},
    ),
    "gates": ("先决条件：不满足即停 · before everything else", None),
    "livelihood": ("民生与特殊生产 · heat, gas, special production", None),
    "exemptions": ("豁免清单的条件 · criteria of the exemption list", None),
    "rules": ("分行业的评级阶梯，首个成立者适用 · ladders: the first row that holds applies", None),
    "adjustments": ("对评级结果的调整 · changes to what the ladder gives", None),
    "penalties": ("加严与处罚 · what makes it stricter", None),
    "warnings": ("预警期间 · while a warning is in force", None),
    "transport": ("运输要求 · duties on vehicles", None),
    "placement": (
        "停产如何安排 · how stops are placed",
        {"methods": ["whole_lines", "load"], "prefer_months": [12, 1]},
    ),
    "relations": ("与上级方案和其他管控的关系 · other levels and other controls", None),
    "workflows": ("申请、备案、报批等程序 · acts and the hands they go through", None),
    "duties": ("各部门职责 · who must do what", None),
    "reports": ("报送 · who reports what to whom", None),
    "disclosures": ("公开 · what is published", None),
    "cites": ("所依条款编号 · ids of provisions", ["L12-13"]),
    "if": ("一项事实、一个运算符、一个值或集合 · one fact, one operator, one value or set", "颗粒物 <= 30"),
    "all": ("同时满足 · all of these", [{"if": "fuel in clean_fuels"}]),
    "any": ("满足其一 · any of these", [{"if": "fuel is electricity"}]),
    "not": ("不成立 · this does not hold", {"if": "fuel is coal"}),
    "every": ("组内每一个 · every member of a group", "main_units"),
    "some": ("组内任一个 · some member of a group", "main_units"),
    "cite": ("印刷的条目号 · the printed item", "⑴"),
    "when": ("条件；没有则为其余情形 · without it the row holds otherwise", {"if": "颗粒物 <= 30"}),
    "then": ("措施 · what follows", "stop"),
    "class": ("方案自己的类别 · the plan's own class", "II"),
    "place": ("印刷位置 · where it is printed", "管控内容（二）1.ⅰ类⑴"),
    "binds": ("约束对象 · what the rule binds", "line"),
}


@cache
def pack_schema() -> Schema:
    """The schema as plain data; nobody may change what is handed out."""
    schema = PackShape.model_json_schema(by_alias=True)
    for name, definition in schema["$defs"].items():
        _mend(definition, name)
    _mend(schema, "PackShape")
    return {
        "$schema": DIALECT,
        **schema,
        "title": "Cuofeng policy pack",
        "description": "错峰生产方案（YAML 1.2，一份文件一个方案） · a staggered-production plan as data",
    }


def _mend(definition: Schema, owner: str) -> None:
    # A type name of ours tells an author nothing; an editor would print it.
    definition.pop("title", None)
    for name, field in definition.get("properties", {}).items():
        field.pop("title", None)
        said, example = _FIELDS.get(name, ("", None))
        if said and _speaks_of(owner, name):
            field.setdefault("description", said)
            if example is not None:
                field.setdefault("examples", [example])
        if name in _ONE_OR_MORE and field.get("type") == "array":
            _allow_one(field)


def _speaks_of(owner: str, name: str) -> bool:
    """The head's words are for the head: `issuer` or `regions` of other parts mean other things."""
    return owner == "PackShape" or name in {
        "cites", "if", "all", "any", "not", "every", "some", "cite", "when", "then", "class", "place", "binds",
    }  # fmt: skip


def _allow_one(field: Schema) -> None:
    listed = {key: field.pop(key) for key in ("type", "items", "minItems") if key in field}
    field["anyOf"] = [listed, listed["items"]]
