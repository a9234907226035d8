"""Which features a message suggests: unused ones that similar suppliers use."""

from typing import Any

import pytest

from cs_core.suppliers.feature_suggestions import (
    LEAST_USERS,
    count_feature_users,
    feature_in_words,
    suggest_features,
)


def counted(feature: str, users: int, tier: str = "pro", category: Any = "florist") -> Any:
    return {"tier": tier, "category": category, "feature": feature, "users": users}


def suggested(unused: Any, *rows: Any, tier: str = "pro", category: Any = "florist") -> list[str]:
    return suggest_features(unused, tier, category, count_feature_users(rows))


def test_users_are_counted_per_category_and_for_the_whole_tier() -> None:
    users = count_feature_users([counted("maps", 3), counted("maps", 4, category="venue")])
    assert users == {
        ("pro", "florist", "maps"): 3,
        ("pro", "venue", "maps"): 4,
        ("pro", None, "maps"): 7,
    }


def test_suppliers_of_no_category_count_once_in_their_tier() -> None:
    users = count_feature_users([counted("maps", 3, category=None), counted("maps", 4)])
    assert users[("pro", None, "maps")] == 7


def test_two_features_are_suggested_the_most_used_first() -> None:
    rows = [counted("a", 10), counted("b", 30), counted("c", 20)]
    assert suggested(["a", "b", "c"], *rows) == ["b", "c"]


@pytest.mark.parametrize(
    ("alike", "first"), [(LEAST_USERS - 1, "b"), (LEAST_USERS, "a"), (LEAST_USERS + 1, "a")]
)
def test_suppliers_alike_decide_once_there_are_enough_of_them(alike: int, first: str) -> None:
    rows = [counted("a", alike), counted("b", 90, category="venue")]
    assert suggested(["a", "b"], *rows)[0] == first


def test_another_tier_says_nothing() -> None:
    rows = [counted("b", 90, tier="starter"), counted("a", 1)]
    assert suggested(["b", "a"], *rows) == ["a"]


def test_what_nobody_uses_is_not_suggested() -> None:
    assert suggested(["a", "b"]) == []


def test_ties_are_broken_by_name_whatever_the_order_given() -> None:
    rows = [counted(name, 7) for name in "cab"]
    assert suggested(["b", "c", "a"], *rows) == suggested({"a", "b", "c"}, *rows) == ["a", "b"]


def test_what_is_used_already_is_not_suggested_however_popular() -> None:
    assert suggested(["maps"], counted("calendar", 99), counted("maps", 1)) == ["maps"]
    assert suggested([], counted("calendar", 99)) == []


@pytest.mark.parametrize(
    ("feature", "words"),
    [("client_portal", "client portal"), ("maps", "maps"), ("_odd_", "odd"), ("", "")],
)
def test_a_feature_is_written_in_words(feature: str, words: str) -> None:
    assert feature_in_words(feature) == words
