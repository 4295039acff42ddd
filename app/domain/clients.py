"""Clients: the programs that may call the service, what each may do, and the part of the register it may see."""

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Self

from app.domain.access import Actor, region_prefix
from app.domain.errors import Conflict, Forbidden, NotFound

# One pair per room; `read` sees, `write` changes. The words are what an administrator reads when granting.
SCOPES: dict[str, tuple[str, str]] = {
    "audit:read": ("查看审计记录", "read the audit"),
    "events:read": ("查看事件", "read events"),
    "webhooks:read": ("查看事件推送", "read webhooks and their deliveries"),
    "webhooks:write": ("管理事件推送", "manage webhooks"),
    "clients:admin": ("管理客户端凭证", "manage client credentials"),
    "jobs:read": ("查看后台任务与失败的操作", "see recurring work and the operations that failed"),
    "policies:read": ("查看方案与规则", "read policy packs"),
    "policies:write": ("发布方案", "publish policy packs"),
    "regions:read": ("查看行政区划", "read regions"),
    "regions:write": ("维护行政区划与建成区", "maintain regions and built-up areas"),
    "enterprises:read": ("查看企业", "read enterprises"),
    "enterprises:write": ("登记与修改企业", "register and change enterprises"),
    "facts:read": ("查看企业事实", "read facts"),
    "facts:write": ("申报企业事实", "assert facts"),
    "facts:verify": ("核实企业事实", "verify facts"),
    "imports:read": ("查看批量导入", "read bulk imports"),
    "imports:write": ("批量导入", "import in bulk"),
    "decisions:read": ("查看管控决定", "read decisions"),
    "decisions:write": ("生成管控决定", "make decisions"),
    "evaluations:read": ("试算（不保存）", "evaluate without storing"),
    "simulations:read": ("查看方案模拟", "read simulations"),
    "simulations:write": ("模拟方案草案", "simulate drafts of plans"),
    "determinations:read": ("查看主管部门认定", "read determinations"),
    "determinations:write": ("作出主管部门认定", "make determinations"),
    "acts:read": ("查看申报事项", "read applications, credits and declared exceptions"),
    "acts:write": ("申报事项", "apply, declare and withdraw"),
    "acts:decide": ("办理申报事项", "take the authority's steps on applications"),
    "ratings:read": ("查看绩效评级", "read performance grades"),
    "ratings:write": ("登记绩效评级", "record performance grades"),
    "exemptions:read": ("查看豁免清单", "read exemption lists"),
    "exemptions:write": ("申请列入豁免清单", "ask to be listed"),
    "exemptions:decide": ("审核与发布豁免清单", "decide entries and publish lists"),
    "warnings:read": ("查看重污染天气预警", "read heavy pollution warnings"),
    "warnings:write": ("发布与解除预警", "issue, change and lift warnings"),
    "orders:read": ("查看送达的指令", "read orders served"),
    "orders:write": ("签收指令", "acknowledge orders"),
    "inspections:read": ("查看现场检查", "read inspections"),
    "inspections:write": ("登记现场检查", "record inspections"),
    "violations:read": ("查看违法案件", "read violations"),
    "violations:write": ("提出线索与申辩", "report and reply to suspected violations"),
    "violations:decide": ("认定违法案件", "hear, confirm and dismiss violations"),
    "ledger:read": ("查看停产台账", "read the stop-day ledger"),
    "ledger:write": ("登记停产台账", "post to the stop-day ledger"),
    "schedules:read": ("查看排期", "read schedules"),
    "schedules:write": ("计算排期", "compute schedules"),
    "schedules:publish": ("发布排期", "publish schedules"),
    "disclosures:read": ("查看公示清单草案", "read drafts of public lists"),
    "disclosures:write": ("起草公示清单", "draft public lists"),
    "disclosures:publish": ("发布与撤回公示清单", "publish and withdraw public lists"),
    "feed:read": ("查看用电数据", "read power readings"),
    "feed:write": ("上送用电数据", "send power readings"),
    "compliance:read": ("查看用电核查", "read what electricity shows of compliance"),
    "compliance:write": ("进行用电核查", "assess compliance from electricity"),
    "duties:read": ("查看职责与报送", "read duties and what was filed"),
    "duties:write": ("报送与上传附件", "file reports and upload attachments"),
    "duties:decide": ("签收、退回、免除与设置提醒", "receive, return and waive what is owed, and set reminders"),
    "contacts:read": ("查看联系人", "read contacts"),
    "contacts:write": ("登记与修改联系人", "register and change contacts"),
    "reports:read": ("查看报表与一企一策", "read reports and one-plant-one-plan documents"),
    "reports:write": ("登记往季减排结果", "record what past winters came to"),
}


class ClientUnknown(NotFound):
    code = "client_unknown"
    zh = "没有此客户端，或不在您的管辖范围内。"
    en = "There is no such client, or it lies outside what you may see."


class ClientDisabled(Conflict):
    code = "client_disabled"
    zh = "此客户端已停用，不能再修改；请新建客户端。"
    en = "This client is disabled and can no longer be changed; create a new one."


class GrantExceedsOwn(Forbidden):
    code = "grant_exceeds_own"
    zh = "只能授予自己拥有的权限与范围；超出部分：{excess}。"
    en = "You can only grant what you hold yourself; this exceeds it: {excess}."


@dataclass(frozen=True, slots=True, kw_only=True)
class Client:
    """A program with a secret: its grants, and the region of the administrators who look after it.

    With `all_scopes` the scopes are those there are now, so that an upgrade does not leave administrators behind.
    """

    id: str
    name: str
    region: str
    scopes: frozenset[str]
    regions: tuple[str, ...]
    enterprise_ids: tuple[str, ...]
    sources: tuple[str, ...]
    on_behalf_of: bool
    secret_hash: str
    secret_hint: str
    previous_hash: str | None
    previous_until: datetime | None
    created_at: datetime
    disabled_at: datetime | None
    version: int
    all_scopes: bool = False

    def rotate(self, *, secret_hash: str, secret_hint: str, previous_until: datetime | None) -> Self:
        """The new secret holds at once; the old one may live on for a while, so that nothing stops."""
        if self.disabled_at is not None:
            raise ClientDisabled()
        return replace(
            self,
            secret_hash=secret_hash,
            secret_hint=secret_hint,
            previous_hash=self.secret_hash if previous_until else None,
            previous_until=previous_until,
        )

    def disable(self, *, at: datetime) -> Self:
        if self.disabled_at is not None:
            raise ClientDisabled()
        return replace(self, disabled_at=at, previous_hash=None, previous_until=None)

    def secret_hashes(self, *, at: datetime) -> tuple[str, ...]:
        """The secrets that open the door at this instant."""
        if self.disabled_at is not None:
            return ()
        if self.previous_hash is not None and self.previous_until is not None and at < self.previous_until:
            return self.secret_hash, self.previous_hash
        return (self.secret_hash,)

    def as_actor(self, scopes: frozenset[str]) -> Actor:
        """A token never carries more than its client holds now."""
        return Actor(
            client_id=self.id,
            scopes=scopes & self.scopes,
            regions=self.regions,
            enterprise_ids=self.enterprise_ids,
            sources=self.sources,
            all_scopes=self.all_scopes and scopes >= self.scopes,
        )


def refuse_excess(client: Client, *, granted_by: Actor) -> None:
    """Nobody hands out, or takes over by rotating a secret, more than they hold."""
    everywhere = granted_by.sees_region("000000")
    excess = sorted(client.scopes - granted_by.scopes)
    if client.all_scopes and not granted_by.all_scopes:
        excess.append("all_scopes")
    excess += [code for code in (client.region, *client.regions) if not covers(granted_by, code)]
    if not everywhere:
        excess += [one for one in client.enterprise_ids if one not in granted_by.enterprise_ids]
        excess += [one for one in client.sources if one not in granted_by.sources]
    if excess:
        raise GrantExceedsOwn(excess=", ".join(excess))


def covers(actor: Actor, code: str) -> bool:
    """A region is covered when its whole subtree is: 141000 does not cover 140000."""
    return any(region_prefix(code).startswith(region_prefix(own)) for own in actor.regions)
