"""What can still be checked of a pack that is refused: the parts that cannot be read are set aside, the rest is a pack."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from itertools import product
from typing import Any

from pydantic import ValidationError

from app.documents.fact_shape import fact_document
from app.documents.pack import PackRefused, stored_pack
from app.documents.pack_names import name_findings
from app.documents.pack_shape import PackShape
from app.domain.decisions.evaluate import Evaluator
from app.domain.decisions.given import Scenario
from app.domain.decisions.scenarios import Difference, run
from app.domain.policies.facts import Catalogue
from app.domain.policies.findings import Finding, Path
from app.domain.policies.pack import Pack

# Every round sets aside all that is wrong at once; what is wrong behind that shows in the next.
ROUNDS = 6
# Each doubles the ways in which a scenario may still come out.
MOST_UNREAD = 3
# Set in place of a condition that cannot be read, so that its rule, class and citations stay.
UNREAD = "unread_condition_"
_STUBS: Mapping[str, object] = {
    "pack": "unnamed-plan",
    "version": "0.0.0",
    "title": {"zh": "未命名方案", "en": "unnamed plan"},
    "issuer": {"region": "000000", "level": "county", "body": "未写明"},
}
_REMOVED = object()
# What is said of something missing, which may stand in a part that was set aside.
_ABSENCES = frozenset({
    "class_missing", "fact_unasked", "gap", "grant_unasked", "grant_unrecorded", "industry_without_rule", "provision_unknown", "provision_without_object",
    "reading_unknown", "relation_unsaid", "rule_unknown", "value_without_rule", "zone_without_window",
})  # fmt: skip
# What an unread condition would seem to lead to.
_GUESSES = frozenset({"classes_overlap", "fact_unasked", "gap", "grant_unasked", "value_without_rule"})
# Where a wrong name can go without its rule.
_DROPPED: Mapping[str, str] = {
    "class_unknown": "lowest",
    "cyclic": "includes",
    "name_unknown": "includes",
    "zone_unknown": "zone",
}
# Keys that can go while what they stand in stays whole.
_LOOSE = frozenset({*_DROPPED.values(), "grants"})


@dataclass(slots=True)
class Salvage:
    """The findings that refuse a pack, and what is left of it.

    `touched` are the names of all that was set aside in part or whole, `altered` those that do something else now,
    `unread` the facts that stand for conditions that could not be read.
    """

    findings: list[Finding] = field(default_factory=list)
    pack: Pack | None = None
    touched: set[str] = field(default_factory=set)
    altered: set[str] = field(default_factory=set)
    unread: list[str] = field(default_factory=list)
    # Whether whole parts are missing, so that what seems absent may stand in them.
    cut: bool = False

    def hides(self, finding: Finding) -> bool:
        """Whether a finding of the linter cannot be trusted on what is left."""
        guessed = bool(self.touched) and finding.code in _GUESSES
        return guessed or (self.cut and finding.code in _ABSENCES) or self.echoes(finding)

    def echoes(self, finding: Finding) -> bool:
        """Whether a finding only repeats that something was set aside."""
        return finding.rule in self.touched or any(
            re.search(rf"(?<![\w-]){re.escape(name)}(?![\w-])", finding.en) for name in self.touched
        )


def salvage(data: Any, catalogue: Catalogue) -> Salvage:
    """Every reason against a pack, and the pack without the parts they speak of, where that is one."""
    return _Salvager(data, catalogue).run()


def certain_differences(cases: Iterable[Scenario], evaluator: Evaluator, left: Salvage) -> list[Difference]:
    """What scenarios fail on what is left, whatever the conditions turn out to be that could not be read."""
    found: list[Difference] = []
    truths = [dict(zip(left.unread, values, strict=True)) for values in product((False, True), repeat=len(left.unread))]
    # What is asked or lacking would name conditions nobody can read.
    unsaid = {"deciding", "lacks"} if left.unread else set()
    for case in cases if len(left.unread) <= MOST_UNREAD else ():
        if left.altered.isdisjoint(_rules_of(case)):
            expect = {what: wanted for what, wanted in case.expect.items() if what not in unsaid}
            tried = [run([replace(case, facts={**case.facts, **truth}, expect=expect)], evaluator) for truth in truths]
            found += next((one for one in tried if not one), tried[0])
    return found


def _rules_of(case: Scenario) -> set[str]:
    """The rules a scenario expects: what was set aside is not held against the plan twice."""
    possible = case.expect.get("possible")
    lists = [case.expect.get("rules"), *(possible if isinstance(possible, list) else [])]
    return {str(rule) for rules in lists if isinstance(rules, list | tuple) for rule in rules}


class _Salvager:
    """Sets aside what is refused, round by round, and translates places back to the text as it was written."""

    def __init__(self, data: Any, catalogue: Catalogue) -> None:
        self.data = data
        self.catalogue = catalogue
        self.edits: dict[Path, object] = {}
        self.found = Salvage()

    def run(self) -> Salvage:
        for _ in range(ROUNDS):
            before = len(self.edits)
            refused = self._try()
            if self.found.pack is not None:
                break
            for finding in refused:
                self._set_aside(finding)
            if len(self.edits) == before:
                break
        return self.found

    def _try(self) -> list[Finding]:
        """One reading; its findings stand at the places of the original text."""
        given, places = _edited(self.data, self.edits)
        facts = {name: fact_document(fact) for name, fact in self.catalogue.facts.items()}
        facts |= {
            name: _unread(name) for name in self.edits.values() if isinstance(name, str) and name.startswith(UNREAD)
        }
        try:
            pack = stored_pack({"pack": given, "facts": facts}, "")
            refused = list(name_findings(PackShape.model_validate(given), self.catalogue))
        except PackRefused as error:
            pack, refused = None, [*error.findings, *self._misnamed(given)]
        moved = [_moved(finding, places) for finding in refused]
        self.found.findings += [one for one in moved if not self._said(one) and not self.found.echoes(one)]
        if pack is not None:
            self.found.pack = pack
        return moved

    def _misnamed(self, given: Any) -> Iterable[Finding]:
        try:
            return list(name_findings(PackShape.model_validate(given), self.catalogue))
        except ValidationError:
            return ()

    def _said(self, finding: Finding) -> bool:
        return any(
            (one.code, one.path, one.en) == (finding.code, finding.path, finding.en) for one in self.found.findings
        )

    def _set_aside(self, finding: Finding) -> None:
        """Take out the smallest part that a finding speaks of."""
        path, value = self._edit(finding)
        if path and path not in self.edits:
            self.edits[path] = value
            names = self._names_of(path, whole=value is _REMOVED and path[-1] not in _LOOSE)
            self.found.touched |= names
            if isinstance(value, str) and value.startswith(UNREAD):
                self.found.unread.append(value)
            else:
                self.found.altered |= names

    def _edit(self, finding: Finding) -> tuple[Path, object]:
        path = finding.path
        if "when" in path:
            node = self._nearest_mapping(path)
            return (*node, "if"), f"{UNREAD}{len(self.edits)}"
        if "then" in path:
            return path[: path.index("then") + 1], "normal"
        if path[-1:] == ("granted_by",):
            return path, "exemption_listed"
        if path[-1:] == ("grants",):
            return path, _REMOVED
        if finding.code in _DROPPED:
            return (*path, _DROPPED[finding.code]), _REMOVED
        if path[:1] == ("rules",) and path[2:3] == ("ladder",):
            return path[:4], _REMOVED
        if path[:1] and path[0] in _STUBS:
            return path[:1], _STUBS[str(path[0])]
        return path[:2], _REMOVED

    def _nearest_mapping(self, path: Path) -> Path:
        """The condition that a place lies in, at least the whole of `when`."""
        last = path.index("when") + 1
        while len(path) > last and not isinstance(_at(self.data, path), dict):
            path = path[:-1]
        return path

    def _names_of(self, path: Path, *, whole: bool) -> set[str]:
        """The rules and names that stand at a place, around it, and where it goes as a whole, within it."""
        around = [_at(self.data, path[:depth]) for depth in range(1, len(path) + 1)]
        names = {part["id"] for part in around if isinstance(part, dict) and isinstance(part.get("id"), str)}
        if not whole:
            return names
        self.found.cut = True
        own = {path[1]} if len(path) > 1 and isinstance(path[1], str) else set()
        return names | own | _ids(around[-1])


def _ids(part: Any) -> set[str]:
    match part:
        case dict():
            own = {part["id"]} if isinstance(part.get("id"), str) else set()
            return own.union(*map(_ids, part.values()))
        case list():
            return set().union(*map(_ids, part))
        case _:
            return set()


def _at(data: Any, path: Path) -> Any:
    for part in path:
        try:
            data = data[part]
        except (KeyError, IndexError, TypeError):
            return None
    return data


def _edited(data: Any, edits: Mapping[Path, object]) -> tuple[Any, dict[Path, Path]]:
    """The data with its edits, and for each list item that moved, where it stood before."""
    places: dict[Path, Path] = {}

    def copy(part: Any, old: Path, new: Path) -> Any:
        if old in edits:
            return edits[old]
        if isinstance(part, dict):
            # A condition set aside leaves nothing of itself but its citation.
            mine = [edit for edit in edits if edit[:-1] == old and str(edits[edit]).startswith(UNREAD)]
            if mine:
                return {"if": edits[mine[0]], **({"cite": part["cite"]} if isinstance(part.get("cite"), str) else {})}
            copied = {key: copy(value, (*old, key), (*new, key)) for key, value in part.items()}
            return {key: value for key, value in copied.items() if value is not _REMOVED}
        if isinstance(part, list):
            kept = [(index, item) for index, item in enumerate(part) if edits.get((*old, index)) is not _REMOVED]
            for position, (index, _) in enumerate(kept):
                places[(*new, position)] = (*old, index)
            return [copy(item, (*old, index), (*new, position)) for position, (index, item) in enumerate(kept)]
        return part

    return copy(data, (), ()), places


def _moved(finding: Finding, places: Mapping[Path, Path]) -> Finding:
    """The finding at the place where the author wrote it."""
    for depth in range(len(finding.path), 0, -1):
        if finding.path[:depth] in places:
            path = (*places[finding.path[:depth]], *finding.path[depth:])
            return replace(finding, path=path)
    return finding


def _unread(name: str) -> dict[str, object]:
    return {"zh": name, "en": name, "type": "boolean", "subject": "enterprise", "question": "-", "question_en": "-"}
