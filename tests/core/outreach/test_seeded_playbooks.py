"""Each default playbook fires where it should and stays silent just beside it."""

import pytest

from tests.support.outreach_plans import SEEDED, contacts, plan, seeded, supplier

# Playbook: figures that make it fire for a supplier that is perfect otherwise.
FIRES = {
    "became_critical": {"risk_level": "critical", "previous_level": "at_risk"},
    "trial_ending": {"status": "trial", "trial_days_left": 3, "risk_level": "at_risk"},
    "silent_after_set_up": {"days_since_login": 7.0},
    "sharp_drop": {"health_score": 80, "best_score_7_days": 95},
    "no_clients_yet": {"clients_known": 0, "clients_active": 0, "days_since_sign_up": 3.0},
    "low_adoption": {
        "risk_level": "at_risk",
        "feature_adoption_ratio": 0.399,
        "days_since_sign_up": 14.0,
    },
}
# Playbook: figures just on the other side, beside those above.
SILENT = [
    ("became_critical", {"previous_level": "critical"}),
    ("became_critical", {"previous_level": None}),
    ("became_critical", {"risk_level": "healthy"}),
    ("trial_ending", {"status": "active"}),
    ("trial_ending", {"trial_days_left": None}),
    ("trial_ending", {"trial_days_left": 3.001}),
    ("trial_ending", {"trial_days_left": -0.001}),
    ("trial_ending", {"risk_level": "healthy"}),
    ("silent_after_set_up", {"days_since_login": 6.999}),
    ("silent_after_set_up", {"onboarded": False}),
    ("sharp_drop", {"health_score": 81}),
    ("sharp_drop", {"best_score_7_days": None}),
    ("no_clients_yet", {"days_since_sign_up": 2.999}),
    ("no_clients_yet", {"days_since_sign_up": 30.0}),
    ("no_clients_yet", {"clients_known": 1}),
    ("low_adoption", {"risk_level": "healthy"}),
    ("low_adoption", {"risk_level": "critical"}),
    ("low_adoption", {"feature_adoption_ratio": 0.4}),
    ("low_adoption", {"days_since_sign_up": 13.99}),
]
# Playbook: figures with which its open call is over, and figures just beside with which it is
# not. The call was planned at a score of 50.
OVER = [
    ("became_critical", {"risk_level": "healthy"}, {"risk_level": "at_risk"}),
    ("trial_ending", {"status": "active"}, {"status": "trial"}),
    ("trial_ending", {"status": "trial", "risk_level": "healthy"}, {"status": "trial"}),
    ("silent_after_set_up", {"days_since_login": 6.999}, {"days_since_login": 7.0}),
    ("sharp_drop", {"health_score": 65}, {"health_score": 64}),
    ("sharp_drop", {"health_score": 65}, {"health_score": 65, "risk_level": "critical"}),
    ("no_clients_yet", {"clients_known": 1}, {"clients_known": 0, "clients_active": 0}),
]


def test_all_default_playbooks_are_tested():
    names = {playbook.name for playbook in SEEDED}
    assert names == set(FIRES) == {name for name, _ in SILENT}
    calling = {p.name for p in SEEDED if any(a.type == "call" for a in p.actions)}
    assert calling == {name for name, _, _ in OVER}


@pytest.mark.parametrize("name", FIRES)
def test_a_default_playbook_fires_and_does_what_it_says(name):
    found = contacts([supplier(**FIRES[name])], (seeded(name),))
    assert [(c["type"], c["template"], c["call_type"]) for c in found] == [
        (a.type, a.template, a.call_type) for a in seeded(name).actions
    ]
    assert {(c["playbook"], c["status"], c["reason"]) for c in found} == {(name, "planned", None)}


@pytest.mark.parametrize(("name", "figures"), SILENT)
def test_a_default_playbook_stays_silent_just_beside_it(name, figures):
    assert contacts([supplier(**FIRES[name] | figures)], (seeded(name),)) == []


@pytest.mark.parametrize("name", [name for name in FIRES if name not in ("trial_ending",)])
def test_a_perfect_supplier_hears_from_no_playbook(name):
    assert contacts([supplier()], (seeded(name),)) == []


@pytest.mark.parametrize(("name", "over", "goes_on"), OVER)
def test_a_call_is_closed_once_the_supplier_recovered_and_not_before(name, over, goes_on):
    call = {"supplier_id": "s", "intervention_id": "c", "playbooks": f"|{name}|", "score": 50}
    # No drop within the last week: a playbook that fires again keeps its call open.
    at_risk = {"risk_level": "at_risk", "best_score_7_days": 50}
    closed = plan([supplier(**at_risk | over)], (seeded(name),), open_calls=[call]).closed_calls
    assert closed.to_pylist() == [
        {"supplier_id": "s", "intervention_id": "c", "reason": "recovered"}
    ]
    kept = plan([supplier(**at_risk | goes_on)], (seeded(name),), open_calls=[call]).closed_calls
    assert kept.num_rows == 0
