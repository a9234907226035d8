"""What digests say: in text and HTML alike, and nothing where there is nothing to say."""

import datetime as dt
import re
from dataclasses import replace
from html import unescape

from cs_core.mail.digests.daily import write_daily
from cs_core.mail.digests.facts import CallDue, Called, DayFacts, Levels, Moved, Week
from cs_core.mail.digests.schedule import DueDigest
from cs_core.mail.digests.weekly import write_weekly
from tests.core.mail.test_digest_schedule import ADA

DAY = dt.date(2026, 6, 1)
START = dt.datetime(2026, 5, 31, 23, tzinfo=dt.UTC)
DUE = DueDigest(ADA, "daily", DAY, DAY, START, START + dt.timedelta(days=1))
URL = "https://success.example.com"
NONE = DayFacts(DAY, 0, 0, (), (), {}, (), 0)
ROWAN = Moved(
    "id-1", "Rowan & <Fox>", 31, 58, "critical", "at_risk", 120.0, "No login for 9 days", False
)
CALL = CallDue("id-2", "The Glasshouse", START + dt.timedelta(hours=11), "Trial ends", "Ann")


def daily(facts: DayFacts = NONE, calls: tuple[CallDue, ...] = (), **how: object):  # type: ignore[no-untyped-def]
    return write_daily(replace(DUE, **how), facts, calls, len(calls), URL)  # type: ignore[arg-type]


def test_there_is_no_digest_where_there_is_nothing_to_say() -> None:
    assert daily() is None
    assert write_daily(DUE, replace(NONE, mails_sent=1), (), 0, URL) is not None


def test_who_turned_critical_is_told_with_score_reason_and_revenue() -> None:
    message = daily(replace(NONE, turned_critical=1, turned=(ROWAN,)))
    assert message.subject == "1 turned critical"
    line = "Rowan & <Fox>: 31 ▼ 27, no login for 9 days, £120 a month."
    assert f"* {line}" in message.text
    assert "Rowan &amp; &lt;Fox&gt;" in message.html
    assert "<Fox>" not in message.html
    assert 'href="https://success.example.com/supplier?id=id-1"' in message.html


def test_that_some_moved_by_new_rules_is_told_with_who_moved() -> None:
    changed = replace(NONE, scorecard_changed_on=DAY)
    told = daily(replace(changed, turned_critical=1, turned=(ROWAN,)))
    assert "The scorecard changed on Monday, 1 June" in told.text
    assert "The scorecard changed on Monday, 1 June" in told.html
    assert daily(changed) is None


def test_who_recovered_is_told_with_what_it_was_and_is() -> None:
    well = replace(
        ROWAN, health_score=72, previous_score=31, risk_level="healthy", previous_level="critical"
    )
    message = daily(replace(NONE, recovered=1, recoveries=(well,)))
    assert "72 ▲ 41, critical before, healthy now, £120 a month." in message.text
    assert "no login" not in message.text


def test_one_left_alone_on_purpose_is_told_with_that_request() -> None:
    message = daily(replace(NONE, turned_critical=1, turned=(replace(ROWAN, is_held_out=True),)))
    assert "please do not contact it" in message.text
    assert "please do not contact it" in message.html


def test_calls_say_when_why_and_whose() -> None:
    message = daily(calls=(CALL, replace(CALL, scheduled_for=START - dt.timedelta(days=1))))
    assert message.subject == "2 calls today"
    assert "* The Glasshouse: 11:00, Trial ends, Ann" in message.text
    assert "* The Glasshouse: 1 day late, Trial ends, Ann" in message.text


def test_yesterdays_outcomes_are_counted_and_named() -> None:
    facts = replace(
        NONE,
        outcomes={"no_answer": 1, "reached": 2},
        calls_made=(Called("id-3", "Peony", "reached"),),
        mails_sent=4,
    )
    message = daily(facts)
    assert "3 calls: 2 reached, 1 no answer. 4 e-mails went to suppliers." in message.text
    assert "* Peony: reached" in message.text
    assert "and 2 more: https://success.example.com/interventions?tab=sent" in message.text


def test_what_is_not_listed_is_counted() -> None:
    message = daily(replace(NONE, turned_critical=40, turned=(ROWAN,) * 15))
    assert "40 suppliers turned critical" in message.text
    assert "and 25 more: https://success.example.com/suppliers?risk=critical" in message.text


def test_without_new_scores_nothing_old_is_told_as_news() -> None:
    facts = replace(NONE, turned_critical=1, turned=(ROWAN,), mails_sent=1)
    message = daily(facts, is_behind=True)
    assert "Rowan" not in message.text
    assert "The daily run is overdue" in message.text
    assert "critical" not in message.subject
    assert daily(replace(facts, mails_sent=0), is_behind=True) is None


def test_a_call_says_to_the_end_why_and_as_of_when() -> None:
    seen = "1 of 14 clients active in the last 30 days, as of 29 May"
    reason = f"Sharp drop within a week after the trial: {seen}"
    assert reason in daily(calls=(replace(CALL, reason=reason),)).text


def test_the_longest_names_and_reasons_make_a_mail_that_the_outbox_takes() -> None:
    rowan = replace(ROWAN, business_name="&" * 5000 + "\r\n", reason="<" * 300)
    call = replace(CALL, business_name="&" * 5000, reason="&" * 5000, owner="&" * 5000)
    called = Called("id", "&" * 5000, "reached")
    facts = DayFacts(DAY, 99, 99, (rowan,) * 15, (rowan,) * 15, {"reached": 99}, (called,) * 15, 99)
    message = daily(facts, (call,) * 12)
    assert len(message.html) <= 100_000
    assert len(message.text) <= 50_000
    assert len(message.subject) <= 300


def test_text_and_html_say_the_same() -> None:
    facts = replace(NONE, turned_critical=1, turned=(ROWAN,), outcomes={"reached": 1})
    message = daily(facts, (CALL,))

    def letters(text: str) -> str:
        return "".join(re.findall(r"[\w£▲▼<>&]", text))

    assert letters(unescape(re.sub(r"<[^>]+>", "", message.html))) == letters(message.text)


# ---- weekly ----

TREND = tuple(Levels(DAY - dt.timedelta(weeks=n), 60 + n, 25, 15 - n) for n in reversed(range(3)))
WEEK = Week(NONE, TREND, 6940.0, 6530.0, "health-2026-06-01.csv")
WEEKLY = replace(DUE, digest="weekly")


def test_the_weekly_report_gives_levels_with_their_change_and_the_trend() -> None:
    message = write_weekly(WEEKLY, WEEK, URL)
    assert message is not None
    assert message.subject == "Week to 1 Jun: 15 critical (▲ 1), 25 at risk (no change)"
    assert "60 healthy (▼ 1)" in message.text
    assert "£6,940 a month is at risk (▲ £410)" in message.text
    assert message.text.count("2026-0") == 3
    assert message.html.count('nowrap">') == 6  # a day and its figures, of three weeks
    assert "<img" not in message.html
    assert "Attached: all scored suppliers as CSV" in message.text


def test_a_list_that_is_too_long_for_a_mail_is_said_to_be() -> None:
    part = write_weekly(WEEKLY, replace(WEEK, is_attached_whole=False), URL)
    assert part is not None
    assert "Attached: the critical and at-risk suppliers." in part.text
    none = write_weekly(WEEKLY, replace(WEEK, attached=None), URL)
    assert none is not None
    assert "too long for a mail" in none.text


def test_the_first_week_has_no_change() -> None:
    message = write_weekly(WEEKLY, replace(WEEK, trend=TREND[-1:], revenue_before=None), URL)
    assert message is not None
    assert message.subject == "Week to 1 Jun: 15 critical, 25 at risk"


def test_there_is_no_report_of_a_week_in_which_nothing_was_scored() -> None:
    assert write_weekly(WEEKLY, replace(WEEK, trend=()), URL) is None
    empty = (Levels(DAY, 0, 0, 0),)
    assert write_weekly(WEEKLY, replace(WEEK, trend=empty), URL) is None
    week_later = replace(WEEKLY, day=DAY + dt.timedelta(days=7))
    assert write_weekly(week_later, WEEK, URL) is None
    assert write_weekly(replace(WEEKLY, day=DAY + dt.timedelta(days=6)), WEEK, URL) is not None
