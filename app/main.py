"""The API, put together: every room's routes, the door's rules, and what they stand on."""

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import datetime, timedelta
from functools import partial

import orjson
from fastapi import APIRouter, FastAPI
from fastapi_offline import FastAPIOffline
from pydantic import BaseModel

from app.api import health
from app.api.body_limit import BodyLimit
from app.api.feed_gate import Gate
from app.api.limits import create_limiter
from app.api.observe import Observed
from app.api.openapi import Schema, document
from app.api.openapi_sdk import for_generators
from app.api.options import Options
from app.api.problems import add_problems
from app.api.rating_bodies import RatingFile
from app.api.v1 import (
    audit,
    calendar_feeds,
    clients,
    compliance,
    decisions,
    declared_exceptions,
    determinations,
    disclosures,
    dispatch_applications,
    duties,
    enterprises,
    evaluations,
    events,
    exemptions,
    facts,
    feed,
    imports,
    inspections,
    jobs,
    ledger,
    oauth,
    operations,
    orders,
    policies,
    problems,
    ratings,
    readings,
    regions,
    reports,
    schedules,
    simulations,
    violations,
    vocabulary,
    warnings,
    webhooks,
)
from app.api.v1 import credits as crediting  # the word is a builtin
from app.clock import utc_now
from app.domain.periods import civil_day
from app.integrations.metrics import Metrics, process_metrics
from app.integrations.tokens import ExternalIssuer, Tokens
from app.persistence.engine import Engine, Sessions, create_engine, create_sessions
from app.persistence.feed.partitions import ahead, ensure_partitions
from app.persistence.health import require_newest_schema
from app.persistence.unit_of_work import open_unit
from app.services.feed.receiving import Feed
from app.settings import Settings

Clock = Callable[[], datetime]

# One line per room, in the order in which they appear in the documentation.
ROUTES: tuple[APIRouter, ...] = (
    oauth.routes,
    clients.routes,
    operations.routes,
    jobs.routes,
    vocabulary.routes,
    regions.routes,
    enterprises.routes,
    facts.routes,
    imports.routes,
    policies.routes,
    evaluations.routes,
    decisions.routes,
    determinations.routes,
    readings.routes,
    dispatch_applications.routes,
    crediting.routes,
    declared_exceptions.routes,
    ratings.routes,
    warnings.routes,
    orders.routes,
    inspections.routes,
    violations.routes,
    ledger.routes,
    exemptions.routes,
    schedules.routes,
    calendar_feeds.routes,
    *disclosures.routes,
    simulations.routes,
    *feed.routes,
    *compliance.routes,
    *duties.routes,
    *reports.routes,
    audit.routes,
    events.routes,
    webhooks.routes,
    problems.routes,
)
# Bodies that a route reads itself, so FastAPI does not see them.
EXTRA_BODIES: tuple[type[BaseModel], ...] = (oauth.TokenRequest, imports.RegisterFile, RatingFile)


def build(settings: Settings, url: str) -> FastAPI:
    """The API of this process; refuses to start on an old schema."""
    engine = create_engine(url, pool_size=settings.database_pool)
    return create_app(
        sessions=create_sessions(engine), clock=utc_now, settings=settings, metrics=process_metrics(), engine=engine
    )


def create_app(
    *,
    sessions: Sessions,
    clock: Clock,
    settings: Settings,
    metrics: Metrics | None = None,
    engine: Engine | None = None,
) -> FastAPI:
    """Everything is handed in; an `engine` given here is closed with the app."""
    app = FastAPIOffline(
        title="Cuofeng API",
        version="1.0.0",
        lifespan=partial(lifespan, sessions=sessions, clock=clock, engine=engine),
    )
    options = options_from(settings)
    app.state.sessions = sessions
    app.state.engine = engine
    app.state.clock = clock
    app.state.settings = settings
    app.state.options = options
    app.state.metrics = metrics or Metrics()
    app.state.limiter = create_limiter(options.rate_limit_storage)
    app.state.feed = Feed(sessions, metrics=app.state.metrics)
    app.state.feed_gate = Gate(turns=options.feed_concurrency, queue=options.feed_queue)
    app.state.tokens = create_tokens(options)
    app.state.extra_bodies = EXTRA_BODIES
    for routes in (health.routes, *ROUTES):
        app.include_router(routes)
    add_problems(app)
    app.add_middleware(BodyLimit, max_bytes=options.max_body_bytes)
    app.add_middleware(Observed, metrics=app.state.metrics)
    app.openapi = partial(document, app)  # type: ignore[method-assign]  # FastAPI documents this way of replacing it
    return app


@asynccontextmanager
async def lifespan(_app: FastAPI, *, sessions: Sessions, clock: Clock, engine: Engine | None) -> AsyncIterator[None]:
    await require_newest_schema(sessions)
    await make_months(sessions, clock())
    yield
    if engine is not None:
        await engine.dispose()


async def make_months(sessions: Sessions, now: datetime) -> None:
    """Partitions for the readings to come, whoever of several processes starts first."""
    async with open_unit(sessions, now=now) as unit:
        await ensure_partitions(unit.session, ahead(civil_day(now)))


def options_from(settings: Settings) -> Options:
    key = settings.signing_key
    url = settings.external_jwks_url
    return Options(
        max_body_bytes=settings.max_body_bytes,
        max_attachment_bytes=settings.max_attachment_bytes,
        issuer=settings.issuer,
        audience=settings.audience,
        token_minutes=settings.token_minutes,
        signing_key=None if key is None else key.get_secret_value(),
        external_issuer=settings.external_issuer,
        external_jwks_url=None if url is None else str(url),
        external_audience=settings.external_audience,
        requests_per_minute=settings.requests_per_minute,
        token_requests_per_minute=settings.token_requests_per_minute,
        rate_limit_storage=settings.rate_limit_storage,
        base_url=base_url_of(settings),
        webhook_private_targets=settings.webhook_private_targets,
        feed_concurrency=settings.feed_concurrency,
        feed_queue=settings.feed_queue,
    )


def base_url_of(settings: Settings) -> str:
    """Without a slash at the end; nothing where others' address of this service is not known."""
    return "" if settings.base_url is None else str(settings.base_url).rstrip("/")


def create_tokens(options: Options) -> Tokens:
    external = None
    # The settings let these three be set only together.
    if options.external_issuer and options.external_jwks_url and options.external_audience:
        external = ExternalIssuer(
            issuer=options.external_issuer, jwks_url=options.external_jwks_url, audience=options.external_audience
        )
    tokens = Tokens(
        issuer=options.issuer,
        audience=options.audience,
        lifetime=timedelta(minutes=options.token_minutes),
        external=external,
    )
    if options.signing_key is not None:
        tokens.use(options.signing_key)
    return tokens


def openapi_text() -> str:
    """The contract as it is committed; no database is touched."""
    return _printed(_contract())


def openapi_text_for_generators() -> str:
    """The copy of the contract from which clients are generated."""
    return _printed(for_generators(_contract()))


def _contract() -> Schema:
    engine = create_engine("postgresql+asyncpg://nowhere/none")
    return document(create_app(sessions=create_sessions(engine), clock=utc_now, settings=Settings.model_construct()))


def _printed(contract: Schema) -> str:
    return orjson.dumps(contract, option=orjson.OPT_INDENT_2 | orjson.OPT_SORT_KEYS).decode() + "\n"
