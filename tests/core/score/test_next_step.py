"""Every recommendation has a contact that carries it out, found by its rule's key."""

import json
from pathlib import Path

import pytest

from cs_core.base.vocabulary import CALL_TYPES, INTERVENTION_TYPES
from cs_core.score.recommendations import CATALOGUE, OWN_WORDS, next_step

TEMPLATES = Path(__file__).resolve().parents[3] / "sql/supabase/seeds/templates"
STEPS = {
    "never_logged_in": ("call", None, "onboarding_call"),
    "silent": ("email", "come_back_tips", None),
    "set_up_not_finished": ("call", None, "onboarding_call"),
    "low_feature_adoption": ("email", "feature_tips", None),
    "no_clients": ("in_app", "first_client_help", None),
    "few_active_clients": ("email", None, None),
    "no_forms_sent": ("in_app", None, None),
    "forms_not_completed": ("in_app", None, None),
    "no_journey_steps": ("call", None, "technical_support"),
    "journey_behind": ("call", None, "check_in"),
}


@pytest.mark.parametrize("key", [rule.key for rule in CATALOGUE])
def test_a_recommendation_leads_to_its_contact(key: str) -> None:
    step = next_step(key)
    assert (step.type, step.template, step.call_type) == STEPS[key]
    assert step.type in INTERVENTION_TYPES
    assert step.call_type is None or step.call_type in CALL_TYPES
    if step.template is not None:
        about = json.loads((TEMPLATES / step.template / "template.json").read_text())
        assert about["audience"] == "supplier"


def test_a_rule_that_is_gone_leads_to_an_e_mail_in_ones_own_words() -> None:
    assert next_step("do_a_handstand") == OWN_WORDS
