"""State tables: which action leads from which state to which, as data that is read, shown and tested."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Generic, TypeVar

from app.domain.errors import Conflict

S = TypeVar("S", bound=StrEnum)
A = TypeVar("A", bound=StrEnum)


class TransitionRefused(Conflict):
    code = "transition_refused"
    zh = "{thing}现为“{state}”，不能执行“{action}”；现在可以执行：{allowed}。"
    en = "The {thing_en} is {state} and cannot take {action}; it can take: {allowed}."


@dataclass(frozen=True, slots=True, kw_only=True)
class StateTable(Generic[S, A]):
    """The whole life of one kind of thing; a pair that is not in `steps` is refused."""

    thing: str
    thing_en: str
    states: type[S]
    actions: type[A]
    steps: Mapping[tuple[S, A], S]

    def after(self, state: S, action: A) -> S:
        """The next state; raises TransitionRefused, which names what would be possible."""
        found = self.steps.get((state, action))
        if found is None:
            allowed = ", ".join(self.allowed(state)) or "-"
            raise TransitionRefused(
                thing=self.thing, thing_en=self.thing_en, state=state, action=action, allowed=allowed
            )
        return found

    def allowed(self, state: S) -> list[A]:
        """The actions a state can take, in the order they are declared."""
        return [action for action in self.actions if (state, action) in self.steps]

    @property
    def final(self) -> frozenset[S]:
        """The states nothing leads out of."""
        return frozenset(state for state in self.states if not self.allowed(state))
