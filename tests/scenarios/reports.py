"""Every shipped plan checked once per test process, with its scenarios."""

from functools import cache
from importlib.resources import files

from app.documents.catalogue import base_catalogue
from app.documents.pack_check import Report, check_pack
from app.domain.decisions.coverage import Coverage
from app.domain.policies.pack import Pack
from tests.scenarios.plans_read import PLANS

PACKS = PLANS


@cache
def report(name: str) -> Report:
    folder = files("app.packs")
    texts = [(folder / f"{name}{kind}.yaml").read_text(encoding="utf-8") for kind in ("", ".scenarios")]
    return check_pack(texts[0], texts[1], base_catalogue())


def pack(name: str) -> Pack:
    found = report(name).pack
    assert found is not None
    return found.pack


def coverage(name: str) -> Coverage:
    found = report(name).coverage
    assert found is not None
    return found
