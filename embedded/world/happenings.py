"""From what happened each day to single events with instants and subjects."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from embedded.world.behaviour import Days
from embedded.world.casting import DAY_US, Bools, Cast, Ints, Window
from embedded.world.stories import FEATURES, SIDE_FEATURES, TIER_FEATURES, ZONES

EVENT_TYPES = (
    "login",
    "feature_used",
    "client_added",
    "client_active",
    "form_sent",
    "form_completed",
    "journey_step_due",
    "journey_step_completed",
)
TYPE_INDEX = {name: i for i, name in enumerate(EVENT_TYPES)}
# The word before the number in a subject; features have names instead.
SUBJECT_WORDS = {"client": "client", "form": "form", "journey": "step"}

MINUTE_US = 60_000_000
HOUR_US = 60 * MINUTE_US


@dataclass(frozen=True)
class Happenings:
    """Events of one or more types, column by column."""

    supplier: Ints
    kind: npt.NDArray[np.int8]
    # Number of the client, form or step; index into FEATURES; 0 for logins.
    subject: Ints
    # Microseconds since 1970, UTC.
    at: Ints

    def where(self, keep: Bools) -> "Happenings":
        """Keep some."""
        return Happenings(self.supplier[keep], self.kind[keep], self.subject[keep], self.at[keep])


def happenings(kind: str, supplier: Ints, subject: Ints | int, at: Ints) -> Happenings:
    """Make events of one type."""
    kinds = np.full(len(supplier), TYPE_INDEX[kind], dtype=np.int8)
    return Happenings(supplier, kinds, np.broadcast_to(subject, supplier.shape), at)


def join(parts: list[Happenings]) -> Happenings:
    """Put events of several types together."""
    columns = ("supplier", "kind", "subject", "at")
    return Happenings(*(np.concatenate([getattr(p, c) for p in parts]) for c in columns))


def numbered(supplier: Ints) -> Ints:
    """Count 1, 2, 3 … within each run of equal supplier numbers (sorted)."""
    position = np.arange(len(supplier))
    is_first = np.diff(supplier, prepend=-1) != 0
    return position - np.maximum.accumulate(np.where(is_first, position, 0)) + 1


def zone_offsets(window: Window) -> Ints:
    """Return what to add to local time for UTC, in µs: shape (n_zones, n_days)."""
    dates = window.first_day.astype("datetime64[us]") + np.arange(window.day_count) * DAY_US
    # Noon exists once on every day, which the hours around a clock change do not.
    noon = pd.DatetimeIndex(dates + np.timedelta64(12, "h")).as_unit("us")
    utc = [noon.tz_localize(zone).tz_convert("UTC").tz_localize(None) for zone in ZONES]
    return np.array([(there - noon).to_numpy().astype("timedelta64[us]") for there in utc]).astype(
        np.int64
    )


class Clock:
    """Places events of a supplier's day at an hour of that day, as UTC instants."""

    def __init__(self, cast: Cast, window: Window, rng: np.random.Generator) -> None:
        self._zone = cast.zone
        self._offsets = zone_offsets(window)
        self._midnight = int(window.first_day.astype("datetime64[us]").astype(np.int64))
        self._rng = rng

    def at(self, supplier: Ints, day: Ints, hour: float, spread: float) -> Ints:
        """Draw instants around a local hour, never outside 06:15 to 23:30."""
        hours = np.clip(self._rng.normal(hour, spread, len(supplier)), 6.25, 23.5)
        local = self._midnight + day * DAY_US + (hours * HOUR_US).astype(np.int64)
        # Nobody acts on the full second, nor do two people at the same one.
        jitter = self._rng.integers(0, MINUTE_US, len(supplier))
        return np.asarray(local + jitter + self._offsets[self._zone[supplier], day])


def spread_out(counts: npt.NDArray[np.integer]) -> tuple[Ints, Ints]:
    """Turn a matrix of counts into one (supplier, day) pair per event."""
    supplier, day = np.nonzero(counts)
    times = counts[supplier, day]
    return np.repeat(supplier, times), np.repeat(day, times)


def _features(cast: Cast, logins: Happenings, rng: np.random.Generator) -> Happenings:
    """Let each login use a few features out of those the supplier has taken up."""
    uses = rng.poisson(0.4 + 2.2 * cast.keenness[logins.supplier])
    supplier = np.repeat(logins.supplier, uses)
    at = np.repeat(logins.at, uses) + rng.integers(MINUTE_US, 40 * MINUTE_US, len(supplier))
    names = {name: i for i, name in enumerate(FEATURES)}
    # Each supplier has favourites of its own: a tier's features in its own order.
    orders = np.zeros((len(cast.story), len(FEATURES)), dtype=np.int64)
    for tier, features in enumerate(TIER_FEATURES):
        mine = np.flatnonzero(cast.tier == tier)
        codes = np.tile([names[feature] for feature in features], (len(mine), 1))
        orders[mine, : len(features)] = rng.permuted(codes, axis=1)
    taken_up = np.ceil(cast.breadth * cast.features).astype(np.int64)[supplier]
    choice = (taken_up * rng.random(len(supplier)) ** 1.3).astype(np.int64)
    side = names[SIDE_FEATURES[0]] + rng.integers(0, len(SIDE_FEATURES), len(supplier))
    used = np.where(rng.random(len(supplier)) < 0.1, side, orders[supplier, choice])
    return happenings("feature_used", supplier, used, at)


def _forms(
    cast: Cast, logins: Happenings, has_clients: Bools, rng: np.random.Generator
) -> list[Happenings]:
    """Send forms while logged in; clients complete some, hours to days later."""
    sent = (rng.random(len(logins.at)) < 0.13) & has_clients
    supplier = logins.supplier[sent]
    at = logins.at[sent] + rng.integers(MINUTE_US, 30 * MINUTE_US, len(supplier))
    number = numbered(supplier)
    done = rng.random(len(supplier)) < cast.completion[supplier]
    delay = (rng.exponential(2.5 * DAY_US, len(supplier)) + 10 * MINUTE_US).astype(np.int64)
    return [
        happenings("form_sent", supplier, number, at),
        happenings("form_completed", supplier[done], number[done], (at + delay)[done]),
    ]


def _clients(
    cast: Cast, days: Days, window: Window, clock: Clock, rng: np.random.Generator
) -> list[Happenings]:
    """Announce the clients already there, add new ones, and let them act."""
    first = np.maximum(cast.first_clients, 0)
    old = np.repeat(np.arange(len(first)), first)
    since = np.maximum(cast.signed_up_at, window.start).astype(np.int64)[old]
    # Two days to re-announce them, or half of a window too short for that.
    rest = np.minimum(2 * DAY_US, (int(window.end.astype(np.int64)) - since) // 2)
    announced = since + (rng.random(len(old)) * rest).astype(np.int64)
    new, day = spread_out(days.clients_added)
    actor, act_day = spread_out(days.client_actions)
    # Newer clients, whose wedding is still to come, are busier.
    known = days.clients[actor, act_day]
    client = known - (known * rng.random(len(actor)) ** 1.1).astype(np.int64)
    return [
        happenings("client_added", old, numbered(old), announced),
        happenings("client_added", new, first[new] + numbered(new), clock.at(new, day, 14, 3)),
        happenings("client_active", actor, client, clock.at(actor, act_day, 18, 3.5)),
    ]


def _journeys(cast: Cast, days: Days, clock: Clock, rng: np.random.Generator) -> list[Happenings]:
    """Let journey steps fall due each morning; most get done when somebody cares."""
    supplier, day = spread_out(days.steps_due)
    number, due = numbered(supplier), clock.at(supplier, day, 8.5, 0.7)
    chance = cast.completion[supplier] * (0.2 + 0.9 * days.keenness[supplier, day])
    done = rng.random(len(supplier)) < chance
    delay = rng.normal(0.4 * DAY_US, 1.6 * DAY_US, len(supplier)).astype(np.int64)
    return [
        happenings("journey_step_due", supplier, number, due),
        happenings("journey_step_completed", supplier[done], number[done], (due + delay)[done]),
    ]


def draw_happenings(
    cast: Cast, days: Days, window: Window, rng: np.random.Generator
) -> tuple[Happenings, Ints]:
    """Draw every event, as if nobody ever left.

    Returns
    -------
    happenings : Happenings
        In no particular order; may lie outside the window.
    features_used : ndarray, shape (n_suppliers, n_days)
        Uses of core features on each (UTC) day.
    """
    clock = Clock(cast, window, rng)
    supplier, day = spread_out(days.logins)
    logins = happenings("login", supplier, 0, clock.at(supplier, day, 12.5, 3.6))
    features = _features(cast, logins, rng)
    has_clients = days.clients[supplier, day] > 0
    parts = [logins, features, *_forms(cast, logins, has_clients, rng)]
    parts += _clients(cast, days, window, clock, rng) + _journeys(cast, days, clock, rng)
    is_core = features.subject < len(FEATURES) - len(SIDE_FEATURES)
    return join(parts), _per_day(features.where(is_core), days.logins.shape, window)


def _per_day(events: Happenings, shape: tuple[int, ...], window: Window) -> Ints:
    """Count events per supplier and day."""
    start = int(window.first_day.astype("datetime64[us]").astype(np.int64))
    day = np.clip((events.at - start) // DAY_US, 0, shape[1] - 1)
    counts = np.bincount(events.supplier * shape[1] + day, minlength=shape[0] * shape[1])
    return counts.reshape(shape)


def keep_possible(
    events: Happenings, cast: Cast, stop: npt.NDArray[np.datetime64], window: Window
) -> Bools:
    """Mark events inside the window, after signing up and before the supplier stopped."""
    after = np.maximum(cast.signed_up_at, window.start).astype(np.int64)[events.supplier]
    before = np.where(np.isnat(stop), window.end, stop).astype(np.int64)[events.supplier]
    return (events.at >= after) & (events.at < before)


def draw_arrivals(events: Happenings, window: Window, rng: np.random.Generator) -> Ints:
    """Draw when events reach us: seconds later, a few percent minutes to days."""
    delay = rng.lognormal(1.0, 0.8, len(events.at)) * 1e6
    late = rng.random(len(events.at)) < 0.03
    delay[late] = np.minimum(rng.lognormal(9.5, 1.8, late.sum()) * 1e6, 5 * DAY_US)
    # What would come after the end came at some time before it instead.
    left = int(window.end.astype(np.int64)) - events.at
    delay = np.where(delay > left, rng.random(len(delay)) * np.maximum(left, 0), delay)
    return np.asarray(events.at + delay.astype(np.int64))
