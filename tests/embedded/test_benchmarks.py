"""The benchmarks on tiny worlds: they measure what they say, whatever its speed."""

import datetime as dt
import pickle
import subprocess
import sys
from pathlib import Path

import pytest

from benchmarks.measure import Figures, measure_world
from benchmarks.page_browser import Seen
from benchmarks.page_reads import list_pages
from benchmarks.page_report import find_page_aims, write_page_report
from benchmarks.pages import PageFigures, PagesFigures
from benchmarks.report import write_report
from benchmarks.worlds import WORLDS

pytestmark = pytest.mark.slow

SUPPLIERS = 40
ROOT = Path(__file__).resolve().parents[2]


def measure(name: str, scale: float) -> Figures:
    today = dt.datetime.now(dt.UTC).date() - dt.timedelta(days=3)
    return measure_world(WORLDS[name].scaled(scale), today, SUPPLIERS, say=lambda text: None)


@pytest.mark.parametrize(("name", "scale"), [("sparse", 0.0004), ("dense", 0.004)])
def test_loop_and_statement_give_the_rows_of_the_job_for_every_supplier(
    name: str, scale: float
) -> None:
    figures = measure(name, scale)
    assert figures.differences == []
    assert figures.loop_sample == SUPPLIERS
    assert figures.first.summary["suppliers_scored"] == SUPPLIERS
    assert figures.nightly.summary["suppliers_scored"] == SUPPLIERS
    assert 0 < figures.nightly.summary["events_rolled_up"] < figures.events
    assert 0 < figures.changed.summary["suppliers_scored"] < SUPPLIERS
    report = write_report([figures])
    assert "all of them" in report
    assert report.count("job, ") == 3
    assert figures.outreach.first.totals["milestones"] > 0
    assert figures.outreach.without.totals["interventions"] == 0
    assert "with contacts" in report


MEASURE = """
import pickle, sys
from benchmarks.pages import measure_pages
figures = measure_pages((100, 300), reads=1, looks=1, say=lambda text: None)
sys.stdout.buffer.write(pickle.dumps(figures))
"""


def measure_pages_apart() -> PagesFigures:
    """In a process of its own: one process cannot run the browser of two tests at once."""
    command = [sys.executable, "-c", MEASURE]
    done = subprocess.run(command, cwd=ROOT, stdout=subprocess.PIPE, check=True)
    figures: PagesFigures = pickle.loads(done.stdout)
    return figures


def test_every_screen_is_read_in_both_worlds_and_opened_in_a_browser() -> None:
    figures = measure_pages_apart()
    report = write_page_report(figures)
    assert figures.sizes == (100, 300)
    for page, measured in zip(list_pages(300), figures.pages, strict=True):
        assert f"| {page.name} " in report
        assert set(measured.seconds) == {100, 300}
        assert measured.requests >= 1
        assert (measured.seen is not None) == (page.address is not None)
    assert figures.blank is not None
    # A screen with a table of 50 is more than a blank page; one that says "could not be loaded"
    # would not be.
    table = next(page for page in figures.pages if page.name == "Suppliers, table")
    assert table.seen is not None
    assert table.seen.kilobytes > figures.blank.kilobytes + 20


def test_aims_that_are_not_met_are_said_so() -> None:
    fast = PageFigures("fast", {10: 0.010, 90: 0.015}, 1, Seen(1.2, 9))
    slow = PageFigures("slow", {10: 0.050, 90: 0.150}, 1, Seen(3.0, 9))
    blank = Seen(0.5, 9)
    met = list(find_page_aims(PagesFigures((10, 90), [fast], blank)))
    assert [aim.count(": met") for aim in met] == [1, 1, 1]
    missed = list(find_page_aims(PagesFigures((10, 90), [fast, slow], blank)))
    assert [aim.split(": ")[1] for aim in missed] == [
        "NOT met, 1 of 2, most 150 ms (slow)",
        "NOT met, 1 of 2, most 3.0 times (slow)",
        "NOT met, 1 of 2, most 6.0 times (slow)",
    ]
