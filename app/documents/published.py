"""Published packs made ready: the evaluator of a stored document, built once per process and content."""

from functools import lru_cache

import orjson

from app.documents.pack import stored_pack
from app.domain.decisions.evaluate import Evaluator


@lru_cache(maxsize=64)
def evaluator_of(document: str, digest: str) -> Evaluator:
    """The evaluator of a published pack; the arguments are its content, so keeping it is safe."""
    return Evaluator(stored_pack(orjson.loads(document), digest))
