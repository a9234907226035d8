"""The first screen: who needs attention now."""

import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from html import unescape
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from cs_app import services
from cs_app.pulse import is_other
from cs_app.today_screen import fetch_changing
from tests.app.conftest import words_of
from tests.app.health_rows import add_scored_supplier
from tests.app.intervention_rows import add_call
from tests.app.today_rows import add_day, add_milestone, add_mover, add_run, later_today

TODAY = "pages/today.py"
MAIN = "cs_app/main.py"


@pytest.fixture
def person(add_person: Callable[..., dict[str, str]]) -> dict[str, str]:
    return add_person("ada@wedsync.example", "admin")


@pytest.fixture
def cookie(person: dict[str, str], cookie_of: Callable[..., str]) -> str:
    """An admin's."""
    return cookie_of(person)


@pytest.fixture
def analyst(add_person: Callable[..., dict[str, str]], cookie_of: Callable[..., str]) -> str:
    return cookie_of(add_person("ann@wedsync.example", "analyst"))


@pytest.fixture
def open_today(open_page: Callable[..., AppTest]) -> Callable[..., AppTest]:
    def run(cookie: str | None, **query: str) -> AppTest:
        page = open_page(cookie, TODAY, **query)
        assert not page.exception
        return page

    return run


def plain(page: AppTest) -> str:
    """What the page says, without tags; its style sheet and hidden words stay out."""
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", words_of(page))).split())


def headline_of(page: AppTest) -> str:
    found = re.search(r"<h1[^>]*>(.*?)</h1>", words_of(page), re.DOTALL)
    assert found
    return " ".join(unescape(re.sub(r"<[^>]+>", "", found[1])).split())


def section(page: AppTest, anchor: str) -> str:
    found = re.search(f'<section class="cs-panel" id="{anchor}">(.*?)</section>', words_of(page))
    assert found, anchor
    return found[1]


def names_in(html: str) -> list[str]:
    return [unescape(name) for name in re.findall(r'cs-name"[^>]*>([^<]*)<', html)]


# ============ nothing there yet ============


def test_without_suppliers_the_screen_says_so(
    cookie: str, open_today: Callable[..., AppTest]
) -> None:
    page = open_today(cookie)
    assert "No suppliers yet." in page.info[0].value
    assert 'class="cs-figures"' not in words_of(page)


def test_before_the_first_run_the_screen_says_what_to_run(
    cookie: str, open_today: Callable[..., AppTest], add_supplier: Callable[..., str]
) -> None:
    add_supplier()
    page = open_today(cookie)
    assert page.info[0].value == ("No supplier is scored yet. Run `python daily_scoring.py`.")
    assert 'class="cs-figures"' not in words_of(page)


def test_while_the_first_run_is_at_work_the_screen_says_so(
    cookie: str, open_today: Callable[..., AppTest], add_supplier: Callable[..., str], sql: Any
) -> None:
    add_supplier()
    sql.execute("update private.run_lease set fence = 7, expires_at = now() + interval '1 hour'")
    add_run(sql, "running", fence=7, suppliers_scored=12)
    assert "at work, 12 suppliers so far" in open_today(cookie).info[0].value


def test_with_one_scored_day_the_chart_says_when_it_begins(
    cookie: str, open_today: Callable[..., AppTest], sql: Any
) -> None:
    add_scored_supplier(sql, "Rowan & Fox", 80)
    add_day(sql, healthy=1)
    page = open_today(cookie)
    assert "No supplier turned critical since yesterday." in headline_of(page)
    assert "The chart begins with the second scored day." in plain(page)
    assert "No calls are due today." in plain(page)
    assert "Nothing was reached in the last 7 days." in plain(page)
    assert "Nobody turned critical since the day before." in plain(page)


# ============ the answer ============


def test_the_first_line_says_how_many_turned_critical_and_have_nothing_planned(
    cookie: str, open_today: Callable[..., AppTest], sql: Any
) -> None:
    add_day(sql, critical=3)
    ids = [
        add_mover(sql, name, 45, 31, "turned_critical", rank)
        for rank, name in enumerate(("Rowan & Fox", "Glasshouse", "Peony"), 1)
    ]
    add_call(sql, ids[0], due_in=timedelta(days=1))
    page = open_today(cookie)
    assert headline_of(page).endswith(
        "3 suppliers turned critical since yesterday; 2 have nothing planned."
    )
    assert 'href="/today?all=turned_critical"' in words_of(page)


@pytest.mark.parametrize(
    ("has_call", "words"),
    [
        (True, "1 supplier turned critical since yesterday; it has a contact planned."),
        (False, "1 supplier turned critical since yesterday; it has nothing planned."),
    ],
)
def test_one_supplier_is_told_in_the_singular(
    cookie: str, open_today: Callable[..., AppTest], sql: Any, has_call: bool, words: str
) -> None:
    add_day(sql, critical=1)
    supplier_id = add_mover(sql, "Rowan & Fox", 45, 31, "turned_critical")
    if has_call:
        add_call(sql, supplier_id, due_in=timedelta(days=1))
    assert headline_of(open_today(cookie)).endswith(words)


def test_the_person_is_greeted_by_first_name_in_plain_text(
    cookie: str, open_today: Callable[..., AppTest], sql: Any
) -> None:
    sql.execute("update user_profiles set full_name = '<i>Ada</i> Byron'")
    page = open_today(cookie)
    assert re.match(r"Good (morning|afternoon|evening), <i>Ada</i>\.", headline_of(page))
    assert "&lt;i&gt;Ada&lt;/i&gt;" in words_of(page)


def test_the_figures_say_how_they_changed_and_are_doors(
    cookie: str, open_today: Callable[..., AppTest], sql: Any
) -> None:
    add_day(sql, 7, healthy=1200, at_risk=403, critical=198, revenue_at_risk=6500)
    add_day(sql, healthy=1212, at_risk=403, critical=185, revenue_at_risk=6940.4)
    page = open_today(cookie)
    said = plain(page)
    for figure in ("1,212 ▲ 12", "403 no change", "185 ▼ 13", "1,800 ▼ 1", "£6,940 ▲ £440"):
        assert figure in said
    for door in (
        "/suppliers?risk=healthy",
        "/suppliers?risk=at_risk",
        "/suppliers?risk=critical",
        "/suppliers",
        "/suppliers?risk=critical&amp;risk=at_risk&amp;sort=-revenue",
    ):
        assert f'href="{door}" target="_self"' in words_of(page)
    assert "Critical, last 2 scored days: from 198 to 185" in words_of(page)


def test_without_a_week_of_history_no_change_is_claimed(
    cookie: str, open_today: Callable[..., AppTest], sql: Any
) -> None:
    add_day(sql, 1, critical=3)
    add_day(sql, critical=5)
    said = plain(open_today(cookie))
    assert "▲" not in said
    assert "▼" not in said


def test_more_critical_suppliers_are_bad_news_and_more_healthy_ones_good(
    cookie: str, open_today: Callable[..., AppTest], sql: Any
) -> None:
    add_day(sql, 7, healthy=5, critical=5)
    add_day(sql, healthy=8, critical=9)
    words = words_of(open_today(cookie))
    assert '<span class="cs-better cs-number">▲ 3</span>' in words
    assert '<span class="cs-worse cs-number">▲ 4</span>' in words


# ============ how fresh ============


def test_the_screen_says_how_fresh_the_data_is(
    cookie: str, open_today: Callable[..., AppTest], sql: Any
) -> None:
    add_day(sql, critical=1)
    add_scored_supplier(sql, "Rowan & Fox", 31)
    page = open_today(cookie)
    assert "Scored 2 hours ago · fresh" in plain(page)
    assert re.search(r'title="[^"]* UTC">Scored', words_of(page))
    assert not page.warning


def test_a_missed_run_is_told_with_what_to_do(
    cookie: str, open_today: Callable[..., AppTest], sql: Any
) -> None:
    add_day(sql, 2, critical=1)
    add_scored_supplier(sql, "Rowan & Fox", 31)
    page = open_today(cookie)
    assert "2 days old: the daily run is overdue" in page.warning[0].value
    assert "python daily_scoring.py" in page.warning[0].value
    assert "overdue" in plain(page)


def test_of_an_older_day_the_first_line_says_which(
    cookie: str, open_today: Callable[..., AppTest], sql: Any
) -> None:
    add_day(sql, 1, critical=1)
    add_scored_supplier(sql, "Rowan & Fox", 31)
    assert headline_of(open_today(cookie)).endswith("No supplier turned critical yesterday.")


def test_a_failed_run_is_told_with_its_reason_and_what_is_shown(
    cookie: str, open_today: Callable[..., AppTest], sql: Any
) -> None:
    add_day(sql, 1, critical=1)
    add_scored_supplier(sql, "Rowan & Fox", 31)
    add_run(sql, "failed", error="Supabase does not answer.\n[link](x)")
    (warning,) = open_today(cookie).warning
    assert "The daily run that began 1 hour ago failed: Supabase does not answer." in warning.value
    assert r"\[link\](x)" in warning.value
    assert "What you see is from the run before." in warning.value
    assert "repeating it is safe" in warning.value


def test_a_run_that_stopped_is_told(
    cookie: str, open_today: Callable[..., AppTest], sql: Any
) -> None:
    add_day(sql, critical=1)
    add_scored_supplier(sql, "Rowan & Fox", 31)
    add_run(sql, "running")
    assert "stopped without finishing" in open_today(cookie).warning[0].value


def test_a_run_at_work_is_told_quietly(
    cookie: str, open_today: Callable[..., AppTest], sql: Any
) -> None:
    add_day(sql, critical=1)
    add_scored_supplier(sql, "Rowan & Fox", 31)
    sql.execute("update private.run_lease set fence = 7, expires_at = now() + interval '1 hour'")
    add_run(sql, "running", fence=7, suppliers_scored=1200)
    page = open_today(cookie)
    assert "a daily run is at work, 1,200 suppliers so far" in plain(page)
    assert not page.warning


# ============ who moved ============


def test_who_turned_critical_is_shown_with_reason_and_plan(
    cookie: str, open_today: Callable[..., AppTest], sql: Any
) -> None:
    add_day(sql, critical=2)
    planned = add_mover(
        sql, "Rowan & Fox", 58, 31, "turned_critical", 1, monthly_revenue=59, clients_known=7
    )
    add_call(sql, planned, due_in=timedelta(days=1))
    waiting = add_mover(sql, "Glasshouse", 44, 20, "turned_critical", 2, monthly_revenue=29)
    html = section(open_today(cookie), "turned_critical")
    assert names_in(html) == ["Glasshouse", "Rowan & Fox"]  # who has no call first
    assert f'href="/supplier?id={waiting}" target="_self"' in html
    said = unescape(re.sub(r"<[^>]+>", " ", html))
    assert re.search(r"Rowan & Fox\s+✕\s+Critical\s+31\s+▼ 27", said)
    assert "£59" in said
    assert "Call planned" in said
    assert "No call, never contacted" in said


def test_drops_and_recoveries_are_shown_with_their_reason(
    cookie: str, open_today: Callable[..., AppTest], sql: Any
) -> None:
    add_day(sql, critical=1)
    long_ago = datetime.now(UTC) - timedelta(days=30)
    add_mover(sql, "Rowan & Fox", 80, 48, "drop", last_login=long_ago, login_recency_points=0)
    add_mover(sql, "Glasshouse", 20, 72, "recovery", login_recency_points=30)
    page = open_today(cookie)
    drops, recoveries = section(page, "drops"), section(page, "recoveries")
    assert names_in(drops) == ["Rowan & Fox"]
    assert "▼ 32" in drops
    assert "No login for 30 days" in drops
    assert names_in(recoveries) == ["Glasshouse"]
    assert "▲ 52" in recoveries
    assert "Was critical" in recoveries


def test_a_long_list_is_cut_and_its_count_opens_all_of_it(
    cookie: str, open_today: Callable[..., AppTest], sql: Any
) -> None:
    add_day(sql, critical=12)
    for rank in range(1, 13):
        add_mover(sql, f"Supplier {rank:02}", 45, 31, "turned_critical", rank)
    html = section(open_today(cookie), "turned_critical")
    assert len(names_in(html)) == 8
    assert '<a class="cs-link cs-more" href="/today?all=turned_critical"' in html
    assert "All 12" in html
    whole = section(open_today(cookie, all="turned_critical"), "turned_critical")
    assert len(names_in(whole)) == 12
    assert "Show fewer" in whole


@pytest.mark.parametrize("asked", ["", "everything", "<b>"])
def test_an_unknown_list_in_the_address_is_dropped(
    cookie: str, open_today: Callable[..., AppTest], sql: Any, asked: str
) -> None:
    add_day(sql, critical=1)
    add_mover(sql, "Rowan & Fox", 45, 31, "turned_critical")
    assert "Show fewer" not in words_of(open_today(cookie, all=asked))


@pytest.mark.parametrize(
    "name", ["<script>alert(1)</script>", '"><img src=x>', "x" * 200, "Bodas 🎉"]
)
def test_awkward_names_are_plain_text(
    cookie: str, open_today: Callable[..., AppTest], sql: Any, name: str
) -> None:
    add_day(sql, critical=1)
    supplier_id = add_mover(sql, name, 45, 31, "turned_critical")
    add_call(sql, supplier_id, due_in=-timedelta(days=3))
    add_milestone(sql, supplier_id, "first_client")
    page = open_today(cookie)
    assert names_in(words_of(page)) == [name] * 3
    assert "<script>" not in words_of(page)
    assert "<img" not in words_of(page)


# ============ levels ============


def test_the_chart_of_levels_says_in_words_what_it_shows(
    cookie: str, open_today: Callable[..., AppTest], sql: Any
) -> None:
    add_day(sql, 89, healthy=10, at_risk=4, critical=3)
    add_day(sql, healthy=12, at_risk=3, critical=7)
    (chart,) = open_today(cookie).get("vega_lite_chart")
    assert chart.proto.alt == (
        "Suppliers on each level over 90 days: "
        "Healthy from 10 to 12, At risk from 4 to 3, Critical from 3 to 7."
    )


# ============ calls ============


def test_todays_calls_come_first_and_late_ones_after(
    cookie: str, open_today: Callable[..., AppTest], sql: Any
) -> None:
    add_day(sql, critical=1)
    due = {"Late": timedelta(days=-3), "Later": timedelta(days=-9), "Ahead": timedelta(days=3)}
    for name, due_in in due.items():
        add_call(sql, add_scored_supplier(sql, name, 31), due_in=due_in)
    now = datetime.now(UTC)
    add_call(sql, add_scored_supplier(sql, "Now", 31), due_in=later_today() - now)
    page = open_today(cookie)
    assert names_in(words_of(page)) == ["Now", "Late", "Later"]
    said = plain(page)
    assert "23:59" in said
    assert "3 days late" in said
    assert "Check-in" in said
    assert "Silent after set-up: no login" in said
    assert re.search(r"Calls today\s+3 open · 2 late", said)


def test_more_calls_than_fit_lead_to_the_queue(
    cookie: str, open_today: Callable[..., AppTest], sql: Any
) -> None:
    add_day(sql, critical=1)
    for number in range(10):
        supplier_id = add_scored_supplier(sql, f"Supplier {number}", 31)
        add_call(sql, supplier_id, due_in=-timedelta(days=1 + number))
    page = open_today(cookie)
    assert len(names_in(words_of(page))) == 8
    assert '<a class="cs-link cs-more" href="/interventions" target="_self">2 more calls' in (
        words_of(page)
    )


@pytest.mark.parametrize("outcome", ["reached", "left_message", "no_answer", "not_needed"])
def test_one_click_notes_what_came_of_a_call_and_one_takes_it_back(
    cookie: str,
    person: dict[str, str],
    open_today: Callable[..., AppTest],
    sql: Any,
    outcome: str,
) -> None:
    add_day(sql, critical=1)
    call_id = add_call(sql, add_scored_supplier(sql, "Rowan & Fox", 31), due_in=-timedelta(days=3))
    stored = "select outcome, completed_by::text from support_interactions where id = %s"
    behind = "select status from interventions"
    page = open_today(cookie)
    page.button(key=f"{outcome}-{call_id}").click().run()
    assert not page.exception
    assert sql.execute(stored, [call_id]).fetchone() == (outcome, person["id"])
    assert sql.execute(behind).fetchone() == ("done",)
    said = plain(page)
    assert "Rowan & Fox: " in said
    made = outcome != "not_needed"
    assert ("1 made today" in said) is made
    assert ("All calls of today are made." in said) is made
    page.button(key=f"undo-{call_id}").click().run()
    assert not page.exception
    assert sql.execute(stored, [call_id]).fetchone() == (None, None)
    assert sql.execute(behind).fetchone() == ("planned",)
    assert page.button(key=f"{outcome}-{call_id}")
    assert "made today" not in plain(page)


def test_a_call_that_somebody_else_noted_first_is_not_noted_twice(
    cookie: str, open_today: Callable[..., AppTest], sql: Any
) -> None:
    add_day(sql, critical=1)
    call_id = add_call(sql, add_scored_supplier(sql, "Rowan & Fox", 31), due_in=-timedelta(days=3))
    page = open_today(cookie)
    sql.execute("update support_interactions set outcome = 'no_answer', completed_at = now()")
    page.button(key=f"reached-{call_id}").click().run()
    assert "Somebody was faster" in page.toast[0].value
    assert sql.execute("select outcome from support_interactions").fetchone() == ("no_answer",)
    assert not [button for button in page.button if button.key == f"undo-{call_id}"]


def test_a_call_that_somebody_is_making_says_who(
    cookie: str, analyst: str, person: dict[str, str], open_today: Callable[..., AppTest], sql: Any
) -> None:
    add_day(sql, critical=1)
    sql.execute("update user_profiles set full_name = 'Ada Byron' where id = %s", [person["id"]])
    supplier_id = add_scored_supplier(sql, "Rowan & Fox", 31)
    add_call(sql, supplier_id, due_in=-timedelta(days=3), claimed_by=person["id"])
    assert "Ada Byron is calling" in plain(open_today(analyst))
    assert "you are calling" in plain(open_today(cookie))


def test_an_analyst_sees_the_same_and_no_action(
    analyst: str, open_today: Callable[..., AppTest], sql: Any
) -> None:
    add_day(sql, critical=1)
    supplier_id = add_mover(sql, "Rowan & Fox", 45, 31, "turned_critical")
    add_call(sql, supplier_id, due_in=-timedelta(days=3))
    page = open_today(analyst)
    assert "1 supplier turned critical" in headline_of(page)
    assert names_in(words_of(page)) == ["Rowan & Fox"] * 2
    assert not page.button


# ============ milestones ============


def test_what_was_reached_this_week_is_shown_by_type(
    cookie: str, open_today: Callable[..., AppTest], sql: Any
) -> None:
    add_day(sql, healthy=2)
    for name in ("Rowan & Fox", "Glasshouse"):
        add_milestone(sql, add_scored_supplier(sql, name, 80), "first_client")
    add_milestone(sql, add_scored_supplier(sql, "Long ago", 80), "one_year", hours_ago=200)
    words = words_of(open_today(cookie))
    assert 'href="/milestones?type=first_client&amp;days=7" target="_self">First client 2<' in words
    assert 'href="/milestones?days=7" target="_self">All 2<' in words
    assert "Long ago" not in words


# ============ refreshing, failing, rights ============


@pytest.fixture
def looks_other(
    cookie: str, open_today: Callable[..., AppTest], monkeypatch: pytest.MonkeyPatch
) -> Callable[[], bool]:
    """A function that tells whether the screen, drawn when it was made, would look other now."""
    open_today(cookie)  # the cookie stays with the browser
    client = services.person_client(
        services.current_session(cookie).access_token  # type: ignore[union-attr]
    )
    seen = fetch_changing(client, None)

    def look(client: Any) -> Any:
        found = fetch_changing(client, None)
        return type(found)(found.today, found.moves, found.calls, seen.part_of_hour)

    return lambda: is_other("admin", look, seen)


def test_nothing_new_draws_nothing_anew(looks_other: Callable[[], bool]) -> None:
    assert not looks_other()


@pytest.mark.parametrize("event", ["a run ends", "a call is planned", "a score moves"])
def test_what_others_do_draws_the_screen_anew(
    looks_other: Callable[[], bool], sql: Any, event: str
) -> None:
    if event == "a run ends":
        add_run(sql, "done")
    elif event == "a call is planned":
        add_call(sql, add_scored_supplier(sql, "Rowan & Fox", 31), due_in=-timedelta(days=3))
    else:
        add_day(sql, critical=1)
        add_mover(sql, "Rowan & Fox", 80, 48, "drop")
    assert looks_other()


def test_losing_the_role_and_signing_out_draw_the_screen_anew(
    looks_other: Callable[[], bool], sql: Any, cookie: str
) -> None:
    sql.execute("update user_profiles set role = 'analyst'")
    assert looks_other()
    sql.execute("update user_profiles set role = 'admin'")
    assert not looks_other()
    services.sign_out(cookie)
    assert looks_other()


def test_while_the_database_is_away_the_screen_stays(
    looks_other: Callable[[], bool], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SUPABASE_URL", "http://127.0.0.1:9")
    services.forget_clients()
    assert not looks_other()


@pytest.mark.parametrize(
    "function",
    ["today()", "moves(integer)", "daily_levels(integer)", "count_milestones(timestamptz)"],
)
def test_a_failed_fetch_says_what_happened_and_what_to_try(
    cookie: str, open_today: Callable[..., AppTest], sql: Any, function: str
) -> None:
    add_day(sql, critical=1)
    sql.execute(f"revoke execute on function public.{function} from authenticated")
    try:
        page = open_today(cookie)
    finally:
        sql.execute(f"grant execute on function public.{function} to authenticated")
    assert "This screen could not be loaded." in words_of(page)
    assert "Nothing was changed." in words_of(page)
    page.button[0].click().run()
    assert 'class="cs-figures"' in words_of(page)


@pytest.mark.parametrize("script", [TODAY, MAIN])
@pytest.mark.parametrize("made_up", [None, "a" * 43])
def test_signed_out_nothing_is_shown_but_the_way_to_sign_in(
    open_page: Callable[..., AppTest], sql: Any, script: str, made_up: str | None
) -> None:
    add_day(sql, critical=1)
    add_mover(sql, "Rowan & Fox", 45, 31, "turned_critical")
    page = open_page(made_up, script)
    assert not page.exception
    assert "Your session has ended" in words_of(page)
    assert "Rowan" not in words_of(page)


@pytest.mark.parametrize("script", [TODAY, MAIN])
def test_a_supplier_of_its_own_login_sees_a_dead_end(
    open_page: Callable[..., AppTest],
    add_person: Callable[..., dict[str, str]],
    cookie_of: Callable[..., str],
    sql: Any,
    script: str,
) -> None:
    page = open_page(cookie_of(add_person("rowan@fox.example")), script)
    assert "No access" in words_of(page)
    assert 'class="cs-figures"' not in words_of(page)


def test_the_first_address_leads_to_this_screen(
    cookie: str, open_page: Callable[..., AppTest], sql: Any
) -> None:
    page = open_page(cookie, MAIN)
    assert not page.exception
    assert "No suppliers yet." in words_of(page)
    assert "Good " in headline_of(page)
