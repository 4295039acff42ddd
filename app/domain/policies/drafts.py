"""Drafts of packs: texts that may still be wrong, changed by version counter until they are published."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Self
from uuid import UUID

from app.domain.errors import Conflict, Forbidden, Invalid, NotFound, Stale


class PackUnnamed(Invalid):
    code = "pack_unnamed"
    zh = "草案须写明 pack（小写字母开头，3 至 60 个小写字母、数字或连字符，不得为 {reserved}）与 version（如 1.0.0）；其余内容可以之后修改。"
    en = (
        "A draft needs `pack` (a small letter, then small letters, digits or hyphens, 3 to 60 in all, not one of "
        "{reserved}) and `version` (such as 1.0.0); everything else may be mended later."
    )


class PackTextUnreadable(Invalid):
    code = "yaml_unreadable"
    zh = "{which} 第 {line} 行无法作为 YAML 读取：{reason}。"
    en = "Line {line} of {which} cannot be read as YAML: {reason}."


class PackVersionUnknown(NotFound):
    code = "pack_version_unknown"
    zh = "方案 {name} 没有版本 {version}，或其草案不在您的管辖范围内。"
    en = "{name} has no version {version}, or its draft lies outside what you may see."


class DraftExists(Conflict):
    code = "draft_exists"
    zh = "{name} {version} 已有草案；请修改该草案，或使用新的版本号。"
    en = "There is already a draft of {name} {version}; change it, or take another version number."


class DraftRenamed(Invalid):
    code = "draft_renamed"
    zh = "草案的名称与版本须仍为 {name} {version}；改名或改版本请新建草案。"
    en = "The texts must stay those of {name} {version}; make a new draft for another name or version."


class DraftStale(Stale):
    code = "draft_stale"
    zh = "此草案已被他人修改；请重新读取后再试。"
    en = "Somebody changed this draft since you read it; read it again."


class DraftChanged(Conflict):
    code = "draft_changed"
    zh = "草案在检查期间已被修改，未发布；请重新读取后再次发布。"
    en = "The draft was changed while it was being checked, so it was not published; read it and publish again."


class PackPublished(Conflict):
    code = "pack_published"
    zh = "{name} {version} 已发布，不可更改或删除；请以新的版本号起草，或废止该版本。"
    en = "{name} {version} is published and never changes; draft a new version, or retire this one."


class PackNotPublished(Conflict):
    code = "pack_not_published"
    zh = "{name} {version} 尚未发布，无需废止；草案可以删除。"
    en = "{name} {version} is not published, so there is nothing to retire; a draft can be deleted."


class PackRetired(Conflict):
    code = "pack_retired"
    zh = "{name} {version} 已废止。"
    en = "{name} {version} has already been retired."


class PackVersionTaken(Conflict):
    code = "pack_version_taken"
    zh = "方案 {name} 的版本 {version} 已发布且内容不同；已发布的版本不可更改，请使用新的版本号。"
    en = "Version {version} of {name} is published with other content; published versions never change, so raise it."


class PackVersionNotRaised(Conflict):
    code = "pack_version_not_raised"
    zh = "{name} {version} 将取代 {previous}，因此版本号须高于 {previous}。"
    en = "{name} {version} would take over from {previous}, so its version has to be higher."


class PackOfAnotherRegion(Forbidden):
    code = "pack_of_another_region"
    zh = "发布机关所在地 {region} 不在此凭证的管辖范围内，不能起草、发布或废止其方案。"
    en = "The issuer's region {region} lies outside what this credential may see; its plans are not yours to change."


class DraftUnchecked(NotFound):
    code = "draft_unchecked"
    zh = "{name} {version} 没有检查报告；请先提交检查。"
    en = "{name} {version} has no report; ask for its checks first."


@dataclass(frozen=True, slots=True, kw_only=True)
class Texts:
    """A pack and its scenarios as they were written, and the hash of both."""

    pack: str
    scenarios: str | None
    hash: str


@dataclass(frozen=True, slots=True, kw_only=True)
class DraftReport:
    """What the checks said, and the hash of the texts they read."""

    hash: str
    at: datetime
    document: Mapping[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """A version in the making; `revision` counts its texts, `region` and `title` are what these say, if anything."""

    id: UUID
    name: str
    version: str
    region: str | None
    title: Mapping[str, str]
    texts: Texts
    created_at: datetime
    created_by: str
    changed_at: datetime
    changed_by: str
    revision: int = 1
    report: DraftReport | None = None

    def rewritten(self, texts: Texts, *, region: str | None, title: Mapping[str, str], at: datetime, by: str) -> Self:
        return replace(self, texts=texts, region=region, title=title, changed_at=at, changed_by=by)
