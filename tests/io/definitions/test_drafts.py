"""Edits of the settings that are not published: each admin's own, and nobody else's."""

from collections.abc import Callable
from typing import Any

import pytest
from postgrest.exceptions import APIError
from supabase import Client

from cs_core.base.errors import StoreError
from cs_core.io.base.client import connect_person
from cs_core.io.base.config import Settings
from cs_core.io.definitions.drafts import (
    KeptDraft,
    fetch_begun,
    fetch_draft,
    forget_draft,
    save_draft,
)
from cs_core.io.people.team import remove

DRAFT = KeptDraft("scorecard", 1, {"a": 1}, {"a": 2.5, "text": "<b>é ’</b>\n"}, "Why")


@pytest.fixture
def sign_in(
    settings: Settings, add_person: Callable[..., dict[str, str]]
) -> Callable[[str, str], tuple[Client, str]]:
    """A function that gives a person's client and id."""

    def become(name: str, role: str) -> tuple[Client, str]:
        person = add_person(f"{name}@wedsync.example", role)
        return connect_person(settings, person["access_token"]), person["id"]

    return become


def test_a_draft_comes_back_as_it_was_and_the_newest_is_kept(sign_in: Any) -> None:
    ada, me = sign_in("ada", "admin")
    assert fetch_draft(ada, me, "scorecard") is None
    save_draft(ada, me, DRAFT)
    assert fetch_draft(ada, me, "scorecard") == DRAFT
    newer = KeptDraft("scorecard", 2, {"a": 9}, {"a": 8})
    save_draft(ada, me, newer)
    assert fetch_draft(ada, me, "scorecard") == newer
    save_draft(ada, me, KeptDraft("playbook/new", 0, {}, {"title": "x"}))
    assert fetch_begun(ada, me) == {"scorecard", "playbook/new"}
    forget_draft(ada, me, "scorecard")
    assert fetch_begun(ada, me) == {"playbook/new"}


def test_another_admin_neither_sees_nor_changes_it(sign_in: Any, sql: Any) -> None:
    ada, me = sign_in("ada", "admin")
    grace, _ = sign_in("grace", "admin")
    save_draft(ada, me, DRAFT)
    assert fetch_draft(grace, me, "scorecard") is None
    forget_draft(grace, me, "scorecard")
    for attempt in (
        lambda: save_draft(grace, me, KeptDraft("scorecard", 1, {}, {"a": 3})),
        lambda: save_draft(grace, me, KeptDraft("outreach", 1, {}, {"a": 3})),
    ):
        with pytest.raises(StoreError, match="row-level security"):
            attempt()
    assert fetch_draft(ada, me, "scorecard") == DRAFT
    assert fetch_begun(ada, me) == {"scorecard"}


def test_an_analyst_keeps_none_and_one_who_becomes_an_analyst_sees_none(
    sign_in: Any, sql: Any
) -> None:
    ann, her = sign_in("ann", "analyst")
    with pytest.raises(StoreError, match="row-level security"):
        save_draft(ann, her, DRAFT)
    ada, me = sign_in("ada", "admin")
    save_draft(ada, me, DRAFT)
    sql.execute("update user_profiles set role = 'analyst' where id = %s", (me,))
    assert fetch_draft(ada, me, "scorecard") is None


def test_it_goes_with_the_person(sign_in: Any, sql: Any) -> None:
    ada, _ = sign_in("ada", "admin")
    grace, her = sign_in("grace", "admin")
    save_draft(grace, her, DRAFT)
    remove(ada, her)
    assert sql.execute("select count(*) from settings_drafts").fetchone() == (0,)


def test_what_is_too_long_or_no_definition_is_refused(sign_in: Any) -> None:
    ada, me = sign_in("ada", "admin")
    for edited in ({"text": "x" * 400_000}, ["no object"]):
        with pytest.raises(StoreError):
            save_draft(ada, me, KeptDraft("scorecard", 1, {}, edited))  # type: ignore[arg-type]
    with pytest.raises(APIError):
        ada.table("settings_drafts").insert({"person_id": me, "what": ""}).execute()
    assert fetch_begun(ada, me) == set()
