"""The vocabulary: every closed list of codes with its labels, so that nobody has to translate them."""

import hashlib

from fastapi import Response

from app.api.bodies import AnswerBody
from app.api.transactions import router
from app.documents.catalogue import vocabulary
from app.documents.disclosures.sealed import TITLES
from app.documents.events import EVENT_TYPES
from app.documents.ledger_wording import ACCOUNT_WORDS, KIND_WORDS, REASON_WORDS, SOURCE_WORDS
from app.documents.schedules import STAGE_WORDS, STRETCH_WORDS
from app.domain.clients import SCOPES
from app.domain.compliance.findings import VERDICTS
from app.domain.compliance.wording import CHECKS, SIGN_LABELS
from app.domain.disclosures.lists import LACKS, MOVES
from app.domain.duties.contacts import ROLES
from app.domain.duties.filing import ACTION_LABELS as DUTY_ACTION_LABELS
from app.domain.duties.filing import STATE_LABELS as DUTY_STATE_LABELS
from app.domain.duties.terms import FORCES, FORMS, SECTIONS, WHO
from app.domain.inspections import FINDING_KINDS
from app.domain.violations.consequences import EFFECTS
from app.domain.violations.violation import ACTION_LABELS, STATE_LABELS
from app.domain.warnings import COLOURS

routes = router("vocabulary")

# Lists that live in code; those of the plans stand in app/packs/vocabulary.yaml.
CODE_LISTS: dict[str, dict[str, tuple[str, str]]] = {
    "scopes": SCOPES,
    "event_types": {name: (one.zh, one.en) for name, one in EVENT_TYPES.items()},
    "delivery_states": {
        "waiting": ("待投递", "waiting"),
        "delivered": ("已投递", "delivered"),
        "dead": ("投递失败，不再重试", "a dead letter: not tried any more"),
        "withheld": ("权限已变更，未投递", "withheld: the client may not see it any more"),
    },
    "delivery_failures": {
        "status": ("接收方返回错误状态", "the receiver answered with an error"),
        "timeout": ("接收方超时", "the receiver took too long"),
        "unreachable": ("无法连接接收方", "the receiver cannot be reached"),
        "target_refused": ("接收地址不被允许", "the address is not one that events may be sent to"),
        "secret_unreadable": ("密钥无法读取，请更换", "the secret cannot be read any more; rotate it"),
    },
    "compliance_verdicts": VERDICTS,
    "compliance_checks": dict(CHECKS.items()),
    "compliance_signs": dict(SIGN_LABELS.items()),
    "act_states": {
        "requested": ("已申请", "requested"),
        "in_review": ("办理中", "in review"),
        "granted": ("已批准", "granted"),
        "refused": ("未予批准", "refused"),
        "withdrawn": ("已撤回", "withdrawn"),
        "revoked": ("已撤销", "revoked"),
    },
    "act_steps": {
        "applies": ("申请", "applies"),
        "reviews": ("审核", "reviews"),
        "files": ("报备或上报", "files"),
        "approves": ("批准", "approves"),
        "decides": ("决定", "decides"),
        "receives": ("接收备案", "receives"),
    },
    "declared_exceptions": {
        "maintenance": ("检修", "maintenance"),
        "commissioning": ("调试", "commissioning"),
        "own_generation": ("自备发电", "own generation"),
    },
    "pack_states": {
        "draft": ("草案", "draft"),
        "published": ("已发布", "published"),
        "superseded": ("已被取代", "superseded"),
        "retired": ("已废止", "retired"),
    },
    "exemption_entry_states": {
        "requested": ("已申请", "requested"),
        "reviewed": ("已初审", "reviewed"),
        "approved": ("已批准，待公布", "approved, on the list with the next version"),
        "refused": ("未批准", "refused"),
        "withdrawn": ("已撤回", "withdrawn"),
        "listed": ("在列", "listed"),
        "doubted": ("在列，存疑", "listed, in doubt"),
        "revoked": ("已决定移出，待公布", "revoked, off the list with the next version"),
        "delisted": ("已移出", "delisted"),
        "expired": ("已到期", "expired"),
    },
    "exemption_entry_actions": {
        "review": ("初审", "review"),
        "approve": ("批准", "approve"),
        "refuse": ("不予批准", "refuse"),
        "withdraw": ("撤回", "withdraw"),
        "list": ("列入", "list"),
        "doubt": ("存疑", "doubt"),
        "clear": ("解除存疑", "clear"),
        "retain": ("保留", "retain"),
        "revoke": ("移出", "revoke"),
        "delist": ("公布移出", "delist"),
        "expire": ("到期", "expire"),
    },
    "exemption_version_states": {
        "draft": ("草案", "draft"),
        "published": ("已发布", "published"),
        "superseded": ("已被取代", "superseded"),
    },
    "criterion_standings": {
        "met": ("符合", "met"),
        "unknown": ("事实不足", "unknown"),
        "failed": ("不符合", "failed"),
    },
    "operation_states": {
        "queued": ("排队中", "queued"),
        "running": ("进行中", "running"),
        "succeeded": ("已完成", "succeeded"),
        "failed": ("已失败", "failed"),
        "cancelled": ("已取消", "cancelled"),
    },
    "rating_acts": {
        "award": ("授予", "award"),
        "correction": ("更正", "correction"),
        "downgrade": ("降级", "downgrade"),
    },
    "rating_states": {
        "standing": ("有效", "standing"),
        "ended": ("已终止", "ended"),
        "replaced": ("已被更正", "replaced"),
    },
    "warning_colours": COLOURS,
    "warning_states": {"issued": ("已发布", "issued"), "lifted": ("已解除", "lifted")},
    "order_states": {
        "sent": ("已送达", "sent"),
        "seen": ("已查看", "seen"),
        "acknowledged": ("已签收", "acknowledged"),
    },
    "order_kinds": {
        "command": ("执行指令", "command"),
        "notice": ("待定告知", "notice of what is open"),
        "lift": ("解除通知", "lift"),
    },
    "order_occasions": {
        "warning": ("重污染天气预警", "heavy pollution warning"),
        "violation": ("违法处理", "violation"),
        "listing": ("清单调整", "listing"),
        "schedule": ("错峰排期", "schedule"),
    },
    "order_questions": {
        "authority_decides": ("由主管部门决定", "the authority decides"),
        "facts_missing": ("事实不足", "facts are missing"),
    },
    "inspection_findings": FINDING_KINDS,
    "violation_states": STATE_LABELS,
    "violation_actions": ACTION_LABELS,
    "penalty_effects": EFFECTS,
    "penalty_warnings": {
        "penalty_void": ("处罚落空", "the penalty changes no production"),
        "nothing_follows": ("没有处罚条款适用", "no penalty newly applies"),
    },
    "schedule_states": {
        "draft": ("草案", "draft"),
        "published": ("已发布", "published"),
        "superseded": ("已被取代", "superseded"),
    },
    "schedule_stages": dict(STAGE_WORDS),
    "schedule_stretches": dict(STRETCH_WORDS),
    "schedule_baselines": {"normal_day": ("正常生产日排放", "emission of a normal day")},
    "disclosure_kinds": dict(TITLES),
    "disclosure_states": {
        "draft": ("草案", "draft"),
        "published": ("已公布", "published"),
        "superseded": ("已被取代", "superseded"),
        "withdrawn": ("已撤回", "withdrawn"),
    },
    "disclosure_lacks": dict(LACKS.items()),
    "disclosure_warnings": dict(MOVES.items()),
    "duty_states": DUTY_STATE_LABELS,
    "duty_actions": DUTY_ACTION_LABELS,
    "duty_forces": FORCES,
    "duty_forms": FORMS,
    "duty_sections": SECTIONS,
    "duty_holders": WHO,
    "contact_roles": ROLES,
    "ledger_kinds": KIND_WORDS,
    "ledger_accounts": ACCOUNT_WORDS,
    "ledger_reasons": REASON_WORDS,
    "ledger_sources": SOURCE_WORDS,
}


class VocabularyEntry(AnswerBody):
    """One code; `gbt4754` lists the industry codes an establishment of this tag usually carries.

    Of an industry, `ladders` names the entries of `grade_ladders` it is graded on; of a ladder, `grades` names those of
    `performance_grades` from best to worst. Where they say nothing, the three lists are empty.
    """

    code: str
    label_zh: str
    label_en: str
    gbt4754: list[str]
    ladders: list[str]
    grades: list[str]


class VocabularyList(AnswerBody):
    """One closed list."""

    name: str
    entries: list[VocabularyEntry]


class Vocabulary(AnswerBody):
    """All closed lists."""

    lists: list[VocabularyList]


@routes.get("")
async def get_vocabulary(response: Response) -> Vocabulary:
    """Public, and the same until the service is upgraded."""
    everything = Vocabulary(lists=[*shipped_lists(), *code_lists()])
    response.headers["ETag"] = f'"{hashlib.sha256(everything.model_dump_json().encode()).hexdigest()[:16]}"'
    response.headers["Cache-Control"] = "public, max-age=3600"
    return everything


def shipped_lists() -> list[VocabularyList]:
    return [
        VocabularyList(
            name=name,
            entries=[
                VocabularyEntry(
                    code=code,
                    label_zh=label.zh,
                    label_en=label.en,
                    gbt4754=list(label.gbt4754),
                    ladders=list(label.ladders),
                    grades=list(label.grades),
                )
                for code, label in entries.items()
            ],
        )
        for name, entries in vocabulary().items()
    ]


def code_lists() -> list[VocabularyList]:
    return [
        VocabularyList(
            name=name,
            entries=[
                VocabularyEntry(code=code, label_zh=zh, label_en=en, gbt4754=[], ladders=[], grades=[])
                for code, (zh, en) in codes.items()
            ],
        )
        for name, codes in CODE_LISTS.items()
    ]
