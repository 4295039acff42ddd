"""Enterprises as stories register them, and the few steps that most stories share."""

from typing import Any

import httpx

from tests.api.officer import Json, key

PERSON_LI = {"On-Behalf-Of": "name=%E6%9D%8E%E5%9B%9B; office=%E5%B8%82%E6%94%BF%E5%BA%9C"}
PERSON_ZHANG = {"On-Behalf-Of": "name=%E5%BC%A0%E4%B8%89; office=%E5%B8%82%E6%94%BF%E5%BA%9C"}
PAPER = [{"kind": "document", "reference": "会议纪要 12 号"}]


def plant(code: str, region: str, industry: str, facts: Json | None = None, **line: Any) -> Json:
    """One site with one line; the facts of site and enterprise under keys of these names."""
    own = dict(facts or {})
    firm, site = own.pop("enterprise", {}), own.pop("site", {})
    return {
        "code": code,
        "name": f"某厂 {code}",
        "region": region,
        "facts": given(firm),
        "sites": [
            {
                "code": "S1",
                "name": "一厂",
                "region": region,
                "facts": given(site),
                "lines": [{"code": "L1", "name": "一号线", "industry": industry, "facts": given(own), **line}],
            }
        ],
    }


def given(facts: Json) -> list[Json]:
    return [{"fact": name, "value": value} for name, value in facts.items()]


async def registered(caller: httpx.AsyncClient, body: Json) -> tuple[str, str]:
    """The ids of the enterprise and of its first line."""
    made = await caller.post("/v1/enterprises", json=body, headers=key())
    assert made.status_code == 201, made.text
    found = made.json()
    return found["id"], found["sites"][0]["lines"][0]["id"]


async def decided(caller: httpx.AsyncClient, enterprise: str, pack: str, season: int = 2019) -> list[Json]:
    """Decide an enterprise and read what was said."""
    body = {"pack": pack, "season": season}
    answer = await caller.post(f"/v1/enterprises/{enterprise}/decisions", json=body, headers=key())
    assert answer.status_code == 201, answer.text
    items: list[Json] = answer.json()["items"]
    return items


async def posted(
    caller: httpx.AsyncClient, url: str, body: Json, *, seen: str | None = None, **headers: str
) -> httpx.Response:
    """A POST that creates, with the version the caller has seen where one is needed."""
    version = {} if seen is None else {"If-Match": seen}
    return await caller.post(url, json=body, headers=key() | version | headers)
