"""The team of a demo world: its sign-ins, whose suppliers are whose, and how each one acts."""

import secrets
from collections.abc import Mapping
from typing import NamedTuple

import psycopg

from cs_core.io.base.client import connect_service
from cs_core.io.base.config import load_settings
from cs_core.io.people.users import create_user


class Colleague(NamedTuple):
    """Somebody who signs in and looks after so many suppliers of ten."""

    email: str
    role: str
    name: str
    of_ten: int


ADA = Colleague("ada@wedsync.example", "admin", "Ada Byron", 2)
GRACE = Colleague("grace@wedsync.example", "admin", "Grace Okafor", 3)
NOOR = Colleague("noor@wedsync.example", "admin", "Noor Haddad", 3)
ANN = Colleague("ann@wedsync.example", "analyst", "Ann Lister", 0)
TEAM = (ADA, GRACE, NOOR, ANN)
# Whose, name, query, whether the team has it too.
VIEWS = (
    (ADA, "My critical ones", "risk=critical&owner=me", False),
    (ADA, "Nobody's, in trouble", "risk=critical&risk=at_risk&owner=none&sort=-revenue", True),
    (GRACE, "Critical and quiet", "risk=critical&quiet=14&sort=-revenue", True),
    (GRACE, "My calls", "owner=me&call=yes", False),
    (NOOR, "My trials", "owner=me&trial=yes&sort=login", False),
    (ANN, "Premium, falling", "tier=premium&sort=change", True),
    (ANN, "Venues", "category=venue&sort=-revenue", False),
)
DEAL = """
update public.suppliers set owner_id = %(owner)s
where abs(hashtext(id::text)) %% 10 between %(first)s and %(last)s
"""
KEEP_VIEW = "insert into saved_views (owner_id, name, query, is_shared) values (%s, %s, %s, %s)"


def make_team(environment: Mapping[str, str], password: str | None = None) -> dict[str, str]:
    """Make sign-ins, share suppliers out and keep everybody's views; return passwords by address.

    `environment`: the settings of a running stack that holds a demo world. `password`:
    everybody's; by default one is drawn for each.
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
            views = [(made.id, *view[1:]) for view in VIEWS if view[0] == one]
            sql.cursor().executemany(KEEP_VIEW, views)
    return passwords


def act_as(sql: psycopg.Connection, person_id: str | None) -> None:
    """Let what follows on a connection be done by a person, or by the program."""
    sql.execute("select set_config('request.jwt.claim.sub', %s, false)", [person_id or ""])
