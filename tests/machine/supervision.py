"""Rules of the machine about grades, facts, choices, violations and warnings: what changes what is owed."""

from datetime import date, timedelta
from typing import Any

from hypothesis import strategies as st
from hypothesis.stateful import precondition, rule

from app.domain.acts.act import ActState
from app.domain.violations.violation import VIOLATIONS, ViolationAction, ViolationState
from app.domain.warnings import Colour, WarningState
from tests.api.plants import PAPER
from tests.machine.stage import ANY_PLANT, BY_FUSHAN, DAY, PERSON, PICK, WAITS, Machine
from tests.machine.world import Json, Thing

# Whose decisions a warning for a place changes.
PLACES = {"141027": "foundry", "140681": "green", "140581": "furnace"}
TRUE = {"value": "true"}
CLAIMS = [
    {"fact": "violation_kind", "value": "data_fraud"},
    {"fact": "exceedance_days"},
    {"fact": "unserved_at_season_end", **TRUE},
    {"fact": "measure_not_executed", **TRUE},
    {"fact": "permit_breach", **TRUE},
    {"fact": "environmental_violation", **TRUE},
]
STEPS: dict[ViolationAction, str] = {
    ViolationAction.HEAR: "hearing",
    ViolationAction.REPLY: "reply",
    ViolationAction.CONFIRM: "confirmation",
    ViolationAction.DISMISS: "dismissal",
    ViolationAction.RECTIFY: "rectification",
    ViolationAction.OVERTURN: "overturning",
}
RATING_REFUSALS = (
    "rating_overlaps", "rating_replaced", "downgrade_not_worse", "downgrade_backdated", "downgrade_outside",
    "correction_leaves_out", "rating_period_empty",
)  # fmt: skip
# Rules that leave a choice to the authority, with an alternative and a number that fits, or none.
CHOICES = [
    ("FS-43.days", 1, (30, 162)), ("FS-43.days", 0, None), ("A-FS19.foundry", 2, None), ("A-FS19.brick", 1, None),
    ("A-FS5.foundry", 0, (30, 90)),
]  # fmt: skip
FACTS: dict[str, list[tuple[str, str, str]]] = {
    "green": [
        ("enterprise", "green_factory", "true"), ("enterprise", "green_factory", "false"),
        ("enterprise", "annual_task", "not_done"), ("site", "ultra_low_standing", "met"), ("site", "clean_transport", "true"),
    ],
    "foundry": [
        ("line", "unserved_at_season_end", "true"), ("line", "exceedance_days", "3"), ("line", "permit_breach", "true"),
        ("line", "measure_not_executed", "false"), ("line", "environmental_violation", "true"),
    ],
    "brick": [
        ("line", "exceedance_days", "2"), ("line", "measure_not_executed", "true"), ("line", "unserved_at_season_end", "true"),
        ("line", "violation_kind", "exceedance"),
    ],
}  # fmt: skip


class Supervision(Machine):
    """Grades, facts, determinations, violations and warnings."""

    @rule(name=BY_FUSHAN, grade=st.sampled_from("BCDA"), begins=DAY, months=st.sampled_from([0, 1, 4]), hours=WAITS)
    def awards(self, name: str, grade: str, begins: date, months: int, hours: int) -> None:
        self.waits(hours)
        begins = date(2019, 9, 1) if months == 0 else begins
        self._rates(name, "award", grade, begins, months=months)

    @precondition(lambda self: self.some("rating"))
    @rule(
        pick=PICK,
        act=st.sampled_from(["downgrade", "correction"]),
        grade=st.sampled_from("CDBA"),
        ahead=st.integers(-40, 40),
        hours=WAITS,
    )
    def lowers_or_mends(self, pick: int, act: str, grade: str, ahead: int, hours: int) -> None:
        self.waits(hours)
        rating = self.one("rating", pick)
        begins = self.world.today + timedelta(days=ahead)
        self._rates(rating.plant.name, act, grade, begins, replaces=rating.told["id"])

    def _rates(
        self, name: str, act: str, grade: str, begins: date, *, replaces: str | None = None, months: int = 0
    ) -> None:
        plant = self.plant(name)
        body = {
            "subject_id": plant.line, "grade": grade, "act": act, "replaces": replaces, "valid_from": begins.isoformat(),
            "valid_to": (begins + timedelta(days=30 * months)).isoformat() if months else None, "basis": "评审",
            "awarded_by": "临汾市生态环境局", "document": "临环函 3 号",
        }  # fmt: skip
        made = self.runs(self.world.sends(f"{plant.url}/ratings", body, person="li", refusals=RATING_REFUSALS))
        if made is not None:
            self.keep("rating", Thing(url="", plant=plant, state=act, told=made["rating"]))

    @rule(name=ANY_PLANT, pick=st.integers(0, 4), begins=st.none() | DAY, own=st.booleans(), hours=WAITS)
    def states(self, name: str, pick: int, begins: date | None, own: bool, hours: int) -> None:
        self.waits(hours)
        plant = self.plant(name)
        level, fact, value = FACTS[name][pick % len(FACTS[name])]
        subject = {"enterprise": None, "site": plant.site, "line": plant.line}[level]
        said = {"subject_id": subject, "fact": fact, "value": value, "valid_from": begins and begins.isoformat()}
        by = plant.own if own else None
        # What the plants of Fushan are asked about are offences, which only the authority records.
        must = "authority_records" if own and name != "green" else ""
        made = self.runs(self.world.sends(f"{plant.url}/assertions", {"assertions": [said]}, by=by, must=must))
        if made is not None:
            self.keep("fact", Thing(url=f"/v1/assertions/{made['items'][0]['id']}", plant=plant, state="stands"))

    @precondition(lambda self: self.some("fact"))
    @rule(pick=PICK)
    def takes_back(self, pick: int) -> None:
        fact = self.one("fact", pick)
        must = "assertion_retracted" if fact.state == "retracted" else ""
        self.runs(self.world.sends(f"{fact.url}/retraction", {"reason": "有误"}, must=must))
        fact.state = "retracted"

    @rule(name=BY_FUSHAN, choice=st.sampled_from(CHOICES), number=st.integers(0, 200), begins=DAY, hours=WAITS)
    def chooses(self, name: str, choice: tuple[str, int, Any], number: int, begins: date, hours: int) -> None:
        self.waits(hours)
        plant = self.plant(name)
        chosen, alternative, bracket = choice
        body = plant.plan | {
            "subject_id": plant.line, "rule": chosen, "alternative": alternative, "valid_from": begins.isoformat(),
            "number": None if bracket is None else str(number), "basis": "会议纪要",
        }  # fmt: skip
        outside = bracket is not None and not bracket[0] <= number <= bracket[1]
        must = "number_outside_bracket" if outside else ""
        made = self.runs(self.world.sends(f"{plant.url}/determinations", body, person="li", must=must))
        if made is not None:
            self.keep(
                "determination", Thing(url=f"/v1/determinations/{made['id']}", plant=plant, state=ActState.GRANTED)
            )

    @precondition(lambda self: self.some("determination"))
    @rule(pick=PICK, hours=WAITS)
    def takes_the_choice_back(self, pick: int, hours: int) -> None:
        self.waits(hours)
        chosen = self.one("determination", pick)
        must = "" if chosen.state is ActState.GRANTED else "transition_refused"
        self.runs(self.world.sends(f"{chosen.url}/revocation", {"basis": "重新研究"}, person="zhang", must=must))
        chosen.state = ActState.REVOKED

    @rule(
        name=BY_FUSHAN,
        claims=st.sets(st.integers(0, 5), min_size=1, max_size=2),
        ago=st.integers(0, 20),
        through=st.sampled_from([False, True, True]),
        hours=WAITS,
    )
    def reports(self, name: str, claims: set[int], ago: int, *, through: bool, hours: int) -> None:
        """A suspicion, mostly taken through to its confirmation at once."""
        self.waits(hours)
        person = "zhang" if through or ago % 2 else "li"
        plant, today = self.plant(name), self.world.today
        first = today - timedelta(days=ago)
        days = [(first + timedelta(days=number)).isoformat() for number in range(0, ago + 1, 3)]
        said = [
            CLAIMS[one] | ({"days": days} if CLAIMS[one]["fact"] == "exceedance_days" else {}) for one in sorted(claims)
        ]
        body = plant.plan | {
            "subject_id": plant.line, "occurred_from": first.isoformat(), "occurred_to": today.isoformat(), "claims": said,
            "what": "线索",
        }  # fmt: skip
        made = self.runs(self.world.sends(f"{plant.url}/violations", body, person=person))
        assert made is not None
        case = Thing(
            url=f"/v1/violations/{made['violation']['id']}", plant=plant, state=ViolationState.SUSPECTED, by=person
        )
        case.told = {"first": first, "replied": False}
        self.keep("case", case)
        if through:
            self._confirms(case, ago % 7)

    @precondition(lambda self: self.some("case"))
    @rule(
        pick=PICK,
        action=st.sampled_from(list(ViolationAction)),
        person=PERSON,
        back=st.integers(0, 9),
        stale=st.integers(0, 9),
        hours=WAITS,
    )
    def goes_on_with(
        self, *, pick: int, action: ViolationAction, person: str, back: int, stale: int, hours: int
    ) -> None:
        self.waits(hours)
        self._moves(self.one("case", pick), action, person, back, stale=stale == 9)

    @precondition(lambda self: any(one.state is ViolationState.CONFIRMED for one in self.some("case")))
    @rule(
        then=st.sampled_from([ViolationAction.RECTIFY, ViolationAction.OVERTURN]), back=st.integers(0, 9), hours=WAITS
    )
    def ends_a_finding(self, then: ViolationAction, back: int, hours: int) -> None:
        self.waits(hours)
        case = next(one for one in self.some("case") if one.state is ViolationState.CONFIRMED)
        self.touched.add(case.plant.name)
        self._moves(case, then, "li", back, stale=False)

    def _confirms(self, case: Thing, back: int) -> None:
        """The usual way, which chance alone would rarely find."""
        for action in (ViolationAction.HEAR, ViolationAction.REPLY, ViolationAction.CONFIRM):
            self._moves(case, action, "zhang" if case.by == "li" else "li", back, stale=False)

    def _moves(self, case: Thing, action: ViolationAction, person: str, back: int, *, stale: bool) -> None:
        now, today = self.world.clock.now, self.world.today
        first: date = case.told["first"]
        day = max(first, today - timedelta(days=back)).isoformat()
        until = now + timedelta(hours=30)
        bodies: dict[ViolationAction, Json] = {
            ViolationAction.HEAR: {"reply_until": until.isoformat(), "notice": "告知书"},
            ViolationAction.REPLY: {"text": "说明"},
            ViolationAction.CONFIRM: {"from_day": day, "basis": "决定书", "overrides": back == 5},
            ViolationAction.DISMISS: {"reason": "证据不足"},
            ViolationAction.RECTIFY: {"accepted_on": day, "note": "验收", "evidence": PAPER},
            ViolationAction.OVERTURN: {"reason": "复议撤销"},
        }
        own = action is ViolationAction.REPLY
        must, refusals = self._refused(case, action, person, stale=stale)
        made = self.runs(
            self.world.sends(
                f"{case.url}/{STEPS[action]}", bodies[action], by=case.plant.own if own else None, person="" if own else person,
                seen='"99"' if stale else case.seen, must=must, refusals=refusals,
            )
        )  # fmt: skip
        if made is None:
            return
        case.state, case.version = VIOLATIONS.after(case.state, action), case.version + 1
        assert (made["violation"]["state"], made["violation"]["version"]) == (case.state, case.version)
        case.told["replied"] |= own
        case.told["until"] = until if action is ViolationAction.HEAR else case.told.get("until")

    def _refused(self, case: Thing, action: ViolationAction, person: str, *, stale: bool) -> tuple[str, list[str]]:
        """What has to be refused as what, and what may be."""
        if stale:
            return "violation_stale", []
        if (case.state, action) not in VIOLATIONS.steps:
            return "transition_refused", []
        if action is not ViolationAction.CONFIRM:
            return "", []
        if person == case.by:
            return "same_hands", []
        if not case.told["replied"] and self.world.clock.now + timedelta(minutes=1) < case.told["until"]:
            return "hearing_open", []
        return "", ["other_value_stands"]

    @rule(
        region=st.sampled_from(list(PLACES)),
        colour=st.sampled_from(list(Colour)),
        ahead=st.integers(-30, 50),
        hours=WAITS,
    )
    def warns(self, region: str, colour: Colour, ahead: int, hours: int) -> None:
        self.waits(hours)
        from_at = (self.world.clock.now + timedelta(hours=ahead)).isoformat()
        body = {"region": region, "colour": colour, "from_at": from_at, "basis": "通知"}
        stands = any(one.told["region"] == region and one.state is WarningState.ISSUED for one in self.some("warning"))
        must = "warning_stands" if stands else ""
        made = self.runs(self.world.sends("/v1/warnings", body, person="li", must=must))
        if made is not None:
            plant = self.plant(PLACES[region])
            warning = Thing(url=f"/v1/warnings/{made['id']}", plant=plant, state=WarningState.ISSUED, told=body)
            self.keep("warning", warning)

    @precondition(lambda self: self.some("warning"))
    @rule(pick=PICK, colour=st.sampled_from([None, None, *Colour]), ahead=st.integers(-30, 50), hours=WAITS)
    def warns_otherwise(self, pick: int, colour: Colour | None, ahead: int, hours: int) -> None:
        self.waits(hours)
        warning = self.one("warning", pick)
        from_at = self.world.clock.now + timedelta(hours=ahead)
        body: Json = {"from_at": from_at.isoformat(), "basis": "通知"}
        must = "transition_refused" if warning.state is WarningState.LIFTED else ""
        if not must and colour is not None and colour == warning.told["colour"]:
            must = "colour_unchanged"
        elif not must and from_at.isoformat() < warning.told["from_at"]:
            must = "warning_runs_backwards"
        path, more = ("lift", {}) if colour is None else ("changes", {"colour": colour})
        sent = self.world.sends(f"{warning.url}/{path}", body | more, person="zhang", seen=warning.seen, must=must)
        if self.runs(sent) is not None:
            warning.version += 1
            warning.told = warning.told | body | more
            warning.state = WarningState.LIFTED if colour is None else WarningState.ISSUED
