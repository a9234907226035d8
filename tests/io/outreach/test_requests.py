"""What people ask for by hand: through the same caps, recorded, and done once."""

import datetime as dt
import uuid
from typing import Any

import pytest
from supabase import Client

from cs_core.base.errors import SupplierNotFound, TemplateError
from cs_core.io.definitions.templates import UnknownTemplate
from cs_core.io.outreach.requests import KeyUsedBefore, NotAnAdmin
from cs_core.outreach.requests import RequestError
from tests.support.asking import Asking, count
from tests.support.morning import Team, morning_of
from tests.support.outreach_world import DAY, World, whom
from tests.support.runs import Sql

# A Wednesday.
NOW = morning_of("2026-06-10")


@pytest.fixture
def world(add_supplier: Any, add_events: Any, sql: Sql) -> World:
    """An empty world on a morning in June."""
    return World(add_supplier, add_events, sql, NOW)


@pytest.fixture
def admin(add_person: Any) -> str:
    """An admin's id."""
    return str(add_person("admin@wedsync.example", "admin")["id"])


@pytest.fixture
def ask(service: Client, admin: str) -> Asking:
    """Asks as the admin on this morning."""
    return Asking(service, admin, NOW)


# ============ messages ============


def test_a_mail_by_template_is_sent_and_says_who_asked_and_why(
    world: World, ask: Asking, team: Team, admin: str
) -> None:
    ash = world.silent("Ash")
    done = ask(ash, note="She asked for it.")
    assert (done.status, done.reason, done.scheduled_for) == ("planned", None, NOW)
    assert team.send(NOW).sent == 1
    (mail,) = team.new_mails()
    assert mail["Subject"] == "How is WedSync working for Ash?"
    assert mail["List-Unsubscribe"]
    (row,) = team.contacts(ash)
    assert (row["id"], row["status"], row["requested_by"]) == (done.intervention_id, "sent", admin)
    (reason,) = row["cause"]["reasons"]
    assert (reason["requested_by"], reason["note"]) == (admin, "She asked for it.")


def test_own_words_arrive_as_they_were_written_and_run_nothing(
    world: World, ask: Asking, team: Team
) -> None:
    ash = world.silent("Ash")
    words = "Hello <b>Ash</b> & co,\n\n{{ 7 * 7 }} <script>alert(1)</script>"
    ask(ash, subject="A\r\nBcc: x@y.example", message=f"{words}\x00")
    team.send(NOW)
    (mail,) = team.new_mails()
    assert (mail["Subject"], mail["Bcc"]) == ("A Bcc: x@y.example", None)
    assert words in mail.get_body(("plain",)).get_content().replace("\r\n", "\n")
    html = mail.get_body(("html",)).get_content()
    assert "&lt;b&gt;Ash&lt;/b&gt; &amp; co,</p>" in html
    assert "<script>" not in html


def test_a_message_in_the_product_needs_no_mail_server_no_address_and_no_consent(
    world: World, ask: Asking, team: Team, sql: Sql
) -> None:
    ash = world.silent("Ash", email=None, email_opt_out=True)
    team.mail_server("refuse")
    ask(ash, type="in_app", subject="News", message="<i>Hello</i>")
    team.send(NOW)
    assert team.contacts(ash)[0]["status"] == "sent"
    assert sql.execute("select title, body from in_app_messages").fetchall() == [
        ("News", "<i>Hello</i>")
    ]


def test_a_mail_for_later_leaves_when_it_is_due_and_not_before(
    world: World, ask: Asking, team: Team
) -> None:
    ash = world.silent("Ash")
    due = NOW + 10 * DAY
    assert ask(ash, requested_for=due).scheduled_for == due
    team.send(due - dt.timedelta(seconds=1))
    assert team.new_mails() == []
    team.send(due)
    assert whom(team.new_mails()) == ["ash@supplier.example"]


# ============ what holds a message back ============


def test_an_opt_out_is_never_overridden_and_the_wish_is_recorded(
    world: World, ask: Asking, team: Team, sql: Sql
) -> None:
    ash = world.silent("Ash", email_opt_out=True)
    done = ask(ash, overrides_cap=True)
    assert (done.status, done.reason, done.overridden) == ("suppressed", "opt_out", None)
    # Whoever opts out after the mail was planned gets none either.
    elm = world.silent("Elm")
    ask(elm, overrides_cap=True)
    sql.execute("update suppliers set email_opt_out = true where id = %s", (elm,))
    team.send(NOW)
    assert team.new_mails() == []
    assert [c["reason"] for c in team.contacts(ash) + team.contacts(elm)] == ["opt_out"] * 2


def test_the_cap_holds_for_people_too_unless_they_override_it_and_that_is_recorded(
    world: World, ask: Asking, team: Team
) -> None:
    ash = world.silent("Ash")
    team.run("2026-06-09")
    refused = ask(ash)
    assert (refused.status, refused.reason) == ("suppressed", "frequency_cap")
    assert refused.scheduled_for is None
    done = ask(ash, overrides_cap=True)
    assert (done.status, done.overridden) == ("planned", "frequency_cap")
    team.send(NOW)
    assert len(team.new_mails()) == 2
    by_hand = [c for c in team.made(ash, type="email") if c["requested_by"]]
    assert [c["request"]["overridden"] for c in by_hand] == ["frequency_cap"]
    # Nothing to override, nothing recorded.
    assert ask(world.silent("Elm"), overrides_cap=True).overridden is None


@pytest.mark.parametrize(
    ("days", "is_sent"), [(-7, True), (-6, False), (6, False), (7, True), (30, True)]
)
def test_mails_keep_their_distance_whichever_is_planned_first(
    days: int, is_sent: bool, world: World, ask: Asking, team: Team
) -> None:
    ash = world.silent("Ash")
    first = NOW + max(days, 0) * DAY
    assert ask(ash, requested_for=first).status == "planned"
    second = NOW - min(days, 0) * DAY
    assert (ask(ash, requested_for=second).status == "planned") is is_sent


def test_a_mail_far_ahead_does_not_keep_a_playbook_from_writing_today(
    world: World, ask: Asking, team: Team
) -> None:
    ash = world.silent("Ash")
    ask(ash, requested_for=NOW + 30 * DAY)
    team.run("2026-06-10")
    (mail,) = team.made(ash, playbook="silent_after_set_up", type="email")
    assert mail["status"] == "sent"


def test_a_mail_that_waits_for_the_server_counts_however_long_it_waits(
    world: World, ask: Asking, team: Team
) -> None:
    ash = world.silent("Ash")
    ask(ash)  # written by nobody: the job that sends has not run for days
    later = NOW + 20 * DAY
    assert ask(ash, now=later).reason == "frequency_cap"


# ============ calls ============


def test_a_call_is_planned_for_ten_of_the_next_working_day_where_the_supplier_is(
    world: World, ask: Asking, sql: Sql
) -> None:
    ash = world.silent("Ash", timezone="America/New_York")
    friday = morning_of("2026-06-12")
    done = ask(ash, now=friday, type="call", call_type="technical_support")
    assert done.scheduled_for == dt.datetime(2026, 6, 15, 14, tzinfo=dt.UTC)
    queue = sql.execute(
        "select type, scheduled_for, intervention_id::text, created_by is not null"
        " from support_interactions"
    ).fetchall()
    assert queue == [("technical_support", done.scheduled_for, done.intervention_id, True)]


def test_a_call_joins_one_that_is_open_and_adds_its_reason(
    world: World, ask: Asking, team: Team, sql: Sql
) -> None:
    ash = world.silent("Ash")
    team.run("2026-06-10")
    (open_call,) = team.contacts(ash, type="call")
    done = ask(ash, type="call", note="He rang us.")
    assert (done.status, done.reason) == ("suppressed", "open_call")
    assert done.open_call_id == open_call["id"]
    assert done.scheduled_for == dt.datetime.fromisoformat(open_call["scheduled_for"])
    (joined,) = team.made(ash, type="call")
    assert [r.get("note") for r in joined["cause"]["reasons"]] == [None, "He rang us."]
    assert count(sql, "support_interactions") == 1


def test_a_call_that_a_person_asked_for_is_not_taken_back_by_a_recovery(
    world: World, ask: Asking, team: Team, add_events: Any
) -> None:
    ash, elm = world.silent("Ash"), world.silent("Elm")
    team.run("2026-06-10")
    ask(ash, type="call")
    for supplier in (ash, elm):
        add_events((supplier, "login", None, "2026-06-10T12:00:00Z"))
    team.run("2026-06-11")
    assert [c["status"] for c in team.made(ash, type="call")] == ["planned"]
    assert [c["status"] for c in team.made(elm, type="call")] == ["cancelled"]


# ============ the same twice, and what is refused ============


def test_the_same_key_gives_the_first_answer_and_another_request_is_refused(
    world: World, ask: Asking, team: Team, sql: Sql
) -> None:
    ash = world.silent("Ash")
    first = ask(ash, idempotency_key="k", note="a")
    assert ask(ash, now=NOW + dt.timedelta(hours=1), idempotency_key="k", note="a") == first
    for other in (
        {"note": "b"},
        {"template": "upgrade_offer"},
        {"type": "in_app"},
        {"overrides_cap": True},
        {"requested_for": NOW + DAY},
    ):
        with pytest.raises(KeyUsedBefore, match="k was used"):
            ask(ash, **{"idempotency_key": "k", "note": "a"} | other)
    team.send(NOW)
    assert ask(ash, idempotency_key="k", note="a").status == "sent"
    assert (count(sql), len(team.new_mails())) == (1, 1)
    own = {"subject": "S", "message": "One"}
    ask(ash, idempotency_key="own", overrides_cap=True, **own)
    with pytest.raises(KeyUsedBefore):
        ask(ash, idempotency_key="own", overrides_cap=True, **own | {"message": "Two"})


def test_a_call_asked_for_twice_with_one_key_keeps_its_time(world: World, ask: Asking) -> None:
    ash = world.silent("Ash")
    first = ask(ash, type="call", idempotency_key="k")
    assert ask(ash, now=NOW + 5 * DAY, type="call", idempotency_key="k") == first


def test_wrong_requests_are_named_and_nothing_is_recorded(
    world: World, ask: Asking, sql: Sql, add_person: Any
) -> None:
    ash, nobody = world.silent("Ash"), str(uuid.uuid4())
    analyst = add_person("analyst@wedsync.example", "analyst")["id"]
    stranger = add_person("stranger@wedsync.example")["id"]
    with pytest.raises(SupplierNotFound, match=nobody):
        ask(nobody)
    for person in (analyst, stranger, nobody):
        with pytest.raises(NotAnAdmin):
            ask(ash, requested_by=person)
    with pytest.raises(UnknownTemplate, match="no message template nonsense"):
        ask(ash, template="nonsense")
    with pytest.raises(UnknownTemplate):
        ask(ash, template="critical_digest")  # it is for the team
    for field, wrong in (
        ("supplier_id", "42"),
        ("requested_by", "x"),
        ("note", "n" * 2001),
        ("requested_for", NOW.replace(tzinfo=None)),
        ("requested_for", NOW - DAY),
        ("message", "m" * 102_400),
    ):
        more = {"template": None, "subject": "S"} if field == "message" else {}
        with pytest.raises(RequestError, match=field):
            ask(ash, **{field: wrong}, **more)
    assert count(sql) == 0


def test_a_template_that_breaks_a_rule_is_told_to_who_asks(
    world: World, ask: Asking, sql: Sql
) -> None:
    sql.execute(
        "insert into message_templates (name, version, audience, subject, body_text)"
        " values ('check_in', 2, 'supplier', 'Hi', '{{ frist_name }}')"
    )
    with pytest.raises(TemplateError, match="frist_name"):
        ask(world.silent("Ash"))
    assert count(sql) == 0
