"""The CSV export page by page: nothing is lost, and memory does not grow."""

import gc
import tracemalloc
from itertools import islice

import pytest

from cs_core.io.export.tables import export_lines
from tests.support.exported import add_many, exported

__all__ = ["add_many"]


@pytest.fixture
def requests(service):
    """The requests that the service client sends to a view."""
    sent = []
    service.options.httpx_client.event_hooks["request"].append(lambda each: sent.append(each.url))
    return sent


def test_pages_are_read_one_by_one_until_an_empty_one(add_many, service, requests):
    add_many(2500)
    lines = export_lines(service, "health")
    assert next(lines).startswith("\ufeffsupplier_id,")
    assert len(requests) == 0
    next(lines)
    assert len(requests) == 1
    assert len(list(islice(lines, 999))) == 999
    assert len(requests) == 1
    rest = list(lines)
    assert len(rest) == 1500
    # The last tells that all have a score.
    assert len(requests) == 5


def test_a_page_larger_than_the_api_gives_loses_nothing(add_many, service):
    add_many(2500)
    rows = exported(service, "health", page_size=5000)
    assert len({row["supplier_id"] for row in rows}) == len(rows) == 2500


@pytest.mark.parametrize(("count", "page_size"), [(2500, 1000), (10, 3), (6, 3), (3, 1)])
def test_rows_of_one_supplier_are_paged_without_loss(add_supplier, sql, service, count, page_size):
    before, many, after = (
        add_supplier(id=f"{digit}0000000-0000-4000-8000-000000000000") for digit in "357"
    )
    for supplier, rows in ((before, 2), (many, count), (after, 2)):
        sql.execute(
            "insert into interventions (supplier_id, type, playbook, dedupe_key)"
            " select %s, 'email', 'p', g::text from generate_series(1, %s) g",
            [supplier, rows],
        )
    rows = exported(service, "interventions", page_size=page_size)
    keys = [(row["supplier_id"], row["intervention_id"]) for row in rows]
    assert len(keys) == count + 4
    assert keys == sorted(set(keys))


def test_memory_does_not_grow_with_the_rows(add_many, service):
    def peak():
        gc.collect()
        tracemalloc.reset_peak()
        start = tracemalloc.get_traced_memory()[0]
        count = 0
        for _ in export_lines(service, "health", page_size=200):
            count += 1
            if count % 200 == 0:
                gc.collect()  # the HTTP client leaves answers in reference cycles
        return count, tracemalloc.get_traced_memory()[1] - start

    add_many(1000)
    list(export_lines(service, "health"))  # imports and connections
    tracemalloc.start()
    try:
        few, little = peak()
        add_many(5000)
        many, more = peak()
    finally:
        tracemalloc.stop()
    assert (few, many) == (1001, 5001)
    assert more < 1.5 * little
