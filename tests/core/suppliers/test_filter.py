"""Filters of the supplier list, and how they are written in an address."""

import uuid
from typing import Any
from urllib.parse import parse_qs, urlencode

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cs_core.base.vocabulary import RISK_LEVELS
from cs_core.suppliers.filter import SORTS, VIEWS, SupplierFilter, SupplierList

ADA = "00000000-0000-0000-0000-00000000000a"
words = st.text(st.characters(exclude_categories=("Cs", "Cc", "Z")), min_size=1, max_size=20)
days = st.none() | st.integers(1, 3650)
scores = st.none() | st.integers(0, 100)
yes_no = st.sampled_from((None, True, False))


@st.composite
def filters(draw: Any) -> SupplierFilter:
    low, high = draw(scores), draw(scores)
    if low is not None and high is not None:
        low, high = min(low, high), max(low, high)
    chosen = draw(st.sets(st.sampled_from(list(RISK_LEVELS))))
    return SupplierFilter(
        levels=tuple(level for level in RISK_LEVELS if level in chosen),
        tiers=tuple(draw(st.lists(words, unique=True, max_size=3))),
        categories=tuple(draw(st.lists(words, unique=True, max_size=3))),
        owner=draw(st.sampled_from((None, "me", "none", ADA))),
        score_from=low,
        score_to=high,
        silent_days=draw(days),
        trial=draw(yes_no),
        open_call=draw(yes_no),
        not_contacted_days=draw(days),
        text=draw(st.none() | words),
    )


@given(filters())
def test_a_filter_comes_back_from_an_address_as_it_was(wanted: SupplierFilter) -> None:
    address = urlencode(wanted.to_query(), doseq=True)
    assert SupplierFilter.from_query(parse_qs(address)) == wanted


@given(filters(), st.sampled_from(SORTS), st.integers(1, 10_000), st.sampled_from(VIEWS))
def test_a_list_comes_back_from_an_address_as_it_was(
    wanted: SupplierFilter, sort: str, page: int, view: str
) -> None:
    shown = SupplierList(wanted, sort, page, view)
    assert SupplierList.from_query(parse_qs(urlencode(shown.to_query(), doseq=True))) == shown


@given(st.dictionaries(st.text(max_size=8), st.text(max_size=30) | st.lists(st.text(max_size=9))))
def test_an_address_with_nonsense_is_a_filter_all_the_same(query: dict[str, Any]) -> None:
    names = ("risk", "tier", "owner", "score", "silent", "trial", "call", "q", "sort", "page")
    known = dict(zip(names, query.values(), strict=False))
    shown = SupplierList.from_query(query | known)
    assert SupplierList.from_query(shown.to_query()) == shown


def test_what_is_as_by_default_is_not_in_the_address() -> None:
    assert SupplierList().to_query() == {}
    assert SupplierFilter().is_empty


def test_the_parameters_have_short_names_that_people_can_read() -> None:
    wanted = SupplierFilter(
        levels=("critical", "at_risk"), tiers=("premium",), owner="me", score_from=20, score_to=39,
        silent_days=14, trial=True, open_call=False, not_contacted_days=30, text="rowan",
    )  # fmt: skip
    assert urlencode(SupplierList(wanted, "-revenue", 2, "tiles").to_query(), doseq=True) == (
        "risk=critical&risk=at_risk&tier=premium&owner=me&score=20-39&silent=14&trial=yes&call=no"
        "&quiet=30&q=rowan&sort=-revenue&view=tiles&page=2"
    )


@pytest.mark.parametrize(
    "query",
    [
        {"risk": "terrible"},
        {"owner": "ada"},
        {"score": "39-20"},
        {"score": "0-101"},
        {"score": "-"},
        {"score": "20"},
        {"silent": "0"},
        {"silent": "-1"},
        {"silent": "2.5"},
        {"silent": "3651"},
        {"silent": "٣"},
        {"trial": "maybe"},
        {"call": "1"},
        {"quiet": "soon"},
        {"q": "   "},
        {"q": "a\x00b"},
        {"tier": ""},
        {"colour": "red"},
        {"sort": "colour", "page": "0", "view": "map"},
        {"page": "10001"},
    ],
)
def test_what_is_unknown_or_wrong_is_dropped(query: dict[str, str]) -> None:
    assert SupplierList.from_query(query) == SupplierList()


def test_an_open_end_of_the_scores_is_kept_open() -> None:
    assert SupplierFilter.from_query({"score": "-39"}).to_dict() == {"score_to": 39}
    assert SupplierFilter.from_query({"score": "70-"}).to_dict() == {"score_from": 70}


def test_blanks_around_words_of_a_search_do_not_matter_and_a_long_one_is_cut() -> None:
    assert SupplierFilter.from_query({"q": "  rowan \t fox "}).text == "rowan fox"
    assert SupplierFilter.from_query({"q": "x" * 500}).text == "x" * 100


def test_only_what_is_set_goes_to_the_database() -> None:
    assert SupplierFilter().to_dict() == {}
    assert SupplierFilter(trial=False, score_from=0, levels=("critical",)).to_dict() == {
        "trial": False,
        "score_from": 0,
        "levels": ["critical"],
    }


def test_me_is_somebody_before_the_database_is_asked() -> None:
    mine = SupplierFilter(owner="me")
    with pytest.raises(ValueError, match="for_person"):
        mine.to_dict()
    assert mine.for_person(ADA).to_dict() == {"owner": ADA}
    somebody = SupplierFilter(owner=str(uuid.UUID(int=7)))
    assert somebody.for_person(ADA) == somebody
