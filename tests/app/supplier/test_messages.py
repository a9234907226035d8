"""E-mails and messages in the product from a supplier's page, to the last click."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest
from supabase import Client

from cs_app.supplier.actions import FORM_KEY
from cs_core.io.mail.compose import preview_message, write_due_messages
from cs_core.io.outreach.requests import request_intervention
from cs_core.outreach.requests import ContactRequest
from tests.app.supplier.supplier_steps import field, interventions, mails, page, press, rowan, said
from tests.support.dashboard import words_of
from tests.support.intervention_rows import add_intervention
from tests.support.supplier_rows import SUPPLIER, add_known_supplier

__all__ = ["page", "rowan"]
Open = Callable[..., AppTest]


def fill_cap(sql: Any, supplier_id: str) -> None:
    """One e-mail yesterday: as many as the rules allow."""
    sql.execute(
        "insert into interventions (supplier_id, type, playbook, dedupe_key, status, sent_at)"
        " values (%s, 'email', 'x', 'k', 'sent', now() - interval '1 day')",
        [supplier_id],
    )


def test_a_recommendation_s_button_sends_its_template(
    page: AppTest, sql: Any, service: Client, rowan: str
) -> None:
    press(page, "Send the tips by e-mail")
    written = preview_message(service, rowan, "come_back_tips", datetime.now(UTC))
    assert field(page, "text_input", "Subject").value == written.subject
    assert field(page, "text_area", "Text").value == written.text
    assert "It has been 9 days" in written.text
    press(page, "Send now")
    assert "E-mail sent." in said(page)
    assert mails(sql) == [(written.subject, written.text, "sent")]
    (one,) = interventions(sql)
    assert (one["template"], one["status"]) == ("come_back_tips", "sent")
    assert FORM_KEY not in page.session_state
    assert "Getting back into WedSync" in words_of(page)  # in the timeline
    assert "Undo" not in [button.label for button in page.button]


@pytest.fixture
def another(sql: Any) -> str:
    """A mail to somebody else that is due, and not written yet; returns its intervention."""
    other = add_known_supplier(sql, business_name="The Glasshouse")
    past = datetime.now(UTC) - timedelta(hours=1)
    return add_intervention(sql, other, scheduled_for=past, subject="Later", body="Hello.")


def status_of(sql: Any, intervention: str) -> str:
    found = sql.execute("select status from interventions where id = %s", [intervention])
    return str(found.fetchone()[0])


def test_sending_one_message_leaves_what_else_is_due_alone(
    page: AppTest, sql: Any, another: str
) -> None:
    press(page, "Send the tips by e-mail")
    press(page, "Send now")
    assert "E-mail sent." in said(page)
    assert [status for _, _, status in mails(sql)] == ["sent"]
    assert status_of(sql, another) == "planned"


def test_showing_one_message_leaves_what_else_is_due_alone(
    page: AppTest, sql: Any, another: str
) -> None:
    sql.execute("update interventions set type = 'in_app' where id = %s", [another])
    press(page, "Message in the product")
    field(page, "selectbox", "Template").set_value("first_client_help").run()
    press(page, "Send now")
    assert "shown from now on" in said(page)
    assert status_of(sql, another) == "planned"


@pytest.mark.parametrize("is_written", [False, True])
def test_trying_one_again_sends_it_and_leaves_what_else_is_due_alone(
    cookie: str,
    open_page: Open,
    sql: Any,
    service: Client,
    rowan: str,
    another: str,
    is_written: bool,
) -> None:
    past = datetime.now(UTC) - timedelta(hours=2)
    failed = add_intervention(sql, rowan, scheduled_for=past, subject="Again", body="Hello.")
    if is_written:
        write_due_messages(service, "http://localhost", datetime.now(UTC))
        sql.execute("update outbox set status = 'dead' where subject = 'Again'")
    else:
        sql.execute("update interventions set status = 'failed' where id = %s", [failed])
    press(open_page(cookie, SUPPLIER, id=rowan), "Try again")
    assert status_of(sql, failed) == "sent"
    assert status_of(sql, another) == "planned"


def test_a_mail_in_another_sender_s_hands_is_not_said_to_be_sent(page: AppTest, sql: Any) -> None:
    sql.execute(
        "create function public.take() returns trigger language plpgsql as"
        " $$ begin new.claimed_by := gen_random_uuid();"
        " new.claimed_until := now() + interval '1 hour'; return new; end $$"
    )
    sql.execute(
        "create trigger take before insert on outbox for each row execute function public.take()"
    )
    try:
        press(page, "Send the tips by e-mail")
        press(page, "Send now")
    finally:
        sql.execute("drop function public.take() cascade")
    assert "E-mail saved, but not sent yet." in words_of(page)
    assert [status for _, _, status in mails(sql)] == ["queued"]


def test_what_was_changed_goes_out_as_it_was_written(page: AppTest, sql: Any) -> None:
    press(page, "Send the tips by e-mail")
    field(page, "text_input", "Subject").set_value("Hello <b>Maya</b>").run()
    assert "Changed: it goes out as you wrote it" in words_of(page)
    field(page, "text_area", "Text").set_value("One {{ 7 * 7 }}\n\nand another").run()
    field(page, "text_input", "Why").set_value("She asked").run()
    press(page, "Send now")
    assert mails(sql) == [("Hello <b>Maya</b>", "One {{ 7 * 7 }}\n\nand another", "sent")]
    (html,) = sql.execute("select body_html from outbox").fetchone()
    assert html == "<p>One {{ 7 * 7 }}</p>\n<p>and another</p>"
    (one,) = interventions(sql)
    assert one["template"] is None
    assert one["cause"]["reasons"][0]["note"] == "She asked"


def test_a_placeholder_in_own_words_is_named_and_nothing_is_sent(page: AppTest, sql: Any) -> None:
    press(page, "Send the tips by e-mail")
    field(page, "text_area", "Text").set_value("Hello {{ first_name }}").run()
    press(page, "Send now")
    assert "message has {{ first_name }}, which only a template fills in" in words_of(page)
    assert mails(sql) == []


def test_an_empty_message_is_not_sent_and_the_form_says_what_is_missing(
    page: AppTest, sql: Any
) -> None:
    press(press(page, "E-mail"), "Send now")
    assert "Nothing was sent yet. The subject must not be empty; the message must" in words_of(page)
    assert interventions(sql) == []
    assert FORM_KEY in page.session_state


def test_a_message_for_later_is_planned_and_can_be_undone(page: AppTest, sql: Any) -> None:
    press(page, "Send the tips by e-mail")
    field(page, "radio", "When").set_value("At a time I choose").run()
    press(page, "Schedule")
    assert "E-mail planned: tomorrow" in said(page)
    (one,) = interventions(sql)
    assert one["status"] == "planned"
    assert mails(sql) == []
    press(page, "Undo")
    assert "Cancelled; it will not be sent or made." in said(page)
    assert interventions(sql)[0]["status"] == "cancelled"


def test_the_timeline_cancels_what_is_planned(page: AppTest, sql: Any) -> None:
    press(page, "Send the tips by e-mail")
    field(page, "radio", "When").set_value("At a time I choose").run()
    press(page, "Schedule")
    press(page, "Cancel")
    assert interventions(sql)[0]["status"] == "planned"
    press(page, "Yes, cancel it")
    assert interventions(sql)[0]["status"] == "cancelled"
    assert "cancelled: taken back by the team" in words_of(page)


def test_an_opt_out_cannot_be_overridden(
    cookie: str, open_page: Open, sql: Any, rowan: str
) -> None:
    sql.execute("update suppliers set email_opt_out = true")
    page = press(open_page(cookie, SUPPLIER, id=rowan), "Send the tips by e-mail")
    assert "would not be sent: opted out of e-mail. This cannot be overridden" in words_of(page)
    assert field(page, "button", "Send now").disabled
    assert not page.checkbox


def test_the_cap_is_told_and_can_be_overridden(
    cookie: str, open_page: Open, sql: Any, rowan: str
) -> None:
    fill_cap(sql, rowan)
    page = press(open_page(cookie, SUPPLIER, id=rowan), "Send the tips by e-mail")
    assert "the outreach rules allow 1 in 7 days" in words_of(page)
    assert field(page, "button", "Send now").disabled
    page.checkbox[0].check().run()
    press(page, "Send now")
    assert "E-mail sent." in said(page)
    assert interventions(sql)[-1]["request"]["overridden"] == "frequency_cap"


def test_an_opt_out_that_came_meanwhile_is_told_and_nothing_is_sent(
    page: AppTest, sql: Any
) -> None:
    press(page, "Send the tips by e-mail")
    # Between the last look of the form and the click.
    (send,) = [one for one in page.button if one.label == "Send now"]
    sql.execute(
        "create function public.opt_out_now() returns trigger language plpgsql as"
        " $$ begin new.status := 'suppressed'; new.reason := 'opt_out';"
        " new.scheduled_for := null; return new; end $$"
    )
    sql.execute(
        "create trigger opt_out_now before insert on interventions"
        " for each row execute function public.opt_out_now()"
    )
    try:
        send.click().run()
    finally:
        sql.execute("drop function public.opt_out_now() cascade")
    assert "Not sent: opted out of e-mail." in words_of(page)
    assert mails(sql) == []


def test_a_missing_mail_setting_is_told_and_the_message_stays_planned(
    cookie: str, open_page: Open, sql: Any, rowan: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("CS_SMTP_URL")
    page = press(open_page(cookie, SUPPLIER, id=rowan), "Send the tips by e-mail")
    press(page, "Send now")
    assert "E-mail saved, but not sent yet." in words_of(page)
    assert "Setting CS_SMTP_URL is missing" in words_of(page)
    assert interventions(sql)[0]["status"] == "planned"
    press(page, "Undo")
    assert interventions(sql)[0]["status"] == "cancelled"


def test_sending_the_same_form_twice_sends_once(
    cookie: str, open_page: Open, sql: Any, rowan: str
) -> None:
    page = press(open_page(cookie, SUPPLIER, id=rowan), "Send the tips by e-mail")
    form = page.session_state[FORM_KEY]
    press(page, "Send now")
    page.session_state[FORM_KEY] = form  # as if the answer had been lost
    page.run()
    fill = [one for one in page.checkbox if one.label == "Send it all the same"]
    assert len(fill) == 1  # its own first e-mail has used the cap up
    fill[0].check().run()
    press(page, "Send now")
    assert len(mails(sql)) == 1
    assert len(interventions(sql)) == 1
    assert "was saved already" in words_of(page)


def test_a_message_in_the_product_is_shown_at_once(page: AppTest, sql: Any) -> None:
    press(page, "Message in the product")
    field(page, "selectbox", "Template").set_value("first_client_help").run()
    press(page, "Send now")
    assert "Message in the product: shown from now on." in said(page)
    assert sql.execute("select title from in_app_messages").fetchall() == [
        ("Add your first couple",)
    ]


def test_a_preview_says_what_is_sent(
    service: Client, sql: Any, rowan: str, ada: dict[str, str]
) -> None:
    sql.execute("insert into core_features values ('calendar', '*'), ('invoicing', '*')")
    sql.execute("update suppliers set status = 'trial', trial_ends_at = now() + interval '3 days'")
    now = datetime.now(UTC)
    for place, template in enumerate(("feature_tips_in_app", "upgrade_offer", "check_in")):
        preview = preview_message(service, rowan, template, now)
        asked = ContactRequest(rowan, "in_app", ada["id"], f"key-{place}", template=template)
        request_intervention(service, asked, now)
        write_due_messages(service, "http://localhost", now)
        sent = sql.execute(
            "select m.title, m.body from in_app_messages m join interventions i on i.id = m.id"
            " where i.template = %s",
            [template],
        ).fetchone()
        assert sent == (preview.subject, preview.text)
