"""Ways back after signing in stay inside the dashboard."""

import pytest

from cs_app.server.links import safe_next, sign_in_link


@pytest.mark.parametrize(
    "target", ["/", "/suppliers", "/suppliers?risk=critical&page=2", "/a/b?q=%2F%2Fx", "/Ångström"]
)
def test_a_path_of_our_own_is_kept(target: str) -> None:
    assert safe_next(target) == target


@pytest.mark.parametrize(
    "target",
    [
        *(None, "", "suppliers", "//evil.example", "///evil.example", "/\\evil.example"),
        *("\\\\evil.example", "https://evil.example", "https:/evil.example"),
        *("javascript:alert(1)", "/\t/evil.example", "/\n/evil.example", "\t//evil.example"),
        *("/a\r\nSet-Cookie: x=1", "/a\x00b", "/a\x7fb", " //evil.example", "/a b"),
        *("/sign-out", "/sign-in?next=/sign-in", "/api/customer-success/health", "/_stcore/health"),
        "/" + "a" * 3000,
    ],
)
def test_anything_else_leads_to_the_first_page(target: str | None) -> None:
    assert safe_next(target) == "/"


def test_the_sign_in_link_carries_the_way_back() -> None:
    assert sign_in_link("/suppliers?risk=critical") == (
        "/sign-in?next=%2Fsuppliers%3Frisk%3Dcritical"
    )


def test_the_sign_in_link_leaves_out_a_way_elsewhere() -> None:
    assert sign_in_link("//evil.example") == "/sign-in"
