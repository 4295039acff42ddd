"""Invented works by industry, with the measures that the plans lay on them."""

import math
import random
from collections.abc import Mapping
from datetime import date, timedelta
from typing import Any

from app.domain.periods import Period
from app.domain.schedules.problem import Resource
from app.domain.schedules.requirements import Cap, Clause, Cohort, Coupling, Cut, HeatDuty, Requirement, Stop, StopHours

SEASON = Period.inclusive(date(2026, 10, 1), date(2027, 3, 31))
# Hours are owed in equal halves (FS-38).
PHASES = (
    Period.inclusive(date(2026, 10, 21), date(2026, 12, 31)),
    Period.inclusive(date(2027, 1, 1), date(2027, 3, 31)),
)
HEATING = Period.inclusive(date(2026, 11, 15), date(2027, 3, 15))
REGIONS = ("141002", "141022", "141024", "141027", "141081", "141082")
# Days owed by industry, with the rule that asks for them.
OWED = {"foundry": ((30, "FS-15"), (90, "FS-16")), "brick": ((75, "FS-19"), (90, "FS-20"))}
# Of one tonne emitted, so much is pm, so2, nox and voc.
MIXES = {
    "steel": (0.25, 0.25, 0.45, 0.05),
    "foundry": (0.4, 0.1, 0.2, 0.3),
    "brick": (0.2, 0.4, 0.4, 0.0),
    "heat": (0.15, 0.3, 0.55, 0.0),
    "lime": (0.35, 0.2, 0.45, 0.0),
    "coking": (0.2, 0.2, 0.4, 0.2),
}
# t/d of a middling line; 95 % of the lines lie within two decades around it.
MEDIAN_T_D = {"foundry": 0.08, "brick": 0.12, "heat": 0.1, "lime": 0.15, "coking": 0.3}
SIGMA = math.log(100) / (2 * 1.96)
# kg per tonne of furnace capacity, of the furnaces themselves and of what hangs on them (L12-18).
STEEL_KG_T = {"furnace": 0.06, "sinter": 0.1, "converter": 0.04}
COKING_SHARES = ((2 / 3, "L12-21"), (1 / 2, "L12-22"))  # 24 h lengthened to 36 h and 48 h


class Register:
    """What has been invented so far."""

    def __init__(self, draw: random.Random) -> None:
        self.draw = draw
        self.resources: list[Resource] = []
        self.requirements: list[Requirement] = []
        self._sites = 0

    def steel_works(self) -> None:
        """Two to four unequal furnaces under a cut, with the sinter strand and converter that they feed."""
        furnaces, site = self.draw.choice((2, 2, 3, 3, 4)), self._site()
        pct, rule = self.draw.choice(((30, "L12-14"), (50, "L12-15")))
        weights = {}
        for _ in range(furnaces):
            capacity = float(self.draw.randint(10, 40) * 100)
            tonnes = capacity * STEEL_KG_T["furnace"] / 1000
            weights[self._add("steel", site, "furnace", tonnes, capacity=capacity, limits=self._limits())] = capacity
        clause = Clause(pack="linfen-twelve-industries", rule=rule)
        self.requirements.append(
            Cut(id=f"cut-{site}", clause=clause, weights_t_d=weights, period=SEASON, share=pct / 100)
        )
        for process in ("sinter", "converter"):
            tonnes = sum(weights.values()) * STEEL_KG_T[process] / 1000
            name = self._add("steel", site, process, tonnes, limits={})
            hangs = Clause(pack="linfen-twelve-industries", rule="L12-18")
            self.requirements.append(
                Coupling(id=f"coupling-{name}", clause=hangs, upstream_t_d=weights, downstream=name)
            )
        # One after the other, three times 30 % of the season fit into it.
        if pct == 30 and furnaces <= 3 and self.draw.random() < 0.5:
            self._duty(site, list(weights))

    def heating_site(self) -> None:
        """Three or four boilers that owe 30 days each and of which never more than one can be spared."""
        site = self._site()
        names = []
        for _ in range(self.draw.choice((3, 4))):
            limits = self._limits() | {"max_stops": self.draw.choice((2, 3))}
            names.append(self._add("heat", site, "boiler", self._tonnes("heat"), limits=limits))
            self._owes(names[-1], 30, "FS-15")
        self._duty(site, names)

    def cohort(self, kilns: int) -> None:
        """Of so many works with one lime kiln, 30 % by number stand still on every day (GP-19, A-GP1)."""
        count = math.ceil(0.3 * kilns - 1e-9)
        groups = tuple(
            (self._add("lime", self._site(), "kiln", self._tonnes("lime"), limits=self._limits()),)
            for _ in range(kilns)
        )
        self.requirements.append(
            Cohort(
                id=f"cohort-{groups[0][0]}",
                clause=Clause(pack="gaoping", rule="GP-19"),
                groups=groups,
                period=HEATING,
                count=count,
                most_days=math.ceil((HEATING.days or 0) / math.ceil(kilns / count)) + 1,
            )
        )

    def kiln(self) -> None:
        """A lime kiln with one or two fixed windows."""
        name = self._add("lime", self._site(), "kiln", self._tonnes("lime"), limits={})
        clause = Clause(pack="linfen-twelve-industries", rule="L12-53")
        day = SEASON.start + timedelta(days=self.draw.randint(15, 60))
        for number in range(self.draw.choice((1, 2))):
            until = day + timedelta(days=self.draw.randint(20, 50))
            self.requirements.append(
                Stop(id=f"stop-{name}-{number}", clause=clause, resource=name, period=Period(day, until))
            )
            day = until + timedelta(days=self.draw.randint(5, 15))

    def coking(self) -> None:
        """Ovens that cannot be interrupted, with their coking time lengthened through the season (A-L11)."""
        share, rule = self.draw.choice(COKING_SHARES)
        fixed: dict[str, Any] = {"stoppable": False, "idle_share": 0.3}
        name = self._add("coking", self._site(), "ovens", self._tonnes("coking"), limits=fixed)
        clause = Clause(pack="linfen-twelve-industries", rule=rule)
        self.requirements.append(Cap(id=f"cap-{name}", clause=clause, resource=name, period=SEASON, share=share))

    def seasonal(self) -> None:
        """A foundry or brickworks that owes its days in equal halves over the two phases."""
        industry = self.draw.choice(("foundry", "foundry", "foundry", "brick"))
        days, rule = self.draw.choice(OWED[industry])
        limits = self._limits() | {"max_stops": self.draw.choice((1, 2, 2, 2, 2, 3, 3, 3))}
        name = self._add(industry, self._site(), "line", self._tonnes(industry), limits=limits)
        self._owes(name, days, rule)

    def _owes(self, name: str, days: int, rule: str) -> None:
        for number, phase in enumerate(PHASES, 1):
            self.requirements.append(
                StopHours(
                    id=f"hours-{name}-{number}",
                    clause=Clause(pack="fushan", rule=rule),
                    resource=name,
                    period=phase,
                    hours=days * 12,
                    slot=f"phase-{number}",
                )
            )

    def _duty(self, site: str, names: list[str]) -> None:
        heat = {name: float(self.draw.randint(8, 40)) for name in names}
        self.requirements.append(
            HeatDuty(
                id=f"heat-{site}",
                clause=Clause(pack="linfen-twelve-industries", rule="L12-54"),
                heat_mw=heat,
                period=HEATING,
                needed_mw=sum(heat.values()) - max(heat.values()),
            )
        )

    def _limits(self) -> dict[str, Any]:
        draw = self.draw
        return {
            "min_stop_days": draw.randint(3, 15),
            "min_run_days": draw.randint(5, 10),
            "max_stops": draw.randint(1, 3),
        }

    def _tonnes(self, industry: str) -> float:
        return MEDIAN_T_D[industry] * math.exp(SIGMA * self.draw.normalvariate(0, 1))

    def _site(self) -> str:
        self._sites += 1
        return f"s{self._sites:05}"

    def _add(
        self,
        industry: str,
        site: str,
        kind: str,
        tonnes: float,
        *,
        limits: Mapping[str, Any],
        capacity: float | None = None,
    ) -> str:
        name = f"r{len(self.resources) + 1:05}"
        # Rounded so that the last bit of a machine's exponential makes no other problem; the mix stays exact.
        size = max(0.001, round(tonnes, 3))
        self.resources.append(
            Resource(
                id=name,
                label=f"{industry} {kind} {name}",
                enterprise_id=f"e{site}",
                site_id=site,
                line_id=name,
                region=REGIONS[self._sites % len(REGIONS)],
                industry=industry,
                kind=kind,
                capacity_t_d=capacity,
                emission_t_d=dict(
                    zip(("pm", "so2", "nox", "voc"), (size * part for part in MIXES[industry]), strict=True)
                ),
                **limits,
            )
        )
        return name
