"""What other rules would do to what waits, and rules in words."""

from datetime import UTC, datetime, timedelta

import pytest

from cs_app.settings.outreach_effect import effect_in_words
from cs_core.base.errors import NoWorkingDay
from cs_core.outreach.rules_effect import Delay, Waiting, compare_rules
from cs_core.outreach.rules_wording import rules_changes
from tests.support.outreach_plans import rules

# A Monday, 21:00 in Berlin.
NOW = datetime(2026, 11, 23, 20, tzinfo=UTC)
MORNING = datetime(2026, 11, 24, 7, tzinfo=UTC)
NONE = rules()
NIGHT = rules(quiet_hours={"from": "20:00", "until": "08:00"})


def waiting(number=1, due=NOW, zone="Europe/Berlin", keeps=True):
    return Waiting(zone, due, keeps, number)


def compared(*messages, before=NONE, after=NIGHT):
    return compare_rules(before, after, messages, NOW, "Europe/London")


def said(*messages, before=NONE, after=NIGHT, capped=None):
    effect = compared(*messages, before=before, after=after)
    return effect_in_words(effect, capped, before, after, NOW, "UTC")


def test_what_is_due_in_the_night_would_leave_in_the_morning():
    effect = compared(waiting(12), waiting(3, zone="America/New_York"))
    assert effect.delays == (Delay(MORNING, NOW, 12),)
    assert (sum(one.number for one in effect.delays), effect.waiting) == (12, 15)


def test_what_a_person_timed_is_not_put_off():
    assert compared(waiting(keeps=False)).delays == ()


def test_longer_nights_put_off_what_waits_for_the_morning_already():
    longer = rules(quiet_hours={"from": "20:00", "until": "09:00"})
    effect = compared(waiting(due=MORNING), before=NIGHT, after=longer)
    assert effect.delays == (Delay(MORNING + timedelta(hours=1), MORNING, 1),)


def test_without_quiet_hours_what_was_put_off_stays_so():
    effect = compared(waiting(4, due=MORNING), before=NIGHT, after=NONE)
    assert (effect.early, effect.delays) == (4, ())
    # What was planned for another time was not put off.
    other = waiting(due=MORNING + timedelta(hours=3))
    assert compared(other, before=NIGHT, after=NONE).early == 0


def test_the_most_messages_come_first():
    rows = [waiting(2, zone="Europe/London", due=NOW + timedelta(hours=1)), waiting(5)]
    assert [delay.number for delay in compared(*rows).delays] == [5, 2]


def test_rules_without_a_working_day_are_refused():
    first = datetime(2026, 11, 29).toordinal()
    sundays = [datetime.fromordinal(first + 7 * n).date().isoformat() for n in range(60)]
    with pytest.raises(NoWorkingDay):
        compared(after=rules(working_days=["sun"], holidays=sundays))


def test_it_is_said_how_many_leave_when():
    assert said(waiting(12)) == [
        "12 messages that wait now would leave tomorrow 07:00 instead of now."
    ]
    assert said(waiting(1)) == [
        "1 message that waits now would leave tomorrow 07:00 instead of now."
    ]


def test_it_is_said_that_nothing_changes():
    assert said(waiting(2, zone="Asia/Tokyo", due=NOW + timedelta(hours=4))) == [
        "None of the 2 messages that wait now would leave at another time."
    ]
    assert said() == ["No message waits now, so none would leave later."]
    assert said(after=rules(celebrate_within_days=3)) == ["Nothing that waits now changes."]


def test_at_most_four_times_are_listed():
    rows = [waiting(due=NOW - timedelta(minutes=n), zone="Etc/GMT-2") for n in range(6)]
    nights = [
        Waiting("Europe/Berlin", NOW + timedelta(minutes=n), True, 1) for n in range(len(rows))
    ]
    told = said(*nights)
    assert len(told) == 5
    assert told[-1] == "2 more messages would leave later, too."


def test_the_cap_the_next_call_and_the_alert_are_told():
    after = rules(
        email_cap={"emails": 2, "days": 14},
        holidays=["2026-11-24"],
        alert_to=["care@wedsync.example"],
    )
    assert said(after=after, capped=(3, 1)) == [
        "1 supplier had as many e-mails as the cap allows; by the rules in force, 3 had.",
        "A call that is planned now, for a supplier in your time zone, would be Wed 25 Nov, 10:00"
        " instead of tomorrow 10:00.",
        "The next alert goes to care@wedsync.example.",
    ]


# ============ changes in words ============


def changes(**changed):
    return rules_changes(NONE.to_dict(), rules(**changed).to_dict())


@pytest.mark.parametrize(
    ("changed", "words"),
    [
        (
            {"email_cap": {"emails": 2, "days": 1}},
            "E-mails to one supplier: at most 2 a day, was at most 1 in 7 days",
        ),
        (
            {"email_cap": {"emails": 0, "days": 7}},
            "E-mails to one supplier: none at all, was at most 1 in 7 days",
        ),
        (
            {"quiet_hours": {"from": "20:00", "until": "08:00"}},
            "Quiet hours: 20:00 to 08:00, was none",
        ),
        (
            {"working_days": ["mon"]},
            "Calls on: Monday, was Monday, Tuesday, Wednesday, Thursday, Friday",
        ),
        ({"call_time": "09:30"}, "Calls at: 09:30, was 10:00"),
        ({"holidays": ["2026-12-25"]}, "Days without calls, new: Fri 25 Dec 2026"),
        (
            {"alert_to": ["a@b.example"]},
            "Alerts go to: a@b.example, was the addresses of the server",
        ),
        (
            {"alert_again_after_days": 1},
            "The same supplier again: alerted about after 1 day, was alerted about after 7 days",
        ),
        (
            {"celebrate_within_days": 3},
            "Milestones are celebrated: up to 3 days after, was up to 7 days after",
        ),
    ],
)
def test_each_change_is_a_sentence(changed, words):
    assert changes(**changed) == [words]


def test_many_days_are_counted_and_days_taken_out_named():
    days = [f"2026-12-0{n}" for n in range(1, 8)]
    (told,) = changes(holidays=days)
    assert told.endswith("Sat 5 Dec 2026 and 2 more")
    (back,) = rules_changes({"holidays": days[:1]}, {"holidays": []})
    assert back == "Days without calls, taken out: Tue 1 Dec 2026"


def test_rules_of_before_say_nothing_new():
    old = {
        key: value for key, value in NONE.to_dict().items() if key[:5] not in ("quiet", "alert_to")
    }
    assert rules_changes(old, NONE.to_dict()) == []


def test_rules_that_break_every_rule_are_still_told():
    assert rules_changes({}, {"email_cap": 3, "quiet_hours": "x", "holidays": ["x"]})
