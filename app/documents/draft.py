"""What a draft says of itself before anybody checks it: its name, its version, and whose plan it is."""

import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from app.documents.yaml_text import YamlRefused, read_yaml
from app.domain.policies.drafts import PackTextUnreadable, PackUnnamed, Texts

# What stands at the place of a name in our addresses.
RESERVED = ("checks", "schema")
_NAME = re.compile(r"[a-z][a-z0-9-]{2,59}")
_VERSION = re.compile(r"[0-9]{1,9}(\.[0-9]{1,9}){2}")
_REGION = re.compile(r"[0-9]{6}")


@dataclass(frozen=True, slots=True, kw_only=True)
class DraftHead:
    """As much of a pack's head as can be read; a wrong region or title is the checks' business."""

    name: str
    version: str
    region: str | None = None
    title: Mapping[str, str] = field(default_factory=dict)


def texts_of(pack: str, scenarios: str | None) -> Texts:
    """Two texts never share a hash: no YAML holds the character between them."""
    return Texts(pack=pack, scenarios=scenarios, hash=hashlib.sha256(f"{pack}\0{scenarios or ''}".encode()).hexdigest())


def readable(pack: str, scenarios: str | None) -> Any:
    """What the pack's text holds; raises PackTextUnreadable when one of the two is no YAML."""
    data = _data("pack", pack)
    if scenarios is not None:
        _data("scenarios", scenarios)
    return data


def readable_head(pack: str, scenarios: str | None) -> DraftHead:
    """The head of two texts; raises PackTextUnreadable or PackUnnamed."""
    data = readable(pack, scenarios)
    given = data if isinstance(data, dict) else {}
    name, version = _matching(_NAME, given.get("pack")), _matching(_VERSION, given.get("version"))
    if name is None or version is None or name in RESERVED:
        raise PackUnnamed(reserved=", ".join(RESERVED))
    issuer, title = given.get("issuer"), given.get("title")
    return DraftHead(
        name=name,
        version=version,
        region=_matching(_REGION, issuer.get("region")) if isinstance(issuer, dict) else None,
        title={key: text for key in ("zh", "en") if isinstance(text := title.get(key), str)}
        if isinstance(title, dict)
        else {},
    )


def _data(which: str, text: str) -> Any:
    try:
        return read_yaml(text).data
    except YamlRefused as refused:
        raise PackTextUnreadable(which=which, line=refused.line, reason=refused.reason) from refused


def _matching(pattern: re.Pattern[str], value: object) -> str | None:
    return value if isinstance(value, str) and pattern.fullmatch(value) else None
