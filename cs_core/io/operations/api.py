"""What the HTTP API asks Supabase for: who calls, pages of suppliers, first answers to writes."""

import datetime as dt
from dataclasses import dataclass
from typing import Any

from cs_core.base.errors import NotAllowed, TokenRefused
from cs_core.io.base.client import PersonClient, ServiceClient, call, run_request

TRIES = 2  # a program is waiting


@dataclass(frozen=True)
class Caller:
    """Who a token speaks for at this moment.

    `role` is `admin`, `analyst` or None; `wait_seconds` is above 0 where this request is one
    too many.
    """

    user_id: str
    role: str | None
    wait_seconds: int


@dataclass(frozen=True)
class SupplierHealth:
    """One supplier of a page; without a score, what a score tells is None.

    `days_active` counts the days with a login among the 30 that the score looks back on.
    """

    id: str
    name: str
    health_score: int | None
    risk_level: str | None
    last_login: dt.datetime | None
    days_active: int | None
    tier: str
    recommendations: tuple[str, ...]


@dataclass(frozen=True)
class SupplierPage:
    """Some suppliers in order of their ids; `summary` is None where it was not asked for.

    `summary` has `total`, `healthy`, `at_risk` and `critical`.
    """

    rows: tuple[SupplierHealth, ...]
    summary: dict[str, int] | None
    has_more: bool


@dataclass(frozen=True)
class Claim:
    """What an idempotency key stands for; `answer` is the first one, if there was one."""

    is_same: bool
    answer: dict[str, Any] | None


def enter(client: PersonClient, access_token: str, kind: str, per_minute: int) -> Caller:
    """Say who calls, and count the call.

    Parameters
    ----------
    client : PersonClient
        Of nobody: each call speaks for whoever the token says.
    access_token : str
        From Supabase Auth. Supabase checks it.
    kind : {'read', 'write'}
        Which allowance it takes from.
    per_minute : int
        How large that is.

    Raises
    ------
    TokenRefused
        If it is no person's token, or has expired.
    """
    what, arguments = "Checking the token", {"p_kind": kind, "p_per_minute": per_minute}
    try:
        found = _call_as(client, access_token, what, "enter_api", arguments)
    except NotAllowed as error:
        raise TokenRefused(what=what, reason=error.reason) from error
    if found["user_id"] is None:
        raise TokenRefused(what=what, reason="it is no person's")
    return Caller(**found)


def fetch_suppliers(
    client: PersonClient,
    access_token: str,
    wanted: dict[str, Any],
    after: str | None,
    limit: int,
    *,
    with_summary: bool,
) -> SupplierPage:
    """Read a page of the active suppliers that match.

    Parameters
    ----------
    client, access_token
        See `enter`.
    wanted : dict
        What `SupplierFilter.to_dict` gives.
    after : str, optional
        The id after which the page begins.
    limit : int
        At most 500.
    with_summary : bool
        Whether to count all that match.
    """
    arguments = {
        "p_filter": wanted,
        "p_after": after,
        "p_limit": limit,
        "p_with_summary": with_summary,
    }
    found = _call_as(client, access_token, "Reading suppliers", "api_suppliers", arguments)
    rows = tuple(_supplier(row) for row in found["rows"])
    return SupplierPage(rows, found["summary"], found["has_more"])


def claim_key(service: ServiceClient, user_id: str, key: str, fingerprint: str) -> Claim:
    """Note what a person's idempotency key stands for, or find what it stood for first.

    `fingerprint`: SHA-256 of what is asked, in hexadecimal.
    """
    arguments = {"p_user": user_id, "p_key": key, "p_fingerprint": fingerprint}
    return Claim(
        **call(service, "Checking the idempotency key", "claim_api_key", arguments, tries=TRIES)
    )


def keep_answer(
    service: ServiceClient, user_id: str, key: str, answer: dict[str, Any]
) -> dict[str, Any]:
    """Keep the answer to a key; return the one that was kept first."""
    arguments = {"p_user": user_id, "p_key": key, "p_answer": answer}
    kept = call(service, "Keeping the answer", "keep_api_answer", arguments, tries=TRIES)
    return dict(kept or answer)


def release_key(service: ServiceClient, user_id: str, key: str) -> None:
    """Let a key be used again: what it was used for was refused."""
    arguments = {"p_user": user_id, "p_key": key}
    call(service, "Releasing the idempotency key", "release_api_key", arguments, tries=TRIES)


def _call_as(
    client: PersonClient, access_token: str, what: str, function: str, arguments: dict[str, Any]
) -> Any:
    """Call a database function in the name of a token.

    Not with a client of its own for each: making one takes longer than most answers, and
    anybody could have them made with invented tokens.
    """

    def ask() -> Any:
        query = client.rpc(function, arguments)
        query.request.headers["Authorization"] = f"Bearer {access_token}"
        return query.execute().data

    return run_request(what, ask, tries=TRIES)


def _supplier(row: dict[str, Any]) -> SupplierHealth:
    login = row["last_login"]
    return SupplierHealth(
        **row
        | {
            "last_login": dt.datetime.fromisoformat(login) if login else None,
            "recommendations": tuple(row["recommendations"]),
        }
    )
