"""What the call queue tells truly: how much there is, names as they are, and what can be undone."""

import uuid
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from cs_app.contacts.actions import REQUESTED, UNDO_WITHIN, Action, refusal
from cs_app.interventions.queue import SHOWN_KEY, STAYS, Row
from cs_app.ui.markdown import plain
from cs_core.base.errors import StoreError
from cs_core.io.base.client import connect_person, connect_service
from cs_core.io.base.config import Settings, load_settings
from cs_core.io.outreach.call_queue import add_note, claim_call, snooze_call
from embedded.stack import Stack
from tests.app.interventions.queue_page import LATE, NOTED, call_id, grace, keys, open_as
from tests.app.suppliers.list_page import boxes_of
from tests.support.dashboard import press, words_of
from tests.support.health_rows import add_scored_supplier
from tests.support.intervention_rows import add_call

__all__ = ["call_id", "grace", "open_as"]


def long_ago(page: AppTest, ago: timedelta) -> AppTest:
    """Run a page again as if what left the queue had left it so long ago."""
    view, rows = page.session_state[SHOWN_KEY]
    left_at = datetime.now(UTC) - ago
    page.session_state[SHOWN_KEY] = (view, [Row(row.call, left_at) for row in rows])
    page.run()
    assert not page.exception
    return page


def test_a_slip_can_be_undone_after_its_row_has_gone(
    sql: Any, ada: dict[str, str], call_id: str, open_as: Any
) -> None:
    page = long_ago(press(open_as(ada), f"reached-{call_id}"), STAYS)
    assert "Rowan" not in words_of(page)
    press(page, f"reopen-{call_id}")
    assert sql.execute(NOTED).fetchone() == (None, None, False)
    assert "1 call to make" in words_of(page)


def test_what_can_no_longer_be_undone_is_not_offered(
    ada: dict[str, str], call_id: str, open_as: Any
) -> None:
    page = long_ago(press(open_as(ada), f"reached-{call_id}"), UNDO_WITHIN)
    assert "reopen" not in keys(page)


def test_only_the_last_few_are_offered_to_be_undone(
    sql: Any, ada: dict[str, str], add_supplier: Callable[..., str], open_as: Any
) -> None:
    ids = [add_call(sql, add_supplier(), due_in=LATE) for _ in range(7)]
    page = open_as(ada)
    for one in ids:
        press(page, f"no_answer-{one}")
    long_ago(page, STAYS)
    assert sum(button.key.startswith("reopen-") for button in page.button) == 5


def test_who_has_lost_the_role_is_told_that_nothing_was_done(
    sql: Any, ada: dict[str, str], call_id: str, open_as: Any
) -> None:
    page = open_as(ada)
    sql.execute("update user_profiles set role = 'analyst' where id = %s", (ada["id"],))
    told = words_of(press(page, f"reached-{call_id}"))
    assert "Not done for Rowan & <Fox>. Your role does not allow it any more" in told
    assert sql.execute(NOTED).fetchone() == (None, None, False)


HOSTILE = "**Bold** [click](http://evil.example/x) :red[hi] $a$"


def test_names_are_shown_as_they_are(
    sql: Any, ada: dict[str, str], grace: dict[str, str], call_id: str, open_as: Any
) -> None:
    sql.execute("update suppliers set business_name = %s", [HOSTILE])
    sql.execute("update user_profiles set full_name = %s where id = %s", [HOSTILE, ada["id"]])
    page = press(open_as(grace), f"more-{call_id}")
    (drawer,) = page.get("dialog")
    assert drawer.proto.dialog.title == plain(HOSTILE)
    hers = open_as(grace)
    press(open_as(ada), f"claim-{call_id}")
    open_as(grace)
    press(hers, f"claim-{call_id}")
    assert [one.value for one in hers.warning] == [
        plain(f"{HOSTILE}: {HOSTILE} was faster and makes this call.")
    ]
    page = press(press(open_as(ada), f"reached-{call_id}"), f"reopen-{call_id}")
    assert [one.value for one in page.success] == [
        plain(f"{HOSTILE}: taken back; the call is open again.")
    ]


def test_the_headline_tells_of_all_calls_and_not_of_those_drawn(
    sql: Any,
    ada: dict[str, str],
    grace: dict[str, str],
    add_supplier: Callable[..., str],
    open_as: Any,
) -> None:
    for number in range(33):
        whose = ada if number == 32 else grace if number == 31 else {"id": None}
        add_call(sql, add_supplier(), due_in=LATE, claimed_by=whose["id"])
    sql.execute(
        "update support_interactions set scheduled_for = now() where claimed_by is not null"
    )
    said = words_of(open_as(ada))
    assert "33 calls to make: 31 from the days before, 1 yours, 1 in others' hands." in said


def test_the_box_beside_a_supplier_names_it_without_signs_a_screen_reader_would_read(
    cookie: str, open_page: Callable[..., AppTest], sql: Any
) -> None:
    add_scored_supplier(sql, HOSTILE, 31)
    labels = boxes_of(open_page(cookie, view="table")).options
    assert "Select  Bold   click (http //evil.example/x)  red hi   a " in labels


def test_nothing_of_a_name_is_a_link_an_icon_or_a_formula() -> None:
    assert plain("**B** :red[x] $a$") == r"\*\*B\*\* \:red\[x\] \$a\$"
    # Streamlit looks for these after it has taken the escapes away.
    joiner = "\N{WORD JOINER}"
    for text, sign in (
        ("http://x.example", f":{joiner}"),
        ("www.x.example", f"www{joiner}"),
        ("a@x.example", f"@{joiner}"),
        (":material/home:", f":{joiner}"),
    ):
        assert sign in plain(text)


def test_what_trying_again_does_not_mend_is_not_to_be_tried_again(
    sql: Any,
    settings: Settings,
    ada: dict[str, str],
    call_id: str,
    add_person: Callable[..., dict[str, str]],
) -> None:
    analyst = add_person("ann@wedsync.example", "analyst")
    supplier = sql.execute("select supplier_id::text from support_interactions").fetchone()[0]
    admins, hers = (connect_person(settings, one["access_token"]) for one in (ada, analyst))
    gone, tomorrow = str(uuid.uuid4()), datetime.now(UTC) + timedelta(days=1)
    refusals: dict[str, Callable[[], Any]] = {
        "ask an admin": lambda: claim_call(hers, supplier, call_id),
        "Choose something else": lambda: snooze_call(
            admins, supplier, call_id, "x", tomorrow + timedelta(days=200)
        ),
        "reload the page": lambda: add_note(admins, gone, "x"),
    }
    for words, refused in refusals.items():
        with pytest.raises(StoreError) as caught:
            refused()
        assert words in refusal(caught.value)
        assert "Nothing was done." in refusal(caught.value)
        assert "Try again" not in refusal(caught.value)


def test_an_outage_is_worth_another_try(stack: Stack) -> None:
    nowhere = stack.env | {"SUPABASE_URL": "http://127.0.0.1:9"}
    with pytest.raises(StoreError) as caught:
        claim_call(connect_service(load_settings(nowhere)), "x", "y")
    assert refusal(caught.value).endswith(
        "Whether it was done is not known. Try again: nothing is ever done twice."
    )


def test_a_time_that_is_refused_is_told_with_what_to_do(
    ada: dict[str, str], call_id: str, open_as: Any, sql: Any
) -> None:
    page = open_as(ada)
    supplier = sql.execute("select supplier_id::text from support_interactions").fetchone()[0]
    far = datetime.now(UTC) + timedelta(days=200)
    page.session_state[REQUESTED] = Action("snooze", supplier, call_id, "Rowan", reason="x", at=far)
    words = words_of(page.run())
    assert "Not done for Rowan." in words
    assert "Choose a time within the next 90 days." in words
    assert "Try again" not in words
