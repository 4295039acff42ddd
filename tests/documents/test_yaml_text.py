"""Plain YAML is read with its lines; every trick is refused in one sentence with the line it stands on."""

import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.documents.yaml_text import MAX_BYTES, YamlRefused, read_yaml

LAUGHS = "a: &a [x, x]\nb: &b [*a, *a]\nc: [*b, *b]\n"
TRICK = "anchors and aliases are not allowed; write the value out"
DEEP = "the text is nested too deeply or has too many parts"


def refusal(text: str) -> tuple[int, str]:
    with pytest.raises(YamlRefused) as refused:
        read_yaml(text)
    assert str(refused.value) == f"line {refused.value.line}: {refused.value.reason}"
    return refused.value.line, refused.value.reason


@pytest.mark.parametrize(
    ("text", "line", "reason"),
    [
        ("a: 1\nb: 2\na: 3\n", 3, "the key a stands twice"),
        ("a:\n  - {x: 1, x: 2}\n", 2, "the key x stands twice"),
        ('a: 1\n"a": 2\n', 2, "the key a stands twice"),
        ("a: 1\nb: &x 2\nc: *x\n", 2, TRICK),
        ("a: &x 1\n", 1, TRICK),
        ("a: 1\nb: *x\n", 2, TRICK),
        (LAUGHS, 1, TRICK),
        ("a: 1\nb: !!python/object/apply:os.system [id]\n", 2, "tags are not allowed"),
        ("a: !shape {b: 1}\n", 1, "tags are not allowed"),
        ("a: !!str 1\n", 1, "tags are not allowed"),
        ("[" * 1000 + "]" * 1000, 1, DEEP),
        ("\n".join(" " * depth + "a:" for depth in range(60)), 25, DEEP),
        ("a:\n" + "  - {b: [1, 2, 3, 4]}\n" * 8000, 6668, DEEP),
        ("x" * (MAX_BYTES + 1), 1, "the text is larger than 1,000,000 bytes"),
        ("煤" * (MAX_BYTES // 3 + 1), 1, "the text is larger than 1,000,000 bytes"),
        ("a:\n\tb: 1\n", 2, "found character '\\t' that cannot start any token"),
        ("a: 1\n  b: 2\n", 2, "mapping values are not allowed here"),
        ("a: [1, 2\nb: 3\n", 2, "expected ',' or ']', but got ':'"),
        ("a: 1\n---\nb: 2\n", 2, "but found another document"),
    ],
    ids=lambda value: repr(value)[:24],
)
def test_what_is_not_plain_is_refused_with_its_line(text: str, line: int, reason: str) -> None:
    assert refusal(text) == (line, reason)


@pytest.mark.parametrize("letter", ["\0", "\x07", "\x1b", "\x7f", "\ufffe"])
def test_a_character_that_is_no_text_is_refused(letter: str) -> None:
    assert "special characters are not allowed" in refusal(f"a: 1\nb: x{letter}y\n")[1]


def test_a_character_that_is_no_text_is_refused_with_its_line() -> None:
    assert refusal("a: 1\nb: x\0y\n")[0] == 2


def test_a_day_that_is_none_is_refused_with_its_line() -> None:
    assert refusal("a: 1\nb: 2019-02-30\n")[0] == 2


@pytest.mark.parametrize("number", ["9007199254740993", "-1e30", "1e400", ".inf", "-.inf", ".nan", "9" * 30])
def test_a_number_that_could_not_be_stored_is_refused_with_its_line(number: str) -> None:
    assert refusal(f"a: 1\nb: {number}\n") == (2, "the number is too large, or none")


def test_half_a_character_is_refused() -> None:
    refusal("a: 1\nb: \ud800\n")


@pytest.mark.parametrize("key", ["[a]", "{a: 1}"])
def test_a_key_that_is_no_name_is_refused(key: str) -> None:
    refusal(f"a: 1\n? {key}\n: b\n")


def test_a_merge_is_refused() -> None:
    refusal("a: 1\n<<: {a: 2, b: 3}\n")


def test_a_directive_is_refused() -> None:
    refusal("%YAML 1.1\n---\na: yes\nb: 010\n")


@pytest.mark.parametrize(
    ("text", "data"),
    [
        ("", None),
        ("a: yes\nb: off\nc: 010\nd: 1:30\n", {"a": "yes", "b": "off", "c": 10, "d": "1:30"}),
        ("from: 10-01\nto: 02-29\n", {"from": "10-01", "to": "02-29"}),
        ('code: "141000"\nbare: 141000\n', {"code": "141000", "bare": 141000}),
        ("\ufeffzh: 煤\n", {"zh": "煤"}),
        ("a: 1 # said\r\nb: true\r\n", {"a": 1, "b": True}),
    ],
)
def test_plain_yaml_of_version_1_2_is_read_as_it_stands(text: str, data: object) -> None:
    assert read_yaml(text).data == data


def test_every_node_has_its_line_and_what_has_none_its_ancestors() -> None:
    text = read_yaml("pack: x\nrules:\n  - id: A\n    when:\n      all:\n        - {if: p}\n        - {if: q}\n")
    paths: list[tuple[str | int, ...]] = [
        ("pack",), ("rules", 0, "id"), ("rules", 0, "when", "all", 1, "if"), ("rules", 0, "when", "all", 1, "if", "no"), ("nowhere",),
    ]  # fmt: skip
    assert [text.line(path) for path in paths] == [1, 3, 7, 7, 1]


@pytest.mark.parametrize(
    "text",
    ["[" * 900_000, "{" * 900_000, "- " * 400_000, "? " * 400_000, ":" * 900_000, "a: &a [" * 100_000, "!" * 900_000],
    ids=lambda text: text[:6],
)
def test_a_bomb_is_refused_before_it_costs_anything(text: str) -> None:
    began = time.process_time()
    refusal(text)
    assert time.process_time() - began < 5


@settings(deadline=None)
@given(st.text("ab:-[]{}&*!#|>'\"? \n\t,<%@`\0\ud800", max_size=40))
def test_whatever_is_written_is_read_or_refused_in_one_way(text: str) -> None:
    line = 1
    try:
        read_yaml(text)
    except YamlRefused as refused:
        line = refused.line
    assert line >= 1
