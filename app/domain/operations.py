"""Operations: work that takes longer than a request, with its progress, its outcome and a way to stop it."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from app.domain.access import Actor
from app.domain.errors import Conflict, NotFound


class OperationState(StrEnum):
    """Where an operation stands; the last three are final."""

    QUEUED = "queued"
    RUNNING = "running"
    SUCCEEDED = "succeeded"
    FAILED = "failed"
    CANCELLED = "cancelled"


class OperationUnknown(NotFound):
    code = "operation_unknown"
    zh = "没有此任务，或不是由您发起。"
    en = "There is no such operation, or somebody else started it."


class OperationFinished(Conflict):
    code = "operation_finished"
    zh = "任务已结束（{state}），不能取消。"
    en = "The operation has ended ({state}) and cannot be cancelled."


class ResultNotReady(Conflict):
    code = "result_not_ready"
    zh = "任务没有可取的结果（当前状态：{state}）。"
    en = "The operation has no result to fetch (its state is {state})."


class OperationHasNoFile(NotFound):
    code = "operation_has_no_file"
    zh = "此任务没有生成文件。"
    en = "This operation made no file."


class WorkerLost(Conflict):
    code = "worker_lost"
    zh = "任务执行进程多次中断，已放弃；请重新发起。"
    en = "The worker was lost several times and the operation was given up; start it again."


class JobFailed(Conflict):
    code = "job_failed"
    zh = "任务因内部错误失败；报告时请提供任务编号 {operation}。"
    en = "The operation failed for an internal reason; quote its id {operation} when you report it."


class SteadyWorkFailed(Conflict):
    code = "steady_work_failed"
    zh = "持续工作 {kind} 出错，服务每隔数秒自动重试；原因见日志 steady_work_crashed。"
    en = "The steady work {kind} fails and is tried again every few seconds; the log steady_work_crashed says why."


@dataclass(frozen=True, slots=True, kw_only=True)
class Operation:
    """One piece of long work; `fence` grows with every claim, so that an old worker can be told from the new one."""

    id: UUID
    kind: str
    payload: Mapping[str, Any]
    state: OperationState
    done: int
    total: int | None
    result: Mapping[str, Any] | None
    problem: Mapping[str, Any] | None
    actor: Actor
    upload_id: UUID | None
    file_id: UUID | None
    cancel_requested: bool
    attempts: int
    fence: int
    lease_until: datetime | None
    created_at: datetime
    started_at: datetime | None
    finished_at: datetime | None
    # What it works on just now, where it tells.
    stage: Mapping[str, Any] | None = None

    @property
    def is_over(self) -> bool:
        return self.state not in {OperationState.QUEUED, OperationState.RUNNING}
