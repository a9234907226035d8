"""Every recommendation has a contact that carries it out."""

import json
from pathlib import Path

import pytest

from cs_core.base.vocabulary import CALL_TYPES, INTERVENTION_TYPES
from cs_core.outreach.next_step import OWN_WORDS, next_step

SOURCE = Path(__file__).resolve().parents[3] / "cs_core" / "score" / "recommendations.py"
TEMPLATES = Path(__file__).resolve().parents[3] / "sql/supabase/seeds/templates"


@pytest.mark.parametrize(
    ("recommendation", "type", "template", "call_type"),
    [
        (
            "Never logged in: call to help with the first login",
            *("call", None, "onboarding_call"),
        ),
        (
            "No login for 9 days: send a re-engagement e-mail with tips",
            *("email", "come_back_tips", None),
        ),
        (
            "Set-up not finished 3 days after sign-up: book an onboarding call",
            *("call", None, "onboarding_call"),
        ),
        (
            "Used 0 of 1 core feature in the last 30 days: show how it helps",
            *("email", "feature_tips", None),
        ),
        (
            "Used 2 of 6 core features in the last 30 days: show what the others do",
            *("email", "feature_tips", None),
        ),
        ("No clients yet: help import the client list", "in_app", "first_client_help", None),
        (
            "1 of 2 clients active in the last 30 days: send the planning checklist",
            *("email", None, None),
        ),
        (
            "No forms sent in the last 90 days: suggest a ready-made form",
            *("in_app", None, None),
        ),
        (
            "1 of 9 forms sent in the last 90 days came back completed: remind the clients",
            *("in_app", None, None),
        ),
        (
            "No journey steps due in the last 90 days: help set up a client journey",
            *("call", None, "technical_support"),
        ),
        (
            "Completed 1 of 4 journey steps due in the last 90 days: go through the rest together",
            *("call", None, "check_in"),
        ),
    ],
)
def test_a_recommendation_leads_to_its_contact(
    recommendation: str, type: str, template: str | None, call_type: str | None
) -> None:
    step = next_step(recommendation)
    assert (step.type, step.template, step.call_type) == (type, template, call_type)
    assert step.type in INTERVENTION_TYPES
    assert step.call_type is None or step.call_type in CALL_TYPES
    if step.template is not None:
        about = json.loads((TEMPLATES / step.template / "template.json").read_text())
        assert about["audience"] == "supplier"
    # As the catalogue writes it: whoever rewords one there learns that a step hangs on it.
    assert recommendation.rsplit(": ", 1)[-1] in SOURCE.read_text()


def test_what_is_stored_in_the_words_of_before_still_leads_to_its_contact() -> None:
    stored = "No login for 9 days: send a re-engagement email with tips"
    assert next_step(stored) == next_step(stored.replace("email", "e-mail")) != OWN_WORDS


def test_an_unknown_recommendation_leads_to_an_e_mail_in_ones_own_words() -> None:
    assert next_step("Do a handstand") == OWN_WORDS
