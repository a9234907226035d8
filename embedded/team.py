"""The team of a demo world: its sign-ins, whose suppliers are whose, and how each one acts."""

import secrets
from collections.abc import Mapping
from dataclasses import dataclass

import psycopg

from cs_core.io.base.client import connect_service
from cs_core.io.base.config import load_settings
from cs_core.io.people.users import create_user


@dataclass(frozen=True)
class Colleague:
    """Somebody who signs in, with suppliers looked after and views (name, query, team's)."""

    email: str
    role: str
    name: str
    of_ten: int
    views: tuple[tuple[str, str, bool], ...]


TEAM = (
    Colleague(
        email="ada@wedsync.example",
        role="admin",
        name="Ada Byron",
        of_ten=2,
        views=(
            ("My critical ones", "risk=critical&owner=me", False),
            ("Nobody's, in trouble", "risk=critical&risk=at_risk&owner=none&sort=-revenue", True),
        ),
    ),
    Colleague(
        email="grace@wedsync.example",
        role="admin",
        name="Grace Okafor",
        of_ten=3,
        views=(
            ("Critical and quiet", "risk=critical&quiet=14&sort=-revenue", True),
            ("My calls", "owner=me&call=yes", False),
        ),
    ),
    Colleague(
        email="noor@wedsync.example",
        role="admin",
        name="Noor Haddad",
        of_ten=3,
        views=(("My trials", "owner=me&trial=yes&sort=login", False),),
    ),
    Colleague(
        email="ann@wedsync.example",
        role="analyst",
        name="Ann Lister",
        of_ten=0,
        views=(
            ("Premium, falling", "tier=premium&sort=change", True),
            ("Venues", "category=venue&sort=-revenue", False),
        ),
    ),
)

DEAL = """
update public.suppliers set owner_id = %(owner)s
where abs(hashtext(id::text)) %% 10 between %(first)s and %(last)s
"""
KEEP_VIEW = "insert into saved_views (owner_id, name, query, is_shared) values (%s, %s, %s, %s)"


def make_team(environment: Mapping[str, str], password: str | None = None) -> dict[str, str]:
    """Make the sign-ins, share suppliers out and keep everybody's views.

    Parameters
    ----------
    environment : mapping
        The settings of a running stack that holds a demo world.
    password : str, optional
        Everybody's; by default one is drawn for each.

    Returns
    -------
    dict
        Passwords by e-mail address.
    """
    service = connect_service(load_settings(environment))
    passwords = {one.email: password or secrets.token_urlsafe(9) for one in TEAM}
    with psycopg.connect(environment["SUPABASE_DB_URL"], autocommit=True) as sql:
        lead_id, dealt = None, 0
        for one in TEAM:
            made = create_user(
                service, one.email, one.role, full_name=one.name, password=passwords[one.email]
            )
            lead_id = lead_id or made.id
            act_as(sql, lead_id)
            lots = {"owner": made.id, "first": dealt, "last": dealt + one.of_ten - 1}
            sql.execute(DEAL, lots)
            dealt += one.of_ten
            sql.cursor().executemany(KEEP_VIEW, [(made.id, *view) for view in one.views])
    return passwords


def act_as(sql: psycopg.Connection, person_id: str | None) -> None:
    """Let what follows on a connection be done by a person, or by the program."""
    sql.execute("select set_config('request.jwt.claim.sub', %s, false)", [person_id or ""])
