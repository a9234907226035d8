"""The CSV downloads of what charts and small tables show: days, movers, a supplier's scores."""

import re
import uuid
from collections.abc import Iterator
from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from cs_app.downloads.common import download, twice
from cs_app.ui.markup import supplier_address
from cs_core.base.csv_rows import csv_lines
from cs_core.base.vocabulary import RISK_LEVELS
from cs_core.io.base.client import PersonClient

DAYS = ("score_date", *RISK_LEVELS, "total", "revenue_at_risk")
MOVES = (
    *("list", "score_date", "supplier_id", "business_name", "health_score", "previous_score"),
    *("change", "risk_level", "previous_level", "reason", "monthly_revenue", "has_open_call"),
    "last_contacted_at",
)
SCORES = (
    *("supplier_id", "score_date", "health_score", "risk_level"),
    *("login_recency_points", "feature_adoption_points", "client_activity_points"),
    *("form_completion_points", "journey_performance_points"),
    *("features_used", "features_core", "clients_active", "clients_known"),
    *("forms_sent", "forms_completed", "steps_due", "steps_completed", "scorecard_version"),
)
LONGEST = 1100  # days of a supplier's scores; the database gives no more at once


# Not async: Starlette then runs them in a thread, where waiting for Supabase stalls nobody.
def export_days(request: Request) -> Response:
    """GET /export/days.csv: the figures of each day in the chart of levels."""

    def lines(client: PersonClient, _person: str) -> Iterator[str]:
        from cs_app.today.screen import LEVEL_DAYS
        from cs_core.io.score.daily_figures import fetch_daily_figures

        return csv_lines(DAYS, fetch_daily_figures(client, LEVEL_DAYS))

    return download(request, "days", "/today", [], lines)


def export_moves(request: Request) -> Response:
    """GET /export/moves.csv: the lists of movers, whole, in the order on screen."""

    def lines(client: PersonClient, _person: str) -> Iterator[str]:
        from cs_app.today.movers import MOST
        from cs_core.io.score.movers import fetch_movers

        return csv_lines(MOVES, _move_rows(fetch_movers(client, MOST)))

    return download(request, "moves", "/today", [], lines)


def _move_rows(moves: Any) -> Iterator[dict[str, Any]]:
    from cs_app.today.movers import in_order

    for name, found in in_order(moves).items():
        for move in found:
            change = move.health_score - move.previous_score
            yield vars(move) | {"list": name, "score_date": moves.day, "change": change}


def export_scores(request: Request) -> Response:
    """GET /export/scores.csv: the scores of one supplier, day by day, the oldest first."""
    asked, days = request.query_params.get("id", ""), request.query_params.get("days", "")
    wrong = twice(request, ("id", "days"))
    supplier = _uuid(asked)
    if supplier is None:
        wrong.append("that supplier")
    if days and not (re.fullmatch("[0-9]{1,4}", days) and 1 <= int(days) <= LONGEST):
        wrong.append("that many days")

    def lines(client: PersonClient, _person: str) -> Iterator[str]:
        from cs_core.io.suppliers.one import fetch_score_history

        history = fetch_score_history(client, supplier or "", int(days or LONGEST))
        return csv_lines(SCORES, (day.row | {"supplier_id": supplier} for day in history))

    page = supplier_address(supplier) if supplier else "/suppliers"
    return download(request, "scores", page, wrong, lines)


def _uuid(text: str) -> str | None:
    try:
        return str(uuid.UUID(text))
    except ValueError:
        return None
