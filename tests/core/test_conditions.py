import copy

import duckdb
import narwhals as nw
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cs_core.condition_fields import FIELDS
from cs_core.conditions import (
    MOST_ENTRIES,
    OPERATORS,
    check_conditions,
    fields_in,
    to_expression,
)
from cs_core.contact_facts import SCORE_COLUMNS, join_facts

from .outreach import facts_of, scored, supplier

BACKENDS = ("pyarrow", "pandas", "duckdb")
ALL_FIELDS = sorted(FIELDS)


def holds(conditions, backend="pyarrow", open_calls=(), **figures):
    """Whether conditions hold for a perfect supplier with these figures."""
    row = supplier(**figures)
    table = join_facts(scored([row]), facts_of([row], open_calls=list(open_calls))).to_native()
    return matching(table, conditions, backend) == ["s"]


def matching(table, conditions, backend="pyarrow"):
    assert check_conditions(conditions, "conditions") == []
    native = {"pyarrow": lambda: table, "pandas": table.to_pandas}.get(
        backend, lambda: duckdb.from_arrow(table)
    )()
    frame = nw.from_native(native)
    kept = frame.with_columns(holds=to_expression(conditions))
    if backend != "duckdb":
        assert kept["holds"].null_count() == 0
    found = kept.filter(nw.col("holds")).select("supplier_id")
    return sorted(nw.to_native(found.lazy().collect("pyarrow"))["supplier_id"].to_pylist())


def figures(*values):
    """A frame of suppliers "0", "1" ... with these days since sign-up."""
    rows = [supplier(supplier_id=str(i), days_since_sign_up=v) for i, v in enumerate(values)]
    return join_facts(scored(rows), facts_of(rows)).to_native()


# Operator: which of 6, 7, 8 and missing (suppliers 0 to 3) fulfil it with 7.
NUMBERS = {
    "is": ["1"],
    "is_not": ["0", "2"],
    "at_least": ["1", "2"],
    "above": ["2"],
    "at_most": ["0", "1"],
    "below": ["0"],
}


@pytest.mark.parametrize("backend", BACKENDS)
@pytest.mark.parametrize("operator", NUMBERS)
def test_an_operator_just_below_at_and_above_its_number_and_without_one(operator, backend):
    table = figures(6.0, 7.0, 8.0, None)
    entry = {"field": "days_since_sign_up", operator: 7}
    assert matching(table, [entry], backend) == NUMBERS[operator]


@pytest.mark.parametrize("backend", BACKENDS)
def test_one_of_and_is_missing(backend):
    table = figures(6.0, 7.0, 8.0, None)
    field = {"field": "days_since_sign_up"}
    assert matching(table, [field | {"one_of": [6, 8.0, 9]}], backend) == ["0", "2"]
    assert matching(table, [field | {"is_missing": True}], backend) == ["3"]
    assert matching(table, [field | {"is_missing": False}], backend) == ["0", "1", "2"]


@pytest.mark.parametrize("backend", BACKENDS)
def test_a_column_with_nothing_in_it_fulfils_only_is_missing(backend):
    table = figures(None, None)
    field = {"field": "days_since_sign_up"}
    assert matching(table, [field | {"at_least": 0}], backend) == []
    assert matching(table, [field | {"is_not": 3}], backend) == []
    assert matching(table, [field | {"is_missing": True}], backend) == ["0", "1"]


@pytest.mark.parametrize("backend", BACKENDS)
def test_texts_compare_as_they_are(backend):
    rows = [supplier(supplier_id=t or "none", tier=t) for t in ("gold", "Gold", None)]
    table = join_facts(scored(rows), facts_of(rows)).to_native()
    assert matching(table, [{"field": "tier", "is": "gold"}], backend) == ["gold"]
    assert matching(table, [{"field": "tier", "is_not": "gold"}], backend) == ["Gold"]
    assert matching(table, [{"field": "tier", "one_of": ["gold", "x"]}], backend) == ["gold"]
    assert matching(table, [{"field": "tier", "is_missing": True}], backend) == ["none"]


@pytest.mark.parametrize("backend", BACKENDS)
def test_truths_are_true_false_or_missing(backend):
    rows = [supplier(supplier_id=str(t), onboarded=t) for t in (True, False, None)]
    table = join_facts(scored(rows), facts_of(rows)).to_native()
    assert matching(table, [{"field": "onboarded", "is": True}], backend) == ["True"]
    assert matching(table, [{"field": "onboarded", "is": False}], backend) == ["False"]
    assert matching(table, [{"field": "onboarded", "is_not": True}], backend) == ["False"]
    assert matching(table, [{"field": "onboarded", "is_missing": True}], backend) == ["None"]


@pytest.mark.parametrize("backend", BACKENDS)
def test_entries_are_joined_by_and_any_by_or_and_not_turns_around(backend):
    table = figures(5.0, 6.0, 7.0, None)
    six, seven = ({"field": "days_since_sign_up", "is": n} for n in (6, 7))
    at_least_six = {"field": "days_since_sign_up", "at_least": 6}
    assert matching(table, [six, seven], backend) == []
    assert matching(table, [{"any": [six, seven]}], backend) == ["1", "2"]
    assert matching(table, [{"all": [at_least_six, {"not": six}]}], backend) == ["2"]
    # What is not known to be at least six is not at least six.
    assert matching(table, [{"not": at_least_six}], backend) == ["0", "3"]
    nested = [{"not": {"any": [six, {"not": at_least_six}]}}]
    assert matching(table, nested, backend) == ["2"]


@pytest.mark.parametrize(
    ("given_figures", "field", "value"),
    [
        ({"health_score": 55}, "health_score", 55),
        ({"previous_score": 80, "health_score": 55}, "score_change", -25),
        ({"best_score_7_days": 50, "health_score": 55}, "score_change_7_days", 5),
        ({"days_since_login": 9.5}, "days_since_login", 9.5),
        ({"days_since_login": -1}, "days_since_login", 0),
        ({"days_since_login": 9.5, "days_since_onboarded": 2}, "days_silent", 9.5),
        ({"days_since_login": None, "days_since_onboarded": 2}, "days_silent", 2),
        (
            {"days_since_login": None, "days_since_onboarded": None, "days_since_sign_up": 4},
            "days_silent",
            4,
        ),
        ({"days_since_onboarded": 7}, "days_since_onboarded", 7),
        ({"monthly_revenue": 49.5}, "monthly_revenue", 49.5),
        ({"trial_days_left": 2.5}, "trial_days_left", 2.5),
        ({"features_used": 3}, "features_used", 3),
        ({"features_used": 3}, "feature_adoption_ratio", 0.5),
        ({"clients_active": 3}, "client_activity_ratio", 0.25),
        ({"forms_completed": 3}, "form_completion_ratio", 3 / 9),
        ({"steps_completed": 2}, "journey_performance_ratio", 0.25),
        ({"risk_level": "critical"}, "risk_level", "critical"),
        ({"previous_level": "at_risk"}, "previous_level", "at_risk"),
        ({"status": "trial"}, "status", "trial"),
        ({"category": "florist"}, "category", "florist"),
        ({"opted_out": True}, "opted_out", True),
    ],
)
def test_a_field_is_what_its_words_say(given_figures, field, value):
    assert holds([{"field": field, "is": value}], **given_figures)
    assert not holds([{"field": field, "is_not": value}], **given_figures)


@pytest.mark.parametrize(
    ("field", "gone"),
    [
        ("score_change", {"previous_score": None}),
        ("score_change_7_days", {"best_score_7_days": None}),
        ("days_since_login", {"days_since_login": None}),
        ("trial_days_left", {"trial_days_left": None}),
        ("form_completion_ratio", {"forms_sent": 0, "forms_completed": 0}),
        ("points_since_call", {}),
        (
            "days_silent",
            {"days_since_login": None, "days_since_onboarded": None, "days_since_sign_up": None},
        ),
    ],
)
def test_a_field_is_missing_where_there_is_nothing_to_know(field, gone):
    assert holds([{"field": field, "is_missing": True}], **gone)


def test_points_since_call_count_from_the_lowest_score_a_call_was_planned_at():
    calls = [
        {"supplier_id": "s", "intervention_id": str(score), "playbooks": "|x|", "score": score}
        for score in (40, 30)
    ]
    entry = {"field": "points_since_call", "is": 25}
    assert holds([entry], open_calls=calls, health_score=55)


def test_every_field_has_words_and_a_value_for_a_supplier():
    row = supplier()
    table = join_facts(scored([row]), facts_of([row])).to_native()
    for name, field in FIELDS.items():
        assert field.words[0].isupper(), name
        assert not field.words.endswith("."), name
        assert matching(table, [{"field": name, "is_missing": False}]) == (
            [] if name in ("trial_days_left", "points_since_call") else ["s"]
        )


def test_the_columns_of_a_score_are_there():
    assert set(SCORE_COLUMNS) <= set(scored([supplier()]).column_names)


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
        "must be one of healthy, at_risk, critical, not 'bad'",
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


def test_pandas_nan_is_missing():
    frame = nw.from_native(pd.DataFrame({"monthly_revenue": [1.0, float("nan")]}))
    not_five = to_expression([{"field": "monthly_revenue", "is_not": 5}])
    assert frame.filter(not_five)["monthly_revenue"].to_list() == [1.0]


def test_the_fields_that_conditions_look_at_are_found_in_groups_too() -> None:
    comparison = {"field": "tier", "is": "starter"}
    nested = {"not": {"any": [{"field": "risk_level", "is": "critical"}, {"all": [comparison]}]}}
    assert fields_in([{"field": "days_silent", "at_least": 7}, nested]) == {
        *("days_silent", "risk_level", "tier")
    }
    assert fields_in([]) == set()
