"""Rows as CSV text that spreadsheets open as they are, and run nothing from."""

import csv
import datetime as dt
import io
import math
import re
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence

BYTE_ORDER_MARK = "\ufeff"  # without it Excel takes UTF-8 for the local 8-bit code page
LIST_SEPARATOR = " | "

# Spreadsheets take a cell for a formula that begins with one of these (the full-width forms
# too, in East Asian versions), also behind blanks, quotes and signs that are not visible.
_SIGNS = "=+\\-@＝＋－＠"
_BREAKS = ";\t\r\n\v\f"
_SKIPPED = "\\s\"'`\x00-\x1f\x7f-\x9f\u00ad\u200b-\u200f\u2028-\u202e\u2060-\u2064\ufeff;"
_RUN_AND_SIGN = re.compile(f"(?<![{_SKIPPED}])([{_SKIPPED}]*)([{_SIGNS}])")


def defuse(text: str) -> str:
    r"""Put an apostrophe before what a spreadsheet would read as a formula.

    Parameters
    ----------
    text : str
        What goes into one cell.

    Returns
    -------
    str
        The same text where it is harmless. The places looked at are the start of the cell, and
        what follows a semicolon, tab or line break in it: a spreadsheet that separates cells by
        semicolons (a German Excel, say) would start a new cell there.

    Examples
    --------
    >>> defuse("=1+1"), defuse("Rowan & Fox"), defuse("Rowan;=1+1")
    ("'=1+1", 'Rowan & Fox', "Rowan;'=1+1")
    """

    def marked(match: re.Match[str]) -> str:
        run, sign = match.groups()
        front = "'" if match.start() == 0 else ""
        behind_break = "'" if any(char in _BREAKS for char in run) else ""
        return f"{front}{run}{behind_break}{sign}"

    safe = _RUN_AND_SIGN.sub(marked, text)
    return f"'{safe}" if safe.startswith(("\t", "\r", "\n")) else safe


def to_utc_text(moment: str | dt.datetime) -> str:
    """Write an instant as `2026-11-22T15:11:36Z`; one without an offset is UTC already."""
    if isinstance(moment, str):
        moment = dt.datetime.fromisoformat(moment)
    in_utc = moment.astimezone(dt.UTC) if moment.tzinfo else moment
    return in_utc.replace(tzinfo=None).isoformat(timespec="seconds") + "Z"


def to_cell(value: object) -> str:
    """Write one value: numbers as they are, text defused, null as nothing, lists joined."""
    if isinstance(value, str):
        return defuse(value)
    if value is None or (isinstance(value, float) and math.isnan(value)):
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, dt.datetime):
        return to_utc_text(value)
    if isinstance(value, (list, tuple)):
        return defuse(LIST_SEPARATOR.join(str(item) for item in value))
    if isinstance(value, (int, float)):
        return str(value)
    return defuse(str(value))


def _instant_to_cell(value: object) -> str:
    return to_utc_text(value) if isinstance(value, str) else to_cell(value)


def csv_lines(
    columns: Sequence[str],
    rows: Iterable[Mapping[str, object]],
    instants: Collection[str] = (),
) -> Iterator[str]:
    r"""Turn rows into CSV (RFC 4180), one record at a time.

    Parameters
    ----------
    columns : sequence of str
        Which fields, in which order; the first record names them.
    rows : iterable of mappings
        Read one by one, never all held. A missing field is an empty cell.
    instants : collection of str
        Columns that hold timestamps as text, in whatever ISO form the server writes.

    Yields
    ------
    str
        A record with its `\r\n`; the first one follows a byte order mark.
    """
    text = io.StringIO(newline="")
    writer = csv.writer(text, lineterminator="\r\n")

    def record(cells: Iterable[str]) -> str:
        text.seek(0)
        text.truncate()
        writer.writerow(cells)
        return text.getvalue()

    fields = [(name, _instant_to_cell if name in instants else to_cell) for name in columns]
    yield BYTE_ORDER_MARK + record(columns)
    for row in rows:
        yield record([to_text(row.get(name)) for name, to_text in fields])
