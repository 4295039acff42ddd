"""Rules of the machine about hours that are posted, credited and explained, and about places on the exemption list."""

from collections.abc import Sequence
from datetime import date, timedelta

from hypothesis import strategies as st
from hypothesis.stateful import initialize, precondition, rule

from app.domain.acts.act import ACTS, ActAction, ActState
from app.domain.exemptions.entries import ENTRIES, FOLLOWS, OPEN, PASSING, EntryAction, EntryState
from app.domain.periods import ONE_DAY, civil_day
from tests.api.listing import FILED
from tests.api.plants import PAPER
from tests.machine import checks
from tests.machine.stage import ANY_PLANT, BY_FUSHAN, DAY, PERSON, PICK, WAITS
from tests.machine.visits import SEEN, Visits
from tests.machine.world import Json, Plant, Thing

HOURS_REFUSED = ("hours_counted_already", "hours_outside_accounts", "hours_invalid", "subject_without_ledger")
ACT_STEPS = {
    ActAction.GRANT: "steps",
    ActAction.REFUSE: "refusal",
    ActAction.WITHDRAW: "withdrawal",
    ActAction.REVOKE: "revocation",
}
# Applying is the first of two steps, so the next one always grants.
ACT_ACTIONS = list(ACT_STEPS)
BY_PERSON = [one for one in EntryAction if one not in FOLLOWS]
ENTRY_STEPS = {
    EntryAction.REVIEW: "review",
    EntryAction.APPROVE: "approval",
    EntryAction.REFUSE: "refusal",
    EntryAction.WITHDRAW: "withdrawal",
    EntryAction.REVOKE: "revocation",
    EntryAction.RETAIN: "retention",
}
PASTS = ["seen", "posted", "warned", "needed", "relieved", "credited", "found", "listed"]
REASONED = {EntryAction.REFUSE, EntryAction.REVOKE, EntryAction.RETAIN}


class Winter(Visits):
    """Everything that can happen in the province between September and May."""

    @initialize(
        days=st.sampled_from([80, 0, 50, 120, 190]),
        but=st.sets(st.sampled_from(PASTS), max_size=len(PASTS)),
        ago=st.integers(5, 20),
    )
    def begins(self, days: int, but: set[str], ago: int) -> None:
        """Before the season, early or late in it, with a past that chance alone would rarely find in so few steps.

        The simplest example, which is always taken, has all of it.
        """
        self.waits(24 * days)
        self.keep("rating", Thing(url="", plant=self.world.plants["foundry"], state="award", told=self.world.rated))
        first = self.world.today - timedelta(days=ago)
        histories = {
            "posted": lambda: self.has_served("foundry", 3, 30, 0),
            "seen": self.is_seen_running,
            "needed": lambda: self.is_needed_twice(first),
            "warned": self.is_warned,
            "relieved": self.is_relieved,
            "credited": lambda: self.is_credited(first),
            "listed": self.is_listed,
            "found": lambda: self.reports("foundry", {0, 1}, 6, through=True, hours=0),
        }
        for one in PASTS:
            if one not in but:
                histories[one]()

    @rule(
        name=BY_FUSHAN,
        begins=DAY,
        length=st.integers(-1, 30),
        kind=st.sampled_from(["served", "made_up", "scheduled"]),
        visit=st.none() | PICK,
        hours=WAITS,
    )
    def posts(self, *, name: str, begins: date, length: int, kind: str, visit: int | None, hours: int) -> None:
        self.waits(hours)
        plant, ends = self.plant(name), begins + timedelta(days=length)
        source: Json = {"kind": "document", "reference": "核查"}
        seen = None if visit is None or not self.some("visit") else self.one("visit", visit)
        if seen is not None:
            source = {"kind": "inspection", "reference": seen.url.rsplit("/", 1)[1]}
        body = plant.plan | {
            "subject_id": plant.line, "kind": kind, "from_day": begins.isoformat(), "until_day": ends.isoformat(),
            "source": source,
        }  # fmt: skip
        if length <= 0:
            self._posted(plant, body, must="hours_invalid")
            return
        no = []
        if seen is not None and (seen.plant is not plant or seen.state != "stands"):
            no.append("inspection_unknown")
        if kind != "scheduled" and self.ran(plant, begins, ends):
            no.append("production_was_running")
        self._posted(plant, body, no)

    @rule(name=BY_FUSHAN, ago=st.integers(1, 60), length=st.integers(1, 1400), hours=WAITS)
    def has_served(self, name: str, ago: int, length: int, hours: int) -> None:
        """Some hours of late, not whole days."""
        self.waits(hours)
        plant = self.plant(name)
        now = self.world.clock.now.replace(minute=0)
        begins = now - timedelta(days=ago)
        body = plant.plan | {
            "subject_id": plant.line, "kind": "served", "from_at": begins.isoformat(),
            "until_at": min(now, begins + timedelta(hours=length)).isoformat(),
            "source": {"kind": "reading", "reference": "电表"},
        }  # fmt: skip
        last = civil_day(min(now, begins + timedelta(hours=length)) - timedelta(microseconds=1))
        ran = self.ran(plant, civil_day(begins), last + ONE_DAY)
        self._posted(plant, body, ["production_was_running"] if ran else [])

    def _posted(self, plant: Plant, body: Json, no: Sequence[str] = (), *, must: str = "") -> None:
        """`no` are reasons for which it cannot be taken, whatever else is wrong with it."""
        refusals = [*HOURS_REFUSED, *no]
        sent = self.world.sends(f"{plant.url}/ledger-entries", body, person="zhang", must=must, refusals=refusals)
        made = self.runs(sent)
        assert made is None or not no, (body, no)
        for entry in made["entries"] if made else []:
            self.keep("entry", Thing(url=f"/v1/ledger-entries/{entry['id']}", plant=plant, state="stands"))

    @precondition(lambda self: self.some("entry"))
    @rule(pick=PICK, hours=WAITS)
    def reverses(self, pick: int, hours: int) -> None:
        self.waits(hours)
        entry = self.one("entry", pick)
        must = "entry_reversed_already" if entry.state == "reversed" else ""
        made = self.runs(self.world.sends(f"{entry.url}/reversal", {"reason": "有误"}, person="li", must=must))
        entry.state = "reversed"
        if made is not None:
            (negation,) = made["entries"]
            again = self.world.sends(
                f"/v1/ledger-entries/{negation['id']}/reversal",
                {"reason": "有误"},
                person="li",
                must="entry_not_by_hand",
            )
            self.runs(again)

    @rule(name=ANY_PLANT, hours=WAITS)
    def settles(self, name: str, hours: int) -> None:
        self.waits(hours)
        plant = self.plant(name)
        must = "" if plant.pack == "fushan" else "pack_keeps_no_ledger"
        self.runs(self.world.sends(f"{plant.url}/settlements", plant.plan, must=must))

    @rule(
        name=BY_FUSHAN,
        what=st.sampled_from(["credits", "declared-exceptions"]),
        begins=DAY,
        length=st.integers(1, 12),
        own=st.booleans(),
        hours=WAITS,
    )
    def applies(self, *, name: str, what: str, begins: date, length: int, own: bool, hours: int) -> None:
        self.waits(hours)
        plant = self.plant(name)
        more = plant.plan | {"control": "迎峰度冬有序用电"} if what == "credits" else {"what": "maintenance"}
        body = more | {
            "subject_id": plant.line, "valid_from": begins.isoformat(), "basis": "通知", "evidence": PAPER,
            "valid_to": (begins + timedelta(days=length)).isoformat(),
        }  # fmt: skip
        person = "" if own else "zhang"
        # A brick works that nobody has rated has no days to count.
        may = ["subject_without_ledger"] if what == "credits" else []
        by = plant.own if own else None
        made = self.runs(self.world.sends(f"{plant.url}/{what}", body, by=by, person=person, refusals=may))
        if made is None:
            return
        act = Thing(url=f"/v1/{what}/{made['id']}", plant=plant, state=ActState.REQUESTED, by=person)
        act.told = {"from": begins, "to": begins + timedelta(days=length)}
        self.keep("act", act)

    @precondition(lambda self: self.some("act"))
    @rule(pick=PICK, action=st.sampled_from(ACT_ACTIONS), person=PERSON, stale=st.integers(0, 9), hours=WAITS)
    def handles(self, pick: int, action: ActAction, person: str, stale: int, hours: int) -> None:
        self.waits(hours)
        act = self.one("act", pick)
        by = act.plant.own if action is ActAction.WITHDRAW and not act.by else None
        body = {"does": "decides"} if action is ActAction.GRANT else {"reason": "核实"}
        seen = '"99"' if stale == 9 else act.seen
        must = "act_stale" if stale == 9 else self._act_refused(act, action, person)
        counts = action is ActAction.GRANT and "credits" in act.url
        no = ["production_was_running"] if counts and self.ran(act.plant, act.told["from"], act.told["to"]) else []
        sent = self.world.sends(
            f"{act.url}/{ACT_STEPS[action]}",
            body,
            by=by,
            person="" if by else person,
            seen=seen,
            must=must,
            refusals=[*HOURS_REFUSED, *no] if counts else (),
        )
        made = self.runs(sent)
        if made is not None:
            assert not no, act.told
            act.state, act.version = ACTS.after(act.state, action), act.version + 1
            assert made["act"]["state"] == act.state

    def _act_refused(self, act: Thing, action: ActAction, person: str) -> str:
        if (act.state, action) not in ACTS.steps:
            return "transition_refused"
        if action is ActAction.WITHDRAW:
            return "not_the_applicant" if act.by and act.by != person else ""
        return "same_hands" if action is not ActAction.REVOKE and act.by == person else ""

    def is_seen_running(self) -> None:
        """A stop that inspectors contradict neither counts nor is credited, until they correct themselves, once."""
        self.inspectors_come(name="foundry", where="line", seen=SEEN[0], ago=35, own=False, hours=0)
        begins = self.world.today - timedelta(days=12)
        self.applies(name="foundry", what="credits", begins=begins, length=4, own=True, hours=0)
        if self.some("act"):
            self.handles(0, ActAction.GRANT, "li", 0, 0)
        self.posts(name="foundry", begins=begins, length=4, kind="served", visit=0, hours=0)
        self.a_visit_is_corrected(0, "foundry", SEEN[3], 0)
        self.a_visit_is_corrected(1, "foundry", SEEN[3], 0)
        self.posts(name="foundry", begins=begins, length=4, kind="scheduled", visit=1, hours=0)
        self.posts(name="foundry", begins=begins, length=4, kind="served", visit=0, hours=0)

    def is_credited(self, begins: date) -> None:
        """One stop that is credited, not twice, not by who asked, and not while the plant was seen running."""
        for own in (False, True):
            self.applies(name="foundry", what="credits", begins=begins, length=5, own=own, hours=0)
            for person in ("zhang", "li"):
                if self.some("act"):
                    self.handles(0, ActAction.GRANT, person, 0, 0)
        if self.some("act"):
            self.handles(len(self.some("act")) - 1, ActAction.REVOKE, "li", 0, 0)

    @rule(level=st.sampled_from(["site", "line"]), own=st.booleans(), lasts=st.none() | st.integers(0, 90), hours=WAITS)
    def asks_for_a_place(self, level: str, *, own: bool, lasts: int | None, hours: int) -> None:
        self.waits(hours)
        plant = self.plant("green")
        expires = None if lasts is None else (self.world.today + timedelta(days=lasts)).isoformat()
        body = {
            "enterprise_id": plant.id, "subject_id": plant.site if level == "site" else plant.line, "rule": "HR-20",
            "reason": "绿色工厂", "expires_on": expires,
        }  # fmt: skip
        standing = [one for one in self.some("place") if one.state in OPEN]
        must = "entry_invalid" if lasts == 0 else "criterion_not_here" if level == "line" else ""
        may = ["criterion_failed", *(["entry_exists"] if standing else [])]
        person = "" if own else "zhang"
        sent = self.world.sends(
            f"{self.world.list_url}/entries",
            body,
            by=plant.own if own else None,
            person=person,
            must=must,
            refusals=may,
        )
        made = self.runs(sent)
        if made is not None:
            self._looks_at_places()
            place = Thing(
                url=f"{self.world.list_url}/entries/{made['id']}", plant=plant, state=EntryState.REQUESTED, by=person
            )
            self.keep("place", place)

    @precondition(lambda self: self.some("place"))
    @rule(pick=PICK, action=st.sampled_from(BY_PERSON), person=PERSON, stale=st.integers(0, 9), hours=WAITS)
    def judges(self, pick: int, action: EntryAction, person: str, stale: int, hours: int) -> None:
        self.waits(hours)
        self._looks_at_places()
        self._steps(self.one("place", pick), action, person, stale=stale == 9)

    @precondition(
        lambda self: any(one.state in {EntryState.REQUESTED, EntryState.REVIEWED} for one in self.some("place"))
    )
    @rule(ahead=st.integers(0, 20), hours=WAITS)
    def lists(self, ahead: int, hours: int) -> None:
        """The usual way onto the list, which chance alone would rarely find."""
        self._looks_at_places()
        for place in self.some("place"):
            for action in (EntryAction.REVIEW, EntryAction.APPROVE):
                if (place.state, action) in ENTRIES.steps:
                    self._steps(place, action, "zhang" if place.by == "li" else "li", stale=False)
        self.publishes(ahead=ahead, filed=True, hours=hours)

    def is_listed(self) -> None:
        """Listed until it runs out, and listed again until it is revoked from a later day on."""
        for lasts, revoked in ((5, False), (None, True)):
            self.asks_for_a_place("site", own=True, lasts=lasts, hours=0)
            self.lists(0, 0)
            self._looks_at_places()
            if revoked and self.some("place"):
                self._steps(self.some("place")[-1], EntryAction.REVOKE, "li", stale=False)
            self.publishes(ahead=10 if revoked else 0, filed=True, hours=0 if revoked else 6 * 24)

    def _steps(self, place: Thing, action: EntryAction, person: str, *, stale: bool) -> None:
        self.touched.add("green")
        by = place.plant.own if action is EntryAction.WITHDRAW and not place.by else None
        body = {"reason": "核实"} if action in REASONED else {}
        must = "entry_stale" if stale else self._place_refused(place, action, person)
        sent = self.world.sends(
            f"{place.url}/{ENTRY_STEPS[action]}", body, by=by, person="" if by else person, must=must,
            seen='"99"' if stale else place.seen,
            refusals=["criterion_not_met"] if action is EntryAction.APPROVE else [],
        )  # fmt: skip
        if self.runs(sent) is not None:
            expected = ENTRIES.after(place.state, action)
            self._looks_at_places()
            over = place.state is EntryState.EXPIRED and expected in PASSING
            assert place.state is expected or over

    def _place_refused(self, place: Thing, action: EntryAction, person: str) -> str:
        ran_out = action is EntryAction.APPROVE and place.state is EntryState.EXPIRED
        if ran_out or (place.told["stored"], action) not in ENTRIES.steps:
            return "transition_refused"
        if action is EntryAction.WITHDRAW:
            return "not_the_applicant" if place.by and place.by != person else ""
        judging = action in {EntryAction.REVIEW, EntryAction.APPROVE, EntryAction.REFUSE}
        return "same_hands" if judging and place.by == person else ""

    def _looks_at_places(self) -> None:
        """Entries also move by publishing and by what workers find, so their state is read, and has to be legal."""
        for place in self.some("place"):
            told = self.runs(self.world.reads(place.url))
            stored = EntryState.REQUESTED
            for step in told["steps"]:
                stored = ENTRIES.after(stored, EntryAction(step["action"]))
            place.version, place.state = len(told["steps"]) + 1, EntryState(told["state"])
            place.told = {"stored": stored}

    @rule(ahead=st.integers(-2, 20), filed=st.booleans(), hours=WAITS)
    def publishes(self, ahead: int, filed: bool, hours: int) -> None:
        self.waits(hours)
        self.touched.add("green")
        url = self.world.list_url
        seen = self.runs(self.world.tag(url))
        body: Json = {
            "effective_on": (self.world.today + timedelta(days=ahead)).isoformat(), "basis": "会议纪要",
            "document": FILED if filed else None,
        }  # fmt: skip
        must = "backdated" if ahead < 0 else "filing_required" if self.read and not filed else ""
        may = ["nothing_to_publish", "backdated"] if self.read else []
        if may and must == "filing_required":
            must, may = "", [*may, must]
        sent = self.world.sends(f"{url}/publication", body, person="li", seen=seen, must=must, refusals=may)
        if self.runs(sent) is not None:
            newest = self.runs(self.world.reads(f"{url}/versions/{len(self.read) + 1}"))
            self.read[newest["number"]] = newest["text"]
        self.runs(checks.versions_hold(self.world, self.read))

    @rule(says=st.booleans())
    def nobody_lists_by_hand(self, says: bool) -> None:
        """Once a version is published, only the next one says who is on the list."""
        if not self.read:
            return
        plant = self.plant("green")
        said = {"subject_id": plant.site, "fact": "exemption_listed", "value": str(says).lower()}
        self.runs(self.world.sends(f"{plant.url}/assertions", {"assertions": [said]}, must="list_locked"))

    @rule(name=ANY_PLANT, own=st.booleans())
    def strangers_do_nothing(self, name: str, own: bool) -> None:
        """The plant itself takes no step of the authority, and officers of another province see nothing."""
        plant = self.plant(name)
        rating = {
            "subject_id": plant.line, "grade": "A", "valid_from": "2019-09-01", "basis": "x", "awarded_by": "x", "document": "x",
        }  # fmt: skip
        by, must = (plant.own, "authority_required") if own else (self.world.elsewhere, "enterprise_unknown")
        self.runs(self.world.sends(f"{plant.url}/ratings", rating, by=by, person="li", must=must))
