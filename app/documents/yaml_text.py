"""Hostile-proof YAML: one document of YAML 1.2 with line numbers; aliases, tags and duplicate keys are refused."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from ruamel.yaml import YAML
from ruamel.yaml.error import MarkedYAMLError, YAMLError
from ruamel.yaml.events import AliasEvent, CollectionEndEvent, CollectionStartEvent, NodeEvent, ScalarEvent
from ruamel.yaml.nodes import MappingNode, Node, ScalarNode, SequenceNode

# A plan of seventy provisions is about 100 kB; ten times that is no plan.
MAX_BYTES = 1_000_000
MAX_DEPTH = 24
MAX_NODES = 60_000
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


def read_yaml(text: str) -> YamlText:
    """Parse; raises YamlRefused with the first line that is wrong."""
    if len(text.encode()) > MAX_BYTES:
        raise YamlRefused(f"the text is larger than {MAX_BYTES:,} bytes", 1)
    try:
        _refuse_tricks(text)
        reader = YAML(typ="safe", pure=True)
        node = reader.compose(text)
        _refuse_duplicates(node)
        # Building from the nodes at hand spares a third pass over the text.
        data = None if node is None else reader.constructor.construct_document(node)
    except MarkedYAMLError as error:
        mark = error.problem_mark
        raise YamlRefused(str(error.problem), mark.line + 1 if mark else 1) from error
    except (YAMLError, RecursionError, ValueError) as error:
        if isinstance(error, YamlRefused):
            raise
        raise YamlRefused(str(error), 1) from error
    return YamlText(data=data, lines=dict(_places(node, ())))


def _refuse_tricks(text: str) -> None:
    depth = 0
    for count, event in enumerate(YAML(typ="safe", pure=True).parse(text)):
        line = event.start_mark.line + 1 if event.start_mark else 1
        if isinstance(event, AliasEvent) or (isinstance(event, NodeEvent) and event.anchor):
            raise YamlRefused("anchors and aliases are not allowed; write the value out", line)
        if isinstance(event, ScalarEvent | CollectionStartEvent) and event.tag not in (None, "!"):
            raise YamlRefused("tags are not allowed", line)
        depth += isinstance(event, CollectionStartEvent) - isinstance(event, CollectionEndEvent)
        if depth > MAX_DEPTH or count > MAX_NODES:
            raise YamlRefused("the text is nested too deeply or has too many parts", line)


def _refuse_duplicates(node: Node | None) -> None:
    match node:
        case MappingNode():
            seen: set[str] = set()
            for key, value in node.value:
                if key.value in seen:
                    raise YamlRefused(f"the key {key.value} stands twice", key.start_mark.line + 1)
                seen.add(key.value)
                _refuse_duplicates(value)
        case SequenceNode():
            for item in node.value:
                _refuse_duplicates(item)


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
