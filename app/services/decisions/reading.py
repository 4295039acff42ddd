"""Reading decisions as known at an instant: what was stored, explained again from its snapshot."""

from dataclasses import dataclass
from datetime import date
from uuid import UUID

import orjson

from app.documents.published import evaluator_of
from app.domain.access import Actor
from app.domain.decisions.changes import Standpoint
from app.domain.decisions.evaluate import EVALUATOR_VERSION, Decision, Evaluator
from app.domain.errors import Conflict, NotFound
from app.persistence.acts.in_force import InForceReader
from app.persistence.decisions.runs import Question, Run, RunRepository, Said
from app.persistence.decisions.snapshots import SnapshotRepository
from app.persistence.enterprises.reading import EnterpriseReader
from app.persistence.policies import PackRepository
from app.persistence.unit_of_work import UnitOfWork


class NotDecided(NotFound):
    code = "not_decided"
    zh = "该企业在此方案、季节与时点下尚无决定；请先 POST /v1/enterprises/{enterprise_id}/decisions。"
    en = "Nothing was decided for this enterprise, pack, season and instant; POST /v1/enterprises/{enterprise_id}/decisions."


class SubjectNotBound(NotFound):
    code = "subject_not_bound"
    zh = "此方案不约束该对象，或该时点没有此对象。"
    en = "The pack does not bind this subject, or there was no such subject at that time."


class ReplayDiffers(Conflict):
    code = "replay_differs"
    zh = "重放结果与已存决定不一致，可能数据受损；请运行 cuofeng verify 并联系维护人员。"
    en = "Replaying gives another answer than the stored decision; data may be damaged: run cuofeng verify."


class EvaluatorDiffers(Conflict):
    code = "evaluator_differs"
    zh = (
        "该决定由求值器 {stored} 作出；现行求值器 {present} 的结论不同，因此无法再逐条解释。原决定仍按所存保留，可用 GET /v1/decisions 查看；"
        "如需按现行规则决定，请 POST /v1/enterprises/{enterprise_id}/decisions。"
    )
    en = (
        "This was decided by evaluator {stored}; the present evaluator {present} answers differently and so cannot explain "
        "it. What was decided stays as stored and can be read at GET /v1/decisions; to decide anew, POST "
        "/v1/enterprises/{enterprise_id}/decisions."
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Explained:
    """A stored run with its decisions on one day, ready to be written out."""

    run: Run
    evaluator: Evaluator
    decisions: list[Decision]


async def read_decisions(uow: UnitOfWork, enterprise_id: UUID, question: Question, *, by: Actor) -> Explained:
    """The decisions of an enterprise on a day as known at an instant; each equals what was stored, or it refuses."""
    await EnterpriseReader(uow.session).head(enterprise_id, visible_to=by)
    run = await RunRepository(uow.session).newest(enterprise_id, question, visible_to=by)
    if run is None:
        raise NotDecided(enterprise_id=enterprise_id)
    return await explained(uow, run, question.day)


async def explained(uow: UnitOfWork, run: Run, day: date) -> Explained:
    """A run's decisions on a day, replayed; raises where they are not what was stored."""
    evaluator, decisions = await replay(uow, run, day)
    stored = await RunRepository(uow.session).said(run)
    said = {str(one.subject_id): one for one in stored if one.from_day <= day < one.until_day}
    if any(not agrees(said.get(one.bound.subject["id"]), one) for one in decisions) or len(said) != len(decisions):
        raise differing(run)
    return Explained(run=run, evaluator=evaluator, decisions=decisions)


def differing(run: Run) -> Conflict:
    """What it means that a run replays to another answer: damage, unless another evaluator decided it."""
    if run.evaluator_version == EVALUATOR_VERSION:
        return ReplayDiffers()
    return EvaluatorDiffers(stored=run.evaluator_version, present=EVALUATOR_VERSION, enterprise_id=run.enterprise_id)


async def replay(uow: UnitOfWork, run: Run, day: date) -> tuple[Evaluator, list[Decision]]:
    """Evaluate a run's snapshot again under its own pack and acts."""
    stood = await standpoint(uow, run)
    decisions = stood.evaluator.evaluate(stood.tree, season=run.season, day=day, acts=stood.acts)
    return stood.evaluator, decisions


async def standpoint(uow: UnitOfWork, run: Run) -> Standpoint:
    """What a run stood on, read again; raises ReplayDiffers where its pack is gone."""
    pack = await PackRepository(uow.session).find(run.pack_hash)
    if pack is None:
        raise ReplayDiffers()
    document = await SnapshotRepository(uow.session).get(run.enterprise_id, run.snapshot_hash)
    acts = await InForceReader(uow.session).named(run.enterprise_id, run.acts)
    return Standpoint(evaluator=evaluator_of(pack.document, pack.hash), tree=orjson.loads(document), acts=acts)


def agrees(said: Said | None, decision: Decision) -> bool:
    """Whether a stored row and a replayed decision say the same."""
    outcomes = decision.outcomes
    return said is not None and (said.status, said.stagger_class, said.rules, said.possible) == (
        decision.status,
        outcomes.stagger_class,
        outcomes.certain_ids,
        outcomes.codes,
    )


def of_subject(explained: Explained, subject_id: UUID) -> Decision:
    """The decision of one subject; raises SubjectNotBound."""
    found = next((one for one in explained.decisions if one.bound.subject["id"] == str(subject_id)), None)
    if found is None:
        raise SubjectNotBound()
    return found
