"""Serves the API before the dashboard sees the request: what is under /api is JSON, always."""

import contextlib
import logging
import traceback
import uuid
from collections.abc import Callable
from functools import partial
from typing import Any

from anyio import CapacityLimiter, to_thread
from pydantic import TypeAdapter
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route
from starlette.types import ASGIApp, Receive, Scope, Send

from cs_app.api import openapi
from cs_app.api.endpoints import ENDPOINTS, Endpoint
from cs_app.api.entry import enter
from cs_app.api.errors import ApiProblem, api_error
from cs_app.api.reading import read_body, read_headers, read_query
from cs_core.base.errors import StoreError

PROBE_PATHS = frozenset(endpoint.path for endpoint in ENDPOINTS if not endpoint.needs_person)

# Threads of its own for each endpoint: while Supabase is slow, programs that call the API must
# not use up those that serve the dashboard, nor each other's, nor those of the probes.
THREADS = 20
PROBE_THREADS = 4

log = logging.getLogger(__name__)


class ServeApi:
    """Answers what is under /api, and the probes, itself; passes everything else on.

    It stands before Streamlit's own checks, which answer odd paths in plain text.
    """

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request, or pass it on."""
        if scope["type"] != "http" or not is_ours(scope["path"]):
            await self.app(scope, receive, send)
            return
        # `_fault` has answered and logged it; Starlette raises it once more for the server's log,
        # which would quote the data it stumbled over.
        with contextlib.suppress(Exception):
            await _app(scope, receive, send)


def is_ours(path: str) -> bool:
    """Whether an address is the API's, existing or not."""
    return path == "/api" or path.startswith("/api/") or path in PROBE_PATHS


def _route(endpoint: Endpoint) -> Route:
    adapter: TypeAdapter[Any] | None = TypeAdapter(endpoint.body) if endpoint.body else None
    threads = CapacityLimiter(THREADS if endpoint.needs_person else PROBE_THREADS)

    async def wait_in_thread(job: Callable[[], Any]) -> Any:
        return await to_thread.run_sync(job, limiter=threads)

    async def serve(request: Request) -> Response:
        given: list[Any] = []
        if endpoint.needs_person:
            given.append(await wait_in_thread(partial(enter, request, is_write=endpoint.is_write)))
        if endpoint.query is not None:
            given.append(read_query(request, endpoint.query))
        if adapter is not None:
            given.append(await read_body(request, adapter))
        if endpoint.headers is not None:
            given.append(read_headers(request, endpoint.headers))
        if endpoint.is_instant:
            reply = endpoint.handler(*given)
        else:
            reply = await wait_in_thread(partial(endpoint.handler, *given))
        return reply.to_response()

    return Route(endpoint.path, serve, methods=[endpoint.method])


async def _no_such(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    facts: dict[str, object] = {"method": request.method, "path": request.url.path}
    if error.status_code == 405:
        allowed = dict(error.headers or {})
        text = f"This address takes {allowed.get('Allow', 'another method')} only."
        return api_error(405, "method_not_allowed", text, facts, allowed)
    return api_error(404, "not_found", "There is no such endpoint.", facts)


async def _problem(_request: Request, error: Exception) -> Response:
    assert isinstance(error, ApiProblem)
    return error.answer


async def _unavailable(request: Request, error: Exception) -> Response:
    log.error("API: %s", error)
    text = "The database does not answer as it should. " + (
        "A write may have happened: repeat it in a minute with the same Idempotency-Key, which"
        " does nothing twice."
        if request.method == "POST"
        else "Try again in a minute."
    )
    return api_error(503, "unavailable", text, None, {"Retry-After": "60"})


async def _fault(request: Request, error: Exception) -> Response:
    """Answer for a crash with a number, and log it without anybody's data."""
    number = uuid.uuid4().hex[:12]
    # Not the error's own words: they quote what it stumbled over.
    where = "".join(traceback.format_tb(error.__traceback__)[-3:])
    log.error("API fault %s: %s\n%s", number, type(error).__name__, where)
    text = f"This program failed. Tell whoever runs it the number {number}."
    if request.method == "POST":
        text += (
            " A write may have happened: repeat it with the same Idempotency-Key, which does"
            " nothing twice."
        )
    return api_error(500, "internal", text, {"number": number})


_app = Starlette(
    routes=[
        *map(_route, ENDPOINTS),
        Route(openapi.PATH, openapi.show_description, methods=["GET"]),
    ],
    exception_handlers={
        HTTPException: _no_such,
        ApiProblem: _problem,
        StoreError: _unavailable,
        Exception: _fault,
    },
)
# Its redirect would have no body, and the slash too many is a mistake to be told.
_app.router.redirect_slashes = False
