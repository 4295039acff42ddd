"""One wide line per request and per job: everything worth knowing about it, bound as it becomes known.

Fields of every line: `at` (UTC), `level`, `event`, `service`. A request adds `request_id`, `method`, `path` (the route's
template), `status`, `duration_ms`, `client_id`, and, where they apply, `problem`, `operation_id`, `idempotent_replay`.
A job adds `operation_id`, `kind`, `attempt`, `outcome`, `duration_ms`. Bodies, tokens and secrets are never logged.
"""

import logging
import sys
from typing import Literal

import orjson
import structlog
from structlog.types import EventDict, Processor, WrappedLogger

# Their own lines would repeat ours; what they warn about still comes through.
CHATTY = ("uvicorn.access", "httpx", "httpcore", "alembic", "asyncio")


def configure(*, level: str = "info", fmt: Literal["json", "text"] = "json") -> None:
    """Send our lines and those of libraries through one pipe to standard error."""
    shared: list[Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True, key="at"),
        structlog.processors.StackInfoRenderer(),
        _name_the_service,
    ]
    last: list[Processor] = (
        [
            # Local variables hold tokens and bodies: frames only.
            structlog.processors.ExceptionRenderer(structlog.tracebacks.ExceptionDictTransformer(show_locals=False)),
            structlog.processors.JSONRenderer(serializer=_json),
        ]
        if fmt == "json"
        else [structlog.dev.ConsoleRenderer(timestamp_key="at", colors=sys.stderr.isatty())]
    )
    structlog.configure(
        processors=[*shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=True,
    )
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=shared, processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, *last]
        )
    )
    root = logging.getLogger()
    root.handlers = [handler]
    root.setLevel(level.upper())
    for name in CHATTY:
        logging.getLogger(name).setLevel(max(logging.WARNING, root.level))
    for name in ("uvicorn", "uvicorn.error"):
        logging.getLogger(name).handlers = []


def _name_the_service(_logger: WrappedLogger, _method: str, line: EventDict) -> EventDict:
    line["service"] = "cuofeng"
    return line


def _json(line: EventDict, **_options: object) -> str:
    return orjson.dumps(line, default=str, option=orjson.OPT_NON_STR_KEYS).decode()
