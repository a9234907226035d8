"""Checks that every request passes, and the routes that are no pages."""

import base64
import hashlib
from collections.abc import Callable
from typing import Any

import pytest
from starlette.datastructures import Headers

from cs_app.server import clients
from cs_app.web.protection import INLINE_SCRIPT, is_cross_site, security_headers

HERE = "https://cs.wedsync.example"


@pytest.mark.parametrize(
    ("headers", "refused"),
    [
        ({}, False),  # curl, another server: no browser, no cookie of a victim
        ({"sec-fetch-site": "same-origin", "origin": HERE}, False),
        ({"sec-fetch-site": "none"}, False),
        ({"sec-fetch-site": "cross-site", "origin": "https://evil.example"}, True),
        ({"sec-fetch-site": "same-site", "origin": "https://blog.wedsync.example"}, True),
        ({"sec-fetch-site": "cross-site"}, True),
        ({"sec-fetch-site": "cross-site", "origin": HERE}, True),
        ({"origin": HERE, "host": "10.0.0.7:8501"}, False),  # behind a proxy
        ({"origin": "http://10.0.0.7:8501", "host": "10.0.0.7:8501"}, False),
        ({"origin": "https://evil.example", "host": "cs.wedsync.example"}, True),
        ({"origin": "null", "host": "cs.wedsync.example"}, True),
        ({"origin": "", "host": "cs.wedsync.example"}, True),
    ],
)
def test_a_write_is_refused_when_another_site_made_it(
    headers: dict[str, str], refused: bool
) -> None:
    assert is_cross_site(Headers(headers), HERE) is refused


@pytest.mark.parametrize("path", ["/sign-in", "/sign-out", "/suppliers"])
def test_a_cross_site_post_changes_nothing(
    web: Any,
    path: str,
    add_person: Callable[..., dict[str, str]],
    cookie_of: Callable[..., str],
) -> None:
    ada = add_person("ada@wedsync.example", "admin")
    web.cookies.set(clients.COOKIE, cookie_of(ada))
    form = {"email": ada["email"], "password": ada["password"]}
    answer = web.post(path, data=form, headers={"Sec-Fetch-Site": "cross-site"})
    assert answer.status_code == 403
    assert "set-cookie" not in answer.headers
    assert web.get("/").status_code == 200  # still signed in


def test_a_cross_site_write_to_the_api_is_refused_as_json(web: Any) -> None:
    answer = web.post("/api/x", headers={"Origin": "https://evil.example"})
    assert (answer.status_code, answer.json()["error"]["code"]) == (403, "cross_site_request")


@pytest.mark.parametrize("path", ["/", "/suppliers", "/suppliers/", "/index.html", "/x/static/y"])
@pytest.mark.parametrize("method", ["GET", "HEAD"])
def test_a_page_without_a_session_leads_to_sign_in(
    web: Any, sql: Any, path: str, method: str
) -> None:
    answer = web.request(method, path)
    assert answer.status_code == 303
    assert answer.headers["location"].startswith("/sign-in")
    assert answer.headers["cache-control"] == "no-store"


def test_the_way_back_keeps_the_filter(web: Any, sql: Any) -> None:
    location = web.get("/suppliers?risk=critical").headers["location"]
    assert location == "/sign-in?next=%2Fsuppliers%3Frisk%3Dcritical"


@pytest.mark.parametrize("cookie", ["x", "a" * 43, "'; drop table--", "é" * 43])
def test_a_made_up_cookie_is_no_session(web: Any, sql: Any, cookie: str) -> None:
    answer = web.get("/", headers={"Cookie": f"{clients.COOKIE}={cookie}".encode()})
    assert answer.status_code == 303


@pytest.mark.parametrize("path", ["/_stcore/health", "/static/js/a.js", "/favicon.png", "/healthz"])
def test_what_is_no_page_needs_no_session(web: Any, sql: Any, path: str) -> None:
    assert web.get(path).status_code == 200


def test_without_supabase_a_page_says_so(web: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SUPABASE_URL", "http://127.0.0.1:9")
    clients.forget_clients()
    web.cookies.set(clients.COOKIE, "a" * 43)
    answer = web.get("/suppliers")
    assert answer.status_code == 503
    assert "Nothing was changed" in answer.text


@pytest.mark.parametrize("path", ["/", "/sign-in", "/api/x", "/export/health.csv"])
def test_every_answer_carries_the_security_headers(web: Any, sql: Any, path: str) -> None:
    headers = web.get(path).headers
    assert "frame-ancestors 'none'" in headers["content-security-policy"]
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["referrer-policy"] == "same-origin"


def test_scripts_run_from_our_own_files_only() -> None:
    rules = security_headers(https=False)["Content-Security-Policy"].split("; ")
    scripts = next(rule for rule in rules if rule.startswith("script-src"))
    assert "unsafe" not in scripts
    assert "*" not in scripts


def test_every_screen_is_told_where_its_server_is(web: Any, cookie: str) -> None:
    """By a script that the rules for scripts allow; what lies deeper is Streamlit's own."""
    web.cookies.set(clients.COOKIE, cookie)
    page = web.get("/suppliers?risk=critical")
    scripts = INLINE_SCRIPT.findall(page.text)
    told, module = page.text.index("window.__streamlit ="), page.text.index('type="module"')
    assert told < module
    for script in scripts:
        digest = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
        assert f"'sha256-{digest}'" in page.headers["content-security-policy"]
    assert page.headers["cache-control"] == "no-cache"
    assert web.get("/suppliers/_stcore/health").text == "a page"
    assert web.get("/suppliers.txt").text == "a page"


def test_https_is_made_to_stay_only_where_it_is_used() -> None:
    assert "Strict-Transport-Security" in security_headers(https=True)
    assert "Strict-Transport-Security" not in security_headers(https=False)


@pytest.mark.parametrize("method", ["GET", "POST", "PUT", "PATCH", "DELETE"])
@pytest.mark.parametrize("path", ["/api", "/api/", "/api/customer-success/nothing"])
def test_an_unknown_api_endpoint_is_a_404_in_json(web: Any, method: str, path: str) -> None:
    answer = web.request(method, path)
    assert answer.status_code == 404
    assert answer.json()["error"] == {
        "code": "not_found",
        "message": "There is no such endpoint.",
        "details": {"method": method, "path": path},
    }
