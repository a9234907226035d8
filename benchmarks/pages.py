"""How fast the screens are: what they read, at two sizes, and what a browser makes of it."""

import contextlib
import datetime as dt
import statistics
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from benchmarks.measure import Say
from benchmarks.page_browser import Seen, look_at_pages
from benchmarks.page_reads import PageRead, list_pages
from benchmarks.page_world import BUSY, load_page_world
from benchmarks.scratch import open_database, running_stack
from cs_core.io.base.client import PersonClient, connect_person, connect_service
from cs_core.io.base.config import load_settings
from cs_core.io.people.sessions import Tokens
from embedded.stack import Stack

SIZES = (2_000, 100_000)
READS = 15
LOOKS = 5
EMAIL = "bench@example.com"
PASSWORD = "long enough for a benchmark"


@dataclass(frozen=True)
class Site:
    """A world that is up, and an admin in it."""

    suppliers: int
    stack: Stack
    person_id: str
    tokens: Tokens = field(repr=False)
    client: PersonClient = field(repr=False)


@dataclass(frozen=True)
class PageFigures:
    """One screen: seconds to read it by size of the world, how often it asks, what a browser saw.

    `seen` is of the largest world; None where no address leads there, or no browser looked.
    """

    name: str
    seconds: dict[int, float]
    requests: int
    seen: Seen | None

    @property
    def growth(self) -> float:
        """How many times longer it takes in the largest world than in the smallest."""
        return self.seconds[max(self.seconds)] / self.seconds[min(self.seconds)]


@dataclass(frozen=True)
class PagesFigures:
    """All screens, and the blank page they are held against; None where no browser looked."""

    sizes: tuple[int, ...]
    pages: list[PageFigures]
    blank: Seen | None


def measure_pages(
    sizes: Sequence[int] = SIZES, reads: int = READS, looks: int = LOOKS, say: Say = print
) -> PagesFigures:
    """Make worlds, read every screen in each, look at every screen of the largest.

    Parameters
    ----------
    sizes : sequence of int
        Suppliers of each world.
    reads : int
        How often each screen is read in each world; the median counts.
    looks : int
        How often a browser opens each screen; 0: no browser is started.
    say : callable
        Told what is going on.
    """
    with contextlib.ExitStack() as stack:
        sites = [stack.enter_context(_open_site(max(BUSY, size), say)) for size in sorted(sizes)]
        seconds, requests = _read_all(sites, reads)
        say("screens read")
        seen: dict[str, Seen] = {}
        blank = None
        if looks:
            largest = sites[-1]
            pages = {one.name: one.address for one in list_pages(largest.suppliers) if one.address}
            env, person = largest.stack.env, (largest.person_id, largest.tokens)
            blank, seen = look_at_pages(env, person, pages, looks, say)
    figures = [
        PageFigures(name, times, requests[name], seen.get(name)) for name, times in seconds.items()
    ]
    return PagesFigures(tuple(site.suppliers for site in sites), figures, blank)


@contextlib.contextmanager
def _open_site(suppliers: int, say: Say) -> Iterator[Site]:
    with running_stack() as stack:
        with open_database(stack) as connection:
            load_page_world(connection, suppliers, dt.datetime.now(dt.UTC).date(), say)
        yield _sign_in(suppliers, stack)


def _sign_in(suppliers: int, stack: Stack) -> Site:
    settings = load_settings(stack.env)
    service, visitor = connect_service(settings), connect_service(settings)
    made = service.auth.admin.create_user(
        {"email": EMAIL, "password": PASSWORD, "email_confirm": True}
    )
    service.table("user_profiles").insert({"id": made.user.id, "role": "admin"}).execute()
    visitor.options.headers.pop("Authorization", None)
    session = visitor.auth.sign_in_with_password({"email": EMAIL, "password": PASSWORD}).session
    assert session is not None
    tokens = Tokens(session.access_token, session.refresh_token, time.time() + 3600)
    return Site(
        suppliers, stack, made.user.id, tokens, connect_person(settings, session.access_token)
    )


def _read_all(sites: list[Site], reads: int) -> tuple[dict[str, dict[int, float]], dict[str, int]]:
    """Read each screen in each world by turns, so that what else is busy slows both."""
    seconds: dict[str, dict[int, float]] = {}
    requests: dict[str, int] = {}
    by_page = zip(*(list_pages(site.suppliers) for site in sites), strict=True)
    for pages in by_page:
        times: dict[int, list[float]] = {site.suppliers: [] for site in sites}
        requests[pages[0].name] = _count_requests(sites[0].client, pages[0])
        for _ in range(reads + 1):
            for site, page in zip(sites, pages, strict=True):
                start = time.perf_counter()
                page.read(site.client)
                times[site.suppliers].append(time.perf_counter() - start)
        # The first is for what is kept from then on: connections, plans, pages of tables.
        seconds[pages[0].name] = {size: statistics.median(t[1:]) for size, t in times.items()}
    return seconds, requests


def _count_requests(client: PersonClient, page: PageRead) -> int:
    sent: list[str] = []
    hooks = client.postgrest.session.event_hooks
    client.postgrest.session.event_hooks = {"request": [lambda request: sent.append(request.url)]}
    page.read(client)
    client.postgrest.session.event_hooks = hooks
    return len(sent)
