"""The CSV export: pages through a view by key, so that any length fits in little memory."""

import datetime as dt
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

from supabase import Client

from cs_core.base.csv_rows import csv_lines
from cs_core.base.errors import UsageError
from cs_core.base.vocabulary import RISK_LEVELS
from cs_core.io.base.client import run_request

FIRST_ID = "00000000-0000-0000-0000-000000000000"
PAGE_SIZE = 1000  # the API gives no more at once, whatever is asked

Row = dict[str, Any]


@dataclass(frozen=True)
class Dataset:
    """What one export holds: columns as the view calls them, or `name:view_column`."""

    view: str
    columns: tuple[str, ...]
    instants: frozenset[str]
    key: tuple[str, ...]
    happened_at: str | None = None

    @property
    def header(self) -> tuple[str, ...]:
        """The columns as the file names them."""
        return tuple(column.split(":")[0] for column in self.columns)


# No contact data: a rendered subject may greet by name, a mail server's answer quote an address
# and the notes of a call say anything, so these stay out. Of the team only names.
DATASETS: Mapping[str, Dataset] = MappingProxyType(
    {
        "health": Dataset(
            view="supplier_overview",
            columns=(
                *("supplier_id", "business_name", "category", "tier", "current_status:status"),
                *("score_date", "health_score", "risk_level", "last_login"),
                *("login_recency_points", "feature_adoption_points", "client_activity_points"),
                *("form_completion_points", "journey_performance_points"),
                *("feature_adoption_score", "client_engagement_score"),
                *("form_completion_score", "journey_performance_score"),
                *("features_used", "features_core", "clients_active", "clients_known"),
                *("forms_sent", "forms_completed", "steps_due", "steps_completed"),
                *("recommendations", "scorecard_version", "as_of", "calculated_at"),
                *("monthly_revenue", "owner", "score_change_7_days", "planned_interventions"),
            ),
            instants=frozenset({"last_login", "as_of", "calculated_at"}),
            key=("supplier_id",),
        ),
        "interventions": Dataset(
            view="intervention_list",
            columns=(
                *("intervention_id:id", "supplier_id", "business_name", "current_risk_level"),
                *("type", "call_type", "playbook", "playbook_version", "milestone_type", "arm"),
                *("template", "status", "reason", "score_date", "score_then"),
                *("scheduled_for", "sent_at", "attempts", "created_at"),
                *("outcome", "requested_by:requested_by_name", "made_by:made_by_name"),
            ),
            instants=frozenset({"scheduled_for", "sent_at", "created_at"}),
            key=("supplier_id", "id"),
            happened_at="created_at",
        ),
        "milestones": Dataset(
            view="milestone_list",
            columns=(
                *("milestone_id:id", "supplier_id", "business_name", "current_risk_level"),
                *("milestone_type", "achieved_at", "celebrated", "uncelebrated_reason"),
                "created_at",
            ),
            instants=frozenset({"achieved_at", "created_at"}),
            key=("supplier_id", "id"),
            happened_at="achieved_at",
        ),
    }
)


def export_lines(
    client: Client,
    dataset: str,
    *,
    as_of: dt.date | None = None,
    risk_level: str | None = None,
    page_size: int = PAGE_SIZE,
) -> Iterator[str]:
    """Read a data set and give it as CSV, record by record.

    Parameters
    ----------
    dataset : str
        `health`, `interventions` or `milestones`.
    as_of : date, optional
        `health`: the scores stored for that day, instead of the newest of active suppliers,
        where those without a score come last. Revenue, owner and what is planned are the present.
        The others: what was created or achieved up to the end of that UTC day.
    risk_level : str, optional
        `healthy`, `at_risk` or `critical`. `health`: the level of the score.
        The others: the supplier's present level.
    page_size : int
        Rows asked for at a time.

    Returns
    -------
    iterator of str
        First the byte order mark and the header, then a record a row. Each page is read when
        the one before is used up.

    Raises
    ------
    UsageError
        At once, for an unknown data set or level, or a day in the future.
    """
    chosen = DATASETS.get(dataset)
    if chosen is None:
        raise UsageError(problem=f"There is no data set {dataset!r}; choose {_any_of(DATASETS)}")
    if risk_level is not None and risk_level not in RISK_LEVELS:
        raise UsageError(
            problem=f"There is no risk level {risk_level!r}; choose {_any_of(RISK_LEVELS)}"
        )
    today = dt.datetime.now(dt.UTC).date()
    if as_of is not None and as_of > today:
        raise UsageError(problem=f"--as-of {as_of} lies in the future; today is {today} (UTC)")
    rows = _fetch_rows(client, dataset, as_of, risk_level, page_size)
    return csv_lines(chosen.header, rows, chosen.instants)


def _any_of(names: Any) -> str:
    *first, last = names
    return f"{', '.join(first)} or {last}"


def _fetch_rows(
    client: Client, dataset: str, as_of: dt.date | None, risk_level: str | None, page_size: int
) -> Iterator[Row]:
    """Read those with a score, then the active suppliers without one."""
    yield from _read_pages(client, dataset, as_of, risk_level, page_size, is_scored=True)
    if dataset == "health" and as_of is None and risk_level is None:
        yield from _read_pages(client, dataset, as_of, risk_level, page_size, is_scored=False)


def _read_pages(
    client: Client,
    dataset: str,
    as_of: dt.date | None,
    risk_level: str | None,
    page_size: int,
    *,
    is_scored: bool,
) -> Iterator[Row]:
    """Read page after page until an empty one: a short page may only be a capped one."""
    chosen = DATASETS[dataset]
    last_key: list[str] | None = None
    while True:
        query = _select(client, dataset, as_of, risk_level, last_key, is_scored).limit(page_size)
        page: list[Row] = run_request(f"Exporting {dataset}", query.execute).data
        if not page:
            return
        last_key = [page[-1][_name_of(chosen, column)] for column in chosen.key]
        yield from page
        page = []  # let go of it before the next one comes


def _select(
    client: Client,
    dataset: str,
    as_of: dt.date | None,
    risk_level: str | None,
    last_key: list[str] | None,
    is_scored: bool,
) -> Any:
    """Ask for the rows that follow a key, or for the first ones."""
    chosen = DATASETS[dataset]
    is_past_health = dataset == "health" and as_of is not None
    view = "health_history" if is_past_health else chosen.view
    query = client.table(view).select(",".join(chosen.columns))
    if dataset == "health":
        if as_of is not None:
            query = query.eq("score_date", as_of.isoformat())
        elif not is_scored:
            query = query.is_("is_active", "true").is_("scored_supplier_id", "null")
        else:
            # Null, and so left out, where there is no score; see the view for why it is bounded.
            after = last_key[0] if last_key else FIRST_ID
            query = query.is_("is_active", "true").gt("scored_supplier_id", after)
    elif chosen.happened_at is not None and as_of is not None:
        query = query.lt(chosen.happened_at, f"{as_of + dt.timedelta(days=1)}T00:00:00Z")
    if risk_level is not None and dataset == "health":
        query = query.eq("risk_level", risk_level)
    elif risk_level is not None:
        # "None of the others" (nor null) says the same as "equals", but Postgres, which has no
        # statistics here, takes that for rare and would sort all that is left for each page.
        others = [level for level in RISK_LEVELS if level != risk_level]
        query = query.not_.in_("current_risk_level", others)
    for column in chosen.key:
        query = query.order(column)
    return _after(query, chosen.key, last_key) if last_key else query


def _name_of(dataset: Dataset, view_column: str) -> str:
    """Return the name under which a column of the view comes in an answer."""
    names = (column.partition(":") for column in dataset.columns)
    return next(name for name, _, aliased in names if (aliased or name) == view_column)


def _after(query: Any, columns: tuple[str, ...], last_key: list[str]) -> Any:
    """Keep what follows a key. PostgREST has no row comparison, hence the longhand for two."""
    if len(columns) == 1:
        return query.gt(columns[0], last_key[0])
    (first, second), (a, b) = columns, last_key
    # The bound on the first column says nothing new, but lets Postgres use the index.
    return query.gte(first, a).or_(f"{first}.gt.{a},and({first}.eq.{a},{second}.gt.{b})")
