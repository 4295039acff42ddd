"""Refusals: everything the service can say no to, with a stable code and two languages.

Refusal
├── Invalid        the input is wrong; mend it and send it again
├── NotFound       unknown, or invisible to the caller
├── Forbidden      the caller may not do this
├── Conflict       the state of things does not allow it
└── Stale          the caller has not seen the newest version

Mendable is no answer to a caller: whoever runs the service reads it at the command line.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar, Literal

Language = Literal["zh", "en"]


@dataclass(frozen=True, slots=True, kw_only=True)
class FieldError:
    """One wrong field: where it is (JSON pointer or column), which rule it breaks, in both languages."""

    pointer: str
    code: str
    zh: str
    en: str

    def message(self, language: Language) -> str:
        return self.zh if language == "zh" else self.en


def pointer_to(*steps: object) -> str:
    """What leads to a place in a document, each step escaped (RFC 6901)."""
    return "".join("/" + str(step).replace("~", "~0").replace("/", "~1") for step in steps)


class Refusal(Exception):
    """A refusal says what, why and what to do next; `code` is public and never changes."""

    code: ClassVar[str]
    zh: ClassVar[str]
    en: ClassVar[str]

    def __init__(self, *, errors: Sequence[FieldError] = (), **params: object) -> None:
        super().__init__(self.code)
        self.errors = tuple(errors)
        self.params = params

    def message(self, language: Language) -> str:
        template = self.zh if language == "zh" else self.en
        return template.format(**self.params)

    def __str__(self) -> str:
        return f"{self.code}: {self.message('en')}"


class Invalid(Refusal):
    """The input is wrong."""


class NotFound(Refusal):
    """There is no such thing, or the caller may not see it."""


class Forbidden(Refusal):
    """The caller may not do this."""


class Conflict(Refusal):
    """The present state does not allow it."""


class Stale(Refusal):
    """The caller holds an old version."""


class Mendable(Exception):
    """What whoever runs the service can mend: the message says in a sentence what is wrong and what to do."""
