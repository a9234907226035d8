"""Small pieces of HTML for `st.html`: links in the same tab, levels, changes, times.

Plain text that they are given is escaped, `Markup` is not. Files of Jinja may call them, too.
"""

from collections.abc import Container, Iterable, Mapping, Sequence
from datetime import datetime
from functools import cache
from urllib.parse import quote_plus, urlencode

from markupsafe import Markup

from cs_app.server.html import ENVIRONMENT
from cs_app.server.html import render as render  # for all screens
from cs_app.ui.formats import ago, change, exact_time, money, whole_number
from cs_app.ui.levels import BY_KEY, NOT_SCORED
from cs_core.base.html import fill, together

RIGHT = Markup(' class="cs-right"')
Query = Mapping[str, str | int | Sequence[str]]


def address(path: str, query: Query | None = None) -> str:
    """Give an address inside the dashboard: `/suppliers?risk=critical`."""
    return f"{path}?{urlencode(query, doseq=True)}" if query else path


def supplier_address(supplier_id: str) -> str:
    """Give the address of a supplier's own page."""
    return f"/supplier?id={quote_plus(supplier_id)}"


def link(words: str, where: str, *, label: str | None = None, css: str = "") -> Markup:
    """Write a link in the same tab.

    `label`: what a screen reader says instead of a bare number. `css`: class names of our own.
    """
    named = fill(' aria-label="{}"', label) if label else ""
    classes = f"cs-link {css}".strip()
    return fill('<a class="{}" href="{}" target="_self"{}>{}</a>', classes, where, named, words)


def button_link(words: str, where: str) -> Markup:
    """Write a link in the same tab that looks like a button."""
    return fill('<a class="cs-button" href="{}" target="_self">{}</a>', where, words)


def supplier_link(name: str, supplier_id: str) -> Markup:
    """Write a supplier's name, leading to its page."""
    return link(name, supplier_address(supplier_id), css="cs-name")


def download_link(words: str, where: str) -> Markup:
    """Write a quiet link that downloads a file."""
    return fill('<a class="cs-link cs-more" href="{}" download>{}</a>', where, words)


def phone_link(number: str | None) -> Markup:
    """Write a phone number that a click dials."""
    if not number:
        return quiet("no phone number")
    return link(number, f"tel:{''.join(c for c in number if c.isdigit() or c == '+')}")


def quiet(words: str) -> Markup:
    """Write words that step back."""
    return fill('<span class="cs-quiet">{}</span>', words)


@cache  # a page has hundreds of them
def level_mark(key: str | None, *, with_word: bool = True) -> Markup:
    """Write a risk level with its sign, its colour and its word (for screen readers at least)."""
    level = BY_KEY.get(key or "")
    if level is None:
        return quiet(NOT_SCORED)
    word = level.word if with_word else fill('<span class="cs-unseen">{}</span>', level.word)
    hint = "" if with_word else fill(' title="{}"', level.word)
    pattern = '<span class="cs-level cs-{}"{}><b>{}</b> {}</span>'
    return fill(pattern, level.key, hint, level.sign, word)


def change_mark(difference: float | None, words: str | None = None, good: int = 0) -> Markup:
    """Write a change, coloured where it is good or bad news.

    `words`: how it is written; "▲ 6" without. `good` (1, 0, -1): whether more is good news, no
    news or bad news.
    """
    shown = change(difference) if words is None else words
    direction = 0 if not difference else (1 if difference > 0 else -1)
    tone = {1: "cs-better", -1: "cs-worse", 0: "cs-quiet"}[direction * good]
    return fill('<span class="{} cs-number">{}</span>', tone, shown)


def when(
    moment: datetime | None, now: datetime, zone: str | None, words: str | None = None
) -> Markup:
    """Write a time in words with the exact time on hover."""
    said = ago(moment, now) if words is None else words
    if moment is None:
        return fill("{}", said)
    exact = exact_time(moment, zone)
    return fill('<time datetime="{}" title="{}">{}</time>', moment.isoformat(), exact, said)


@cache
def _places(number: int) -> list[str]:
    """Give where so many points stand side by side."""
    return [f"{100 * n / (number - 1):.1f}%" for n in range(number)]


def spark(values: Sequence[float], label: str, css: str = "") -> Markup:
    """Draw a small line through values, the oldest first; nothing for fewer than two.

    `label`: what a screen reader says: "Critical, last 30 days: from 38 to 53". `css`: class names
    of our own, for its colour.
    """
    if len(values) < 2:
        return fill('<span class="cs-spark {}"></span>', css)
    low, high = min(values), max(values)
    span = (high - low) or 1.0
    # From the lower edge, with room for the line itself.
    heights = [
        f"{90 - 80 * (value - low) / span:.1f}%" if high > low else "50%" for value in values
    ]
    points = list(zip(_places(len(values)), heights, strict=True))
    area = [f"{x} {y}" for x, y in points]
    line = [*area, *[f"{x} calc({y} + 1.75px)" for x, y in reversed(points)]]
    return fill(
        '<span class="cs-spark {}" role="img" aria-label="{}">'
        '<i style="clip-path:polygon({})"></i><b style="clip-path:polygon({})"></b></span>',
        css,
        label,
        ",".join([*area, "100% 100%", "0% 100%"]),
        ",".join(line),
    )


def bar(share: float, css: str = "") -> Markup:
    """Draw a horizontal bar that fills a share (0 to 1) of its place."""
    width = max(0.0, min(1.0, share)) * 100
    return fill('<span class="cs-bar {}"><i style="width:{}%"></i></span>', css, f"{width:.1f}")


def heading(words: str, beside: str = "", right: str = "") -> Markup:
    """Write the heading of a part of a screen, with quiet words beside it."""
    about = quiet(beside) if beside else ""
    return fill('<h2 class="cs-head">{} {}{}</h2>', words, about, right)


def table(
    css: str, heads: Iterable[str], rows: Iterable[Markup], right: Container[str] = ()
) -> Markup:
    """Put rows into a table; `right` are the heads of columns of figures."""
    cells = together(
        fill('<th scope="col"{}>{}</th>', RIGHT if head in right else "", head) for head in heads
    )
    pattern = '<table class="{}"><thead><tr>{}</tr></thead><tbody>{}</tbody></table>'
    return fill(pattern, css, cells, together(rows))


def answer(words: str) -> Markup:
    """Write the first line of a part of a screen, which says what is the case."""
    return fill('<h2 class="cs-answer">{}</h2>', words)


def why(words: str) -> Markup:
    """Write a paragraph that explains."""
    return fill('<p class="cs-why">{}</p>', words)


def nothing(words: str) -> Markup:
    """Say that a part of a screen is empty, and why."""
    return fill('<p class="cs-none">{}</p>', words)


def panel(*parts: Markup, anchor: str = "") -> Markup:
    """Put HTML together as one part of a screen."""
    named = fill(' id="{}"', anchor) if anchor else ""
    return fill('<section class="cs-panel"{}>{}</section>', named, together(parts))


# What files may use besides what they are given.
ENVIRONMENT.globals |= {
    piece.__name__: piece
    for piece in (change_mark, level_mark, money, quiet, supplier_link, when, whole_number)
}
