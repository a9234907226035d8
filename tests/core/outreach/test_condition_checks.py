"""What conditions may say: up to which limits, and how each mistake is named."""

import copy

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cs_core.outreach.condition_fields import FIELDS
from cs_core.outreach.conditions import MOST_ENTRIES, OPERATORS, check_conditions
from tests.core.outreach.condition_tables import figures, matching

ALL_FIELDS = sorted(FIELDS)
FINE = {"field": "health_score", "below": 40}


def deep(levels):
    entry = FINE
    for _ in range(levels - 1):
        entry = {"not": entry}
    return [entry]


@pytest.mark.parametrize(
    "conditions",
    [
        [FINE],
        deep(5),
        [FINE] * MOST_ENTRIES,
        [{"any": [FINE] * (MOST_ENTRIES - 1)}],
        [{"field": "tier", "is": "x" * 200}],
        [{"field": "health_score", "one_of": [1] * 100}],
    ],
)
def test_conditions_up_to_the_limits_are_accepted(conditions):
    assert check_conditions(conditions, "conditions") == []


FIRST = "conditions[0]"
BAD = [
    (None, "conditions", "must be a list of conditions, not None"),
    ({"field": "tier"}, "conditions", "must be a list of conditions, not {"),
    ([], "conditions", "must not be empty, that would match every supplier; add a condition"),
    ([FINE] * 31, "conditions", "must have at most 30 entries in all, not 31"),
    ([{"any": [FINE] * 30}], "conditions", "must have at most 30 entries in all, not 31"),
    (deep(6), FIRST + ".not" * 5, "is nested more than 5 deep; write it flatter"),
    ([7], FIRST, "must be an object with a field and an operator, or with any, all or not, not 7"),
    ([{"is": 1}], f"{FIRST}.field", "is missing; add it"),
    ([{"any": []}], f"{FIRST}.any", "must not be empty; add a condition"),
    ([{"all": FINE}], f"{FIRST}.all", "must be a list of conditions, not {"),
    ([{"not": [FINE]}], f"{FIRST}.not", "must be an object with a field and an operator, or"),
    (
        [{"any": [FINE], "field": "tier"}],
        FIRST,
        "must have nothing beside any, all or not, but has any, field; split it",
    ),
    (
        [FINE, {"field": "days_quiet", "at_least": 7}],
        "conditions[1].field",
        '"days_quiet" is not a field; did you mean "days_silent"? (known: health_score, ',
    ),
    ([{"field": "zzz", "is": 7}], f"{FIRST}.field", '"zzz" is not a field; (known: health_score, '),
    ([{"field": ["tier"], "is": "x"}], f"{FIRST}.field", "must be the name of a field, not ['tier"),
    ([{"field": "tier"}], FIRST, "must have exactly one operator, not none; add or split"),
    (
        [{"field": "health_score", "below": 40, "above": 5}],
        FIRST,
        "must have exactly one operator, not below, above; add or split",
    ),
    (
        [{"field": "health_score", "at_lest": 40}],
        f"{FIRST}.at_lest",
        'is not an operator; did you mean "at_least"? (known: is, is_not, one_of, ',
    ),
    (
        [{"field": "tier", "above": "gold"}],
        f"{FIRST}.above",
        "does not suit tier, which is a text; use one of is, is_not, one_of, is_missing",
    ),
    (
        [{"field": "onboarded", "one_of": [True]}],
        f"{FIRST}.one_of",
        "does not suit onboarded, which is true or false; use one of is, is_not, is_missing",
    ),
    *(
        (
            [{"field": "health_score", "is": bad}],
            f"{FIRST}.is",
            f"must be a number, not {shown}",
        )
        for bad, shown in [
            (float("nan"), "nan"),
            (float("inf"), "inf"),
            ("40", "'40'"),
            (True, "True"),
            (None, "None"),
            (10**400, "1000"),
            ([1], "[1]"),
        ]
    ),
    ([{"field": "onboarded", "is": 1}], f"{FIRST}.is", "must be true or false, not 1"),
    ([{"field": "onboarded", "is": "yes"}], f"{FIRST}.is", "must be true or false, not 'yes'"),
    ([{"field": "tier", "is_missing": 1}], f"{FIRST}.is_missing", "must be true or false, not 1"),
    ([{"field": "tier", "is": ""}], f"{FIRST}.is", "must be a text of 1 to 200 characters, not ''"),
    ([{"field": "tier", "is": "x" * 201}], f"{FIRST}.is", "must be a text of 1 to 200 characters"),
    (
        [{"field": "risk_level", "is": "bad"}],
        f"{FIRST}.is",
        "must be one of critical, at_risk, healthy, not 'bad'",
    ),
    (
        [{"field": "status", "is": ["trial"]}],
        f"{FIRST}.is",
        "must be one of trial, active, paused, churned, not ['trial']",
    ),
    ([{"field": "tier", "one_of": []}], f"{FIRST}.one_of", "must be a list of 1 to 100 values"),
    ([{"field": "tier", "one_of": "a"}], f"{FIRST}.one_of", "must be a list of 1 to 100 values"),
    (
        [{"field": "health_score", "one_of": [1, "2"]}],
        f"{FIRST}.one_of[1]",
        "must be a number, not '2'",
    ),
]


@pytest.mark.parametrize(("conditions", "path", "problem"), BAD)
def test_a_mistake_is_named_with_its_path_and_what_to_do(conditions, path, problem):
    [(at, found)] = check_conditions(conditions, "conditions")
    assert at == path
    assert found.startswith(problem)


def test_all_mistakes_are_named_at_once():
    conditions = [{"field": "tier", "above": 1}, {"any": [{"field": "x", "is": 1}, {"oops": 1}]}]
    assert [path for path, _ in check_conditions(conditions, "recovery")] == [
        "recovery[0].above",
        "recovery[1].any[0].field",
        "recovery[1].any[1].field",
        "recovery[1].any[1].oops",
    ]


WORDS = st.sampled_from(
    [*ALL_FIELDS, *OPERATORS["number"], "any", "all", "not", "field", "healthy", "x"]
)
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | WORDS | st.text(max_size=3),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(WORDS | st.text(max_size=3), inner, max_size=3)
    ),
    max_leaves=12,
)
ENTRIES = st.lists(
    VALUES
    | st.builds(
        lambda field, operator, value: {"field": field, operator: value},
        st.sampled_from(ALL_FIELDS),
        st.sampled_from(OPERATORS["number"]),
        VALUES,
    ),
    max_size=4,
)
ONE = figures(7.0)


@given(VALUES | ENTRIES)
@settings(max_examples=400, deadline=None)
def test_whatever_is_written_is_either_named_or_works(data):
    before = copy.deepcopy(data)
    problems = check_conditions(data, "conditions")
    assert all(isinstance(part, str) and part for problem in problems for part in problem)
    if not problems:
        assert matching(ONE, data) in ([], ["s"], ["0"])
    assert repr(data) == repr(before)


def test_a_list_that_holds_itself_is_named_and_does_not_hang():
    loop: list = []
    loop.append({"any": loop})
    assert "nested more than 5 deep" in check_conditions(loop, "conditions")[0][1]
