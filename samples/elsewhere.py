"""Sample works under other plans than Linfen's, with the facts those plans ask about."""

from collections.abc import Mapping

from samples.model import Fact, pick

# Industry, number after those of Linfen, county.
ELSEWHERE = (
    ("cement_grinding", 0, "140681"),
    ("ceramics", 0, "140681"),
    ("coal_washing", 0, "140681"),
    ("chemical", 0, "140681"),
    ("coking", 0, "140581"),
    ("foundry", 0, "140581"),
    ("lime", 0, "140581"),
    ("pharmaceutical", 0, "140581"),
    ("concrete_mixing", 0, "140581"),
    ("glass_wool", 0, "140581"),
    ("steel", 0, "140423"),
    ("coking", 1, "140403"),
    ("pharmaceutical", 1, "140427"),
    ("cement", 0, "640121"),
    ("chemical", 1, "640121"),
)
# By city: level of the subject, fact, values found.
ASKED: Mapping[str, Mapping[str, Mapping[str, tuple[Fact, ...]]]] = {
    "1406": {
        "enterprise": {"industrial_policy_encouraged": (True, False)},
        "site": {"road_freight_before_1101_t_d": (300, 800)},
        "line": {"load_before_1101_pct": (45, 80, 95), "special_limit_met": (True, True, False)},
        "unit": {"catalogue_class": ("encouraged", "permitted", "restricted")},
    },
    "1405": {
        "line": {"special_limit_retrofit": ("accepted", "done"), "key_project_supply": (False, False, True)},
    },
    "1404": {
        "line": {"special_limit_retrofit": ("accepted", "done"), "ultra_low_retrofit": ("accepted", "not_done")},
    },
    "6401": {
        "site": {"own_generation": (True, False)},
        "line": {"load_before_1022_pct": (70, 85)},
    },
}


def asked_there(region: str, level: str, *key: object) -> dict[str, Fact]:
    """The facts of one subject that only the plan of its own city asks about."""
    asked = ASKED.get(region[:4], {}).get(level, {})
    return {name: pick(values, *key, name) for name, values in asked.items()}
