"""The dashboard as one ASGI app: its pages, and the routes around them.

Start it with `streamlit run streamlit_app.py`.
"""

import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import streamlit as st

from cs_app.server import clients
from cs_app.web.routes import ROUTES, middleware
from cs_core.base.errors import SettingError

MAIN = Path(__file__).resolve().parent / "cs_app" / "main.py"


@asynccontextmanager
async def lifespan(_app: st.App) -> AsyncIterator[dict[str, Any]]:
    """Let go of the connections to Supabase when the server stops."""
    yield {}
    clients.forget_clients()


try:
    base_url = clients.settings().cs_base_url
except SettingError as error:
    print(error, file=sys.stderr)  # noqa: T201
    sys.exit(error.exit_code)

app = st.App(MAIN, routes=ROUTES, middleware=middleware(base_url), lifespan=lifespan)
