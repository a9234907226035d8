"""What became of an action for many suppliers is closed once: for every tab and server process."""

import datetime as dt
import uuid
from collections.abc import Callable
from typing import Any

import pytest

from cs_core.base.errors import StoreError
from cs_core.io.base.reads import run_query
from cs_core.io.outreach.bulk import run_bulk
from cs_core.io.outreach.bulk_state import close_bulks, newest_bulk_query
from cs_core.io.outreach.owners import assign_owner
from cs_core.outreach.requests import ContactRequest
from tests.support.people import Somebody, become

__all__ = ["become"]


@pytest.fixture
def ada(become: Callable[[str], Somebody]) -> Somebody:
    return become("admin")


@pytest.fixture
def plan_calls(
    service: Any, sql: Any, ada: Somebody, add_supplier: Callable[..., str]
) -> Callable[[dt.datetime], str]:
    """A function that plans a call for a new supplier, at a moment, and returns the bulk's id."""

    def plan(moment: dt.datetime) -> str:
        key = str(uuid.uuid4())
        run_bulk(service, [add_supplier()], ContactRequest("", "call", ada.id, ""), key, moment)
        return key

    return plan


def newest(somebody: Somebody, of: Somebody) -> Any:
    return run_query(somebody.client, newest_bulk_query(of.id))


def test_what_was_closed_is_not_found_again_and_what_comes_after_is(
    ada: Somebody, plan_calls: Callable[[dt.datetime], str]
) -> None:
    now = dt.datetime.now(dt.UTC)
    plan_calls(now - dt.timedelta(minutes=9))
    plan_calls(now)
    close_bulks(ada.client, now)
    assert newest(ada, ada) is None
    after = plan_calls(now + dt.timedelta(microseconds=1))
    assert newest(ada, ada).bulk_id == after


def test_a_change_of_owners_is_closed_with_the_rest(
    ada: Somebody, add_supplier: Callable[..., str]
) -> None:
    assign_owner(ada.client, [add_supplier()], ada.id, str(uuid.uuid4()))
    assert newest(ada, ada).type == "owner"
    close_bulks(ada.client, dt.datetime.now(dt.UTC) + dt.timedelta(minutes=1))
    assert newest(ada, ada) is None


def test_nobody_closes_what_is_anothers(
    ada: Somebody,
    become: Callable[[str], Somebody],
    plan_calls: Callable[[dt.datetime], str],
) -> None:
    key = plan_calls(dt.datetime.now(dt.UTC))
    later = dt.datetime.now(dt.UTC) + dt.timedelta(minutes=1)
    close_bulks(become("admin 2").client, later)
    with pytest.raises(StoreError, match="Only an admin may do this"):
        close_bulks(become("analyst").client, later)
    assert newest(ada, ada).bulk_id == key
