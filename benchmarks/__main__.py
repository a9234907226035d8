"""`python -m benchmarks`: measure the daily job and print the table."""

import argparse
import datetime as dt
import os
import platform
import sys
from pathlib import Path

from benchmarks.measure import SAMPLE, measure_world
from benchmarks.report import write_report
from benchmarks.worlds import WORLDS

RESULTS = Path(__file__).parent / "RESULTS.md"


def main(arguments: list[str] | None = None) -> int:
    """Measure and print; return 1 if rows differ, whatever the speed."""
    options = _parser().parse_args(arguments)
    names = list(WORLDS) if options.world == "all" else [options.world]
    today = dt.datetime.now(dt.UTC).date() - dt.timedelta(days=3)
    load_before = os.getloadavg()[0]
    all_figures = [
        measure_world(WORLDS[name].scaled(options.scale), today, options.sample, _say)
        for name in names
    ]
    machine = (
        f"{os.cpu_count()} cores ({platform.machine()}), Python {platform.python_version()}; "
        f"{load_before:.1f} other processes busy at the start"
    )
    report = write_report(all_figures, machine)
    print(report)
    if options.out:
        RESULTS.write_text(f"# How fast the daily job is\n\n{report}", encoding="utf-8")
    return 1 if any(figures.differences for figures in all_figures) else 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks",
        description="Compare the daily job with a supplier-by-supplier loop and one SQL statement.",
    )
    parser.add_argument("--world", choices=[*WORLDS, "all"], default="all")
    parser.add_argument(
        "--scale", type=_scale, default=1.0, help="share of the suppliers; 0.01 for a quick look"
    )
    parser.add_argument(
        "--sample", type=int, default=SAMPLE, help="suppliers the loop is timed on (200)"
    )
    parser.add_argument("--out", action="store_true", help=f"write {RESULTS.name} too")
    return parser


def _scale(text: str) -> float:
    scale = float(text)
    if not 0 < scale <= 10:
        raise argparse.ArgumentTypeError("must be above 0, at most 10")
    return scale


def _say(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


if __name__ == "__main__":
    sys.exit(main())
