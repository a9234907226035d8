"""One embedded Supabase for the whole test run; each test that asks finds it empty."""

import os
import uuid
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any

import hypothesis
import psycopg
import pytest
from supabase import Client

from cs_core.io.base.client import connect_service
from cs_core.io.base.config import Settings, load_settings
from embedded.stack import Stack
from tests.support.sign_ins import make_sign_in
from tests.support.stacks import empty, running_stack

pytest_plugins = ["tests.support.runs", "tests.support.dashboard"]
ROOT = Path(__file__).resolve().parent.parent

# HYPOTHESIS_PROFILE=thorough tries more examples of each property than there is time for daily.
# No deadline: how long an example takes says more about what else the machine does.
hypothesis.settings.register_profile("thorough", max_examples=1000, deadline=None)
hypothesis.settings.register_profile("daily", deadline=None)
hypothesis.settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "daily"))


# With a worker a core, files that take long begin first, so that none is left to one worker alone.
FOLDERS = ("e2e", "embedded", "io", "api", "cli", "app", "web", "sql", "core")


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark what needs no stack as fast, and put slow files first, then folder by folder."""
    slow = {item.path for item in items if item.get_closest_marker("slow")}
    for item in items:
        if item.path not in slow and "stack" not in getattr(item, "fixturenames", ()):
            item.add_marker("fast")

    def place(item: pytest.Item) -> tuple[bool, int]:
        folder = item.path.relative_to(ROOT / "tests").parts[0]
        return item.path not in slow, FOLDERS.index(folder) if folder in FOLDERS else len(FOLDERS)

    items.sort(key=place)


@pytest.fixture(scope="session")
def stack() -> Iterator[Stack]:
    """A running embedded Supabase."""
    with running_stack() as running:
        yield running


@pytest.fixture
def sql(stack: Stack) -> Iterator[psycopg.Connection[Any]]:
    """Direct SQL as the database's owner, on an emptied database."""
    with psycopg.connect(stack.env["SUPABASE_DB_URL"], autocommit=True) as connection:
        empty(connection)
        yield connection


@pytest.fixture(scope="session")
def settings(stack: Stack) -> Settings:
    """The settings of the running stack."""
    return load_settings(stack.env)


@pytest.fixture
def service(settings: Settings) -> Client:
    """A client with the secret key."""
    return connect_service(settings)


@pytest.fixture
def add_supplier(sql: psycopg.Connection[Any]) -> Callable[..., str]:
    """A function that adds a supplier, by default an active one, and returns its id."""

    def add(**columns: Any) -> str:
        values = {
            "id": str(uuid.uuid4()),
            "business_name": "Rowan & Fox Photography",
            "signed_up_at": "2026-01-01T00:00:00Z",
            "tier": "professional",
        } | columns
        names = ", ".join(values)
        marks = ", ".join(["%s"] * len(values))
        sql.execute(f"insert into suppliers ({names}) values ({marks})", list(values.values()))  # type: ignore[arg-type]
        return str(values["id"])

    return add


@pytest.fixture
def add_events(sql: psycopg.Connection[Any]) -> Callable[..., None]:
    """A function that adds events (supplier_id, event_type, subject, occurred_at)."""

    def add(*events: tuple[str, str, str | None, str]) -> None:
        with sql.transaction(), sql.cursor() as cursor:
            cursor.executemany(
                "insert into activity_events (id, supplier_id, event_type, subject, occurred_at,"
                " received_at) values (gen_random_uuid(), %s, %s, %s, %s, %s)",
                [(*event, event[3]) for event in events],
            )

    return add


@pytest.fixture
def add_person(settings: Settings, sql: Any) -> Callable[..., dict[str, str]]:
    """A function that makes a sign-in, with a role or without, and signs it in once."""
    return partial(make_sign_in, settings)
