"""The life stories of a demo world, and the product they are lived in."""

from dataclasses import dataclass

TIERS = ("starter", "professional", "premium")
ZONES = (
    "Europe/London",
    "Europe/Dublin",
    "Australia/Sydney",
    "America/New_York",
    "Asia/Kolkata",
    "Europe/Paris",
)
ZONE_SHARES = (0.82, 0.05, 0.04, 0.04, 0.03, 0.02)
EVERY_TIER_FEATURES = ("calendar", "enquiries", "messages")
PROFESSIONAL_FEATURES = ("invoicing", "contracts", "questionnaires")
PREMIUM_FEATURES = (*PROFESSIONAL_FEATURES, "timeline", "client_portal", "analytics")
TIER_FEATURES = (
    EVERY_TIER_FEATURES,
    EVERY_TIER_FEATURES + PROFESSIONAL_FEATURES,
    EVERY_TIER_FEATURES + PREMIUM_FEATURES,
)
# Used by everyone, in no tier's core: they must not count towards adoption.
SIDE_FEATURES = ("photo_gallery", "reviews")
FEATURES = (*TIER_FEATURES[2], *SIDE_FEATURES)
MONTHLY_PRICES = ((19.0, 29.0), (49.0, 59.0, 69.0), (99.0, 119.0, 149.0))


@dataclass(frozen=True)
class Story:
    """How one kind of supplier lives; ranges are (low, high), drawn per supplier."""

    name: str
    share: float
    # How keen they are in [0, 1] while all is well, how much of the product they
    # try, how many of a form's or journey's steps their clients finish.
    keenness: tuple[float, float]
    breadth: tuple[float, float]
    completion: tuple[float, float]
    clients: tuple[int, int]
    # All ages are days before the end of the world.
    signed_up_age: tuple[float, float]
    # A decline begins at this age, takes so many days and ends at this part of keenness.
    decline_age: tuple[float, float] | None = None
    decline_days: tuple[float, float] = (20.0, 70.0)
    decline_floor: tuple[float, float] = (0.0, 0.08)
    is_trial: bool = False


TRIAL_DAYS = 30
# A decline that begins once set-up is finished (or given up), whenever that is.
AFTER_SET_UP = (-1.0, -1.0)
# Name, share; keenness, breadth, completion; clients; age when signed up; then what declines.
STORIES = (
    Story("thriving", 0.32, (0.74, 1.0), (0.7, 1.0), (0.75, 0.98), (4, 22), (40, 1200)),
    Story("steady", 0.325, (0.34, 0.74), (0.4, 0.9), (0.5, 0.85), (3, 18), (40, 1200)),
    Story("fading", 0.13, (0.6, 0.9), (0.5, 0.9), (0.4, 0.8), (3, 16), (200, 1200), (0, 190)),
    Story(
        *("quiet", 0.09, (0.6, 0.9), (0.3, 0.8), (0.3, 0.7), (0, 4), (8, 150)),
        *(AFTER_SET_UP, (0.4, 3.0)),
    ),
    Story(
        *("keen trial", 0.065, (0.7, 1.0), (0.5, 1.0), (0.6, 0.9), (0, 6), (0.02, 29)),
        is_trial=True,
    ),
    Story(
        *("idle trial", 0.04, (0.4, 0.8), (0.2, 0.7), (0.2, 0.6), (0, 3), (0.02, 29)),
        *(AFTER_SET_UP, (2.0, 15.0), (0.0, 0.1)),
        is_trial=True,
    ),
    Story("paused", 0.03, (0.5, 0.8), (0.5, 0.9), (0.5, 0.9), (3, 14), (90, 1200), (15, 80)),
)
STORY_INDEX = {story.name: i for i, story in enumerate(STORIES)}
