"""A template as it is edited, seen as it would be sent."""

from collections.abc import Callable
from html import unescape
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from cs_app.settings.templates import preview as template_preview
from cs_core.base.errors import StoreError
from cs_core.io.definitions.versions import fetch_stored
from tests.app.settings.settings_page import ada, field
from tests.app.settings.templates.template_page import frame, open_template, rowan, stored
from tests.support.dashboard import as_seen, plain
from tests.support.supplier_rows import add_38, add_known_supplier

__all__ = ["ada", "open_template", "rowan"]
HELLO = "Hello {{ first_name or 'there' }}"


def test_every_seeded_template_opens_in_the_editor(
    open_template: Callable[..., AppTest], rowan: str, service: Any
) -> None:
    templates = fetch_stored(service, "template")
    assert templates
    for one in templates:
        page = open_template(one.name)
        assert not page.error, one.name
        assert "publish" not in [button.key for button in page.button], one.name


def test_the_preview_is_what_would_be_sent_to_a_real_supplier(
    open_template: Callable[..., AppTest], rowan: str
) -> None:
    page = open_template()
    assert "How is WedSync working for Rowan & Fox?" in plain(page)
    document = frame(page)
    assert document.startswith("<!doctype html>")
    assert "Rowan &amp; Fox" in document
    assert "Stop these mails" in document
    assert "token" not in document
    assert "Stop these mails: the supplier's own link" in plain(page)


def test_another_supplier_can_be_found_and_chosen(
    open_template: Callable[..., AppTest], rowan: str, sql: Any
) -> None:
    glass = add_known_supplier(sql, business_name="The Glasshouse", contact_name="Bo")
    page = open_template()
    page.text_input(key="template-search").set_value("glassh").run()
    assert page.selectbox(key="template-supplier").options == ["The Glasshouse"]
    assert page.selectbox(key="template-supplier").value == glass
    assert "The Glasshouse" in frame(page)
    page.text_input(key="template-search").set_value("nobody is called so").run()
    assert "No supplier is called so. The preview needs one." in plain(page)


def test_without_suppliers_a_template_can_still_be_edited(
    open_template: Callable[..., AppTest],
) -> None:
    page = open_template()
    assert "There are no suppliers yet. The preview needs one." in plain(page)
    field(page, "text_input", "-subject").set_value("Hello").run()
    assert not page.button(key="publish").disabled


@pytest.mark.parametrize(
    ("kind", "name", "value", "words"),
    [
        ("text_input", "-subject", "", "Is empty; write something."),
        ("text_input", "-subject", "{{ frist_name }}", "first_name"),
        ("text_area", "-body_html", "<p>Hi</p><script>x</script>", "script"),
        ("text_area", "-body_html", "<p>{% if %}</p>", "Line 1:"),
        ("text_area", "-body_text", "Hello\n{{ 1 * 2 }}", "Line 2: "),
        ("text_area", "-body_text", "x" * 20_001, "Has 20,001 characters; shorten it to 20,000"),
        ("text_area", "-body_text", "", "Is empty; write something."),
    ],
)
def test_what_is_wrong_is_said_at_the_field(
    kind: str, name: str, value: str, words: str, open_template: Callable[..., AppTest], rowan: str
) -> None:
    page = open_template()
    field(page, kind, name).set_value(value).run()
    assert not page.exception
    (wrong,) = [
        one for one in page.get("html") if "cs-wrong" in one.proto.body and "✕" in one.proto.body
    ]
    assert words in unescape(wrong.proto.body)
    assert page.button(key="publish").disabled
    assert "As soon as the template is right, you see it here." in plain(page)


def test_the_preview_follows_what_is_typed(
    open_template: Callable[..., AppTest], rowan: str, sql: Any
) -> None:
    before = stored(sql)
    page = open_template()
    field(page, "text_area", "-body_html").set_value(f"<p>{HELLO}, <b>new</b></p>").run()
    assert "<p>Hello Maya, <b>new</b></p>" in frame(page)
    field(page, "text_area", "-body_html").set_value(" ").run()
    assert "It has no HTML; the plain text is all there is." in plain(page)
    assert stored(sql) == before


def test_html_that_a_supplier_wrote_into_its_name_is_text(
    open_template: Callable[..., AppTest], sql: Any
) -> None:
    add_38(sql, add_known_supplier(sql, business_name="<script>alert(1)</script>"))
    page = open_template()
    assert "<script>alert" not in frame(page)
    assert "&lt;script&gt;alert(1)" in frame(page)


def test_what_may_be_used_is_listed(open_template: Callable[..., AppTest]) -> None:
    said = plain(open_template())
    assert "first_name the person's first name; may be empty Maya" in said
    assert "{% for feature in features %}" in said
    team = plain(open_template("critical_digest"))
    assert "suppliers those it is about, worst first" in team


def test_a_team_template_is_shown_with_made_up_suppliers(
    open_template: Callable[..., AppTest],
) -> None:
    page = open_template("critical_digest")
    assert "With made-up suppliers" in plain(page)
    assert "The Glasshouse" in frame(page)
    assert "Stop these mails" not in frame(page)


def test_a_preview_that_fails_leaves_the_edits(
    open_template: Callable[..., AppTest], rowan: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    page = open_template()
    field(page, "text_input", "-subject").set_value("Kept").run()

    def fail(*_: Any, **__: Any) -> Any:
        raise StoreError(what="Finding suppliers", reason="Supabase does not answer")

    with monkeypatch.context() as broken:
        broken.setattr(template_preview, "find_suppliers", fail)
        page.run()
        assert "The preview could not be made. Finding suppliers failed" in as_seen(
            page.error[0].value
        )
        assert field(page, "text_input", "-subject").value == "Kept"
    page.button(key="preview-again").click().run()
    assert not page.error
