"""Conflicts: what cannot be kept together and the ways out of it; only the words, no solver."""

from dataclasses import dataclass

# Before a resource's name: its block lengths, which can contradict like a requirement.
RHYTHM = "rhythm:"


@dataclass(frozen=True, slots=True, kw_only=True)
class Relaxation:
    """One way out: by how much a requirement gives way, and the tonnes that are then not saved."""

    requirement: str
    amount: float
    unit: str
    lost_tonnes: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Conflict:
    """Requirements of which none can be left out of the contradiction; `rhythm:<resource>` stands for its block lengths.

    Each of the `relaxations` resolves it alone. `together` are the cheapest that resolve everything the same resources
    contradict in, where no single one does or several cost less.
    """

    requirements: tuple[str, ...]
    relaxations: tuple[Relaxation, ...]
    together: tuple[Relaxation, ...] = ()
