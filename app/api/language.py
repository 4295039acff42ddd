"""The language of explanations: Chinese unless the caller prefers English."""

from typing import Annotated

from fastapi import Depends, Request

from app.domain.errors import Language


def preferred(accept_language: str | None) -> Language:
    """Compare the weights of zh and en in an Accept-Language header (RFC 9110 §12.5.4)."""
    weights = {"zh": 0.0, "en": 0.0}
    for position, part in enumerate((accept_language or "").split(",")):
        tag, _, parameter = part.strip().partition(";")
        name = tag.strip().lower().split("-")[0]
        if name in weights:
            # The earlier of two equal weights wins.
            weights[name] = max(weights[name], weight(parameter) - position / 1000)
    return "en" if weights["en"] > weights["zh"] else "zh"


def weight(parameter: str) -> float:
    name, _, value = parameter.strip().partition("=")
    if name.strip() != "q":
        return 1.0
    try:
        return float(value)
    except ValueError:
        return 0.0


def language_of(request: Request) -> Language:
    return preferred(request.headers.get("accept-language"))


Lang = Annotated[Language, Depends(language_of)]
