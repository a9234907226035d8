"""What the team of the lively world steered: versions of this and that, a guest, digests."""

import datetime as dt
from collections.abc import Iterator, Mapping
from contextlib import contextmanager

from supabase import Client

from cs_core.io.base.client import connect_service
from cs_core.io.base.config import load_settings
from cs_core.io.definitions.playbooks import publish_playbook
from cs_core.io.definitions.rules import publish_rules
from cs_core.io.definitions.scorecards import fetch_scorecard
from cs_core.io.definitions.templates import publish_template
from cs_core.io.definitions.versions import fetch_stored
from cs_core.io.mail.digests.store import DigestChoice, save_choice
from cs_core.io.people.team import invite
from cs_core.io.run.lease import kept_lease, take_lease
from cs_core.io.run.request import RunResult
from cs_core.io.run.store import begin_run, finish_run, renew_lease
from cs_core.io.suppliers.names import count_suppliers
from embedded.stack import Stack

GUEST = "tom@wedsync.example"
PLAYBOOK, TEMPLATE = "silent_after_set_up", "come_back_tips"
DIGESTS = DigestChoice(daily=True, weekly=True, hour=8, weekday=1, timezone="Europe/London")


def steer(stack: Stack, ada: Client, ada_id: str, grace: Client) -> None:
    """Publish a few versions, invite somebody, and ask for the digests.

    Parameters
    ----------
    stack : Stack
    ada, grace : Client
        Two admins' own.
    ada_id : str
    """
    _publish_playbook(ada, grace)
    _publish_template(ada, grace)
    rules = fetch_stored(ada, "rules")[0]
    year = dt.datetime.now(dt.UTC).year
    closed = {"holidays": [f"{year}-12-25", f"{year}-12-28", f"{year + 1}-01-01"]}
    publish_rules(grace, rules.definition | closed, "Closed over Christmas", rules.version)
    service = connect_service(load_settings(stack.env))
    link = "http://localhost/new-password"
    invite(ada, service, link, "Ada Byron", GUEST, "analyst", "Tom Whitaker")
    save_choice(ada, ada_id, DIGESTS)


def _publish_playbook(ada: Client, grace: Client) -> None:
    """Try a shorter cool-down, and go half the way back."""
    tried = ((grace, 10, "Two weeks felt long"), (ada, 12, "Ten days were too few: two complained"))
    for person, days, note in tried:
        stored = next(one for one in fetch_stored(ada, "playbook") if one.name == PLAYBOOK)
        definition = stored.definition | {"cool_down_days": days, "holdout_percent": 5}
        publish_playbook(person, PLAYBOOK, definition, note, stored.version)


def _publish_template(ada: Client, grace: Client) -> None:
    """Try two subjects."""
    tried = (
        (ada, "{{ first_name }}, three quick wins for this week", "A promise instead of a plea"),
        (grace, "Three quick wins for {{ business_name }}", "First names alone looked like spam"),
    )
    for person, subject, note in tried:
        stored = next(one for one in fetch_stored(ada, "template") if one.name == TEMPLATE)
        definition = stored.definition | {"subject": subject}
        publish_template(person, definition, note, stored.version)


@contextmanager
def run_under_way(env: Mapping[str, str]) -> Iterator[None]:
    """Keep a daily run at work that is half done."""
    client = connect_service(load_settings(env))
    now = dt.datetime.now(dt.UTC)
    suppliers = count_suppliers(client)
    card = fetch_scorecard(client, now).version
    run = take_lease(lambda: begin_run(client, "daily", now, None, card, "cron@scoring-1"))
    with kept_lease(client, run, lambda: suppliers * 5 // 8):
        renew_lease(client, run, suppliers * 5 // 8)
        yield
    done = RunResult()
    finish_run(client, run, done.totals | {"suppliers_scored": suppliers}, done.seconds)
