"""Dossiers, baselines and findings as canonical JSON, each kept under the hash of its bytes."""

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import fields
from datetime import date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

import numpy as np
import orjson
from numpy.typing import NDArray

from app.domain.compliance.baselines import GROUPS, Baselines, Excluded, Method
from app.domain.compliance.calendar import WorkCalendar
from app.domain.compliance.demands import Demand, Excuse, Phase, demand_json, excuse_json
from app.domain.compliance.dossier import Dossier, Gauge
from app.domain.compliance.metering import Metered, MeterEvent, TreatmentLink
from app.domain.compliance.thresholds import Threshold, Thresholds
from app.domain.compliance.treatment import BANDS, Usual
from app.domain.feed.channels import Channel, Multiplier, Replacement
from app.domain.periods import Period
from app.domain.schedules.lines import clause_json, clause_of

Json = Mapping[str, Any]
# It knows one group of days.
NAMED = "plan-named/1"
_CHANNEL = tuple(field.name for field in fields(Channel))
_REASONS = {int(one): one.name.lower() for one in Excluded}


def canonical(value: Any) -> bytes:
    # The driver's own ids are ids of a subclass.
    return orjson.dumps(value, option=orjson.OPT_SORT_KEYS, default=str)


def digest(document: bytes) -> bytes:
    return hashlib.sha256(document).digest()


def thresholds_of(stored: Json) -> Thresholds:
    return Thresholds(
        version=stored["version"], values={name: Threshold(**one) for name, one in stored["values"].items()}
    )


def dossier_document(one: Dossier) -> bytes:
    return canonical(
        {
            "enterprise_id": str(one.enterprise_id),
            "meters": [
                meter.as_json() | {"label": meter.label, "ramp": meter.ramp_down_minutes} for meter in one.meters
            ],
            "gauges": {str(meter): [_gauge(each) for each in gauges] for meter, gauges in one.gauges.items()},
            "links": [
                {"production": str(link.production), "treatment": [str(each) for each in link.treatment]}
                for link in one.links
            ],
            "demands": {str(subject): [_demand(each) for each in asked] for subject, asked in one.demands.items()},
            "excuses": {str(subject): [excuse_json(each) for each in given] for subject, given in one.excuses.items()},
            "warned": {str(subject): [_period(each) for each in under] for subject, under in one.warned.items()},
            "phases": [_phase(each) for each in one.phases],
            "unmetered": [str(each) for each in one.unmetered],
        }
    )


def dossier_of(document: bytes) -> Dossier:
    stored = orjson.loads(document)
    return Dossier(
        enterprise_id=UUID(stored["enterprise_id"]),
        meters=tuple(_meter_of(one) for one in stored["meters"]),
        gauges={UUID(meter): tuple(_gauge_of(one) for one in some) for meter, some in stored["gauges"].items()},
        links=tuple(
            TreatmentLink(production=UUID(one["production"]), treatment=tuple(UUID(each) for each in one["treatment"]))
            for one in stored["links"]
        ),
        demands=_by_subject(stored["demands"], _demand_of),
        excuses=_by_subject(stored["excuses"], _excuse_of),
        warned=_by_subject(stored["warned"], lambda one: Period(date.fromisoformat(one[0]), _day(one[1]))),
        phases=tuple(_phase_of(one) for one in stored["phases"]),
        unmetered=tuple(UUID(one) for one in stored["unmetered"]),
    )


def _by_subject(stored: Json, read: Any) -> dict[UUID, tuple[Any, ...]]:
    return {UUID(subject): tuple(read(one) for one in some) for subject, some in stored.items()}


def _meter_of(stored: Json) -> Metered:
    return Metered(
        id=UUID(stored["id"]),
        subject_id=UUID(stored["subject_id"]),
        kind=stored["kind"],
        label=stored["label"],
        on_kw=stored["on_kw"],
        holding_kw=stored["holding_kw"],
        ramp_down_minutes=stored["ramp"],
        own_generation=stored["own_generation"],
        events=tuple(MeterEvent(kind=one["kind"], at=datetime.fromisoformat(one["at"])) for one in stored["events"]),
    )


def _gauge(one: Gauge) -> dict[str, Any]:
    return {
        "channel": {name: getattr(one.channel, name) for name in _CHANNEL},
        "zone": one.zone,
        "multipliers": [[each.from_day, str(each.factor)] for each in one.multipliers],
        "replacements": [[each.at, str(each.final_old), str(each.initial_new)] for each in one.replacements],
    }


def _gauge_of(stored: Json) -> Gauge:
    channel = dict(stored["channel"])
    ids = {name: UUID(channel[name]) for name in ("id", "enterprise_id", "meter_id")}
    return Gauge(
        channel=Channel(**channel | ids),
        zone=stored["zone"],
        multipliers=tuple(
            Multiplier(from_day=date.fromisoformat(day), factor=Decimal(factor))
            for day, factor in stored["multipliers"]
        ),
        replacements=tuple(
            Replacement(at=datetime.fromisoformat(at), final_old=Decimal(old), initial_new=Decimal(new))
            for at, old, new in stored["replacements"]
        ),
    )


def _demand(one: Demand) -> dict[str, Any]:
    return demand_json(one) | {"clauses": [clause_json(each) for each in one.clauses]}


def _demand_of(stored: Json) -> Demand:
    return Demand(
        **{
            **stored,
            "subject_id": UUID(stored["subject_id"]),
            "from_at": datetime.fromisoformat(stored["from_at"]),
            "until_at": datetime.fromisoformat(stored["until_at"]),
            "clauses": tuple(clause_of(one) for one in stored["clauses"]),
        }
    )


def _excuse_of(stored: Json) -> Excuse:
    return Excuse(
        subject_id=UUID(stored["subject_id"]),
        kind=stored["kind"],
        from_day=date.fromisoformat(stored["from_day"]),
        until_day=_day(stored["until_day"]),
        reference=stored["reference"],
    )


def _period(one: Period) -> list[str | None]:
    return [one.start.isoformat(), None if one.until is None else one.until.isoformat()]


def _phase(one: Phase) -> dict[str, Any]:
    return {
        "id": one.id,
        "members": [str(each) for each in one.members],
        "from_day": one.from_day,
        "until_day": one.until_day,
        "keep_pct": one.keep_pct,
        "clauses": [clause_json(each) for each in one.clauses],
        "shared": one.shared,
    }


def _phase_of(stored: Json) -> Phase:
    return Phase(
        id=stored["id"],
        members=tuple(UUID(one) for one in stored["members"]),
        from_day=date.fromisoformat(stored["from_day"]),
        until_day=date.fromisoformat(stored["until_day"]),
        keep_pct=stored["keep_pct"],
        clauses=tuple(clause_of(one) for one in stored["clauses"]),
        shared=stored.get("shared", False),
    )


def _day(text: str | None) -> date | None:
    return None if text is None else date.fromisoformat(text)


def baseline_documents(found: Baselines, meters: Sequence[Metered]) -> tuple[bytes, ...]:
    """Each meter's baseline in words: the days used, the others with their reason, and the curve of each group."""
    days = [str(day) for day in found.days]
    of_group = {
        "any": np.ones(len(days), dtype=np.bool_),
        **{
            group: np.array([one == group for one in found.day_types], dtype=np.bool_) & (found.method.name != NAMED)
            for group in ("workday", "rest_day")
        },
    }
    shared = {
        "kind": "baseline",
        "method": found.method.name,
        "from_day": found.method.from_day,
        "until_day": found.method.until_day,
        "thresholds": found.thresholds,
        "calendar": found.calendar,
        "least_days": found.least_days,
    }
    return tuple(canonical(shared | _baseline(found, row, meter, days, of_group)) for row, meter in enumerate(meters))


def _baseline(
    found: Baselines, row: int, meter: Metered, days: Sequence[str], of_group: Mapping[str, NDArray[np.bool_]]
) -> dict[str, Any]:
    reasons = found.reasons[row]
    used = reasons == Excluded.USED
    return {
        "meter_id": str(meter.id),
        "used": {group: [days[at] for at in np.flatnonzero(used & of_group[group]).tolist()] for group in GROUPS},
        "excluded": [[days[at], _REASONS[int(reasons[at])]] for at in np.flatnonzero(~used).tolist()],
        "curve_wh": {
            group: found.curve[row, place].tolist() if found.enough[row, place] else None
            for place, group in enumerate(GROUPS)
        },
    }


def baselines_of(stored: Sequence[Json], *, slots: int, calendar: WorkCalendar) -> Baselines:
    """The baselines of some meters of one method again, as they were computed."""
    first = stored[0]
    method = Method(
        name=first["method"],
        from_day=date.fromisoformat(first["from_day"]),
        until_day=date.fromisoformat(first["until_day"]),
    )
    told = [{*(day for day, _ in one["excluded"]), *one["used"]["any"]} for one in stored]
    days = np.array(sorted(told[0]), dtype="datetime64[D]")
    at = {str(day): place for place, day in enumerate(days)}
    reasons = np.zeros((len(stored), len(days)), dtype=np.uint8)
    curve = np.zeros((len(stored), len(GROUPS), slots), dtype=np.int64)
    for row, one in enumerate(stored):
        for day, reason in one["excluded"]:
            reasons[row, at[day]] = Excluded[reason.upper()]
        for place, group in enumerate(GROUPS):
            if one["curve_wh"][group] is not None:
                curve[row, place] = one["curve_wh"][group]
    return Baselines(
        method=method,
        thresholds=first["thresholds"],
        calendar=first["calendar"],
        days=days,
        day_types=tuple(calendar.day_type(date.fromisoformat(str(day))) for day in days),
        curve=curve,
        used=np.array([[len(one["used"][group]) for group in GROUPS] for one in stored], dtype=np.int64),
        enough=np.array([[one["curve_wh"][group] is not None for group in GROUPS] for one in stored], dtype=np.bool_),
        reasons=reasons,
        least_days=first["least_days"],
    )


def usual_document(link: TreatmentLink, usual: Usual, place: int) -> bytes:
    """What the treatment of one link usually takes."""
    return canonical(
        {
            "kind": "treatment",
            "production": str(link.production),
            "treatment": [str(one) for one in link.treatment],
            "on_wh": int(usual.on_wh[place]),
            "band_wh": int(usual.band_wh[place]),
            "low_wh": [int(one) for one in usual.low_wh[place]],
        }
    )


def usual_of(stored: Iterable[Json]) -> Usual:
    known = list(stored)
    return Usual(
        on_wh=np.array([one["on_wh"] for one in known], dtype=np.int64),
        band_wh=np.array([one["band_wh"] for one in known], dtype=np.int64),
        low_wh=np.array([one["low_wh"] for one in known], dtype=np.int64).reshape(len(known), BANDS),
    )
