"""The team of a demo world: what its last days say of who did what, and when."""

import datetime as dt
from typing import Any
from urllib.parse import parse_qs, urlencode

import psycopg
import pytest

from cs_core.base.errors import UsageError
from cs_core.io.base.client import connect_person
from cs_core.io.base.config import Settings
from cs_core.io.people.sessions import sign_in
from cs_core.io.suppliers.saved_views import fetch_views
from cs_core.suppliers.filter import SupplierList
from embedded.replay import replay
from embedded.seed import load_world
from embedded.stack import Stack
from embedded.team import TEAM, VIEWS, make_team
from embedded.world import make_world
from tests.support.stacks import empty

pytestmark = pytest.mark.slow

UNTIL = dt.datetime(2026, 11, 25, 15, tzinfo=dt.UTC)
SUPPLIERS, DAYS = 400, 9
ADMINS = {one.email for one in TEAM if one.role == "admin"}
# How many each has to do with, by e-mail address.
BY_PERSON = "select u.email, count(*) from {} join auth.users u on u.id = {} group by 1"


@pytest.fixture(scope="module")
def lived(stack: Stack) -> psycopg.Connection[Any]:
    """Direct SQL in a small world whose team was at work for some days."""
    connection = psycopg.connect(stack.env["SUPABASE_DB_URL"], autocommit=True)
    empty(connection)
    load_world(make_world(SUPPLIERS, 60, 2, UNTIL), stack.env["SUPABASE_DB_URL"])
    make_team(stack.env, "a long enough password")
    replay(stack.env, DAYS, UNTIL)
    return connection


def by_person(sql: Any, table: str, column: str) -> dict[str | None, int]:
    return dict(sql.execute(BY_PERSON.format(table, column)).fetchall())


def test_admins_look_after_most_suppliers_and_nobody_after_some(lived: Any) -> None:
    shares = by_person(lived, "suppliers left", "owner_id")
    assert set(shares) == {None, *ADMINS}
    assert all(0.1 < count / SUPPLIERS < 0.45 for count in shares.values()), shares


def test_calls_are_made_by_all_admins_mostly_by_who_looks_after_the_supplier(lived: Any) -> None:
    made = (
        "select c.completed_by = s.owner_id, u.email from support_interactions c"
        " join suppliers s on s.id = c.supplier_id left join auth.users u on u.id = c.completed_by"
        " where c.completed_at is not null"
    )
    calls = lived.execute(made).fetchall()
    assert {email for _, email in calls} == ADMINS
    own = [is_own for is_own, _ in calls if is_own is not None]
    assert 0.6 < sum(own) / len(own) < 1


def test_calls_that_nobody_got_round_to_are_made_some_days_later(lived: Any) -> None:
    waits = (
        "select max(coalesce(completed_at, %s) - scheduled_for) from support_interactions"
        " where cancelled_at is null and snoozed_reason is null"
    )
    (longest,) = lived.execute(waits, [UNTIL]).fetchone()
    assert dt.timedelta(days=1) < longest < dt.timedelta(days=6)
    made = "select count(*) from support_interactions where completed_at < scheduled_for"
    assert lived.execute(made).fetchone() == (0,)


def test_notes_are_written_by_several_people(lived: Any) -> None:
    assert len(by_person(lived, "supplier_notes", "created_by")) > 1


def test_everybody_has_a_call_in_hand_and_one_is_put_off(lived: Any) -> None:
    assert by_person(lived, "support_interactions", "claimed_by") == dict.fromkeys(ADMINS, 1)
    put_off = "select count(*) from support_interactions where snoozed_reason is not null"
    assert lived.execute(put_off).fetchone() == (1,)


def test_what_was_lived_again_happened_on_its_day(lived: Any) -> None:
    """But for what everybody took in hand when the last day began, which is now."""
    first = dt.datetime.combine(UNTIL.date() - dt.timedelta(days=DAYS), dt.time(6), dt.UTC)
    log = "select happened_at from audit_log where not coalesce(after, '{}') ?| %s"
    stamps = lived.execute(log, [["claimed_by", "snoozed_reason"]]).fetchall()
    stamps += lived.execute("select started_at from runs").fetchall()
    stamps += lived.execute("select created_at from supplier_notes").fetchall()
    assert all(first <= at < UNTIL for (at,) in stamps)
    assert len({at.date() for (at,) in stamps}) == DAYS
    late = "select count(*) from support_interactions where noted_at <> completed_at"
    assert lived.execute(late).fetchone() == (0,)


def test_each_sees_own_views_and_those_of_the_team(lived: Any, settings: Settings) -> None:
    for one in TEAM:
        person, tokens = sign_in(settings, one.email, "a long enough password")
        seen = fetch_views(connect_person(settings, tokens.access_token), person)
        names = {view.name for view in seen}
        shared = {name for _, name, _, is_shared in VIEWS if is_shared}
        assert names == shared | {name for who, name, *_ in VIEWS if who == one}


@pytest.mark.parametrize("query", [view[2] for view in VIEWS])
def test_a_view_is_an_address_that_the_suppliers_screen_writes(query: str) -> None:
    asked = SupplierList.from_query(parse_qs(query))
    assert urlencode(asked.to_query(), doseq=True) == query
    assert not asked.filter.is_empty


def test_without_an_admin_nobody_could_call(sql: Any, stack: Stack) -> None:
    with pytest.raises(UsageError, match="no admin"):
        replay(stack.env, 1, UNTIL)
