"""Filters under a name: everybody their own, and what others share."""

from collections.abc import Callable
from typing import Any

import pytest
from postgrest.exceptions import APIError

from cs_core.base.errors import StoreError, UsageError
from cs_core.io.suppliers.saved_views import (
    NameTaken,
    change_view,
    delete_view,
    fetch_views,
    save_view,
)
from tests.support.people import Somebody, become

__all__ = ["become"]


def names_of(somebody: Somebody) -> list[str]:
    return [view.name for view in fetch_views(somebody.client, somebody.id)]


def test_a_view_comes_back_as_it_was_saved(become: Callable[[str], Somebody]) -> None:
    ada = become("analyst")
    saved = save_view(ada.client, ada.id, "  My  quiet ones ", "risk=critical&quiet=14")
    assert (saved.name, saved.query, saved.is_shared) == (
        "My quiet ones",
        "risk=critical&quiet=14",
        False,
    )
    assert fetch_views(ada.client, ada.id) == [saved]


def test_others_of_the_team_read_shared_views_only_and_change_none(
    become: Callable[[str], Somebody],
) -> None:
    ada, bo = become("admin"), become("analyst")
    save_view(ada.client, ada.id, "Mine", "risk=critical")
    shared = save_view(ada.client, ada.id, "Ours", "risk=at_risk", is_shared=True)
    assert (names_of(ada), names_of(bo)) == (["Mine", "Ours"], ["Ours"])
    assert not change_view(bo.client, shared.id, name="Bo's")
    assert not delete_view(bo.client, shared.id)
    with pytest.raises(StoreError, match="row-level security"):
        save_view(bo.client, ada.id, "Forged", "")
    assert fetch_views(bo.client, bo.id) == [shared]


@pytest.mark.parametrize("name", ["supplier", "stranger"])
def test_who_is_not_of_the_team_reads_and_saves_none(
    name: str, become: Callable[[str], Somebody]
) -> None:
    ada, other = become("admin"), become(name)
    save_view(ada.client, ada.id, "Ours", "", is_shared=True)
    assert fetch_views(other.client, other.id) == []
    with pytest.raises(StoreError):
        save_view(other.client, other.id, "Mine", "")


def test_one_changes_and_deletes_ones_own(become: Callable[[str], Somebody]) -> None:
    ada = become("analyst")
    saved = save_view(ada.client, ada.id, "Mine", "risk=critical")
    assert change_view(ada.client, saved.id, name="Ours", is_shared=True)
    (view,) = fetch_views(ada.client, ada.id)
    assert (view.name, view.query, view.is_shared) == ("Ours", "risk=critical", True)
    assert delete_view(ada.client, saved.id)
    assert not delete_view(ada.client, saved.id)


def test_a_view_cannot_be_given_to_somebody_else(become: Callable[[str], Somebody]) -> None:
    ada, bo = become("admin"), become("analyst")
    saved = save_view(ada.client, ada.id, "Mine", "")
    with pytest.raises(APIError, match="permission denied"):
        ada.client.table("saved_views").update({"owner_id": bo.id}).eq("id", saved.id).execute()


def test_a_name_is_taken_once_per_person(become: Callable[[str], Somebody]) -> None:
    ada, bo = become("admin"), become("analyst")
    save_view(ada.client, ada.id, "Mine", "")
    with pytest.raises(NameTaken, match="You have a view called Mine already"):
        save_view(ada.client, ada.id, "Mine", "risk=critical")
    other = save_view(ada.client, ada.id, "Other", "")
    with pytest.raises(NameTaken):
        change_view(ada.client, other.id, name="Mine")
    save_view(bo.client, bo.id, "Mine", "")


@pytest.mark.parametrize("name", ["", "   ", "x" * 81])
def test_a_name_is_1_to_80_characters(name: str, become: Callable[[str], Somebody]) -> None:
    ada = become("admin")
    with pytest.raises(UsageError, match="1 to 80 characters"):
        save_view(ada.client, ada.id, name, "")


def test_views_leave_with_their_owner(become: Callable[[str], Somebody], sql: Any) -> None:
    ada, bo = become("admin"), become("analyst")
    save_view(ada.client, ada.id, "Ours", "", is_shared=True)
    sql.execute("delete from user_profiles where id = %s", (ada.id,))
    assert fetch_views(bo.client, bo.id) == []


def test_ones_own_views_come_first_however_many_others_share(
    become: Callable[[str], Somebody], sql: Any
) -> None:
    ada, bo = become("admin"), become("analyst")
    save_view(ada.client, ada.id, "zz mine", "risk=critical")
    sql.execute(
        "insert into saved_views (owner_id, name, query, is_shared)"
        " select %s, 'a ' || n, '', true from generate_series(1, 230) n",
        (bo.id,),
    )
    found = names_of(ada)
    assert (found[0], len(found), len(set(found))) == ("zz mine", 200, 200)
