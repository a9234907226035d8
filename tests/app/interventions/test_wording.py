"""What became of an intervention in words, and what an address asks for."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from cs_app.contacts.wording import REASONS
from cs_app.interventions.address import CALLS, OFFERED, read_filter, read_list
from cs_app.interventions.lists import export_address
from cs_app.interventions.wording import state
from cs_app.ui.formats import ahead
from cs_app.ui.page_address import read_page
from cs_core.base.vocabulary import CANCELLATION_REASONS, SUPPRESSION_REASONS
from cs_core.io.outreach.intervention_lists import ListFilter, ListLine
from cs_core.io.outreach.interventions import TABS

PAGE = "pages/interventions.py"
NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)


def line(**facts: Any) -> ListLine:
    nothing = dict.fromkeys(ListLine.__dataclass_fields__)
    usual = {"type": "email", "status": "planned", "attempts": 0, "causes": ()}
    return ListLine(**nothing | usual | facts)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("facts", "words"),
    [
        (
            {
                "last_error": "The mail server did not take it now: 451 Busy.",
                "attempts": 2,
                "next_attempt_at": NOW + timedelta(minutes=20),
            },
            "Waits: the mail server did not take it now: 451 Busy; tried 2 times, "
            "next try in 20 minutes",
        ),
        ({"scheduled_for": NOW}, "Goes out with the next run"),
        ({"scheduled_for": NOW + timedelta(hours=3)}, "Goes out in 3 hours"),
        ({"scheduled_for": NOW + timedelta(days=1)}, "Goes out tomorrow 12:00"),
        ({"status": "sending"}, "Is being sent"),
        ({"status": "sent", "sent_at": NOW - timedelta(days=3)}, "Sent 3 days ago"),
        (
            {"status": "sent", "type": "in_app", "sent_at": NOW},
            "Shown in the product just now",
        ),
        (
            {"status": "failed", "last_error": "SMTP said no.", "attempts": 1},
            "Could not be sent: SMTP said no; tried once",
        ),
        (
            {
                "status": "done",
                "type": "call",
                "outcome": "no_answer",
                "made_by_name": "Ada",
                "made_at": NOW,
            },
            "No answer, Ada, just now",
        ),
        (
            {"status": "suppressed", "reason": "opt_out"},
            "Not sent: opted out of e-mail",
        ),
        (
            {"status": "suppressed", "type": "call", "reason": "holdout"},
            "Not called: left alone on purpose, to compare with the others",
        ),
        (
            {"status": "cancelled", "reason": "recovered"},
            "Cancelled: doing better, so the reason is gone",
        ),
    ],
)
def test_what_became_of_an_intervention_is_told_in_words(facts: Any, words: str) -> None:
    assert state(line(**facts), NOW) == words


def test_every_reason_has_words() -> None:
    assert set(REASONS) == {*SUPPRESSION_REASONS, *CANCELLATION_REASONS}


def test_a_time_to_come_is_rounded_to_what_matters() -> None:
    for left, words in (
        (timedelta(seconds=5), "within a minute"),
        (timedelta(minutes=59), "in 59 minutes"),
        (timedelta(hours=1), "in 1 hour"),
        (timedelta(days=2), "Tue 24 Nov, 12:00"),
    ):
        assert ahead(NOW + left, NOW) == words


def test_what_an_address_says_wrong_is_left_out() -> None:
    bad = {"tab": "<b>", "type": "fax", "since": "yesterday", "person": "1", "page": "-1"}
    assert read_list(bad) == CALLS
    assert read_page(bad) == 1
    for tab in TABS:
        assert read_filter(bad, tab) == ListFilter()


def test_every_list_has_its_filters() -> None:
    assert set(OFFERED) == set(TABS)


def test_the_download_of_a_list_has_its_filters() -> None:
    assert export_address("history", ListFilter()) == "/export/interventions.csv"
    narrowed = export_address("failed", ListFilter(type="email"))
    assert narrowed == "/export/interventions.csv?tab=failed&type=email"
