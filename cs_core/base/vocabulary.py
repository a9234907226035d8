"""The fixed values of the product, with what people call them: one place for rules and screens.

The database holds the same values in check constraints; `tests/sql/test_vocabulary.py` compares.
Each order is that of lists, buttons and choices. In a sentence the words begin small.
"""

# The worst first.
RISK_LEVELS = {"critical": "Critical", "at_risk": "At risk", "healthy": "Healthy"}
SUPPLIER_STATUSES = {
    "trial": "On trial",
    "active": "Active",
    "paused": "Paused",
    "churned": "Churned",
}
ROLES = {"admin": "Admin", "analyst": "Analyst"}
# When a playbook fires.
TRIGGERS = {
    "condition": "On every day on which the conditions hold",
    "transition": "Only on a day on which the risk level changes",
}

INTERVENTION_TYPES = {"email": "E-mail", "call": "Call", "in_app": "Message in the product"}
INTERVENTION_STATUSES = {
    "planned": "Scheduled",
    "sending": "Being sent",
    "sent": "Sent",
    "done": "Call made",
    "failed": "Failed",
    "suppressed": "Not sent",
    "cancelled": "Cancelled",
}
# Their words are whole sentences, which only screens need: `cs_app.contacts.wording.REASONS`.
SUPPRESSION_REASONS = (
    *("cool_down", "frequency_cap", "opt_out"),
    *("no_address", "open_call", "holdout"),
)
CANCELLATION_REASONS = ("recovered", "supplier_left", "by_person")
CALL_TYPES = {
    "check_in": "Check-in call",
    "onboarding_call": "Onboarding call",
    "technical_support": "Technical support call",
    "upgrade_discussion": "Call about an upgrade",
}
OUTCOMES = {
    "reached": "Reached",
    "left_message": "Left message",
    "no_answer": "No answer",
    "not_needed": "Not needed",
}
