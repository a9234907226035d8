"""The made-up world: its contract, who lives there, and why they leave."""

import datetime as dt

import pandas as pd
import pytest

from embedded.world import World, make_world
from embedded.world.awkward import AWKWARD, LONG_NAME
from tests.embedded.naive_scores import naive_scores

pytestmark = pytest.mark.slow

END = pd.Timestamp("2026-06-15 06:00", tz="UTC")
DAY = pd.Timedelta(1, "D")


@pytest.fixture(scope="module")
def world() -> World:
    return make_world(2000, 180, 42, END)


@pytest.fixture(scope="module")
def faithful_world() -> World:
    return make_world(2000, 180, 42, END, churn=False)


@pytest.fixture(scope="module")
def weeks_before_churn(world: World) -> pd.DataFrame:
    """Scores at ten mornings, and whether the supplier left 4 to 12 days later."""
    churned_at = world.suppliers.set_index("id")["churned_at"]
    parts = []
    for age in range(8, 88, 8):
        as_of = END - age * DAY
        scores = naive_scores(world, as_of)
        days_left = (churned_at.reindex(scores.index) - as_of) / DAY
        scores["leaves"] = days_left < 12
        parts.append(scores[~(days_left < 4)])
    return pd.concat(parts)


def row_of(world: World, name: str) -> pd.Series:
    rows = world.suppliers[world.suppliers["business_name"] == name]
    assert len(rows) == 1
    return rows.iloc[0]


def events_of(world: World, supplier: pd.Series) -> pd.DataFrame:
    return world.events[world.events["supplier_id"] == supplier["id"]]


def assert_same(one: World, other: World) -> None:
    pd.testing.assert_frame_equal(one.suppliers, other.suppliers)
    pd.testing.assert_frame_equal(one.core_features, other.core_features)
    pd.testing.assert_frame_equal(one.events, other.events)


# ---- the same arguments, the same world ----


def test_same_arguments_make_the_same_world() -> None:
    assert_same(make_world(120, 60, 7, END), make_world(120, 60, 7, END))


def test_another_seed_makes_another_world() -> None:
    one, other = make_world(120, 60, 7, END), make_world(120, 60, 8, END)
    assert not set(one.suppliers["id"]) & set(other.suppliers["id"])
    assert not set(one.events["id"]) & set(other.events["id"])
    assert list(one.suppliers["email"]) != list(other.suppliers["email"])


@pytest.mark.parametrize("arguments", [(0, 30, 1), (5, 0, 1), (5, 30, -1)])
def test_impossible_sizes_are_refused(arguments: tuple[int, int, int]) -> None:
    with pytest.raises(ValueError, match="suppliers >= 1"):
        make_world(*arguments, END)


@pytest.mark.parametrize("suppliers", [1, 5, 49, 50])
@pytest.mark.parametrize("days", [1, 7, 90])
def test_small_worlds_keep_the_contract(suppliers: int, days: int) -> None:
    small = make_world(suppliers, days, 3, END)
    assert len(small.suppliers) == suppliers
    assert_contract(small, days)


# ---- the contract ----


def assert_contract(world: World, days: int) -> None:
    events, s = world.events, world.suppliers
    assert events["id"].is_unique
    for column in ("id", "email", "business_name"):
        assert s[column].is_unique
    owner = s.set_index("id").loc[events["supplier_id"].astype(str)].reset_index()
    occurred, received = (events[c].reset_index(drop=True) for c in ("occurred_at", "received_at"))
    assert (occurred < END).all()
    assert (occurred >= END - days * DAY).all()
    assert (received >= occurred).all()
    assert (received <= END).all()
    assert received.is_monotonic_increasing
    assert (occurred >= owner["signed_up_at"]).all()
    assert not (occurred >= owner["churned_at"]).any()
    assert not (occurred >= owner["paused_at"]).any()
    assert (events["subject"].isna() == (events["event_type"] == "login")).all()


def test_the_default_world_keeps_the_contract(world: World) -> None:
    assert_contract(world, 180)
    assert 400_000 < len(world.events) < 1_200_000


def test_a_world_without_churn_keeps_the_contract(faithful_world: World) -> None:
    assert_contract(faithful_world, 180)


@pytest.mark.parametrize(
    "until", [dt.date(2026, 3, 30), dt.date(2026, 10, 26), dt.date(2028, 3, 1)]
)
def test_clock_changes_and_leap_days_do_not_break_the_contract(until: dt.date) -> None:
    end = pd.Timestamp(until, tz="UTC") + pd.Timedelta(6, "h")
    other = make_world(60, 40, 5, end)
    assert other.events["occurred_at"].between(end - 40 * DAY, end, inclusive="left").all()


def test_ids_are_version_4_uuids(world: World) -> None:
    pattern = r"[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}"
    assert world.suppliers["id"].str.fullmatch(pattern).all()
    assert world.events["id"].head(50_000).str.fullmatch(pattern).all()


def test_subjects_have_the_form_of_their_event_type(world: World) -> None:
    pairs = world.events[["event_type", "subject"]].drop_duplicates().astype(str)
    forms = {"client": r"client-\d+", "form": r"form-\d+", "journey": r"step-\d+"}
    for prefix, pattern in forms.items():
        chosen = pairs.loc[pairs["event_type"].str.startswith(prefix), "subject"]
        assert len(chosen)
        assert chosen.str.fullmatch(pattern).all()
    used = set(pairs.loc[pairs["event_type"] == "feature_used", "subject"])
    assert used >= set(world.core_features["feature"])
    assert used - set(world.core_features["feature"]), "some features are nobody's core"


def test_statuses_agree_with_timestamps(world: World) -> None:
    s = world.suppliers
    status = s["status"]
    assert set(status) == {"trial", "active", "paused", "churned"}
    assert (s["churned_at"].notna() == (status == "churned")).all()
    assert (s["paused_at"].notna() == (status == "paused")).all()
    trial = s[status == "trial"]
    assert (trial["trial_ends_at"] > END).all()
    assert (trial["monthly_revenue"] == 0).all()
    assert not (s.loc[status == "active", "trial_ends_at"] > END).any()
    assert (s.loc[status == "active", "monthly_revenue"] > 0).all()
    assert (s["signed_up_at"] < END).all()
    for column in ("onboarded_at", "trial_ends_at", "paused_at", "churned_at"):
        assert not (s[column] <= s["signed_up_at"]).any()
    for column in ("onboarded_at", "paused_at", "churned_at"):
        assert not (s[column] >= END).any()
    assert not (s["onboarded_at"] > s["churned_at"]).any()


def test_addresses_reach_nobody(world: World) -> None:
    assert world.suppliers["email"].str.fullmatch(r"[a-z0-9.]+@example\.(com|org)").all()


def test_higher_tiers_have_more_core_features(world: World) -> None:
    core = world.core_features
    assert not core.duplicated().any()
    sizes = [core["tier"].isin(["*", t]).sum() for t in ("starter", "professional", "premium")]
    assert sizes == sorted(set(sizes))


def test_suppliers_live_in_several_time_zones(world: World) -> None:
    zones = set(world.suppliers["timezone"])
    assert zones >= {"Europe/London", "Australia/Sydney", "America/New_York", "Asia/Kolkata"}


def test_a_few_facts_are_told_twice_with_another_id(world: World) -> None:
    fact = ["supplier_id", "event_type", "subject", "occurred_at"]
    assert 0.002 < world.events.duplicated(fact).mean() < 0.01


def test_a_few_percent_of_events_arrive_late(world: World) -> None:
    delay = world.events["received_at"] - world.events["occurred_at"]
    assert 0.01 < (delay > pd.Timedelta(5, "min")).mean() < 0.05
    assert (delay > DAY).any()
    assert delay.median() < pd.Timedelta(10, "s")


def test_clients_from_before_the_window_are_announced_in_its_first_days(world: World) -> None:
    events = world.events[world.events["event_type"] == "client_added"]
    early = events[events["occurred_at"] < END - 178 * DAY]
    old = world.suppliers["signed_up_at"] < END - 180 * DAY
    assert early["supplier_id"].nunique() > 0.95 * old.sum()


def test_summer_and_weekdays_are_busier(faithful_world: World) -> None:
    events = faithful_world.events
    logins = events.loc[events["event_type"] == "login", "occurred_at"]
    by_day = logins.dt.day_of_week.value_counts()
    assert by_day[[5, 6]].mean() < 0.75 * by_day[[0, 1, 2, 3]].mean()
    acts = events[events["event_type"] == "client_active"]
    months = acts["occurred_at"].dt.month.value_counts()
    veterans = faithful_world.suppliers["signed_up_at"] < END - 200 * DAY
    assert veterans.any()
    assert months[5] > 1.2 * months[1]


# ---- the last day is a day like others ----

HOURS = ["2026-06-15 06:00", "2026-06-15 00:10", "2026-06-18 14:30", "2026-06-20 22:45"]


@pytest.fixture(scope="module", params=HOURS)
def ended_world(request: pytest.FixtureRequest) -> tuple[World, pd.Timestamp]:
    end = pd.Timestamp(request.param, tz="UTC")
    return make_world(600, 120, 4, end), end


def test_as_much_happens_on_the_last_day_up_to_its_end_as_on_others(
    ended_world: tuple[World, pd.Timestamp],
) -> None:
    world, end = ended_world
    at = world.events["occurred_at"]
    assert (at < end).all()
    # Days of 24 hours up to the end, so that each has the same hours; of the same weekday.
    days = [at.between(end - (n + 1) * DAY, end - n * DAY).sum() for n in (0, 7, 14, 21, 28)]
    assert 0.85 < days[0] / (sum(days[1:]) / 4) < 1.15
    hours = pd.Timedelta(4, "h")
    lately = [at.between(end - n * DAY - hours, end - n * DAY).sum() for n in (0, 7, 14, 21, 28)]
    assert 0.6 < lately[0] / (sum(lately[1:]) / 4) < 1.5


def test_levels_move_on_the_last_day_as_they_did_on_the_ten_before(
    ended_world: tuple[World, pd.Timestamp],
) -> None:
    world, end = ended_world
    mornings = [end.normalize() + pd.Timedelta(6, "h") - n * DAY for n in range(11, 0, -1)]
    counts = [naive_scores(world, at)["level"].value_counts() for at in (*mornings, end)]
    moves = pd.DataFrame(counts).reset_index(drop=True).diff().abs()
    assert (moves.iloc[-1] <= 2 * moves.iloc[1:-1].max()).all(), moves
    totals = pd.Series([count.sum() for count in counts]).diff().abs()
    assert totals.iloc[-1] <= 2 * totals.iloc[1:-1].max()


# ---- who lives there ----


def test_statuses_and_levels_are_spread_as_in_a_real_business(world: World) -> None:
    shares = world.suppliers["status"].value_counts(normalize=True)
    assert 0.07 < shares["churned"] < 0.16
    assert 0.07 < shares["trial"] < 0.13
    assert 0.02 <= shares["paused"] <= 0.04
    levels = naive_scores(world, END)["level"].value_counts(normalize=True)
    assert 0.52 < levels["healthy"] < 0.72
    assert 0.15 < levels["at_risk"] < 0.32
    assert 0.07 < levels["critical"] < 0.19


def test_rowan_and_fox_have_been_silent_for_seven_days_since_this_morning(world: World) -> None:
    rowan = row_of(world, "Rowan & Fox Photography")
    last = events_of(world, rowan)["occurred_at"].max()
    login = events_of(world, rowan).query("event_type == 'login'")["occurred_at"].max()
    assert (rowan["category"], rowan["status"]) == ("photographer", "active")
    assert rowan["signed_up_at"] < login < rowan["onboarded_at"]
    assert last < rowan["onboarded_at"] < END - 7 * DAY
    today = naive_scores(world, END).loc[rowan["id"]]
    tonight = naive_scores(world, END.normalize() + DAY).loc[rowan["id"]]
    yesterday = naive_scores(world, END.normalize()).loc[rowan["id"]]
    assert 7 <= today["gap_days"] < 7.1
    assert 7 <= tonight["gap_days"] < 8
    assert yesterday["gap_days"] < 7
    assert (yesterday["level"], today["level"]) == ("at_risk", "critical")


def test_awkward_names_are_there(world: World) -> None:
    names = set(world.suppliers["business_name"])
    assert names >= {
        "Château d'Été",
        'O\'Brien "Best" Catering',
        '=HYPERLINK("http://evil.example","Click")',
        "<script>alert(1)</script>",
        LONG_NAME,
    }
    assert len(LONG_NAME) == 200
    assert {name[0] for name in names} >= set("+-@=<")
    assert any("\u0600" <= name[0] <= "\u06ff" for name in names)
    assert any("🎂" in name for name in names)


def test_awkward_lives_are_there(world: World) -> None:
    never = row_of(world, "Hollow Lane String Quartet")
    assert events_of(world, never).empty
    assert pd.isna(never["onboarded_at"])
    childless = events_of(world, row_of(world, "Figgis & Daughters Cakes"))
    assert set(childless["event_type"]) == {"login", "feature_used"}
    silenced = row_of(world, "Saltmarsh Wedding Films")
    assert silenced["email_opt_out"]
    assert naive_scores(world, END).loc[silenced["id"], "level"] == "critical"
    unfinished = row_of(world, "Blue Gate Hair & Make-up")
    assert pd.isna(unfinished["onboarded_at"])
    assert unfinished["status"] == "trial"
    far = row_of(world, "Kookaburra Creek Weddings")
    assert pd.isna(far["phone"])
    assert far["timezone"] == "Australia/Sydney"


@pytest.mark.parametrize("seed", [0, 1, 2, 3])
def test_awkward_ones_are_in_every_world_of_fifty_and_never_leave(seed: int) -> None:
    suppliers = make_world(50, 120, seed, END).suppliers
    assert [entry.columns["business_name"] for entry in AWKWARD] == list(
        suppliers["business_name"].head(len(AWKWARD))
    )
    assert set(suppliers["status"].head(len(AWKWARD))) <= {"active", "trial"}


# ---- why they leave ----


def test_without_churn_nobody_leaves(faithful_world: World) -> None:
    assert "churned" not in set(faithful_world.suppliers["status"])
    assert faithful_world.suppliers["churned_at"].isna().all()


def test_churn_takes_events_away_and_changes_nothing_else(
    world: World, faithful_world: World
) -> None:
    assert set(world.events["id"]) < set(faithful_world.events["id"])
    stays = world.suppliers["status"] != "churned"
    pd.testing.assert_frame_equal(world.suppliers[stays], faithful_world.suppliers[stays])


def test_those_about_to_leave_have_been_away_for_longer(weeks_before_churn: pd.DataFrame) -> None:
    gaps = weeks_before_churn.groupby("leaves")["gap_days"].mean()
    assert gaps[True] > 3 * gaps[False]
    for measure in ("adoption", "clients"):
        means = weeks_before_churn.groupby("leaves")[measure].mean()
        assert means[True] < 0.8 * means[False]


def test_the_score_of_a_week_before_tells_who_leaves_but_not_surely(
    weeks_before_churn: pd.DataFrame,
) -> None:
    leaves = weeks_before_churn["leaves"]
    ranks = (-weeks_before_churn["score"]).rank()
    count = leaves.sum()
    auc = (ranks[leaves].sum() - count * (count + 1) / 2) / (count * (~leaves).sum())
    assert count > 50
    assert 0.75 < auc < 0.97
    assert (weeks_before_churn.loc[leaves, "level"] == "healthy").any()
    assert (weeks_before_churn.loc[~leaves, "level"] == "critical").any()
