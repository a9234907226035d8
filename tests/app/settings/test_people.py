"""The team as admins see and change it."""

from collections.abc import Callable
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from cs_app.server import clients
from cs_app.settings.people_wording import removal_question
from cs_core.base.errors import StoreError
from cs_core.io.people import team
from cs_core.io.people.team import Member
from tests.app.settings.people_page import open_people, roles
from tests.app.settings.settings_page import SETTINGS, ada
from tests.support.dashboard import as_seen, plain, press, words_of

__all__ = ["ada", "open_people"]


# ============ what is there ============


def test_one_admin_alone_is_listed(open_people: Callable[..., AppTest]) -> None:
    said = plain(open_people())
    assert "1 person: 1 admin." in said
    assert "Ada Byron (you) Admin ada@wedsync.example" in said
    assert "signed in on 1 browser now" in said


def test_many_are_listed_admins_first_with_what_is_known(
    open_people: Callable[..., AppTest],
    add_person: Callable[..., dict[str, str]],
    add_supplier: Callable[..., str],
    sql: Any,
) -> None:
    ann = add_person("ann@wedsync.example", "analyst")
    add_person("grace@wedsync.example", "admin")
    add_person("a.supplier@example.com")
    add_supplier(owner_id=ann["id"])
    sql.execute("update auth.users set last_sign_in_at = null where email like 'grace%'")
    said = plain(open_people())
    assert "3 people: 2 admins, 1 analyst." in said
    assert said.index("Ada Byron") < said.index("grace@") < said.index("ann@")
    assert "looks after 1 supplier" in said
    assert "Never signed in" in said
    assert "a.supplier@example.com" not in said


def test_an_analyst_sees_nothing_of_it(open_page: Callable[..., AppTest], analyst: str) -> None:
    page = open_page(analyst, SETTINGS, part="people")
    assert page.info[0].value.startswith("Only people with the role admin")
    assert "ann@wedsync.example" not in plain(page)


def test_when_the_team_cannot_be_read_the_page_says_so(
    open_page: Callable[..., AppTest], cookie: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: Any, **__: Any) -> Any:
        raise StoreError(what="Reading the team", reason="Supabase does not answer")

    monkeypatch.setattr(team, "call", fail)
    page = open_page(cookie, SETTINGS, part="people")
    assert "Reading the team failed" in as_seen(page.error[0].value)


def test_names_are_shown_as_text(open_people: Callable[..., AppTest], sql: Any) -> None:
    sql.execute("update user_profiles set full_name = '<b>x</b> **y**'")
    assert "&lt;b&gt;x&lt;/b&gt; **y**" in words_of(open_people())


# ============ roles, removal ============


def test_a_role_is_changed_after_a_question(
    open_people: Callable[..., AppTest], add_person: Callable[..., dict[str, str]], sql: Any
) -> None:
    ann = add_person("ann@wedsync.example", "analyst")
    page = press(open_people(), f"role-{ann['id']}")
    assert "may then contact suppliers, change the settings" in plain(page)
    assert roles(sql)["ann@wedsync.example"] == "analyst"
    press(page, "people-sure")
    assert as_seen(page.success[0].value) == "ann@wedsync.example is an admin now."
    assert roles(sql)["ann@wedsync.example"] == "admin"


def test_a_removed_person_is_signed_out_at_the_next_click(
    open_people: Callable[..., AppTest],
    open_page: Callable[..., AppTest],
    add_person: Callable[..., dict[str, str]],
    cookie_of: Callable[..., str],
    sql: Any,
) -> None:
    ann = add_person("ann@wedsync.example", "analyst")
    hers = cookie_of(ann)
    assert "Suppliers" in [title.value for title in open_page(hers).title]
    page = press(open_people(), f"remove-{ann['id']}")
    assert "They are signed out on 1 browser, at the next click" in plain(page)
    press(page, "people-sure")
    assert as_seen(page.success[0].value) == "ann@wedsync.example is removed from the team."
    assert "1 person" in plain(page)
    assert roles(sql)["ann@wedsync.example"] is None
    assert open_page(hers).title[0].value == "Your session has ended"


def test_cancelling_changes_nothing(
    open_people: Callable[..., AppTest], add_person: Callable[..., dict[str, str]], sql: Any
) -> None:
    ann = add_person("ann@wedsync.example", "analyst")
    page = press(open_people(), f"remove-{ann['id']}")
    press(page, "people-cancel")
    assert roles(sql)["ann@wedsync.example"] == "analyst"
    assert "people-sure" not in [button.key for button in page.button]


def test_the_last_admin_is_told_so_and_has_no_way_out(
    open_people: Callable[..., AppTest], ada: dict[str, str]
) -> None:
    page = open_people()
    assert "the only admin: make somebody else one before you change that" in plain(page)
    for what in ("remove", "role"):
        assert page.button(key=f"{what}-{ada['id']}").disabled


def test_who_became_the_last_admin_meanwhile_cannot_go(
    open_people: Callable[..., AppTest],
    add_person: Callable[..., dict[str, str]],
    ada: dict[str, str],
    sql: Any,
) -> None:
    grace = add_person("grace@wedsync.example", "admin")
    for what in ("remove", "role"):
        sql.execute("update user_profiles set role = 'admin' where id = %s", (grace["id"],))
        page = press(open_people(), f"{what}-{ada['id']}")
        assert "This is your own account" in plain(page)
        sql.execute("update user_profiles set role = null where id = %s", (grace["id"],))
        assert page.button(key="people-sure").disabled
        page.checkbox(key="people-myself").check().run()
        press(page, "people-sure")
        assert "Nobody else is an admin" in as_seen(page.error[0].value)
        assert roles(sql)["ada@wedsync.example"] == "admin"


def test_who_removes_themselves_is_out_at_once(
    open_people: Callable[..., AppTest],
    add_person: Callable[..., dict[str, str]],
    ada: dict[str, str],
) -> None:
    add_person("grace@wedsync.example", "admin")
    page = press(open_people(), f"remove-{ada['id']}")
    page.checkbox(key="people-myself").check().run()
    page.button(key="people-sure").click().run()
    assert page.title[0].value == "Your session has ended"


def test_an_admin_who_becomes_an_analyst_loses_the_page_at_once(
    open_people: Callable[..., AppTest],
    add_person: Callable[..., dict[str, str]],
    ada: dict[str, str],
) -> None:
    add_person("grace@wedsync.example", "admin")
    page = press(open_people(), f"role-{ada['id']}")
    page.checkbox(key="people-myself").check().run()
    page.button(key="people-sure").click().run()
    assert "Only people with the role admin" in page.info[0].value


def test_somebody_is_signed_out_everywhere_and_stays_in_the_team(
    open_people: Callable[..., AppTest],
    add_person: Callable[..., dict[str, str]],
    cookie_of: Callable[..., str],
    sql: Any,
) -> None:
    ann = add_person("ann@wedsync.example", "analyst")
    cookies = [cookie_of(ann), cookie_of(ann)]
    page = press(open_people(), f"sign_out-{ann['id']}")
    press(page, "people-sure")
    assert "is signed out everywhere" in as_seen(page.success[0].value)
    assert [clients.current_session(cookie) for cookie in cookies] == [None, None]
    assert roles(sql)["ann@wedsync.example"] == "analyst"


def test_a_removal_says_what_becomes_of_the_suppliers() -> None:
    known = {"invited_at": None, "last_sign_in_at": None}
    ann = Member(
        "i", "ann@x.example", None, "analyst", open_sessions=0, suppliers=3, is_me=False, **known
    )
    said = removal_question(ann)
    assert said[0].endswith("They are signed out at the next click.")
    assert said[1] == "3 suppliers they look after will have no owner."
