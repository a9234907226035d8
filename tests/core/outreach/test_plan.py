"""What a firing plans, for whom; and what comes in and goes out."""

import pyarrow as pa
import pytest

from cs_core.base.errors import FactsMismatch, MissingColumns
from cs_core.outreach.facts import CLOSED_CALLS, CONTACTS, SCORE_COLUMNS, OutreachFacts
from cs_core.outreach.milestones import CATALOGUE, PLANNED_MILESTONES
from cs_core.outreach.plan import plan_contacts
from tests.support.defaults import DEFAULT_RULES
from tests.support.outreach_plans import (
    ALL,
    DAY,
    MONDAY_10_US,
    NOON,
    NOON_US,
    SEEDED,
    contacts,
    emailed,
    facts_of,
    outcomes,
    plan,
    playbook,
    rules,
    scored,
    supplier,
)


def test_a_firing_plans_each_action_with_all_there_is_to_know():
    [email, call, in_app] = contacts([supplier(health_score=55, risk_level="at_risk")], (ALL,))
    assert email == {
        "supplier_id": "s",
        "playbook": "all",
        "playbook_version": 1,
        "milestone_type": None,
        "type": "email",
        "call_type": None,
        "template": "tips",
        "arm": "treated",
        "status": "planned",
        "reason": None,
        "scheduled_us": NOON_US,
        "dedupe_key": "all/2026-11-22/email",
        "health_score": 55,
        "risk_level": "at_risk",
        "previous_score": 100,
    }
    assert call == email | {
        "type": "call",
        "call_type": "check_in",
        "template": None,
        "scheduled_us": MONDAY_10_US,
        "dedupe_key": "all/2026-11-22/call",
    }
    assert in_app == email | {"type": "in_app", "dedupe_key": "all/2026-11-22/in_app"}


def test_a_playbook_that_is_switched_off_does_nothing():
    assert contacts([supplier()], (playbook(enabled=False),)) == []


def test_without_playbooks_or_suppliers_there_is_nothing_and_the_types_stay():
    for found in (plan([supplier()], ()), plan([], SEEDED), plan([], ())):
        assert found.contacts.num_rows == 0
        assert found.contacts.schema.equals(CONTACTS)
        assert found.milestones.schema.equals(PLANNED_MILESTONES)
        assert found.closed_calls.schema.equals(CLOSED_CALLS)
    assert plan([supplier()], (ALL,)).contacts.schema.equals(CONTACTS)


def test_contacts_come_by_supplier_the_most_important_first():
    rows = [supplier(supplier_id=name) for name in ("b", "a")]
    found = contacts(rows, (playbook("late", priority=2), playbook("soon", priority=1)))
    assert [(c["supplier_id"], c["playbook"]) for c in found] == [
        ("a", "soon"),
        ("a", "late"),
        ("b", "soon"),
        ("b", "late"),
    ]


@pytest.mark.parametrize(
    ("previous", "now", "fires"),
    [
        ("healthy", "critical", True),
        ("at_risk", "critical", True),
        ("critical", "critical", False),
        (None, "critical", False),
        ("critical", "healthy", True),
    ],
)
def test_a_transition_playbook_fires_on_the_day_the_level_changed(previous, now, fires):
    any_change = playbook(trigger="transition")
    row = supplier(previous_level=previous, risk_level=now)
    assert bool(contacts([row], (any_change,))) == fires


def reached(*types, at=NOON_US, supplier_id="s"):
    return {"supplier_id": supplier_id} | {m.achieved: at for m in CATALOGUE if m.type in types}


@pytest.mark.parametrize("milestone", CATALOGUE, ids=lambda milestone: milestone.type)
def test_a_milestone_is_celebrated_and_a_big_one_by_email_too(milestone):
    found = contacts([supplier()], (), milestones=[reached(milestone.type)])
    assert outcomes(found) == {
        (milestone.type, kind): None
        for kind in (["in_app", "email"] if milestone.is_big else ["in_app"])
    }
    for contact in found:
        assert contact["dedupe_key"] == f"milestone/{milestone.type}/{contact['type']}"
        assert contact["template"] == f"milestone_{milestone.type}"
        assert contact["scheduled_us"] == NOON_US
        assert (contact["playbook"], contact["playbook_version"]) == (None, None)
        assert contact["arm"] == "treated"


def test_a_milestone_of_long_ago_is_recorded_only():
    found = plan([supplier()], (), milestones=[reached("one_year", at=0)])
    assert found.contacts.num_rows == 0
    assert found.milestones["uncelebrated_reason"].to_pylist() == ["too_long_ago"]


@pytest.mark.parametrize(
    ("figures", "sent", "reason"),
    [
        ({}, 0, None),
        ({}, 1, "frequency_cap"),
        ({"opted_out": True}, 0, "opt_out"),
        ({"has_address": False}, 0, "no_address"),
    ],
)
def test_a_celebration_by_email_keeps_to_the_same_rules(figures, sent, reason):
    emails = [emailed(sent)] if sent else []
    found = contacts([supplier(**figures)], (), milestones=[reached("one_year")], emails=emails)
    assert outcomes(found) == {("one_year", "in_app"): None, ("one_year", "email"): reason}
    assert found[1]["dedupe_key"] == "milestone/one_year/email"


@pytest.mark.parametrize(
    ("cap", "mailed"), [(1, ["ten_clients"]), (2, ["ten_clients", "one_year"]), (0, [])]
)
def test_of_several_milestones_the_first_of_the_catalogue_get_the_emails(cap, mailed):
    found = contacts(
        [supplier()],
        (),
        rules(email_cap={"emails": cap, "days": 7}),
        milestones=[reached("ten_clients", "one_year", "first_login")],
    )
    by_type = {
        kind: [c["milestone_type"] for c in found if c["type"] == kind and not c["reason"]]
        for kind in ("in_app", "email")
    }
    assert by_type == {"in_app": ["first_login", "ten_clients", "one_year"], "email": mailed}


def test_a_playbook_goes_before_a_celebration():
    found = contacts([supplier()], (playbook(priority=1000),), milestones=[reached("one_year")])
    assert outcomes(found) == {
        ("tips", "email"): None,
        ("one_year", "in_app"): None,
        ("one_year", "email"): "frequency_cap",
    }


def test_facts_about_other_suppliers_are_refused():
    rows = [supplier(supplier_id="a"), supplier(supplier_id="b")]
    for others in (rows[::-1], rows[:1], []):
        with pytest.raises(FactsMismatch):
            plan_contacts(scored(rows), facts_of(others), (), DEFAULT_RULES, NOON, DAY)


@pytest.mark.parametrize("name", SCORE_COLUMNS)
def test_a_score_that_lacks_a_column_is_named(name):
    scores = scored([supplier()]).drop_columns([name])
    with pytest.raises(MissingColumns, match=f"Planning contacts needs .*{name}"):
        plan_contacts(scores, facts_of([supplier()]), (), DEFAULT_RULES, NOON, DAY)


def test_facts_come_as_lists_of_columns_and_are_typed_even_when_empty():
    facts = OutreachFacts.from_columns(
        {
            "suppliers": {"has_address": [True], "supplier_id": ["s"], "not_ours": [1]},
            "emails": {"supplier_id": [], "emails": []},
        }
    )
    assert facts.suppliers.column_names[0] == "supplier_id"
    assert facts.suppliers.to_pylist()[0]["trial_days_left"] is None
    assert facts.emails.schema.field("last_email_on").type == pa.string()
    assert facts.firings.num_rows == facts.milestones.num_rows == 0


def test_a_page_in_chunks_and_one_in_a_piece_give_the_same():
    rows = [supplier(supplier_id=f"{n:02d}", days_since_login=n) for n in range(20)]
    scores, facts = scored(rows), facts_of(rows)
    chunked = pa.concat_tables([scores.slice(0, 7), scores.slice(7)])
    again = [
        plan_contacts(table, facts, SEEDED, DEFAULT_RULES, NOON, DAY).contacts
        for table in (scores, chunked)
    ]
    assert again[0].num_rows > 10
    assert again[0].equals(again[1])
