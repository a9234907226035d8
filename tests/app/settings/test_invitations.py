"""Inviting to the team, by mail."""

import re
from collections.abc import Callable
from html import unescape
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from cs_app.server import clients
from cs_app.settings import people_dialogs
from cs_core.base.errors import StoreError
from cs_core.io.people import team
from cs_core.io.people.rate_limits import Limit
from cs_core.io.people.team import invite
from tests.app.settings.people_page import open_people, roles
from tests.app.settings.settings_page import ada
from tests.support.dashboard import as_seen, plain, press
from tests.support.mailbox import Mailbox

__all__ = ["ada", "open_people"]


def ask_to_invite(page: AppTest, email: str, role: str = "analyst", name: str = "") -> AppTest:
    press(page, "people-invite")
    page.text_input(key="invite-email").set_value(email).run()
    page.text_input(key="invite-name").set_value(name).run()
    page.radio(key="invite-role").set_value(role).run()
    return press(page, "people-sure")


def test_from_the_invitation_to_signing_in(
    open_people: Callable[..., AppTest], mailbox: Mailbox, sql: Any, web: Any
) -> None:
    page = ask_to_invite(open_people(), " Grace@WedSync.example ", "analyst", "Grace Hopper")
    assert "grace@wedsync.example is invited as an analyst" in as_seen(page.success[0].value)
    assert "Grace Hopper Analyst grace@wedsync.example" in plain(page)
    assert "Invited just now , not here yet" in plain(page)
    assert roles(sql)["grace@wedsync.example"] == "analyst"
    (mail,) = mailbox.read()
    text = mail.get_content()
    assert mail["To"] == "grace@wedsync.example"
    assert "Ada Byron invites you" in text
    (link,) = re.findall(r'href="([^"]+)"', text)
    token = unescape(link).partition("#token_hash=")[2]
    assert link.startswith("http://localhost:8501/new-password#")

    form = {"token_hash": token, "password": "a good password", "again": "a good password"}
    assert web.post("/new-password", data=form).status_code == 303
    signing_in = {"email": "grace@wedsync.example", "password": "a good password"}
    assert web.post("/sign-in", data=signing_in).is_redirect
    assert web.get("/settings").status_code == 200
    assert web.post(
        "/new-password", data=form | {"password": "b" * 9, "again": "b" * 9}
    ).text.count("does not work any more")


def test_who_has_a_sign_in_already_gets_the_role_and_no_mail(
    open_people: Callable[..., AppTest],
    mailbox: Mailbox,
    add_person: Callable[..., dict[str, str]],
    sql: Any,
) -> None:
    add_person("grace@wedsync.example")
    page = ask_to_invite(open_people(), "grace@wedsync.example", "admin")
    assert "has a sign-in already and is an admin now. No mail was sent" in as_seen(
        page.success[0].value
    )
    assert mailbox.read() == []
    assert roles(sql)["grace@wedsync.example"] == "admin"


@pytest.mark.parametrize(
    ("email", "words"),
    [
        ("", "This is missing; give the address they sign in with."),
        ("grace", "This is no e-mail address; it must be like name@wedsync.example."),
        ("a@b.example, c@d.example", "This is no e-mail address"),
    ],
)
def test_a_wrong_address_is_named_at_the_field(
    email: str, words: str, open_people: Callable[..., AppTest], mailbox: Mailbox, sql: Any
) -> None:
    page = ask_to_invite(open_people(), email)
    assert words in plain(page)
    assert mailbox.read() == []
    assert len(roles(sql)) == 1


def test_who_is_in_the_team_is_not_invited_again(open_people: Callable[..., AppTest]) -> None:
    page = ask_to_invite(open_people(), "ADA@wedsync.example")
    assert "They are in the team already" in as_seen(page.error[0].value)


def test_where_the_mail_cannot_be_sent_nobody_is_let_in(
    open_people: Callable[..., AppTest], mailbox: Mailbox, sql: Any
) -> None:
    mailbox.treat("reject")
    page = ask_to_invite(open_people(), "grace@wedsync.example")
    assert "Supabase could not send the mail" in as_seen(page.error[0].value)
    assert "Nothing was changed" in as_seen(page.error[0].value)
    assert list(roles(sql)) == ["ada@wedsync.example"]
    assert sql.execute("select count(*) from auth.users").fetchone() == (1,)


def test_where_the_role_cannot_be_given_it_is_said_that_the_mail_has_gone(
    open_people: Callable[..., AppTest], mailbox: Mailbox, sql: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    page = open_people()

    def fail(*_: Any) -> Any:
        raise StoreError(what="Giving the role", reason="Supabase does not answer")

    with monkeypatch.context() as broken:
        broken.setattr(team, "give_role", fail)
        ask_to_invite(page, "grace@wedsync.example")
    assert "The mail to grace@wedsync.example has gone" in as_seen(page.error[0].value)
    press(page, "people-sure")  # once more: the role, and another mail
    assert roles(sql)["grace@wedsync.example"] == "analyst"
    assert len(mailbox.read()) == 2


def test_too_many_invitations_are_refused(
    open_people: Callable[..., AppTest], mailbox: Mailbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(people_dialogs, "invitations", Limit("invitation/by", 1, 3600))
    page = ask_to_invite(open_people(), "grace@wedsync.example")
    ask_to_invite(page, "bob@wedsync.example")
    assert "Too many invitations within an hour" in as_seen(page.error[0].value)
    assert len(mailbox.read()) == 1


def test_an_invitation_is_sent_again_as_long_as_nobody_came(
    open_people: Callable[..., AppTest], mailbox: Mailbox, sql: Any
) -> None:
    page = ask_to_invite(open_people(), "grace@wedsync.example")
    (grace,) = sql.execute("select id::text from auth.users where email like 'grace%'").fetchone()
    press(page, f"again-{grace}")
    assert "The invitation to grace@wedsync.example is sent again" in as_seen(page.success[0].value)
    assert len(mailbox.read()) == 2
    sql.execute("update auth.users set email_confirmed_at = now() where id = %s", (grace,))
    press(page, f"again-{grace}")
    assert "has chosen a password meanwhile; no mail was sent" in as_seen(page.success[0].value)


def test_somebody_who_is_no_admin_any_more_cannot_send_it_again(
    open_people: Callable[..., AppTest], mailbox: Mailbox, sql: Any
) -> None:
    page = ask_to_invite(open_people(), "grace@wedsync.example")
    (grace,) = sql.execute("select id::text from auth.users where email like 'grace%'").fetchone()
    sql.execute("update user_profiles set role = 'analyst' where full_name = 'Ada Byron'")
    page.button(key=f"again-{grace}").click().run()
    assert "Only people with the role admin" in page.info[0].value
    assert len(mailbox.read()) == 1


def test_somebody_who_is_no_admin_any_more_cannot_invite(
    open_people: Callable[..., AppTest], mailbox: Mailbox, sql: Any
) -> None:
    page = press(open_people(), "people-invite")
    page.text_input(key="invite-email").set_value("grace@wedsync.example").run()
    sql.execute("update user_profiles set role = 'analyst'")
    page.button(key="people-sure").click().run()
    assert "Only people with the role admin" in page.info[0].value
    assert mailbox.read() == []


def test_what_an_invitation_says_is_no_html(
    ada: dict[str, str], mailbox: Mailbox, service: Any
) -> None:
    client = clients.person_client(ada["access_token"])
    link = "http://localhost:8501/new-password"
    invite(client, service, link, "<b>Ada</b>", "grace@wedsync.example", "analyst")
    text = mailbox.read()[0].get_content()
    assert "<b>Ada" not in text
    assert "Ada" in text
