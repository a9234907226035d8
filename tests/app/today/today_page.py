"""Reading the first screen as it stands in a page under test."""

import re
from html import unescape

from streamlit.testing.v1 import AppTest

from tests.support.dashboard import words_of

TODAY = "pages/today.py"
MAIN = "cs_app/main.py"


def headline_of(page: AppTest) -> str:
    found = re.search(r"<h1[^>]*>(.*?)</h1>", words_of(page), re.DOTALL)
    assert found
    return " ".join(unescape(re.sub(r"<[^>]+>", "", found[1])).split())


def section(page: AppTest, anchor: str) -> str:
    found = re.search(
        f'<section class="cs-panel" id="{anchor}">(.*?)</section>', words_of(page), re.DOTALL
    )
    assert found, anchor
    return found[1]


def names_in(html: str) -> list[str]:
    return [unescape(name) for name in re.findall(r'cs-name"[^>]*>([^<]*)<', html)]
