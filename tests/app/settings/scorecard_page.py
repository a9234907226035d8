"""What the tests of the scorecard's settings share: three suppliers, figures, versions."""

import json
from collections.abc import Callable
from functools import partial
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from tests.app.settings.settings_page import field
from tests.support.health_rows import add_scored_supplier


@pytest.fixture
def open_scorecard(open_settings: Callable[..., AppTest]) -> Callable[..., AppTest]:
    return partial(open_settings, "scorecard")


@pytest.fixture
def suppliers(sql: Any) -> dict[str, str]:
    """Three that the default scorecard gives 37, 56 and 75 (forms and journeys without data)."""
    just_now = {"last_login": "now"}
    found = {
        "Elm": add_scored_supplier(sql, "Elm", 37, features_core=5, **just_now),
        "Ash": add_scored_supplier(sql, "Ash", 56, features_used=3, features_core=5, **just_now),
        "Oak": add_scored_supplier(
            sql,
            "Oak",
            75,
            **{"features_used": 3, "features_core": 5, "clients_active": 3, "clients_known": 5},
            **just_now,
        ),
    }
    sql.execute("update suppliers set monthly_revenue = 100")
    return found


def figure(page: AppTest, name: str) -> Any:
    """The field of a number whose key ends with a name."""
    return field(page, "number_input", name)


def publish_behind_the_back(sql: Any, who: str, **thresholds: int) -> None:
    """As another admin's browser would have."""
    sql.execute(
        "insert into scorecards (version, definition, note, published_at, published_by)"
        " select max(version) + 1, (array_agg(jsonb_set(definition, '{thresholds}', %s)"
        "   order by version desc))[1], 'By hand', now(), %s from scorecards",
        (json.dumps({"critical_below": 40, "at_risk_below": 70} | thresholds), who),
    )


def versions(sql: Any) -> list[tuple[int, str | None]]:
    return list(sql.execute("select version, note from scorecards order by 1").fetchall())
