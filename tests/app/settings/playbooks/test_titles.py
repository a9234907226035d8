"""No two playbooks are called the same."""

from collections.abc import Callable

from streamlit.testing.v1 import AppTest

from tests.app.settings.settings_page import field, wrongs

TAKEN = "✕ Is taken by another playbook; choose another."


def with_title(page: AppTest, title: str) -> str:
    """Give a playbook another title; say what the page finds wrong."""
    field(page, "text_input", "-title").set_value(title).run()
    assert not page.exception
    return " ".join(wrongs(page))


def test_a_playbook_cannot_be_renamed_to_what_another_is_called(
    open_settings: Callable[..., AppTest],
) -> None:
    page = open_settings("playbooks", playbook="silent_after_set_up")
    assert with_title(page, "sharp drop within a WEEK") == TAKEN
    assert page.button(key="publish").disabled


def test_a_playbook_may_keep_its_title_and_change_how_it_is_written(
    open_settings: Callable[..., AppTest],
) -> None:
    page = open_settings("playbooks", playbook="sharp_drop")
    assert with_title(page, "SHARP drop within a week") == ""
