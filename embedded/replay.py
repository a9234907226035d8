"""Lives the last days of a demo world again: daily runs that contact people, a team that calls."""

import datetime as dt
import random
from collections.abc import Callable, Mapping, Sequence

import psycopg

from cs_core.base.errors import UsageError
from cs_core.io.base.client import ServiceClient, connect_service
from cs_core.io.base.config import load_mail_settings, load_settings
from cs_core.io.dispatch import dispatch
from cs_core.io.outreach.requests import request_intervention
from cs_core.io.run.request import Contacting, RunRequest
from cs_core.io.run.run import run_scoring
from cs_core.outreach.requests import ContactRequest
from embedded.team import act_as

# When the daily run begins.
MORNING = dt.time(6, tzinfo=dt.UTC)
# What came of a call, how often, and what the caller notes.
FATES = (
    ("reached", 0.22, "Had a good talk; will try the tips this week."),
    ("reached", 0.14, "Busy season, nothing is wrong. Wants to be left alone until next month."),
    ("reached", 0.10, "Did not know about the forms. Went through one together."),
    ("reached", 0.06, "Thinks about leaving: too dear for what they use. Call again."),
    ("left_message", 0.18, "Left a message and offered two times."),
    ("no_answer", 0.16, None),
    (None, 0.14, None),  # nobody gets round to it until the day after
)
NOTES = (
    "Prefers to be called after four in the afternoon.",
    "Moves to a larger studio in spring and has little time before.",
    "Two people share the account; the partner sends the forms.",
    "Asked for invoices in euros as well. Passed on to the product team.",
    "Will decide about the next tier after the wedding fair.",
    "Booked out until August, so few new clients come in.",
    "Keeps a spreadsheet beside it; would drop it if contracts could be signed online.",
)
DUE = """
select c.supplier_id::text, c.id::text, c.scheduled_for, s.owner_id::text
from support_interactions c join suppliers s on s.id = c.supplier_id
where c.completed_at is null and c.cancelled_at is null and c.scheduled_for < %s
order by c.scheduled_for, c.id
"""
MADE = """
update support_interactions set outcome = %s, notes = %s, completed_at = %s
where supplier_id = %s and id = %s
"""
ADMINS = """
select p.id::text from user_profiles p join auth.users u on u.id = p.id
where p.role = 'admin' order by u.email
"""
TO_WRITE_TO = """
select s.id::text, s.owner_id::text from current_health h join suppliers s on s.id = h.supplier_id
where h.risk_level = 'critical' and s.status in ('active', 'trial')
order by s.monthly_revenue desc, s.id limit 10
"""
# What is stamped with the real time, which is later than all that is lived again.
DATE_BACK = """
update runs set started_at = as_of, finished_at = as_of + (finished_at - started_at)
where started_at >= %(until)s and status = 'done';
update audit_log set happened_at = %(at)s where happened_at >= %(until)s;
update support_interactions set noted_at = %(at)s where noted_at >= %(until)s;
update supplier_notes set created_at = %(at)s where created_at >= %(until)s;
"""


def replay(
    environment: Mapping[str, str],
    days: int,
    until: dt.datetime,
    tell: Callable[[dt.date], None] = lambda day: None,
) -> None:
    """Run the daily job for some past mornings, as if each were today, and make the calls.

    Parameters
    ----------
    environment : mapping
        The settings of a running stack that holds a demo world and an admin.
    days : int
        How many mornings.
    until : datetime
        Where the world ends. The last morning is that of the day before.
    tell : callable
        Called with each day that is done.

    Raises
    ------
    UsageError
        If there is no admin: nobody could call.
    """
    client, mail = connect_service(load_settings(environment)), load_mail_settings(environment)
    today = until.astimezone(dt.UTC).date()
    url = environment["SUPABASE_DB_URL"]
    # Bound by the client: several statements at once take no parameters otherwise.
    with psycopg.connect(url, autocommit=True, cursor_factory=psycopg.ClientCursor) as sql:
        admins = [row[0] for row in sql.execute(ADMINS)]
        if not admins:
            raise UsageError(problem="Nobody could make the calls: there is no admin yet.")
        mornings = [
            dt.datetime.combine(today - dt.timedelta(days=ago), MORNING)
            for ago in range(days, 0, -1)
        ]
        sql.execute(DATE_BACK, {"at": mornings[0], "until": until})  # the team and its suppliers
        for number, now in enumerate(mornings):
            _make_calls(sql, admins, now - dt.timedelta(days=1), now, until)
            request = RunRequest(as_ofs=(now,), contacting=Contacting(now, mail), holder="replay")
            run_scoring(client, request)
            if number % 3 == 0:
                _write_by_hand(sql, client, admins, now)
            dispatch(client, mail, now)
            sql.execute(DATE_BACK, {"at": now, "until": until})
            tell(now.date())
        midnight = dt.datetime.combine(today, dt.time(), dt.UTC)
        _make_calls(sql, admins, mornings[-1], midnight, until)
        _begin_the_day(sql, admins)


def _make_calls(
    sql: psycopg.Connection,
    admins: Sequence[str],
    since: dt.datetime,
    now: dt.datetime,
    until: dt.datetime,
) -> None:
    """Make the calls that are due by now, late ones too; the same world has the same outcomes."""
    if since.weekday() >= 5:
        return
    for supplier_id, call_id, due, owner_id in sql.execute(DUE, [now]).fetchall():
        chance = random.Random(f"{supplier_id}/{due.date()}/{since.date()}")  # noqa: S311
        outcome, _, notes = chance.choices(FATES, [fate[1] for fate in FATES])[0]
        made_at = max(due, since) + dt.timedelta(minutes=chance.randrange(0, 300))
        stand_in = chance.choice(admins)
        is_in = owner_id in admins and chance.random() < 0.85
        if outcome is None or made_at >= now:
            continue
        act_as(sql, owner_id if is_in else stand_in)
        sql.execute(MADE, [outcome, notes, made_at, supplier_id, call_id])
        if outcome == "reached" and chance.random() < 0.4:
            sql.execute("select add_note(%s, %s)", [supplier_id, chance.choice(NOTES)])
        sql.execute(DATE_BACK, {"at": made_at, "until": until})
    act_as(sql, None)


def _write_by_hand(
    sql: psycopg.Connection, client: ServiceClient, admins: Sequence[str], now: dt.datetime
) -> None:
    """Ask for a personal mail to one of the critical suppliers that pay the most."""
    rows = sql.execute(TO_WRITE_TO).fetchall()
    if not rows:
        return
    supplier_id, owner_id = rows[now.toordinal() % len(rows)]
    request = ContactRequest(
        supplier_id=supplier_id,
        type="email",
        requested_by=owner_id if owner_id in admins else admins[0],
        idempotency_key=f"replay/{now.date()}",
        template="check_in",
        note="Asked in the team's round",
    )
    request_intervention(client, request, now)


def _begin_the_day(sql: psycopg.Connection, admins: Sequence[str]) -> None:
    """Let everybody take a call in hand, and the last put one off."""
    waiting = [row[:2] for row in sql.execute(DUE, ["infinity"])][-len(admins) - 1 :]
    for person_id, call in zip(admins, waiting, strict=False):
        act_as(sql, person_id)
        sql.execute("select claim_call(%s, %s)", call)
    if len(waiting) > len(admins):
        why = "Is on a wedding fair until then"
        put_off = "select snooze_call(%s, %s, %s, now() + interval '2 days')"
        sql.execute(put_off, [*waiting[-1], why])
