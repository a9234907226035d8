import subprocess
import sys

import pytest

from cs_core.base import errors


@pytest.mark.parametrize(
    ("error", "message", "exit_code"),
    [
        (errors.UsageError(problem="--as-of needs a date"), "--as-of needs a date", 2),
        (
            errors.SettingError(name="SUPABASE_URL", problem="is missing"),
            "Setting SUPABASE_URL is missing.",
            2,
        ),
        (errors.SupplierNotFound(supplier_id="x"), "No supplier has the id x.", 2),
        (
            errors.LeaseHeld(holder="host a"),
            "Another run holds the lease: host a. Wait until it is done, then start this one "
            "again.",
            3,
        ),
        (errors.StoreError(what="Reading", reason="no route"), "Reading failed: no route.", 1),
        (
            errors.MissingColumns(what="Scoring", columns="a, b"),
            "Scoring needs columns the frame lacks: a, b.",
            1,
        ),
        (errors.ScorecardError(("a", "x"), ("b", "y")), "Scorecard: a x; b y.", 1),
    ],
)
def test_an_error_says_its_message_with_the_facts(error, message, exit_code):
    assert str(error) == message
    assert error.exit_code == exit_code
    assert isinstance(error, errors.CsError)


def test_the_facts_stay_on_the_error():
    assert errors.SupplierNotFound(supplier_id="x").supplier_id == "x"
    assert errors.ScorecardError(("a", "x")).problems == (("a", "x"),)


def test_a_message_is_one_line_with_one_full_stop_whatever_the_facts_hold():
    error = errors.StoreError(what="Saving", reason="line one\n  line {two}.")
    assert str(error) == "Saving failed: line one line {two}."


def test_an_error_without_a_message_cannot_be_made():
    with pytest.raises(TypeError, match="Silent needs a message"):
        type("Silent", (errors.CsError,), {})
    assert issubclass(type("Kind", (errors.StoreError,), {}), errors.StoreError)


def test_messages_survive_where_docstrings_are_dropped():
    program = (
        "from cs_core.base.errors import StoreError;"
        "print(StoreError.__doc__, StoreError(what='Reading', reason='no route'))"
    )
    done = subprocess.run(
        [sys.executable, "-OO", "-c", program], capture_output=True, text=True, check=True
    )
    assert done.stdout == "None Reading failed: no route.\n"
