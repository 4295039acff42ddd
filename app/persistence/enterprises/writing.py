"""Writing the register: heads claim their code, parts come in by COPY, changes name the row they change."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import fields
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import bindparam, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from app.domain.access import Actor
from app.domain.enterprises.structure import Head, Part
from app.persistence.copying import copy_rows
from app.persistence.enterprises.reading import HEAD, ROW_NAMES, ROWS
from app.persistence.enterprises.rows import EnterpriseRow
from app.persistence.enterprises.visibility import visible


class EnterpriseWriter:
    """Writes of enterprises; whoever writes holds the head's lock until the transaction ends."""

    def __init__(self, session: AsyncSession) -> None:
        self.session = session

    async def claim(self, heads: Sequence[Head], *, at: datetime) -> set[str]:
        """Register new heads; answers the codes that were free. A rival's uncommitted claim is waited for."""
        if not heads:
            return set()
        rows = [_head_values(head) | {"created_at": at, "changed_at": at} for head in heads]
        # In one order, so that two imports of the same codes wait for each other instead of deadlocking.
        rows.sort(key=lambda row: row["code"])
        query = insert(EnterpriseRow).on_conflict_do_nothing(index_elements=["registrar", "code"])
        found = await self.session.execute(query.values(rows).returning(EnterpriseRow.code))
        return set(found.scalars())

    async def lock(self, registrar: str, codes: Iterable[str], *, visible_to: Actor) -> list[Head]:
        """The registrar's own heads of these codes, held until the transaction ends."""
        query = (
            select(*(getattr(EnterpriseRow, name) for name in HEAD))
            .where(EnterpriseRow.registrar == registrar, EnterpriseRow.code.in_(codes), visible(visible_to))
            .order_by(EnterpriseRow.code)
            .with_for_update(of=EnterpriseRow)
        )
        return [Head(**dict(zip(HEAD, row, strict=True))) for row in await self.session.execute(query)]

    async def save_heads(self, heads: Sequence[Head], *, at: datetime) -> None:
        """Many heads that this transaction has locked."""
        if heads:
            table = EnterpriseRow.__table__
            columns = [name for name in HEAD if name not in {"id", "registrar", "code"}]
            query = (
                update(EnterpriseRow)
                .where(table.c.id == bindparam("key"))
                .values({**{name: bindparam(f"new_{name}") for name in columns}, "changed_at": at})
            )
            rows = [
                {"key": head.id, **{f"new_{name}": getattr(head, name) for name in columns}}
                | {"new_version": head.version + 1}
                for head in heads
            ]
            await (await self.session.connection()).execute(query, rows)

    async def add(self, parts: Iterable[tuple[UUID, Part]]) -> None:
        """Parents before children, because children point at them."""
        by_kind = _by_kind(parts)
        for kind, row in ROWS.items():
            if kind in by_kind:
                names = [field.name for field in fields(kind)]
                columns = ["enterprise_id", *(ROW_NAMES[kind].get(name, name) for name in names)]
                rows = [(owner, *(getattr(part, name) for name in names)) for owner, part in by_kind[kind]]
                await copy_rows(self.session, row.__tablename__, columns, rows)

    async def change(self, parts: Iterable[tuple[UUID, Part]]) -> None:
        for kind, changed in _by_kind(parts).items():
            table = ROWS[kind].__table__
            names = [field.name for field in fields(kind) if field.name != "id"]
            query = (
                update(ROWS[kind])
                .where(table.c.enterprise_id == bindparam("owner"), table.c.id == bindparam("key"))
                .values({ROW_NAMES[kind].get(name, name): bindparam(f"new_{name}") for name in names})
            )
            rows = [
                {"owner": owner, "key": part.id, **{f"new_{name}": getattr(part, name) for name in names}}
                for owner, part in changed
            ]
            await (await self.session.connection()).execute(query, rows)


def _by_kind(parts: Iterable[tuple[UUID, Part]]) -> dict[type[Part], list[tuple[UUID, Part]]]:
    by_kind: dict[type[Part], list[tuple[UUID, Part]]] = defaultdict(list)
    for owner, part in parts:
        by_kind[type(part)].append((owner, part))
    return by_kind


def _head_values(head: Head) -> dict[str, Any]:
    return {name: getattr(head, name) for name in HEAD}
