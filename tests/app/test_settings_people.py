"""The team as admins see and change it."""

import html
import re
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from cs_app import people_dialogs, services
from cs_app.people_words import removal_question
from cs_core.errors import StoreError
from cs_core.io import team
from cs_core.io.attempts import Limit
from cs_core.io.team import Member, invite
from embedded.stack import Stack
from tests.app.conftest import as_seen, words_of
from tests.run.mailbox import Mailbox

SETTINGS = "pages/settings.py"


@pytest.fixture
def mailbox(stack: Stack) -> Iterator[Mailbox]:
    with Mailbox.emptied(stack) as emptied:
        yield emptied


@pytest.fixture
def ada(add_person: Callable[..., dict[str, str]], sql: Any) -> dict[str, str]:
    person = add_person("ada@wedsync.example", "admin")
    sql.execute("update user_profiles set full_name = 'Ada Byron' where id = %s", (person["id"],))
    return person


@pytest.fixture
def cookie(ada: dict[str, str], cookie_of: Callable[..., str]) -> str:
    return cookie_of(ada)


@pytest.fixture
def open_people(open_page: Callable[..., AppTest], cookie: str) -> Callable[..., AppTest]:
    def run(with_cookie: str = cookie) -> AppTest:
        page = open_page(with_cookie, SETTINGS, part="people")
        assert not page.exception
        return page

    return run


def plain(page: AppTest) -> str:
    return " ".join(html.unescape(re.sub(r"<[^>]+>", " ", words_of(page))).split())


def click(page: AppTest, key: str) -> AppTest:
    page.button(key=key).click().run()
    assert not page.exception
    return page


def ask_to_invite(page: AppTest, email: str, role: str = "analyst", name: str = "") -> AppTest:
    click(page, "people-invite")
    page.text_input(key="invite-email").set_value(email).run()
    page.text_input(key="invite-name").set_value(name).run()
    page.radio(key="invite-role").set_value(role).run()
    return click(page, "people-sure")


def roles(sql: Any) -> dict[str, str | None]:
    rows = sql.execute(
        "select a.email, u.role from user_profiles u join auth.users a on a.id = u.id"
    ).fetchall()
    return dict(rows)


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


def test_an_analyst_sees_nothing_of_it(
    open_page: Callable[..., AppTest],
    add_person: Callable[..., dict[str, str]],
    cookie_of: Callable[..., str],
) -> None:
    ann = cookie_of(add_person("ann@wedsync.example", "analyst"))
    page = open_page(ann, SETTINGS, part="people")
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


def test_names_are_shown_as_text(
    open_people: Callable[..., AppTest], ada: dict[str, str], sql: Any
) -> None:
    sql.execute("update user_profiles set full_name = '<b>x</b> **y**'")
    assert "&lt;b&gt;x&lt;/b&gt; **y**" in words_of(open_people())


# ============ inviting ============


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
    token = html.unescape(link).partition("#token_hash=")[2]
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
    click(page, "people-sure")  # once more: the role, and another mail
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
    click(page, f"again-{grace}")
    assert "The invitation to grace@wedsync.example is sent again" in as_seen(page.success[0].value)
    assert len(mailbox.read()) == 2
    sql.execute("update auth.users set email_confirmed_at = now() where id = %s", (grace,))
    click(page, f"again-{grace}")
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
    page = click(open_people(), "people-invite")
    page.text_input(key="invite-email").set_value("grace@wedsync.example").run()
    sql.execute("update user_profiles set role = 'analyst'")
    page.button(key="people-sure").click().run()
    assert "Only people with the role admin" in page.info[0].value
    assert mailbox.read() == []


def test_what_an_invitation_says_is_no_html(
    ada: dict[str, str], mailbox: Mailbox, service: Any, settings: Any
) -> None:
    client = services.person_client(ada["access_token"])
    link = "http://localhost:8501/new-password"
    invite(client, service, link, "<b>Ada</b>", "grace@wedsync.example", "analyst")
    text = mailbox.read()[0].get_content()
    assert "<b>Ada" not in text
    assert "Ada" in text


# ============ roles, removal ============


def test_a_role_is_changed_after_a_question(
    open_people: Callable[..., AppTest], add_person: Callable[..., dict[str, str]], sql: Any
) -> None:
    ann = add_person("ann@wedsync.example", "analyst")
    page = click(open_people(), f"role-{ann['id']}")
    assert "may then contact suppliers, change the settings" in plain(page)
    assert roles(sql)["ann@wedsync.example"] == "analyst"
    click(page, "people-sure")
    assert as_seen(page.success[0].value) == "ann@wedsync.example is an admin now."
    assert roles(sql)["ann@wedsync.example"] == "admin"


def test_a_removed_person_is_signed_out_at_the_next_click(
    open_people: Callable[..., AppTest],
    open_page: Callable[..., AppTest],
    add_person: Callable[..., dict[str, str]],
    cookie_of: Callable[..., str],
    cookie: str,
    sql: Any,
) -> None:
    ann = add_person("ann@wedsync.example", "analyst")
    hers = cookie_of(ann)
    assert "Suppliers" in [title.value for title in open_page(hers).title]
    page = click(open_people(), f"remove-{ann['id']}")
    assert "They are signed out on 1 browser, at the next click" in plain(page)
    click(page, "people-sure")
    assert as_seen(page.success[0].value) == "ann@wedsync.example is removed from the team."
    assert "1 person" in plain(page)
    assert roles(sql)["ann@wedsync.example"] is None
    assert open_page(hers).title[0].value == "Your session has ended"


def test_cancelling_changes_nothing(
    open_people: Callable[..., AppTest], add_person: Callable[..., dict[str, str]], sql: Any
) -> None:
    ann = add_person("ann@wedsync.example", "analyst")
    page = click(open_people(), f"remove-{ann['id']}")
    click(page, "people-cancel")
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
        page = click(open_people(), f"{what}-{ada['id']}")
        assert "This is your own account" in plain(page)
        sql.execute("update user_profiles set role = null where id = %s", (grace["id"],))
        assert page.button(key="people-sure").disabled
        page.checkbox(key="people-myself").check().run()
        click(page, "people-sure")
        assert "Nobody else is an admin" in as_seen(page.error[0].value)
        assert roles(sql)["ada@wedsync.example"] == "admin"


def test_who_removes_themselves_is_out_at_once(
    open_people: Callable[..., AppTest],
    add_person: Callable[..., dict[str, str]],
    ada: dict[str, str],
) -> None:
    add_person("grace@wedsync.example", "admin")
    page = click(open_people(), f"remove-{ada['id']}")
    page.checkbox(key="people-myself").check().run()
    page.button(key="people-sure").click().run()
    assert page.title[0].value == "Your session has ended"


def test_an_admin_who_becomes_an_analyst_loses_the_page_at_once(
    open_people: Callable[..., AppTest],
    add_person: Callable[..., dict[str, str]],
    ada: dict[str, str],
) -> None:
    add_person("grace@wedsync.example", "admin")
    page = click(open_people(), f"role-{ada['id']}")
    page.checkbox(key="people-myself").check().run()
    page.button(key="people-sure").click().run()
    assert "Only people with the role admin" in page.info[0].value


def test_somebody_is_signed_out_everywhere_and_stays_in_the_team(
    open_people: Callable[..., AppTest],
    open_page: Callable[..., AppTest],
    add_person: Callable[..., dict[str, str]],
    cookie_of: Callable[..., str],
    sql: Any,
) -> None:
    ann = add_person("ann@wedsync.example", "analyst")
    cookies = [cookie_of(ann), cookie_of(ann)]
    page = click(open_people(), f"sign_out-{ann['id']}")
    click(page, "people-sure")
    assert "is signed out everywhere" in as_seen(page.success[0].value)
    assert [services.current_session(cookie) for cookie in cookies] == [None, None]
    assert roles(sql)["ann@wedsync.example"] == "analyst"


def test_a_removal_says_what_becomes_of_the_suppliers() -> None:
    known = {"invited_at": None, "last_sign_in_at": None, "last_seen_at": None}
    ann = Member(
        "i", "ann@x.example", None, "analyst", open_sessions=0, suppliers=3, is_me=False, **known
    )
    said = removal_question(ann)
    assert said[0].endswith("They are signed out at the next click.")
    assert said[1] == "3 suppliers they look after will have no owner."
