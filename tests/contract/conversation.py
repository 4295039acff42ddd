"""A caller who knows the contract by heart: it reads everything, sends what is allowed and what is not, and minds every answer."""

import itertools
import json
import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import schemathesis
from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis import strategies as st
from hypothesis.errors import Unsatisfiable
from schemathesis.core import NOT_SET
from schemathesis.core.failures import Failure, FailureGroup
from schemathesis.core.parameters import ParameterLocation
from schemathesis.core.result import Ok
from schemathesis.generation import GenerationMode
from schemathesis.schemas import APIOperation, BaseSchema
from schemathesis.specs.openapi import checks

from tests.contract.winter import Told

Json = dict[str, Any]
Operation = APIOperation[Any, Any, Any, Any]
# What a schema cannot say is refused by the law with 4xx, so `positive_data_acceptance` would only count the law;
# `use_after_free` and `ensure_resource_availability` belong to chains of requests, which the stories are; who may ask
# what without or with another token (`ignored_auth`) is the access matrix's business.
CHECKS = [
    schemathesis.checks.not_a_server_error,
    checks.status_code_conformance,
    checks.content_type_conformance,
    checks.response_headers_conformance,
    checks.response_schema_conformance,
    checks.negative_data_rejection,
    checks.missing_required_header,
    checks.unsupported_method,
]
STEADY = settings(
    derandomize=True, database=None, deadline=None, phases=[Phase.generate], suppress_health_check=list(HealthCheck)
)
QUERIES: dict[str, list[str]] = {
    "pack": ["fushan", "gaoping", "huairen"],
    "region": ["140000"],
    "season": ["2019"],
    "month": ["2019-12"],
    "from": ["2019-12-01"],
    "to": ["2019-12-10"],
}
OF_PATHS: dict[str, dict[str, list[str]]] = {
    "/v1/exemption-lists/{list_id}/diff": {"from": ["1"], "to": ["2"]},
    "/v1/policy-packs/{name}/diff": {"from": ["1.0.0"], "to": ["1.1.0"]},
    "/v1/public/lists/{list_id}/diff": {"from": ["1"], "to": ["2"]},
    **{
        f"/v1/reports/daily-execution{form}": {"region": ["141027"], "day": ["2019-12-10"]}
        for form in ("", ".html", "/export")
    },
}
# What the answers name the things by that single addresses end with.
ENDINGS = ("id", "name", "code", "number", "version")


@dataclass(slots=True)
class Conversation:
    """Everything sent and what was wrong with the answers."""

    schema: BaseSchema
    base: str
    token: str
    told: Told
    succeeded: set[str] = field(default_factory=set)
    statuses: Counter[int] = field(default_factory=Counter)
    wrong: dict[tuple[str, str], str] = field(default_factory=dict)
    numbers: Iterator[int] = field(default_factory=itertools.count)

    def operations(self) -> Iterator[Operation]:
        for found in self.schema.get_all_operations():
            assert isinstance(found, Ok), found
            yield found.ok()

    def hears_what_was_told(self) -> None:
        """The answers of the winter are judged like all others."""
        for method, template, names, answer in self.told.exchanges:
            operation = self.schema[template][method]
            self._judges(operation.Case(path_parameters=names), answer)

    def reads(self) -> None:
        """Every GET with what is known; lists first, because they name what single addresses end with."""
        for operation in sorted(self.operations(), key=lambda one: one.path.count("{")):
            if operation.method == "get":
                self._reads(operation)

    def _reads(self, operation: Operation) -> None:
        of_path = OF_PATHS.get(operation.path, {})
        required = [one.name for one in operation.query if one.is_required or one.name in {"source", *of_path}]
        sources = [one["name"] for one in self.told.names_for("/v1/feed/sources/{name}")]
        ids: dict[str, list[Any]] = {
            "channel": self._ids("channel_id"),
            "ids": [",".join(self._ids("schedule_id")[:2])],
            "source": sources,
        }
        known: dict[str, list[Any]] = QUERIES | ids | of_path
        queries = [
            dict(zip(required, one, strict=True)) for one in itertools.product(*(known[name] for name in required))
        ]
        for names, query in itertools.islice(itertools.product(self._names(operation), queries), 24):
            answer = self._sends(operation.Case(path_parameters=names, query=query))
            if answer.status_code < 300:
                self._learns(operation.path, names, answer)
                return

    def _names(self, operation: Operation) -> list[dict[str, str]]:
        offered = {
            one.name: one.definition["schema"]["enum"][0]
            for one in operation.path_parameters
            if "enum" in one.definition.get("schema", {})
        }
        return [found | offered for found in self.told.names_for(operation.path, but=offered)]

    def _ids(self, name: str) -> list[str]:
        return list(dict.fromkeys(one[name] for _, one in self.told.known if name in one))

    def _learns(self, template: str, names: dict[str, str], answer: Any) -> None:
        if not answer.content.startswith(b'{"'):
            return
        for item in answer.json().get("items", [])[:5]:
            for path in self.told.contract["paths"]:
                below = re.fullmatch(re.escape(template) + r"/\{(\w+)\}(?:\.ics)?", path)
                value = _ending(item, below[1]) if below else None
                if below and value is not None:
                    self.told.learn(path, {**names, below[1]: value})
            if template == "/v1/public/lists":
                for version in item["versions"]:
                    self.told.learn(template, {"list_id": item["id"], "number": str(version["number"])})

    def asks_what_stores_nothing(self, client_id: str, secret: str) -> None:
        """The two POSTs that are no doors of stories."""
        site = {"region": "141027", "lines": [{"industry": "foundry", "facts": {"performance_grade": "B"}}]}
        asked: Any = {"pack": "fushan", "season": 2019, "day": "2019-12-10", "enterprise": {"sites": [site]}}
        self._sends(self.schema["/v1/evaluations"]["post"].Case(body=asked, media_type="application/json"))
        form: Any = {"grant_type": "client_credentials", "client_id": client_id, "client_secret": secret}
        token = self.schema["/v1/oauth/token"]["post"]
        self._sends(token.Case(body=form, media_type="application/x-www-form-urlencoded"))

    def sends_what_is_allowed_and_what_is_not(self, *, allowed: int, not_allowed: int) -> None:
        for operation in self.operations():
            self._invents(operation, GenerationMode.POSITIVE, allowed)
            if not_allowed:
                self._invents(operation, GenerationMode.NEGATIVE, not_allowed)

    def _invents(self, operation: Operation, mode: GenerationMode, examples: int) -> None:
        bodies = self._bodies(operation)

        @seed(0)
        @settings(STEADY, max_examples=examples)
        @given(case=operation.as_strategy(mode), known=st.integers(0, 3), pick=st.integers(0, 3))
        def invent(case: Any, known: int, pick: int) -> None:
            names = self._names(operation)
            if known and names and not _is_wrong(case, ParameterLocation.PATH):
                case.path_parameters = dict(names[pick % len(names)])
            if known == 1 and bodies and mode is GenerationMode.POSITIVE:
                case.body, case.media_type = bodies[pick % len(bodies)], "application/json"
            self._sends(case)

        try:
            invent()
        except Unsatisfiable:
            # An operation without parameters, or with a name of any text as the only one, can be asked nothing wrong.
            if mode is GenerationMode.POSITIVE:
                raise

    def _bodies(self, operation: Operation) -> list[Json]:
        """Bodies of this operation that were accepted in the winter."""
        return [
            json.loads(answer.request.content)
            for method, template, _, answer in self.told.exchanges
            if (method, template) == (operation.method, operation.path)
            and answer.request.headers.get("content-type") == "application/json"
        ]

    def _sends(self, case: Any) -> Any:
        headers = {"Authorization": f"Bearer {self.token}"}
        if not _is_wrong(case, ParameterLocation.HEADER):
            headers["Idempotency-Key"] = f"contract-{next(self.numbers)}"
        answer = case.call(base_url=self.base, headers=headers)
        self.statuses[answer.status_code] += 1
        self._judges(case, answer)
        return answer

    def _judges(self, case: Any, answer: Any) -> None:
        operation = case.operation
        if 200 <= answer.status_code < 300:
            self.succeeded.add(operation.label)
        try:
            case.validate_response(answer, checks=CHECKS)
        except FailureGroup as found:
            for one in found.exceptions:
                self._notes(operation.label, one, case, answer)
        except Failure as one:
            self._notes(operation.label, one, case, answer)

    def _notes(self, label: str, failure: Any, case: Any, answer: Any) -> None:
        said = f"{label} {answer.status_code}: {failure}\n{answer.content[:500]!r}\n"
        if case.meta is not None and case.body is not NOT_SET:
            said += f"body {case.body!r}"[:600]
        said += f" query {case.query!r} path {case.path_parameters!r} headers {dict(case.headers)!r}"[:600]
        self.wrong.setdefault((label, type(failure).__name__), said)


def _is_wrong(case: Any, location: ParameterLocation) -> bool:
    return case.meta is not None and case.meta.is_negative_at(location)


def _ending(item: Json, place: str) -> str | None:
    keys = (place, *ENDINGS) if place not in {"name", "code", "number", "version"} else (place,)
    subject = item.get("subject")
    if place == "subject_id" and isinstance(subject, dict):
        return str(subject["id"])
    return next((str(item[key]) for key in keys if key in item), None)
