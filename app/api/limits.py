"""Rate limits: so many requests a minute for each client, said in every answer (draft-ietf-httpapi-ratelimit-headers)."""

import math
import time
from dataclasses import dataclass

from fastapi import Request
from limits import RateLimitItemPerMinute
from limits.aio.strategies import MovingWindowRateLimiter
from limits.storage import storage_from_string

from app.api.refusals import TooManyRequests


@dataclass(frozen=True, slots=True)
class Limiter:
    """A moving window of one minute for each name."""

    strategy: MovingWindowRateLimiter

    async def count(self, request: Request, *, policy: str, name: str, per_minute: int) -> None:
        if per_minute <= 0:
            return
        item = RateLimitItemPerMinute(per_minute)
        allowed = await self.strategy.hit(item, policy, name)
        window = await self.strategy.get_window_stats(item, policy, name)
        # The library counts by the system's clock, so the difference must be taken from the same one.
        seconds = max(1, math.ceil(window.reset_time - time.time()))  # noqa: TID251  see above
        # The middleware puts these on whatever answer comes of it.
        request.state.rate_limit = {
            "RateLimit-Policy": f'"{policy}";q={per_minute};w=60',
            "RateLimit": f'"{policy}";r={window.remaining};t={seconds}',
        }
        if not allowed:
            raise TooManyRequests(seconds=seconds, headers={"Retry-After": str(seconds)})


def create_limiter(storage: str) -> Limiter:
    # The library's own choice of a client for Redis needs a context that storages never enter.
    client = {"implementation": "redispy"} if storage.startswith("redis") else {}
    return Limiter(MovingWindowRateLimiter(storage_from_string(f"async+{storage}", **client)))


def limiter_of(request: Request) -> Limiter:
    limiter: Limiter = request.app.state.limiter
    return limiter
