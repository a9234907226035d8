"""CSV text: what a reader gets back, and what a spreadsheet must not run."""

import csv
import datetime as dt
import io
import math
import re

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from cs_core.base.csv_rows import BYTE_ORDER_MARK, csv_lines, defuse, to_cell, to_utc_text

AWKWARD_NAMES = (
    "Zoë & Björn Hochzeitsbänder",
    'The "Old" Mill, Bakewell',
    "O'Hara's",
    "💐 Fleurs d'Été 💐",
    "北京婚礼",
    "<script>alert(1)</script>",
    "a,b;c|d",
    "two\nlines",
    "two\r\nlines",
    "a lone\rreturn",
    "  blanks around  ",
    "x" * 200,
)

values = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.floats(allow_nan=False, allow_infinity=False),
    st.text(),
    st.lists(st.text(), max_size=3),
)


def parsed(text: str) -> list[list[str]]:
    return list(csv.reader(io.StringIO(text, newline=""), strict=True))


def written(*names: object) -> str:
    return "".join(csv_lines(["name", "n"], [{"name": name, "n": 1} for name in names]))


# The first text drawn builds hypothesis's table of characters, which takes seconds.
unhurried = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])


@unhurried
@given(st.lists(st.fixed_dictionaries({"a": values, "b": values, "c": values})))
def test_a_reader_gets_every_defused_cell_back(rows):
    text = "".join(csv_lines(["a", "b", "c"], rows))
    assert text[0] == BYTE_ORDER_MARK
    assert parsed(text[1:]) == [
        ["a", "b", "c"],
        *([to_cell(row[name]) for name in "abc"] for row in rows),
    ]


@unhurried
@given(st.lists(st.fixed_dictionaries({"a": values, "b": values})))
def test_each_piece_is_one_record_that_ends_in_crlf(rows):
    pieces = list(csv_lines(["a", "b"], rows))
    assert len(pieces) == 1 + len(rows)
    for piece in pieces:
        assert piece.endswith("\r\n")
        assert len(parsed(piece)) == 1


@pytest.mark.parametrize("name", AWKWARD_NAMES)
def test_an_awkward_name_comes_back_unchanged(name):
    assert parsed(written(name)[1:])[1] == [name, "1"]


def test_quotes_are_doubled_and_lines_end_in_crlf():
    assert written('a "b", c') == '\ufeffname,n\r\n"a ""b"", c",1\r\n'


def test_the_file_begins_with_the_mark_that_excel_looks_for():
    assert written("Zoë").encode().startswith(b"\xef\xbb\xbfname,n\r\n")


@pytest.mark.parametrize("sign", list("=+-@＝＋－＠"))
@pytest.mark.parametrize("before", ["", " ", "  ", "\u00a0", "\u200b", '"', "'", ' "'])
def test_what_begins_as_a_formula_gets_an_apostrophe(sign, before):
    text = f'{before}{sign}HYPERLINK("https://example.com")'
    assert defuse(text) == "'" + text
    assert parsed(written(text)[1:])[1] == ["'" + text, "1"]


@pytest.mark.parametrize("char", ["\t", "\r", "\n"])
def test_a_leading_tab_or_line_break_gets_an_apostrophe(char):
    assert defuse(f"{char}Rowan") == f"'{char}Rowan"


@pytest.mark.parametrize("gap", [";", "; ", ';"', "\t", "\r\n", "\n", ";;"])
def test_a_formula_behind_a_separator_of_other_spreadsheets_gets_one_too(gap):
    assert defuse(f"Rowan{gap}=1+1") == f"Rowan{gap}'=1+1"


@pytest.mark.parametrize(
    "text",
    [
        "",
        "Rowan",
        "Rowan & Fox - Photography",
        "a=b",
        "me@example",
        "3-4",
        "a; b",
        "x +1",
        "'",
        " ",
    ],
)
def test_harmless_text_stays_as_it_is(text):
    assert defuse(text) == text


@unhurried
@given(st.text())
def test_defusing_only_ever_adds_apostrophes(text):
    assert defuse(text).replace("'", "") == text.replace("'", "")


@unhurried
@given(st.text(alphabet=" \t\r\n\"';=+-@a"))
def test_no_cell_begins_as_a_formula_however_it_is_split(text):
    for part in re.split(r"[;\t\r\n]", defuse(text)):
        bare = part.strip(" \"'")
        assert not bare.startswith(("=", "+", "-", "@")) or "'" in part[: part.index(bare)]


@pytest.mark.parametrize("gap", ["\n", "\t ", ";"])
def test_a_leading_separator_gets_one_on_either_side(gap):
    assert defuse(f"{gap}=1+1") == f"'{gap}'=1+1"


def test_long_runs_of_blanks_take_no_time():
    assert defuse("\n " * 200_000 + "a").startswith("'\n")


@pytest.mark.parametrize(
    ("value", "cell"),
    [
        (None, ""),
        (math.nan, ""),
        (True, "true"),
        (False, "false"),
        (-3.5, "-3.5"),
        (-3, "-3"),
        (0, "0"),
        ("-3.5", "'-3.5"),
        ([], ""),
        (["Call", "Send a list"], "Call | Send a list"),
        (["=1", "b"], "'=1 | b"),
        (dt.date(2026, 11, 22), "2026-11-22"),
        (dt.datetime(2026, 11, 22, 15, 11, 36, tzinfo=dt.UTC), "2026-11-22T15:11:36Z"),
    ],
)
def test_a_value_is_written_as(value, cell):
    assert to_cell(value) == cell


@pytest.mark.parametrize(
    "text",
    [
        "2026-11-22 15:11:36.551+00",  # the embedded server
        "2026-11-22T15:11:36.551234+00:00",  # hosted Supabase
        "2026-11-22T16:11:36+01:00",
        "2026-11-22T15:11:36Z",
        "2026-11-22T15:11:36",
    ],
)
def test_a_timestamp_in_any_form_is_written_in_utc(text):
    assert to_utc_text(text) == "2026-11-22T15:11:36Z"
    lines = list(csv_lines(["at"], [{"at": text}, {"at": None}, {}], {"at"}))
    assert lines[1:] == ["2026-11-22T15:11:36Z\r\n", '""\r\n', '""\r\n']


def test_rows_are_read_one_by_one():
    taken = []

    def rows():
        for n in range(3):
            taken.append(n)
            yield {"n": n}

    lines = csv_lines(["n"], rows())
    assert [next(lines), next(lines)] == ["\ufeffn\r\n", "0\r\n"]
    assert taken == [0]
