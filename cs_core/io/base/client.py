"""Supabase clients as this program needs them, and their errors in our words."""

import functools
import ssl
import time
from collections.abc import Callable
from typing import Any, TypeVar

import httpx
from postgrest.exceptions import APIError
from supabase import Client, ClientOptions, create_client

from cs_core.base.errors import StoreError
from cs_core.io.base.config import Settings

T = TypeVar("T")

TIMEOUT_SECONDS = 130.0  # a little over the longest statement_timeout of our functions
TRIES = 4
PASSING_CODES = {"502", "503", "504", "520", "57014", "40001", "40P01", "53300", "57P01", "57P03"}


class LeaseLost(StoreError):
    """{what} stopped: {reason}. Nothing of this page was written; the run can be started again."""


@functools.cache
def _tls() -> ssl.SSLContext:
    """Read the certificates to trust once: that takes 0.1 s, too long at each sign-in."""
    return httpx.create_ssl_context()


def http_client(timeout_seconds: float) -> httpx.Client:
    """Make the HTTP client under a Supabase client, with HTTP/1.1 and one context for TLS.

    Parameters
    ----------
    timeout_seconds : float
        How long to wait for an answer.
    """
    return httpx.Client(http2=False, timeout=timeout_seconds, verify=_tls())


def connect(
    settings: Settings, access_token: str | None = None, timeout_seconds: float = TIMEOUT_SECONDS
) -> Client:
    """Make a client for one person, or for the program itself.

    Parameters
    ----------
    settings : Settings
    access_token : str, optional
        A signed-in person's token: the client then sees what row level security lets that
        person see. Without one it holds the secret key and sees everything.
    timeout_seconds : float
        How long to wait for an answer; the default is the job's, which has patience.

    Returns
    -------
    Client
        Safe to use from several threads: the HTTP/2 default of supabase-py is not.
    """
    options = ClientOptions(
        auto_refresh_token=False,
        persist_session=False,
        postgrest_client_retry=False,  # run_request tries again, for writes as well as reads
        httpx_client=http_client(timeout_seconds),
    )
    if access_token is None:
        return create_client(settings.supabase_url, settings.supabase_secret_key, options)
    options.headers["Authorization"] = f"Bearer {access_token}"
    return create_client(settings.supabase_url, settings.supabase_publishable_key, options)


def run_request(what: str, request: Callable[[], T], tries: int = TRIES) -> T:
    """Send a request that may be repeated, again where the fault is passing.

    Parameters
    ----------
    what : str
        What is being done, for the error: "Saving scores".
    request : callable
        Sends it. Must be harmless to repeat.
    tries : int
        At most this often; 1 for what must not be repeated.

    Raises
    ------
    LeaseLost
        If another run took over.
    StoreError
        If it failed for good, or as often as allowed.
    """
    for attempt in range(1, tries + 1):
        try:
            return request()
        except APIError as error:
            if error.code == "PT409":
                raise LeaseLost(what=what, reason=_one_line(error.message)) from error
            if attempt == tries or str(error.code) not in PASSING_CODES:
                raise StoreError(what=what, reason=_one_line(error.message)) from error
        except httpx.TransportError as error:
            if attempt == tries:
                reason = f"Supabase does not answer ({type(error).__name__})"
                raise StoreError(what=what, reason=reason) from error
        time.sleep(0.2 * 2**attempt)
    raise AssertionError("unreachable")


def call(client: Client, what: str, function: str, arguments: dict[str, Any], **how: int) -> Any:
    """Call a database function and return its value; see `run_request`."""
    return run_request(what, lambda: client.rpc(function, arguments).execute().data, **how)


def _one_line(message: str | None) -> str:
    # Our own sentences put the full stop.
    return " ".join((message or "").split()).rstrip(".") or "no reason given"
