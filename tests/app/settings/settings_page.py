"""What the tests of the settings share: an admin with a name, fields, publishing."""

import re
from collections.abc import Callable
from html import unescape
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from tests.support.dashboard import words_of

SETTINGS = "pages/settings.py"


@pytest.fixture
def ada(add_person: Callable[..., dict[str, str]], sql: Any) -> dict[str, str]:
    """The admin who looks, with a name."""
    person = add_person("ada@wedsync.example", "admin")
    sql.execute("update user_profiles set full_name = 'Ada Byron' where id = %s", (person["id"],))
    return person


def field(page: AppTest, kind: str, name: str) -> Any:
    """The field of a kind whose key ends with a name."""
    (found,) = [one for one in page.get(kind) if str(one.key).endswith(name)]
    return found


def note(page: AppTest) -> Any:
    """The field for what changes and why."""
    return field(page, "text_input", "-note")


def wrongs(page: AppTest) -> list[str]:
    """What is said at the fields to be wrong."""
    found = re.findall(r'<p class="cs-wrong" role="alert">(.*?)</p>', words_of(page))
    return [unescape(re.sub(r"<[^>]+>", "", wrong)) for wrong in found]


def publish(page: AppTest, why: str = "Because", sure: str = "publish-sure") -> AppTest:
    """Say why, ask for the new version and confirm it with a button of the question."""
    note(page).set_value(why).run()
    page.button(key="publish").click().run()
    page.button(key=sure).click().run()
    assert not page.exception
    return page
