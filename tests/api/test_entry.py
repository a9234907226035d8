"""Who gets in: tokens, roles, and how often."""

import base64
import json
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx
import pytest

from cs_core.io.base.config import Settings
from tests.api.answers import HEALTH, INTERVENTIONS, error_of
from tests.support.health_rows import add_scored_supplier


def forged(token: str, **claims: Any) -> str:
    """The token with other claims, still signed for the old ones."""
    head, payload, signature = token.split(".")
    known = json.loads(base64.urlsafe_b64decode(payload + "=="))
    text = json.dumps(known | claims).encode()
    return f"{head}.{base64.urlsafe_b64encode(text).decode().rstrip('=')}.{signature}"


def refused(answer: httpx.Response, code: str) -> None:
    assert answer.status_code == 401
    assert error_of(answer)["code"] == code
    assert answer.headers["www-authenticate"].startswith("Bearer")


@pytest.mark.parametrize(
    "header",
    [None, "", "Bearer", "Basic YTpi", "Token a.b.c", "Bearer a.b.c d.e.f"],
)
@pytest.mark.parametrize(("method", "path"), [("GET", HEALTH), ("POST", INTERVENTIONS)])
def test_without_a_token_nobody_gets_in(
    method: str, path: str, header: str | None, api: httpx.Client
) -> None:
    headers = {} if header is None else {"Authorization": header}
    refused(api.request(method, path, headers=headers), "not_signed_in")


@pytest.mark.parametrize("token", ["junk", "a.b", "a.b.c", "a.b.c.d", "..", "a" * 9000, "é.b.c"])
def test_what_is_no_token_is_refused(token: str, api: httpx.Client) -> None:
    headers = [(b"Authorization", f"Bearer {token}".encode())]
    refused(api.get(HEALTH, headers=headers), "token_refused")


def test_a_forged_token_is_refused(
    api: httpx.Client, add_person: Callable[..., dict[str, str]]
) -> None:
    token = add_person("ada@wedsync.example", "admin")["access_token"]
    unsigned = base64.urlsafe_b64encode(b'{"alg":"none","typ":"JWT"}').decode().rstrip("=")
    for wrong, code in (
        (forged(token, exp=int(time.time()) + 9999), "token_refused"),
        (forged(token, role="service_role"), "token_refused"),
        (f"{unsigned}.{token.split('.')[1]}.x", "token_refused"),
        (forged(token, exp=int(time.time()) - 1), "token_expired"),
        (forged(token, exp="soon"), "token_refused"),
        (forged(token, exp=float("inf")), "token_refused"),
        (forged(token, exp=10**400), "token_refused"),
        (forged(token, exp=None), "token_refused"),
    ):
        refused(api.get(HEALTH, headers={"Authorization": f"Bearer {wrong}"}), code)


def test_the_keys_of_the_project_are_nobodys_tokens(api: httpx.Client, settings: Settings) -> None:
    for key in (settings.supabase_secret_key, settings.supabase_publishable_key):
        refused(api.get(HEALTH, headers={"Authorization": f"Bearer {key}"}), "token_refused")


def test_the_cookie_of_the_dashboard_does_not_count(
    api: httpx.Client, add_person: Callable[..., dict[str, str]]
) -> None:
    person = add_person("ada@wedsync.example", "admin")
    signed_in = api.post("/sign-in", data={name: person[name] for name in ("email", "password")})
    assert signed_in.status_code == 303
    assert api.cookies
    refused(api.get(HEALTH), "not_signed_in")


@pytest.mark.parametrize(("method", "path"), [("GET", HEALTH), ("POST", INTERVENTIONS)])
def test_an_account_without_a_role_sees_nothing(
    method: str, path: str, call_as: Callable[..., httpx.Client], sql: Any
) -> None:
    stranger = call_as(None)
    add_scored_supplier(sql, "Rowan & Fox", 20)
    answer = stranger.request(method, path)
    assert answer.status_code == 403
    assert error_of(answer)["code"] == "no_access"
    assert "Rowan" not in answer.text


def test_an_analyst_reads_and_does_not_write(
    analyst: httpx.Client, suppliers: list[str], sql: Any
) -> None:
    assert analyst.get(HEALTH).status_code == 200
    answer = analyst.post(INTERVENTIONS, json={"supplierId": suppliers[0], "type": "call"})
    assert answer.status_code == 403
    assert error_of(answer)["code"] == "admins_only"
    assert sql.execute("select count(*) from interventions").fetchone() == (0,)


def test_a_role_that_is_taken_away_is_gone_with_the_next_request(
    admin: httpx.Client, sql: Any
) -> None:
    assert admin.get(HEALTH).status_code == 200
    sql.execute("update user_profiles set role = 'analyst'")
    assert admin.post(INTERVENTIONS).status_code == 403
    sql.execute("delete from user_profiles")
    assert error_of(admin.get(HEALTH))["code"] == "no_access"


def test_who_may_not_is_told_so_before_anything_is_said_of_the_request(api: httpx.Client) -> None:
    refused(api.get(f"{HEALTH}?limit=x"), "not_signed_in")
    refused(api.post(INTERVENTIONS, content=b"{"), "not_signed_in")


def test_the_log_holds_no_token_and_nobodys_data(
    admin: httpx.Client, server_log: Path, suppliers: list[str]
) -> None:
    token = admin.headers["authorization"].removeprefix("Bearer ")
    secret = "rowan-and-fox@example.com"
    admin.get(HEALTH, params={"q": secret})
    admin.get(HEALTH, params={"tier": secret * 20})
    body = {"supplierId": suppliers[0], "type": "email", "message": secret, "template": secret}
    assert admin.post(INTERVENTIONS, json=body).status_code == 422
    admin.get(HEALTH, headers={"Authorization": f"Bearer {forged(token, email=secret)}"})
    log = server_log.read_text()
    assert secret not in log
    assert token not in log
    assert token.split(".")[2] not in log
