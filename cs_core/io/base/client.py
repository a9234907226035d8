"""The one door to Supabase: clients, requests, and what Supabase answers as errors of ours.

Every function of `cs_core.io` that takes a client raises StoreError where Supabase does not
answer, and a kind of Refused where it says no. A signature tells whose client it wants:
`ServiceClient` sees and may do everything, a `PersonClient` what row level security lets that
person (and most of what changes something is for admins); where it says `Client`, either will do.
"""

import itertools
import secrets
import ssl
import time
from collections.abc import Callable
from functools import cache
from typing import Any, Literal, NewType, TypeVar

import httpx
from postgrest.exceptions import APIError
from supabase import Client, ClientOptions, create_client
from supabase_auth.errors import AuthError, AuthRetryableError

from cs_core.base.errors import (
    BadValue,
    Conflict,
    Duplicate,
    NoAnswer,
    NotAllowed,
    NotFound,
    Refused,
    RoleNeeded,
    StoreError,
    TokenRefused,
    TooOften,
)
from cs_core.io.base.config import Settings

T = TypeVar("T")

# Made by `connect_service`, with the secret key, or by `connect_person`, with a token.
ServiceClient = NewType("ServiceClient", Client)
PersonClient = NewType("PersonClient", Client)

TIMEOUT_SECONDS = 130.0  # a little over the longest statement_timeout of our functions
TRIES = 4
LONGEST_PAUSE_SECONDS = 8.0
# PostgREST without a database, or with none in time; Postgres: a statement or a lock that took too
# long, a deadlock, a lost race, no connection left, shutting down or starting.
PASSING_CODES = {"PGRST000", "PGRST001", "PGRST002", "PGRST003"}
PASSING_CODES |= {"57014", "55P03", "40001", "40P01", "53300", "57P01", "57P02", "57P03"}
# A gateway that does not reach what is behind it; from 520 on those of Cloudflare.
PASSING_STATUSES = {502, 503, 504, *range(520, 531)}

# What a code of PostgREST or Postgres begins with; the first that fits counts.
DATABASE_KINDS: tuple[tuple[str, type[StoreError]], ...] = (
    ("42501", NotAllowed),
    ("PT403", RoleNeeded),
    ("PT404", NotFound),
    ("PT409", Conflict),
    ("23505", Duplicate),
    ("22", BadValue),
    ("23", BadValue),
    ("PGRST30", TokenRefused),
    ("401", TokenRefused),
    ("429", TooOften),
)
# The codes of Supabase Auth, and the HTTP status of what has none of these.
AUTH_KINDS: dict[object, type[StoreError]] = {
    "email_exists": Duplicate,
    "user_already_exists": Duplicate,
    "weak_password": BadValue,
    "same_password": BadValue,
    "validation_failed": BadValue,
    "email_address_invalid": BadValue,
    "invalid_jwt": TokenRefused,
    400: Refused,
    401: TokenRefused,
    403: NotAllowed,
    404: NotFound,
    422: Refused,
    429: TooOften,
}


def connect_service(settings: Settings, timeout_seconds: float = TIMEOUT_SECONDS) -> ServiceClient:
    """Make a client for the program itself; the timeout is the job's, which has patience."""
    return ServiceClient(_connect(settings, settings.supabase_secret_key, timeout_seconds))


def connect_person(
    settings: Settings, access_token: str, timeout_seconds: float = TIMEOUT_SECONDS
) -> PersonClient:
    """Make a client that speaks for a person; with the publishable key as token, for nobody."""
    options = ClientOptions()
    options.headers["Authorization"] = f"Bearer {access_token}"
    return PersonClient(
        _connect(settings, settings.supabase_publishable_key, timeout_seconds, options)
    )


def connect_auth(
    settings: Settings, timeout_seconds: float, flow: Literal["pkce", "implicit"] = "pkce"
) -> Client:
    """Make a client to sign in with: one of its own, as signing in changes whom it speaks for."""
    options = ClientOptions(flow_type=flow)
    return _connect(settings, settings.supabase_publishable_key, timeout_seconds, options)


class Away(httpx.TransportError):
    """A gateway answered in the place of Supabase."""


def _notice_gateway(response: httpx.Response) -> None:
    # By the status: what a gateway says besides is JSON without a code, a page, or nothing.
    if response.status_code in PASSING_STATUSES and "/rest/v1/" in response.url.path:
        raise Away(f"HTTP {response.status_code}", request=response.request)


_patience_seconds = 0.0


def be_patient(seconds: float) -> None:
    """Have this process repeat requests through passing faults for so long.

    For commands, which run without anybody who watches: a gateway may be away for half a minute.
    Screens give up after `TRIES`, some three seconds.
    """
    global _patience_seconds
    _patience_seconds = seconds


def _connect(
    settings: Settings, key: str, timeout_seconds: float, options: ClientOptions | None = None
) -> Client:
    options = options or ClientOptions()
    options.auto_refresh_token = options.persist_session = False
    options.postgrest_client_retry = False  # run_request tries again, for writes as well
    # Several threads may share a client: with HTTP/2, supabase-py's default, they could not.
    options.httpx_client = httpx.Client(
        http2=False,
        timeout=timeout_seconds,
        verify=_certificates(),
        event_hooks={"response": [_notice_gateway]},
    )
    return create_client(settings.supabase_url, key, options)


@cache
def _certificates() -> ssl.SSLContext:
    """Read the certificates once: it takes 100 ms, and a client is made at each sign-in."""
    return httpx.create_ssl_context()


def run_request(what: str, request: Callable[[], T], tries: int = TRIES) -> T:
    """Send a request that may be repeated, again where the fault is passing.

    Parameters
    ----------
    what : str
        What is being done, for the error: "Saving scores".
    request : callable
        Sends it. Must be harmless to repeat.
    tries : int
        At most this often, or for as long as `be_patient` says; 1 for what must not be repeated.

    Raises
    ------
    StoreError
        If it failed for good, or as often as allowed; of the kind that `DATABASE_KINDS` says.
    """
    began = time.monotonic()
    for attempt in itertools.count(1):
        has_waited = attempt >= tries and time.monotonic() - began >= _patience_seconds
        is_last = tries == 1 or has_waited
        try:
            return request()
        except APIError as error:
            code = str(error.code)
            if is_last or code not in PASSING_CODES:
                kinds = (kind for start, kind in DATABASE_KINDS if code.startswith(start))
                kind = next(kinds, StoreError)
                raise kind(what=what, reason=_one_line(error.message)) from error
        except httpx.TransportError as error:
            if is_last:
                seen = str(error) if isinstance(error, Away) else type(error).__name__
                raise NoAnswer(what=what, reason=f"Supabase does not answer ({seen})") from error
        # Not all at the same moment: what was away is asked by everybody as it comes back.
        pause = min(0.2 * 2**attempt, LONGEST_PAUSE_SECONDS)
        time.sleep(pause * secrets.SystemRandom().uniform(0.5, 1.0))
    raise AssertionError("unreachable")


def call(client: Client, what: str, function: str, arguments: dict[str, Any], **how: int) -> Any:
    """Call a database function and return its value; see `run_request`."""
    return run_request(what, lambda: client.rpc(function, arguments).execute().data, **how)


def run_auth_request(what: str, request: Callable[[], T]) -> T:
    """Send a request to Supabase Auth, once.

    Raises
    ------
    StoreError
        Of the kind that `AUTH_KINDS` says. Not `from` the error of the library, which may quote
        tokens.
    """
    try:
        return request()
    except AuthRetryableError as error:
        # With a status it is a server behind Supabase Auth that does not answer.
        kind = StoreError if error.status else NoAnswer
        raise kind(what=what, reason="Supabase Auth does not answer") from None
    except AuthError as error:
        status = getattr(error, "status", None)
        kind = AUTH_KINDS.get(error.code) or AUTH_KINDS.get(status, StoreError)
        raise kind(what=what, reason=_one_line(error.message)) from None
    except httpx.TransportError:
        raise NoAnswer(what=what, reason="Supabase Auth does not answer") from None
    except (httpx.HTTPError, ValueError):
        raise StoreError(what=what, reason="the answer is not Supabase Auth's") from None


def _one_line(message: str | None) -> str:
    # Our own sentences put the full stop.
    return " ".join((message or "").split()).rstrip(".") or "no reason given"
