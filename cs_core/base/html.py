"""HTML as a type of its own: whatever is put into it is escaped, unless it is HTML already.

`Markup.format` and `Markup.join` do the same; they take eight times as long, and a page has
thousands of pieces.
"""

from collections.abc import Iterable
from html import escape

from markupsafe import Markup


def fill(pattern: str, *values: object) -> Markup:
    """Put values into a pattern of HTML: `fill('<b title="{}">{}</b>', hint, words)`."""
    return Markup(pattern.format(*_safe(values)))  # noqa: S704


def each(pattern: str, values: Iterable[object]) -> Markup:
    """Put each of some values into a pattern of HTML, one after the other."""
    return together(fill(pattern, value) for value in values)


def together(parts: Iterable[object], between: str = "") -> Markup:
    """Put parts one after the other."""
    (gap,) = _safe([between])
    # That of `str`: a gap that is HTML would escape the parts once more.
    return Markup(str.join(gap, _safe(parts)))  # noqa: S704


def _safe(values: Iterable[object]) -> list[str]:
    return [one if type(one) is Markup else escape(str(one)) for one in values]
