"""The suppliers of a demo world before anything happens: each cast in a life story."""

import datetime as dt
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from embedded.world.names import CATEGORIES, CATEGORY_SHARES
from embedded.world.stories import (
    MONTHLY_PRICES,
    STORIES,
    STORY_INDEX,
    TIER_FEATURES,
    ZONE_SHARES,
    ZONES,
)

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
Bools = npt.NDArray[np.bool_]
Times = npt.NDArray[np.datetime64]

DAY_US = 86_400_000_000
EASTERNMOST = np.timedelta64(14, "h")  # ahead of UTC
NOT_YET = np.datetime64("NaT", "us")


@dataclass(frozen=True)
class Window:
    """The stretch of time a world has events in: `[start, end)`, in UTC."""

    start: np.datetime64
    end: np.datetime64

    @classmethod
    def until(cls, until: dt.datetime, days: int) -> "Window":
        """Return the `days` days that end at an instant."""
        end = np.datetime64(until.astimezone(dt.UTC).replace(tzinfo=None), "us")
        return cls(end - np.timedelta64(days, "D"), end)

    @property
    def first_day(self) -> np.datetime64:
        """Local date of day 0: one early, as the west is still in yesterday."""
        return self.start.astype("datetime64[D]") - np.timedelta64(1, "D")

    @property
    def day_count(self) -> int:
        """Local dates from `first_day` to the last that any time zone reaches."""
        last_day = (self.end + EASTERNMOST).astype("datetime64[D]")
        return int((last_day - self.first_day).astype(int)) + 1

    @property
    def end_day(self) -> float:
        """The end as a fractional day number."""
        return float(self.time_to_day(np.array([self.end]))[0])

    def age_to_time(self, ages: Floats) -> Times:
        """Turn days before the end into instants."""
        return np.asarray(self.end - (ages * DAY_US).astype("timedelta64[us]"))

    def time_to_day(self, times: Times) -> Floats:
        """Turn instants into fractional day numbers; NaT becomes NaN."""
        days = (times - self.first_day.astype("datetime64[us]")).astype("float64") / DAY_US
        return np.where(np.isnat(times), np.nan, days)


@dataclass
class Cast:
    """One value a supplier, as arrays; what a supplier is before anything happens."""

    story: Ints
    category: npt.NDArray[np.object_]
    tier: Ints
    zone: Ints
    monthly_revenue: Floats
    is_trial: Bools
    signed_up_at: Times
    onboarded_at: Times
    paused_at: Times
    email_opt_out: Bools
    keenness: Floats
    breadth: Floats
    completion: Floats
    first_clients: Ints
    # Days from `Window.first_day`, inf for never; see `Story`.
    decline_day: Floats
    decline_days: Floats
    decline_floor: Floats
    # False for the hand-made ones, whose story must survive every seed.
    may_churn: Bools

    @property
    def features(self) -> Ints:
        """How many core features each one's tier has."""
        return np.array([len(features) for features in TIER_FEATURES])[self.tier]


def _ranges(field: str, story: Ints, rng: np.random.Generator) -> Floats:
    """Draw one value per supplier from its story's range; inf where there is none."""
    bounds = [getattr(story_, field) or (np.inf, np.inf) for story_ in STORIES]
    low, high = np.array(bounds, dtype=float)[story].T
    with np.errstate(invalid="ignore"):
        drawn = low + rng.random(len(story)) * (high - low)
    return np.where(np.isinf(low), np.inf, drawn)


def _at_office_hours(times: Times, rng: np.random.Generator) -> Times:
    """Move instants to between 08:00 and 20:00 of the same UTC day."""
    seconds = rng.integers(8 * 3600, 20 * 3600, len(times))
    return np.asarray(times.astype("datetime64[D]") + seconds.astype("timedelta64[s]")).astype(
        "datetime64[us]"
    )


def _stories(count: int, rng: np.random.Generator) -> Ints:
    """Deal the stories in their shares, as exactly as the count allows."""
    edges = np.cumsum([story.share for story in STORIES])
    return rng.permutation(np.searchsorted(edges / edges[-1], (np.arange(count) + 0.5) / count))


def _onboarded_at(
    signed_up_at: Times, unfinished: Bools, window: Window, rng: np.random.Generator
) -> Times:
    """Finish set-up some days after signing up, unless it is still going on."""
    days = rng.lognormal(0.9, 0.8, len(signed_up_at))
    done = signed_up_at + (days * DAY_US).astype("timedelta64[us]")
    return np.where(unfinished | (done >= window.end), NOT_YET, done)


def _decline_day(
    ages: Floats, signed_up_at: Times, onboarded_at: Times, window: Window, rng: np.random.Generator
) -> Floats:
    """Place the beginning of each decline; see `AFTER_SET_UP`."""
    given_up = signed_up_at + (rng.random(len(ages)) * 4 * DAY_US).astype("timedelta64[us]")
    set_up = window.time_to_day(np.where(np.isnat(onboarded_at), given_up, onboarded_at))
    return np.where(ages < 0, set_up, np.where(np.isinf(ages), np.inf, window.end_day - ages))


def _paused_at(story: Ints, decline_age: Floats, window: Window, rng: np.random.Generator) -> Times:
    """Let those whose story it is pause some time into their decline."""
    age = np.clip(rng.uniform(0.3, 0.9, len(story)) * decline_age, 2, 60)
    paused_at = _at_office_hours(window.age_to_time(age), rng)
    return np.where(story == STORY_INDEX["paused"], paused_at, NOT_YET)


def cast_suppliers(count: int, window: Window, rng: np.random.Generator) -> Cast:
    """Draw who the suppliers are: arrays of shape (count,)."""
    story = _stories(count, rng)
    tier = rng.choice(3, count, p=(0.45, 0.37, 0.18))
    is_trial = np.array([story_.is_trial for story_ in STORIES])[story]
    youngest, oldest = np.array([story_.signed_up_age for story_ in STORIES])[story].T
    # Squared, so that younger suppliers outnumber the founding ones: the business grows. Not within
    # the last months: most of those would sign up in the world's last days.
    power = np.where(oldest > 365, 2, 1)
    ages = youngest + rng.random(count) ** power * (oldest - youngest)
    signed_up_at = window.age_to_time(ages)
    earlier = _at_office_hours(signed_up_at, rng)
    signed_up_at = np.where(earlier < window.end, earlier, signed_up_at)
    unfinished = rng.random(count) < np.where(ages < 60, 0.06, 0.005)
    onboarded_at = _onboarded_at(signed_up_at, unfinished, window, rng)
    prices = [rng.choice(MONTHLY_PRICES[t], count) for t in range(3)]
    decline_age = _ranges("decline_age", story, rng)
    low, high = np.array([story_.clients for story_ in STORIES])[story].T
    return Cast(
        story=story,
        category=rng.choice(np.array(list(CATEGORIES), dtype=object), count, p=CATEGORY_SHARES),
        tier=tier,
        zone=rng.choice(len(ZONES), count, p=ZONE_SHARES),
        monthly_revenue=np.where(is_trial, 0.0, np.choose(tier, prices)),
        is_trial=is_trial,
        signed_up_at=signed_up_at,
        onboarded_at=onboarded_at,
        paused_at=_paused_at(story, decline_age, window, rng),
        email_opt_out=rng.random(count) < 0.05,
        keenness=_ranges("keenness", story, rng),
        breadth=_ranges("breadth", story, rng),
        completion=_ranges("completion", story, rng),
        first_clients=rng.integers(low, high, endpoint=True),
        decline_day=_decline_day(decline_age, signed_up_at, onboarded_at, window, rng),
        decline_days=_ranges("decline_days", story, rng),
        decline_floor=_ranges("decline_floor", story, rng),
        may_churn=np.ones(count, dtype=bool),
    )
