"""Finding suppliers: filtered, sorted, counted and paged in the database."""

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from cs_core.io.base.client import PersonClient
from cs_core.io.base.reads import Query, run_query
from cs_core.io.base.rows import to_record
from cs_core.io.score.score_rows import read_scorecards, reason_in
from cs_core.suppliers.filter import SupplierFilter

PAGE_SIZE = 50
# Counted no further than this, and no page reaches further.
MOST_COUNTED = 10_000


@dataclass(frozen=True)
class FoundSupplier:
    """One line of a supplier list.

    `score_change_7_days` is None where there was no score then, `risk_level`, `health_score` and
    `reason` before the first score. `scores_30_days` holds the scores of the last 30 days, the
    oldest first, days without one left out; in tiles it is empty. `open_interventions` counts
    planned messages and calls. `last_contacted_at`: newest e-mail sent or call made.
    """

    supplier_id: str
    business_name: str
    category: str
    tier: str
    status: str
    trial_ends_at: dt.datetime | None
    monthly_revenue: float
    owner_id: str | None
    owner_name: str | None
    risk_level: str | None
    health_score: int | None
    score_change_7_days: int | None
    scores_30_days: tuple[int, ...]
    last_login: dt.datetime | None
    open_interventions: int
    has_open_call: bool
    last_contacted_at: dt.datetime | None
    reason: str | None


@dataclass(frozen=True)
class Found:
    """A page of suppliers, and how many match in all.

    `total` is at most `MOST_COUNTED`; where more match, `total_is_exact` is False ("10,000+").
    """

    total: int
    total_is_exact: bool
    rows: list[FoundSupplier]


@dataclass(frozen=True)
class Surveyed:
    """A page of suppliers, how many match per level whatever levels are chosen, and how many of
    those found nobody has contacted lately (up to `MOST_COUNTED` + 1).
    """

    found: Found
    counts: dict[str, int]
    quiet: int


@dataclass(frozen=True)
class InactiveSupplier:
    """A supplier that no list shows. `state`: paused, churned or not_signed_up; `since` when."""

    supplier_id: str
    business_name: str
    state: str
    since: dt.datetime | None


@dataclass(frozen=True)
class LastScored:
    """The newest scored day, and when it was scored; both None before the first run."""

    score_date: dt.date | None
    scored_at: dt.datetime | None


@dataclass(frozen=True)
class Owner:
    """Somebody of the team."""

    id: str
    name: str
    role: str


@dataclass(frozen=True)
class FilterChoices:
    """What there is to filter by."""

    tiers: tuple[str, ...]
    categories: tuple[str, ...]
    owners: tuple[Owner, ...]


def find_suppliers(
    client: PersonClient,
    wanted: SupplierFilter,
    sort: str = "score",
    page: int = 1,
    page_size: int = PAGE_SIZE,
) -> Found:
    """Read one page of the active suppliers that match.

    Parameters
    ----------
    wanted : SupplierFilter
        With `me` resolved.
    sort : str
        One of `supplier_filter.SORTS`. Suppliers without what is sorted by come last.
    page : int
        From 1. Beyond the last, or the first `MOST_COUNTED` suppliers, `rows` is empty.
    page_size : int
        At most 500.
    """
    return run_query(client, suppliers_query(wanted, sort, page, page_size))


def suppliers_query(
    wanted: SupplierFilter, sort: str = "score", page: int = 1, page_size: int = PAGE_SIZE
) -> Query[Found]:
    """Ask what `find_suppliers` returns."""
    return _find(wanted, sort, (page - 1) * page_size, page_size, with_history=True)


def suppliers_screen_query(
    wanted: SupplierFilter,
    sort: str,
    page: int,
    page_size: int,
    quiet_days: int,
    *,
    with_history: bool,
) -> Query[Surveyed]:
    """Ask for all that a screen of suppliers says about them; found together in one go.

    Parameters
    ----------
    wanted, sort, page, page_size
        As for `find_suppliers`.
    quiet_days : int
        For so long nobody has contacted those that `quiet` counts; 0 where the filter says it.
    with_history : bool
        Whether `scores_30_days` is read as well.
    """
    arguments = {
        "p_filter": wanted.to_dict(),
        "p_sort": sort,
        "p_offset": (page - 1) * page_size,
        "p_limit": page_size,
        "p_with_history": with_history,
        "p_quiet_days": quiet_days,
    }

    def read(answer: dict[str, Any]) -> Surveyed:
        return Surveyed(_read_found(answer["found"]), answer["levels"], answer["quiet"])

    return Query("Finding suppliers", "supplier_screen", arguments, read)


def supplier_ids_query(wanted: SupplierFilter, limit: int) -> Query[list[str]]:
    """Ask for the ids of the suppliers that match, worst score first."""
    arguments = {"p_filter": wanted.to_dict(), "p_limit": limit}
    return Query("Choosing suppliers", "find_supplier_ids", arguments, list)


def supplier_count_query(wanted: SupplierFilter) -> Query[int]:
    """Ask how many suppliers match; `MOST_COUNTED` + 1 means "more"."""
    return Query("Counting suppliers", "count_suppliers", {"p_filter": wanted.to_dict()}, int)


def find_inactive(client: PersonClient, text: str, limit: int) -> list[InactiveSupplier]:
    """Find suppliers that are paused, churned or not signed up yet by name or e-mail address."""

    def read(found: list[Any]) -> list[InactiveSupplier]:
        return [to_record(InactiveSupplier, row) for row in found]

    arguments = {"p_text": text, "p_limit": limit}
    return run_query(client, Query("Finding suppliers", "inactive_suppliers", arguments, read))


def fetch_filter_choices(client: PersonClient) -> FilterChoices:
    """Read the tiers and categories there are, and the people who can own a supplier."""
    return run_query(client, filter_choices_query())


def filter_choices_query() -> Query[FilterChoices]:
    """Ask what `fetch_filter_choices` returns."""

    def read(found: dict[str, Any]) -> FilterChoices:
        owners = tuple(to_record(Owner, row) for row in found["owners"])
        return FilterChoices(tuple(found["tiers"]), tuple(found["categories"]), owners)

    return Query("Reading what to filter by", "filter_choices", {}, read)


def last_scored_query() -> Query[LastScored]:
    """Ask for the newest scored day."""

    def read(found: dict[str, Any]) -> LastScored:
        return to_record(LastScored, found)

    return Query("Reading when suppliers were scored", "last_scored", {}, read)


def _find(
    wanted: SupplierFilter, sort: str, offset: int, limit: int, *, with_history: bool
) -> Query[Found]:
    arguments = {
        "p_filter": wanted.to_dict(),
        "p_sort": sort,
        "p_offset": offset,
        "p_limit": limit,
        "p_with_history": with_history,
    }
    return Query("Finding suppliers", "find_suppliers", arguments, _read_found)


def _read_found(found: dict[str, Any]) -> Found:
    return Found(found["total"], found["total_is_exact"], list(_rows(found)))


def _rows(found: dict[str, Any]) -> Iterable[FoundSupplier]:
    scorecards = read_scorecards(found["scorecards"])
    for row in found["rows"]:
        yield to_record(FoundSupplier, row, reason=reason_in(row["score"], scorecards))
