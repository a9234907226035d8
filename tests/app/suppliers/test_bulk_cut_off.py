"""A bulk whose answers are lost: what is planned is said, gone on with, and undone."""

from collections.abc import Callable
from datetime import datetime
from functools import partial
from typing import Any

import httpx
import pytest
from streamlit.testing.v1 import AppTest
from supabase import Client

from cs_app.server import clients, sender
from cs_core.io.outreach import bulk
from tests.app.suppliers.list_page import select
from tests.support.dashboard import words_of
from tests.support.health_rows import add_scored_supplier

Open = Callable[..., AppTest]
PLANNING = "/rpc/request_bulk"


class Losing(httpx.HTTPTransport):
    """Passes every request on; the answers to some get lost on the way back.

    `lost` holds which: of the requests whose address contains a text, all from the nth on.
    """

    def __init__(self) -> None:
        super().__init__()
        self.lost: dict[str, int] = {}
        self.seen: dict[str, int] = {}

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        response = super().handle_request(request)
        for part, first in self.lost.items():
            if part in str(request.url):
                self.seen[part] = self.seen.get(part, 0) + 1
                if self.seen[part] >= first:
                    response.read()
                    response.close()
                    raise httpx.ReadTimeout("the answer was lost", request=request)
        return response


@pytest.fixture
def due(monkeypatch: pytest.MonkeyPatch) -> list[datetime]:
    """When something was to be sent; nothing is sent behind a test's back."""
    moments: list[datetime] = []
    monkeypatch.setattr(sender, "send_at", moments.append)
    return moments


@pytest.fixture
def losing(monkeypatch: pytest.MonkeyPatch, due: list[datetime]) -> Losing:
    """The network between every client that is made from now on and Supabase."""
    transport = Losing()

    def over_it(connect: Any, *given: Any) -> Client:
        client = connect(*given)
        client.postgrest.session._transport = transport
        return client

    for name in ("connect_service", "connect_person"):
        monkeypatch.setattr(clients, name, partial(over_it, getattr(clients, name)))
    monkeypatch.setattr(bulk, "CHUNK", 2)
    clients.forget_clients()
    return transport


@pytest.fixture
def five(sql: Any) -> list[str]:
    """Five suppliers that may be written to."""
    names = ("Ash", "Birch", "Cedar", "Dogwood", "Elder")
    ids = [add_scored_supplier(sql, name, 20) for name in names]
    sql.execute("update suppliers set email = lower(business_name) || '@example.org'")
    return ids


def count(sql: Any, status: str) -> int:
    found = sql.execute("select count(*) from interventions where status = %s", (status,))
    return int(found.fetchone()[0])


def break_off(page: AppTest, ids: list[str], kind: str = "email") -> AppTest:
    select(page, *ids).button(key=f"bulk-{kind}").click().run()
    page.button(key="bulk-confirm").click().run(timeout=60)
    assert not page.exception
    return page


def test_what_the_database_did_though_its_answer_was_lost_is_said_and_gone_on_with(
    cookie: str, open_page: Open, five: list[str], sql: Any, losing: Losing, due: list[datetime]
) -> None:
    losing.lost = {PLANNING: 1}
    page = break_off(open_page(cookie), five)
    assert count(sql, "planned") == 2
    words = words_of(page)
    assert "Supabase does not answer" in words
    assert "So far 2 e-mails for 5 suppliers are planned." in words
    assert "Nothing was planned" not in words
    assert len(due) == 1

    losing.lost = {}
    page.button(key="bulk-continue").click().run()
    assert "5 e-mails leave in" in words_of(page.run())
    assert (count(sql, "planned"), len(due)) == (5, 2)
    (rows,) = sql.execute("select count(*) from interventions").fetchone()
    assert rows == 5


def test_it_is_undone_where_it_was_cut_off(
    cookie: str, open_page: Open, five: list[str], sql: Any, losing: Losing
) -> None:
    losing.lost = {PLANNING: 2}
    page = break_off(open_page(cookie), five)
    assert "So far 4 e-mails for 5 suppliers are planned." in words_of(page)
    page.button(key="bulk-broken-undo").click().run()
    assert "4 e-mails taken back." in words_of(page.run())
    assert (count(sql, "planned"), count(sql, "cancelled")) == (0, 4)


def test_where_the_database_cannot_be_asked_it_is_not_known(
    cookie: str, open_page: Open, five: list[str], sql: Any, losing: Losing
) -> None:
    losing.lost = {PLANNING: 1, "/rpc/bulk_state": 1}
    page = break_off(open_page(cookie), five, "call")
    words = words_of(page)
    assert "It is not known how many of 5 are planned" in words
    assert "/interventions?tab=scheduled&bulk=" in words
    assert "Nothing" not in words
    assert not page.button(key="bulk-broken-undo").disabled

    losing.lost = {}
    page = open_page(cookie)
    assert "2 calls are planned." in words_of(page)
    page.button(key="bulk-undo").click().run()
    assert count(sql, "planned") == 0


def test_where_nothing_arrived_nothing_can_be_undone(
    cookie: str, open_page: Open, five: list[str], sql: Any, losing: Losing
) -> None:
    losing.lost = {"/rpc/time_zones_of": 1}
    page = break_off(open_page(cookie), five)
    assert "So far nothing is planned for any of 5 suppliers." in words_of(page)
    assert page.button(key="bulk-broken-undo").disabled
    assert count(sql, "planned") == 0


def test_whether_an_owner_was_assigned_is_not_known_and_assigning_again_is_harmless(
    cookie: str, open_page: Open, five: list[str], sql: Any, losing: Losing, ada: dict[str, str]
) -> None:
    losing.lost = {"/rpc/assign_owner": 1}
    page = open_page(cookie)
    select(page, *five[:2]).button(key="bulk-owner").click().run()
    page.button(key="bulk-confirm").click().run()
    words = words_of(page)
    assert "Supabase does not answer" in words
    assert "Whether it was done is not known. Try again: nothing is ever done twice." in words
    assert "Nothing was" not in words

    losing.lost = {}
    page.button(key="bulk-confirm").click().run()
    assert "2 suppliers now belong to ada@wedsync.example." in words_of(page.run())
    page.button(key="bulk-undo").click().run()
    assert "Undone: 2 suppliers given back" in words_of(page.run())
    assert sql.execute("select count(owner_id) from suppliers").fetchone() == (0,)
