"""What a version says: who is listed and who left, as canonical JSON, and what one version has that another has not."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, fields
from typing import Any, Literal


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """Somebody on the list, with everything a reader of the printed list needs."""

    entry_id: str
    enterprise_id: str
    enterprise_code: str
    enterprise_name: str
    region: str
    subject_id: str
    level: str
    subject_code: str
    subject_name: str
    fact: str
    rule: str
    reason: str
    expires_on: str | None

    @property
    def of(self) -> tuple[str, str]:
        return (self.subject_id, self.fact)


@dataclass(frozen=True, slots=True, kw_only=True)
class Departure:
    """Somebody this version takes off the list, and why."""

    entry_id: str
    enterprise_id: str
    subject_id: str
    fact: str
    why: Literal["revoked", "expired"]
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Content:
    """What a version says."""

    head: Mapping[str, Any]
    lines: tuple[Line, ...]
    departures: tuple[Departure, ...] = ()

    def as_text(self) -> str:
        """Canonical JSON: the same list gives the same bytes."""
        document = {
            **self.head,
            "entries": [asdict(one) for one in sorted(self.lines, key=_printed)],
            "departures": [asdict(one) for one in sorted(self.departures, key=lambda one: one.entry_id)],
        }
        return json.dumps(document, ensure_ascii=False, sort_keys=True, separators=(",", ":"))

    @classmethod
    def of_text(cls, text: str) -> "Content":
        found = json.loads(text)
        lines = tuple(Line(**one) for one in found.pop("entries"))
        departures = tuple(Departure(**one) for one in found.pop("departures"))
        return cls(head=found, lines=lines, departures=departures)


NOTHING = Content(head={}, lines=())


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """Somebody who stands on both lists, and the words that differ."""

    before: Line
    after: Line
    fields: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Diff:
    """What one version has that another has not; who left is named with the reason a version gave for it."""

    added: tuple[Line, ...]
    removed: tuple[tuple[Line, Departure | None], ...]
    changed: tuple[Change, ...]


def diff(path: Sequence[Content]) -> Diff:
    """The first of some versions in a row against the last; those in between may have said why somebody left."""
    before, after = ({one.of: one for one in content.lines} for content in (path[0], path[-1]))
    said = {(one.subject_id, one.fact): one for content in path[1:] for one in content.departures}
    both = [(before[key], after[key]) for key in after if key in before]
    return Diff(
        added=tuple(sorted((after[key] for key in after if key not in before), key=_printed)),
        removed=tuple((one, said.get(one.of)) for one in sorted(before.values(), key=_printed) if one.of not in after),
        changed=tuple(
            Change(before=was, after=now, fields=differing)
            for was, now in sorted(both, key=lambda pair: _printed(pair[1]))
            if (differing := tuple(field.name for field in fields(Line) if _differs(field.name, was, now)))
        ),
    )


def _differs(name: str, was: Line, now: Line) -> bool:
    return bool(getattr(was, name) != getattr(now, name))


def _printed(one: Line) -> tuple[str, ...]:
    """The order of the printed list."""
    return (one.region, one.enterprise_code, one.enterprise_id, one.subject_code, one.subject_id, one.fact)
