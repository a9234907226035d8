"""What a person may ask for, and how each mistake is named."""

import datetime as dt
import uuid
from typing import Any

import pytest

from cs_core.base.errors import NoWorkingDay
from cs_core.outreach.requests import LATEST_DAYS, LONGEST_NOTE, ContactRequest, RequestError
from cs_core.outreach.requests import plan_request as plan
from tests.support.outreach_plans import rules

SUPPLIER, ADMIN = str(uuid.UUID(int=1)), str(uuid.UUID(int=2))
FRIDAY = dt.datetime(2026, 11, 20, 15, tzinfo=dt.UTC)
MINUTE = dt.timedelta(minutes=1)


def asked(**fields: Any) -> ContactRequest:
    """A call; with a template it is an e-mail, whatever is not said otherwise."""
    given: dict[str, Any] = {
        "supplier_id": SUPPLIER,
        "type": "email" if "template" in fields or "message" in fields else "call",
        "requested_by": ADMIN,
        "idempotency_key": "k",
    }
    return ContactRequest(**given | fields)


def planned(zone: str = "UTC", **fields: Any) -> dict[str, Any]:
    return plan(asked(**fields), zone, rules(), FRIDAY)


def faults(**fields: Any) -> list[str]:
    """The fields that are named as wrong."""
    with pytest.raises(RequestError) as error:
        planned(**fields)
    assert error.value.exit_code == 2
    assert all(field in str(error.value) for field, _ in error.value.problems)
    return [field for field, _ in error.value.problems]


@pytest.mark.parametrize(
    ("zone", "at"),
    [
        ("UTC", "2026-11-23T10:00:00+00:00"),
        ("America/New_York", "2026-11-23T15:00:00+00:00"),
        ("Pacific/Auckland", "2026-11-22T21:00:00+00:00"),
        ("Mars/Olympus", "2026-11-23T10:00:00+00:00"),
    ],
)
def test_a_call_is_due_at_ten_of_the_next_working_day_where_the_supplier_is(
    zone: str, at: str
) -> None:
    call = planned(zone)
    assert (call["scheduled_for"], call["requested_for"]) == (at, None)
    assert call["call_type"] == "check_in"


def test_holidays_are_no_working_days_and_without_any_the_rules_are_named() -> None:
    holiday = rules(holidays=["2026-11-23"])
    assert plan(asked(), "UTC", holiday, FRIDAY)["scheduled_for"] == "2026-11-24T10:00:00+00:00"
    mondays = [(dt.date(2026, 11, 23) + dt.timedelta(days=7 * n)).isoformat() for n in range(60)]
    with pytest.raises(NoWorkingDay):
        plan(asked(), "UTC", rules(working_days=["mon"], holidays=mondays), FRIDAY)


def test_a_message_is_due_at_once_on_any_day() -> None:
    mail = planned(template="check_in")
    assert (mail["scheduled_for"], mail["call_type"]) == (FRIDAY.isoformat(), None)
    assert planned(type="in_app", template="check_in")["type"] == "in_app"


@pytest.mark.parametrize(
    ("at", "is_fine"),
    [
        (FRIDAY - 5 * MINUTE, True),  # the clock of another machine
        (FRIDAY - 5 * MINUTE - dt.timedelta(microseconds=1), False),
        (FRIDAY, True),
        (FRIDAY + dt.timedelta(days=LATEST_DAYS), True),
        (FRIDAY + dt.timedelta(days=LATEST_DAYS, microseconds=1), False),
        (FRIDAY.replace(tzinfo=None), False),
        (dt.datetime.max.replace(tzinfo=dt.UTC), False),
        (FRIDAY.astimezone(dt.timezone(dt.timedelta(hours=13))), True),
    ],
)
@pytest.mark.parametrize("what", [{"template": "check_in"}, {}], ids=["mail", "call"])
def test_a_time_is_taken_as_given_from_now_to_ninety_days_ahead(
    at: dt.datetime, is_fine: bool, what: Any
) -> None:
    if is_fine:
        scheduled = planned(requested_for=at, **what)["scheduled_for"]
        assert dt.datetime.fromisoformat(scheduled) == at
    else:
        assert faults(requested_for=at, **what) == ["requested_for"]


@pytest.mark.parametrize("wrong", ["", "42", "x" * 36, None, 7, SUPPLIER + "0"])
def test_malformed_ids_are_named(wrong: Any) -> None:
    assert faults(supplier_id=wrong) == ["supplier_id"]
    assert faults(requested_by=wrong) == ["requested_by"]


def test_ids_are_written_the_usual_way() -> None:
    assert planned(supplier_id=SUPPLIER.upper().replace("-", ""))["supplier_id"] == SUPPLIER


@pytest.mark.parametrize("key", ["", "k" * 201, "a\nb", "a\x00b", "\ud800"])
def test_an_idempotency_key_is_one_to_200_characters_on_one_line(key: str) -> None:
    assert faults(idempotency_key=key) == ["idempotency_key"]
    assert planned(idempotency_key="k" * 200)["idempotency_key"] == "k" * 200


def test_a_note_may_be_long_but_not_without_end_and_holds_no_control_characters() -> None:
    assert faults(note="n" * (LONGEST_NOTE + 1)) == ["note"]
    assert planned(note="n" * LONGEST_NOTE)["note"] == "n" * LONGEST_NOTE
    assert planned(note="She rang\r\ntwice\x00.\ud800")["note"] == "She rang\ntwice ."
    assert planned(note=" \n\n ")["note"] is None


@pytest.mark.parametrize(
    ("fields", "wrong"),
    [
        ({"type": "letter"}, ["type", "message"]),
        ({"type": "call", "template": "check_in"}, ["message"]),
        ({"type": "call", "message": "Hello"}, ["message"]),
        ({"type": "call", "subject": "Hello"}, ["message"]),
        ({"call_type": "chat"}, ["call_type"]),
        ({"template": "check_in", "call_type": "check_in"}, ["call_type"]),
        ({"template": "check_in", "message": "Hello"}, ["message"]),
        ({"template": "check_in", "subject": "Hello"}, ["message"]),
        ({"type": "email"}, ["message"]),
        ({"type": "in_app", "subject": "Hello"}, ["message"]),
        ({"message": " \n ", "subject": "Hello"}, ["message"]),
        ({"message": "Hello"}, ["subject"]),
        ({"message": "Hello", "subject": " "}, ["subject"]),
        ({"message": "\x00", "subject": "Hello"}, ["message"]),
        ({"message": "Hello {{ first_name }}", "subject": "Hello"}, ["message"]),
        ({"message": "Hello", "subject": "{% if x %}Hello{% endif %}"}, ["subject"]),
        ({"message": "m" * 102_400, "subject": "Hello"}, ["message"]),
        ({"message": "m" * 20_001, "subject": "s" * 201}, ["subject", "message"]),
        ({"supplier_id": "1", "requested_by": "2", "type": "fax", "note": "n" * 3000}, None),
    ],
)
def test_what_does_not_go_together_is_named(fields: Any, wrong: Any) -> None:
    found = faults(**fields)
    assert found == (wrong or ["supplier_id", "requested_by", "type", "note", "message"])


def test_a_placeholder_in_own_words_is_named_and_braces_alone_are_none() -> None:
    with pytest.raises(RequestError, match=r"message has \{\{ first_name \}\}, which only a temp"):
        planned(subject="Hello", message="Hello {{ first_name }},\nhow are you?")
    smile = "Sizes {S, M}: {{ or {%, 100 %}, }}"
    assert planned(subject="Hello", message=smile)["message"] == smile


def test_own_words_are_kept_as_they_will_be_read() -> None:
    own = planned(
        subject="One\r\nBcc: x@y.example", message="Hello\x00\r\n\r\n\r\n<b>Bold\ud800</b>\n"
    )
    assert (own["subject"], own["message"]) == ("One Bcc: x@y.example", "Hello\n\n<b>Bold</b>")
    longest = planned(subject="s" * 200, message="&" * 20_000)
    assert (len(longest["subject"]), len(longest["message"])) == (200, 20_000)


# ============ quiet hours ============

NIGHT = rules(quiet_hours={"from": "14:00", "until": "08:00"})


@pytest.mark.parametrize("type", ["email", "in_app"])
def test_a_message_waits_until_it_is_not_quiet_any_more_where_the_supplier_is(type: str) -> None:
    mail = plan(asked(type=type, template="check_in"), "Europe/Berlin", NIGHT, FRIDAY)
    assert mail["scheduled_for"] == "2026-11-21T07:00:00+00:00"
    assert mail["requested_for"] is None
    new_york = plan(asked(type=type, template="check_in"), "America/New_York", NIGHT, FRIDAY)
    assert new_york["scheduled_for"] == FRIDAY.isoformat()


def test_who_sends_all_the_same_or_chooses_the_time_is_heeded() -> None:
    now = plan(asked(template="x", overrides_quiet_hours=True), "UTC", NIGHT, FRIDAY)
    assert (now["scheduled_for"], now["overrides_quiet_hours"]) == (FRIDAY.isoformat(), True)
    later = FRIDAY + dt.timedelta(hours=5)
    chosen = plan(asked(template="x", requested_for=later), "UTC", NIGHT, FRIDAY)
    assert chosen["scheduled_for"] == later.isoformat()


def test_a_call_knows_no_quiet_hours() -> None:
    assert plan(asked(), "UTC", NIGHT, FRIDAY)["scheduled_for"] == "2026-11-23T10:00:00+00:00"


def test_a_request_of_before_there_were_quiet_hours_is_the_same_request_now() -> None:
    # What is null is not stored, so the stored request of then and that of now are equal.
    assert planned(template="check_in")["overrides_quiet_hours"] is False
