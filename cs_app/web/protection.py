"""What every request passes: security headers, no cross-site writes, sign-in for pages."""

import base64
import hashlib
import re
from urllib.parse import urlsplit

from starlette.concurrency import run_in_threadpool
from starlette.datastructures import Headers, MutableHeaders
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from cs_app.api.errors import api_error
from cs_app.server import clients
from cs_app.server.links import sign_in_link
from cs_app.server.pages import asked_for, notice, unavailable
from cs_app.web.streamlit_shell import opening_page
from cs_core.base.errors import StoreError

READING = {"GET", "HEAD", "OPTIONS"}
# Everything that is not a page of the dashboard. What these answer holds nobody's data, or
# is guarded where it is made.
OPEN_PREFIXES = ("/_stcore/", "/static/", "/media/", "/component/", "/api/", "/export/")
OPEN_PATHS = {
    *("/sign-in", "/sign-out", "/unsubscribe", "/stop-digest", "/favicon.png", "/manifest.json"),
    *("/healthz", "/readyz"),
    *("/forgot-password", "/new-password", "/new-password.js"),
    "/api",
}
# Their addresses hold a secret. So it must not go on as the Referer, and it is what proves that
# a write is meant: mail providers make it, and no cookie counts.
LINK_IS_THE_KEY = {"/unsubscribe", "/stop-digest", "/new-password"}
INLINE_SCRIPT = re.compile(r"<script>(.*?)</script>", re.DOTALL)


def _inline_script_hashes() -> list[str]:
    """Give the hashes of the inline scripts in the page of all screens, which CSP then allows."""
    scripts = INLINE_SCRIPT.findall(opening_page())
    digests = [hashlib.sha256(script.encode()).digest() for script in scripts]
    return [f"'sha256-{base64.b64encode(digest).decode()}'" for digest in digests]


def security_headers(https: bool) -> dict[str, str]:
    """Give the headers of every answer.

    `https`: whether browsers reach the dashboard by HTTPS only.
    """
    policy = {
        "default-src": "'self'",
        "script-src": " ".join(["'self'", *_inline_script_hashes()]),
        # Streamlit writes its styles into the page as it runs.
        "style-src": "'self' 'unsafe-inline'",
        "img-src": "'self' data: blob:",
        "font-src": "'self' data:",
        "worker-src": "'self' blob:",
        "object-src": "'none'",
        "base-uri": "'self'",
        "form-action": "'self'",
        "frame-ancestors": "'none'",
    }
    headers = {
        "Content-Security-Policy": "; ".join(f"{name} {value}" for name, value in policy.items()),
        "X-Frame-Options": "DENY",
        "X-Content-Type-Options": "nosniff",
        # With no-referrer browsers would send "Origin: null" from our own forms.
        "Referrer-Policy": "same-origin",
        "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
        "Cross-Origin-Opener-Policy": "same-origin",
    }
    if https:
        headers["Strict-Transport-Security"] = "max-age=31536000"
    return headers


def is_cross_site(headers: Headers, base_url: str) -> bool:
    """Whether another site made a browser send this request.

    Browsers say so in Sec-Fetch-Site, where they send it (HTTPS and localhost), and else in
    Origin, which every browser sends with a form. A request with neither comes from no
    browser page, so there is no victim whose cookie it carries.
    """
    site = headers.get("sec-fetch-site")
    if site is not None:
        return site not in ("same-origin", "none")
    origin = headers.get("origin")
    if origin is None:
        return False
    ours = urlsplit(base_url)
    # Behind a proxy the Host header may be the proxy's own; the base URL is what people see.
    if origin == f"{ours.scheme}://{ours.netloc}":
        return False
    # Not by urlsplit, which refuses what is no address.
    return origin.partition("://")[2] != headers.get("host")


class SecurityHeaders:
    """Adds the security headers to every answer."""

    def __init__(self, app: ASGIApp, base_url: str) -> None:
        self.app = app
        self._headers = security_headers(https=base_url.startswith("https://"))

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on."""

        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                headers.update(self._headers)
                if scope["path"] in LINK_IS_THE_KEY:
                    headers["Referrer-Policy"] = "no-referrer"
            await send(message)

        await self.app(scope, receive, send_with_headers if scope["type"] == "http" else send)


class RefuseCrossSiteWrites:
    """Answers 403 where another site makes a browser write."""

    def __init__(self, app: ASGIApp, base_url: str) -> None:
        self.app = app
        self._base_url = base_url

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on, or refuse it."""
        handler = self.app
        # Streamlit has a check of its own for what is under /_stcore.
        if (
            scope["type"] == "http"
            and scope["method"] not in READING
            and not scope["path"].startswith("/_stcore/")
            and scope["path"] not in LINK_IS_THE_KEY
            and is_cross_site(Headers(scope=scope), self._base_url)
        ):
            handler = _refusal(scope["path"])
        await handler(scope, receive, send)


def _refusal(path: str) -> Response:
    text = "The request came from another site. Nothing was changed."
    if path.startswith("/api/"):
        return api_error(403, "cross_site_request", text)
    return notice("Not accepted", text, 403, ("Go to the dashboard", "/"))


class PagesNeedSignIn:
    """Sends whoever asks for a page without a live session to the sign-in page.

    A convenience, not the guard: each page's own first act is `require_person`.
    """

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on, or redirect it."""
        handler = self.app
        if scope["type"] == "http" and scope["method"] in ("GET", "HEAD"):
            request = Request(scope)
            if is_page(request.url.path):
                handler = await _redirect_for(request) or self.app
        await handler(scope, receive, send)


def is_page(path: str) -> bool:
    """Whether an address may be a page of the dashboard, which needs a session."""
    return path not in OPEN_PATHS and not path.startswith(OPEN_PREFIXES)


async def _redirect_for(request: Request) -> Response | None:
    try:
        cookie = request.cookies.get(clients.COOKIE)
        session = await run_in_threadpool(clients.current_session, cookie)
    except StoreError:
        return unavailable(asked_for(request))
    if session is not None:
        return None
    return RedirectResponse(sign_in_link(asked_for(request)), 303, {"Cache-Control": "no-store"})
