"""What templates may say: the variables of each audience, with samples to try them on."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

AUDIENCES = ("supplier", "team")

# Stands where a supplier could write something: unescaped, it would run, link or load.
_HOSTILE = "javascript:alert(1) onclick=x \"'><script>alert(1)</script> url(https://evil.example)"


@dataclass(frozen=True)
class Variable:
    """A value that templates may use.

    `least` is what it is where hardly anything is known. A list's parts have `fields`, or are
    plain texts. A safe value is the program's own and never what a supplier wrote.
    """

    words: str
    sample: Any
    least: Any
    fields: tuple[str, ...] = ()
    is_safe: bool = False

    def hostile(self) -> Any:
        """Return the sample with every text that a supplier could have written made an attack."""
        return self.sample if self.is_safe else _poisoned(self.sample)


def _poisoned(value: Any, name: str = "") -> Any:
    if isinstance(value, str):
        return value if name == "link" else _HOSTILE
    if isinstance(value, tuple):
        return tuple(_poisoned(part) for part in value)
    if isinstance(value, dict):
        return {key: _poisoned(part, key) for key, part in value.items()}
    return value


_BASE_URL = "https://success.wedsync.example"
_LINK = f"{_BASE_URL}/suppliers?risk=critical"

VARIABLES: Mapping[str, Mapping[str, Variable]] = {
    "supplier": {
        "contact_name": Variable("the person's full name; may be empty", "Maya Rowan", ""),
        "first_name": Variable("the person's first name; may be empty", "Maya", ""),
        "business_name": Variable("the business", "Rowan & Fox Photography", "R"),
        "category": Variable("photographer, venue, ...; may be empty", "photographer", ""),
        "tier": Variable("the plan the supplier is on; may be empty", "professional", ""),
        "days_silent": Variable("whole days since the last login or sign-up", 9, 0),
        "clients_known": Variable("clients ever added", 12, 0),
        "features": Variable(
            "names of unused features, in words; may be an empty list",
            ("online invoicing", "client portal"),
            (),
        ),
        "trial_days_left": Variable(
            "whole days until the trial ends; none without a trial", 3, None
        ),
        "trial_ends_on": Variable(
            "the day the trial ends; empty without a trial", "Thursday 26 November", ""
        ),
        "sender_name": Variable("who writes", "Ada Byron", "The WedSync team"),
    },
    "team": {
        "suppliers": Variable(
            "those it is about, worst first",
            (
                {
                    "name": "Rowan & Fox Photography",
                    "score": 31,
                    "previous_score": 58,
                    "change": -27,
                    "drivers": (
                        "Login recency: 0 of 30 points, no login for 15 days",
                        "Client activity: 4 of 25 points, 2 of 12 clients active",
                        "Form completion: 2 of 10 points, 1 of 5 forms sent completed",
                    ),
                    "link": f"{_BASE_URL}/supplier?id=5b2c31f0-7a41-4f0e-9d55-2f6a9c1e0b47",
                    "note": "",
                },
                {
                    "name": "The Glasshouse",
                    "score": 38,
                    "previous_score": None,
                    "change": None,
                    "drivers": (),
                    "link": f"{_BASE_URL}/supplier?id=c0a8f3d2-1e6b-4c57-8b90-73d4e5f6a182",
                    "note": "Left alone by a holdout: please do not contact it.",
                },
            ),
            (),
            ("name", "score", "previous_score", "change", "drivers", "link", "note"),
        ),
        "count": Variable("how many there are, also where not all are listed", 2, 0),
        "score_date": Variable(
            "the day the scores speak for", "22 November 2026", "22 November 2026"
        ),
        "link": Variable("the page with all of them", _LINK, _LINK, is_safe=True),
    },
}
