"""Hostile-proof YAML: one document of YAML 1.2 with line numbers; aliases, tags, merges and duplicate keys are refused.

A survey reads on past aliases, merges and duplicate keys and notes them, so that a report can give every reason at once.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from ruamel.yaml import YAML
from ruamel.yaml.constructor import SafeConstructor
from ruamel.yaml.error import MarkedYAMLError, YAMLError
from ruamel.yaml.events import AliasEvent, CollectionEndEvent, CollectionStartEvent, NodeEvent, ScalarEvent
from ruamel.yaml.nodes import MappingNode, Node, ScalarNode, SequenceNode
from ruamel.yaml.parser import Parser
from ruamel.yaml.reader import ReaderError
from ruamel.yaml.tokens import DirectiveToken

# A plan of seventy provisions is about 100 kB; ten times that is no plan.
MAX_BYTES = 1_000_000
MAX_DEPTH = 24
MAX_NODES = 60_000
# JSON keeps whole numbers up to here exactly; infinity and .nan it does not keep at all.
LARGEST = 2**53
# Escapes can write what no text in a database can hold: NUL, and half a character.
_UNSTORABLE = re.compile("[\0\ud800-\udfff]")
MERGE = "tag:yaml.org,2002:merge"
_TOO_DEEP = "the text is nested too deeply or has too many parts"
Path = tuple[str | int, ...]


class YamlRefused(ValueError):
    """The text is not the plain YAML we read; `line` counts from 1."""

    def __init__(self, reason: str, line: int) -> None:
        super().__init__(f"line {line}: {reason}")
        self.reason = reason
        self.line = line


@dataclass(frozen=True, slots=True)
class YamlText:
    """Plain data and the line of every node in it."""

    data: Any
    lines: dict[Path, int]

    def line(self, path: Path) -> int:
        """The line of the node at `path`, or of its nearest ancestor."""
        while path and path not in self.lines:
            path = path[:-1]
        return self.lines.get(path, 1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Defect:
    """What a survey read past: an anchor, an alias, a merge, a key that stands twice."""

    code: str
    line: int
    zh: str
    en: str


def _alias(line: int) -> Defect:
    zh = "不允许使用锚点和别名，请把内容写全"
    return Defect(code="alias", line=line, zh=zh, en="anchors and aliases are not allowed; write the value out")


def _merge(line: int) -> Defect:
    zh = "不允许使用合并键（<<），请把键写全"
    return Defect(code="alias", line=line, zh=zh, en="merge keys (<<) are not allowed; write the keys out")


def _twice(key: str, line: int) -> Defect:
    return Defect(code="key_twice", line=line, zh=f"键 {key} 重复", en=f"the key {key} stands twice")


class _Notes(list[Defect]):
    """The defects met so far; a strict reading stops at the first."""

    def __init__(self, *, strict: bool) -> None:
        super().__init__()
        self.strict = strict

    def note(self, defect: Defect) -> None:
        if self.strict:
            raise YamlRefused(defect.en, defect.line)
        self.append(defect)


class _PlainParser(Parser):
    """Refuses every trick as it is met, so that nothing deep or hidden is ever built."""

    depth = 0
    parts = 0
    notes = _Notes(strict=True)

    def get_event(self) -> Any:
        event = super().get_event()
        line = event.start_mark.line + 1 if event.start_mark else 1
        if isinstance(event, AliasEvent) or (isinstance(event, NodeEvent) and event.anchor):
            self.notes.note(_alias(line))
        if isinstance(event, ScalarEvent | CollectionStartEvent) and event.tag not in (None, "!"):
            raise YamlRefused("tags are not allowed", line)
        self.depth += isinstance(event, CollectionStartEvent) - isinstance(event, CollectionEndEvent)
        if self.depth > MAX_DEPTH or self.parts > MAX_NODES:
            raise YamlRefused(_TOO_DEEP, line)
        self.parts += 1
        return event

    def process_directives(self) -> Any:
        # A directive may ask for YAML 1.1, where `yes` is true and 010 is 8.
        if self.scanner.check_token(DirectiveToken):
            line = self.scanner.peek_token().start_mark.line + 1
            raise YamlRefused("directives are not allowed; the text is YAML 1.2", line)
        return super().process_directives()


class _PlainConstructor(SafeConstructor):
    """Knows the line of a scalar that cannot be built or stored, such as a day that is none."""

    def construct_object(self, node: Node, deep: bool = False) -> Any:  # noqa: FBT001, FBT002  # the reader's signature
        try:
            found = super().construct_object(node, deep=deep)
        except ValueError as error:
            if isinstance(error, YamlRefused):
                raise
            raise YamlRefused(str(error), node.start_mark.line + 1) from error
        if isinstance(found, str) and _UNSTORABLE.search(found):
            raise YamlRefused("an escape makes a character that no text can hold", node.start_mark.line + 1)
        if isinstance(found, int | float) and not -LARGEST <= found <= LARGEST:
            raise YamlRefused("the number is too large, or none", node.start_mark.line + 1)
        return found


def read_yaml(text: str) -> YamlText:
    """Parse; raises YamlRefused with the first line that is wrong."""
    return _read(text, _Notes(strict=True))


def survey_yaml(text: str) -> tuple[YamlText, list[Defect]]:
    """Parse and read on past what can be read past: the first of two equal keys, a copy for each alias.

    Raises YamlRefused for all else, and for aliases that unfold beyond the limits of depth and size.
    """
    notes = _Notes(strict=False)
    found = _read(text, notes)
    return found, sorted(notes, key=lambda defect: defect.line)


def _read(text: str, notes: _Notes) -> YamlText:
    try:
        if len(text.encode()) > MAX_BYTES:
            raise YamlRefused(f"the text is larger than {MAX_BYTES:,} bytes", 1)
        reader = YAML(typ="safe", pure=True)
        reader.Parser = type("_NotingParser", (_PlainParser,), {"notes": notes})
        reader.Constructor = _PlainConstructor
        node = reader.compose(text)
        _bound(node)
        _plain_keys(node, notes, set())
        # Building from the nodes at hand spares a second pass over the text.
        data = None if node is None else reader.constructor.construct_document(node)
    except MarkedYAMLError as error:
        mark = error.problem_mark
        raise YamlRefused(str(error.problem), mark.line + 1 if mark else 1) from error
    except ReaderError as error:
        raise YamlRefused(f"{error.reason} (#x{error.character:04x})", _line_at(text, error.position)) from error
    except UnicodeEncodeError as error:
        raise YamlRefused("half a character is no text", _line_at(text, error.start)) from error
    except (YAMLError, RecursionError) as error:
        raise YamlRefused(str(error), 1) from error
    return YamlText(data=data, lines=dict(_places(node, ())))


def _line_at(text: str, position: int) -> int:
    return len(text[: position + 1].splitlines())


def _bound(node: Node | None) -> None:
    """An alias stands for a copy: the copies are counted before any is made, so that no bomb goes off."""
    waiting = [] if node is None else [(node, 1)]
    parts = 0
    while waiting:
        one, depth = waiting.pop()
        parts += 1
        if depth > MAX_DEPTH or parts > MAX_NODES:
            raise YamlRefused(_TOO_DEEP, one.start_mark.line + 1)
        if isinstance(one, MappingNode):
            waiting.extend((part, depth + 1) for pair in one.value for part in pair)
        elif isinstance(one, SequenceNode):
            waiting.extend((part, depth + 1) for part in one.value)


def _plain_keys(node: Node | None, notes: _Notes, done: set[int]) -> None:
    """Keys are plain words, each once; a merge would hide one that stands twice."""
    if id(node) in done:
        return
    done.add(id(node))
    match node:
        case MappingNode():
            for _, value in node.value:
                _plain_keys(value, notes, done)
            node.value = list(_first_of_each(node, notes))
        case SequenceNode():
            for item in node.value:
                _plain_keys(item, notes, done)


def _first_of_each(node: MappingNode, notes: _Notes) -> Iterator[tuple[Node, Node]]:
    seen: set[str] = set()
    merged: list[tuple[Node, Node]] = []
    for key, value in node.value:
        line = key.start_mark.line + 1
        if not isinstance(key, ScalarNode):
            raise YamlRefused("a key is a plain word, not a list or a mapping", line)
        if key.tag == MERGE:
            notes.note(_merge(line))
            merged += value.value if isinstance(value, MappingNode) else []
        elif key.value in seen:
            notes.note(_twice(key.value, line))
        else:
            seen.add(key.value)
            yield key, value
    for key, value in merged:
        if key.value not in seen:
            seen.add(key.value)
            yield key, value


def _places(node: Node | None, path: Path) -> Iterator[tuple[Path, int]]:
    match node:
        case MappingNode():
            yield path, node.start_mark.line + 1
            for key, value in node.value:
                yield (*path, key.value), key.start_mark.line + 1
                yield from _places(value, (*path, key.value))
        case SequenceNode():
            for index, item in enumerate(node.value):
                yield (*path, index), item.start_mark.line + 1
                yield from _places(item, (*path, index))
        case ScalarNode():
            yield path, node.start_mark.line + 1
