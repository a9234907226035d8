"""Reading the answers of the API."""

from typing import Any

import httpx

HEALTH = "/api/customer-success/health"
INTERVENTIONS = "/api/customer-success/interventions"


def error_of(answer: httpx.Response) -> dict[str, Any]:
    """The error in an answer, after checking that it has the one shape all errors have."""
    assert answer.headers["content-type"] == "application/json"
    assert answer.headers["cache-control"] == "no-store"
    body = answer.json()
    assert set(body) == {"error"}
    error = body["error"]
    assert set(error) == {"code", "message", "details"}
    assert error["message"].endswith(".")
    return dict(error)


def fields_of(answer: httpx.Response) -> dict[str, str]:
    """Which fields an answer finds fault with: field -> what it says of it."""
    assert answer.status_code == 422, answer.text
    error = error_of(answer)
    assert error["code"] == "invalid_fields"
    return {one["field"]: one["problem"] for one in error["details"]["fields"]}
