"""The hand-made suppliers of a demo world: the story to tell, and awkward ones."""

from dataclasses import dataclass, field
from typing import Any

import numpy as np

from embedded.world.casting import NOT_YET, Cast, Window
from embedded.world.happenings import MINUTE_US, Happenings, happenings, join
from embedded.world.stories import FEATURES, STORY_INDEX, TIERS, ZONES

# Below this size a world has none: they would be most of it.
LEAST_SUPPLIERS = 50
NO_CLIENTS_EVER = -1
LONG_NAME = ("The Very Long Table Company of " * 7)[:196] + " Ltd"


@dataclass(frozen=True)
class Awkward:
    """One hand-made supplier: why it is here, and what differs from the one drawn.

    `columns` replace what people read of it; `life` replaces fields of `Cast`, where
    `signed_up_age`, `onboarded_age` and `decline_age` are days before the world's end.
    """

    why: str
    columns: dict[str, str | None]
    life: dict[str, Any] = field(default_factory=dict)


def _named(why: str, name: str, category: str) -> Awkward:
    """Make one whose name alone is awkward."""
    return Awkward(why, {"business_name": name, "category": category})


AWKWARD = (
    Awkward(
        "signed up, finished set-up, then stayed away 7 days: the story to tell",
        {
            "business_name": "Rowan & Fox Photography",
            "contact_name": "Morgan Rowan",
            "email": "morgan.rowan@example.com",
            "phone": "+44 7700 900107",
            "category": "photographer",
        },
        {
            "story": STORY_INDEX["quiet"],
            "tier": TIERS.index("professional"),
            "zone": ZONES.index("Europe/London"),
            "monthly_revenue": 59.0,
            "is_trial": False,
            "email_opt_out": False,
            "signed_up_age": 10.8,
            "onboarded_age": 7 + 8 / 1440,
            # Nothing is drawn: `story_events` tells what it did.
            "keenness": 0.0,
            "first_clients": NO_CLIENTS_EVER,
        },
    ),
    Awkward(
        "never logged in",
        {"business_name": "Hollow Lane String Quartet", "category": "musician"},
        {
            "story": STORY_INDEX["quiet"],
            "is_trial": False,
            "tier": TIERS.index("starter"),
            "monthly_revenue": 29.0,
            "signed_up_age": 33.7,
            "onboarded_age": None,
            "keenness": 0.0,
            "first_clients": NO_CLIENTS_EVER,
        },
    ),
    Awkward(
        "uses everything but has no clients",
        {"business_name": "Figgis & Daughters Cakes", "category": "cake maker"},
        {
            "story": STORY_INDEX["thriving"],
            "is_trial": False,
            "tier": TIERS.index("professional"),
            "monthly_revenue": 69.0,
            "signed_up_age": 140.6,
            "onboarded_age": 137.5,
            "keenness": 0.95,
            "breadth": 1.0,
            "decline_day": np.inf,
            "first_clients": NO_CLIENTS_EVER,
        },
    ),
    Awkward(
        "needs help but wants no e-mail",
        {"business_name": "Saltmarsh Wedding Films", "category": "videographer"},
        {
            "story": STORY_INDEX["fading"],
            "is_trial": False,
            "tier": TIERS.index("premium"),
            "monthly_revenue": 119.0,
            "email_opt_out": True,
            "signed_up_age": 400.8,
            "onboarded_age": 396.6,
            "decline_age": 40.0,
            "decline_days": 18.0,
            "decline_floor": 0.0,
        },
    ),
    Awkward(
        "came a few times, never finished set-up",
        {"business_name": "Blue Gate Hair & Make-up", "category": "stylist"},
        {
            "story": STORY_INDEX["idle trial"],
            "keenness": 0.9,
            "is_trial": True,
            "monthly_revenue": 0.0,
            "signed_up_age": 16.8,
            "onboarded_age": None,
            "decline_age": 14.0,
            "decline_days": 3.0,
            "decline_floor": 0.0,
            "first_clients": NO_CLIENTS_EVER,
        },
    ),
    Awkward(
        "no phone number, far from London",
        {"business_name": "Kookaburra Creek Weddings", "category": "planner", "phone": None},
        {"zone": ZONES.index("Australia/Sydney")},
    ),
    _named("accents and an apostrophe", "Château d'Été", "venue"),
    _named("both kinds of quotes", 'O\'Brien "Best" Catering', "caterer"),
    _named("emoji, one of them joined from several", "Confetti & Cake 🎂👩‍🍳💍", "cake maker"),
    _named("200 characters", LONG_NAME, "caterer"),
    _named("a formula", '=HYPERLINK("http://evil.example","Click")', "florist"),
    _named("markup", "<script>alert(1)</script>", "photographer"),
    _named("right-to-left text", "استوديو الياسمين للتصوير", "photographer"),
    _named("leading plus", "+1 Photo Booths", "photographer"),
    _named("leading minus", "-Noir- Wedding Films", "videographer"),
    _named("leading at sign", "@TheAltar Events", "planner"),
)

# What Rowan & Fox did: (type, number of the subject, minutes before the world's end).
# The last visit is a little over 7 days old at the end and was less the midnight before.
STORY = (
    ("login", 0, 11 * 1440 - 310),
    ("feature_used", FEATURES.index("calendar"), 11 * 1440 - 318),
    ("login", 0, 9 * 1440 - 690),
    ("client_added", 1, 9 * 1440 - 700),
    ("client_added", 2, 9 * 1440 - 704),
    ("client_active", 1, 9 * 1440 - 835),
    ("feature_used", FEATURES.index("enquiries"), 9 * 1440 - 712),
    ("login", 0, 7 * 1440 + 22),
    ("feature_used", FEATURES.index("calendar"), 7 * 1440 + 15),
)


def recast(cast: Cast, window: Window) -> None:
    """Give the first suppliers the lives of the hand-made ones, in place."""
    for i, entry in enumerate(AWKWARD):
        # Whatever is drawn for the rest of their lives, they stay on the screen.
        cast.may_churn[i] = False
        cast.paused_at[i] = NOT_YET
        for name, value in entry.life.items():
            if name in ("signed_up_age", "onboarded_age"):
                age = np.array([np.nan if value is None else value])
                time = NOT_YET if value is None else window.age_to_time(age)[0]
                getattr(cast, name.replace("_age", "_at"))[i] = time
            elif name == "decline_age":
                cast.decline_day[i] = window.end_day - value
            else:
                getattr(cast, name)[i] = value


def story_events(window: Window) -> Happenings:
    """Return what the first supplier, Rowan & Fox, did."""
    end = int(window.end.astype(np.int64))
    return join(
        [
            happenings(kind, np.zeros(1, np.int64), number, np.array([end - minutes * MINUTE_US]))
            for kind, number, minutes in STORY
        ]
    )
