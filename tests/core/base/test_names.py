"""Names that are made out of titles."""

import re

import pytest

from cs_core.base.checks import LONGEST_NAME, NAME_PATTERN, free_name, name_from


@pytest.mark.parametrize(
    ("title", "name"),
    [
        ("Quiet florists", "quiet_florists"),
        ("  Été: 7 days — silent!  ", "ete_7_days_silent"),
        ("7 days silent", "days_silent"),
        ("check_in", "check_in"),
        ("<b>Bold</b>", "b_bold_b"),
        ("123", ""),
        ("日本", ""),
        ("", ""),
    ],
)
def test_a_name_is_made_of_the_letters_and_digits_of_a_title(title: str, name: str) -> None:
    assert name_from(title) == name


@pytest.mark.parametrize("title", ["x" * 200, "word " * 40, "A" * 59 + " B"])
def test_a_name_is_one_that_the_rules_take(title: str) -> None:
    assert re.fullmatch(NAME_PATTERN, name_from(title))
    assert len(name_from(title)) <= LONGEST_NAME


def test_a_name_that_is_taken_gets_a_number() -> None:
    taken = {"quiet", "quiet_2", "new"}
    assert free_name("Quiet", taken) == "quiet_3"
    assert free_name("New", taken) == "new_2"
    assert free_name("Florists", taken) == "florists"
    assert free_name("123", taken) == ""
    long = "x" * LONGEST_NAME
    assert re.fullmatch(NAME_PATTERN, free_name(long, {long}))
