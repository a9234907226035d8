"""Two people changed the same definition."""

from cs_core.base.definitions import bring_onto

BASE = {"a": {"x": 1, "y": 2}, "steps": [1, 2], "note": "n"}


def test_what_only_one_of_two_changed_is_kept_from_each() -> None:
    mine = {"a": {"x": 5, "y": 2}, "steps": [1, 2], "note": "n"}
    theirs = {"a": {"x": 1, "y": 9}, "steps": [3], "note": "n"}
    assert bring_onto(BASE, mine, theirs) == {"a": {"x": 5, "y": 9}, "steps": [3], "note": "n"}


def test_where_both_changed_the_same_mine_is_kept() -> None:
    mine = BASE | {"steps": [1, 2, 3]}
    theirs = BASE | {"steps": [9]}
    assert bring_onto(BASE, mine, theirs)["steps"] == [1, 2, 3]


def test_what_i_took_out_stays_out_and_what_they_added_comes_in() -> None:
    mine = {"a": {"x": 1, "y": 2}, "steps": [1, 2]}
    theirs = BASE | {"new": True}
    assert bring_onto(BASE, mine, theirs) == mine | {"new": True}


def test_what_they_took_out_stays_out_unless_i_changed_it() -> None:
    theirs = {"a": {"x": 1, "y": 2}, "steps": [1, 2]}
    assert bring_onto(BASE, BASE, theirs) == theirs
    assert bring_onto(BASE, BASE | {"note": "m"}, theirs)["note"] == "m"
