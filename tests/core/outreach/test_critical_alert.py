"""Whom the team hears of, how often, and what it says."""

from typing import Any

import pytest

from cs_core.mail.messages import Template, render_message
from cs_core.outreach.critical_alert import (
    HELD_OUT_NOTE,
    MOST_LISTED,
    MOST_LISTED_PLAIN,
    digest_key,
    digest_values,
    plain_digest,
    plan_alerts,
)
from tests.support.defaults import DEFAULT_SCORECARD
from tests.support.outreach_plans import rules

BASE_URL = "https://success.example.com"


def pending(**columns: Any) -> dict[str, Any]:
    """A supplier that lost 27 points: not seen for 15 days, few features and clients."""
    return {
        "supplier_id": "s",
        "score_date": "2026-11-22",
        "days_since_alert": None,
        "business_name": "Rowan & Fox",
        "health_score": 31,
        "previous_score": 58,
        "level": "critical",
        "is_held_out": False,
        "days_since_login": 15.3,
        "login_recency_points": 0.0,
        "feature_adoption_points": 10.0,
        "client_activity_points": 4.0,
        "form_completion_points": None,
        "journey_performance_points": 10.0,
        "features_used": 2,
        "features_core": 5,
        "clients_active": 2,
        "clients_known": 12,
        "forms_sent": 0,
        "forms_completed": 0,
        "steps_due": 3,
        "steps_completed": 3,
    } | columns


@pytest.mark.parametrize(
    ("days", "reason"),
    [
        (None, None),
        (0, "told 0 days before"),
        (1, "told 1 day before"),
        (6, "told 6 days before"),
        (7, None),
        (8, None),
    ],
)
def test_a_supplier_is_told_of_again_after_seven_days(days: Any, reason: Any) -> None:
    (alert,) = plan_alerts([pending(days_since_alert=days)], rules())
    assert alert == {"supplier_id": "s", "score_date": "2026-11-22", "reason": reason}


@pytest.mark.parametrize("level", ["at_risk", "healthy", None])
def test_who_recovered_or_left_before_the_team_was_told_is_not_told_of(level: Any) -> None:
    (alert,) = plan_alerts([pending(level=level)], rules())
    assert alert["reason"] == "not critical any more"


def test_the_rules_say_how_long_it_is_quiet_and_zero_is_never() -> None:
    (alert,) = plan_alerts([pending(days_since_alert=7)], rules(alert_again_after_days=8))
    assert alert["reason"] == "told 7 days before"
    (alert,) = plan_alerts([pending(days_since_alert=0)], rules(alert_again_after_days=0))
    assert alert["reason"] is None


def test_a_digest_has_the_same_key_in_any_order_and_another_for_others() -> None:
    a = {"supplier_id": "a", "score_date": "2026-11-22", "reason": None}
    b, quiet = a | {"supplier_id": "b"}, a | {"supplier_id": "c", "reason": "told 1 day before"}
    assert digest_key([a, b]) == digest_key([b, quiet, a])
    others = [
        [a],
        [b],
        [a, b],
        [a | {"score_date": "2026-11-23"}],
        [a, b, quiet | {"reason": None}],
    ]
    assert len({digest_key(alerts) for alerts in others}) == len(others)
    assert digest_key([a]).startswith("critical/")


def test_a_supplier_is_listed_with_its_loss_and_why() -> None:
    said = digest_values([pending()], DEFAULT_SCORECARD, BASE_URL)
    assert (said["count"], said["score_date"]) == (1, "22 November 2026")
    assert said["link"] == "https://success.example.com/suppliers?risk=critical"
    (supplier,) = said["suppliers"]
    assert (supplier["name"], supplier["score"], supplier["change"]) == ("Rowan & Fox", 31, -27)
    assert supplier["link"] == "https://success.example.com/supplier?id=s"
    assert supplier["note"] == ""
    assert supplier["drivers"][0].startswith("Login recency: 0 of 33.3 points, no login for 15")
    assert len(supplier["drivers"]) == 3


def test_of_several_days_the_newest_is_named() -> None:
    rows = [pending(score_date="2026-11-20"), pending(score_date="2026-11-21")]
    assert digest_values(rows, DEFAULT_SCORECARD, BASE_URL)["score_date"] == "21 November 2026"


def test_one_left_alone_by_a_holdout_says_so() -> None:
    (supplier,) = digest_values([pending(is_held_out=True)], DEFAULT_SCORECARD, BASE_URL)[
        "suppliers"
    ]
    assert supplier["note"] == HELD_OUT_NOTE


def test_a_digest_lists_fifty_and_counts_all() -> None:
    rows = [pending(business_name=f"Supplier {n}") for n in range(MOST_LISTED + 1)]
    said = digest_values(rows, DEFAULT_SCORECARD, BASE_URL)
    assert (len(said["suppliers"]), said["count"]) == (MOST_LISTED, MOST_LISTED + 1)
    assert said["suppliers"][0]["name"] == "Supplier 0"


def test_names_that_are_long_and_all_signs_still_make_a_digest() -> None:
    rows = [pending(business_name="&" * 5000, is_held_out=True) for _ in range(60)]
    template = Template.from_dict(
        {
            "name": "digest",
            "audience": "team",
            "subject": "{{ count }} critical",
            "body_text": "{% for s in suppliers %}{{ s.name }} {{ s.note }}\n"
            "{% for d in s.drivers %}{{ d }}\n{% endfor %}{% endfor %}.",
            "body_html": "{% for s in suppliers %}<p>{{ s.name }} {{ s.note }}</p>"
            "{% for d in s.drivers %}<p>{{ d }}</p>{% endfor %}{% endfor %}<p>.</p>",
        },
        version=1,
    )
    message = render_message(template, digest_values(rows, DEFAULT_SCORECARD, BASE_URL))
    assert message.subject == "60 critical"


def test_a_digest_without_its_template_names_each_supplier_with_its_own_page() -> None:
    rows = [pending(), pending(supplier_id="t", business_name="The Glasshouse")]
    said = plain_digest(digest_values(rows, DEFAULT_SCORECARD, BASE_URL), "It is broken.").text
    for name, page in (("Rowan & Fox", "supplier?id=s"), ("The Glasshouse", "supplier?id=t")):
        line = said.index(f"{name}: score 31, 58 before.")
        assert said.index(f"{BASE_URL}/{page}") == said.index("\n", line) + 1
    assert "more" not in said


def test_a_digest_without_its_template_fits_and_counts_the_rest() -> None:
    rows = [pending(business_name="&" * 300, is_held_out=True) for _ in range(60)]
    values = digest_values(rows, DEFAULT_SCORECARD, f"https://{'a' * 200}.example")
    message = plain_digest(values, "x" * 5000)
    assert message.text.count(": score 31") == MOST_LISTED_PLAIN
    assert f"and {60 - MOST_LISTED_PLAIN} more" in message.text
