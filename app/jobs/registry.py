"""Every kind of job and every recurring one; a room adds its line here."""

from datetime import timedelta
from functools import partial

from app.domain.schedules.planning.plan import plan
from app.jobs.assess import assess_region, reassess_dirty
from app.jobs.compute_schedule import compute_schedule
from app.jobs.context import Handler
from app.jobs.decide import decide_region
from app.jobs.draft_disclosure import draft_disclosure
from app.jobs.duties import erase_contacts, make_duties, remind
from app.jobs.feed import close_feed_days, make_partitions, merge_feed_batch, replay_parked_rows
from app.jobs.gaps import find_list_gaps
from app.jobs.import_ratings import import_ratings
from app.jobs.import_register import import_register
from app.jobs.packs import check_policy_draft, check_policy_pack, publish_policy_draft
from app.jobs.redecide import PASSED, mark_passed_days, redecide_stale
from app.jobs.review import review_region
from app.jobs.serve_orders import serve_orders
from app.jobs.serve_schedule import serve_schedule
from app.jobs.settle import settle_ledgers
from app.jobs.simulate import simulate
from app.jobs.sweep import sweep_events, sweep_idempotency_keys

HANDLERS: dict[str, Handler] = {
    "assess_region": assess_region,
    "reassess_dirty": reassess_dirty,
    "check_pack": check_policy_pack,
    "check_draft": check_policy_draft,
    "close_feed_days": close_feed_days,
    "make_partitions": make_partitions,
    "make_duties": make_duties,
    "merge_feed_batch": merge_feed_batch,
    "replay_parked_rows": replay_parked_rows,
    "publish_draft": publish_policy_draft,
    "compute_schedule": partial(compute_schedule, plan=plan),
    "decide_region": decide_region,
    "draft_disclosure": draft_disclosure,
    PASSED: mark_passed_days,
    "redecide_stale": redecide_stale,
    "remind": remind,
    "review_region": review_region,
    "erase_contacts": erase_contacts,
    "find_list_gaps": find_list_gaps,
    "import_register": import_register,
    "import_ratings": import_ratings,
    "serve_orders": serve_orders,
    "serve_schedule": serve_schedule,
    "settle_ledgers": settle_ledgers,
    "simulate": simulate,
    "sweep_events": sweep_events,
    "sweep_idempotency_keys": sweep_idempotency_keys,
}

RECURRING: dict[str, timedelta] = {
    "reassess_dirty": timedelta(minutes=1),
    "close_feed_days": timedelta(minutes=30),
    "erase_contacts": timedelta(days=1),
    "make_duties": timedelta(minutes=5),
    "make_partitions": timedelta(days=1),
    # Days pass at midnight in Shanghai; a few minutes later is soon enough.
    PASSED: timedelta(minutes=5),
    "redecide_stale": timedelta(seconds=30),
    "remind": timedelta(minutes=5),
    "settle_ledgers": timedelta(days=1),
    "sweep_events": timedelta(hours=1),
    "sweep_idempotency_keys": timedelta(hours=1),
}
