"""Whom a run contacts, whom it does not, and what it says of that before and after."""

import datetime as dt
import subprocess
from collections.abc import Callable
from typing import Any

import pytest

from daily_scoring import main as daily_scoring_main
from embedded.stack import Stack
from tests.support.morning import Team, morning_of
from tests.support.outreach_world import DAY, World, outcomes, whom
from tests.support.runs import Sql, summary

Job = Callable[..., "subprocess.CompletedProcess[str]"]
Score = Callable[..., Any]
MORNING = morning_of("2026-06-10")

# All a run could write to: not what Postgres and the sign-ins keep for themselves.
TABLES = """
select c.oid::regclass::text from pg_class c join pg_namespace n on n.oid = c.relnamespace
where n.nspname in ('public', 'private') and c.relkind in ('r', 'p') and not c.relispartition
"""


def everything(sql: Sql) -> dict[str, list[Any]]:
    """Return the rows of all tables."""
    tables = [name for (name,) in sql.execute(TABLES).fetchall()]
    assert "interventions" in tables
    assert "private.subject_activity" in tables
    return {
        name: sorted(map(str, sql.execute(f"select t from {name} t").fetchall())) for name in tables
    }


@pytest.fixture
def world(add_supplier: Any, add_events: Any, sql: Sql) -> World:
    """An empty world on a morning in June."""
    return World(add_supplier, add_events, sql, MORNING)


@pytest.fixture
def today(add_supplier: Any, add_events: Any, sql: Sql, score: Score) -> dict[str, str]:
    """Some of everybody today, scored on the day before: name -> id."""
    now = dt.datetime.now(dt.UTC)
    suppliers = World(add_supplier, add_events, sql, now).everybody()
    score(now - DAY)
    return suppliers


# ============ which runs contact people ============


def test_a_run_of_today_contacts_people_and_says_so(
    today: dict[str, str], daily_scoring: Job, team: Team, sql: Sql
) -> None:
    done = daily_scoring()
    assert done.returncode == 0, done.stderr
    assert "Planned 12 contacts, 2 held back; 16 new milestones; 2 newly critical." in done.stdout
    assert "Sent 3 mails; 0 wait." in done.stdout
    assert len(team.new_mails()) == 3
    stored = sql.execute(
        "select interventions, suppressed, milestones, alerts from runs r"
        " order by started_at desc limit 1"
    ).fetchone()
    assert stored == (12, 2, 16, 2)


@pytest.mark.parametrize("which", ["backfill", "yesterday", "a past instant"])
def test_a_run_of_days_long_past_contacts_nobody(
    which: str, today: dict[str, str], daily_scoring: Job, team: Team, sql: Sql
) -> None:
    now = dt.datetime.now(dt.UTC)
    arguments = {
        "backfill": ["--backfill", f"{now - 3 * DAY:%Y-%m-%d}", f"{now:%Y-%m-%d}"],
        # Its last instant is only just over: today's score may be another.
        "yesterday": ["--as-of", f"{now - DAY:%Y-%m-%d}"],
        "a past instant": ["--as-of", f"{now - DAY - dt.timedelta(minutes=1):%Y-%m-%dT%H:%M}"],
    }[which]
    done = daily_scoring(*arguments)
    assert done.returncode == 0, done.stderr
    assert "Nobody is contacted: the scores do not speak for today." in done.stdout
    assert not any(outcomes(sql).values())
    assert team.new_mails() == []


def test_runs_of_one_supplier_and_of_what_changed_contact_people_too(
    today: dict[str, str], daily_scoring: Job, team: Team, sql: Sql
) -> None:
    said = summary(daily_scoring("--supplier", today["Ash"], "--json"))
    assert (said["interventions"], said["mails_sent"]) == (2, 1)
    assert whom(team.new_mails()) == ["ash@supplier.example"]
    said = summary(daily_scoring("--changed-only", "--json"))
    assert said["kind"] == "changed"
    assert said["suppliers_scored"] < 7
    contacted = {row[0] for row in sql.execute("select supplier_id::text from interventions")}
    assert contacted >= {today[name] for name in ("Ash", "Elm", "Fir", "Hazel")}
    assert whom(team.new_mails()) == ["cs-team@wedsync.example", "hazel@supplier.example"]


def test_a_dry_run_writes_nothing_at_all_and_what_it_says_a_run_then_does(
    today: dict[str, str], daily_scoring: Job, team: Team, sql: Sql, add_events: Any
) -> None:
    # Not rolled up yet: the dry run takes it into account, and leaves it so.
    hours_ago = (dt.datetime.now(dt.UTC) - dt.timedelta(hours=2)).isoformat()
    add_events((today["Ivy"], "client_added", "c", hours_ago))
    before = everything(sql)
    words = daily_scoring("--dry-run")
    said = summary(daily_scoring("--dry-run", "--json"))
    assert everything(sql) == before
    assert team.new_mails() == []
    assert words.returncode == 0, words.stderr
    for line in (
        "  Ash: email, silent after set up",
        "  Birch: email, silent after set up: opt out",
        "  Cedar: email, silent after set up: no address",
        "  Hazel: in app, milestone onboarding finished",
        "  Elm: 47 at risk -> 35 critical",
    ):
        assert line in words.stdout.splitlines()
    assert "  Elm: call (check in) at 20" in words.stdout
    assert said["mails_sent"] == said["mails_waiting"] == 0
    done = summary(daily_scoring("--json"))
    figures = ("interventions", "suppressed", "milestones", "alerts", "transitions", "critical")
    assert [said[name] for name in figures] == [done[name] for name in figures]
    announced = sorted(
        tuple(
            str(row[name])
            for name in (
                "supplier_id",
                "type",
                "playbook",
                "milestone_type",
                "call_type",
                "template",
                "arm",
                "reason",
            )
        )
        for row in said["contacts"]
    )
    made = sql.execute(
        "select supplier_id, type, playbook, milestone_type, call_type, template,"
        " arm, reason from interventions"
    ).fetchall()
    assert announced == sorted(tuple(map(str, row)) for row in made)


def test_a_first_score_is_no_transition_however_bad_it_is(
    world: World, team: Team, sql: Sql
) -> None:
    new = world.supplier("New", ("client_added", "c", 1.0), signed_up_at=world.ago(1))
    team.run("2026-06-10")
    assert sql.execute("select risk_level from current_health").fetchone() == ("critical",)
    assert team.contacts(new, playbook="became_critical") == []
    assert outcomes(sql)["team_alerts"] == []


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("CS_SMTP_URL", ""),
        ("CS_SMTP_URL", "mail.example.com"),
        ("CS_MAIL_FROM", ""),
        ("CS_MAIL_FROM", "care@"),
        ("CS_MAIL_FROM", "a@x.example, b@x.example"),
        ("CS_ALERT_TO", ""),
        ("CS_ALERT_TO", "team@x.example; boss@x.example"),
    ],
)
def test_a_missing_or_wrong_mail_setting_is_named_before_anything_is_done(
    name: str, value: str, stack: Stack, sql: Sql, monkeypatch: Any, capsys: Any
) -> None:
    for setting, good in stack.env.items():
        monkeypatch.setenv(setting, good)
    monkeypatch.setenv(name, value)
    assert daily_scoring_main([]) == 2
    said = capsys.readouterr().err
    assert f"Setting {name}" in said
    assert said.count("\n") == 1
    assert sql.execute("select count(*) from runs").fetchone() == (0,)


@pytest.mark.parametrize("mode", ["refuse", "reject"])
def test_a_mail_server_that_takes_nothing_does_not_make_the_run_fail(
    mode: str, today: dict[str, str], daily_scoring: Job, team: Team, sql: Sql
) -> None:
    team.mail_server(mode)
    said = summary(daily_scoring("--json"))
    assert (said["mails_sent"], said["mails_waiting"]) == (0, 3 if mode == "refuse" else 0)
    states = sql.execute("select distinct status, attempts from outbox").fetchall()
    assert states == [("queued" if mode == "refuse" else "dead", 1)]
    assert team.milestone(today["Hazel"], "onboarding_finished")["celebrated"] is False
    assert team.milestone(today["Hazel"], "first_login")["celebrated"] is True


def test_a_mail_server_that_is_not_there_is_told_on_standard_error(
    today: dict[str, str], daily_scoring: Job, sql: Sql, team: Team
) -> None:
    done = daily_scoring(CS_SMTP_URL="smtp://127.0.0.1:1")
    assert done.returncode == 0
    assert done.stderr.startswith("daily_scoring: ")
    assert done.stderr.count("\n") == 1
    assert "Sent 0 mails; 3 wait." in done.stdout
    assert daily_scoring().returncode == 0
    assert len(team.new_mails()) == 3
