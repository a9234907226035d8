"""Finding suppliers in the database gives what a plain filter over all of them gives."""

import random
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from supabase import Client

from cs_core.base.errors import StoreError
from cs_core.io.base.client import call
from cs_core.io.base.reads import run_query
from cs_core.io.suppliers.find import (
    Found,
    fetch_filter_choices,
    find_supplier_ids,
    find_suppliers,
    suppliers_screen_query,
)
from cs_core.suppliers.filter import SORTS, SupplierFilter
from tests.sql.imagined import TIERS, Known, key_of, matches, reader, suppliers
from tests.sql.people import Somebody, become
from tests.sql.scored import level_of

__all__ = ["become", "reader", "suppliers"]
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
        question = suppliers_screen_query(wanted, sort, page, 7, 7, with_history=False)
        screen = run_query(reader.client, question)
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
    return run_query(
        client, suppliers_screen_query(wanted, "score", 1, 500, 7, with_history=False)
    ).found


def levels_on_screen(client: Client, wanted: SupplierFilter) -> dict[str, int]:
    return run_query(
        client, suppliers_screen_query(wanted, "score", 1, 1, 7, with_history=False)
    ).counts


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
