"""Random packs and random records: every option, every limit and its nearest neighbours, any share missing."""

from typing import Any

from hypothesis import strategies as st

from app.domain.policies.facts import Value
from app.domain.policies.pack import Pack
from tests.domain import brute_force
from tests.domain.plans import TWO_ZONES, invented, ladder, row

LEAVES = [
    "p", "q", "not p", "r", "event", "not event", "dust <= 30", "dust <= 50", "dust < 30", "dust > 50", "soot <= 10", "soot == 10",
    "fuel is coal", "fuel in clean", "fuel not in clean", "fuel is not gas", "retrofit is accepted", "retrofit in settled", "retrofit is not done",
]  # fmt: skip
SHORT = {"from": "12-01", "to": "01-31"}
MEASURES: list[object] = [
    "stop", "normal", "self_directed", "remediate", {"stop": {"during": SHORT}}, {"stop": {"during": {"from": "11-01", "to": "02-29"}}},
    {"stop": {"from": "10-01", "until": "rectified"}}, {"stop": {"from": "finding", "until": "season_end"}},
    {"cut": {"pct": 30, "basis": "capacity"}}, {"cut": {"pct": 50, "basis": "capacity", "during": SHORT}},
    {"authority_decides": {"authority": "甲", "question": {"zh": "甲？", "en": "x?"}, "alternatives": ["normal", "stop"]}},
]  # fmt: skip
SANCTION = {"sanction": {"says": {"zh": "甲", "en": "x"}}}
UP = {"one_level_up": {"of": "fuel", "levels": {"gas": "other", "other": "coal", "coal": "stop"}}}
ADD: list[object] = [
    {"add": {"pct": 20}},
    {"add": {"pct": -10}},
    "remediate",
    {"load_cap": {"basis": "capacity", "pct": 80}},
]
LIMITED = [None, ["mill"], {"except": ["mill"]}, ["mill", "forge"]]

CONDITIONS: st.SearchStrategy[dict[str, Any]] = st.recursive(
    st.sampled_from(LEAVES).map(lambda leaf: {"if": leaf})
    | st.sampled_from(["height <= 5", "rank is bad", "rank is not good"]).flatmap(
        lambda leaf: st.sampled_from([{"every": "ovens", "if": leaf}, {"some": "ovens", "if": leaf}])
    ),
    lambda part: st.one_of(
        st.lists(part, min_size=1, max_size=3).map(lambda parts: {"all": parts}),
        st.lists(part, min_size=1, max_size=3).map(lambda parts: {"any": parts}),
        part.map(lambda one: {"not": one}),
    ),
    max_leaves=4,
)


@st.composite
def packs(draw: st.DrawFn) -> Pack:
    """A small plan: gates, a ladder for one or two industries, penalties and warnings, one zone or two."""

    def scoped(stage: str, measures: list[object], most: int) -> list[dict[str, object]]:
        made = []
        for number in range(draw(st.integers(0, most))):
            limited = draw(st.sampled_from(LIMITED))
            more = {"industries": limited} if limited else {}
            made.append(row(f"{stage}{number}", draw(CONDITIONS), draw(st.sampled_from(measures)), **more))
        return made

    def rows(industry: str) -> dict[str, object]:
        count = draw(st.integers(1, 4))
        conditions = [draw(CONDITIONS) for _ in range(count - 1)] + [draw(st.none() | CONDITIONS)]
        made = [row(f"{industry}{n}", when, draw(st.sampled_from(MEASURES))) for n, when in enumerate(conditions)]
        if draw(st.booleans()) and count > 1:
            made[-1]["class"] = made[-2]["class"] = "low"
        return ladder(*made, industry=industry)

    penal: list[object] = ["lowest_class", "lowest_class", UP, UP, "stop", SANCTION]
    lifting = [{**one, "lifts": "rules"} for one in scoped("livelihood", MEASURES, 1)]
    exempt = [{**one, "granted_by": "event"} for one in scoped("exempt", ["not_controlled", "not_limited"], 1)]
    return invented(
        gates=scoped("gate", MEASURES, 2),
        livelihood=draw(st.sampled_from([lifting, []])),
        exemptions=exempt,
        adjustments=scoped("adjustment", ADD, 2),
        transport=scoped("transport", [{"transport": {"do": "stagger"}}], 1),
        rules=[rows(industry) for industry in draw(st.sampled_from([["mill"], ["mill", "forge"]]))],
        penalties=scoped("penalty", penal, 2),
        warnings=scoped("warning", MEASURES, 1),
        **draw(st.sampled_from([{}, TWO_ZONES])),
    )


@st.composite
def records(draw: st.DrawFn, pack: Pack, binds: str, *, tag: str | None, missing: float, most: int) -> dict[str, Value]:
    """A record of one tag (None: unknown) without a share of its facts, but with at most so many completions."""
    random = draw(st.randoms(use_true_random=False))
    events = brute_force.absent(pack)
    record: dict[str, Value] = {} if tag is None else {brute_force.TAG[binds]: tag}
    left = 1 if tag else len(brute_force.candidates(pack, brute_force.TAG[binds], binds))
    for key in brute_force.mentioned(pack, tag, binds):
        options = brute_force.candidates(pack, key, binds)
        if key == brute_force.TAG[binds] or (key in events and random.random() < 0.7):
            continue
        if key not in events and random.random() < missing and left * len(options) <= most:
            left *= len(options)
            continue
        # What a plan allows is drawn more often than what it forbids, so that ladders are walked to their end.
        favoured = "accepted" if "accepted" in options else True if True in options and key not in events else None
        record[key] = favoured if favoured is not None and random.random() < 0.4 else random.choice(options)
    return record
