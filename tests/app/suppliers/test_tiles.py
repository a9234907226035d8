"""The risk grid: grouped by level, shaded by score, said in words."""

import re
from collections.abc import Callable
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from cs_app.suppliers.tiles import DARKEST, LIGHTEST, MOST_TILES, shade_of
from tests.app.suppliers.list_page import markup_of, names_of, tiles_of
from tests.support.dashboard import words_of
from tests.support.health_rows import add_scored_supplier

Open = Callable[..., AppTest]


def test_tiles_are_grouped_by_level_worst_first(
    cookie: str, open_page: Open, sql: Any, add_supplier: Callable[..., str]
) -> None:
    add_supplier(business_name="New")
    ids = {
        name: add_scored_supplier(sql, name, score, login_recency_points=0)
        for name, score in (("Good", 90), ("Worst", 3), ("Middling", 55))
    }
    page = open_page(cookie, view="tiles")
    assert not page.exception
    assert not names_of(page)
    assert tiles_of(page) == [
        "Worst, Critical, score 3, Never logged in",
        "Middling, At risk, score 55, Never logged in",
        "Good, Healthy, score 90, Never logged in",
        "New, Not scored yet, no score",
    ]
    markup = markup_of(page)
    assert re.findall(r'<h2 class="sup-level">(.*?)</h2>', markup) == [
        *("✕ Critical · 1", "! At risk · 1", "✓ Healthy · 1", "– Not scored yet · 1")
    ]
    assert f'href="/supplier?id={ids["Worst"]}" target="_self"' in markup
    assert 'title="Worst\nCritical, score 3\nNever logged in"' in markup
    assert 'aria-label="Suppliers as tiles, by risk level"' in markup


def test_the_filter_of_the_table_is_the_filter_of_the_tiles(
    cookie: str, open_page: Open, sql: Any
) -> None:
    for name, score in (("Good", 90), ("Worst", 3)):
        add_scored_supplier(sql, name, score)
    page = open_page(cookie, view="tiles", risk="healthy")
    assert len(tiles_of(page)) == 1
    page.button_group(key="view").set_value("table").run()
    assert dict(page.query_params) in ({"risk": "healthy"}, {"risk": ["healthy"]})
    assert names_of(page) == ["Good"]


def test_more_than_fit_are_told(cookie: str, open_page: Open, sql: Any) -> None:
    sql.execute(
        "insert into suppliers (id, business_name, signed_up_at, tier)"
        " select gen_random_uuid(), 'S ' || n, '2026-01-01', 'starter'"
        " from generate_series(1, %s) n",
        [MOST_TILES + 1],
    )
    page = open_page(cookie, view="tiles")
    assert len(tiles_of(page)) == MOST_TILES
    assert "500 of 501" in markup_of(page)
    assert "Tiles show 500 suppliers at most" in words_of(page)


@pytest.mark.parametrize(
    ("level", "worst", "best"),
    [("critical", 0, 39), ("at_risk", 40, 69), ("healthy", 70, 100)],
)
def test_within_a_level_the_worse_is_the_darker(level: str, worst: int, best: int) -> None:
    shades = [shade_of(score, level) for score in range(worst, best + 1)]
    assert shades == sorted(shades, reverse=True)
    assert (shades[0], shades[-1]) == (DARKEST, LIGHTEST)


def test_a_score_outside_of_the_usual_bounds_is_clipped() -> None:
    assert shade_of(80, "critical") == LIGHTEST
    assert shade_of(10, "healthy") == DARKEST
    assert shade_of(None, None) == LIGHTEST
