"""A source's channels, listed in the order in which their readings are stored."""

from collections.abc import Mapping, Sequence

import numpy as np

from app.domain.feed.channels import Channel
from app.domain.feed.curves import Ints
from app.persistence.feed import packing


class Directory:
    """Channels by key, and by their place in the order of enterprise and id, which is that of the tables' keys."""

    def __init__(self, by_key: Mapping[str, Channel]) -> None:
        self.by_key = by_key
        self.channels = sorted(by_key.values(), key=lambda one: (one.enterprise_id, one.id))
        self.enterprise = packing.ids([one.enterprise_id for one in self.channels])
        self.channel = packing.ids([one.id for one in self.channels])
        self.slots: Ints = np.array([one.slots for one in self.channels], dtype=np.int32)
        self._places = {one.key: place for place, one in enumerate(self.channels)}

    def places(self, keys: Sequence[str]) -> Ints:
        """Of each key, the place of its channel; -1 where there is none."""
        found = self._places
        return np.array([found.get(key, -1) for key in keys], dtype=np.int32)
