"""Signing in and out over HTTP, on the real Supabase."""

import time
from collections.abc import Callable
from typing import Any

import pytest

from cs_app.server import clients
from cs_app.web import sign_in
from cs_app.web.sign_in import TOO_MANY, WRONG
from cs_core.io.people.sessions import LIFETIME_SECONDS


@pytest.fixture(autouse=True)
def _refused_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sign_in, "REFUSAL_SECONDS", 0)


def post(web: Any, person: dict[str, str], **changed: str) -> Any:
    form = {"email": person["email"], "password": person["password"]} | changed
    return web.post("/sign-in", data=form)


def test_the_right_password_sets_the_cookie_and_leads_back(web: Any, ada: dict[str, str]) -> None:
    answer = post(web, ada, next="/suppliers?risk=critical")
    assert answer.status_code == 303
    assert answer.headers["location"] == "/suppliers?risk=critical"
    flags = answer.headers["set-cookie"].split("; ")
    assert {"HttpOnly", "SameSite=lax", "Path=/", f"Max-Age={LIFETIME_SECONDS}"} <= set(flags)
    assert web.get("/suppliers").status_code == 200


def test_the_cookie_is_secure_where_the_dashboard_is_https(
    web: Any, ada: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CS_BASE_URL", "https://cs.wedsync.example")
    clients.forget_clients()
    assert "Secure" in post(web, ada).headers["set-cookie"].split("; ")


def test_the_address_is_taken_whatever_its_case_and_spaces(web: Any, ada: dict[str, str]) -> None:
    assert post(web, ada, email="  Ada@WedSync.example ").status_code == 303


@pytest.mark.parametrize("target", ["//evil.example", "/\\evil.example", "https://evil.example"])
def test_the_way_back_never_leads_to_another_site(
    web: Any, ada: dict[str, str], target: str
) -> None:
    assert post(web, ada, next=target).headers["location"] == "/"


def test_a_wrong_password_and_an_unknown_address_get_the_same_answer(
    web: Any, ada: dict[str, str]
) -> None:
    wrong = post(web, ada, password="not this one")
    unknown = post(web, ada, email="nobody@wedsync.example")
    assert wrong.status_code == unknown.status_code == 401
    assert WRONG in wrong.text
    assert unknown.text == wrong.text.replace("ada@", "nobody@")
    assert "set-cookie" not in wrong.headers
    assert ada["password"] not in wrong.text
    assert "not this one" not in wrong.text


def test_refusals_take_the_same_time_whether_anybody_has_the_address_or_not(
    web: Any, ada: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sign_in, "REFUSAL_SECONDS", 1.5)
    for changed in ({"password": "not this one"}, {"email": "nobody@wedsync.example"}):
        began = time.monotonic()
        assert post(web, ada, **changed).status_code == 401
        assert time.monotonic() - began >= 1.5
    assert post(web, ada).status_code == 303


def test_what_was_typed_is_shown_again_as_plain_text(web: Any, ada: dict[str, str]) -> None:
    answer = post(web, ada, email='"><script>alert(1)</script>', next='/"><b>')
    assert "<script>alert" not in answer.text
    assert "<b>" not in answer.text


@pytest.mark.parametrize("form", [{}, {"email": "a@b.c"}, {"password": "x"}, {"email": " "}])
def test_an_incomplete_form_is_a_400(web: Any, sql: Any, form: dict[str, str]) -> None:
    assert web.post("/sign-in", data=form).status_code == 400


def test_a_huge_form_is_refused(web: Any, sql: Any) -> None:
    assert web.post("/sign-in", data={"email": "a" * 100_000}).status_code == 413


def test_the_eleventh_attempt_in_five_minutes_is_refused_even_with_the_right_password(
    web: Any, ada: dict[str, str]
) -> None:
    for _ in range(10):
        assert post(web, ada, password="wrong").status_code == 401
    answer = post(web, ada)
    assert answer.status_code == 429
    assert TOO_MANY in answer.text
    assert "set-cookie" not in answer.headers


def test_another_persons_attempts_do_not_lock_one_out(
    web: Any, ada: dict[str, str], add_person: Callable[..., dict[str, str]]
) -> None:
    grace = add_person("grace@wedsync.example", "analyst")
    for _ in range(11):
        post(web, ada, password="wrong")
    assert post(web, grace).status_code == 303


def test_signing_in_begins_the_count_anew(web: Any, ada: dict[str, str]) -> None:
    for _ in range(9):
        post(web, ada, password="wrong")
    assert post(web, ada).status_code == 303
    web.cookies.clear()
    assert post(web, ada, password="wrong").status_code == 401


def test_every_sign_in_makes_a_new_session_and_ends_the_browsers_old_one(
    web: Any, ada: dict[str, str], sql: Any
) -> None:
    post(web, ada)
    first = web.cookies[clients.COOKIE]
    post(web, ada)
    assert web.cookies[clients.COOKIE] != first
    assert sql.execute("select count(*) from private.web_sessions").fetchone() == (1,)


def test_who_is_signed_in_is_led_past_the_form(web: Any, ada: dict[str, str]) -> None:
    post(web, ada)
    answer = web.get("/sign-in", params={"next": "/suppliers"})
    assert (answer.status_code, answer.headers["location"]) == (303, "/suppliers")


def test_the_form_has_labels_and_keeps_the_way_back(web: Any, sql: Any) -> None:
    page = web.get("/sign-in", params={"next": "/suppliers?risk=critical"}).text
    assert '<label for="email">' in page
    assert '<label for="password">' in page
    assert 'name="next" value="/suppliers?risk=critical"' in page
    assert "<script" not in page


def test_signing_out_ends_the_session_and_drops_the_cookie(
    web: Any, ada: dict[str, str], sql: Any
) -> None:
    post(web, ada)
    answer = web.post("/sign-out")
    assert (answer.status_code, answer.headers["location"]) == (303, "/sign-in")
    assert clients.COOKIE not in web.cookies
    assert sql.execute("select count(*) from private.web_sessions").fetchone() == (0,)


def test_a_link_alone_does_not_sign_out(web: Any, ada: dict[str, str]) -> None:
    post(web, ada)
    assert 'method="post" action="/sign-out"' in web.get("/sign-out").text
    assert web.get("/").status_code == 200


def test_signing_out_without_a_session_is_harmless(web: Any, sql: Any) -> None:
    assert web.post("/sign-out").status_code == 303


def test_without_supabase_the_form_says_so_and_keeps_what_was_typed(
    web: Any, ada: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SUPABASE_URL", "http://127.0.0.1:9")
    clients.forget_clients()
    answer = post(web, ada)
    assert answer.status_code == 503
    assert "does not answer" in answer.text
    assert ada["email"] in answer.text


def test_an_account_is_guarded_whatever_addresses_the_attempts_claim(
    web: Any, ada: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    from cs_app.web import sign_in
    from cs_core.io.people.rate_limits import Limit

    # As if each attempt came from another address: only the count per name is left.
    monkeypatch.setattr(sign_in, "per_account", Limit("account", 10_000, 300))
    monkeypatch.setattr(sign_in, "per_name", Limit("name", 3, 300))
    for _ in range(3):
        assert post(web, ada, password="wrong").status_code == 401
    assert post(web, ada, password="wrong").status_code == 429


@pytest.mark.parametrize("field", ["email", "password"])
def test_a_character_no_account_has_is_a_wrong_sign_in_and_no_outage(
    field: str, web: Any, ada: dict[str, str]
) -> None:
    answer = post(web, ada, **{field: ada[field] + "\0"})
    assert answer.status_code == 401
