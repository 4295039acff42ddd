"""The list of problems: every code the service can answer with, what it says, and its status."""

import re
from collections.abc import Iterator

from app.api.bodies import AnswerBody
from app.api.problems import status_of, title_of
from app.api.transactions import router
from app.domain.errors import NotFound, Refusal

routes = router("problems")
_PARAMETER = re.compile(r"\{(\w+)[^}]*\}")


class ProblemUnknown(NotFound):
    code = "problem_unknown"
    zh = "没有这个错误代码；全部代码见 /v1/problems。"
    en = "There is no such code; /v1/problems lists all of them."


class ProblemType(AnswerBody):
    """One kind of problem; braces in a detail are filled in when it happens."""

    code: str
    status: int
    title_zh: str
    title_en: str
    detail_zh: str
    detail_en: str
    parameters: list[str]


class ProblemTypeList(AnswerBody):
    """Every problem, by code."""

    items: list[ProblemType]


def every_refusal(kind: type[Refusal] = Refusal) -> Iterator[type[Refusal]]:
    """All refusals that can be raised: those with a code of their own."""
    for child in kind.__subclasses__():
        if "code" in child.__dict__ and child.__module__.startswith("app."):
            yield child
        yield from every_refusal(child)


def problem_type(kind: type[Refusal]) -> ProblemType:
    status = status_of(kind)
    return ProblemType(
        code=kind.code,
        status=status,
        title_zh=title_of(status, "zh"),
        title_en=title_of(status, "en"),
        detail_zh=kind.zh,
        detail_en=kind.en,
        parameters=sorted(set(_PARAMETER.findall(kind.zh + kind.en))),
    )


@routes.get("")
async def list_problems() -> ProblemTypeList:
    """Every `code` a refusal may bear, with its status and its words."""
    kinds = {kind.code: kind for kind in every_refusal()}
    return ProblemTypeList(items=[problem_type(kind) for _, kind in sorted(kinds.items())])


@routes.get("/{code}")
async def get_problem(code: str) -> ProblemType:
    """Where the `type` of a problem document leads."""
    found = next((kind for kind in every_refusal() if kind.code == code), None)
    if found is None:
        raise ProblemUnknown()
    return problem_type(found)
