"""A scorecard is looked at before it is published, and does what was seen."""

import copy
import datetime as dt
from collections import Counter
from collections.abc import Callable
from typing import Any

import pytest
from postgrest.exceptions import APIError

from cs_core.base.errors import ScorecardError, StoreError
from cs_core.io.base.client import connect_person
from cs_core.io.base.config import Settings
from cs_core.io.definitions import versions
from cs_core.io.definitions.scorecards import publish_scorecard
from cs_core.io.definitions.versions import fetch_versions
from cs_core.io.run import preview as previews
from cs_core.io.run.preview import fetch_basis, preview_scorecard
from cs_core.io.run.store import FIRST_ID
from cs_core.score.scorecard import Scorecard
from tests.support.defaults import DEFAULT_SCORECARD
from tests.support.runs import Sql, end_of

DEFAULT = DEFAULT_SCORECARD.to_dict()
AS_OF = end_of("2026-06-30")

Client = Any


@pytest.fixture
def sign_in(
    add_person: Callable[..., dict[str, str]], settings: Settings
) -> Callable[[str, str | None], Client]:
    def make(name: str, role: str | None) -> Client:
        person = add_person(f"{name}@wedsync.example", role)
        return connect_person(settings, person["access_token"])

    return make


@pytest.fixture
def ada(sql: Sql, sign_in: Callable[[str, str | None], Client]) -> Client:
    return sign_in("ada", "admin")


def draft(**measures: dict[str, Any]) -> Scorecard:
    data = copy.deepcopy(DEFAULT)
    for name, changes in measures.items():
        part = data["thresholds"] if name == "thresholds" else data["measures"][name]
        part.update(changes)
    return Scorecard.from_dict(data, version=2)


def stored(sql: Sql) -> dict[str, tuple[int, str]]:
    query = "select supplier_id::text, health_score, risk_level from current_health"
    return {row[0]: (row[1], row[2]) for row in sql.execute(query).fetchall()}


DRAFTS = {
    "weights": draft(
        feature_adoption={"weight": 45},
        client_activity={"weight": 5},
    ),
    "thresholds": draft(thresholds={"critical_below": 30, "at_risk_below": 50}),
    "steps": draft(
        login_recency={"steps": [{"under_days": 1, "points": 30}, {"under_days": 30, "points": 12}]}
    ),
    "no data": draft(form_completion={"no_data": "zero"}, journey_performance={"no_data": "zero"}),
    "windows": draft(feature_adoption={"window_days": 7}, client_activity={"window_days": 3}),
}


@pytest.mark.parametrize("kind", DRAFTS)
def test_a_run_after_publishing_gives_exactly_what_the_preview_counted(
    kind: str,
    world: list[str],
    ada: Client,
    score: Callable[..., Any],
    sql: Sql,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(previews, "STORED_PAGE", 7)
    monkeypatch.setattr(previews, "MEASURED_PAGE", 7)
    sql.execute("delete from activity_events where event_type like 'form%'")
    score(AS_OF)
    before = stored(sql)
    basis = fetch_basis(ada)
    assert (basis.as_of, basis.suppliers, basis.scored_before) == (AS_OF, len(world), 0)
    pages: list[int] = []
    preview = preview_scorecard(ada, DRAFTS[kind], DEFAULT, basis, pages.append)
    assert sum(pages) == preview.suppliers == len(world)
    assert stored(sql) == before

    published = publish_scorecard(ada, DRAFTS[kind].to_dict(), "Tried out", based_on=1)
    assert published.is_published
    # As if it had been published before the morning that is scored again here.
    sql.execute("update scorecards set published_at = %s where version = 2", (AS_OF,))
    assert score(AS_OF).scorecard_version == 2
    after = stored(sql)
    moves = Counter((before[one][1], after[one][1]) for one in before)
    assert preview.moves == moves
    assert [n for n, count in enumerate(preview.scores_after) for _ in range(count)] == sorted(
        found for found, _ in after.values()
    )
    changed = {one for one in before if before[one][1] != after[one][1]}
    assert changed, "the draft should move somebody"
    listed = preview.worst_first().to_pylist()
    assert {row["supplier_id"] for row in listed} == changed
    assert all(after[row["supplier_id"]][0] == row["score_after"] for row in listed)


def test_the_days_of_a_version_begin_with_the_first_one_of_a_backfill(
    ada: Client, sql: Sql
) -> None:
    sql.execute(
        "insert into runs (kind, status, as_of, from_date, score_date, fence, scorecard_version)"
        " values ('backfill', 'done', '2026-06-30', '2026-06-01', '2026-06-29', 1, 1),"
        " ('daily', 'done', '2026-07-01', null, '2026-06-30', 2, 1)"
    )
    (version,) = fetch_versions(ada, "scorecard")
    days = (version.first_used_on, version.last_used_on)
    assert (version.runs, *days) == (2, dt.date(2026, 6, 1), dt.date(2026, 6, 30))


def test_after_publishing_and_before_the_run_the_preview_measures_again(
    world: list[str], ada: Client, score: Callable[..., Any], sql: Sql
) -> None:
    score(AS_OF)
    publish_scorecard(ada, DRAFTS["windows"].to_dict(), "Shorter windows", based_on=1)
    basis = fetch_basis(ada)
    assert basis.scored_before == len(world)
    # Version 2 has these windows, but what is stored was measured with those of version 1.
    preview = preview_scorecard(ada, DRAFTS["windows"], DRAFTS["windows"].to_dict(), basis)
    sql.execute("update scorecards set published_at = %s where version = 2", (AS_OF,))
    score(AS_OF)
    scores = sorted(found for found, _ in stored(sql).values())
    assert [n for n, count in enumerate(preview.scores_after) for _ in range(count)] == scores


def test_without_scores_there_is_nothing_to_preview(ada: Client, world: list[str]) -> None:
    basis = fetch_basis(ada)
    assert (basis.as_of, basis.suppliers) == (None, 0)


def test_a_published_version_bears_the_name_of_who_published_it(ada: Client, sql: Sql) -> None:
    sql.execute("update user_profiles set full_name = 'Ada Byron'")
    assert (
        publish_scorecard(ada, DRAFTS["weights"].to_dict(), " Adoption ", based_on=1).version == 2
    )
    newest, first = fetch_versions(ada, "scorecard")
    assert (newest.version, newest.note, newest.published_by) == (2, "Adoption", "Ada Byron")
    assert newest.definition == DRAFTS["weights"].to_dict()
    assert (first.version, first.published_by, first.runs) == (1, None, 0)
    logged = sql.execute(
        "select actor_id is not null, action, row_key from audit_log"
        " where table_name = 'scorecards'"
    ).fetchall()
    assert logged == [(True, "insert", "2")]


def test_versions_say_which_days_were_scored_with_them(
    world: list[str], ada: Client, score: Callable[..., Any]
) -> None:
    score(end_of("2026-06-29"), kind="backfill")
    score(AS_OF)
    (version,) = fetch_versions(ada, "scorecard")
    assert version.runs == 2
    assert (version.first_used_on, version.last_used_on) == (
        dt.date(2026, 6, 29),
        dt.date(2026, 6, 30),
    )


def test_of_two_who_publish_at_once_the_second_is_told_and_changes_nothing(
    ada: Client, sign_in: Callable[[str, str | None], Client], sql: Sql
) -> None:
    grace = sign_in("grace", "admin")
    assert publish_scorecard(ada, DRAFTS["weights"].to_dict(), "Mine", based_on=1).is_published
    second = publish_scorecard(grace, DRAFTS["steps"].to_dict(), "Mine too", based_on=1)
    assert (second.is_published, second.version) == (False, 2)
    assert len(fetch_versions(ada, "scorecard")) == 2


def test_an_answer_that_was_lost_is_no_failure(
    ada: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    real, lost = versions.call, []

    def lose(client: Client, what: str, function: str, *rest: Any, **how: Any) -> Any:
        answer = real(client, what, function, *rest, **how)
        if function == "publish_definition" and not lost:
            lost.append(answer)
            raise StoreError(what=what, reason="Supabase does not answer")
        return answer

    monkeypatch.setattr(versions, "call", lose)
    done = publish_scorecard(ada, DRAFTS["weights"].to_dict(), "x", based_on=1)
    assert (done.is_published, done.version, len(fetch_versions(ada, "scorecard"))) == (True, 2, 2)
    assert len(lost) == 1


def test_a_scorecard_that_breaks_a_rule_is_never_sent(ada: Client) -> None:
    wrong = copy.deepcopy(DEFAULT)
    wrong["measures"]["feature_adoption"]["weight"] = 90
    with pytest.raises(ScorecardError, match="sum to 100"):
        publish_scorecard(ada, wrong, "x", based_on=1)


@pytest.mark.parametrize("role", ["analyst", None])
def test_nobody_but_an_admin_publishes_or_looks_ahead(
    role: str | None, ada: Client, sign_in: Callable[[str, str | None], Client]
) -> None:
    other = sign_in("other", role)
    with pytest.raises(StoreError, match="Only an admin"):
        publish_scorecard(other, DRAFTS["weights"].to_dict(), "x", based_on=1)
    with pytest.raises(StoreError, match="Only an admin"):
        fetch_basis(other)
    arguments = {"p_as_of": None, "p_card": None, "p_after": FIRST_ID, "p_limit": 1}
    with pytest.raises(APIError, match="Only an admin"):
        other.rpc("preview_measures", arguments).execute()
    assert len(fetch_versions(ada, "scorecard")) == 1


@pytest.mark.parametrize(
    ("change", "constraint"),
    [
        ("'{measures,login_recency,no_data}', '\"ignore\"'", "would_break_no_run"),
        ("'{measures,login_recency,steps}', '[]'", "would_break_no_run"),
        ("'{measures,login_recency,steps,0,points}', '\"many\"'", "would_break_no_run"),
        ("'{measures,login_recency,steps,0,under_days}', '0'", "would_break_no_run"),
    ],
)
def test_past_the_screen_the_database_refuses_what_would_break_a_run(
    change: str, constraint: str, ada: Client, sql: Sql
) -> None:
    (wrong,) = sql.execute(f"select jsonb_set(definition, {change}) from scorecards").fetchone()
    with pytest.raises(StoreError, match=constraint):
        versions.publish(ada, "scorecard", "", wrong, "x", 1)
