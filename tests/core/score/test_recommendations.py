import pytest

from cs_core.base.errors import MissingColumns
from cs_core.score.recommendations import CATALOGUE, propose_recommendations
from cs_core.score.scorecard import MEASURES
from cs_core.score.scoring import measure_suppliers
from tests.support.defaults import DEFAULT_SCORECARD
from tests.support.scored_suppliers import (
    advice,
    card,
    keyed_advice,
    score,
    supplier,
    table_of,
    weighted,
)

NO_CLIENTS = {"clients_active": 0, "clients_known": 0}
NO_FORMS = {"forms_sent": 0, "forms_completed": 0}
NO_STEPS = {"steps_due": 0, "steps_completed": 0}

# Rule: figures that make it speak (alone, the rest being perfect), and what it then says.
FIRES = {
    "never_logged_in": (
        {"days_since_login": None},
        "Never logged in: call to help with the first login",
    ),
    "silent": (
        {"days_since_login": 9.9},
        "No login for 9 days: send a re-engagement e-mail with tips",
    ),
    "set_up_not_finished": (
        {"onboarded": False, "features_used": 1, "days_since_sign_up": 12.7},
        "Set-up not finished 12 days after sign-up: book an onboarding call",
    ),
    "low_feature_adoption": (
        {"features_used": 1},
        "Used 1 of 6 core features in the last 30 days: show what the others do",
    ),
    "no_clients": (NO_CLIENTS, "No clients yet: help import the client list"),
    "few_active_clients": (
        {"clients_active": 3},
        "3 of 12 clients active in the last 30 days: send the planning checklist",
    ),
    "no_forms_sent": (
        NO_FORMS | {"clients_active": 6},
        "No forms sent in the last 90 days: suggest a ready-made form",
    ),
    "forms_not_completed": (
        {"forms_completed": 2},
        "2 of 9 forms sent in the last 90 days came back completed: remind the clients",
    ),
    "no_journey_steps": (
        NO_STEPS | {"clients_active": 6},
        "No journey steps due in the last 90 days: help set up a client journey",
    ),
    "journey_behind": (
        {"steps_completed": 3},
        "Completed 3 of 8 journey steps due in the last 90 days: go through the rest together",
    ),
}

# Rule: figures just on the other side, and how its text would begin.
SILENT = {
    "never_logged_in": ({"days_since_login": 9.0}, "Never logged in"),
    "silent": ({"days_since_login": 2.999}, "No login for"),
    "set_up_not_finished": ({"features_used": 1}, "Set-up not finished"),
    "low_feature_adoption": ({"features_core": 0, "features_used": 0}, "Used"),
    "no_clients": ({"clients_active": 0}, "No clients yet"),
    "few_active_clients": (NO_CLIENTS, "0 of 0 clients"),
    "no_forms_sent": ({"forms_completed": 0}, "No forms sent"),
    "forms_not_completed": (NO_FORMS, "0 of 0 forms"),
    "no_journey_steps": ({"steps_completed": 0}, "No journey steps"),
    "journey_behind": (NO_STEPS, "Completed 0 of 0"),
}


def test_every_rule_has_a_fires_and_a_stays_silent_case():
    keys = [rule.key for rule in CATALOGUE]
    assert len(set(keys)) == len(keys)
    assert keys == list(FIRES) == list(SILENT)


def test_the_catalogue_is_in_the_order_of_the_measures():
    """Ties between measures are broken by catalogue order."""
    assert list(dict.fromkeys(rule.measure for rule in CATALOGUE)) == list(MEASURES)


@pytest.mark.parametrize("key", FIRES)
def test_a_rule_fires(key):
    figures, text = FIRES[key]
    assert (key, text) in keyed_advice(**figures)


@pytest.mark.parametrize("key", SILENT)
def test_a_rule_stays_silent(key):
    figures, beginning = SILENT[key]
    assert not [text for text in advice(**figures) if text.startswith(beginning)]


def test_a_supplier_with_nothing_to_improve_gets_no_advice():
    row = score([supplier()])[0]
    assert [row[f"recommendation_{i}"] for i in (1, 2, 3)] == [None, None, None]


def test_a_full_score_gets_no_advice_about_measures_left_out():
    assert advice(**NO_FORMS, **NO_STEPS) == []


@pytest.mark.parametrize(
    ("active", "known", "pieces"),
    [
        (951, 1000, 1),  # 25 x 49 / 1000 = 1.225
        (24, 25, 1),  # 25 x 1 / 25 = 1, with dust
        (25, 26, 0),  # 25 x 1 / 26 = 0.96
    ],
)
def test_less_than_a_point_to_win_is_not_worth_advice(active, known, pieces):
    assert len(advice(clients_active=active, clients_known=known)) == pieces


def test_the_largest_gains_come_first_and_only_three_are_shown():
    texts = advice(
        days_since_login=8.0,  # 20 to win
        features_used=5,  # 4.2
        clients_active=1,  # 22.9
        forms_completed=0,  # 10
        steps_completed=7,  # 1.25
    )
    assert [text[:12] for text in texts] == ["1 of 12 clie", "No login for", "0 of 9 forms"]


def test_equal_gains_come_in_catalogue_order():
    texts = advice(features_used=3, clients_active=6, forms_completed=0, steps_completed=0)
    assert [text[:12] for text in texts] == ["Used 3 of 6 ", "6 of 12 clie", "0 of 9 forms"]


def test_equal_gains_with_different_dust_come_in_catalogue_order():
    scorecard = weighted(10, 30, 30, 15, 15)
    texts = advice(
        scorecard, features_used=2, features_core=3, clients_active=4, clients_known=6
    )  # 30 - 30 x 2/3 and 30 - 30 x 4/6
    assert [text[:6] for text in texts] == ["Used 2", "4 of 6"]


def test_one_measure_gets_one_piece_of_advice():
    texts = advice(onboarded=False, features_used=0)
    assert len(texts) == 1
    assert texts[0].startswith("Set-up not finished")


def test_the_gain_of_a_measure_left_out_is_what_the_whole_score_would_rise_by():
    """With r of the steps done, S = (50 + 10 r) / 0.9: forms win 10 - S / 10.

    r = 10/16: S = 62.5, forms 3.75, steps 3.75 / 0.9 = 4.17.
    r = 11/16: S = 63.2, forms 3.68, steps 3.125 / 0.9 = 3.47.
    """
    figures = {"days_since_login": 20.0, **NO_FORMS, "steps_due": 16}
    texts = advice(**figures, steps_completed=10)
    assert [text[:9] for text in texts] == ["No login ", "Completed", "No forms "]
    texts = advice(**figures, steps_completed=11)
    assert [text[:9] for text in texts] == ["No login ", "No forms ", "Completed"]


def test_a_measure_of_no_weight_gets_no_advice():
    scorecard = weighted(0, 50, 50, 0, 0)
    assert advice(scorecard, days_since_login=None, **NO_FORMS) == []


def test_windows_in_texts_come_from_the_scorecard():
    scorecard = card(client_activity={"window_days": 14}, form_completion={"window_days": 1})
    texts = advice(scorecard, clients_active=1, forms_completed=0)
    assert texts[0].startswith("1 of 12 clients active in the last 14 days:")
    assert texts[1].startswith("0 of 9 forms sent in the last day came back")


@pytest.mark.parametrize(
    ("figures", "beginning"),
    [
        ({"days_since_sign_up": 0.3}, "Set-up not finished 0 days after"),
        ({"days_since_sign_up": -0.1}, "Set-up not finished 0 days after"),
        ({"days_since_sign_up": 1.9}, "Set-up not finished 1 day after"),
        ({"days_since_sign_up": 2.0}, "Set-up not finished 2 days after"),
    ],
)
def test_days_are_whole_and_agree_with_their_number(figures, beginning):
    assert advice(onboarded=False, features_used=0, **figures)[0].startswith(beginning)


@pytest.mark.parametrize(
    ("figures", "text"),
    [
        ({"features_used": 0, "features_core": 1}, "Used 0 of 1 core feature in the last 30 days"),
        ({"clients_active": 0, "clients_known": 1}, "0 of 1 client active in the last 30 days"),
        ({"forms_completed": 0, "forms_sent": 1}, "0 of 1 form sent in the last 90 days"),
        ({"steps_completed": 0, "steps_due": 1}, "Completed 0 of 1 journey step due in the last"),
    ],
)
def test_nouns_agree_with_their_number(figures, text):
    assert advice(**figures)[0].startswith(text)


def test_one_day_of_silence_is_one_day():
    scorecard = card(login_recency={"steps": [{"under_days": 1, "points": 30}]})
    assert advice(scorecard, days_since_login=1.5)[0].startswith("No login for 1 day:")


def test_a_missing_column_is_named():
    measures = measure_suppliers(table_of([supplier()]))
    with pytest.raises(MissingColumns, match=r"Recommending needs .* login_recency_points, fea"):
        propose_recommendations(measures, DEFAULT_SCORECARD)
