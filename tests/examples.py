"""How often a costly property is tried: with a share of its examples in every run of the tests, with all in the proofs."""

import os
from collections.abc import Callable
from typing import Any, TypeVar

import pytest
from hypothesis import settings

Test = TypeVar("Test", bound=Callable[..., Any])
# `make proofs` says so.
PROVING = bool(os.environ.get("CUOFENG_PROVING"))
SHARE, LEAST = 5, 5


def tried(times: int, like: settings | None = None, **more: Any) -> Callable[[Test], Test]:
    """With so many examples when proving, where the test counts as a proof; with a share of them else."""
    chosen = settings(like, deadline=None, max_examples=times if PROVING else max(LEAST, times // SHARE), **more)

    def dressed(test: Test) -> Test:
        given = chosen(test)
        return pytest.mark.proof(given) if PROVING else given

    return dressed
