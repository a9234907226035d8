"""The figures of the screens as a table, and the aims they meet."""

from collections.abc import Iterator

from benchmarks.pages import PageFigures, PagesFigures
from benchmarks.report import Cells, met, table

MOST_MS = 100
MOST_GROWTH = 2.0
MOST_BLANKS = 2.5


def write_page_report(figures: PagesFigures) -> str:
    """Return the report on the screens as Markdown that also reads well as plain text."""
    few, many = (f"{size:,}" for size in (min(figures.sizes), max(figures.sizes)))
    header = ("screen", f"ms at {few}", f"ms at {many}", "ratio", "requests", "kB", "browser ms")
    parts = [
        f"## the screens: {few} and {many} suppliers with 90 scored days",
        "",
        *table((*header, "/ blank"), list(_rows(figures))),
        "",
        *(f"- {aim}" for aim in find_page_aims(figures)),
        "",
        "Server part: from the call of the functions that a screen reads with, over the API, to",
        "all its data; median. Browser, at the larger size: from the address to the last change of",
        "the page, and what was received for it, with the cache of an earlier visit; a blank page",
        "of Streamlit is opened the same way.",
    ]
    return "\n".join(parts) + "\n"


def find_page_aims(figures: PagesFigures) -> Iterator[str]:
    """Hold the figures against the aims of the dashboard."""
    pages, largest = figures.pages, max(figures.sizes)
    slow = [one for one in pages if _ms(one, largest) > MOST_MS]
    worst = max(pages, key=lambda one: _ms(one, largest))
    most_ms = f"most {_ms(worst, largest):.0f} ms ({worst.name})"
    yield (
        f"server part of each screen at most {MOST_MS} ms: {met(not slow)}, "
        f"{len(pages) - len(slow)} of {len(pages)}, {most_ms}"
    )
    growing = [one for one in pages if one.growth > MOST_GROWTH]
    most = max(pages, key=lambda one: one.growth)
    yield (
        f"at most {MOST_GROWTH:g} times the smaller world: {met(not growing)}, "
        f"{len(pages) - len(growing)} of {len(pages)}, most {most.growth:.1f} times ({most.name})"
    )
    blank = figures.blank
    if blank is None:
        return
    seen = [(one, one.seen.seconds / blank.seconds) for one in pages if one.seen is not None]
    late = [one for one, blanks in seen if blanks > MOST_BLANKS]
    last, blanks = max(seen, key=lambda pair: pair[1])
    yield (
        f"in the browser at most {MOST_BLANKS:g} times a blank page: {met(not late)}, "
        f"{len(seen) - len(late)} of {len(seen)}, most {blanks:.1f} times ({last.name})"
    )


def _rows(figures: PagesFigures) -> Iterator[Cells]:
    for one in figures.pages:
        yield (
            one.name,
            *(f"{_ms(one, size):.0f}" for size in (min(figures.sizes), max(figures.sizes))),
            f"{one.growth:.1f}",
            str(one.requests),
            *_browser_cells(one, figures),
        )
    if figures.blank is not None:
        blank = figures.blank
        kilobytes, milliseconds = f"{blank.kilobytes:.0f}", f"{blank.seconds * 1000:.0f}"
        yield ("a blank page", "", "", "", "", kilobytes, milliseconds, "1.0")


def _browser_cells(one: PageFigures, figures: PagesFigures) -> Cells:
    if one.seen is None or figures.blank is None:
        return "", "", ""
    seen = one.seen
    blanks = seen.seconds / figures.blank.seconds
    return f"{seen.kilobytes:.0f}", f"{seen.seconds * 1000:.0f}", f"{blanks:.1f}"


def _ms(one: PageFigures, size: int) -> float:
    return one.seconds[size] * 1000
