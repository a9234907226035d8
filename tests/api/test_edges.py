"""Under /api there is JSON only: odd addresses, wrong methods, other sites."""

import http.client
from urllib.parse import urlsplit

import httpx
import pytest

from tests.api.answers import HEALTH, INTERVENTIONS, error_of

METHODS = ["GET", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "FETCH"]
DESCRIPTION = "/api/openapi.json"


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize(
    "path", ["/api", "/api/", "/api/nothing", f"{HEALTH}/", "/api/customer-success"]
)
def test_an_unknown_endpoint_is_a_404(method: str, path: str, api: httpx.Client) -> None:
    answer = api.request(method, path)
    assert answer.status_code == 404
    error = error_of(answer)
    assert error["code"] == "not_found"
    assert error["details"] == {"method": method, "path": path}


@pytest.mark.parametrize(
    "path",
    [
        *("/api/../suppliers", "/api/..", "/api/%2e%2e/%2e%2e/etc/passwd", "/api/..%2fsuppliers"),
        *("/api//", "/api//evil.example/x", "/api/a%5Cb", "/api/%5C%5Chost%5Cshare", "/api/C:%5Cx"),
        *("/api/%00", "/api/%ff%fe", "/api/<b>", "/api/customer-success/health%20", "/api/~"),
        *(f"{HEALTH};x=1", f"{HEALTH}%2F", "/api/" + "x" * 6000),
    ],
    ids=lambda path: path[:40],
)
def test_an_odd_address_is_a_404_in_json_too(path: str, server: str) -> None:
    parts = urlsplit(server)
    # httpx would tidy the address up.
    connection = http.client.HTTPConnection(parts.hostname or "", parts.port, timeout=30)
    connection.request("GET", path)
    answer = connection.getresponse()
    assert (answer.status, answer.getheader("Content-Type")) == (404, "application/json")
    connection.close()


@pytest.mark.parametrize(
    ("path", "allowed"),
    [
        (HEALTH, "GET"),
        (INTERVENTIONS, "POST"),
        (DESCRIPTION, "GET"),
        ("/healthz", "GET"),
        ("/readyz", "GET"),
    ],
)
def test_a_wrong_method_is_a_405_that_names_the_right_one(
    path: str, allowed: str, api: httpx.Client
) -> None:
    for method in set(METHODS) - {allowed}:
        answer = api.request(method, path)
        assert answer.status_code == 405, method
        assert error_of(answer)["code"] == "method_not_allowed"
        assert allowed in answer.headers["allow"].split(", ")
        assert method not in answer.headers["allow"].split(", ")


def test_head_is_get_without_a_body(analyst: httpx.Client) -> None:
    answer = analyst.head(HEALTH)
    assert (answer.status_code, answer.content) == (200, b"")
    assert answer.headers["content-type"] == "application/json"


@pytest.mark.parametrize("path", [HEALTH, DESCRIPTION, "/healthz", "/api/nothing"])
def test_browsers_of_other_sites_are_given_nothing(path: str, api: httpx.Client) -> None:
    origin = {"Origin": "https://elsewhere.example"}
    asked = origin | {"Access-Control-Request-Method": "GET"}
    for answer in (api.get(path, headers=origin), api.options(path, headers=asked)):
        assert not [name for name in answer.headers if name.startswith("access-control-")]


def test_a_write_that_another_site_makes_a_browser_send_is_refused(admin: httpx.Client) -> None:
    answer = admin.post(INTERVENTIONS, json={}, headers={"Origin": "https://elsewhere.example"})
    assert answer.status_code == 403
    assert error_of(answer)["code"] == "cross_site_request"


@pytest.mark.parametrize("path", [HEALTH, DESCRIPTION, "/healthz", "/readyz", "/api/nothing"])
def test_every_answer_carries_the_security_headers(path: str, api: httpx.Client) -> None:
    headers = api.get(path).headers
    assert headers["x-content-type-options"] == "nosniff"
    assert "frame-ancestors 'none'" in headers["content-security-policy"]
    assert "server" not in headers or "python" not in headers["server"].lower()
    assert headers["cache-control"] == "no-store"


def test_the_dashboard_is_still_there(api: httpx.Client) -> None:
    answer = api.get("/suppliers")
    assert answer.status_code == 303
    assert api.get("/apical").status_code == 303  # a page, not the API
