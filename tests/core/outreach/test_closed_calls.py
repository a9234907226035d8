"""Which open calls close themselves."""

import pytest

from tests.support.outreach_plans import CALL, EMAIL, open_call, outcomes, plan, playbook, supplier

RECOVERS = playbook("all", actions=[CALL], conditions=[{"field": "health_score", "below": 0}])


@pytest.mark.parametrize(
    ("playbooks", "figures", "closed"),
    [
        ("|all|", {}, True),
        ("|all|", {"risk_level": "at_risk"}, False),
        ("|all|person|", {}, False),
        ("|person|", {}, False),
        # One that is gone or switched off counts as over for a healthy supplier.
        ("|gone|", {}, True),
        ("|gone|", {"risk_level": "at_risk"}, False),
        ("|off|", {}, True),
        ("|off|", {"risk_level": "critical"}, False),
        ("|low|gone|", {"days_since_login": 2}, True),
        # All that are behind a call must be over.
        ("|all|low|", {"days_since_login": 2}, True),
        ("|all|low|", {"days_since_login": 8}, False),
        ("|low|", {"days_since_login": 8}, False),
        ("|low|all|", {"risk_level": "at_risk", "days_since_login": 2}, False),
        ("|low|", {"risk_level": "critical", "days_since_login": 2}, True),
        # A name within a name is another name.
        ("|all_low|", {"risk_level": "at_risk", "days_since_login": 2}, False),
    ],
)
def test_a_call_closes_when_all_behind_it_is_over(playbooks, figures, closed):
    never = [{"field": "health_score", "below": 0}]
    low = playbook(
        "low",
        conditions=never,
        actions=[CALL],
        recovery=[{"field": "days_since_login", "below": 7}],
    )
    off = playbook("off", actions=[CALL], enabled=False)
    found = plan([supplier(**figures)], (RECOVERS, low, off), open_calls=[open_call(playbooks)])
    expected = [{"supplier_id": "s", "intervention_id": "c", "reason": "recovered"}]
    assert found.closed_calls.to_pylist() == (expected if closed else [])


def test_a_call_for_a_playbook_that_has_no_recovery_any_more_is_over_for_the_healthy():
    data = playbook("all").to_dict()
    del data["recovery"]
    silent = type(RECOVERS).from_dict("all", data, version=2)
    for level, closed in (("healthy", 1), ("at_risk", 0)):
        row = supplier(risk_level=level)
        assert plan([row], (silent,), open_calls=[open_call()]).closed_calls.num_rows == closed


def test_a_call_that_a_playbook_asks_for_today_stays_open():
    asks = playbook("asks", actions=[CALL])
    found = plan([supplier()], (RECOVERS, asks), open_calls=[open_call()])
    assert outcomes(found.contacts.to_pylist()) == {("asks", "call"): "open_call"}
    assert found.closed_calls.num_rows == 0


@pytest.mark.parametrize("changes", [{"holdout_percent": 100}, {"actions": [EMAIL]}])
def test_a_playbook_that_asks_for_no_call_keeps_none_open(changes):
    other = playbook("other", **{"actions": [CALL]} | changes)
    assert (
        plan([supplier()], (RECOVERS, other), open_calls=[open_call()]).closed_calls.num_rows == 1
    )


def test_each_call_is_judged_by_the_score_it_was_planned_at():
    regained = playbook(
        "all",
        conditions=[{"field": "health_score", "below": 0}],
        actions=[CALL],
        recovery=[{"field": "points_since_call", "at_least": 10}],
    )
    calls = [open_call(score=score, name=str(score)) for score in (44, 45, 46)]
    calls.append(open_call(score=None, name="unknown"))
    found = plan([supplier(health_score=55)], (regained,), open_calls=calls)
    assert found.closed_calls["intervention_id"].to_pylist() == ["44", "45"]
