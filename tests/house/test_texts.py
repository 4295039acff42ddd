"""What people read about the house agrees with what it is."""

import json
import re
import tomllib
from importlib import import_module
from pathlib import Path
from string import Formatter

import pytest

from app.domain.errors import Refusal
from app.settings import Settings
from tests.house.source import ROOT, make_targets, python_files, text

LOCKS = ("requirements.lock", "requirements-dev.lock", "requirements-bench.lock", "requirements-sdk.lock")


def refusals() -> list[type[Refusal]]:
    for path in python_files("app"):
        if "Refusal" in (source := path.read_text(encoding="utf-8")) or "app.domain.errors import" in source:
            import_module(".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__"))
    return sorted((kind for kind in descendants(Refusal) if hasattr(kind, "code")), key=str)


def descendants(kind: type[Refusal]) -> set[type[Refusal]]:
    return {below for child in kind.__subclasses__() for below in (child, *descendants(child))}


def test_every_refusal_has_a_code_of_its_own_and_speaks_both_languages() -> None:
    codes: dict[str, str] = {}
    for kind in refusals():
        assert re.fullmatch(r"[a-z][a-z0-9_]+", kind.code), kind
        assert codes.setdefault(kind.code, kind.__qualname__) == kind.__qualname__, f"two refusals share {kind.code}"
        assert placeholders(kind.zh) <= placeholders(kind.en), kind.code
        assert re.search(r"[\u4e00-\u9fff]", kind.zh), f"{kind.code} says nothing in Chinese"
        assert re.search(r"[a-z]", kind.en), f"{kind.code} says nothing in English"
    assert codes


def placeholders(template: str) -> set[str]:
    """The values named, where `hint_zh` and `hint_en` (or `zh_hint`) are the two languages of one value."""
    names = {name for _, name, _, _ in Formatter().parse(template) if name is not None}
    return {"_".join(part for part in name.split("_") if part not in {"zh", "en"}) for name in names}


def test_the_readme_names_every_make_target_and_every_setting() -> None:
    readme = text("README.md")
    targets = [target for target in make_targets() if f"make {target}" not in readme]
    settings = [name for name in Settings.model_fields if f"CUOFENG_{name.upper()}" not in readme]
    assert (targets, settings) == ([], [])


def test_every_setting_says_what_it_decides() -> None:
    assert [name for name, field in Settings.model_fields.items() if not field.description] == []


def test_the_continuous_integration_runs_what_people_run() -> None:
    assert text(".ci/run").splitlines()[-3:] == ["make test", "make proofs", "make contract"]


@pytest.mark.parametrize("name", [*LOCKS, "Dockerfile", "compose.yaml", "Makefile", "openapi/tools/package.json"])
def test_what_is_fetched_comes_from_no_named_host(name: str) -> None:
    addresses = re.findall(r"(\w+)://([^/\s\"']*)", text(name))
    named = [
        (scheme, host) for scheme, host in addresses if scheme != "postgresql" and not host.startswith("127.0.0.1")
    ]
    images = re.findall(r"^(?:FROM|\s*image:)\s+(\S+)", text(name), flags=re.MULTILINE)
    registries = [image for image in images if re.match(r"[^/]*[.:][^/]*/", image)]
    options = re.findall(r"--(?:extra-)?index-url|--find-links|--trusted-host", text(name))
    assert (named, registries, [option for option in options if name in LOCKS]) == ([], [], [])


@pytest.mark.parametrize("name", LOCKS)
def test_everything_fetched_is_pinned_by_hash(name: str) -> None:
    entries = re.split(r"\n(?=[a-z0-9])", text(name))
    assert [entry.splitlines()[0] for entry in entries if "==" not in entry or "--hash=sha256:" not in entry] == []


def test_what_npm_fetches_is_pinned_by_hash_and_comes_from_no_named_host() -> None:
    packages = json.loads(text("openapi/tools/package-lock.json"))["packages"]
    fetched = {name: one for name, one in packages.items() if name and not one.get("link")}
    assert [name for name, one in fetched.items() if "resolved" in one or not one.get("integrity")] == []


def test_the_changelog_has_room_for_what_comes_next() -> None:
    assert "## [Unreleased]" in text("CHANGELOG.md")


def test_the_licence_is_complete() -> None:
    assert Path(ROOT / "LICENSE").stat().st_size > 11_000
    assert "Apache License" in text("LICENSE")


def test_the_lock_holds_everything_the_project_asks_for() -> None:
    project = tomllib.loads(text("pyproject.toml"))
    asked = [
        *project["project"]["dependencies"],
        *(one for group in project["dependency-groups"].values() for one in group),
    ]
    names = {re.split(r"[^A-Za-z0-9._-]", one)[0].lower() for one in asked}
    locks = text("requirements-bench.lock") + text("requirements-sdk.lock")
    locked = set(re.findall(r"^([a-z0-9._-]+)==", locks, flags=re.MULTILINE))
    assert names - locked == set(), "run make lock"
