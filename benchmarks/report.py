"""The figures as a table, the aims they meet, and where the time goes."""

from collections.abc import Iterator

from benchmarks.job import Measured
from benchmarks.measure import Figures
from cs_core.io.run.request import RunResult

HEADER = ("what", "seconds", "loop / this", "this / statement", "events", "suppliers", "peak MB")
STEPS = ("roll_up", "measure", "score", "save")
Cells = tuple[str, ...]


def write_report(all_figures: list[Figures]) -> str:
    """Return the report on the job as Markdown that also reads well as plain text.

    `all_figures`: one a world.
    """
    parts: list[str] = []
    for figures in all_figures:
        parts += [*_world(figures), ""]
    parts += [
        "The job: seconds inside the process, then of the whole process with the start of Python",
        "and its libraries. The loop is timed on a sample and multiplied. The statement reads the",
        "raw events and writes the same rows but for recommendations and transitions, which the",
        "job writes too. Ratios are of seconds inside the process.",
    ]
    return "\n".join(parts) + "\n"


def _world(figures: Figures) -> Iterator[str]:
    world = figures.world
    yield (
        f"## {world.name}: {world.suppliers:,} suppliers, "
        f"{figures.events:,} events in 90 days ({figures.events / world.suppliers:,.0f} each)"
    )
    yield ""
    yield from table(HEADER, list(_rows(figures)))
    yield ""
    yield from table(("seconds per step", *STEPS, "total"), list(_steps(figures)))
    yield "(measure, score and save run side by side, so that they add up to more than the total)"
    yield ""
    yield from table(
        ("contacts decided", *STEPS, "total", "planned", "suppressed", "milestones"),
        list(_outreach(figures)),
    )
    share = _total(figures.outreach.nightly) / _total(figures.outreach.without)
    yield f"(a nightly run with contacts takes {share:.2f} times one without; nothing is sent here)"
    yield ""
    yield from (f"- {aim}" for aim in find_aims(figures))
    yield f"- rows of loop and statement equal to the job's: {_agreement(figures)}"


def _rows(figures: Figures) -> Iterator[Cells]:
    for name, run in _runs(figures):
        counts = run.summary
        yield (
            f"job, {name}",
            f"{run.seconds:.2f} ({run.wall_seconds:.2f})",
            f"{figures.loop / run.seconds:,.0f}",
            f"{run.seconds / figures.statement:.2f}",
            f"{counts['events_rolled_up']:,}",
            f"{counts['suppliers_scored']:,}",
            f"{run.peak_mb:.0f}",
        )
    yield (
        f"loop, from {figures.loop_sample} suppliers",
        f"{figures.loop:,.0f}",
        "1",
        f"{figures.loop / figures.statement:.0f}",
        "",
        f"{figures.world.suppliers:,}",
        "",
    )
    yield (
        f"statement, median of {len(figures.statement_seconds)}",
        f"{figures.statement:.2f}",
        f"{figures.loop / figures.statement:,.0f}",
        "1",
        "",
        f"{figures.world.suppliers:,}",
        "",
    )


def _steps(figures: Figures) -> Iterator[Cells]:
    for name, run in _runs(figures):
        seconds = run.summary["seconds"]
        yield (name, *(f"{seconds[step]:.2f}" for step in (*STEPS, "total")))


def _outreach(figures: Figures) -> Iterator[Cells]:
    done = figures.outreach
    for name, run in (
        ("first ever", done.first),
        ("next day, without", done.without),
        ("next day, with contacts", done.nightly),
    ):
        counts = (f"{run.totals[key]:,}" for key in ("interventions", "suppressed", "milestones"))
        yield (name, *(f"{run.seconds[step]:.2f}" for step in (*STEPS, "total")), *counts)


def _total(run: RunResult) -> float:
    return run.seconds["total"]


def _runs(figures: Figures) -> tuple[tuple[str, Measured], ...]:
    return (
        ("first run", figures.first),
        ("nightly", figures.nightly),
        ("changed only", figures.changed),
    )


def find_aims(figures: Figures) -> Iterator[str]:
    """Hold the figures against the aims of the speed requirement."""
    nightly, changed = figures.nightly, figures.changed
    most = 1.0 if figures.world.name == "dense" else 1.5
    to_loop = figures.loop / nightly.seconds
    to_statement = nightly.seconds / figures.statement
    share = changed.seconds / nightly.seconds
    wall_share = changed.wall_seconds / nightly.wall_seconds
    peak = max(run.peak_mb for _, run in _runs(figures))
    yield f"nightly at least 500 times faster than the loop: {met(to_loop >= 500)}, {to_loop:,.0f}"
    yield (
        f"nightly at most {most:g} times the statement: {met(to_statement <= most)}, "
        f"{to_statement:.2f}"
    )
    yield (
        f"changed only at most 5% of a nightly run: {met(share <= 0.05)}, {share:.1%} "
        f"(whole processes {wall_share:.1%})"
    )
    yield f"peak memory of the job at most 400 MB: {met(peak <= 400)}, {peak:.0f} MB"


def table(header: Cells, rows: list[Cells]) -> Iterator[str]:
    """Yield the lines of a Markdown table whose columns line up, numbers to the right."""
    widths = [max(map(len, column)) for column in zip(header, *rows, strict=True)]

    def line(cells: Cells) -> str:
        first, *others = zip(cells, widths, strict=True)
        aligned = [first[0].ljust(first[1]), *(cell.rjust(width) for cell, width in others)]
        return "| " + " | ".join(aligned) + " |"

    yield line(header)
    yield "| " + " | ".join(["-" * widths[0], *("-" * (w - 1) + ":" for w in widths[1:])]) + " |"
    yield from map(line, rows)


def met(is_met: bool) -> str:
    """Say whether an aim is met."""
    return "met" if is_met else "NOT met"


def _agreement(figures: Figures) -> str:
    if not figures.differences:
        return "all of them"
    shown = "; ".join(figures.differences[:3])
    return f"NO, {len(figures.differences)} differences: {shown}"
