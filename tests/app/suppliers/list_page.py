"""Reading the supplier list as it stands in a page under test."""

import html
import re
from typing import Any

import psycopg
from streamlit.testing.v1 import AppTest
from streamlit.testing.v1.element_tree import ButtonGroup

NAME = re.compile(r'<a class="cs-link cs-name"[^>]*>(.*?)</a>')
TILE = re.compile(r'<a class="sup-tile"[^>]*aria-label="([^"]*)"')
ROW = re.compile(r"<tr class=.*?</tr>", re.DOTALL)
CELL = re.compile(r'<td class="(\w+)[^>]*>(.*?)</td>', re.DOTALL)


def markup_of(page: AppTest) -> str:
    return "\n".join(element.proto.body for element in page.get("html"))


def names_of(page: AppTest) -> list[str]:
    """The names in the table, from the top."""
    return [html.unescape(name) for name in NAME.findall(markup_of(page))]


def tiles_of(page: AppTest) -> list[str]:
    """What a screen reader says of each tile."""
    return [html.unescape(tile) for tile in TILE.findall(markup_of(page))]


def row_of(page: AppTest, number: int = 0) -> dict[str, str]:
    """The words of a row by column."""
    row = ROW.findall(markup_of(page))[number]
    return {
        column: html.unescape(re.sub("<[^>]*>", "", cell)) for column, cell in CELL.findall(row)
    }


def result_of(page: AppTest) -> str:
    """The result line."""
    (line,) = re.findall(r'<p class="sup-result"[^>]*>(.*?)</p>', markup_of(page))
    return html.unescape(re.sub("<[^>]*>", "", line))


def boxes_of(page: AppTest) -> ButtonGroup[str]:
    """The boxes beside the rows; their value are the suppliers that are picked."""
    (boxes,) = [boxes for boxes in page.button_group if str(boxes.key).startswith("pick-")]
    return boxes


def select(page: AppTest, *supplier_ids: str) -> AppTest:
    """Tick the boxes of some suppliers."""
    for supplier_id in supplier_ids:
        boxes_of(page).select(supplier_id)
    return page.run()


def note_figures(sql: psycopg.Connection[Any]) -> None:
    """Compute the figures of the scored day, as the end of a run does."""
    sql.execute("select private.note_day(max(score_date)) from current_health")


def query_of(page: AppTest) -> dict[str, list[str]]:
    """The address's parameters, each as a list."""
    return {
        name: [value] if isinstance(value, str) else list(value)
        for name, value in page.query_params.items()
    }
