"""The empty page of Streamlit that each screen begins as, told at once where its server is.

Left to itself, the page of an address like /suppliers asks for the server below that address
first, is told that nothing is there, waits a tenth of a second and asks again at the root; only
then it opens its connection. Here the server is always at the root. `window.__streamlit` is where
Streamlit lets a host say so; a Streamlit that does not know it any more asks around as before.
"""

import re
from collections.abc import Callable
from functools import cache
from pathlib import Path

import streamlit
from starlette.responses import HTMLResponse
from starlette.types import ASGIApp, Receive, Scope, Send

# With a host's settings at hand the connection is opened without asking first whether the server
# is well. They allow no other page to send messages, and are asked for all the same meanwhile.
SCRIPT = """
      window.__streamlit = {
        BACKEND_BASE_URL: window.location.origin + "/",
        HOST_CONFIG: { allowedOrigins: [window.location.origin], useExternalAuthToken: false },
      }
    """
BEFORE = "<script"
# The screens, and whatever else somebody types: deeper addresses are Streamlit's own business.
PAGE = re.compile(r"/[\w-]*")


@cache
def opening_page() -> str:
    """Give Streamlit's page with what it is told, before its first script."""
    page = (Path(streamlit.__file__).parent / "static" / "index.html").read_text()
    return page.replace(BEFORE, f"<script>{SCRIPT}</script>\n    {BEFORE}", 1)


class ServeOpeningPage:
    """Answers for all pages of the dashboard; what is none of them is passed on.

    `is_page`: tells of a path whether it may be a page.
    """

    def __init__(self, app: ASGIApp, is_page: Callable[[str], bool]) -> None:
        self.app = app
        self._is_page = is_page

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request, or pass it on."""
        handler = self.app
        if (
            scope["type"] == "http"
            and scope["method"] in ("GET", "HEAD")
            and PAGE.fullmatch(scope["path"])
            and self._is_page(scope["path"])
        ):
            handler = HTMLResponse(opening_page(), headers={"Cache-Control": "no-cache"})
        await handler(scope, receive, send)
