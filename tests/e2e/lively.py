"""A lively world: half a year of suppliers, weeks of daily runs, and a team that works with them.

Pictures and the checks of all screens walk through it. Suppliers come from the demo world, the
rest from the job and from what people do; only the clock is put right behind their backs.
"""

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Self

import psycopg
from supabase import Client

from cs_core.io.base.client import connect_person, connect_service
from cs_core.io.base.config import load_mail_settings, load_settings
from cs_core.io.dispatch import dispatch
from cs_core.io.outreach.call_queue import add_note, claim_call, fetch_calls
from cs_core.io.outreach.requests import request_intervention
from cs_core.io.people.sessions import sign_in
from cs_core.io.run.request import Contacting, RunRequest
from cs_core.io.run.run import run_scoring
from cs_core.outreach.requests import ContactRequest
from embedded.mail_sink import set_mode
from embedded.replay import replay
from embedded.seed import load_world
from embedded.stack import Stack
from embedded.team import make_team
from embedded.world import make_world
from tests.e2e.lively_steering import steer

PASSWORD = "a long enough password"
ADA, GRACE = "ada@wedsync.example", "grace@wedsync.example"
ANN, ROWAN = "ann@wedsync.example", "rowan@fox.example"
# The demo world's story, if it waits for a call; else something of everything.
RICHEST = """
select s.id::text from suppliers s join current_health h on h.supplier_id = s.id
where s.status = 'active' and h.risk_level = 'critical' and s.email_opt_out = false
  and exists (select from support_interactions c where c.supplier_id = s.id
    and c.completed_at is null and c.cancelled_at is null and c.scheduled_for is not null)
order by s.business_name = 'Rowan & Fox Photography' desc,
  (select count(*) from interventions i where i.supplier_id = s.id
    and i.status in ('sent', 'done')) + (select count(*) from success_milestones m
    where m.supplier_id = s.id) + 3 * (select count(distinct risk_level) from customer_health c
    where c.supplier_id = s.id) desc, s.id
limit 1
"""
# Who pays most of those nobody called: an e-mail may still go to it.
QUIET = """
select s.id::text from suppliers s join current_health h on h.supplier_id = s.id
where s.status = 'active' and h.risk_level = 'at_risk' and not s.email_opt_out
  and not exists (select from interventions i where i.supplier_id = s.id
    and i.created_at > now() - interval '40 days')
order by s.monthly_revenue desc, s.id limit 1
"""


@dataclass(frozen=True)
class LivelyWorld:
    """What a walk through all screens needs to know.

    Parameters
    ----------
    supplier_id : str
        A critical one with an open call and much behind it.
    quiet_id : str
        One at risk that nobody has written to lately.
    env : mapping
        The settings of its stack.
    """

    supplier_id: str
    quiet_id: str
    env: Mapping[str, str]

    @classmethod
    def of(cls, stack: Stack) -> Self:
        """Look a lively world up."""
        with psycopg.connect(stack.env["SUPABASE_DB_URL"]) as sql:
            richest, quiet = (sql.execute(query).fetchone() for query in (RICHEST, QUIET))
        assert richest is not None
        assert quiet is not None
        return cls(richest[0], quiet[0], stack.env)


def make_lively(
    stack: Stack, suppliers: int, days: int, history_days: int, outreach_days: int
) -> None:
    """Fill an empty stack.

    Parameters
    ----------
    stack : Stack
    suppliers, days : int
        How many, and how long their history is.
    history_days, outreach_days : int
        How many days are scored, and in how many of those the team was at work.
    """
    until = dt.datetime.now(dt.UTC)
    today = until.date()
    load_world(make_world(suppliers, days, 1, until), stack.env["SUPABASE_DB_URL"])
    client = connect_service(load_settings(stack.env))
    midnight = dt.datetime.combine(today, dt.time(0), dt.UTC)
    quiet_days = range(history_days, outreach_days, -1)
    ends = tuple(midnight - dt.timedelta(days=ago - 1) for ago in quiet_days)
    run_scoring(client, RunRequest(as_ofs=ends, kind="backfill"))
    people = _make_people(stack)
    replay(stack.env, outreach_days, until)
    now, mail = dt.datetime.now(dt.UTC), load_mail_settings(stack.env)
    run_scoring(client, RunRequest(as_ofs=(now,), contacting=Contacting(now, mail)))
    dispatch(client, mail, now)
    _work(stack, people)


def _make_people(stack: Stack) -> dict[str, str]:
    """Make the team and a supplier's own login; give their ids."""
    make_team(stack.env, PASSWORD)
    service = connect_service(load_settings(stack.env))
    service.auth.admin.create_user({"email": ROWAN, "password": PASSWORD, "email_confirm": True})
    with psycopg.connect(stack.env["SUPABASE_DB_URL"]) as sql:
        return dict(sql.execute("select email, id::text from auth.users").fetchall())


def _work(stack: Stack, people: dict[str, str]) -> None:
    """Do what a team does in a morning: take a call, write a few mails."""
    ada, grace = (_client_of(stack, email) for email in (ADA, GRACE))
    calls = fetch_calls(grace, dt.datetime.now(dt.UTC) + dt.timedelta(days=1), limit=3)
    claim_call(grace, calls[-1].supplier_id, calls[-1].id)
    richest = LivelyWorld.of(stack).supplier_id
    add_note(grace, richest, "Moves to a larger studio in spring and has little time before.")
    _write_to_dead_addresses(stack, people[GRACE])
    steer(stack, ada, people[ADA], grace)


def _write_to_dead_addresses(stack: Stack, person_id: str) -> None:
    """Write to three suppliers whose mail server takes nothing."""
    query = (
        "select s.id::text from suppliers s join current_health h on h.supplier_id = s.id"
        " where s.status = 'active' and s.email is not null and not s.email_opt_out"
        " and h.risk_level = 'at_risk' and not exists (select from interventions i"
        " where i.supplier_id = s.id and i.created_at > now() - interval '40 days')"
        " order by s.id desc limit 3"
    )
    service, now = connect_service(load_settings(stack.env)), dt.datetime.now(dt.UTC)
    for supplier in _ids(stack, query):
        request = ContactRequest(supplier, "email", person_id, f"lively/{supplier}", "check_in")
        request_intervention(service, request, now)
    set_mode(stack.data_dir, "reject")
    dispatch(service, load_mail_settings(stack.env), now + dt.timedelta(minutes=1))
    set_mode(stack.data_dir, "accept")


def _client_of(stack: Stack, email: str) -> Client:
    settings = load_settings(stack.env)
    return connect_person(settings, sign_in(settings, email, PASSWORD)[1].access_token)


def _ids(stack: Stack, query: Any) -> Sequence[str]:
    with psycopg.connect(stack.env["SUPABASE_DB_URL"]) as sql:
        return [row[0] for row in sql.execute(query).fetchall()]
