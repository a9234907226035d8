"""A version in force, or an older one, that a rule of today refuses: the way out of it."""

from collections.abc import Callable
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from tests.app.settings.settings_page import publish
from tests.support.dashboard import as_seen, words_of

# The first step of a scorecard must earn the whole weight; a holiday must be a date.
BREAK = {
    "scorecard": (
        "insert into scorecards (version, definition) select 2, jsonb_set(definition,"
        " '{measures,login_recency,steps,0,points}', '29') from scorecards"
    ),
    "outreach": (
        "insert into outreach_rules (version, definition)"
        ' select 2, definition || \'{"holidays": ["soon"]}\' from outreach_rules'
    ),
}
TABLES = {"scorecard": "scorecards", "outreach": "outreach_rules"}


def definitions(sql: Any, part: str) -> list[dict[str, Any]]:
    rows = sql.execute(f"select definition from {TABLES[part]} order by version")
    return [definition for (definition,) in rows]


@pytest.mark.parametrize("part", ["scorecard", "outreach"])
def test_the_default_is_published_as_it_is(
    part: str, open_settings: Callable[..., AppTest], sql: Any
) -> None:
    sql.execute(BREAK[part])
    page = publish(open_settings(part))
    first, _, third = definitions(sql, part)
    assert third | first == third  # what the first does not name is the default
    assert "Version 3 of" in as_seen(page.success[0].value)


@pytest.mark.parametrize("part", ["scorecard", "outreach"])
def test_going_back_to_the_default_is_published_too(
    part: str, open_settings: Callable[..., AppTest], sql: Any
) -> None:
    sql.execute(BREAK[part])
    page = open_settings(part)
    page.button(key="go-back-1").click().run()
    assert "The form holds what version 1 says." in as_seen(page.success[0].value)
    publish(page)
    first, _, third = definitions(sql, part)
    assert third | first == third  # what the first does not name is the default


@pytest.mark.parametrize("part", ["scorecard", "outreach"])
def test_the_way_back_is_never_to_what_cannot_be_used(
    part: str, open_settings: Callable[..., AppTest], sql: Any
) -> None:
    sql.execute(BREAK[part])
    page = publish(open_settings(part))
    assert "notice-undo" not in [button.key for button in page.button]
    page.button(key="go-back-2").click().run()
    assert "Version 2 cannot be used any more." in as_seen(page.warning[0].value)
    assert "Your edits" not in words_of(page)
