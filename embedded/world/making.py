"""A reproducible demo world: suppliers, what counts as core, and what happened."""

import datetime as dt
from dataclasses import dataclass, fields

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa

from embedded.world import awkward, names
from embedded.world.behaviour import churn_hazard, draw_churn, draw_days
from embedded.world.casting import NOT_YET, Cast, Times, Window, cast_suppliers
from embedded.world.happenings import (
    EVENT_TYPES,
    SUBJECT_WORDS,
    Happenings,
    draw_arrivals,
    draw_happenings,
    join,
    keep_possible,
)
from embedded.world.stories import (
    EVERY_TIER_FEATURES,
    FEATURES,
    PREMIUM_FEATURES,
    PROFESSIONAL_FEATURES,
    TIERS,
    TRIAL_DAYS,
    ZONES,
)

DUPLICATE_SHARE = 0.005


@dataclass(frozen=True)
class World:
    """Three frames with the columns of the tables they fill.

    Attributes
    ----------
    suppliers : DataFrame
        One row a supplier; the hand-made ones of `embedded.awkward` come first.
    core_features : DataFrame
        `feature`, `tier` ('*' = every tier).
    events : DataFrame
        In order of `received_at`. `supplier_id`, `event_type` and `subject` are
        categoricals: the same few values, a million times.
    """

    suppliers: pd.DataFrame
    core_features: pd.DataFrame
    events: pd.DataFrame


def make_world(
    suppliers: int, days: int, seed: int, until: dt.datetime, churn: bool = True
) -> World:
    """Make up suppliers and their recent history, the same for the same arguments.

    Parameters
    ----------
    suppliers : int
        How many suppliers, at least 1; from 50 on the hand-made ones are among them.
    days : int
        Length of the history, at least 1. Nobody has events before it.
    seed : int
        Source of all chance, at least 0.
    until : datetime
        Where the history ends, with a time zone.
    churn : bool
        Whether suppliers leave. Those who stay live the same life either way.

    Returns
    -------
    World
        Suppliers, core features and events.

    Raises
    ------
    ValueError
        If a number is too small.
    """
    if suppliers < 1 or days < 1 or seed < 0:
        raise ValueError("a world needs suppliers >= 1, days >= 1 and seed >= 0")
    window = Window.until(until, days)
    # One stream of chance each, so that a change to one leaves the others alone.
    who, what, when, leave, people, ids = np.random.default_rng(seed).spawn(6)
    cast = cast_suppliers(suppliers, window, who)
    is_populated = suppliers >= awkward.LEAST_SUPPLIERS
    if is_populated:
        awkward.recast(cast, window)
    daily = draw_days(cast, window, what)
    events, features_used = draw_happenings(cast, daily, window, when)
    if is_populated:
        events = join([awkward.story_events(window), events])
    churned_at: Times = np.full(suppliers, NOT_YET)
    if churn:
        hazard = churn_hazard(cast, daily, features_used, window)
        churned_at = draw_churn(hazard, window, leave)
    # Who left before pausing never paused.
    cast.paused_at = np.where(np.isnat(churned_at), cast.paused_at, NOT_YET)
    frame = _suppliers_frame(cast, churned_at, window, people, is_populated)
    stop = np.where(np.isnat(churned_at), cast.paused_at, churned_at)
    return World(frame, _core_features(), _events_frame(events, cast, stop, frame, window, ids))


def _utc(times: Times) -> pd.Series:
    """Make a column of UTC timestamps."""
    return pd.Series(pd.DatetimeIndex(times.astype("datetime64[us]"), tz="UTC"))


def _statuses(cast: Cast, churned_at: Times) -> npt.NDArray[np.str_]:
    """Name each supplier's status at the end of the world."""
    return np.select(
        [~np.isnat(churned_at), ~np.isnat(cast.paused_at), cast.is_trial],
        ["churned", "paused", "trial"],
        "active",
    )


def _suppliers_frame(
    cast: Cast, churned_at: Times, window: Window, rng: np.random.Generator, is_populated: bool
) -> pd.DataFrame:
    """Lay the suppliers out as the table has them."""
    count = len(cast.story)
    zones = [ZONES[zone] for zone in cast.zone]
    contacts = names.contact_names(count, rng)
    trial_ends_at = cast.signed_up_at + np.timedelta64(TRIAL_DAYS, "D")
    # Some buy at once, without a trial; a trial that is over did end.
    has_tried = (rng.random(count) < 0.7) & (trial_ends_at < window.end)
    onboarded_at = cast.onboarded_at
    for stopped_at in (cast.paused_at, churned_at):
        onboarded_at = np.where(onboarded_at > stopped_at, NOT_YET, onboarded_at)
    frame = pd.DataFrame(
        {
            "id": names.uuids(count, rng).astype(str),
            "business_name": names.business_names(list(cast.category), rng),
            "contact_name": contacts,
            "email": names.email_addresses(contacts),
            "phone": names.phone_numbers(zones, rng),
            "category": cast.category.astype(str),
            "tier": [TIERS[tier] for tier in cast.tier],
            "status": _statuses(cast, churned_at),
            "timezone": zones,
            "monthly_revenue": cast.monthly_revenue.round(2),
            "signed_up_at": _utc(cast.signed_up_at),
            "onboarded_at": _utc(onboarded_at),
            "trial_ends_at": _utc(np.where(cast.is_trial | has_tried, trial_ends_at, NOT_YET)),
            "paused_at": _utc(cast.paused_at),
            "churned_at": _utc(churned_at),
            "email_opt_out": cast.email_opt_out,
        }
    )
    for i, entry in enumerate(awkward.AWKWARD if is_populated else ()):
        for column, text in entry.columns.items():
            frame.loc[i, column] = text
    return frame


def _core_features() -> pd.DataFrame:
    """List which features count for which tier."""
    rows = [(feature, "*") for feature in EVERY_TIER_FEATURES]
    rows += [(feature, "professional") for feature in PROFESSIONAL_FEATURES]
    rows += [(feature, "premium") for feature in PREMIUM_FEATURES]
    return pd.DataFrame(rows, columns=["feature", "tier"])


def _subjects(events: Happenings) -> pd.Categorical:
    """Name what each event is about: a feature, 'client-12', 'form-3', 'step-7'."""
    starts = np.full(len(EVENT_TYPES), -1)
    starts[EVENT_TYPES.index("feature_used")] = 0
    categories = list(FEATURES)
    for prefix, word in SUBJECT_WORDS.items():
        kinds = [i for i, name in enumerate(EVENT_TYPES) if name.startswith(prefix)]
        highest = int(events.subject[np.isin(events.kind, kinds)].max(initial=0))
        starts[kinds] = len(categories) - 1
        categories += [f"{word}-{number}" for number in range(1, highest + 1)]
    start = starts[events.kind]
    codes = np.where(start < 0, -1, start + events.subject)
    return pd.Categorical.from_codes(codes, categories=categories)


def _id_column(count: int, rng: np.random.Generator) -> pa.Array:
    """Draw ids as Arrow text, straight from their bytes: millions are cheap."""
    offsets = np.arange(0, 36 * (count + 1), 36, dtype=np.int64)
    buffers = [None, pa.py_buffer(offsets), pa.py_buffer(names.uuids(count, rng))]
    return pa.Array.from_buffers(pa.large_string(), count, buffers)


def _events_frame(
    events: Happenings,
    cast: Cast,
    stop: Times,
    suppliers: pd.DataFrame,
    window: Window,
    rng: np.random.Generator,
) -> pd.DataFrame:
    """Lay the possible events out as the table has them, duplicates and latecomers too."""
    # Ids and delays are drawn before anything is left out, so that a world without
    # churn tells the same facts with the same ids.
    twice = np.flatnonzero(rng.random(len(events.at)) < DUPLICATE_SHARE)
    everything = np.concatenate([np.arange(len(events.at)), twice])
    events = Happenings(*(getattr(events, f.name)[everything] for f in fields(events)))
    received = draw_arrivals(events, window, rng)
    ids = _id_column(len(events.at), rng)
    kept = np.flatnonzero(keep_possible(events, cast, stop, window))
    kept = kept[np.argsort(received[kept], kind="stable")]
    events = Happenings(*(getattr(events, f.name)[kept] for f in fields(events)))
    return pd.DataFrame(
        {
            "id": pd.array(ids.take(pa.array(kept)), dtype="str"),
            "supplier_id": pd.Categorical.from_codes(events.supplier, categories=suppliers["id"]),
            "event_type": pd.Categorical.from_codes(events.kind, categories=list(EVENT_TYPES)),
            "subject": _subjects(events),
            "occurred_at": _utc(events.at.view("datetime64[us]")),
            "received_at": _utc(received[kept].view("datetime64[us]")),
        }
    )
