"""A forgotten password, with the mail that Supabase really sends."""

import asyncio
import html
import re
from collections.abc import Callable
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest

from cs_app.server import clients
from cs_app.web import password_reset
from cs_app.web.password_reset import NO_ADDRESS, NOT_THE_SAME, TOO_LONG, TOO_MANY, TOO_SHORT
from cs_core.io.base.config import Settings
from cs_core.io.people.rate_limits import Limit
from embedded.stack import Stack
from tests.support.mailbox import Mailbox

NEW = "a brand-new password"
LINK = re.compile(r'href="([^"]+)"')


@pytest.fixture(autouse=True)
def quick_answers(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(password_reset, "ANSWER_SECONDS", 0.01)


@pytest.fixture
def ask(web: Any, mailbox: Mailbox) -> Callable[[str], Any]:
    """A function that asks for a mail and waits until it was dealt with."""

    async def dealt_with() -> None:
        await asyncio.gather(*password_reset._under_way)

    def send(email: str) -> Any:
        answer = web.post("/forgot-password", data={"email": email})
        web.portal.call(dealt_with)
        return answer

    return send


@pytest.fixture
def token(ask: Callable[[str], Any], mailbox: Mailbox, ada: dict[str, str]) -> str:
    """The token of a link that was just mailed."""
    ask(ada["email"])
    return token_in(link_in(mailbox))


def link_in(mailbox: Mailbox) -> str:
    (found,) = LINK.findall(mailbox.read()[-1].get_content())
    return html.unescape(found)


def token_in(link: str) -> str:
    return parse_qs(urlsplit(link).fragment)["token_hash"][0]


def save(web: Any, token: str, password: str = NEW, **changed: str) -> Any:
    form = {"token_hash": token, "password": password, "again": password} | changed
    return web.post("/new-password", data=form)


def can_sign_in(web: Any, email: str, password: str) -> bool:
    web.cookies.clear()
    return bool(web.post("/sign-in", data={"email": email, "password": password}).is_redirect)


def test_from_the_forgotten_password_to_signing_in_with_the_new_one(
    web: Any, ada: dict[str, str], ask: Callable[[str], Any], mailbox: Mailbox
) -> None:
    assert 'href="/forgot-password"' in web.get("/sign-in").text
    assert "Forgot your password?" in web.get("/forgot-password").text
    assert "a mail with a link is on its way" in ask("  Ada@WedSync.example ").text
    (mail,) = mailbox.read()
    assert (mail["To"], mail["Subject"]) == (ada["email"], "Choose a new password")
    link = link_in(mailbox)
    assert link.startswith("http://localhost:8501/new-password#token_hash=")

    answer = save(web, token_in(link))
    assert answer.status_code == 303
    where = answer.headers["location"]
    assert "Your new password is saved. Sign in with it." in web.get(where).text
    assert can_sign_in(web, ada["email"], NEW)
    assert not can_sign_in(web, ada["email"], ada["password"])


def test_all_browsers_of_that_person_are_signed_out_and_nobody_elses(
    web: Any,
    token: str,
    ada: dict[str, str],
    add_person: Callable[..., dict[str, str]],
    cookie_of: Callable[..., str],
    settings: Settings,
    sql: Any,
) -> None:
    grace = add_person("grace@wedsync.example", "analyst")
    hers, adas = cookie_of(grace), [cookie_of(ada), cookie_of(ada)]
    assert save(web, token).status_code == 303
    assert [clients.current_session(cookie) for cookie in adas] == [None, None]
    assert clients.current_session(hers) is not None
    sessions = "select count(*) from auth.refresh_tokens where user_id::text = %s"
    assert sql.execute(sessions, (ada["id"],)).fetchone() == (0,)


def test_whoever_has_the_address_the_answer_is_the_same(
    ask: Callable[[str], Any], ada: dict[str, str], mailbox: Mailbox
) -> None:
    known, unknown = ask(ada["email"]), ask("nobody@wedsync.example")
    assert (known.status_code, known.text) == (unknown.status_code, unknown.text)
    assert len(mailbox.read()) == 1


def test_a_mail_server_that_refuses_does_not_tell_who_has_an_account(
    ask: Callable[[str], Any], ada: dict[str, str], mailbox: Mailbox
) -> None:
    mailbox.treat("reject")
    known, unknown = ask(ada["email"]), ask("nobody@wedsync.example")
    assert (known.status_code, known.text) == (unknown.status_code, unknown.text)


def test_the_fourth_mail_within_an_hour_is_not_sent_and_nobody_is_told(
    ask: Callable[[str], Any], ada: dict[str, str], mailbox: Mailbox
) -> None:
    answers = {ask(ada["email"]).text for _ in range(4)}
    assert len(answers) == 1
    assert len(mailbox.read()) == 3


def test_one_browser_cannot_ask_for_mails_without_end(
    ask: Callable[[str], Any], sql: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(password_reset, "mails_per_address", Limit("address", 1, 300))
    ask("nobody@wedsync.example")
    answer = ask("somebody@wedsync.example")
    assert answer.status_code == 429
    assert TOO_MANY in answer.text


@pytest.mark.parametrize("email", ["", "ada", "<b>@", "a\r\nBcc: x@y.z"])
def test_what_is_no_address_is_told_so(web: Any, sql: Any, email: str) -> None:
    answer = web.post("/forgot-password", data={"email": email})
    assert answer.status_code == 400
    assert NO_ADDRESS in answer.text
    assert "<b>" not in answer.text


def test_without_supabase_one_is_told_to_try_again(
    ask: Callable[[str], Any], sql: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(password_reset, "ANSWER_SECONDS", 3.0)
    monkeypatch.setenv("SUPABASE_URL", "http://127.0.0.1:9")
    clients.forget_clients()
    answer = ask("ada@wedsync.example")
    assert answer.status_code == 503
    assert "does not answer" in answer.text


def test_opening_the_link_uses_nothing_up(web: Any, token: str) -> None:
    for _ in range(3):
        assert web.get(f"/new-password?token_hash={token}").status_code == 200
    assert save(web, token).status_code == 303


def test_a_link_works_once(web: Any, token: str, ada: dict[str, str]) -> None:
    assert save(web, token).status_code == 303
    again = save(web, token, "yet another password")
    assert again.status_code == 410
    assert "This link does not work any more" in again.text
    assert can_sign_in(web, ada["email"], NEW)


def test_a_link_that_is_too_old_changes_nothing(
    web: Any, token: str, ada: dict[str, str], sql: Any
) -> None:
    sql.execute("update auth.users set recovery_sent_at = now() - interval '61 minutes'")
    answer = save(web, token)
    assert answer.status_code == 410
    assert 'href="/forgot-password"' in answer.text
    assert can_sign_in(web, ada["email"], ada["password"])


@pytest.mark.parametrize("token", ["", "x", "0" * 56, "a" * 300, "<b>" * 10, "0" * 56 + "\0"])
def test_a_made_up_link_is_a_polite_page(web: Any, sql: Any, token: str) -> None:
    answer = save(web, token)
    assert answer.status_code == 410
    assert "Get a new mail" in answer.text
    assert "<b>" not in answer.text


@pytest.mark.parametrize(
    ("password", "again", "problem"),
    [
        ("a brand-new one", "a brand-new two", NOT_THE_SAME),
        ("1234567", "1234567", TOO_SHORT),
        ("é" * 37, "é" * 37, TOO_LONG),
    ],
)
def test_a_password_that_is_no_good_is_told_and_the_link_stays_good(
    web: Any, token: str, password: str, again: str, problem: str
) -> None:
    answer = save(web, token, password, again=again)
    assert answer.status_code == 400
    assert problem in answer.text
    assert password not in answer.text
    assert f'name="token_hash" value="{token}"' in answer.text
    assert save(web, token).status_code == 303


def test_the_old_password_is_no_new_one_and_the_next_try_still_works(
    web: Any, token: str, ada: dict[str, str]
) -> None:
    answer = save(web, token, ada["password"])
    assert answer.status_code == 422
    assert "Supabase does not take this password" in answer.text
    kept = dict(re.findall(r'name="(\w+_token)" value="([^"]+)"', answer.text))
    assert set(kept) == {"access_token", "refresh_token"}
    assert save(web, "", **kept).status_code == 303
    assert can_sign_in(web, ada["email"], NEW)


def test_a_link_of_supabases_own_mail_works_too(
    web: Any, token: str, ada: dict[str, str], stack: Stack
) -> None:
    """Such a link leads to Supabase, which sends the browser on with tokens behind the #."""
    to_supabase = httpx.get(
        f"{stack.env['SUPABASE_URL']}/auth/v1/verify",
        params={"token": token, "type": "recovery"},
        headers={"apikey": stack.env["SUPABASE_PUBLISHABLE_KEY"]},
    )
    behind = parse_qs(urlsplit(to_supabase.headers["location"]).fragment)
    tokens = {name: behind[name][0] for name in ("access_token", "refresh_token")}
    assert save(web, "", **tokens).status_code == 303
    assert can_sign_in(web, ada["email"], NEW)


def test_a_made_up_access_token_opens_nothing(web: Any, sql: Any) -> None:
    assert save(web, "", access_token="eyJhbGciOiJIUzI1NiJ9.e30.c2ln").status_code == 410


def test_guessing_is_slowed_down(web: Any, sql: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(password_reset, "tries_of_all", Limit("all", 2, 300))
    answers = [save(web, f"{n:056}").status_code for n in range(3)]
    assert answers == [410, 410, 429]


def test_no_token_goes_on_as_the_referer_or_into_a_log(
    web: Any, token: str, caplog: pytest.LogCaptureFixture
) -> None:
    for answer in (web.get("/new-password"), save(web, token)):
        assert answer.headers["referrer-policy"] == "no-referrer"
        assert answer.headers["cache-control"].startswith("no-")
    assert save(web, token).headers["referrer-policy"] == "no-referrer"
    assert token not in caplog.text
    assert NEW not in caplog.text


def test_browsers_that_pass_on_no_referer_may_send_the_form(web: Any, token: str) -> None:
    form = {"token_hash": token, "password": NEW, "again": NEW}
    assert web.post("/new-password", data=form, headers={"Origin": "null"}).status_code == 303


def test_without_a_link_the_page_says_where_to_get_one(web: Any, sql: Any) -> None:
    page = web.get("/new-password").text
    assert '<form id="choose" method="post" action="/new-password" hidden>' in page
    assert "Get a new mail" in page
