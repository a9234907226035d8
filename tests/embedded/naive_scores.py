"""Scores of a made-up world, computed without cs_core."""

import numpy as np
import pandas as pd

from embedded.world import World


def naive_scores(world: World, as_of: pd.Timestamp) -> pd.DataFrame:
    """The default scorecard, spelled out on raw events; independent of cs_core."""
    today = (as_of - pd.Timedelta(1, "us")).normalize()
    events = world.events[world.events["occurred_at"] < as_of]
    s = world.suppliers
    is_active = (s["signed_up_at"] < as_of) & ~(s["paused_at"] < as_of) & ~(s["churned_at"] < as_of)
    result = s[is_active].set_index("id")[["tier"]]

    def distinct(kinds: list[str], days: float) -> pd.DataFrame:
        since = today - pd.Timedelta(days - 1, "D")
        chosen = events["event_type"].isin(kinds) & (events["occurred_at"] >= since)
        pairs = events.loc[chosen, ["supplier_id", "subject"]].astype(str)
        return pairs.drop_duplicates()

    def count(pairs: pd.DataFrame) -> pd.Series:
        return pairs.groupby("supplier_id").size().reindex(result.index, fill_value=0)

    logins = events[events["event_type"] == "login"]
    last = logins.groupby("supplier_id", observed=True)["occurred_at"].max()
    last.index = last.index.astype(str)
    result["gap_days"] = (as_of - last.reindex(result.index)) / pd.Timedelta(1, "D")
    gap = result["gap_days"].fillna(np.inf)
    points = np.select([gap < 3, gap < 7, gap < 14], [30.0, 20.0, 10.0], 0.0)

    core = world.core_features
    size = {t: core["tier"].isin(["*", t]).sum() for t in ("starter", "professional", "premium")}
    used = distinct(["feature_used"], 30)
    used = used.assign(tier=used["supplier_id"].map(s.set_index("id")["tier"]))
    allowed = set(zip(core["feature"], core["tier"], strict=True))
    is_core = [
        (f, t) in allowed or (f, "*") in allowed
        for f, t in zip(used["subject"], used["tier"], strict=True)
    ]
    result["adoption"] = count(used[is_core]) / result["tier"].map(size)
    known, active = (
        distinct(["client_added", "client_active"], 9999),
        distinct(["client_active"], 30),
    )
    result["clients"] = (count(active) / count(known)).fillna(0)
    points = points + 25 * result["adoption"] + 25 * result["clients"]
    weight = pd.Series(80.0, result.index)
    pairs = {"forms": ("form_sent", "form_completed")}
    pairs["steps"] = ("journey_step_due", "journey_step_completed")
    for name, (asked, done) in pairs.items():
        sent = distinct([asked], 90)
        both = sent.merge(distinct([done], 9999))
        result[name] = count(both) / count(sent)
        points = points + 10 * result[name].fillna(0)
        weight += 10 * result[name].notna()
    result["score"] = np.floor(points / weight * 100 + 1e-6).astype(int)
    result["level"] = np.select(
        [result["score"] < 40, result["score"] < 70], ["critical", "at_risk"], "healthy"
    )
    return result
