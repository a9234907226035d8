"""The parts of the settings: one is on screen, and the address says which."""

from collections.abc import Callable

from streamlit.testing.v1 import AppTest


def shown(page: AppTest) -> tuple[str, str]:
    """What the address says, and what the control does."""
    assert not page.exception
    return page.query_params["part"], page.button_group(key="settings-part").value


def test_another_part_is_chosen_and_stands_in_the_address_alone(
    open_settings: Callable[..., AppTest],
) -> None:
    page = open_settings("playbooks", playbook="new")
    page.button_group(key="settings-part").set_value("people").run()
    assert shown(page) == ("people", "people")
    assert "playbook" not in page.query_params


def test_the_browsers_way_back_leads_to_the_part_of_before(
    open_settings: Callable[..., AppTest],
) -> None:
    page = open_settings("playbooks")
    page.button_group(key="settings-part").set_value("people").run()
    page.query_params["part"] = "playbooks"
    page.run()
    assert shown(page) == ("playbooks", "playbooks")


def test_an_unknown_part_shows_the_scorecard(open_settings: Callable[..., AppTest]) -> None:
    page = open_settings("nonsense")
    assert page.button_group(key="settings-part").value == "scorecard"
