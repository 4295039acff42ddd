"""What every exchange leaves behind: a request id, one wide log line, numbers for Prometheus, and never a bare 500."""

import re
import time
from typing import Any

import structlog
from fastapi import Request
from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from app.api.problems import problem_response
from app.api.refusals import InternalError
from app.integrations.ids import new_id
from app.integrations.metrics import Metrics

_REQUEST_ID = re.compile(r"[\w.:-]{1,128}", re.ASCII)
_TRACEPARENT = re.compile(r"[0-9a-f]{2}-([0-9a-f]{32})-[0-9a-f]{16}-[0-9a-f]{2}")
# What the client closed before an answer was ready is logged the way nginx does.
CLIENT_CLOSED = 499

log = structlog.get_logger("cuofeng.requests")


class Observed:
    """The outermost middleware."""

    def __init__(self, app: ASGIApp, *, metrics: Metrics) -> None:
        self.app = app
        self.metrics = metrics

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        exchange = Exchange(scope, send)
        try:
            await self.app(scope, receive, exchange.send)
        except Exception as error:  # noqa: BLE001  the last stop before the caller
            await exchange.fail(receive, error)
        finally:
            exchange.report(self.metrics)


class Exchange:
    """One request and its answer."""

    def __init__(self, scope: Scope, send: Send) -> None:
        headers = Headers(scope=scope)
        given = headers.get("x-request-id", "")
        self.scope = scope
        self.passed_on = send
        self.state: dict[str, Any] = scope.setdefault("state", {})
        self.request_id = given if _REQUEST_ID.fullmatch(given) else new_id().hex
        self.state["request_id"] = self.request_id
        trace = _TRACEPARENT.fullmatch(headers.get("traceparent", ""))
        self.trace_id = trace[1] if trace else None
        self.status = CLIENT_CLOSED
        self.started = time.perf_counter()
        self.seconds = 0.0

    async def send(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self.status = message["status"]
            self.seconds = time.perf_counter() - self.started
            headers = MutableHeaders(scope=message)
            headers["X-Request-Id"] = self.request_id
            headers.setdefault("X-Content-Type-Options", "nosniff")
            for name, value in self.state.get("rate_limit", {}).items():
                headers[name] = value
        await self.passed_on(message)

    async def fail(self, receive: Receive, error: Exception) -> None:
        """The caller gets a reference and nothing else; the traceback goes to the log under the same reference."""
        log.error("request_crashed", request_id=self.request_id, exc_info=error)
        if self.status == CLIENT_CLOSED:
            request = Request(self.scope, receive)
            response = problem_response(request, InternalError(reference=self.request_id))
            await response(self.scope, receive, self.send)

    def report(self, metrics: Metrics) -> None:
        method, route = self.scope["method"], self.route()
        metrics.requests.labels(method, route, str(self.status)).inc()
        metrics.latency.labels(method, route).observe(self.seconds)
        fields = {name: self.state.get(name) for name in ("client_id", "problem", "operation_id", "idempotent_replay")}
        fields["trace_id"] = self.trace_id
        log.info(
            "request",
            request_id=self.request_id,
            method=method,
            path=route,
            status=self.status,
            duration_ms=round(self.seconds * 1000, 1),
            **{name: value for name, value in fields.items() if value is not None},
        )

    def route(self) -> str:
        """The template, never the address itself: numbers by address would grow without end."""
        return getattr(self.scope.get("route"), "path", "(none)")
