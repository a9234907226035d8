"""Small pieces of HTML for `st.html`: links in the same tab, levels, changes, times.

Everything that comes from the database is escaped here. Whatever takes words takes plain text,
unless its name ends in `_html`.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from html import escape
from urllib.parse import urlencode

from cs_app.ui.formats import ago, change, exact_time
from cs_app.ui.levels import BY_KEY, NOT_SCORED

Query = Mapping[str, str | int | Sequence[str]]


def address(path: str, query: Query | None = None) -> str:
    """Give an address inside the dashboard: `/suppliers?risk=critical`."""
    return f"{path}?{urlencode(query, doseq=True)}" if query else path


def supplier_address(supplier_id: str) -> str:
    """Give the address of a supplier's own page."""
    return address("/supplier", {"id": supplier_id})


def link(words: str, where: str, *, label: str | None = None, css: str = "") -> str:
    """Write a link in the same tab.

    Parameters
    ----------
    words, where : str
    label : str, optional
        What a screen reader says instead of a bare number.
    css : str
        Class names of our own.
    """
    return link_html(escape(words), where, label=label, css=css)


def link_html(inner_html: str, where: str, *, label: str | None = None, css: str = "") -> str:
    """Write a link around HTML."""
    named = f' aria-label="{escape(label)}"' if label else ""
    classes = f"cs-link {css}".strip()
    return f'<a class="{classes}" href="{escape(where)}" target="_self"{named}>{inner_html}</a>'


def supplier_link(name: str, supplier_id: str) -> str:
    """Write a supplier's name, leading to its page."""
    return link(name, supplier_address(supplier_id), css="cs-name")


def download_link(words: str, where: str) -> str:
    """Write a quiet link that downloads a file."""
    return f'<a class="cs-link cs-more" href="{escape(where)}" download>{escape(words)}</a>'


def phone_link(number: str | None) -> str:
    """Write a phone number that a click dials."""
    if not number:
        return quiet("no phone number")
    return link(number, f"tel:{''.join(c for c in number if c.isdigit() or c == '+')}")


def quiet(words: str) -> str:
    """Write words that step back."""
    return f'<span class="cs-quiet">{escape(words)}</span>'


def level_mark(key: str | None, *, with_word: bool = True) -> str:
    """Write a risk level with its sign, its colour and its word (for screen readers at least)."""
    if key not in BY_KEY:
        return quiet(NOT_SCORED)
    level = BY_KEY[key]
    word = escape(level.word) if with_word else f'<span class="cs-unseen">{level.word}</span>'
    hint = "" if with_word else f' title="{escape(level.word)}"'
    return f'<span class="cs-level cs-{level.key}"{hint}><b>{level.sign}</b> {word}</span>'


def change_mark(difference: float | None, words: str | None = None, good: int = 0) -> str:
    """Write a change, coloured where it is good or bad news.

    Parameters
    ----------
    difference : float, optional
    words : str, optional
        How it is written; "▲ 6" without.
    good : {1, 0, -1}
        Whether more is good news, no news or bad news.
    """
    shown = change(difference) if words is None else words
    direction = 0 if not difference else (1 if difference > 0 else -1)
    tone = {1: "cs-better", -1: "cs-worse", 0: "cs-quiet"}[direction * good]
    return f'<span class="{tone} cs-number">{escape(shown)}</span>'


def when(moment: datetime | None, now: datetime, zone: str | None, words: str | None = None) -> str:
    """Write a time in words with the exact time on hover."""
    said = escape(ago(moment, now) if words is None else words)
    if moment is None:
        return said
    exact = escape(exact_time(moment, zone))
    return f'<time datetime="{moment.isoformat()}" title="{exact}">{said}</time>'


def spark(values: Sequence[float], label: str, css: str = "") -> str:
    """Draw a small line through values, the oldest first; nothing for fewer than two.

    Parameters
    ----------
    values : sequence of float
    label : str
        What a screen reader says: "Critical, last 30 days: from 38 to 53".
    css : str
        Class names of our own, for its colour.
    """
    if len(values) < 2:
        return f'<span class="cs-spark {css}"></span>'
    low, high = min(values), max(values)
    span = (high - low) or 1.0
    step = 100 / (len(values) - 1)
    # From the lower edge, with room for the line itself.
    heights = [90 - 80 * (value - low) / span if high > low else 50 for value in values]
    points = [(round(n * step, 1), round(height, 1)) for n, height in enumerate(heights)]
    area = [f"{x}% {y}%" for x, y in points]
    line = [*area, *(f"{x}% calc({y}% + 1.75px)" for x, y in reversed(points))]
    return (
        f'<span class="cs-spark {css}" role="img" aria-label="{escape(label)}">'
        f'<i style="clip-path:polygon({",".join([*area, "100% 100%", "0% 100%"])})"></i>'
        f'<b style="clip-path:polygon({",".join(line)})"></b></span>'
    )


def bar(share: float, css: str = "") -> str:
    """Draw a horizontal bar that fills a share (0 to 1) of its place."""
    width = max(0.0, min(1.0, share)) * 100
    return f'<span class="cs-bar {css}"><i style="width:{width:.1f}%"></i></span>'


def heading(words: str, beside: str = "", right_html: str = "") -> str:
    """Write the heading of a part of a screen, with quiet words beside it."""
    return f'<h2 class="cs-head">{escape(words)} {quiet(beside) if beside else ""}{right_html}</h2>'


def nothing(words: str) -> str:
    """Say that a part of a screen is empty, and why."""
    return f'<p class="cs-none">{escape(words)}</p>'


def panel(*parts_html: str, anchor: str = "") -> str:
    """Put HTML together as one part of a screen."""
    named = f' id="{escape(anchor)}"' if anchor else ""
    return f'<section class="cs-panel"{named}>{"".join(parts_html)}</section>'
