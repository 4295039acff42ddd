"""Every pair of state and action of a table, so that a test can show each of them."""

from enum import StrEnum
from typing import Any

from app.domain.states import StateTable


def every_pair(table: StateTable[Any, Any]) -> list[tuple[StrEnum, StrEnum]]:
    return [(state, action) for state in table.states for action in table.actions]


def reachable(table: StateTable[Any, Any], start: StrEnum) -> set[StrEnum]:
    """The states one can come to."""
    found, waiting = {start}, [start]
    while waiting:
        state = waiting.pop()
        following = {table.after(state, action) for action in table.allowed(state)} - found
        found |= following
        waiting += following
    return found
