"""What suppliers reached lately, and how it was celebrated."""

import re
from collections.abc import Callable
from functools import partial
from html import unescape
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from cs_app.milestones.screen import PAGE_SIZE
from cs_app.server import clients
from tests.support.dashboard import plain, words_of
from tests.support.health_rows import add_scored_supplier
from tests.support.intervention_rows import add_intervention
from tests.support.today_rows import add_milestone

MILESTONES = "pages/milestones.py"


@pytest.fixture
def open_milestones(open_screen: Callable[..., AppTest]) -> Callable[..., AppTest]:
    return partial(open_screen, script=MILESTONES)


def flat(page: AppTest) -> dict[str, str]:
    """The parameters of the address, each once."""
    given = dict(page.query_params)
    return {name: value if isinstance(value, str) else value[0] for name, value in given.items()}


def rows_of(page: AppTest) -> list[list[str]]:
    """The list, cell by cell, without tags."""
    tables = re.findall(r'<table class="cs-table cs-milestones">.*?</table>', words_of(page))
    return [
        [
            " ".join(unescape(re.sub(r"<[^>]+>", " ", cell)).split())
            for cell in re.findall(r"<td.*?</td>", row)
        ]
        for row in re.findall(r"<tr>(?:(?!</tr>).)*</tr>", "".join(tables))
        if "<td" in row
    ]


def test_without_milestones_the_screen_says_what_they_are(
    analyst: str, open_milestones: Callable[..., AppTest]
) -> None:
    page = open_milestones(analyst)
    assert "No milestone reached in the last 30 days." in plain(page)
    assert "Milestones are noticed by the daily run" in plain(page)
    assert rows_of(page) == []


def test_one_milestone_is_shown_in_words(
    analyst: str, open_milestones: Callable[..., AppTest], sql: Any
) -> None:
    supplier_id = add_scored_supplier(sql, "Rowan & Fox", 80)
    add_milestone(sql, supplier_id, "first_form_completed")
    page = open_milestones(analyst)
    assert "1 milestone reached in the last 30 days." in plain(page)
    assert rows_of(page) == [
        [
            *("Rowan & Fox", "First form completed", "1 day ago"),
            *("– Not yet celebrated", "✓ Healthy"),
        ]
    ]
    assert f'href="/supplier?id={supplier_id}" target="_self"' in words_of(page)
    assert 'href="/export/milestones.csv?days=30"' in words_of(page)


SENT = {"status": "sent"}


@pytest.mark.parametrize(
    ("milestone", "messages", "words"),
    [
        ({"celebrated": True}, [("in_app", SENT)], "✓ In the product"),
        (
            {"celebrated": True},
            [("email", SENT), ("in_app", SENT)],
            "✓ In the product and by e-mail",
        ),
        (
            {"celebrated": True},
            [("in_app", SENT), ("email", {"status": "suppressed", "reason": "opt_out"})],
            "✓ In the product; not by e-mail: opted out of e-mail",
        ),
        ({}, [("email", {"status": "planned"})], "– Not yet: waits to be sent by e-mail"),
        (
            {},
            [("in_app", SENT), ("email", {"status": "failed"})],
            "– In the product; sending by e-mail failed",
        ),
        ({"celebrated": True}, [], "✓ Celebrated"),
        (
            {"uncelebrated_reason": "too_long_ago"},
            [],
            "– Not celebrated: it was noticed too late",
        ),
        (
            {},
            [("email", {"status": "suppressed", "reason": "frequency_cap"})],
            "– Not by e-mail: got as many e-mails lately as the outreach rules allow",
        ),
    ],
)
def test_the_list_says_how_it_was_celebrated_or_why_not(
    analyst: str,
    open_milestones: Callable[..., AppTest],
    sql: Any,
    milestone: dict[str, Any],
    messages: list[tuple[str, dict[str, Any]]],
    words: str,
) -> None:
    supplier_id = add_scored_supplier(sql, "Rowan & Fox", 80)
    add_milestone(sql, supplier_id, "ten_clients", **milestone)
    for kind, columns in messages:
        about = {"type": kind, "playbook": None, "milestone_type": "ten_clients"}
        add_intervention(sql, supplier_id, **about | columns)
    add_intervention(sql, supplier_id, status="sent")  # about something else
    assert rows_of(open_milestones(analyst))[0][3] == words


def test_bars_count_by_type_and_filter_by_it(
    analyst: str, open_milestones: Callable[..., AppTest], sql: Any
) -> None:
    for name, kinds in (("Rowan & Fox", ("first_client", "first_login")), ("Peony", ("one_year",))):
        supplier_id = add_scored_supplier(sql, name, 80)
        for kind in kinds:
            add_milestone(sql, supplier_id, kind)
    words = words_of(open_milestones(analyst))
    assert 'href="/milestones?type=first_client&amp;days=30" target="_self"' in words
    assert 'aria-label="First client: 1 supplier"' in words
    page = open_milestones(analyst, type="first_client")
    assert "First client: 1 supplier in the last 30 days." in plain(page)
    assert [row[0] for row in rows_of(page)] == ["Rowan & Fox"]
    assert page.selectbox(key="milestone-type").value == "first_client"


def test_choosing_a_type_or_a_time_puts_it_into_the_address(
    analyst: str, open_milestones: Callable[..., AppTest], sql: Any
) -> None:
    supplier_id = add_scored_supplier(sql, "Rowan & Fox", 80)
    add_milestone(sql, supplier_id, "first_client", hours_ago=40 * 24)
    add_milestone(sql, supplier_id, "one_year")
    page = open_milestones(analyst, page="2")
    assert [row[1] for row in rows_of(page)] == ["One year with WedSync"]
    page.selectbox(key="milestone-type").set_value("first_client").run()
    assert flat(page) == {"type": "first_client"}
    assert "Nobody reached this in that time." in plain(page)
    page.button_group(key="milestone-days").set_value(90).run()
    assert flat(page) == {"type": "first_client", "days": "90"}
    assert [row[1] for row in rows_of(page)] == ["First client"]
    page.selectbox(key="milestone-type").set_value("all").run()
    assert flat(page) == {"days": "90"}
    assert len(rows_of(page)) == 2


@pytest.mark.parametrize(
    "query",
    [
        *(
            {"type": "dreadful"},
            {"days": "31"},
            {"days": "-7"},
            {"page": "0"},
            {"page": "99999999"},
        ),
        *({"page": "²"}, {"days": "<b>", "type": "<b>", "page": "<b>"}),
    ],
)
def test_bad_values_in_the_address_are_dropped(
    analyst: str, open_milestones: Callable[..., AppTest], sql: Any, query: dict[str, str]
) -> None:
    add_milestone(sql, add_scored_supplier(sql, "Rowan & Fox", 80), "one_year")
    assert len(rows_of(open_milestones(analyst, **query))) == 1


def test_many_milestones_come_page_by_page_the_newest_first(
    analyst: str, open_milestones: Callable[..., AppTest], sql: Any
) -> None:
    for number in range(PAGE_SIZE + 2):
        supplier_id = add_scored_supplier(sql, f"Supplier {number:03}", 80)
        add_milestone(sql, supplier_id, "one_year", hours_ago=number + 0.5)
    page = open_milestones(analyst)
    assert [row[0] for row in rows_of(page)] == [f"Supplier {n:03}" for n in range(PAGE_SIZE)]
    assert "1 to 50 of 52" in plain(page)
    page = open_milestones(analyst, page="2")
    assert [row[0] for row in rows_of(page)] == ["Supplier 050", "Supplier 051"]
    page = open_milestones(analyst, page="7")  # gone since
    assert [row[0] for row in rows_of(page)] == ["Supplier 050", "Supplier 051"]


@pytest.mark.parametrize("name", ["<script>alert(1)</script>", '"><img src=x>', "Bodas 🎉"])
def test_awkward_names_are_plain_text(
    analyst: str, open_milestones: Callable[..., AppTest], sql: Any, name: str
) -> None:
    add_milestone(sql, add_scored_supplier(sql, name, 80), "<b>new</b>")
    page = open_milestones(analyst)
    assert unescape(name).split()[0] in unescape(words_of(page))
    for tag in ("<script>", "<img", "<b>new"):
        assert tag not in words_of(page)


@pytest.mark.parametrize("function", ["count_milestones(timestamptz)"])
def test_a_failed_fetch_says_what_happened_and_what_to_try(
    analyst: str, open_milestones: Callable[..., AppTest], sql: Any, function: str
) -> None:
    add_milestone(sql, add_scored_supplier(sql, "Rowan & Fox", 80), "one_year")
    sql.execute(f"revoke execute on function public.{function} from authenticated")
    try:
        page = open_milestones(analyst)
    finally:
        sql.execute(f"grant execute on function public.{function} to authenticated")
    assert "The milestones could not be loaded." in words_of(page)
    page.button[0].click().run()
    assert len(rows_of(page)) == 1


def test_without_supabase_the_screen_says_so(
    analyst: str, open_milestones: Callable[..., AppTest], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SUPABASE_URL", "http://127.0.0.1:9")
    clients.forget_clients()
    assert "could not be loaded" in words_of(open_milestones(analyst))


def test_signed_out_nothing_is_shown_but_the_way_to_sign_in(
    open_milestones: Callable[..., AppTest], sql: Any
) -> None:
    add_milestone(sql, add_scored_supplier(sql, "Rowan & Fox", 80), "one_year")
    page = open_milestones(None, type="one_year")
    assert "Your session has ended" in words_of(page)
    assert "Rowan" not in words_of(page)
