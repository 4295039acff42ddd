"""Rules of the machine about what goes through several hands, and about orders that are seen and acknowledged."""

from datetime import date, timedelta

from hypothesis import strategies as st
from hypothesis.stateful import precondition, rule

from app.domain.acts.act import ACTS, ActAction, ActState
from app.domain.orders import ORDERS, OrderAction
from app.domain.warnings import Colour, WarningState
from tests.machine import checks
from tests.machine.stage import DAY, PERSON, PICK, WAITS
from tests.machine.supervision import Supervision
from tests.machine.world import Json, Thing

SMOG = "140581"
# GP-16: the firm applies, two offices file, and the city above approves.
CHAIN = ("applies", "files", "files", "approves")
WAITING = {ActState.REQUESTED, ActState.IN_REVIEW}
ENDINGS = {ActAction.REFUSE: "refusal", ActAction.WITHDRAW: "withdrawal", ActAction.REVOKE: "revocation"}
VERB = st.sampled_from(["", "", "files", "approves"])
LOAD = {"amount": "300", "unit": "t/d"}
NOTES = {OrderAction.SEE: "receipt", OrderAction.ACKNOWLEDGE: "acknowledgement"}


class Dispatches(Supervision):
    """A foundry in a town with smog: it applies for what it needs, and is served what every warning demands."""

    @rule(
        value=st.sampled_from(["warning", "season", "both"]),
        begins=DAY,
        length=st.integers(0, 120),
        own=st.booleans(),
        through=st.sampled_from([False, True, True]),
        hours=WAITS,
    )
    def needs_a_load(self, *, value: str, begins: date, length: int, own: bool, through: bool, hours: int) -> None:
        """An application, mostly taken through all hands at once."""
        self.waits(hours)
        plant, ends = self.plant("furnace"), begins + timedelta(days=length)
        body = plant.plan | {
            "subject_id": plant.unit, "workflow": "wf-foundry-need", "value": value, "valid_from": begins.isoformat(),
            "valid_to": ends.isoformat(), "basis": "供货合同",
        }  # fmt: skip
        person = "" if own else "zhang"
        made = self.runs(
            self.world.sends(
                f"{plant.url}/dispatch-applications", body, by=plant.own if own else None, person=person,
                must="" if length else "period_empty",
            )
        )  # fmt: skip
        if made is None:
            return
        assert made["late"] == (self.world.today > date(2019, 9, 10))
        need = Thing(url=f"/v1/dispatch-applications/{made['id']}", plant=plant, state=ActState.REQUESTED, by=person)
        need.told = {"done": 1, "value": value, "from": begins, "to": ends, "asked_to": ends}
        self.keep("need", need)
        while through and need.state in WAITING:
            if need.told["done"] != 2:
                self._is_refused_to_others(need)
            self._takes(need, "", "li", county=False, load=True)

    def _is_refused_to_others(self, need: Thing) -> None:
        """Every wrong hand at a step that waits."""
        applicant = need.by or "li"
        for does, person, county, load in (
            ("", applicant, False, True), ("", "li", True, True), ("", "li", False, False), ("decides", "li", False, True),
        ):  # fmt: skip
            if self._step_refused(need, does or self._due(need), person, county=county, load=load):
                self._takes(need, does, person, county=county, load=load)
        for action, person, county, stale in (
            (ActAction.REFUSE, applicant, False, False), (ActAction.REFUSE, "li", True, False),
            (ActAction.WITHDRAW, "li", False, False), (ActAction.REVOKE, "li", False, False), (ActAction.REFUSE, "li", False, True),
        ):  # fmt: skip
            if stale or (
                self._end_refused(need, action, person, county=county) and (need.by or action is not ActAction.WITHDRAW)
            ):
                self._ends_one(need, action, person, county=county, stale=stale)

    def _due(self, need: Thing) -> str:
        return CHAIN[min(need.told["done"], 3)]

    @precondition(lambda self: self.some("need"))
    @rule(pick=PICK, does=VERB, person=PERSON, county=st.booleans(), load=st.booleans(), hours=WAITS)
    def takes_a_step(self, *, pick: int, does: str, person: str, county: bool, load: bool, hours: int) -> None:
        self.waits(hours)
        self._takes(self.one("need", pick), does, person, county=county, load=load)

    def _takes(self, need: Thing, does: str, person: str, *, county: bool, load: bool) -> None:
        """The step that is due where no other verb is named."""
        does = does or self._due(need)
        last = need.told["done"] == 3
        must = self._step_refused(need, does, person, county=county, load=load)
        body = {"does": does, "load": LOAD if load and last else None}
        by = self.world.county if county else None
        made = self.runs(self.world.sends(f"{need.url}/steps", body, by=by, person=person, seen=need.seen, must=must))
        if made is not None:
            need.told["granted"] = self.world.clock()
            self._moved(need, ActAction.GRANT if last else ActAction.FORWARD, made["act"])

    def _step_refused(self, need: Thing, does: str, person: str, *, county: bool, load: bool) -> str:
        due = self._due(need)
        if need.state not in WAITING:
            return "transition_refused"
        if does != due:
            return "step_out_of_turn"
        if due != "approves":
            return ""
        if county:
            return "authority_required"
        return "same_hands" if need.by == person else "" if load else "load_missing"

    @precondition(lambda self: self.some("need"))
    @rule(
        pick=PICK, action=st.sampled_from(list(ENDINGS)), person=PERSON, county=st.booleans(), stale=st.integers(0, 9),
        hours=WAITS,
    )  # fmt: skip
    def ends_a_need(self, *, pick: int, action: ActAction, person: str, county: bool, stale: int, hours: int) -> None:
        self.waits(hours)
        self._ends_one(self.one("need", pick), action, person, county=county, stale=stale == 9)

    def _ends_one(self, need: Thing, action: ActAction, person: str, *, county: bool, stale: bool) -> None:
        by = self.world.county if county else None
        if action is ActAction.WITHDRAW and not need.by:
            by, person = need.plant.own, ""
        must = "act_stale" if stale else self._end_refused(need, action, person, county=county)
        seen = '"99"' if stale else need.seen
        sent = self.world.sends(
            f"{need.url}/{ENDINGS[action]}", {"reason": "核实"}, by=by, person=person, seen=seen, must=must
        )
        made = self.runs(sent)
        if made is not None:
            if action is ActAction.REVOKE:
                need.told["to"] = max(need.told["from"], min(need.told["to"], self.world.today))
                need.told["revoked"] = self.world.clock()
            self._moved(need, action, made["act"])

    def _end_refused(self, need: Thing, action: ActAction, person: str, *, county: bool) -> str:
        if (need.state, action) not in ACTS.steps:
            return "transition_refused"
        if action is ActAction.REVOKE:
            return "authority_required" if county else ""
        if action is ActAction.WITHDRAW:
            return "not_the_applicant" if need.by and need.by != person else ""
        if CHAIN[need.told["done"]] == "files":
            return "filing_cannot_be_refused"
        return "authority_required" if county else "same_hands" if need.by == person else ""

    def _moved(self, need: Thing, action: ActAction, told: Json) -> None:
        need.state, need.version = ACTS.after(need.state, action), need.version + 1
        need.told["done"] += 1
        assert (told["state"], told["version"], len(told["steps"])) == (need.state, need.version, need.version - 1)
        due = CHAIN[need.told["done"]] if need.state in WAITING else None
        assert (told["due"] and told["due"]["does"]) == due

    def is_needed_twice(self, begins: date) -> None:
        """Of two grants that overlap one is revoked while the other stands."""
        for value, days in (("both", 0), ("season", 2)):
            self.needs_a_load(
                value=value, begins=begins + timedelta(days=days), length=60, own=days > 0, through=True, hours=0
            )
        self._ends_one(self.some("need")[-1], ActAction.REVOKE, "li", county=True, stale=False)
        self._ends_one(self.some("need")[-1], ActAction.REVOKE, "zhang", county=False, stale=False)

    @precondition(lambda self: not self._smog())
    @rule(colour=st.sampled_from([Colour.ORANGE, Colour.ORANGE, Colour.RED, Colour.YELLOW]), hours=WAITS)
    def smog_comes(self, colour: Colour, hours: int) -> None:
        """A warning that the service has served, which chance alone would rarely find."""
        self.warns(SMOG, colour, -1, hours)
        self.service_works((), 0)

    def _smog(self) -> list[Thing]:
        return [one for one in self.some("warning") if one.told["region"] == SMOG and one.state is WarningState.ISSUED]

    @precondition(lambda self: self.some("order"))
    @rule(
        pick=PICK, action=st.sampled_from(list(OrderAction)), by=st.sampled_from(["own", "own", "own", "officer", "stranger"]),
        person=st.sampled_from(["", "li", "zhang"]), hours=WAITS,
    )  # fmt: skip
    def takes_note(self, *, pick: int, action: OrderAction, by: str, person: str, hours: int) -> None:
        self.waits(hours)
        self._takes_note(self.one("order", pick), action, by, person)

    def is_warned(self) -> None:
        """An order is served under orange smog, and taken on by the plant alone."""
        self.smog_comes(Colour.ORANGE, 0)
        order = self.some("order")[-1]
        for by, person in (("officer", "li"), ("stranger", "li"), ("own", ""), ("own", "li"), ("own", "li")):
            self._takes_note(order, OrderAction.ACKNOWLEDGE, by, person)
        self._takes_note(order, OrderAction.SEE, "own", "li")

    def is_relieved(self) -> None:
        """What was granted meanwhile is served anew, before the smog lifts."""
        if self._smog():
            self.service_works(("redecide_stale",), 0)
            furnace = self.plant("furnace")
            found = [self.of(furnace, kind) for kind in ("need", "warning")]
            self.runs(checks.orders_demand(self.world, furnace, *found))
            self.warns_otherwise(0, None, 0, 0)

    def _takes_note(self, order: Thing, action: OrderAction, by: str, person: str) -> None:
        callers = {"own": order.plant.own, "officer": self.world.officer, "stranger": self.world.plants["green"].own}
        must = self._note_refused(order, action, by, person)
        sent = self.world.sends(f"{order.url}/{NOTES[action]}", {}, by=callers[by], person=person, must=must)
        made = self.runs(sent)
        if made is not None:
            order.state = ORDERS.after(order.state, action)
            now = self.world.clock()
            order.told.setdefault("seen_at", now)
            order.told["acknowledged_at"] = now if action is OrderAction.ACKNOWLEDGE else None
            self.runs(checks.orders_hold(self.world, order.plant, self.some("order")))

    def _note_refused(self, order: Thing, action: OrderAction, by: str, person: str) -> str:
        if by != "own":
            return "order_unknown" if by == "stranger" else "own_enterprise_only"
        if action is OrderAction.ACKNOWLEDGE and not person:
            return "person_required"
        return "" if (order.state, action) in ORDERS.steps else "transition_refused"
