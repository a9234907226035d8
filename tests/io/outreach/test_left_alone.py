"""Who is left alone: held out, gone, or celebrated already."""

from collections.abc import Callable
from typing import Any

import pytest

from cs_core.outreach.plan import draw
from tests.support.morning import Team, morning_of
from tests.support.outreach_world import DAY, World, change_playbook, outcomes, whom
from tests.support.runs import Sql

Score = Callable[..., Any]
MORNING = morning_of("2026-06-10")


@pytest.fixture
def world(add_supplier: Any, add_events: Any, sql: Sql) -> World:
    """An empty world on a morning in June."""
    return World(add_supplier, add_events, sql, MORNING)


# ============ holdout ============


def test_everybody_held_out_is_recorded_and_left_alone(
    world: World, team: Team, sql: Sql, score: Score
) -> None:
    suppliers = world.everybody()
    score(MORNING - DAY)
    for name in ("became_critical", "silent_after_set_up"):
        change_playbook(sql, name, holdout_percent=100)
    team.run("2026-06-10")
    held = team.contacts(suppliers["Ash"], arm="holdout")
    assert {(c["type"], c["status"], c["reason"]) for c in held} == {
        ("email", "suppressed", "holdout"),
        ("call", "suppressed", "holdout"),
    }
    assert {c["playbook_version"] for c in held} == {2}
    calls = sql.execute("select type from support_interactions").fetchall()
    assert calls == [("onboarding_call",)], "the playbook that is not held out goes on"
    mails = team.new_mails()
    assert whom(mails) == ["cs-team@wedsync.example", "hazel@supplier.example"]
    (digest,) = (m for m in mails if "cs-team" in m["To"])
    assert digest.get_body(("plain",)).get_content().count("Left alone by a holdout") == 2


def test_a_share_is_held_out_the_same_suppliers_on_every_version(
    world: World, team: Team, sql: Sql
) -> None:
    suppliers = [world.silent(f"S{number}") for number in range(20)]
    change_playbook(sql, "silent_after_set_up", holdout_percent=40, cool_down_days=1)
    team.run("2026-06-10")
    held = {s for s in suppliers if team.contacts(s, arm="holdout")}
    assert held == {s for s in suppliers if draw(s, "silent_after_set_up") < 0.4}
    assert 0 < len(held) < 20
    assert len(team.new_mails()) == 20 - len(held)
    change_playbook(sql, "silent_after_set_up", title="In other words")
    team.run("2026-06-17")
    again = {
        s
        for s in suppliers
        if any(c["playbook_version"] == 3 for c in team.contacts(s, arm="holdout"))
    }
    assert again == held
    assert len(team.new_mails()) == 20 - len(held)


# ============ suppliers that leave ============


@pytest.mark.parametrize(
    "left",
    ["status = 'churned', churned_at = '2026-06-10T12:00Z'", "status = 'paused', paused_at = null"],
)
def test_what_is_planned_for_a_supplier_that_leaves_is_cancelled(
    left: str, world: World, team: Team, sql: Sql
) -> None:
    leaving, staying = world.silent("Leaving"), world.silent("Staying")
    team.decide(MORNING)  # decided, and the writer did not come to it
    sql.execute(f"update suppliers set {left} where id = %s", (leaving,))
    team.run("2026-06-11")
    found = {c["type"]: (c["status"], c["reason"]) for c in team.made(leaving)}
    assert found == dict.fromkeys(("email", "call"), ("cancelled", "supplier_left"))
    assert {c["status"] for c in team.made(staying)} == {"sent", "planned"}
    assert whom(team.new_mails()) == ["staying@supplier.example"]
    queue = sql.execute(
        "select supplier_id::text from support_interactions where cancelled_at is null"
    ).fetchall()
    assert queue == [(staying,)]
    done = sql.execute(
        "select count(*) from support_interactions where cancelled_at = %s",
        (morning_of("2026-06-11"),),
    ).fetchone()
    assert done == (1,)


# ============ milestones ============


def test_a_milestone_is_recorded_once_ever_and_celebrated_when_it_is_new(
    world: World, team: Team, sql: Sql
) -> None:
    hazel, ash = world.started("Hazel"), world.silent("Ash")
    team.run("2026-06-10")
    first = team.milestone(hazel, "first_login")
    assert (first["celebrated"], first["uncelebrated_reason"]) == (True, None)
    assert first["achieved_at"] == world.ago(1.5)
    old = team.milestone(ash, "onboarding_finished")
    assert (old["celebrated"], old["uncelebrated_reason"]) == (False, "too_long_ago")
    assert team.contacts(ash, milestone_type="onboarding_finished") == []
    once = outcomes(sql)["success_milestones"]
    # What is taken back later was reached all the same.
    sql.execute("update suppliers set onboarded_at = null where id = %s", (hazel,))
    team.run("2026-06-11")
    team.run("2026-06-12")
    assert outcomes(sql)["success_milestones"] == once
    assert len(team.contacts(hazel, milestone_type="first_login")) == 1


def test_a_celebration_counts_once_each_of_its_messages_arrived(world: World, team: Team) -> None:
    hazel = world.started("Hazel")
    team.mail_server("refuse")
    team.run("2026-06-10")
    messages = {
        c["type"]: c["status"] for c in team.contacts(hazel, milestone_type="onboarding_finished")
    }
    assert messages == {"in_app": "sent", "email": "planned"}
    assert team.milestone(hazel, "onboarding_finished")["celebrated"] is False
    team.mail_server("accept")
    team.run("2026-06-11")
    assert team.milestone(hazel, "onboarding_finished")["celebrated"] is True


def test_a_celebration_whose_mail_is_dead_does_not_count(world: World, team: Team) -> None:
    hazel = world.started("Hazel")
    team.mail_server("reject")
    team.run("2026-06-10")
    (mail,) = team.contacts(hazel, milestone_type="onboarding_finished", type="email")
    assert mail["status"] == "failed"
    assert "550" in mail["last_error"]
    team.mail_server("accept")
    team.run("2026-06-11")
    assert team.new_mails() == []
    assert team.milestone(hazel, "onboarding_finished")["celebrated"] is False


def test_in_the_product_is_enough_for_who_wants_no_mail(world: World, team: Team, sql: Sql) -> None:
    hazel = world.started("Hazel", email_opt_out=True)
    rose = world.started("Rose")
    team.decide(MORNING)
    # This one opts out between the decision and the writing of the mail.
    sql.execute("update suppliers set email_opt_out = true where id = %s", (rose,))
    team.send(MORNING)
    for supplier in (hazel, rose):
        (mail,) = team.contacts(supplier, milestone_type="onboarding_finished", type="email")
        assert (mail["status"], mail["reason"]) == ("suppressed", "opt_out")
        assert team.milestone(supplier, "onboarding_finished")["celebrated"] is True
    assert team.new_mails() == []
