"""Suppliers of every kind, and a plain filter and order over them."""

import datetime as dt
import random
import unicodedata
import uuid
from dataclasses import dataclass
from typing import Any

from supabase import Client

from cs_core.io.base.client import connect_person
from cs_core.io.base.config import Settings
from cs_core.io.base.reads import run_query
from cs_core.io.suppliers.find import Found, suppliers_screen_query
from cs_core.suppliers.filter import SupplierFilter
from tests.support.people import Somebody
from tests.support.scored import DAY, add_score, level_of, note_days, open_history
from tests.support.sign_ins import make_sign_in

NAMES = ("Rowan & Fox", "Élan Vital", "CAFÉ Noir", "50% Off_Florals", "O'Neill \\ Sons", "Zoë")
TIERS = ("starter", "premium", "gold, large")
CATEGORIES = ("venue", "florist")
FILTERS = (
    SupplierFilter(),
    SupplierFilter(levels=("critical",)),
    SupplierFilter(levels=("healthy", "at_risk")),
    SupplierFilter(tiers=("premium",)),
    SupplierFilter(tiers=("starter", "gold, large")),
    SupplierFilter(categories=("venue",)),
    SupplierFilter(owner="none"),
    SupplierFilter(owner="me"),
    SupplierFilter(score_from=40),
    SupplierFilter(score_to=0),
    SupplierFilter(score_from=20, score_to=80),
    SupplierFilter(silent_days=7),
    SupplierFilter(trial=True),
    SupplierFilter(trial=False),
    SupplierFilter(open_call=True),
    SupplierFilter(open_call=False),
    SupplierFilter(not_contacted_days=7),
    SupplierFilter(text="elan"),
    SupplierFilter(text="ÉLAN 1"),
    SupplierFilter(text="cafe hello"),
    SupplierFilter(text="%"),
    SupplierFilter(text="off_flo"),
    SupplierFilter(text="n_ir"),
    SupplierFilter(text="O'Neill \\"),
    SupplierFilter(text="zo"),
    SupplierFilter(text="NULL"),
    SupplierFilter(text="'; drop table suppliers; --"),
)


@dataclass(frozen=True)
class Known:
    """A supplier as the test made it."""

    id: str
    name: str
    email: str | None
    tier: str
    category: str
    status: str
    revenue: int
    owner: str | None
    score: int | None
    score_before: int | None
    login: dt.datetime | None
    open_call: bool
    contacted: dt.datetime | None


def ago(days: float) -> dt.datetime:
    return dt.datetime.now(dt.UTC) - dt.timedelta(days=days)


def imagine(rng: random.Random, owner: str) -> Known:
    score = rng.choice((None, *[rng.randint(0, 100)] * 9))
    return Known(
        id=str(uuid.UUID(int=rng.getrandbits(128))),
        name=f"{rng.choice(NAMES)} {rng.randint(1, 20)}",
        email=rng.choice((None, f"hello{rng.randint(1, 9)}@rowan.example")),
        tier=rng.choice(TIERS),
        category=rng.choice(CATEGORIES),
        status=rng.choice(("active", "active", "trial", "paused", "churned")),
        revenue=rng.choice((0, 10, 20, 35)),
        owner=rng.choice((None, owner)),
        score=score,
        score_before=rng.choice((None, rng.randint(0, 100))) if score is not None else None,
        login=rng.choice((None, ago(rng.choice((1.5, 6.5, 8.5, 40.5))))) if score else None,
        open_call=rng.random() < 0.3,
        contacted=rng.choice((None, ago(rng.choice((2.5, 9.5, 30.5))))),
    )


def store(sql: Any, known: Known) -> None:
    sql.execute(
        "insert into suppliers (id, business_name, email, tier, category, status, monthly_revenue,"
        " owner_id, signed_up_at) values (%s, %s, %s, %s, %s, %s, %s, %s, '2026-01-01')",
        (known.id, known.name, known.email, known.tier, known.category, known.status,
         known.revenue, known.owner),
    )  # fmt: skip
    if known.score_before is not None:
        add_score(sql, known.id, DAY - dt.timedelta(days=7), known.score_before)
    if known.score is not None:
        add_score(sql, known.id, DAY, known.score, known.login)
    calls = (
        "insert into support_interactions (supplier_id, type, scheduled_for, {})"
        " values (%s, 'check_in', %s, {})"
    )
    if known.open_call:
        sql.execute(calls.format("notes", "'x'"), (known.id, ago(1)))
    sql.execute(calls.format("cancelled_at", "now()"), (known.id, ago(1)))
    sql.execute(calls.format("outcome, completed_at", "'not_needed', now()"), (known.id, ago(1)))
    if known.contacted is not None and known.revenue:
        sql.execute(
            "insert into interventions (supplier_id, type, playbook, status, sent_at, dedupe_key)"
            " values (%s, 'email', 'p', 'sent', %s, 'k')",
            (known.id, known.contacted),
        )
    elif known.contacted is not None:
        sql.execute(
            calls.format("outcome, completed_at", "'no_answer', %s"),
            (known.id, known.contacted, known.contacted),
        )


def make_reader(settings: Settings) -> Somebody:
    """Make an analyst."""
    person = make_sign_in(settings, "analyst@example.com", "analyst")
    return Somebody(person["id"], connect_person(settings, person["access_token"]))


def store_a_hundred(sql: Any, reader: Somebody) -> list[Known]:
    """Store suppliers of every kind."""
    rng = random.Random(5)
    known = [imagine(rng, reader.id) for _ in range(100)]
    open_history(sql)
    for supplier in known:
        store(sql, supplier)
    note_days(sql, DAY - dt.timedelta(days=7), DAY)
    return known


def plain(text: str) -> str:
    parts = unicodedata.normalize("NFD", text)
    return "".join(char for char in parts if not unicodedata.combining(char)).lower()


def matches(known: Known, wanted: SupplierFilter) -> bool:
    in_text = plain(f"{known.name}\n{known.email or ''}")
    low = wanted.score_from if wanted.score_from is not None else -1
    high = wanted.score_to if wanted.score_to is not None else 101
    scored = known.score is not None
    silent = wanted.silent_days and ago(wanted.silent_days)
    quiet = wanted.not_contacted_days and ago(wanted.not_contacted_days)
    return all(
        (
            known.status in ("active", "trial"),
            not wanted.levels or (scored and level_of(known.score or 0) in wanted.levels),
            not wanted.tiers or known.tier in wanted.tiers,
            not wanted.categories or known.category in wanted.categories,
            wanted.owner is None or known.owner == {"none": None}.get(wanted.owner, wanted.owner),
            (low, high) == (-1, 101) or (scored and low <= (known.score or 0) <= high),
            not silent or (scored and (known.login is None or known.login <= silent)),
            wanted.trial is None or (known.status == "trial") == wanted.trial,
            wanted.open_call is None or known.open_call == wanted.open_call,
            not quiet or known.contacted is None or known.contacted <= quiet,
            all(word in in_text for word in plain(wanted.text or "").split()),
        )
    )


def key_of(known: Known, sort: str) -> Any:
    """Return what a supplier is sorted by, and its id, so that any order is a full one."""
    name, number = known.id, uuid.UUID(known.id).int
    levels = {"critical": 1, "at_risk": 2, "healthy": 3}
    if sort in ("score", "-score"):
        sign = -1 if sort == "-score" else 1
        if known.score is None:
            return (1, 0, 0, sign * number)
        return (0, sign * levels[level_of(known.score)], sign * known.score, sign * number)
    if sort == "change":
        both = known.score is not None and known.score_before is not None
        return (not both, (known.score or 0) - (known.score_before or 0) if both else 0, number)
    if sort == "revenue":
        return (known.revenue, number)
    if sort == "-revenue":
        return (-known.revenue, -number)
    if sort == "name":
        return (plain(known.name).encode(), number)
    login = known.login.timestamp() if known.login else 0
    return (known.score is None, login, name)


def count_by_level(suppliers: list[Known]) -> dict[str, int]:
    counts = dict.fromkeys(("critical", "at_risk", "healthy", "not_scored"), 0)
    for known in suppliers:
        counts["not_scored" if known.score is None else level_of(known.score)] += 1
    return counts


def tiles_of(client: Client, wanted: SupplierFilter) -> Found:
    return run_query(
        client, suppliers_screen_query(wanted, "score", 1, 500, 7, with_history=False)
    ).found


def levels_on_screen(client: Client, wanted: SupplierFilter) -> dict[str, int]:
    return run_query(
        client, suppliers_screen_query(wanted, "score", 1, 1, 7, with_history=False)
    ).counts
