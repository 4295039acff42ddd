"""A source's channels by key and, as columns, what is asked of thousands of them at once."""

from collections.abc import Iterable, Mapping, Sequence
from itertools import repeat
from uuid import UUID

import numpy as np
from numpy.typing import NDArray

from app.domain.feed.channels import Channel
from app.domain.feed.curves import Ints
from app.domain.feed.scaling import Bounds

Ids = NDArray[np.void]
Flags = NDArray[np.bool_]


class Directory:
    """Channels in the order of enterprise and id, which is that in which their readings are stored.

    A channel's index in that order is its place; each of the columns says something of every place.
    """

    def __init__(self, by_key: Mapping[str, Channel]) -> None:
        self.by_key = by_key
        self.channels = sorted(by_key.values(), key=lambda one: (one.enterprise_id, one.id))
        self.enterprise = ids(one.enterprise_id for one in self.channels)
        self.channel = ids(one.id for one in self.channels)
        self.interval: Ints = np.array([one.interval_minutes for one in self.channels], dtype=np.int32)
        self.slots: Ints = np.array([one.slots for one in self.channels], dtype=np.int32)
        self.register: Flags = np.array([one.kind == "register" for one in self.channels], dtype=bool)
        self.bounds = Bounds.of(self.channels)
        self._places = {one.key: place for place, one in enumerate(self.channels)}

    def places(self, keys: Sequence[str]) -> Ints:
        """Of each key, the place of its channel; -1 where there is none."""
        return np.fromiter(map(self._places.get, keys, repeat(-1)), dtype=np.int32, count=len(keys))


def ids(found: Iterable[UUID]) -> Ids:
    """Ids as sixteen bytes each."""
    return np.frombuffer(b"".join(one.bytes for one in found), dtype="V16")
