"""How runs, mail and data stand, in words: each threshold just below, at and above."""

from datetime import UTC, date, datetime, timedelta

import pytest

from cs_app.operations.audit_wording import changes_in_words
from cs_app.operations.wording import (
    EVENTS_ARE_LATE,
    MAIL_IS_STUCK,
    duration,
    judge_data,
    judge_mail,
    judge_run,
    progress_of,
    run_kind,
    silent_sources,
    summary,
)
from cs_core.io.operations.status import DataStatus, MailStatus, RunStatus, Source, StoredRun

NOW = datetime(2026, 6, 1, 12, tzinfo=UTC)
SECOND = timedelta(seconds=1)


def mail(**columns: object) -> MailStatus:
    given = dict.fromkeys(MailStatus.__dataclass_fields__, 0) | dict.fromkeys(
        ("oldest_due_at", "last_error", "last_sent_at", "oldest_to_write_at")
    )
    return MailStatus(**(given | columns))  # type: ignore[arg-type]


def data(**columns: object) -> DataStatus:
    given = {
        "newest_event_at": NOW,
        "score_date": NOW.date(),
        "scored_at": NOW,
        "active": 5,
        "not_scored": 0,
        "sources": (),
    }
    return DataStatus(**(given | columns))  # type: ignore[arg-type]


def run(**columns: object) -> StoredRun:
    given = dict.fromkeys(
        (
            *("suppliers_scored", "transitions", "interventions", "suppressed", "milestones"),
            *("alerts", "events_rolled_up", "critical"),
        ),
        0,
    )
    about = {
        "id": "r",
        "kind": "daily",
        "status": "running",
        "as_of": NOW,
        "score_date": date(2026, 6, 1),
        "from_date": None,
        "started_at": NOW - timedelta(seconds=40),
        "finished_at": None,
        "scorecard_version": 1,
        "is_alive": True,
    }
    return StoredRun(**(given | about | columns))  # type: ignore[arg-type]


def status(running: StoredRun | None = None, **columns: object) -> RunStatus:
    given = dict.fromkeys(RunStatus.__dataclass_fields__)
    about = {"now": NOW, "running": running, "is_held": running is not None}
    return RunStatus(**(given | about | columns))  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("seconds", "words"),
    [(0.46, "0.5 s"), (9.99, "10.0 s"), (59, "59 s"), (200, "3 min 20 s"), (3900, "1 h 5 min")],
)
def test_a_span_of_time_is_written_as_people_say_it(seconds: float, words: str) -> None:
    assert duration(seconds) == words


def test_a_run_for_past_days_names_them_as_all_dates_are_named() -> None:
    assert run_kind(run()) == "Daily"
    past = run(kind="backfill", from_date=date(2026, 5, 9))
    assert run_kind(past) == "Past days 9 May 2026 to 1 Jun 2026"


def test_progress_tells_the_share_and_how_long_it_takes_still() -> None:
    begun = status(run(suppliers_scored=250), to_do=1000)
    assert progress_of(begun).share == 0.25
    assert progress_of(begun).words == "25%: 250 of 1,000 suppliers; about 2 min 0 s left"


def test_before_the_first_supplier_progress_tells_how_long_it_usually_takes() -> None:
    begun = status(run(), to_do=1000, usual_seconds=60.0, usual_suppliers=500)
    assert progress_of(begun).words == "Reading new events, 40 s so far; usually 2 min 0 s in all"
    assert progress_of(begun).share == 0.0


def test_a_run_with_more_suppliers_than_expected_does_not_go_past_its_end() -> None:
    assert progress_of(status(run(suppliers_scored=1001), to_do=1000)).share == 1.0


def test_a_run_that_does_not_know_how_many_it_will_score_has_no_share() -> None:
    found = progress_of(status(run(kind="changed", suppliers_scored=7)))
    assert (found.share, found.words) == (None, "7 suppliers so far, 40 s")


@pytest.mark.parametrize(("hours", "state"), [(25.9, "good"), (26.1, "bad")])
def test_a_daily_run_is_missed_after_26_hours(hours: float, state: str) -> None:
    ended = NOW - timedelta(hours=hours)
    newest = {
        "status": "done",
        "started_at": ended,
        "finished_at": ended,
        "suppliers_scored": 3,
        "error": None,
        "is_alive": False,
    }
    assert judge_run(status(newest_daily=newest)).state == state


def test_mail_is_stuck_once_the_oldest_waits_half_an_hour() -> None:
    at_limit = mail(due=1, oldest_due_at=NOW - MAIL_IS_STUCK)
    past = mail(due=1, oldest_due_at=NOW - MAIL_IS_STUCK - SECOND)
    assert judge_mail(at_limit, NOW).state == "good"
    assert judge_mail(past, NOW).state == "bad"
    assert "send-mail" in judge_mail(past, NOW).advice
    unwritten = mail(to_write=1, oldest_to_write_at=NOW - MAIL_IS_STUCK - SECOND)
    assert judge_mail(unwritten, NOW).state == "bad"


def test_mail_that_died_is_worth_a_look() -> None:
    assert judge_mail(mail(dead=2), NOW).state == "look"


def test_mail_that_the_server_refuses_is_not_said_to_leave() -> None:
    refused = {"due": 1, "oldest_due_at": NOW - SECOND, "last_error": "It is full."}
    found = judge_mail(mail(**refused), NOW)
    assert (found.state, found.advice) == ("look", "It is full.")
    assert found.words == "1 mail could not be sent and will be tried again."
    both = judge_mail(mail(**refused | {"due": 2, "dead": 1}), NOW)
    assert (
        both.words == "2 mails could not be sent and will be tried again; 1 mail failed for good."
    )
    waiting = judge_mail(mail(due=1, oldest_due_at=NOW - SECOND), NOW)
    assert waiting.state == "good"


def test_events_are_late_after_a_day() -> None:
    assert judge_data(data(newest_event_at=NOW - EVENTS_ARE_LATE), NOW).state == "good"
    assert judge_data(data(newest_event_at=NOW - EVENTS_ARE_LATE - SECOND), NOW).state == "bad"


DAY = timedelta(days=1)


@pytest.mark.parametrize(
    ("silent_for", "events", "days", "is_silent"),
    [
        (DAY + SECOND, 280, 14, True),
        (DAY + SECOND, 279, 14, False),  # too few to tell
        (DAY, 280, 14, False),
        # Sent on working days: silent on each Sunday.
        (2 * DAY, 1000, 10, False),
        (5 * DAY, 1000, 10, True),
        # It is told as long as anything is known of it.
        (10 * DAY, 100, 5, True),
        (14 * DAY, 20, 1, True),
    ],
)
def test_a_source_has_stopped_that_came_steadily_and_not_for_a_day(
    silent_for: timedelta, events: int, days: int, is_silent: bool
) -> None:
    source = Source("form_sent", NOW - silent_for, 0, events / 14, days)
    found = data(newest_event_at=NOW, sources=(source,))
    assert bool(silent_sources(found, NOW)) == is_silent
    assert (judge_data(found, NOW).state == "bad") == is_silent


def test_no_source_alone_has_stopped_where_nothing_at_all_arrives() -> None:
    source = Source("form_sent", NOW - DAY - 2 * SECOND, 0, 500.0, 14)
    found = data(newest_event_at=NOW - DAY, sources=(source,))
    assert silent_sources(found, NOW) == []
    assert judge_data(found, NOW).state == "good"


def test_the_answer_names_what_is_wrong_before_what_is_worth_a_look() -> None:
    late = judge_data(data(newest_event_at=NOW - 2 * EVENTS_ARE_LATE), NOW)
    look = judge_mail(mail(dead=2), NOW)
    assert summary([look, late]) == late.words
    assert summary([look]) == look.words
    assert "All is well" in summary([])


def test_lists_of_a_definition_are_told_in_words() -> None:
    actions = [{"type": "email", "template": "come_back_tips"}, {"type": "call"}]
    after = {"definition": {"actions": actions, "days": ["mon", "tue"]}}
    assert changes_in_words(None, after) == [
        ("Actions", "", "email, template: come back tips; call"),
        ("Days", "", "mon; tue"),
    ]


def test_days_of_a_definition_are_written_as_all_dates_are() -> None:
    found = changes_in_words(
        {"from": "2026-05-01", "holidays": []},
        {"from": "2026-05-09", "holidays": ["2026-12-25", "2027-02-30"]},
    )
    assert found == [
        ("From", "1 May 2026", "9 May 2026"),
        ("Holidays", "", "25 Dec 2026; 2027-02-30"),
    ]


def test_a_change_is_told_by_the_leaves_that_differ() -> None:
    before = {"definition": {"windows": {"forms": 90}, "on": True}}
    after = {"definition": {"windows": {"forms": 60}, "on": True}}
    assert changes_in_words(before, after) == [("Windows › Forms", "90", "60")]
    many = {f"field {n}": n for n in range(9)}
    assert changes_in_words(None, many)[-1] == ("and 3 more", "", "")
    assert changes_in_words({"notes": "changed"}, {"notes": "changed"}) == [
        ("Notes", "changed", "changed")
    ]
    assert changes_in_words(None, {"notes": "changed"}) == []
    assert changes_in_words(None, {"owner_id": "7"}, {"7": "Ada"}) == [("Owner", "", "Ada")]
    moment = {"scheduled_for": "2026-11-23T10:00:00+00:00"}
    assert changes_in_words(None, moment) == [("Scheduled for", "", "23 Nov 2026, 10:00 UTC")]
