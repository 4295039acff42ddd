"""Rules of the machine about visits of inspectors: what was seen running did not stop, until the record is corrected."""

from datetime import date, timedelta

from hypothesis import strategies as st
from hypothesis.stateful import precondition, rule

from app.domain.periods import civil_day
from tests.api.plants import PAPER
from tests.machine import checks
from tests.machine.dispatch import Dispatches
from tests.machine.stage import BY_FUSHAN, PICK, WAITS
from tests.machine.world import Json, Plant, Thing

# What was seen, and whether it shows that production ran.
SEEN: list[tuple[Json, bool]] = [
    ({"kind": "unit_running"}, True),
    ({"kind": "units_running", "count": 2, "total": 3}, True),
    ({"kind": "units_running", "count": 0, "total": 3}, False),
    ({"kind": "unit_stopped"}, False),
    ({"kind": "furnace_warm"}, False),
]
WHERE = st.sampled_from(["line", "line", "site"])
AGO = st.integers(-1, 20) | st.integers(0, 60)


class Visits(Dispatches):
    """Inspectors come to the plants that count days."""

    @rule(name=BY_FUSHAN, where=WHERE, seen=st.sampled_from(SEEN), ago=AGO, own=st.booleans(), hours=WAITS)
    def inspectors_come(
        self, *, name: str, where: str, seen: tuple[Json, bool], ago: int, own: bool, hours: int
    ) -> None:
        self.waits(hours)
        must = "authority_required" if own else "inspection_invalid" if ago < 0 else ""
        self._visited(self.plant(name), where, seen, ago, must=must, own=own)

    @precondition(lambda self: self.some("visit"))
    @rule(pick=PICK, name=BY_FUSHAN, seen=st.sampled_from(SEEN), hours=WAITS)
    def a_visit_is_corrected(self, pick: int, name: str, seen: tuple[Json, bool], hours: int) -> None:
        self.waits(hours)
        former = self.one("visit", pick)
        # Mostly at the plant that was visited; that of another one is not to be found there.
        plant = self.plant(name) if pick == 3 else former.plant
        must = "" if former.state == "stands" else "inspection_corrected"
        if plant is not former.plant:
            must = "inspection_unknown"
        more = {"corrects": former.url.rsplit("/", 1)[1], "reason": "看错"}
        made = self._visited(plant, "line", seen, 1, must=must, more=more)
        if made is not None:
            former.state, former.told["corrected_by"] = "corrected", made["id"]
            self.runs(checks.visits_hold(self.world, plant, self.of(plant, "visit")))

    def _visited(
        self,
        plant: Plant,
        where: str,
        seen: tuple[Json, bool],
        ago: int,
        *,
        must: str,
        own: bool = False,
        more: Json | None = None,
    ) -> Json | None:
        subject = plant.line if where == "line" else plant.site
        ends = self.world.clock() - timedelta(hours=7 * ago)
        at = ends - timedelta(minutes=30)
        finding: Json = {"subject_id": subject, "at": at.isoformat(), **seen[0]}
        body: Json = {
            "subject_id": subject, "from_at": (ends - timedelta(hours=1)).isoformat(), "until_at": ends.isoformat(),
            "inspectors": ["李四"], "findings": [finding], "evidence": PAPER, **(more or {}),
        }  # fmt: skip
        by = plant.own if own else None
        made = self.runs(self.world.sends(f"{plant.url}/inspections", body, by=by, person="li", must=must))
        if made is None:
            return None
        (told,) = made["findings"]
        assert told["runs"] == seen[1]
        ran_on = civil_day(at) if seen[1] and where == "line" else None
        visit = Thing(url=f"/v1/inspections/{made['id']}", plant=plant, state="stands")
        visit.told = {"said": told, "ran_on": ran_on, "corrected_by": None, "known_at": self.world.clock()}
        self.keep("visit", visit)
        return made

    def ran(self, plant: Plant, begins: date, ends: date) -> bool:
        """Whether a visit that stands saw the line run on one of these days (`ends` exclusive)."""
        return any(
            one.state == "stands" and one.told["ran_on"] is not None and begins <= one.told["ran_on"] < ends
            for one in self.of(plant, "visit")
        )
