"""What to do about a recommendation: which contact does it."""

from dataclasses import dataclass


@dataclass(frozen=True)
class NextStep:
    """A contact that carries out a recommendation.

    `type` is email, call or in_app. `label` is what the button says.
    """

    type: str
    label: str
    template: str | None = None
    call_type: str | None = None


OWN_WORDS = NextStep("email", "Write an e-mail")
_TIPS = NextStep("email", "Send the tips by e-mail", "come_back_tips")

# What a recommendation ends in (`cs_core.score.recommendations.CATALOGUE`): who does it, and how.
_STEPS = (
    ("call to help with the first login", NextStep("call", "Plan a call", None, "onboarding_call")),
    ("send a re-engagement e-mail with tips", _TIPS),
    (
        "book an onboarding call",
        NextStep("call", "Plan an onboarding call", None, "onboarding_call"),
    ),
    ("show how it helps", NextStep("email", "Send feature tips", "feature_tips")),
    ("show what the others do", NextStep("email", "Send feature tips", "feature_tips")),
    (
        "help import the client list",
        NextStep("in_app", "Send help in the product", "first_client_help"),
    ),
    ("send the planning checklist", NextStep("email", "Write an e-mail")),
    ("suggest a ready-made form", NextStep("in_app", "Write a message in the product")),
    ("remind the clients", NextStep("in_app", "Write a message in the product")),
    ("help set up a client journey", NextStep("call", "Plan a call", None, "technical_support")),
    ("go through the rest together", NextStep("call", "Plan a call", None, "check_in")),
)


def next_step(recommendation: str) -> NextStep:
    """Say how a recommendation is carried out.

    Parameters
    ----------
    recommendation : str
        As it is stored with a score.

    Returns
    -------
    NextStep
        Of a recommendation that is not known (any more), an e-mail in one's own words.
    """
    advice = recommendation.rsplit(": ", 1)[-1]
    return next((step for ending, step in _STEPS if advice == ending), OWN_WORDS)
