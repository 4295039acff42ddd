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


class AuthorityRequired(Forbidden):
    code = "authority_required"
    zh = "此步须由管辖地区 {region} 的主管部门办理；企业自己的凭证不能办理。"
    en = "This is for the authority of region {region}; an enterprise's own credential cannot do it."


class OfficerRequired(Forbidden):
    code = "officer_required"
    zh = "此项只能由主管部门人员办理：凭证须有管辖地区，且不绑定任何企业或数据来源。"
    en = "Only an officer does this: with a credential that looks after a region and is bound to no enterprise or source."


class OwnEnterpriseOnly(Forbidden):
    code = "own_enterprise_only"
    zh = "此步须由企业自己办理；请使用该企业的凭证。"
    en = "Only the enterprise itself does this; use its own credential."


class SameHands(Forbidden):
    code = "same_hands"
    zh = "申请人不能自己审批；请由另一凭证或另一人员办理。"
    en = "Who asked for something cannot decide it; another credential or person must."


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """The natural person behind an act."""

    name: str
    office: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Actor:
    """An authenticated caller: a client, what it may do, and the part of the register it may see.

    `regions` are GB/T 2260 codes; a code covers its subtree ("141000" covers "141027").
    `enterprise_ids` are the caller's own enterprises; `sources` its own power feeds. `all_scopes` says that it holds
    whatever scope there is, also those that a later version brings.
    """

    client_id: str
    scopes: frozenset[str] = frozenset()
    regions: tuple[str, ...] = ()
    enterprise_ids: tuple[str, ...] = ()
    sources: tuple[str, ...] = ()
    person: Person | None = None
    all_scopes: bool = False

    def require(self, scope: str) -> None:
        if scope not in self.scopes:
            raise MissingScope(scope=scope)

    def named_person(self) -> Person:
        if self.person is None:
            raise PersonRequired()
        return self.person

    def must_look_after(self, region: str) -> None:
        """Raises AuthorityRequired unless the caller looks after this region."""
        if not self.sees_region(region):
            raise AuthorityRequired(region=region)

    def must_be_officer(self) -> Person:
        """The officer; raises OfficerRequired for whoever is judged or delivers the proof, PersonRequired for no person."""
        if not self.regions or self.enterprise_ids or self.sources:
            raise OfficerRequired()
        return self.named_person()

    def must_own(self, enterprise_id: object) -> None:
        """Raises OwnEnterpriseOnly unless the caller is this enterprise."""
        if str(enterprise_id) not in self.enterprise_ids:
            raise OwnEnterpriseOnly()

    def sees_region(self, region: str) -> bool:
        return any(region.startswith(region_prefix(own)) for own in self.regions)


@dataclass(frozen=True, slots=True, kw_only=True)
class Origin:
    """Who spoke: the credential, and the person behind it where there is one."""

    client_id: str
    person: str | None
    office: str | None = None

    @classmethod
    def of(cls, actor: Actor) -> "Origin":
        person = actor.person
        return cls(
            client_id=actor.client_id,
            person=person.name if person else None,
            office=person.office if person else None,
        )

    def same_hands(self, other: "Origin") -> bool:
        """One credential, unless it names two people (a platform with several officers); or one person by two of them."""
        if self.person is not None and self.office is not None:
            named = (self.person, self.office)
            if named == (other.person, other.office):
                return True
        same_person = self.person is None or other.person is None or self.person == other.person
        return self.client_id == other.client_id and same_person

    def must_differ(self, other: "Origin") -> None:
        """Raises SameHands: who asks does not decide."""
        if self.same_hands(other):
            raise SameHands()


def region_prefix(code: str) -> str:
    """The digits all codes below `code` share: 140000 → 14, 141000 → 1410, 141027 → 141027; 000000 → all."""
    for zeros in ("000000", "0000", "00"):
        if code.endswith(zeros):
            return code[: 6 - len(zeros)]
    return code
