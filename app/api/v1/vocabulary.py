"""The vocabulary: every closed list of codes with its labels, so that nobody has to translate them."""

import hashlib

from fastapi import Response

from app.api.bodies import AnswerBody
from app.api.transactions import router
from app.documents.catalogue import vocabulary
from app.domain.clients import SCOPES

routes = router("vocabulary")

# Lists that live in code; those of the plans stand in app/packs/vocabulary.yaml.
CODE_LISTS: dict[str, dict[str, tuple[str, str]]] = {
    "scopes": SCOPES,
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
}


class VocabularyEntry(AnswerBody):
    """One code; `gbt4754` lists the industry codes an establishment of this tag usually carries."""

    code: str
    label_zh: str
    label_en: str
    gbt4754: list[str]


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
                VocabularyEntry(code=code, label_zh=label.zh, label_en=label.en, gbt4754=list(label.gbt4754))
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
                VocabularyEntry(code=code, label_zh=zh, label_en=en, gbt4754=[]) for code, (zh, en) in codes.items()
            ],
        )
        for name, codes in CODE_LISTS.items()
    ]
