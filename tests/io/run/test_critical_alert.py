"""The mail that tells the team who turned critical: once, about all, whatever happens."""

import dataclasses
import json
from collections.abc import Callable
from typing import Any

import pytest

from cs_core.mail.addresses import Address
from cs_core.outreach.critical_alert import HELD_OUT_NOTE
from tests.support.morning import Team, morning_of
from tests.support.outreach_world import DAY, World, change_playbook, whom
from tests.support.runs import Sql

Score = Callable[..., Any]
MORNING = morning_of("2026-06-10")
TEAM = "cs-team@wedsync.example"


@pytest.fixture
def world(add_supplier: Any, add_events: Any, sql: Sql) -> World:
    """An empty world on a morning in June."""
    return World(add_supplier, add_events, sql, MORNING)


@pytest.fixture
def elm(world: World, score: Score) -> str:
    """A supplier that turns critical this morning."""
    supplier = world.turning("Elm", email=None)
    score(MORNING - DAY)
    return supplier


def alerts(sql: Sql) -> list[Any]:
    return sql.execute(
        "select score_date::text, status, reason from team_alerts order by score_date, supplier_id"
    ).fetchall()


def text_of(mail: Any) -> str:
    return str(mail.get_body(("plain",)).get_content())


def test_one_mail_tells_of_all_who_turned_critical_the_lowest_score_first(
    world: World, team: Team, score: Score, sql: Sql
) -> None:
    for name in ("Elm", "Fir"):
        world.turning(name)
    worst = world.turning("Zelkova")
    score(MORNING - DAY)
    # It loses the feature as well.
    sql.execute(
        "delete from activity_events where supplier_id = %s and event_type = 'feature_used'",
        (worst,),
    )
    sql.execute(
        "delete from private.subject_activity where supplier_id = %s and kind = 'feature'", (worst,)
    )
    team.run("2026-06-10")
    (mail,) = team.new_mails()
    assert mail["To"] == TEAM
    assert mail["Subject"] == "3 suppliers became critical"
    assert mail["List-Unsubscribe"] is None
    said = text_of(mail)
    assert said.index("Zelkova") < said.index("Elm") < said.index("Fir")
    assert "health scores of 10 June 2026" in said
    assert "35" in said
    assert "Client activity: 0 of" in said
    assert f"{team.mail.base_url}/suppliers?risk=critical" in said
    html = mail.get_body(("html",)).get_content()
    assert f'<a href="{team.mail.base_url}/supplier?id={worst}"' in html
    assert said.count(f"{team.mail.base_url}/supplier?id=") == 3
    assert "{" not in said


def test_everybody_on_the_list_gets_one_mail(elm: str, team: Team, sql: Sql) -> None:
    team.mail = dataclasses.replace(
        team.mail, alert_to=(Address("", TEAM), Address("Boss", "boss@wedsync.example"))
    )
    team.run("2026-06-10")
    assert whom(team.new_mails()) == ["boss@wedsync.example", TEAM]
    team.run("2026-06-10")
    assert team.new_mails() == []


def test_who_turns_critical_again_within_seven_days_is_not_told_again(
    elm: str, team: Team, add_events: Any, sql: Sql
) -> None:
    def back_on(day: str) -> None:
        add_events((elm, "login", None, f"2026-06-{day}T12:00:00Z"))

    team.run("2026-06-10")
    for login, well, bad in (("11", "12", "15"), ("15", "16", "19")):
        back_on(login)
        team.run(f"2026-06-{well}")
        team.run(f"2026-06-{bad}")
    assert alerts(sql) == [
        ("2026-06-10", "queued", None),
        ("2026-06-15", "suppressed", "told 5 days before"),
        ("2026-06-19", "queued", None),
    ]
    assert whom(team.new_mails()) == [TEAM, TEAM]


def test_who_stays_critical_is_told_of_once(elm: str, team: Team, sql: Sql) -> None:
    team.run_days("2026-06-10", "2026-06-13")
    assert alerts(sql) == [("2026-06-10", "queued", None)]


def test_a_pending_alert_is_withdrawn_where_a_later_run_of_the_day_finds_it_wrong(
    elm: str, team: Team, add_events: Any, sql: Sql
) -> None:
    team.decide(MORNING)
    # As a run that was killed before it told the team leaves it.
    sql.execute("update team_alerts set status = 'pending', message_id = null; delete from outbox")
    add_events((elm, "login", None, "2026-06-10T05:00:00Z"))
    team.run("2026-06-10")
    assert alerts(sql) == []
    assert team.new_mails() == []


def test_a_pending_alert_is_told_by_the_next_run(elm: str, team: Team, sql: Sql) -> None:
    team.decide(MORNING)
    sql.execute("update team_alerts set status = 'pending', message_id = null; delete from outbox")
    team.run("2026-06-11")
    assert alerts(sql) == [("2026-06-10", "queued", None)]
    (mail,) = team.new_mails()
    assert "Elm" in text_of(mail)


@pytest.mark.parametrize("held_on", ["the day itself", "days before"])
def test_the_mail_says_who_is_left_alone_by_a_holdout_as_long_as_it_is(
    held_on: str, world: World, team: Team, score: Score, sql: Sql, add_events: Any
) -> None:
    elm = world.turning("Elm", email=None)
    score(MORNING - DAY)
    change_playbook(sql, "became_critical", holdout_percent=100)
    change_playbook(sql, "low_adoption", enabled=False)  # would write to it while it is well
    team.run("2026-06-10")
    (mail,) = team.new_mails()
    assert text_of(mail).count(HELD_OUT_NOTE) == 1
    if held_on == "the day itself":
        return
    # It flaps within the playbook's cool-down: the one row that says so is of the 15th.
    for login, well, bad in (("11", "12", "15"), ("15", "16", "19")):
        add_events((elm, "login", None, f"2026-06-{login}T12:00:00Z"))
        team.run(f"2026-06-{well}")
        team.run(f"2026-06-{bad}")
    (mail,) = team.new_mails()
    assert text_of(mail).count(HELD_OUT_NOTE) == 1


def test_who_is_held_out_no_more_is_not_said_to_be(
    world: World, team: Team, score: Score, sql: Sql, add_events: Any
) -> None:
    elm = world.turning("Elm", email=None)
    score(MORNING - DAY)
    change_playbook(sql, "became_critical", holdout_percent=100)
    team.run("2026-06-10")
    team.new_mails()
    change_playbook(sql, "became_critical", holdout_percent=0)
    add_events((elm, "login", None, "2026-06-20T12:00:00Z"))
    team.run("2026-06-21")
    team.run("2026-06-24")  # the fourteen days of the cool-down are over
    (mail,) = team.new_mails()
    assert HELD_OUT_NOTE not in text_of(mail)
    assert [c["status"] for c in team.contacts(elm, score_date="2026-06-24")] == ["planned"]


@pytest.mark.parametrize(
    ("is_called", "notes"), [(True, 0), (False, 1)], ids=["called all the same", "left alone"]
)
def test_who_is_contacted_all_the_same_is_not_said_to_be_left_alone(
    is_called: bool, notes: int, world: World, team: Team, score: Score, sql: Sql
) -> None:
    # Two playbooks fire on the same morning: one holds the supplier out.
    elm = world.turning("Elm", email=None)
    change_playbook(
        sql,
        "sharp_drop",
        holdout_percent=100,
        conditions=[{"field": "score_change_7_days", "at_most": -5}],
    )
    change_playbook(sql, "became_critical", enabled=is_called)
    score(MORNING - DAY)
    team.run("2026-06-10")
    reasons = {c["playbook"]: c["reason"] for c in team.contacts(elm, type="call")}
    assert reasons == {"sharp_drop": "holdout"} | ({"became_critical": None} if is_called else {})
    (mail,) = team.new_mails()
    assert text_of(mail).count(HELD_OUT_NOTE) == notes


@pytest.mark.parametrize("fault", ["broken", "for suppliers", "deleted"])
def test_the_team_is_warned_even_if_the_template_cannot_be_used(
    fault: str, elm: str, world: World, team: Team, sql: Sql
) -> None:
    world.silent("Ash")
    rows = sql.execute(
        "select to_jsonb(t) from message_templates t where name = 'critical_digest'"
    ).fetchall()
    if fault == "deleted":
        sql.execute("delete from message_templates where name = 'critical_digest'")
    else:
        audience, text = ("team", "{{ supliers }}") if fault == "broken" else ("supplier", "Hi")
        sql.execute(
            "insert into message_templates (name, version, audience, subject, body_text)"
            " values ('critical_digest', 99, %s, 'x', %s)",
            (audience, text),
        )
    try:
        team.run("2026-06-10")
    finally:
        if fault == "deleted":
            sql.execute(
                "insert into message_templates select r.* from"
                " jsonb_populate_recordset(null::message_templates, %s) r",
                (json.dumps([row[0] for row in rows]),),
            )
    mails = {mail["To"].addresses[0].addr_spec: mail for mail in team.new_mails()}
    assert set(mails) == {TEAM, "ash@supplier.example"}
    said = text_of(mails[TEAM])
    assert "Elm: score 35, 47 before." in said
    assert "its template cannot be used" in said
    assert sql.execute("select status from runs order by started_at desc").fetchone() == ("done",)


def test_a_digest_of_many_lists_fifty_and_counts_the_rest(
    world: World, team: Team, score: Score
) -> None:
    for number in range(52):
        world.turning(f"{number:02}{'&' * 298}", email=None)
    score(MORNING - DAY)
    team.run("2026-06-10", page_size=20)
    (mail,) = team.new_mails()
    assert mail["Subject"] == "52 suppliers became critical"
    assert "2 more are not listed here." in text_of(mail)
    assert text_of(mail).count("Score ") == 50


def test_a_mail_that_was_refused_is_sent_later_and_alerts_queued_before_are_kept(
    elm: str, team: Team, sql: Sql
) -> None:
    team.mail_server("refuse")
    team.run("2026-06-10")
    assert (team.new_mails(), alerts(sql)) == ([], [("2026-06-10", "queued", None)])
    team.mail_server("accept")
    team.run("2026-06-11")
    assert whom(team.new_mails()) == [TEAM]


def test_a_supplier_that_left_before_the_team_was_told_is_not_told_of(
    elm: str, team: Team, sql: Sql
) -> None:
    team.decide(MORNING)
    sql.execute("update team_alerts set status = 'pending', message_id = null; delete from outbox")
    sql.execute("update suppliers set status = 'churned', churned_at = %s", (MORNING + DAY / 2,))
    team.run("2026-06-11")
    assert team.new_mails() == []
    assert alerts(sql) == [("2026-06-10", "suppressed", "not critical any more")]
