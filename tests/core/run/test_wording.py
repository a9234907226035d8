"""What a run says of itself."""

from typing import Any

from cs_core.run.wording import SHOWN, contact_record, mail_troubles, run_in_words

PLANNED: dict[str, Any] = {
    "supplier_id": "s",
    "playbook": "silent_after_set_up",
    "milestone_type": None,
    "type": "call",
    "call_type": "check_in",
    "template": None,
    "arm": "treated",
    "status": "planned",
    "reason": None,
    "scheduled_us": 1_795_428_000_000_000,
    "health_score": 42,
}
SUPPRESSED = PLANNED | {
    "type": "email",
    "call_type": None,
    "status": "suppressed",
    "reason": "frequency_cap",
    "scheduled_us": None,
}
CELEBRATION = PLANNED | {
    "playbook": None,
    "milestone_type": "ten_clients",
    "type": "in_app",
    "call_type": None,
}


def summary(**changes: Any) -> dict[str, Any]:
    return {
        "status": "done",
        "suppliers_scored": 12_345,
        "score_date": "2026-11-22",
        "seconds": {"total": 3.21},
        "healthy": 12_000,
        "at_risk": 300,
        "critical": 45,
        "transitions": 6,
        "contacts_people": True,
        "interventions": 1_007,
        "suppressed": 8,
        "milestones": 9,
        "alerts": 2,
        "mails_sent": 0,
        "mails_waiting": 0,
        "mails_dead": 0,
        "level_changes": [],
        "contacts": [],
    } | changes


def dry(*rows: dict[str, Any], **changes: Any) -> list[str]:
    contacts = [contact_record(row, "Rowan & Fox") for row in rows]
    return run_in_words(summary(status="dry run", contacts=contacts, **changes)).splitlines()


def test_a_run_says_in_one_line_what_it_scored_and_in_one_whom_it_contacts() -> None:
    assert run_in_words(summary()).splitlines() == [
        "Scored 12,345 suppliers for 22 Nov 2026 in 3.2 s: 12,000 healthy, 300 at risk, "
        "45 critical; 6 changed level.",
        "Planned 1,007 contacts, 8 held back; 9 new milestones; 2 newly critical.",
    ]


def test_a_run_says_how_many_mails_left_and_how_many_wait() -> None:
    last = run_in_words(summary(mails_sent=1_003, mails_waiting=4)).splitlines()[-1]
    assert last == "Sent 1,003 mails; 4 wait."
    assert run_in_words(summary(mails_waiting=1)).endswith("Sent 0 mails; 1 waits.")
    said = run_in_words(summary(mails_dead=2))
    assert said.endswith("Sent 0 mails; 0 wait, 2 failed for good.")


def test_one_of_a_thing_is_no_plural() -> None:
    ones = dict.fromkeys(("suppliers_scored", "interventions", "milestones"), 1)
    scored, planned, sent = run_in_words(summary(**ones, mails_sent=1)).splitlines()
    assert scored.startswith("Scored 1 supplier for")
    assert planned.startswith("Planned 1 contact, 8 held back; 1 new milestone;")
    assert sent == "Sent 1 mail; 0 wait."
    assert mail_troubles(1, None)[0].startswith("1 mail failed for good.")


def test_what_somebody_should_look_at_is_said_in_a_line_each() -> None:
    assert mail_troubles(0, None) == []
    assert mail_troubles(0, "No server.") == ["No server."]
    problem, died = mail_troubles(1_200, "No server.")
    assert problem == "No server."
    assert died.startswith("1,200 mails failed for good.")


def test_a_run_of_a_past_day_says_that_it_contacts_nobody() -> None:
    for status in ("done", "dry run"):
        said = run_in_words(summary(status=status, contacts_people=False))
        assert "Nobody is contacted: the scores do not speak for today." in said
        assert "contacts," not in said


def test_a_record_says_when_in_time_that_is_read_and_only_what_is_known() -> None:
    record = contact_record(PLANNED, "Rowan & Fox")
    assert (record["business_name"], record["scheduled_for"]) == (
        "Rowan & Fox",
        "2026-11-23T10:00:00+00:00",
    )
    assert contact_record(SUPPRESSED, "Rowan & Fox")["scheduled_for"] is None
    assert contact_record(SUPPRESSED, "Rowan & Fox")["reason"] == "frequency_cap"
    # The epoch itself is a time.
    assert contact_record(PLANNED | {"scheduled_us": 0}, "R")["scheduled_for"].startswith("1970")


def test_a_dry_run_names_who_would_be_contacted_by_what_and_who_not_and_why() -> None:
    said = dry(PLANNED, SUPPRESSED, CELEBRATION)
    assert said[0].startswith("Would score 12,345 suppliers")
    assert said[1].startswith("Would plan 1,007 contacts")
    assert said[2:] == [
        "Would be contacted:",
        "  Rowan & Fox: call (check in) at 2026-11-23T10:00, silent after set up",
        "  Rowan & Fox: in app, milestone ten clients",
        "Would not be contacted:",
        "  Rowan & Fox: email, silent after set up: frequency cap",
        "Nothing was written.",
    ]


def test_a_dry_run_shows_twenty_of_each_and_counts_the_rest() -> None:
    said = dry(*[PLANNED] * (SHOWN + 1_200), *[SUPPRESSED] * SHOWN)
    assert said.count("  and 1,200 more (--json lists them)") == 1
    assert sum(line.startswith("  Rowan") for line in said) == 2 * SHOWN


def test_a_dry_run_names_level_changes() -> None:
    change = {
        "business_name": "Rowan & Fox",
        "previous_score": 71,
        "previous_level": "healthy",
        "health_score": 69,
        "risk_level": "at_risk",
    }
    said = dry(level_changes=[change], transitions=1)
    assert said[2:4] == ["Would change level:", "  Rowan & Fox: 71 healthy -> 69 at risk"]
    said = dry(level_changes=[change] * SHOWN, transitions=SHOWN + 5)
    assert "  and 5 more (--json lists them)" in said


def test_an_empty_dry_run_has_no_empty_lists() -> None:
    assert dry()[2:] == ["Nothing was written."]
