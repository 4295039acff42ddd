"""The Linfen pack as published, for stories that need one; checking it is the pack's own tests' business."""

from datetime import UTC, datetime
from functools import cache
from importlib.resources import files

import orjson

from app.documents.catalogue import base_catalogue
from app.documents.pack import read_pack
from app.integrations.ids import new_id
from app.persistence.engine import Sessions
from app.persistence.policies import PackRepository, StoredPack
from app.persistence.unit_of_work import open_unit

LINFEN = "linfen-twelve-industries"


@cache
def shipped(name: str) -> StoredPack:
    return published(text_of(name))


def text_of(name: str) -> str:
    return (files("app.packs") / f"{name}.yaml").read_text(encoding="utf-8")


def published(text: str) -> StoredPack:
    """A plan as it is stored, whatever it says."""
    read = read_pack(text, base_catalogue())
    return StoredPack(
        id=new_id(),
        name=read.pack.name,
        version=read.pack.version,
        hash=read.pack.hash,
        source_hash=f"of a test: {read.pack.name}",
        region=read.pack.issuer_region,
        level=read.pack.issuer_level,
        title=dict(read.pack.title),
        document=orjson.dumps(read.document).decode(),
        scenarios="null",
        published_at=datetime(2019, 9, 1, tzinfo=UTC),
        published_by="test",
    )


async def publish_linfen(sessions: Sessions) -> None:
    await publish(sessions, LINFEN)


async def publish(sessions: Sessions, *names: str) -> None:
    await store(sessions, *(shipped(name) for name in names))


async def store(sessions: Sessions, *packs: StoredPack) -> None:
    async with open_unit(sessions, now=datetime(2019, 9, 1, tzinfo=UTC)) as unit:
        for one in packs:
            await PackRepository(unit.session).add(one)
