"""What a criterion lacks, as errors a reader can act on: the condition, its printed item, failed or unknown."""

from collections.abc import Iterable

from app.documents.wording import condition_text
from app.domain.decisions.criteria import Criterion
from app.domain.errors import FieldError
from app.domain.policies.pack import Pack


def lacking_errors(criteria: Iterable[Criterion], pack: Pack) -> list[FieldError]:
    """One error for each condition that fails or is not known, of every criterion that does not hold."""
    found: dict[tuple[str, str], FieldError] = {}
    for one in criteria:
        for node, failed in one.lacking:
            zh, en = condition_text(node, pack, "zh"), condition_text(node, pack, "en")
            found.setdefault(
                (one.rule.id, zh),
                FieldError(
                    pointer=one.rule.id,
                    code="condition_fails" if failed else "condition_unknown",
                    zh=f"{zh}：{'不满足' if failed else '尚不清楚'}（{one.rule.id} {node.cite}）",
                    en=f"{en}: {'not met' if failed else 'not known'} ({one.rule.id} {node.cite})",
                ),
            )
    return list(found.values())
