"""Suppliers change hands, and are given back."""

import uuid
from collections.abc import Callable
from typing import Any

import pytest

from cs_core.base.errors import StoreError
from cs_core.io.base.reads import run_query
from cs_core.io.outreach.bulk_state import BulkUndone, newest_bulk_query
from cs_core.io.outreach.owners import assign_owner, undo_owners
from tests.support.people import Somebody, become

__all__ = ["become"]


@pytest.fixture
def ada(become: Callable[[str], Somebody]) -> Somebody:
    return become("admin")


@pytest.fixture
def three(add_supplier: Callable[..., str]) -> list[str]:
    return sorted(add_supplier() for _ in range(3))


def owners(sql: Any) -> list[Any]:
    return [row[0] for row in sql.execute("select owner_id::text from suppliers order by id")]


def test_suppliers_are_given_back_to_who_had_each_of_them(
    ada: Somebody, become: Callable[[str], Somebody], three: list[str], sql: Any
) -> None:
    bo = become("analyst")
    assign_owner(ada.client, three[:1], bo.id)
    assign_owner(ada.client, three[1:2], ada.id)
    key = str(uuid.uuid4())
    assert assign_owner(ada.client, three, ada.id, key) == 2
    assert owners(sql) == [ada.id] * 3
    assert undo_owners(ada.client, key) == BulkUndone(2, 0)
    assert owners(sql) == [bo.id, ada.id, None]
    # Its answer may have been lost: the same again.
    assert undo_owners(ada.client, key) == BulkUndone(2, 0)
    assert owners(sql) == [bo.id, ada.id, None]


def test_the_same_request_again_changes_nothing_twice(
    ada: Somebody, three: list[str], sql: Any
) -> None:
    key = str(uuid.uuid4())
    assert assign_owner(ada.client, three, ada.id, key) == 3
    sql.execute("update suppliers set owner_id = null where id = %s", (three[0],))
    assert assign_owner(ada.client, three, ada.id, key) == 3
    assert owners(sql) == [None, ada.id, ada.id]


def test_what_changed_hands_again_and_whose_owner_left_stays(
    ada: Somebody, become: Callable[[str], Somebody], three: list[str], sql: Any
) -> None:
    bo, cy = become("analyst"), become("admin 2")
    assign_owner(ada.client, three[1:2], bo.id)
    key = str(uuid.uuid4())
    assign_owner(ada.client, three, ada.id, key)
    assign_owner(ada.client, three[:1], cy.id)
    sql.execute("update user_profiles set role = null where id = %s", (bo.id,))
    assert undo_owners(ada.client, key) == BulkUndone(1, 2)
    assert owners(sql) == [cy.id, ada.id, None]


def test_a_change_that_is_not_known_is_not_undone(ada: Somebody) -> None:
    assert undo_owners(ada.client, str(uuid.uuid4())) == BulkUndone(0, 0)


def test_the_newest_change_can_be_undone_by_who_made_it_for_an_hour(
    ada: Somebody, become: Callable[[str], Somebody], three: list[str], sql: Any
) -> None:
    def newest(somebody: Somebody) -> Any:
        return run_query(somebody.client, newest_bulk_query(somebody.id))

    key = str(uuid.uuid4())
    assign_owner(ada.client, three, ada.id, key)
    found = newest(ada)
    assert (found.bulk_id, found.type, found.planned) == (key, "owner", 3)
    assert found.owner_name == "admin@example.com"
    assert newest(become("admin 2")) is None
    # One that changes nothing leaves that of before.
    assign_owner(ada.client, three, ada.id, str(uuid.uuid4()))
    assert newest(ada).bulk_id == key
    sql.execute("update private.owner_changes set changed_at = now() - interval '61 minutes'")
    assert newest(ada) is None


def test_changes_are_forgotten_after_a_week(ada: Somebody, three: list[str], sql: Any) -> None:
    assign_owner(ada.client, three[:1], ada.id, str(uuid.uuid4()))
    sql.execute("update private.owner_changes set changed_at = now() - interval '8 days'")
    key = str(uuid.uuid4())
    assign_owner(ada.client, three[1:], ada.id, key)
    assert sql.execute("select bulk_id::text from private.owner_changes").fetchall() == [(key,)]


@pytest.mark.parametrize("name", ["analyst", "supplier", "stranger"])
def test_others_undo_nothing_and_only_staff_read_of_it(
    name: str, ada: Somebody, become: Callable[[str], Somebody], three: list[str], sql: Any
) -> None:
    key = str(uuid.uuid4())
    assign_owner(ada.client, three, ada.id, key)
    other = become(name)
    with pytest.raises(StoreError, match="Only an admin may do this"):
        undo_owners(other.client, key)
    assert owners(sql) == [ada.id] * 3
    found = run_query(other.client, newest_bulk_query(ada.id))
    assert (found is not None) == (name == "analyst")
