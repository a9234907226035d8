"""Who may read and write what, relation by relation and function by function.

Every relation of the API stands in `READERS`, every function in one of the lists of
arguments; the tests of access fail for one that does not.
"""

import uuid
from typing import Any

STAFF = {"admin", "analyst"}
ADMIN = {"admin"}

# relation: who sees rows in it. Nobody who is signed out sees anything.
READERS = {
    "suppliers": STAFF,
    "user_profiles": STAFF,
    "core_features": STAFF,
    "activity_events": STAFF,
    "scorecards": STAFF,
    "runs": STAFF,
    "customer_health": STAFF,
    "current_health": STAFF,
    "transitions": STAFF,
    "success_milestones": STAFF,
    "support_interactions": STAFF,
    "interventions": STAFF,
    "team_alerts": STAFF,
    "playbooks": STAFF,
    "outreach_rules": STAFF,
    "message_templates": STAFF,
    "outbox": set(),  # a few columns only, see below
    "in_app_messages": STAFF | {"supplier"},
    "daily_figures": STAFF,
    "daily_movers": STAFF,
    "week_changes": STAFF,
    "supplier_notes": STAFF,
    "saved_views": STAFF,
    "digest_subscriptions": set(),  # one's own only, and nobody here has one
    "settings_drafts": set(),  # the same
    "audit_log": ADMIN,
    "supplier_overview": STAFF,
    "health_history": STAFF,
    "intervention_list": STAFF,
    "milestone_list": STAFF,
}
# Everything else is written by the job, or by the product, with the secret key.
WRITERS = {"support_interactions": ADMIN}
PERSONAS = ("admin", "analyst", "supplier", "stranger", "signed_out")

NOBODY = str(uuid.UUID(int=0))
HASH = "0" * 64
# What people do: refused to all but admins, by the function itself.
ACTIONS: dict[str, dict[str, Any]] = {
    "claim_call": {"p_supplier": NOBODY, "p_call": NOBODY},
    "release_call": {"p_supplier": NOBODY, "p_call": NOBODY},
    "reopen_call": {"p_supplier": NOBODY, "p_call": NOBODY},
    "snooze_call": {
        "p_supplier": NOBODY,
        "p_call": NOBODY,
        "p_reason": "x",
        "p_until": "2026-06-01",
    },
    "add_note": {"p_supplier": NOBODY, "p_text": "x"},
    "assign_owner": {"p_suppliers": [], "p_owner": None},
    "cancel_intervention": {"p_supplier": NOBODY, "p_intervention": NOBODY},
    "retry_intervention": {"p_supplier": NOBODY, "p_intervention": NOBODY},
    "undo_bulk": {"p_bulk": NOBODY},
    "undo_owners": {"p_bulk": NOBODY},
    "close_bulks": {"p_until": "2026-06-01"},
    "request_run": {},
    "run_status": {},
    "mail_status": {"p_now": "2026-06-01"},
    "mail_list": {"p_is_dead": True, "p_offset": 0, "p_limit": 1},
    "retry_mail": {"p_ids": [], "p_now": "2026-06-01"},
    "data_status": {"p_now": "2026-06-01"},
    "audit_page": {"p_filter": {}, "p_before_at": None, "p_before_id": None, "p_limit": 1},
    "audit_choices": {},
    "preview_basis": {},
    "preview_measures": {
        "p_as_of": "2026-06-01",
        "p_card": None,
        "p_after": NOBODY,
        "p_limit": 1,
    },
    "publish_definition": {
        **{"p_kind": "scorecard", "p_name": "", "p_definition": {}, "p_note": "x", "p_based_on": 1}
    },
    "list_people": {},
    "give_role": {"p_user": NOBODY, "p_role": "analyst"},
    "remove_person": {"p_user": NOBODY},
    "end_sessions_of_person": {"p_user": NOBODY},
    "waiting_messages": {"p_now": "2026-06-01"},
    "count_capped": {"p_now": "2026-06-01", "p_cap": {"emails": 1, "days": 7}},
    "queue_test_mail": {"p_mail": {}},
}
# What the screens read: row level security decides what is in it.
READING: dict[str, dict[str, Any]] = {
    "today": {},
    "daily_levels": {"p_days": 90},
    "movers": {"p_limit": 10},
    "count_milestones": {"p_since": "2020-01-01"},
    "find_suppliers": {"p_filter": {}, "p_sort": "score", "p_offset": 0, "p_limit": 10},
    "find_supplier_ids": {"p_filter": {"text": "rowan"}, "p_limit": 10},
    "ordered_supplier_ids": {"p_filter": {}, "p_sort": "name"},
    "inactive_suppliers": {"p_text": "long gone", "p_limit": 5},
    "supplier_screen": {
        **{"p_filter": {}, "p_sort": "score", "p_offset": 0, "p_limit": 10},
        **{"p_with_history": True, "p_quiet_days": 14},
    },
    "count_levels": {"p_filter": {}},
    "count_suppliers": {"p_filter": {}},
    "last_scored": {},
    "recent_milestones": {
        "p_since": "2020-01-01",
        "p_limit": 10,
        "p_offset": 0,
        "p_type": None,
        "p_celebrated": None,
    },
    "filter_choices": {},
    "call_queue": {"p_until": "2099-01-01", "p_owner": None, "p_limit": 10},
    "count_calls": {"p_until": "2099-01-01", "p_owner": None},
    "count_queue": {"p_until": "2099-01-01", "p_late_before": "2099-01-01", "p_owner": None},
    "find_interventions": {"p_tab": "history", "p_filter": {}, "p_offset": 0, "p_limit": 10},
    "count_interventions": {},
    "all_scorecards": {},
    "digest_facts": {
        "p_since": "2026-05-01",
        "p_from": "2026-01-01",
        "p_until": "2099-01-01",
    },
    "definition_versions": {
        "p_kind": "playbook",
        "p_name": "sharp_drop",
        "p_before": 99,
        "p_limit": 9,
    },
    "definitions_in_force": {"p_kind": "template"},
    "playbook_figures": {"p_since": "2020-01-01"},
}
# What the job and the dashboard's own server call: refused to everybody else.
ARGUMENTS: dict[str, dict[str, Any]] = {
    "claim_api_key": {"p_user": NOBODY, "p_key": "k", "p_fingerprint": HASH},
    "keep_api_answer": {"p_user": NOBODY, "p_key": "k", "p_answer": {}},
    "release_api_key": {"p_user": NOBODY, "p_key": "k"},
    "take_attempts": {"p_attempts": []},
    "forget_attempts": {"p_attempts": []},
    "begin_run": {
        "p_kind": "daily",
        "p_as_of": "2026-06-01",
        "p_from_date": None,
        "p_scorecard_version": 1,
        "p_holder": "me",
        "p_ttl_seconds": 1,
    },
    "newest_daily_run": {},
    "waiting_zones": {"p_now": "2026-06-01"},
    "put_off": {"p_now": "2026-06-01", "p_until": {}},
    "note_run_request": {"p_id": NOBODY, "p_status": "done"},
    "stop_digest": {"p_person": NOBODY, "p_digest": "daily", "p_token": "x"},
    "digest_readers": {},
    "store_attachment": {"p_key": "k", "p_file_name": "f.csv", "p_content": "x"},
    "mail_attachment": {"p_id": NOBODY},
    "queue_digest": {
        "p_now": "2026-06-01",
        "p_person": NOBODY,
        "p_digest": "daily",
        "p_day": "2026-06-01",
        "p_told": None,
        "p_mail": None,
    },
    "save_daily_figures": {"p_fence": 1, "p_date": "2026-06-01"},
    "request_bulk": {"p_now": "2026-06-01", "p_requests": [], "p_cap": {}},
    "time_zones_of": {"p_suppliers": []},
    "message_facts": {"p_supplier": NOBODY, "p_now": "2026-06-01"},
    "end_web_sessions_of": {"p_user": NOBODY},
    **ACTIONS,
    "renew_lease": {"p_fence": 1, "p_ttl_seconds": 1},
    "finish_run": {
        "p_run_id": NOBODY,
        "p_fence": 1,
        "p_status": "done",
        "p_totals": {},
        "p_seconds": {},
    },
    "roll_up_step": {"p_fence": 1},
    "measure_page": {
        "p_as_of": "2026-06-01",
        "p_scorecard_version": 1,
        "p_after": NOBODY,
        "p_limit": 1,
    },
    "save_page": {
        "p_fence": 1,
        "p_run_id": NOBODY,
        "p_as_of": "2026-06-01",
        "p_scorecard_version": 1,
        "p_measured_xid": 1,
        "p_scores": {},
    },
    "cancel_for_left": {"p_fence": 1, "p_now": "2026-06-01"},
    "messages_to_write": {"p_now": "2026-06-01", "p_limit": 1},
    "feature_users": {"p_now": "2026-06-01"},
    "save_written": {"p_now": "2026-06-01", "p_messages": []},
    "pending_alerts": {"p_fence": 1, "p_now": "2026-06-01"},
    "save_alerts": {"p_fence": 1, "p_now": "2026-06-01", "p_alerts": [], "p_mail": []},
    "request_intervention": {"p_now": "2026-06-01", "p_request": {}, "p_cap": {}},
    "unsubscribe": {"p_supplier": NOBODY, "p_token": "x"},
    "queue_mail": {"p_mail": []},
    "claim_mail": {
        "p_now": "2026-06-01",
        "p_limit": 1,
        "p_claimant": NOBODY,
        "p_claim_seconds": 1,
        "p_give_up_before": "2026-06-01",
    },
    "claim_mail_of": {
        "p_supplier": NOBODY,
        "p_intervention": NOBODY,
        "p_claimant": NOBODY,
        "p_claim_seconds": 1,
    },
    "note_mail": {
        "p_claimant": NOBODY,
        "p_claim_seconds": 1,
        "p_done": None,
        "p_next": None,
    },
    "release_mail": {
        "p_claimant": NOBODY,
        "p_error": "x",
        "p_now": "2026-06-01",
    },
    "retry_all_mail": {"p_now": "2026-06-01"},
    "open_web_session": {
        "p_id_hash": HASH,
        "p_user_id": NOBODY,
        "p_sealed": "x",
        "p_lifetime_seconds": 1,
    },
    "read_web_session": {"p_id_hash": HASH},
    "claim_web_session_refresh": {"p_id_hash": HASH},
    "reseal_web_session": {"p_id_hash": HASH, "p_sealed": "x"},
    "end_web_session": {"p_id_hash": HASH},
}
