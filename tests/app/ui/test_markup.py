"""Small pieces of HTML: what comes from the database stays text, links stay in the tab."""

import ast
import re
import tomllib
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import jinja2
import pytest

from cs_app.server.html import ENVIRONMENT, render
from cs_app.server.pages import notice, page
from cs_app.ui.frame import SCREENS
from cs_app.ui.markup import (
    address,
    bar,
    change_mark,
    heading,
    level_mark,
    link,
    nothing,
    quiet,
    spark,
    supplier_link,
    when,
)
from tests.conftest import ROOT

EVIL = '"><script>alert(1)</script>'
NOW = datetime(2026, 11, 22, 15, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    "html",
    [
        *(link(EVIL, EVIL, label=EVIL), supplier_link(EVIL, EVIL), quiet(EVIL), level_mark(EVIL)),
        *(change_mark(1, EVIL), when(NOW, NOW, EVIL, EVIL), spark([1, 2], EVIL)),
        *(heading(EVIL, EVIL), nothing(EVIL)),
    ],
)
def test_nothing_gets_out_of_its_place(html: str) -> None:
    assert "<script" not in html
    assert '"><s' not in html.replace('"><span', "")


def test_links_open_in_the_same_tab() -> None:
    html = supplier_link("Rowan & Fox", "a b")
    assert html == (
        '<a class="cs-link cs-name" href="/supplier?id=a+b" target="_self">Rowan &amp; Fox</a>'
    )


def test_an_address_repeats_what_has_several_values() -> None:
    assert address("/suppliers") == "/suppliers"
    assert address("/suppliers", {"risk": ["critical", "at_risk"], "page": 2}) == (
        "/suppliers?risk=critical&risk=at_risk&page=2"
    )


def test_a_level_is_never_told_by_colour_alone() -> None:
    assert "✕" in level_mark("critical")
    assert "Critical" in level_mark("critical")
    hidden = level_mark("critical", with_word=False)
    assert '<span class="cs-unseen">Critical</span>' in hidden
    assert 'title="Critical"' in hidden
    assert "Not scored yet" in level_mark(None)


@pytest.mark.parametrize(
    ("difference", "good", "tone"),
    [
        *((3, 1, "cs-better"), (-3, 1, "cs-worse"), (3, -1, "cs-worse"), (-3, -1, "cs-better")),
        *((3, 0, "cs-quiet"), (0, 1, "cs-quiet"), (None, 1, "cs-quiet")),
    ],
)
def test_a_change_is_coloured_where_it_is_good_or_bad_news(
    difference: float | None, good: int, tone: str
) -> None:
    assert tone in change_mark(difference, good=good)


def test_a_time_has_its_exact_moment_on_hover() -> None:
    assert when(NOW - timedelta(hours=2), NOW, "Europe/Berlin") == (
        '<time datetime="2026-11-22T13:00:00+00:00" title="22 Nov 2026, 14:00 CET">'
        "2 hours ago</time>"
    )
    assert when(None, NOW, None) == "never"


def test_a_small_line_runs_from_edge_to_edge_and_says_what_it_shows() -> None:
    html = spark([1, 3, 2], "Critical, last 3 days")
    assert 'role="img" aria-label="Critical, last 3 days"' in html
    assert "polygon(0.0% 90.0%,50.0% 10.0%,100.0% 50.0%" in html
    assert "50%" in spark([4, 4], "flat")  # in the middle
    for values in ([], [1]):
        assert "polygon" not in spark(values, "none")


def test_a_bar_stays_in_its_place() -> None:
    assert "width:0.0%" in bar(-1)
    assert "width:100.0%" in bar(7)


@pytest.mark.parametrize(
    ("name", "setting"),
    [
        *(("critical", "redTextColor"), ("at-risk", "yellowTextColor")),
        *(("healthy", "greenTextColor"), ("accent", "linkColor"), ("line", "borderColor")),
        *(("surface", "secondaryBackgroundColor"), ("at-risk-fill", "yellowColor")),
    ],
)
def test_our_own_styles_have_the_colours_of_the_theme(name: str, setting: str) -> None:
    theme = tomllib.loads((ROOT / ".streamlit" / "config.toml").read_text())["theme"]
    style = (SCREENS / "ui" / "style.css").read_text()
    found = re.search(rf"--cs-{name}: light-dark\((#\w+), (#\w+)\)", style)
    assert found
    assert found.groups() == (theme["light"][setting], theme["dark"][setting])


def test_styles_of_the_dashboard_stand_in_files_of_their_own() -> None:
    # What a mail or a page without Streamlit looks like goes with its words.
    alone = {"ui/mail_frame.py", "server/pages.py"}
    files = {file: str(file.relative_to(SCREENS)) for file in SCREENS.rglob("*.py")}
    modules = {name for file, name in files.items() if "<style>" in file.read_text()}
    assert modules <= alone
    shown = "".join(file.read_text() for file in (ROOT / "pages").glob("*.py"))
    for file in SCREENS.rglob("*.css"):
        screen = file.parent.name
        assert screen == "ui" or f'show_style("{screen}")' in shown


def _by_hand(file: Path) -> Iterator[int]:
    """The lines of a module that escape by hand, or put HTML together without escaping."""
    for node in ast.walk(ast.parse(file.read_text())):
        if isinstance(node, ast.ImportFrom):
            if node.module == "html":
                yield node.lineno
        elif isinstance(node, ast.Import):
            if any(name.name == "html" for name in node.names):
                yield node.lineno
        elif isinstance(node, ast.JoinedStr) and any(
            isinstance(part, ast.Constant)
            and re.search(r"</?[a-z][a-z0-9]*[\s>/]", str(part.value))
            for part in node.values
        ):
            yield node.lineno


def test_html_is_never_escaped_or_put_together_by_hand() -> None:
    alone = {"web/streamlit_shell.py"}  # Streamlit's own page with a script of ours
    found = [
        f"{name}:{line}"
        for file in sorted(SCREENS.rglob("*.py"))
        if (name := str(file.relative_to(SCREENS))) not in alone
        for line in _by_hand(file)
    ]
    assert found == []


def test_a_file_escapes_what_it_is_given_and_misses_what_it_is_not() -> None:
    html = render("web/unsubscribe.html", address=EVIL, product=EVIL, problem=EVIL, wrong="")
    assert "<script" not in html
    assert "&lt;script&gt;" in html
    with pytest.raises(jinja2.UndefinedError, match="address"):
        page("web/unsubscribe.html")
    body = bytes(notice(EVIL, EVIL, 404, (EVIL, EVIL)).body).decode()
    assert "<script" not in body
    assert body.count("&lt;script&gt;") == 5  # title, heading, text, words and address of the link


def test_every_file_can_be_read() -> None:
    files = [str(file.relative_to(SCREENS)) for file in SCREENS.rglob("*.html")]
    assert len(files) > 10
    for file in files:
        ENVIRONMENT.get_template(file)
