"""Hostile-proof YAML: one document of YAML 1.2 with line numbers; aliases, tags, merges and duplicate keys are refused."""

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
MERGE = "tag:yaml.org,2002:merge"
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


class _PlainParser(Parser):
    """Refuses every trick as it is met, so that nothing deep or hidden is ever built."""

    depth = 0
    parts = 0

    def get_event(self) -> Any:
        event = super().get_event()
        line = event.start_mark.line + 1 if event.start_mark else 1
        if isinstance(event, AliasEvent) or (isinstance(event, NodeEvent) and event.anchor):
            raise YamlRefused("anchors and aliases are not allowed; write the value out", line)
        if isinstance(event, ScalarEvent | CollectionStartEvent) and event.tag not in (None, "!"):
            raise YamlRefused("tags are not allowed", line)
        self.depth += isinstance(event, CollectionStartEvent) - isinstance(event, CollectionEndEvent)
        if self.depth > MAX_DEPTH or self.parts > MAX_NODES:
            raise YamlRefused("the text is nested too deeply or has too many parts", line)
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
        if isinstance(found, int | float) and not -LARGEST <= found <= LARGEST:
            raise YamlRefused("the number is too large, or none", node.start_mark.line + 1)
        return found


def read_yaml(text: str) -> YamlText:
    """Parse; raises YamlRefused with the first line that is wrong."""
    try:
        if len(text.encode()) > MAX_BYTES:
            raise YamlRefused(f"the text is larger than {MAX_BYTES:,} bytes", 1)
        reader = YAML(typ="safe", pure=True)
        reader.Parser, reader.Constructor = _PlainParser, _PlainConstructor
        node = reader.compose(text)
        _refuse_keys(node)
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


def _refuse_keys(node: Node | None) -> None:
    """Keys are plain words, each once; a merge would hide one that stands twice."""
    match node:
        case MappingNode():
            seen: set[str] = set()
            for key, value in node.value:
                _refuse_key(key, seen)
                seen.add(key.value)
                _refuse_keys(value)
        case SequenceNode():
            for item in node.value:
                _refuse_keys(item)


def _refuse_key(key: Node, seen: set[str]) -> None:
    line = key.start_mark.line + 1
    if not isinstance(key, ScalarNode):
        raise YamlRefused("a key is a plain word, not a list or a mapping", line)
    if key.tag == MERGE:
        raise YamlRefused("merge keys (<<) are not allowed; write the keys out", line)
    if key.value in seen:
        raise YamlRefused(f"the key {key.value} stands twice", line)


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
