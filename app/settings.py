"""Everything the environment may decide, read once at the entry and never changed afterwards."""

from pathlib import Path
from typing import Literal, Self

from pydantic import Field, HttpUrl, SecretStr, model_validator
from pydantic_settings import BaseSettings, SettingsConfigDict


class Settings(BaseSettings):
    """How this process runs; every field is the environment variable CUOFENG_<FIELD>."""

    model_config = SettingsConfigDict(env_prefix="CUOFENG_", env_ignore_empty=True, frozen=True, extra="forbid")

    database_url: SecretStr | None = Field(
        default=None,
        description="postgresql:// URL of PostgreSQL 15 or newer; unset starts the embedded server.",
    )
    data_dir: Path | None = Field(
        default=None,
        description="Where the embedded server keeps its data; unset picks the user's data directory.",
    )
    database_pool: int = Field(default=10, ge=1, le=200, description="Connections each process may hold.")

    host: str = Field(default="127.0.0.1", description="Address the API listens on.")
    port: int = Field(
        default=8000, ge=0, le=65535, description="Port the API listens on; `make run` tries the next ten if busy."
    )
    base_url: HttpUrl | None = Field(default=None, description="Address users see, where a proxy stands in front.")
    max_body_bytes: int = Field(default=64 * 2**20, ge=2**10, description="Larger request bodies are refused with 413.")
    max_attachment_bytes: int = Field(
        default=20 * 2**20, ge=2**10, description="Larger attachments of reports are refused with 413."
    )
    requests_per_minute: int = Field(
        default=6000, ge=0, description="Requests a client may make a minute; 0: no limit."
    )
    token_requests_per_minute: int = Field(
        default=60, ge=0, description="Token requests an address may make; 0: no limit."
    )
    feed_concurrency: int = Field(
        default=2, ge=1, le=64, description="Batches of readings one process merges at the same time."
    )
    feed_queue: int = Field(
        default=8, ge=1, le=1000, description="Batches one sender may have under way before it hears 429."
    )
    webhook_private_targets: bool = Field(
        default=False,
        description="Webhooks may lead to http:// and into private networks; for tests and closed networks only.",
    )
    rate_limit_storage: str = Field(
        default="memory://",
        description="Where requests are counted; memory:// is per process, redis://… over all of them.",
    )

    signing_key: SecretStr | None = Field(
        default=None,
        description="At least 32 characters that sign access tokens; unset makes one and keeps it in the database.",
    )
    token_minutes: int = Field(default=60, ge=1, le=24 * 60, description="How long an access token is good for.")
    issuer: str = Field(default="cuofeng", min_length=1, description="The `iss` of our own tokens.")
    audience: str = Field(default="cuofeng", min_length=1, description="The `aud` of our own tokens.")
    external_issuer: str | None = Field(default=None, description="The `iss` of tokens that another system issues.")
    external_jwks_url: HttpUrl | None = Field(default=None, description="Where that system publishes its keys.")
    external_audience: str | None = Field(default=None, description="The `aud` its tokens must name.")

    worker_concurrency: int = Field(default=2, ge=1, le=64, description="Jobs one worker runs at the same time.")
    lease_seconds: int = Field(default=60, ge=5, description="A job whose worker is silent this long goes to another.")
    log_level: Literal["debug", "info", "warning", "error"] = Field(default="info", description="Least level logged.")
    log_format: Literal["json", "text"] = Field(default="json", description="One JSON line each, or text for people.")

    @model_validator(mode="after")
    def _hangs_together(self) -> Self:
        if self.signing_key is not None and len(self.signing_key.get_secret_value()) < 32:
            raise ValueError("CUOFENG_SIGNING_KEY needs at least 32 characters")
        external = (self.external_issuer, self.external_jwks_url, self.external_audience)
        if any(external) and not all(external):
            raise ValueError(
                "CUOFENG_EXTERNAL_ISSUER, CUOFENG_EXTERNAL_JWKS_URL and CUOFENG_EXTERNAL_AUDIENCE are set together"
            )
        if self.database_url is not None:
            scheme = self.database_url.get_secret_value().partition("://")[0]
            if scheme not in {"postgres", "postgresql", "postgresql+asyncpg"}:
                raise ValueError("CUOFENG_DATABASE_URL starts with postgresql://")
        return self
