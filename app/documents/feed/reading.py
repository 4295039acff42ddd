"""The reader: a file, its source's profile and the known channels become a batch, or the whole file is refused."""

from collections.abc import Mapping
from datetime import datetime

from app.domain.feed.channels import Channel
from app.domain.feed.curves import Batch
from app.domain.feed.limits import Limits
from app.domain.feed.profiles import Profile


def read_batch(
    content: bytes,
    *,
    media_type: str,
    encoding: str | None,
    profile: Profile,
    channels: Mapping[str, Channel],
    now: datetime,
    limits: Limits,
) -> Batch:
    """Every line lands once: in curves or points, superseded, rejected or unknown; raises the refusals of a file.

    `media_type` is that of the Content-Type (parameters are passed over), `encoding` that of the Content-Encoding
    (None, identity, gzip, zstd), `channels` are the source's by their key, `now` is an instant with its offset.
    """
    raise NotImplementedError
