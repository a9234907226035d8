"""Finding suppliers in the database gives what a plain filter over all of them gives."""

import datetime as dt
import random
import unicodedata
import uuid
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import pytest
from supabase import Client

from cs_core.errors import StoreError
from cs_core.io.find_suppliers import (
    Found,
    about_screen,
    fetch_filter_choices,
    find_supplier_ids,
    find_suppliers,
)
from cs_core.io.questions import ask
from cs_core.io.supabase import call
from cs_core.supplier_filter import SORTS, SupplierFilter
from tests.sql.people import Somebody, become
from tests.sql.scored import DAY, add_score, level_of, note_days, open_history

__all__ = ["become"]
NAMES = ("Rowan & Fox", "Élan Vital", "CAFÉ Noir", "50% Off_Florals", "O'Neill \\ Sons", "Zoë")
TIERS = ("starter", "premium", "gold, large")
CATEGORIES = ("venue", "florist")


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


@pytest.fixture
def reader(become: Callable[[str], Somebody]) -> Somebody:
    """An analyst."""
    return become("analyst")


@pytest.fixture
def suppliers(sql: Any, reader: Somebody) -> list[Known]:
    """A hundred suppliers of every kind."""
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


@pytest.mark.parametrize("most", [10_000, 3])
def test_each_filter_finds_what_a_plain_filter_finds_in_every_order(
    most: int, suppliers: list[Known], reader: Somebody
) -> None:
    """With a small bound the walk along the indexes, which many matches take, is met too."""
    for wanted in (each.for_person(reader.id) for each in FILTERS):
        expected = [known for known in suppliers if matches(known, wanted)]
        for sort in SORTS:
            found = find_all(reader.client, wanted, sort, most)
            in_order = [known.id for known in sorted(expected, key=lambda k: key_of(k, sort))]
            assert [row["supplier_id"] for row in found["rows"]] == in_order, (wanted, sort)
            assert found["total"] == min(len(expected), most)
            assert found["total_is_exact"] == (len(expected) <= most)


def find_all(client: Client, wanted: SupplierFilter, sort: str, most: int) -> Any:
    return call(
        client,
        "Finding",
        "find_suppliers",
        {"p_filter": wanted.to_dict(), "p_sort": sort, "p_offset": 0, "p_limit": 500,
         "p_with_history": False, "p_most": most},
    )  # fmt: skip


@pytest.mark.parametrize("sort", SORTS)
def test_a_screen_is_told_at_once_what_is_found_counted_and_left_alone(
    sort: str, suppliers: list[Known], reader: Somebody
) -> None:
    pairs = [(one, replace(one, levels=("critical", "healthy"))) for one in FILTERS]
    for number, wanted in enumerate(each for pair in pairs for each in pair):
        wanted, page = wanted.for_person(reader.id), 1 + number // 2 % 2
        everybody = [known for known in suppliers if matches(known, replace(wanted, levels=()))]
        expected = [known for known in everybody if matches(known, wanted)]
        in_order = [known.id for known in sorted(expected, key=lambda k: key_of(k, sort))]
        question = about_screen(wanted, sort, page, 7, 7, with_history=False)
        screen = ask(reader.client, question)
        ids = [row.supplier_id for row in screen.found.rows]
        assert ids == in_order[7 * (page - 1) : 7 * page], (wanted, sort)
        assert (screen.found.total, screen.found.total_is_exact) == (len(expected), True)
        assert screen.counts == count_by_level(everybody), wanted
        quiet = sum(matches(known, replace(wanted, not_contacted_days=7)) for known in expected)
        assert screen.quiet == (0 if wanted.not_contacted_days else quiet), wanted


def count_by_level(suppliers: list[Known]) -> dict[str, int]:
    counts = dict.fromkeys(("critical", "at_risk", "healthy", "not_scored"), 0)
    for known in suppliers:
        counts["not_scored" if known.score is None else level_of(known.score)] += 1
    return counts


def tiles_of(client: Client, wanted: SupplierFilter) -> Found:
    return ask(client, about_screen(wanted, "score", 1, 500, 7, with_history=False)).found


def levels_on_screen(client: Client, wanted: SupplierFilter) -> dict[str, int]:
    return ask(client, about_screen(wanted, "score", 1, 1, 7, with_history=False)).counts


def test_who_is_not_active_is_in_no_count(
    suppliers: list[Known], reader: Somebody, sql: Any
) -> None:
    """Levels are counted by taking those away that are not active: whatever makes them so."""
    before = sum(levels_on_screen(reader.client, SupplierFilter()).values())
    changes = (
        "status = 'paused', paused_at = null",
        "status = 'churned', churned_at = now() - interval '1 day'",
        "status = 'churned', churned_at = null",
        "signed_up_at = now() + interval '1 day'",
    )
    active = [known for known in suppliers if matches(known, SupplierFilter())]
    for change, known in zip(changes, active, strict=False):
        sql.execute(f"update suppliers set {change} where id = %s", [known.id])
    for wanted in (SupplierFilter(), SupplierFilter(not_contacted_days=7)):
        left = [known for known in active[len(changes) :] if matches(known, wanted)]
        assert levels_on_screen(reader.client, wanted) == count_by_level(left)
    assert sum(levels_on_screen(reader.client, SupplierFilter()).values()) == before - len(changes)


def test_filters_together_find_what_matches_all_of_them(
    suppliers: list[Known], reader: Somebody
) -> None:
    rng = random.Random(9)
    found_any = 0
    for _ in range(60):
        wanted = SupplierFilter()
        for one in rng.sample(FILTERS, 3):
            given = {name: value for name, value in vars(one).items() if value not in (None, ())}
            wanted = replace(wanted, **given)
        wanted = wanted.for_person(reader.id)
        expected = {known.id for known in suppliers if matches(known, wanted)}
        assert set(find_supplier_ids(reader.client, wanted, 500)) == expected, wanted
        tiles = tiles_of(reader.client, wanted)
        assert {row.supplier_id for row in tiles.rows} == expected
        everybody = [known for known in suppliers if matches(known, replace(wanted, levels=()))]
        assert levels_on_screen(reader.client, wanted) == count_by_level(everybody)
        found_any += bool(expected)
    assert found_any > 10


@pytest.mark.parametrize("sort", SORTS)
def test_pages_hold_every_supplier_once(
    sort: str, suppliers: list[Known], reader: Somebody
) -> None:
    ids: list[str] = []
    for page in range(1, 10):
        found = find_suppliers(reader.client, SupplierFilter(), sort, page, page_size=7)
        ids += [row.supplier_id for row in found.rows]
    expected = [known for known in suppliers if matches(known, SupplierFilter())]
    assert ids == [known.id for known in sorted(expected, key=lambda k: key_of(k, sort))][:63]


def test_a_row_says_all_that_a_list_shows(
    suppliers: list[Known], reader: Somebody, sql: Any
) -> None:
    sql.execute("update user_profiles set full_name = 'Ada'")
    rows = {row.supplier_id: row for row in tiles_of(reader.client, SupplierFilter()).rows}
    for known in suppliers:
        if known.id not in rows:
            continue
        row = rows[known.id]
        before = known.score_before
        change = None if before is None or known.score is None else known.score - before
        assert (row.health_score, row.score_change_7_days) == (known.score, change)
        assert (row.business_name, row.tier, row.status) == (known.name, known.tier, known.status)
        assert (row.owner_id, row.owner_name) == (known.owner, "Ada" if known.owner else None)
        assert (row.monthly_revenue, row.has_open_call) == (known.revenue, known.open_call)
        assert (row.last_contacted_at, row.last_login) == (known.contacted, known.login)
        assert (row.reason is None) == (known.score is None)
        assert row.scores_30_days == ()
    (first,) = find_suppliers(reader.client, SupplierFilter(), "change", 1, page_size=1).rows
    known = next(each for each in suppliers if each.id == first.supplier_id)
    assert first.scores_30_days == (known.score_before, known.score)


def test_a_page_beyond_the_last_is_empty_and_an_unknown_order_is_refused(
    suppliers: list[Known], reader: Somebody
) -> None:
    found = find_suppliers(reader.client, SupplierFilter(), page=99)
    assert (found.rows, found.total > 0) == ([], True)
    with pytest.raises(StoreError, match="cannot be sorted by id; drop"):
        find_suppliers(reader.client, SupplierFilter(), "id; drop table suppliers")


def test_what_there_is_to_filter_by_is_told(suppliers: list[Known], reader: Somebody) -> None:
    choices = fetch_filter_choices(reader.client)
    assert choices.tiers == tuple(sorted(TIERS))
    assert choices.categories == ("florist", "venue")
    assert [(owner.id, owner.name) for owner in choices.owners] == [
        (reader.id, "analyst@example.com")
    ]


@pytest.mark.parametrize("name", ["supplier", "stranger"])
def test_others_find_nobody(
    name: str, suppliers: list[Known], become: Callable[[str], Somebody]
) -> None:
    somebody = become(name).client
    for wanted in FILTERS[:2] + FILTERS[-10:]:
        assert find_suppliers(somebody, wanted).rows == []
        assert find_suppliers(somebody, wanted).total == 0
    assert fetch_filter_choices(somebody).owners == ()


def test_the_search_and_the_orders_have_their_indexes(suppliers: list[Known], sql: Any) -> None:
    """Not that the planner takes them for a hundred rows: that it could."""
    plans = {
        "suppliers_search_idx": "select from private.source_suppliers s"
        " where private.search_text(s.business_name, s.email) like '%elan%'",
        "suppliers_name_order_idx": "select from private.source_suppliers s"
        ' order by private.fold(s.business_name) collate "C", id limit 5',
        "suppliers_revenue_idx": "select from private.source_suppliers s"
        " order by monthly_revenue desc, id desc limit 5",
        "current_health_last_login_idx": "select from current_health"
        " order by last_login nulls first, supplier_id limit 5",
    }
    with sql.transaction():
        sql.execute("set local enable_seqscan = off")
        sql.execute("set local enable_sort = off")
        for index, query in plans.items():
            plan = "\n".join(row[0] for row in sql.execute(f"explain {query}"))
            assert index in plan, plan
