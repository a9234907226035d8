"""Settings and Supabase clients, made once per server process and shared by all sessions."""

from functools import cache, lru_cache

from cs_core.io.base.client import PersonClient, ServiceClient, connect_person, connect_service
from cs_core.io.base.config import Settings, load_settings
from cs_core.io.people.sessions import WebSession, end_session, read_session

COOKIE = "cs_session"
# A person waits for these answers; the daily job, which shares `connect`, has more patience.
TIMEOUT_SECONDS = 20.0
# A program gets our answer before it gives up by itself: few wait longer than 30 seconds.
API_TIMEOUT_SECONDS = 10.0
PROBE_TIMEOUT_SECONDS = 4.0


@cache
def settings() -> Settings:
    """Read the settings once; a missing one raises SettingError."""
    return load_settings()


@cache
def service_client() -> ServiceClient:
    """Give the client with the secret key, which sees and may do everything.

    For what no person's own rights allow: session records, new passwords, unsubscribing,
    scoring, and planning, previewing and sending messages. Row level security does not apply:
    each caller makes sure first that whoever asks may do it.
    """
    return connect_service(settings(), TIMEOUT_SECONDS)


@cache
def probe_client() -> ServiceClient:
    """Give the client of /readyz: who asks has no patience."""
    return connect_service(settings(), PROBE_TIMEOUT_SECONDS)


@cache
def api_client() -> PersonClient:
    """Give the client of the HTTP API; each call speaks for the token it brings along."""
    return connect_person(settings(), settings().supabase_publishable_key, API_TIMEOUT_SECONDS)


# Making a client takes some 40 ms, a rerun not much more. An entry is found by the token
# alone, so nobody gets another person's client.
@lru_cache(maxsize=64)
def person_client(access_token: str) -> PersonClient:
    """Give a client that sees what row level security lets one person see."""
    return connect_person(settings(), access_token, TIMEOUT_SECONDS)


def current_session(cookie: str | None) -> WebSession | None:
    """Say who is behind a cookie at this moment; see `read_session`."""
    return read_session(settings(), service_client(), cookie) if cookie else None


def sign_out(cookie: str | None) -> None:
    """End the session behind a cookie, in every tab."""
    end_session(settings(), service_client(), cookie)


def forget_clients() -> None:
    """Drop the settings and all clients, so that the next use makes them anew."""
    for made in (settings, service_client, probe_client, api_client, person_client):
        made.cache_clear()
