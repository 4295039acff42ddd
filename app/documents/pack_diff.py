"""The difference of two packs as a document: what changed, before and after in plain words, with every printed place."""

from collections.abc import Iterable, Mapping
from dataclasses import fields, is_dataclass
from datetime import date
from typing import Any

from app.documents.catalogue import vocabulary
from app.documents.measure_wording import UNTIL, measure_text
from app.documents.wording import condition_text, number_text
from app.domain.errors import Language
from app.domain.periods import MonthDay, Period
from app.domain.policies.condition_diff import Change
from app.domain.policies.conditions import All, AnyOf, Leaf, Node, Not, Quantified
from app.domain.policies.diff import Difference, PackDiff, Placed, cites_of
from app.domain.policies.facts import FactSpec
from app.domain.policies.measures import After, During, Measure, OpenEnd, Span, Until
from app.domain.policies.pack import Pack

Document = dict[str, Any]
_NODES = (All, AnyOf, Leaf, Not, Quantified)
_JOINTS: Mapping[object, Mapping[Language, str]] = {
    All: {"zh": "同时满足", "en": "all of"},
    AnyOf: {"zh": "满足其一", "en": "any of"},
}
_WORDS: Mapping[str, Mapping[Language, str]] = {
    "condition": {"zh": "条件", "en": "condition"},
    "joint": {"zh": "各项条件的关系", "en": "how the conditions are joined"},
    "quantifier": {"zh": "设备范围", "en": "whom the condition asks of"},
    "order": {"zh": "条件的排列", "en": "order of the conditions"},
    "cite": {"zh": "条件所引条目", "en": "item the condition cites"},
    "then": {"zh": "措施", "en": "measure"},
    "then.when": {"zh": "措施时段", "en": "days of the measure"},
    "then.cites": {"zh": "措施依据", "en": "citations of the measure"},
    "then.pct": {"zh": "比例（%）", "en": "per cent"},
    "then.days": {"zh": "天数", "en": "days"},
    "then.basis": {"zh": "基数", "en": "base"},
    "class_": {"zh": "类别", "en": "class"},
    "stage": {"zh": "环节", "en": "stage"},
    "cites": {"zh": "依据", "en": "citations"},
    "readings": {"zh": "所依理解", "en": "readings"},
    "basis": {"zh": "标准的性质", "en": "what meeting the criteria entails"},
    "flags": {"zh": "提示", "en": "flags"},
    "binds": {"zh": "约束对象", "en": "what it binds"},
    "tags": {"zh": "适用行业", "en": "industries"},
    "except_tags": {"zh": "除外行业", "en": "industries left out"},
    "industry.tags": {"zh": "行业范围", "en": "industries"},
    "kinds": {"zh": "设备类型", "en": "kinds of units"},
    "ladder": {"zh": "所在行业", "en": "chapter"},
    "lowest": {"zh": "最低类别", "en": "lowest class"},
    "position": {"zh": "判定顺序", "en": "place in the ladder"},
    "span": {"zh": "起止日期", "en": "days"},
    "regions": {"zh": "地区", "en": "regions"},
    "values": {"zh": "取值", "en": "values"},
    "value": {"zh": "内容", "en": "content"},
    "says": {"zh": "内容", "en": "what it says"},
    "place": {"zh": "印刷位置", "en": "printed place"},
    "kind": {"zh": "类型", "en": "kind"},
    "grants": {"zh": "办成后成立的事实", "en": "fact it makes true"},
    "default": {"zh": "未写明时的取值", "en": "value where none is named"},
    "title": {"zh": "标题", "en": "title"},
    "effective": {"zh": "生效日期", "en": "effective dates"},
    "nature": {"zh": "方案性质", "en": "nature"},
}
_TAG_LISTS = {"tags": "industries", "except_tags": "industries", "industry.tags": "industries", "kinds": "unit_kinds"}


def diff_document(found: PackDiff, language: Language) -> Document:
    """Rules and provisions apart from the other sections, because they are what people look for."""
    said = _Saying(found, language)
    return {
        "before": _named(found.before),
        "after": _named(found.after),
        "same": not found.items,
        "rules": [said.item(item) for item in found.rules],
        "provisions": [said.place(cite, rules) for cite, rules in found.places().items()],
        "sections": [said.item(item) for item in found.items if item.section not in {"rules", "provisions"}],
    }


def _named(pack: Pack) -> Document:
    return {"name": pack.name, "version": pack.version, "hash": pack.hash or None}


class _Saying:
    """Says the differences of two packs in one language."""

    def __init__(self, found: PackDiff, language: Language) -> None:
        self.found = found
        self.language = language

    def item(self, item: Difference) -> Document:
        whole = item.kind != "changed"
        return {
            "section": item.section,
            "key": item.key,
            "label": self.label(item),
            "change": item.kind,
            "before": self.whole(item.before, self.found.before) if whole else None,
            "after": self.whole(item.after, self.found.after) if whole else None,
            "changes": [self.change(change) for change in item.changes],
            "citations": [self.citation(cite) for cite in self.cites(item)],
        }

    def place(self, cite: str, rules: list[str]) -> Document:
        own = next((i for i in self.found.items if i.section == "provisions" and i.key == cite), None)
        return {
            **self.citation(cite),
            "change": own.kind if own else None,
            "changes": [self.change(change) for change in own.changes] if own else [],
            "rules": rules,
        }

    def citation(self, cite: str) -> Document:
        """Where it is printed, in the later text if it is still there."""
        provision = self.found.after.provisions.get(cite) or self.found.before.provisions.get(cite)
        return {
            "provision": cite,
            "place": provision.place if provision else None,
            "says": provision.says[self.language] if provision else None,
        }

    def cites(self, item: Difference) -> Iterable[str]:
        if item.section == "rules":
            return cites_of(item)
        both = [getattr(one, "cites", ()) for one in (item.before, item.after)]
        return dict.fromkeys(cite for cites in both for cite in cites)

    def label(self, item: Difference) -> str:
        one = item.after or item.before
        match one:
            case Placed():
                places = [place for cite in one.rule.cites if (place := self.citation(cite)["place"])]
                return f"{one.rule.id} {places[0]}" if places else one.rule.id
            case FactSpec():
                return one.zh if self.language == "zh" else one.en
        text = getattr(one, "label", None) or getattr(one, "place", None) or item.key
        return str(text[self.language]) if isinstance(text, Mapping) and text else str(text or item.key)

    def change(self, change: Change) -> Document:
        # The item stands before the sentence; said again with the condition it would stand there twice.
        item = f"{change.cite} " if change.cite and change.aspect != "cite" else ""
        before, after = (
            text.removeprefix(item) if text else None
            for text in (
                self.value(change.aspect, change.before, self.found.before),
                self.value(change.aspect, change.after, self.found.after),
            )
        )
        label = self.aspect(change.aspect)
        nothing = {"zh": "无", "en": "none"}[self.language]
        return {
            "aspect": change.aspect.rstrip("_"),
            "label": label,
            "item": change.cite or None,
            "before": before,
            "after": after,
            "says": f"{item}{label}{'：' if self.language == 'zh' else ': '}{before or nothing} → {after or nothing}",
        }

    def aspect(self, name: str) -> str:
        words = _WORDS.get(name) or _WORDS.get(name.rpartition(".")[2])
        return words[self.language] if words else name.rpartition(".")[2].strip("_").replace("_", " ")

    def whole(self, one: object, pack: Pack) -> str | None:
        """All of something that was added or removed."""
        if not isinstance(one, Placed):
            return self.text(one, pack)
        when = self.text(one.rule.when, pack) if one.rule.when else {"zh": "其他情形", "en": "otherwise"}[self.language]
        return f"{when} ⇒ {self.text(one.rule.then, pack)}"

    def value(self, aspect: str, value: object, pack: Pack) -> str | None:
        if aspect in _TAG_LISTS and isinstance(value, frozenset):
            words = vocabulary().get(_TAG_LISTS[aspect], {})
            labels = [
                words[tag].zh if self.language == "zh" else words[tag].en for tag in sorted(value) if tag in words
            ]
            return self.listed([*labels, *(str(tag) for tag in sorted(value) if tag not in words)])
        return self.text(value, pack)

    def text(self, value: object, pack: Pack) -> str | None:
        """Any value of a pack as people write it; None and what is empty stay None."""
        if value is None or value in ("", (), frozenset()):
            return None
        if isinstance(value, _NODES):
            return self.condition(value, pack)
        if isinstance(value, Measure):
            return self.measure(value)
        if isinstance(value, Span | During | OpenEnd | After | Period):
            return self.days(value)
        if isinstance(value, Mapping) and set(value) <= {"zh", "en"}:
            return str(value.get(self.language, ""))
        return self.plain(value, pack)

    def plain(self, value: object, pack: Pack) -> str:
        if isinstance(value, bool):
            return {"zh": "是" if value else "否", "en": "yes" if value else "no"}[self.language]
        if isinstance(value, int | float):
            return number_text(value)
        if isinstance(value, Mapping):
            return self.listed(f"{key}: {self.text(one, pack)}" for key, one in value.items())
        if isinstance(value, frozenset):
            return self.listed(sorted(self.text(one, pack) or "" for one in value))
        if isinstance(value, tuple | list):
            return self.listed(self.text(one, pack) or "" for one in value)
        if is_dataclass(value) and not isinstance(value, MonthDay | type):
            return self.parts(value, pack)
        if isinstance(value, type):
            return _JOINTS[value][self.language]
        return value.isoformat() if isinstance(value, date) else str(value)

    def parts(self, value: Any, pack: Pack) -> str:
        other = {"zh": {"en", "question_en"}, "en": {"zh", "question"}}[self.language] | {"id", "name"}
        names = [field.name for field in fields(value) if field.name not in other]
        told = [(name, self.text(getattr(value, name), pack)) for name in names]
        return "; ".join(f"{self.aspect(name)}: {text}" for name, text in told if text is not None)

    def condition(self, node: Node, pack: Pack) -> str:
        cite = f"{node.cite} " if node.cite else ""
        match node:
            case All() | AnyOf():
                joint = {"zh": ("且", "或"), "en": (" and ", " or ")}[self.language][isinstance(node, AnyOf)]
                parts = joint.join(self.condition(part, pack) for part in node.parts)
                return f"{cite}（{parts}）" if self.language == "zh" else f"{cite}({parts})"
            case Not():
                negation = {"zh": "并非", "en": "not "}[self.language]
                return f"{cite}{negation}{self.condition(node.part, pack)}"
            case Quantified() if not isinstance(node.part, Leaf):
                group = pack.groups[node.group]
                word = {"zh": ("任一", "每台"), "en": ("some ", "every ")}[self.language][node.every]
                name = group.zh if self.language == "zh" else group.name.replace("_", " ")
                return f"{cite}{word}{name}: {self.condition(node.part, pack)}"
            case _:
                return f"{cite}{condition_text(node, pack, self.language)}"

    def measure(self, measure: Measure) -> str:
        days = self.days(measure.when)
        return f"{measure_text(measure, self.language)}{f'（{days}）' if days else ''}"

    def days(self, when: Span | During | OpenEnd | After | Period) -> str | None:
        zh = self.language == "zh"
        match when:
            case Span():
                return f"{when.first} 至 {when.last}" if zh else f"{when.first} to {when.last}"
            case Period():
                last = when.last_day or ("长期" if zh else "open")
                return f"{when.start} 至 {last}" if zh else f"{when.start} to {last}"
            case During():
                whole = {"zh": "整个错峰期", "en": "the whole season"}[self.language]
                return self.days(when.span) if when.span else when.name or whole
            case After():
                start = {"zh": "之后", "en": "after "}[self.language]
                span = self.days(when.span)
                return self.until(f"{span}{start}" if zh else f"{start}{span}", when.until)
            case OpenEnd():
                finding = {"zh": "认定之日", "en": "the finding"}[self.language]
                start = str(when.first or finding)
                if when.last is not None:
                    return f"{start} 至 {when.last}" if zh else f"{start} to {when.last}"
                return self.until(start, when.until)

    def until(self, start: str, end: Until) -> str:
        return f"{start}起，至{UNTIL[end]['zh']}" if self.language == "zh" else f"{start} until {UNTIL[end]['en']}"

    def listed(self, texts: Iterable[str]) -> str:
        return ("、" if self.language == "zh" else ", ").join(texts)
