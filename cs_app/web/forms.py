"""Reading what the server's own pages send, and how often it may be tried."""

from urllib.parse import parse_qs

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response

from cs_app.server import clients
from cs_app.server.pages import notice
from cs_core.io.people.rate_limits import Limit, take

LARGEST_FORM_BYTES = 8_192


async def read_form(request: Request) -> dict[str, str] | None:
    """Read a small form; None if it is larger than any form of ours."""
    body = b""
    async for chunk in request.stream():
        body += chunk
        if len(body) > LARGEST_FORM_BYTES:
            return None
    try:
        fields = parse_qs(body.decode("utf-8", "replace"), max_num_fields=20)
    except ValueError:
        return {}
    return {name: values[0] for name, values in fields.items()}


def too_large() -> Response:
    """Answer a form that `read_form` does not read."""
    return notice("Too large", "The form is too large.", 413, ("Sign in", "/sign-in"))


def address_of(request: Request) -> str:
    """Give the network address that a request comes from."""
    return request.client.host if request.client else ""


async def may_try(*attempts: tuple[Limit, str]) -> bool:
    """Note an attempt with each limit, and say whether all allow it; see `take`."""
    return await run_in_threadpool(lambda: take(clients.service_client(), *attempts))
