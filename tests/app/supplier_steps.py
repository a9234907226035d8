"""What the tests of a supplier's page share: pressing, filling in, looking what came of it."""

from typing import Any

from streamlit.testing.v1 import AppTest

from tests.app.conftest import as_seen, words_of


def press(page: AppTest, words: str) -> AppTest:
    (button,) = [one for one in page.button if one.label == words]
    assert not button.disabled, words
    button.click().run()
    assert not page.exception
    return page


def field(page: AppTest, kind: str, label: str) -> Any:
    (found,) = [one for one in page.get(kind) if one.label.startswith(label)]
    return found


def said(page: AppTest) -> str:
    return "\n".join([words_of(page), *(as_seen(one.value) for one in page.success)])


def interventions(sql: Any) -> list[dict[str, Any]]:
    rows = sql.execute("select to_jsonb(i) from interventions i order by created_at").fetchall()
    return [row[0] for row in rows]


def mails(sql: Any) -> list[tuple[str, str, str]]:
    query = "select subject, body_text, status from outbox order by created_at"
    return list(sql.execute(query).fetchall())
