"""Events as they leave the house: every type with its words, who may hear of it, and the CloudEvents envelope around it."""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Literal

from app.domain.events import Relayed

# How far an event is heard besides by those who see its enterprise, or look after its region:
# near: by nobody else; below: also in the regions below, and by enterprises there; everybody: wherever the scope is
# held; own: by nobody but the client whose act it was.
Reach = Literal["near", "below", "everybody", "own"]
SPEC_VERSION = "1.0"
JSON = "application/json"
# Nineteen digits hold every 64-bit number, so that sequences sort as text (CloudEvents sequence extension).
SEQUENCE_DIGITS = 19


@dataclass(frozen=True, slots=True, kw_only=True)
class EventType:
    """What a type means, what its `data` holds, the scope that hears of it, and how far it is heard."""

    zh: str
    en: str
    scope: str
    data: tuple[str, ...] = ()
    reach: Reach = "near"


def _room(
    scope: str, types: Mapping[str, tuple[str, str]], *, data: str = "", reach: Reach = "near"
) -> Iterator[tuple[str, EventType]]:
    """Several types whose data has the same fields."""
    for name, (zh, en) in types.items():
        yield name, EventType(zh=zh, en=en, scope=scope, data=tuple(data.split()), reach=reach)


def _acts() -> Iterator[tuple[str, EventType]]:
    nouns = {
        "dispatch": ("保民生等调度申请", "a dispatch"),
        "credit": ("其他管控抵扣", "a credit of other controls"),
        "exception": ("例外事项", "a declared exception"),
    }
    steps = {
        "requested": ("已提出", "was asked for"),
        "forwarded": ("已办理一步", "went one hand further"),
        "granted": ("已批准", "was granted"),
        "refused": ("未予批准", "was refused"),
        "withdrawn": ("已撤回", "was taken back"),
        "revoked": ("已撤销", "was revoked"),
    }
    for kind, (noun_zh, noun_en) in nouns.items():
        words = {f"{kind}.{step}": (noun_zh + zh, f"{noun_en} {en}") for step, (zh, en) in steps.items()}
        yield from _room("acts:read", words, data="subject_id workflow season late load")


EVENT_TYPES: dict[str, EventType] = dict(
    [
        # register
        *_room(
            "enterprises:read",
            {
                "enterprise.registered": ("企业已登记", "an enterprise was registered"),
                "enterprise.changed": ("企业结构已修改", "the structure of an enterprise changed"),
            },
            data="code version added changed facts",
        ),
        *_room(
            "regions:read",
            {"built_up_area.drawn": ("建成区范围已划定", "a built-up area was drawn")},
            data="name",
        ),
        *_room(
            "facts:read",
            {
                "fact.asserted": ("企业事实已申报", "facts of an enterprise were asserted"),
                "fact.verified": ("企业事实已核实", "facts of an enterprise were verified"),
                "fact.retracted": ("企业事实已收回", "a fact of an enterprise was taken back"),
            },
            data="assertions code version added changed facts",
        ),
        *_room(
            "ratings:read",
            {
                "rating.awarded": ("绩效等级已授予", "a performance grade was awarded"),
                "rating.corrected": ("绩效等级已更正", "a performance grade was corrected"),
                "rating.downgraded": ("绩效等级已下调", "a performance grade was lowered"),
            },
            data="subject_id fact grade replaces valid_from valid_to awarded_by document",
        ),
        # plans
        *_room(
            "policies:read",
            {
                "policy.drafted": ("方案草案已建立", "a draft of a plan was made"),
                "policy.draft_changed": ("方案草案已修改", "a draft of a plan changed"),
                "policy.draft_removed": ("方案草案已删除", "a draft of a plan was removed"),
                "policy.checked": ("方案草案已检查", "a draft of a plan was checked"),
            },
            data="name version revision hash passes",
        ),
        *_room(
            "policies:read",
            {
                "policy.published": ("方案版本已发布", "a version of a plan was published"),
                "policy.superseded": ("方案版本已被取代", "a version of a plan was superseded"),
                "policy.retired": ("方案版本已废止", "a version of a plan was retired"),
            },
            data="name version hash supersedes by reason restores",
            reach="everybody",
        ),
        *_room(
            "policies:read",
            {
                "reading.confirmed": ("条文理解已确认", "a reading of a plan was confirmed"),
                "reading.rejected": ("条文理解已否定", "a reading of a plan was rejected"),
            },
            data="pack reading wording",
            reach="everybody",
        ),
        *_room(
            "simulations:read",
            {"simulation.finished": ("方案模拟已完成", "a simulation of a draft is there")},
            data="draft changed",
        ),
        # acts
        *_room(
            "determinations:read",
            {
                "determination.made": ("主管部门认定已作出", "an authority determined what a plan leaves to it"),
                "determination.revoked": ("主管部门认定已撤销", "a determination was revoked"),
            },
            data="subject_id season kind rule alternative number way",
        ),
        *_acts(),
        # exemption lists
        *_room(
            "exemptions:read",
            {
                "exemption.opened": ("豁免清单已建立", "an exemption list was opened"),
                "exemption.published": ("豁免清单版本已发布", "a version of an exemption list was published"),
            },
            data="list_id pack season number effective_on hash listed delisted",
            reach="below",
        ),
        *_room(
            "exemptions:read",
            {
                "exemption.requested": ("已申请列入豁免清单", "a place on an exemption list was asked for"),
                "exemption.reviewed": ("豁免申请已初审", "a request for exemption was reviewed"),
                "exemption.approved": ("豁免申请已批准", "a request for exemption was approved"),
                "exemption.refused": ("豁免申请未批准", "a request for exemption was refused"),
                "exemption.withdrawn": ("豁免申请已撤回", "a request for exemption was taken back"),
                "exemption.listed": ("已列入豁免清单", "an entry is on the exemption list"),
                "exemption.doubted": ("豁免条目存疑", "an entry of an exemption list is in doubt"),
                "exemption.cleared": ("豁免条目已解除存疑", "an entry of an exemption list is no longer in doubt"),
                "exemption.retained": ("豁免条目予以保留", "an entry in doubt was kept"),
                "exemption.revoked": ("豁免条目决定移出", "an entry will leave the exemption list"),
                "exemption.delisted": ("已移出豁免清单", "an entry has left the exemption list"),
                "exemption.expired": ("豁免条目已到期", "an entry of an exemption list has expired"),
            },
            data="list_id pack season number effective_on subject_id fact rule standing fails_on lacking",
        ),
        # warnings, orders, schedules
        *_room(
            "warnings:read",
            {
                "warning.issued": ("重污染天气预警已发布", "a heavy pollution warning was issued"),
                "warning.changed": ("重污染天气预警已调整", "a heavy pollution warning changed"),
                "warning.lifted": ("重污染天气预警已解除", "a heavy pollution warning was lifted"),
            },
            data="number colour from_at basis operation_id",
            reach="below",
        ),
        *_room(
            "orders:read",
            {
                "order.served": ("指令已送达", "an order was served"),
                "order.seen": ("指令已查看", "an order was seen"),
                "order.acknowledged": ("指令已签收", "an order was acknowledged"),
            },
            data="number kind occasion occasion_id supersedes",
        ),
        *_room(
            "schedules:read",
            {
                "schedule.computed": ("排期已算出", "a schedule was computed"),
                "schedule.published": ("排期已发布", "a schedule was published"),
                "schedule.superseded": ("排期已被取代", "a schedule was superseded"),
            },
            data="season name hash lines number",
        ),
        *_room(
            "schedules:read",
            {
                "calendar_feed.created": ("日历订阅地址已建立", "an address of a calendar was made"),
                "calendar_feed.revoked": ("日历订阅地址已停用", "an address of a calendar was revoked"),
            },
        ),
        *_room(
            "reports:read",
            {"season.recorded": ("往季减排结果已登记", "the result of a past winter was recorded")},
            data="season industry tonnes source",
        ),
        # public lists
        *_room(
            "disclosures:read",
            {
                "disclosure.drafted": ("公示清单已起草", "a public list was drafted"),
                "disclosure.published": ("公示清单已公布", "a public list was published"),
                "disclosure.superseded": ("公示清单已被取代", "a public list was superseded"),
                "disclosure.withdrawn": ("公示清单已撤回", "a public list was withdrawn"),
            },
            data="kind season pack rows number serial url hash reason",
        ),
        # supervision
        *_room(
            "inspections:read",
            {
                "inspection.recorded": ("现场检查已登记", "an inspection was recorded"),
                "inspection.corrected": ("现场检查已更正", "an inspection was corrected"),
            },
            data="subject_id from_at until_at kinds corrects",
        ),
        *_room(
            "violations:read",
            {
                "violation.suspected": ("违法线索已提出", "a violation is suspected"),
                "violation.heard": ("已告知企业并听取申辩", "the enterprise is being heard"),
                "violation.replied": ("企业已申辩", "the enterprise has replied"),
                "violation.confirmed": ("违法已认定", "a violation was confirmed"),
                "violation.dismissed": ("违法线索不成立", "a suspected violation was dismissed"),
                "violation.rectified": ("违法已整改", "a violation was rectified"),
                "violation.overturned": ("违法认定已推翻", "a confirmed violation was overturned"),
            },
            data="subject_id pack season claims terms",
        ),
        *_room(
            "ledger:read",
            {
                "ledger.settled": ("停产台账已结算", "the stop-day ledger was settled"),
                "ledger.posted": ("停产台账已登记", "hours were posted to the stop-day ledger"),
                "ledger.reversed": ("停产台账已冲销", "a posting to the stop-day ledger was reversed"),
            },
            data="pack season run_id as_of postings due_hours subject_id account kind hours reverses",
        ),
        # electricity
        *_room(
            "feed:read",
            {
                "feed.source_registered": ("用电数据源已登记", "a source of readings was registered"),
                "feed.source_changed": ("用电数据源已修改", "a source of readings changed"),
                "feed.channel_registered": ("计量通道已登记", "a channel was registered"),
                "feed.channel_changed": ("计量通道已修改", "a channel changed"),
                "feed.multiplier_said": ("倍率已告知", "a multiplier was told"),
                "feed.meter_replaced": ("电表已更换", "a meter was replaced"),
                "feed.batch_received": ("用电数据批次已接收", "a batch of readings came"),
                "feed.curve_corrected": ("用电曲线已更正", "curves of past days changed"),
                "feed.day_closed": ("用电日数据已关闭", "a day of readings was closed"),
                "feed.resend_requested": ("已要求补送", "readings were asked for again"),
                "feed.resend_withdrawn": ("补送要求已撤回", "a request to send again was withdrawn"),
                "feed.resend_filled": ("补送已完成", "readings asked for again have come"),
            },
            data=(
                "source version title key quantity first_day last_day received new changed stale parked rejected "
                "channel_days first day readings requests reason"
            ),
        ),
        *_room(
            "compliance:read",
            {
                "compliance.assessed": ("用电核查已完成", "compliance was assessed"),
                "verdict.changed": ("用电核查结论有变", "a verdict from electricity changed"),
            },
            data=(
                "subject_id replaces changed days findings findings_gone from_day until_day enterprises subjects pairs "
                "verdict_rows"
            ),
        ),
        *_room(
            "compliance:read",
            {"compliance.thresholds_published": ("核查阈值已发布", "thresholds of assessments were published")},
            data="base changes",
            reach="everybody",
        ),
        # duties
        *_room(
            "duties:read",
            {
                "duty.due_soon": ("报送事项即将到期", "a duty is due soon"),
                "duty.late": ("报送事项已逾期", "a duty is late"),
                "duty.attached": ("附件已上传", "a file was attached to a duty"),
                "duty.filed": ("报告已报送", "a report was filed"),
                "duty.amended": ("报告已补正", "a filed report was amended"),
                "duty.confirmed": ("报告已签收", "a filed report was confirmed"),
                "duty.returned": ("报告已退回", "a filed report was returned"),
                "duty.waived": ("报送事项已免除", "a duty was waived"),
            },
            data=(
                "pack season duty key who due_at conflicts form filing_id number late hash attachment_id sha256 size "
                "media_type"
            ),
        ),
        *_room(
            "duties:read",
            {"duty_settings.changed": ("报送提醒设置已修改", "the settings of duties changed")},
            data="number lead_days lead_hours power_supplier_day contact_months basis",
        ),
        *_room(
            "contacts:read",
            {
                "contact.registered": ("联系人已登记", "a contact was registered"),
                "contact.changed": ("联系人已修改", "a contact changed"),
                "contact.erased": ("联系人信息已按期清除", "what was kept of a contact was erased"),
            },
            data="number role body",
        ),
        # the service itself
        *_room(
            "clients:admin",
            {
                "client.created": ("客户端已建立", "a client was created"),
                "client.secret_rotated": ("客户端密钥已更换", "a client got a new secret"),
                "client.disabled": ("客户端已停用", "a client was disabled"),
            },
            data="name granted",
        ),
        *_room(
            "events:read",
            {
                "operation.started": ("长时间任务已开始", "long work was started"),
                "operation.cancel_requested": ("已要求取消任务", "long work was asked to stop"),
            },
            data="kind",
            reach="own",
        ),
        *_room(
            "webhooks:read",
            {
                "webhook.created": ("推送已建立", "a webhook was created"),
                "webhook.changed": ("推送已修改", "a webhook changed"),
                "webhook.secret_rotated": ("推送密钥已更换", "a webhook got a new secret"),
                "webhook.enabled": ("推送已启用", "a webhook was enabled"),
                "webhook.disabled": ("推送已停用", "a webhook was disabled"),
                "webhook.removed": ("推送已删除", "a webhook was removed"),
                "webhook.redelivered": ("已要求重新投递", "deliveries were queued again"),
                "webhook.pinged": ("推送测试", "a test of a webhook"),
            },
            data="types region enterprise_id reason deliveries",
            reach="own",
        ),
    ]
)


def expand(wanted: Collection[str]) -> set[str]:
    """The types that are meant: `warning.*` is every type of its room, nothing at all is every type."""
    if not wanted:
        return set(EVENT_TYPES)
    rooms = {one.removesuffix("*") for one in wanted if one.endswith(".*")}
    return {one for one in EVENT_TYPES if one in wanted or f"{one.partition('.')[0]}." in rooms}


def sequence_text(sequence: int) -> str:
    """As it travels, and as the cursor of those who poll."""
    return str(sequence).zfill(SEQUENCE_DIGITS)


def envelope(event: Relayed, *, base_url: str) -> dict[str, Any]:
    """CloudEvents 1.0 in structured JSON; null means that an attribute is not set (JSON format 1.0.2, §2.2).

    Only fields that the type declares leave the house: the audit may know more than other platforms shall.
    """
    declared = EVENT_TYPES[event.type].data if event.type in EVENT_TYPES else ()
    return {
        "specversion": SPEC_VERSION,
        "id": str(event.id),
        "source": f"{base_url}/v1/events",
        "type": event.type,
        "time": event.at.isoformat(),
        "subject": event.subject,
        "datacontenttype": JSON,
        "dataschema": f"{base_url}/openapi.json#/components/schemas/EventData",
        "sequence": sequence_text(event.sequence),
        "region": event.region,
        "enterpriseid": event.enterprise_id,
        "data": {name: event.data[name] for name in declared if name in event.data},
    }
