"""What suppliers do day by day, and which of them that drives away.

Every matrix is suppliers x local days, counted from `Window.first_day`.
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from embedded.world.casting import DAY_US, NOT_YET, Bools, Cast, Floats, Ints, Times, Window
from embedded.world.stories import STORY_INDEX

Matrix = npt.NDArray[np.float32]
Counts = npt.NDArray[np.int16]

# Monday first: the office week, and the weekends on which weddings happen.
OFFICE_WEEK = np.array([1.05, 1.1, 1.1, 1.05, 0.95, 0.5, 0.45], dtype=np.float32)
CLIENT_WEEK = np.array([0.9, 0.9, 0.9, 0.95, 1.0, 1.25, 1.2], dtype=np.float32)
SEASON_PEAK_DAY = 186  # early July


@dataclass(frozen=True)
class Days:
    """How much of everything happens on each day."""

    logins: Counts
    clients_added: Counts
    client_actions: Counts
    steps_due: Counts
    # Clients known by the end of the day, the first ones included.
    clients: Ints
    keenness: Matrix


def calendar_factors(window: Window) -> tuple[Matrix, Matrix]:
    """Return how busy each day is for suppliers and for their clients, around 1."""
    dates = window.first_day + np.arange(window.day_count)
    # 1970-01-01 was a Thursday.
    weekday = (dates.astype(int) + 3) % 7
    year_day = (dates - dates.astype("datetime64[Y]").astype("datetime64[D]")).astype(int)
    season = np.cos(2 * np.pi * (year_day - SEASON_PEAK_DAY) / 365.25).astype(np.float32)
    office = OFFICE_WEEK[weekday] * (1 + np.float32(0.06) * season)
    clients = CLIENT_WEEK[weekday] * (1 + np.float32(0.3) * season)
    return office, clients


def _mood(shape: tuple[int, int], rng: np.random.Generator) -> Matrix:
    """Draw slow ups and downs (autoregressive noise) around 0 for each supplier."""
    mood = rng.standard_normal(shape, dtype=np.float32)
    for day in range(1, shape[1]):
        mood[:, day] = 0.93 * mood[:, day - 1] + 0.367 * mood[:, day]
    return mood


def draw_keenness(cast: Cast, window: Window, rng: np.random.Generator) -> Matrix:
    """Draw how keen each supplier is on each day: in [0, 1], shape (n_suppliers, n_days).

    It is 0 before signing up and after pausing.
    """
    count, days = len(cast.story), np.arange(window.day_count, dtype=np.float32)
    keen = cast.keenness[:, None] * (1 + 0.12 * _mood((count, len(days)), rng))
    with np.errstate(invalid="ignore"):
        gone = (days - cast.decline_day[:, None]) / cast.decline_days[:, None]
    keen *= np.clip(1 - gone, cast.decline_floor[:, None], 1)
    # Holidays: so that some silent suppliers come back, and silence alone proves nothing.
    length = np.where(rng.random(count) < 0.5, rng.uniform(3, 16, count), 0)
    length[cast.story == STORY_INDEX["quiet"]] = 0
    leave = rng.uniform(0, window.day_count, count)
    away = (days >= leave[:, None]) & (days < (leave + length)[:, None])
    keen[away & cast.may_churn[:, None]] *= 0.05
    signed_up, paused = window.time_to_day(cast.signed_up_at), window.time_to_day(cast.paused_at)
    here = (days >= np.floor(signed_up)[:, None]) & ~(days > paused[:, None])
    return np.where(here, np.clip(keen, 0, 1), 0).astype(np.float32)


def draw_days(cast: Cast, window: Window, rng: np.random.Generator) -> Days:
    """Draw how much of everything happens on each day, as if nobody ever left."""
    office, busy = calendar_factors(window)
    keen = draw_keenness(cast, window, rng)
    visits = 2.6 * keen**1.5 * office
    logins = (rng.random(keen.shape, dtype=np.float32) < 1 - np.exp(-visits)).astype(np.int16)
    logins += logins * (rng.random(keen.shape, dtype=np.float32) < 0.3 * keen)
    added = rng.poisson(0.05 * keen).astype(np.int16) * (cast.first_clients >= 0)[:, None]
    clients = np.maximum(cast.first_clients, 0)[:, None] + np.cumsum(added, axis=1, dtype=np.int64)
    here = keen > 0
    # Clients need no prompting from a keen supplier at first: they ebb more slowly.
    pull = 0.06 + 0.94 * keen
    actions = rng.poisson(0.06 * clients * pull * busy * here).astype(np.int16)
    steps = rng.poisson(0.014 * clients * (0.4 + 0.6 * keen) * here).astype(np.int16)
    return Days(logins, added, actions, steps, clients, keen)


def _rolling(counts: npt.NDArray[np.integer], since: Floats, width: int = 30) -> Floats:
    """Sum the `width` days before each day, scaled up where fewer have been seen."""
    total = np.cumsum(counts, axis=1, dtype=np.float64)
    before = np.concatenate([np.zeros((len(counts), 1)), total[:, :-1]], axis=1)
    earlier = np.zeros_like(before)
    earlier[:, width:] = before[:, :-width]
    days = np.arange(counts.shape[1])
    seen = np.clip(days - np.maximum(since, 1)[:, None], 3, width)
    return (before - earlier) * width / seen


def _login_gaps(logins: Counts, signed_up_day: Floats) -> Floats:
    """Count the whole days since the last login (or signing up) before each day."""
    days = np.arange(logins.shape[1])
    last = np.maximum.accumulate(np.where(logins > 0, days, -1), axis=1)
    last = np.concatenate([np.full((len(logins), 1), -1), last[:, :-1]], axis=1)
    since = np.maximum(signed_up_day, 0)[:, None]
    return np.asarray(days - np.maximum(last, since), dtype=np.float64)


def churn_hazard(cast: Cast, days: Days, features_used: Ints, window: Window) -> Floats:
    """Return the chance that each supplier leaves on each day, shape (n_suppliers, n_days).

    It rests on what they really did in the weeks before: days since the last login,
    share of clients active, share of features used (`features_used`: uses, of the same shape);
    never on the story they were dealt. 0 where leaving is out of the question.
    """
    signed_up, paused = window.time_to_day(cast.signed_up_at), window.time_to_day(cast.paused_at)
    gap = np.minimum(_login_gaps(days.logins, signed_up), 25)
    per_client = _rolling(days.client_actions, signed_up) / np.maximum(days.clients, 1)
    idle_clients = np.exp(-per_client)
    per_feature = _rolling(features_used, signed_up) / (1.5 * cast.features[:, None])
    unused = np.exp(-per_feature)
    log_odds = -9.0 + 0.08 * gap + 1.4 * idle_clients + 1.8 * unused
    day = np.arange(window.day_count)
    possible = (day >= signed_up[:, None] + 7) & ~(day >= paused[:, None] - 1) & (day >= 8)
    return np.where(possible & cast.may_churn[:, None], 1 / (1 + np.exp(-log_odds)), 0)


def draw_churn(hazard: Floats, window: Window, rng: np.random.Generator) -> Times:
    """Draw when each supplier churns; NaT for never within the window."""
    frailty = np.exp(0.6 * rng.standard_normal((len(hazard), 1)))
    leaves: Bools = rng.random(hazard.shape) < hazard * frailty
    day = np.argmax(leaves, axis=1)
    seconds = rng.integers(9 * 3600, 18 * 3600, len(hazard))
    at = window.first_day.astype("datetime64[us]") + (day * DAY_US + seconds * 1_000_000).astype(
        "timedelta64[us]"
    )
    return np.where(leaves.any(axis=1) & (at < window.end), at, NOT_YET)
