"""Every table and its kind, which says where its rows live when the register is spread over machines.

reference    small, copied everywhere; global uniqueness lives here
distributed  everything below an enterprise: each key contains `enterprise_id`
local        work in hand: jobs, outbox, keys of requests
"""

from typing import Literal

Kind = Literal["reference", "distributed", "local"]

KINDS: dict[str, Kind] = {
    # foundation
    "clients": "reference",
    "signing_keys": "reference",
    "audit": "local",
    "outbox": "local",
    "event_sequence": "local",
    "idempotency_keys": "local",
    "operations": "local",
    "recurring_jobs": "local",
    "uploads": "local",
    # webhooks
    "webhooks": "reference",
    "webhook_queues": "local",
    "webhook_deliveries": "local",
    "webhook_attempts": "local",
    # register
    "regions": "reference",
    "built_up_areas": "reference",
    "enterprises": "reference",
    "sites": "distributed",
    "lines": "distributed",
    "processes": "distributed",
    "units": "distributed",
    "couplings": "distributed",
    "meters": "distributed",
    "assertions": "distributed",
    "assertion_marks": "distributed",
    # acts
    "reading_confirmations": "reference",
    # decisions
    "packs": "reference",
    "pack_texts": "reference",
    "pack_retirements": "reference",
    "pack_drafts": "reference",
    "snapshots": "distributed",
    "snapshot_heads": "distributed",
    "decision_runs": "distributed",
    "decisions": "distributed",
    "acts": "distributed",
    "act_heads": "distributed",
    "act_steps": "distributed",
    "stale_enterprises": "local",
    # ratings
    "ratings": "distributed",
    # warnings and orders
    "warnings": "reference",
    "warning_changes": "reference",
    "warning_heads": "reference",
    "warning_servings": "reference",
    "orders": "distributed",
    "order_marks": "distributed",
    # supervision
    "inspections": "distributed",
    "violations": "distributed",
    "violation_heads": "distributed",
    "violation_steps": "distributed",
    # ledger
    "settlements": "distributed",
    "ledger_entries": "distributed",
    # exemption lists
    "exemption_lists": "reference",
    "exemption_list_heads": "reference",
    "exemption_versions": "reference",
    "exemption_entries": "distributed",
    "exemption_entry_heads": "distributed",
    "exemption_entry_steps": "distributed",
    "exemption_findings": "distributed",
    # schedules
    "schedules": "reference",
    "schedule_lines": "distributed",
    "schedule_series": "reference",
    "schedule_publications": "reference",
    "calendar_feeds": "reference",
    # feed
    "feed_sources": "reference",
    "feed_source_heads": "local",
    "channel_heads": "reference",
    "channels": "distributed",
    "channel_multipliers": "distributed",
    "meter_replacements": "distributed",
    "load_curves": "distributed",
    "load_curve_revisions": "distributed",
    "load_points": "distributed",
    "load_point_revisions": "distributed",
    "folded_points": "distributed",
    "feed_bodies": "local",
    "feed_batches": "local",
    "feed_reports": "local",
    "feed_parked": "local",
    "resend_requests": "distributed",
    # compliance
    "compliance_thresholds": "reference",
    "work_calendars": "reference",
    "compliance_terms": "reference",
    "compliance_dossiers": "distributed",
    "compliance_parts": "distributed",
    "compliance_verdicts": "distributed",
    "compliance_findings": "distributed",
    "compliance_finding_heads": "distributed",
    "assessed_arrivals": "local",
    # public lists
    "disclosures": "reference",
    "disclosure_series": "reference",
    "disclosure_publications": "reference",
    "disclosure_withdrawals": "reference",
    # duties
    "duty_terms": "reference",
    "duties": "distributed",
    "duty_filings": "distributed",
    "duty_receipts": "distributed",
    "duty_waivers": "distributed",
    "duty_reminders": "distributed",
    "duty_settings": "reference",
    "duty_rounds": "local",
    "attachments": "distributed",
    "contacts": "distributed",
    # reports
    "season_records": "reference",
    # simulations
    "simulations": "reference",
    "simulation_changes": "local",
}
