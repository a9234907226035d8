"""`python -m benchmarks`: measure the daily job and the screens, and print the tables."""

import argparse
import datetime as dt
import os
import platform
import sys
from pathlib import Path

from benchmarks.measure import SAMPLE, measure_world
from benchmarks.page_report import write_page_report
from benchmarks.pages import LOOKS, SIZES, measure_pages
from benchmarks.report import write_report
from benchmarks.worlds import WORLDS

RESULTS = Path(__file__).parent / "RESULTS.md"


def main(arguments: list[str] | None = None) -> int:
    """Measure and print; return 1 if rows differ, whatever the speed."""
    options = _parser().parse_args(arguments)
    load = os.getloadavg()[0]
    parts = [
        f"Measured on {os.cpu_count()} cores ({platform.machine()}), "
        f"Python {platform.python_version()}; {load:.1f} other processes busy at the start.\n"
    ]
    differences = 0
    if options.what in ("all", "job"):
        names = list(WORLDS) if options.world == "all" else [options.world]
        today = dt.datetime.now(dt.UTC).date() - dt.timedelta(days=3)
        all_figures = [
            measure_world(WORLDS[name].scaled(options.scale), today, options.sample, _say)
            for name in names
        ]
        differences = sum(len(figures.differences) for figures in all_figures)
        parts.append(write_report(all_figures))
    if options.what in ("all", "pages"):
        _say(f"{os.getloadavg()[0]:.1f} processes busy")
        sizes = [max(20, round(size * options.scale)) for size in SIZES]
        parts.append(write_page_report(measure_pages(sizes, looks=options.looks, say=_say)))
    report = "\n".join(parts)
    print(report)
    if options.out:
        command = " ".join(["python -m benchmarks", *(arguments or sys.argv[1:])])
        head = f"# How fast it is\n\nMade by `{command}`.\n\n"
        RESULTS.write_text(f"{head}{report}", encoding="utf-8")
    return 1 if differences else 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks",
        description="Compare the daily job with a supplier-by-supplier loop and one SQL statement;"
        " time every screen in a small and in a large world.",
    )
    parser.add_argument("what", nargs="?", choices=["all", "job", "pages"], default="all")
    parser.add_argument("--world", choices=[*WORLDS, "all"], default="all")
    parser.add_argument(
        "--scale", type=_scale, default=1.0, help="share of the suppliers; 0.01 for a quick look"
    )
    parser.add_argument(
        "--sample", type=int, default=SAMPLE, help="suppliers the loop is timed on (200)"
    )
    parser.add_argument(
        "--looks", type=int, default=LOOKS, help="times a browser opens each screen; 0: never"
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
