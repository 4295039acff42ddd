"""What of a pack carries out each of its provisions."""

from app.domain.decisions.lint_sources import citing
from app.domain.policies.pack import Pack


def cited_by(pack: Pack) -> dict[str, list[str]]:
    """For each provision, the objects of the pack that carry it out."""
    found: dict[str, list[str]] = {provision: [] for provision in pack.provisions}
    for cites, what in citing(pack):
        for cite in cites:
            found.setdefault(cite, []).append(what)
    return found
