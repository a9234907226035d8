"""Found suppliers after a change, row by row, and for those who may not look."""

from collections.abc import Callable
from typing import Any

import pytest

from cs_core.io.base.config import Settings
from cs_core.io.suppliers.find import fetch_filter_choices, find_suppliers
from cs_core.suppliers.filter import SupplierFilter
from tests.support.imagined import (
    FILTERS,
    Known,
    count_by_level,
    levels_on_screen,
    make_reader,
    matches,
    store_a_hundred,
    tiles_of,
)
from tests.support.people import Somebody, become

__all__ = ["become"]


@pytest.fixture
def reader(settings: Settings, sql: Any) -> Somebody:
    return make_reader(settings)


@pytest.fixture
def suppliers(sql: Any, reader: Somebody) -> list[Known]:
    """A hundred suppliers of every kind."""
    return store_a_hundred(sql, reader)


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


@pytest.mark.parametrize("name", ["supplier", "stranger"])
def test_others_find_nobody(
    name: str, suppliers: list[Known], become: Callable[[str], Somebody]
) -> None:
    somebody = become(name).client
    for wanted in FILTERS[:2] + FILTERS[-10:]:
        assert find_suppliers(somebody, wanted).rows == []
        assert find_suppliers(somebody, wanted).total == 0
    assert fetch_filter_choices(somebody).owners == ()
