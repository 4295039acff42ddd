"""The packs that come with the service, as texts and as evaluators."""

from importlib.resources import files
from pathlib import Path

from app.documents.catalogue import NOT_A_PACK, base_catalogue
from app.documents.pack import PackRefused, read_pack
from app.domain.decisions.evaluate import Evaluator
from app.domain.policies.findings import Finding


def shipped_packs() -> list[tuple[str, str]]:
    """Each shipped pack with its scenarios, by name; one without scenarios proves nothing, so it is not published."""
    found = []
    entries = {entry.name: entry for entry in files("app.packs").iterdir() if entry.name.endswith(".yaml")}
    for name in sorted(entries):
        if name in NOT_A_PACK or name.endswith(".scenarios.yaml"):
            continue
        beside = entries.get(name.replace(".yaml", ".scenarios.yaml"))
        if beside is not None:
            found.append((entries[name].read_text(encoding="utf-8"), beside.read_text(encoding="utf-8")))
    return found


def shipped_pack(name_or_file: str) -> Evaluator:
    """The evaluator of a shipped pack or of a pack file; raises PackRefused."""
    file = Path(name_or_file)
    if file.suffix == ".yaml":
        return Evaluator(read_pack(file.read_text(encoding="utf-8"), base_catalogue()).pack)
    entry = files("app.packs") / f"{name_or_file}.yaml"
    if f"{name_or_file}.yaml" in NOT_A_PACK or not entry.is_file():
        says = f"no shipped pack is named {name_or_file}"
        raise PackRefused([Finding(code="pack_unknown", path=(), zh=f"没有名为 {name_or_file} 的方案", en=says)])
    return Evaluator(read_pack(entry.read_text(encoding="utf-8"), base_catalogue()).pack)
