"""The benchmark on tiny worlds: its rivals must do the job's very work, whatever their speed."""

import datetime as dt

import pytest

from benchmarks.measure import Figures, measure_world
from benchmarks.report import write_report
from benchmarks.worlds import WORLDS

SUPPLIERS = 40


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
    report = write_report([figures], "a test")
    assert "all of them" in report
    assert report.count("job, ") == 3
    assert figures.outreach.first.totals["milestones"] > 0
    assert figures.outreach.without.totals["interventions"] == 0
    assert "with contacts" in report
