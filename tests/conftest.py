"""One embedded Supabase for the whole test run; each test that asks finds it empty."""

import tempfile
import uuid
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import psycopg
import pytest
from supabase import Client

from cs_core.io.base.client import connect_service
from cs_core.io.base.config import Settings, load_settings
from embedded.postgres import free_port
from embedded.stack import Stack

ROOT = Path(__file__).resolve().parent.parent

EMPTY_ALL = """
truncate public.suppliers, public.core_features, public.audit_log, private.web_sessions,
  private.attempts cascade;
delete from public.runs;
delete from public.daily_figures;
delete from public.outbox;
delete from private.run_requests;
delete from private.mail_attachments;
delete from public.scorecards where version > 1;
delete from public.playbooks where version > 1 or published_at > '2000-01-01';
delete from public.outreach_rules where version > 1;
delete from public.message_templates where published_at > '2000-01-01';
delete from auth.users;
truncate public.audit_log;
update private.run_lease set expires_at = '-infinity', holder = null;
"""


@pytest.fixture(scope="session")
def stack() -> Iterator[Stack]:
    """A running embedded Supabase."""
    # Not pytest's own folder: each start of pytest closes that to other system users, and
    # under root Postgres is one.
    with tempfile.TemporaryDirectory(prefix="cs-stack-") as folder:
        running = Stack(Path(folder), free_port())
        running.start()
        yield running
        running.stop()


@pytest.fixture
def sql(stack: Stack) -> Iterator[psycopg.Connection[Any]]:
    """Direct SQL as the database's owner, on an emptied database."""
    with psycopg.connect(stack.env["SUPABASE_DB_URL"], autocommit=True) as connection:
        connection.execute(EMPTY_ALL)
        yield connection


@pytest.fixture
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
def add_person(settings: Settings, service: Client, sql: Any) -> Callable[..., dict[str, str]]:
    """A function that makes a sign-in, with a role or without, and signs it in once."""

    def add(email: str, role: str | None = None) -> dict[str, str]:
        password = f"pw-{uuid.uuid4()}"
        made = service.auth.admin.create_user(
            {"email": email, "password": password, "email_confirm": True}
        )
        if role:
            service.table("user_profiles").insert({"id": made.user.id, "role": role}).execute()
        fresh = connect_service(settings)
        fresh.options.headers.pop("Authorization", None)
        session = fresh.auth.sign_in_with_password({"email": email, "password": password}).session
        assert session is not None
        return {
            "id": made.user.id,
            "email": email,
            "password": password,
            "access_token": session.access_token,
            "refresh_token": session.refresh_token,
        }

    return add
