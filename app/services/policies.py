"""Publishing packs: only what passes every check, and never the same version twice with other content."""

import asyncio
import hashlib
from datetime import datetime

import orjson

from app.documents.catalogue import base_catalogue
from app.documents.pack import PackRefused, read_pack
from app.documents.pack_check import Report, check_pack, report_of
from app.domain.access import Actor
from app.domain.errors import Conflict, FieldError, Invalid
from app.domain.events import Event
from app.domain.operations import Operation
from app.domain.policies.facts import Catalogue
from app.integrations.ids import new_id
from app.persistence.policies import PackRepository, StoredPack
from app.persistence.unit_of_work import UnitOfWork
from app.services import operations


class PackFails(Invalid):
    code = "pack_fails"
    zh = "方案未通过检查，不能发布；逐条原因见 errors。"
    en = "The pack fails its checks and cannot be published; every reason is in errors."


class PackVersionTaken(Conflict):
    code = "pack_version_taken"
    zh = "方案 {name} 的版本 {version} 已发布且内容不同；已发布的版本不可更改，请使用新的版本号。"
    en = "Version {version} of {name} is published with other content; published versions never change, so raise it."


async def publish(
    uow: UnitOfWork, text: str, scenarios: str | None, catalogue: Catalogue, *, by: Actor, now: datetime
) -> StoredPack:
    """Publish a pack with its scenarios; publishing the same content again is the same as publishing it once."""
    packs = PackRepository(uow.session)
    source = hashlib.sha256(f"{text}\0{scenarios or ''}".encode()).hexdigest()
    known = await packs.from_source(source)
    if known is not None:
        return known
    # Seconds of pure computing: the event loop must not wait for them.
    report = await asyncio.to_thread(check_pack, text, scenarios, catalogue)
    if not report.passes or report.pack is None:
        raise PackFails(errors=_reasons(report))
    pack = report.pack.pack
    known = await packs.find(pack.hash)
    if known is not None:
        return known
    if any(one.name == pack.name and one.version == pack.version for one in await packs.newest()):
        raise PackVersionTaken(name=pack.name, version=pack.version)
    stored = StoredPack(
        id=new_id(),
        name=pack.name,
        version=pack.version,
        hash=pack.hash,
        source_hash=source,
        region=pack.issuer_region,
        level=pack.issuer_level,
        title=dict(pack.title),
        document=orjson.dumps(report.pack.document).decode(),
        scenarios=orjson.dumps(report.scenario_data).decode(),
        published_at=now,
        published_by=by.client_id,
    )
    await packs.add(stored)
    data = {"name": pack.name, "version": pack.version, "hash": pack.hash}
    await uow.record(
        Event(type="policy.published", subject=str(stored.id), region=pack.issuer_region, data=data), by=by
    )
    return stored


async def start_check(uow: UnitOfWork, text: str, scenarios: str | None, *, publishing: bool, by: Actor) -> Operation:
    """Queue the checks of a pack; what cannot even be read is refused at once."""
    try:
        await asyncio.to_thread(read_pack, text, base_catalogue())
    except PackRefused as refused:
        raise PackFails(errors=_reasons(report_of(refused))) from refused
    upload = orjson.dumps({"pack": text, "scenarios": scenarios})
    kind = "publish_pack" if publishing else "check_pack"
    return await operations.start(uow, kind=kind, payload={}, by=by, now=uow.now, upload=upload)


def _reasons(report: Report) -> list[FieldError]:
    found = [
        FieldError(pointer=f"line {placed.line}", code=placed.finding.code, zh=placed.finding.zh, en=placed.finding.en)
        for placed in report.placed
        if placed.finding.severity == "error"
    ]
    return found + [
        FieldError(
            pointer=difference.scenario,
            code="scenario_fails",
            zh=f"{difference.what}：应为 {difference.expected}，实为 {difference.got}",
            en=f"{difference.what}: expected {difference.expected}, got {difference.got}",
        )
        for difference in report.differences
    ]
