"""Habits that reviews would otherwise repeat: short files, matching rooms, a plain domain, reasons for exceptions."""

import ast
import re
import sys
from pathlib import Path

import pytest

from tests.house.source import APP, ROOT, own_python, python_files, rooms_of

# A file is read in one sitting.
LONGEST_FILE = 400

# One word for one concept on every floor; this list is the truth.
ROOMS = {
    "acts", "audit", "calendar_feeds", "clients", "compliance", "credits", "decisions", "declared_exceptions", "determinations", "disclosures",
    "dispatch_applications", "duties", "enterprises", "evaluations", "events", "exemptions", "facts", "feed", "imports", "inspections", "ledger",
    "operations", "orders", "policies", "ratings", "readings", "regions", "reports", "schedules", "simulations", "violations", "vocabulary",
    "warnings", "webhooks",
}  # fmt: skip

# What a floor has besides rooms.
FURNITURE = {
    "domain": {"access", "errors", "evidence", "periods", "quantities", "states"},
    "services": set[str](),
    "persistence": {
        "append_only", "backups", "citus", "copying", "engine", "gauges", "health", "idempotency", "known_facts", "metadata", "outbox",
        "recording", "recurring_jobs", "schema", "signed", "signing_keys", "tables", "unit_of_work", "uploads",
    },
    "api/v1": {"jobs", "oauth", "problems"},
}  # fmt: skip

# The law and the electricity need no framework.
DOMAIN_MAY_IMPORT = {"app", "numpy", "ortools", *sys.stdlib_module_names}

EXCEPTION = re.compile(r"#\s*(noqa|type: ignore)(?P<codes>(: [A-Z0-9, ]*[0-9])|(\[[a-z, -]+\]))?(?P<reason>.*)$")


@pytest.mark.parametrize("path", own_python(), ids=lambda path: str(path.relative_to(ROOT)))
def test_a_file_is_short(path: Path) -> None:
    assert len(path.read_text(encoding="utf-8").splitlines()) <= LONGEST_FILE


def test_every_exception_from_a_check_names_it_and_gives_a_reason() -> None:
    bare = [
        f"{path.relative_to(ROOT)}:{number}: {line.strip()}"
        for path in own_python()
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), start=1)
        if (found := EXCEPTION.search(line)) and "EXCEPTION = " not in line
        if not found["codes"] or len(found["reason"].strip(" #")) < 8
    ]
    assert bare == []


@pytest.mark.parametrize("floor", FURNITURE)
def test_a_room_has_the_same_name_on_every_floor(floor: str) -> None:
    assert rooms_of(APP / floor) - FURNITURE[floor] - ROOMS == set()


def test_the_domain_imports_only_what_is_plain() -> None:
    foreign = {
        f"{path.relative_to(ROOT)} imports {module}"
        for path in python_files("app/domain")
        for module in imported(path)
        if module.partition(".")[0] not in DOMAIN_MAY_IMPORT
    }
    assert foreign == set()


def imported(path: Path) -> set[str]:
    modules = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            modules |= {name.name for name in node.names}
        elif isinstance(node, ast.ImportFrom):
            modules.add(node.module or "")
    return modules
