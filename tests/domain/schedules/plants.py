"""Plants for tests of schedules: trees of real industries, and the problem that the shipped plans make of them."""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any, TypeVar

from app.domain.acts.effects import Effect
from app.domain.decisions.subjects import Subject
from app.domain.enterprises.structure import Coupling
from app.domain.schedules.given.given import problem_of
from app.domain.schedules.given.prepared import Prepared, Settings, Works
from tests.domain.register import line, site, subject, unit
from tests.scenarios.plans_read import evaluator_of_plan

R = TypeVar("R")
FUSHAN, LINFEN, GAOPING, HUAIREN, YONGNING = "141027", "141002", "140581", "140681", "640121"
TWELVE = "linfen-twelve-industries"
FINISHED = {
    "special_limit_retrofit": "accepted",
    "fugitive_treatment": "accepted",
    "residential_heat": False,
    "co_processing_waste": False,
    "key_project_supply": False,
    "benchmark_level": "none",
}
CLASS_III = {
    "electricity_control_system": "accepted",
    "benchmark_35": "not_done",
    "full_reduction_35": "not_done",
    "organised_reduction_35": "accepted",
    "gas_flaring_treatment": "accepted",
}
ENCOURAGED = {
    "annual_task": "accepted",
    "fugitive_treatment": "accepted",
    "meets_industry_limit": True,
    "residential_heat": False,
    "residential_gas": False,
    "distance_to_built_up_km": 15.0,
    "industrial_policy_encouraged": True,
    "green_factory": False,
    "ultra_low_standing": "not_met",
    "clean_transport": False,
    "load_before_1101_pct": 100.0,
    "key_vehicle_user": False,
    "rail_available": False,
}


def day(text: str) -> date:
    return date.fromisoformat(text)


def works(region: str, *lines: Subject, name: str = "firm", facts: Mapping[str, Any] | None = None) -> Subject:
    return subject("enterprise", name, None, [site(list(lines), facts, name=f"{name}-site", region=region)])


def steel(*furnaces: Subject, facts: Mapping[str, Any] | None = None, more: Sequence[Subject] = ()) -> Subject:
    """A steel line of the third class (L12-15)."""
    return line("steel", "steel", {**CLASS_III, **(facts or {})}, [*furnaces, *more])


def furnace(name: str, capacity: float | None) -> Subject:
    known = {} if capacity is None else {"blast_furnace_capacity_t_d": capacity}
    return unit(name, "blast_furnace", {"catalogue_class": "permitted", **known})


def prepared(
    packs: str | Sequence[str],
    *trees: Subject,
    season: int = 2022,
    from_day: str | None = None,
    acts: Mapping[str, Mapping[str, Sequence[Effect]]] | None = None,
    couplings: Sequence[Coupling] = (),
    **settings: Any,
) -> Prepared:
    """The problem of these enterprises under shipped plans, by default planned before the season begins."""
    names = [packs] if isinstance(packs, str) else packs
    begins = day(from_day) if from_day else date(season, 9, 1)
    given = [Works(tree=tree, acts=(acts or {}).get(tree["id"], {}), couplings=tuple(couplings)) for tree in trees]
    return problem_of(
        [evaluator_of_plan(name) for name in names], given, Settings(season=season, from_day=begins, **settings)
    )


def of(found: Prepared, kind: type[R]) -> list[R]:
    """The requirements of one form."""
    return [one for one in found.problem.requirements if isinstance(one, kind)]


def kiln(number: int, **facts: object) -> Subject:
    """A works with one lime kiln, by its number."""
    made = unit(f"kiln{number}", "lime_kiln", {"catalogue_class": "permitted"})
    return works(GAOPING, line(f"lime{number}", "lime", {**FINISHED, **facts}, [made]), name=f"firm{number}")
