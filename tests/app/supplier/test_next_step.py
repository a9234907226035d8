"""The next best action is one that can be taken now."""

from collections.abc import Callable, Mapping
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from tests.support.dashboard import words_of
from tests.support.supplier_rows import ADVICE, SUPPLIER, add_38, add_known_supplier

Open = Callable[..., AppTest]
PLAN_A_CALL = {"set_up_not_finished": "Set-up not finished 3 days after sign-up: book a call"}


@pytest.fixture
def opened(cookie: str, open_page: Open, sql: Any) -> Callable[..., AppTest]:
    def open_it(
        advice: Mapping[str, str],
        contacted: str | None = None,
        ago: str = "0 days",
        **columns: Any,
    ) -> AppTest:
        supplier_id = add_known_supplier(sql, **columns)
        add_38(sql, supplier_id, advice)
        if contacted:
            sql.execute(
                "insert into interventions"
                " (supplier_id, type, call_type, playbook, dedupe_key, status, sent_at)"
                " values (%s, %s, %s, 'x', %s, %s, now() - %s::interval)",
                [
                    supplier_id,
                    contacted,
                    "check_in" if contacted == "call" else None,
                    contacted,
                    "planned" if contacted == "call" else "sent",
                    None if contacted == "call" else ago,
                ],
            )
        return open_page(cookie, SUPPLIER, id=supplier_id)

    return open_it


def primary(page: AppTest) -> list[str]:
    return [one.label for one in page.button if one.proto.type == "primary"]


def test_what_wins_most_points_comes_first_when_nothing_is_in_the_way(
    opened: Callable[..., AppTest],
) -> None:
    page = opened(ADVICE)
    assert primary(page) == ["Send the tips by e-mail"]
    assert "Not now" not in words_of(page)


@pytest.mark.parametrize(
    ("columns", "contacted", "why"),
    [
        ({}, "email", "was sent as many e-mails lately as the rules allow"),
        ({"email_opt_out": True}, None, "has opted out of e-mail"),
        ({"email": None}, None, "has no e-mail address"),
    ],
)
def test_what_cannot_be_done_now_waits_and_says_why(
    opened: Callable[..., AppTest], columns: dict[str, Any], contacted: str | None, why: str
) -> None:
    page = opened(ADVICE | PLAN_A_CALL, contacted=contacted, **columns)
    assert primary(page) == ["Plan an onboarding call"]
    assert words_of(page).count(f"Not now: it {why}.") == len(ADVICE)


def test_a_call_is_not_proposed_beside_an_open_one(opened: Callable[..., AppTest]) -> None:
    page = opened(PLAN_A_CALL, contacted="call")
    assert primary(page) == []
    assert "Nothing for now; see below what waits, and why." in [one.value for one in page.text]
    assert "Not now: it has a call planned already." in words_of(page)


@pytest.mark.parametrize(("cap_days", "is_told"), [(7, False), (9, False), (10, True)])
def test_a_contact_within_the_caps_days_is_told_beside_it(
    opened: Callable[..., AppTest], sql: Any, cap_days: int, is_told: bool
) -> None:
    sql.execute(
        "insert into outreach_rules (version, definition) select 2, jsonb_set(definition,"
        " '{email_cap,days}', %s::text::jsonb) from outreach_rules where version = 1",
        [cap_days],
    )
    page = opened(ADVICE, contacted="email", ago="9 days 1 hour")
    assert ("Last contact: " in words_of(page)) is is_told
