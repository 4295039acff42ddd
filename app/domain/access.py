"""Who is asking, and what of the register they may see."""

from dataclasses import dataclass

from app.domain.errors import Forbidden


class MissingScope(Forbidden):
    code = "missing_scope"
    zh = "此凭证没有权限 {scope}；请向管理员申请该权限后重试。"
    en = "This credential lacks the scope {scope}; ask the administrator to grant it."


class PersonRequired(Forbidden):
    code = "person_required"
    zh = "此项决定须由自然人作出；请使用带有人员身份的令牌，或由受信任的客户端代为提交人员姓名与职务。"
    en = (
        "Only a person may decide this; use a token that names a person and office, or a client trusted to act for one."
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """The natural person behind an act."""

    name: str
    office: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Actor:
    """An authenticated caller: a client, what it may do, and the part of the register it may see.

    `regions` are GB/T 2260 codes; a code covers its subtree ("141000" covers "141027").
    `enterprise_ids` are the caller's own enterprises; `sources` its own power feeds.
    """

    client_id: str
    scopes: frozenset[str] = frozenset()
    regions: tuple[str, ...] = ()
    enterprise_ids: tuple[str, ...] = ()
    sources: tuple[str, ...] = ()
    person: Person | None = None

    def require(self, scope: str) -> None:
        if scope not in self.scopes:
            raise MissingScope(scope=scope)

    def named_person(self) -> Person:
        if self.person is None:
            raise PersonRequired()
        return self.person

    def sees_region(self, region: str) -> bool:
        return any(region.startswith(region_prefix(own)) for own in self.regions)


def region_prefix(code: str) -> str:
    """The digits all codes below `code` share: 140000 → 14, 141000 → 1410, 141027 → 141027; 000000 → all."""
    for zeros in ("000000", "0000", "00"):
        if code.endswith(zeros):
            return code[: 6 - len(zeros)]
    return code
