"""What a simulation refuses half-way says which fact or which plan is in the way."""

from datetime import UTC, date, datetime
from uuid import UUID

import pytest

from app.domain.decisions.evaluate import Evaluator
from app.domain.policies.pack import Pack
from app.domain.simulations.comparing import Comparison
from app.services.simulations import DraftTooEntangled, FactOutsideList, Work
from tests.domain.plans import invented, row
from tests.domain.register import firm


def work(draft: Pack) -> Work:
    comparison = Comparison(None, Evaluator(draft), season=2019, day=date(2019, 12, 10))
    return Work(id=UUID(int=1), payload={}, known_at=datetime(2019, 12, 10, tzinfo=UTC), comparison=comparison)


def test_a_value_that_the_drafts_list_does_not_know_is_named() -> None:
    with pytest.raises(FactOutsideList) as refused:
        work(invented(gates=[row("G", "fuel is other", "stop")])).portion([firm("mill", {"fuel": "peat"})])
    assert "peat" in str(refused.value)


def test_a_draft_with_too_many_outcomes_is_refused_not_cut_short() -> None:
    facts = {
        f"f{n}": {"zh": f"事{n}", "en": "f", "type": "boolean", "subject": "line", "question": "?", "question_en": "?"}
        for n in range(16)
    }
    draft = invented(facts=facts, gates=[row(f"G{n}", f"f{n}", "remediate") for n in range(16)])
    with pytest.raises(DraftTooEntangled):
        work(draft).portion([firm("mill", {})])


def test_positions_go_on_from_portion_to_portion() -> None:
    under_way = work(invented(gates=[row("G", "p", "stop")]))
    found = [under_way.portion([firm("mill", {"p": True})])[0].position for _ in range(3)]
    assert (found, under_way.written) == ([0, 1, 2], 3)
