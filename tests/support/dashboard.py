"""The dashboard in this process, on the real embedded Supabase."""

import functools
import re
import time
import warnings
from collections.abc import Callable, Iterator
from functools import partial
from html import unescape
from typing import Any

import pytest
from starlette.applications import Starlette
from starlette.responses import PlainTextResponse
from starlette.routing import Route
from streamlit.components.v2 import manifest_scanner
from streamlit.runtime.context import ContextProxy, StreamlitCookies
from streamlit.testing.v1 import AppTest
from supabase import Client

from cs_app.server import clients
from cs_app.web.routes import ROUTES, middleware
from cs_core.io.people.sessions import Tokens, open_session
from embedded.stack import Stack
from tests.conftest import ROOT
from tests.support.mailbox import Mailbox

with warnings.catch_warnings():  # it would rather have another HTTP library
    warnings.simplefilter("ignore")
    from starlette.testclient import TestClient

BASE_URL = "http://localhost:8501"


@pytest.fixture(scope="session")
def known_components() -> Iterator[None]:
    """Look for Streamlit components among the packages once: each AppTest would, for 0.1 s."""
    with pytest.MonkeyPatch.context() as patch:
        scan = functools.cache(manifest_scanner.scan_component_manifests)
        patch.setattr(manifest_scanner, "scan_component_manifests", scan)
        yield


@pytest.fixture
def dashboard_environment(
    request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch
) -> Iterator[None]:
    """Settings from the running stack where one is asked for, and no clients of the test before."""
    if "stack" in request.fixturenames:
        for name, value in request.getfixturevalue("stack").env.items():
            monkeypatch.setenv(name, value)
    clients.forget_clients()
    yield
    clients.forget_clients()


@pytest.fixture
def web(stack: Stack) -> Iterator[TestClient]:
    """The routes and checks, around a stand-in for Streamlit's pages."""
    app = Starlette(
        routes=[*ROUTES, Route("/{rest:path}", lambda _: PlainTextResponse("a page"))],
        middleware=middleware(BASE_URL),
    )
    with TestClient(app, base_url=BASE_URL, follow_redirects=False) as client:
        yield client


@pytest.fixture
def mailbox(stack: Stack) -> Iterator[Mailbox]:
    """The mailbox that the stack's mail arrives in, emptied."""
    with Mailbox.emptied(stack) as emptied:
        yield emptied


@pytest.fixture
def cookie_of(service: Client) -> Callable[..., str]:
    """A function that gives a person made by `add_person` a session and returns its cookie."""

    def open_for(person: dict[str, str], left_seconds: float = 3600, **changed: str) -> str:
        tokens = {name: person[name] for name in ("access_token", "refresh_token")} | changed
        return open_session(
            service, person["id"], Tokens(**tokens, expires_at=time.time() + left_seconds)
        )

    return open_for


@pytest.fixture
def ada(add_person: Callable[..., dict[str, str]]) -> dict[str, str]:
    """An admin."""
    return add_person("ada@wedsync.example", "admin")


@pytest.fixture
def cookie(ada: dict[str, str], cookie_of: Callable[..., str]) -> str:
    """Her cookie."""
    return cookie_of(ada)


@pytest.fixture
def analyst(add_person: Callable[..., dict[str, str]], cookie_of: Callable[..., str]) -> str:
    """An analyst's cookie."""
    return cookie_of(add_person("ann@wedsync.example", "analyst"))


@pytest.fixture
def open_page(
    stack: Stack, known_components: None, monkeypatch: pytest.MonkeyPatch
) -> Callable[..., AppTest]:
    """A function that runs a script as a browser with a cookie sees it."""

    def run(
        cookie: str | None, script: str = "pages/suppliers.py", **query: str | list[str]
    ) -> AppTest:
        cookies = {clients.COOKIE: cookie} if cookie else {}
        monkeypatch.setattr(ContextProxy, "cookies", property(lambda _: StreamlitCookies(cookies)))
        page = AppTest.from_file(str(ROOT / script), default_timeout=20)
        for name, value in query.items():
            page.query_params[name] = value
        return page.run()

    return run


@pytest.fixture
def open_screen(open_page: Callable[..., AppTest]) -> Callable[..., AppTest]:
    """The same, for a script that may not fail."""

    def run(cookie: str | None, script: str, **query: str) -> AppTest:
        page = open_page(cookie, script, **query)
        assert not page.exception
        return page

    return run


@pytest.fixture
def open_today(open_screen: Callable[..., AppTest]) -> Callable[..., AppTest]:
    """A function that opens the first screen, which never fails."""
    return partial(open_screen, script="pages/today.py")


@pytest.fixture
def open_settings(open_screen: Callable[..., AppTest], cookie: str) -> Callable[..., AppTest]:
    """A function that opens a part of the settings, by default as the admin."""

    def run(part: str, with_cookie: str = cookie, **address: str) -> AppTest:
        return open_screen(with_cookie, "pages/settings.py", part=part, **address)

    return run


@pytest.fixture
def open_list(
    open_screen: Callable[..., AppTest],
    cookie_of: Callable[..., str],
    add_person: Callable[..., dict[str, str]],
) -> Callable[..., AppTest]:
    """A function that opens the interventions as an admin or analyst."""

    def open_it(role: str, **query: str) -> AppTest:
        cookie = cookie_of(add_person(f"{role}@wedsync.example", role))
        return open_screen(cookie, "pages/interventions.py", **query)

    return open_it


@pytest.fixture
def fox(add_supplier: Callable[..., str]) -> str:
    """A supplier that was never scored."""
    return add_supplier(business_name="Rowan & Fox", email="rowan@fox.example")


def as_seen(markdown: str) -> str:
    """What a reader sees of Markdown whose signs are escaped."""
    return re.sub(r"\\([^\w\s]|_)", r"\1", str(markdown)).replace("\N{WORD JOINER}", "")


def words_of(page: AppTest) -> str:
    """Everything a page says, one line an element; without the escapes of Markdown."""
    lines: list[Any] = []
    for kind in ("title", "markdown", "caption", "info", "error", "warning"):
        lines += [as_seen(getattr(element, "value", "")) for element in page.get(kind)]
    lines += [element.proto.body for element in page.get("html")]
    return "\n".join(str(line) for line in lines)


def plain(page: AppTest) -> str:
    """What a page says, without tags; its style sheet and hidden words stay out."""
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", words_of(page))).split())


def press(page: AppTest, key: str) -> AppTest:
    """Press a button; the page may not fail over it."""
    page.button(key=key).click().run()
    assert not page.exception
    return page
