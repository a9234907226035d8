"""Templates as admins steer them: written, seen, tested on oneself, published, brought back."""

import html
import re
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from typing import Any

import pytest
from postgrest.exceptions import APIError
from streamlit.testing.v1 import AppTest

from cs_app import template_preview_view
from cs_app.template_diff import diff_html
from cs_core.errors import StoreError
from cs_core.io import template_versions
from cs_core.io.settings import Settings
from cs_core.io.supabase import connect
from cs_core.io.template_versions import fetch_stored_templates
from embedded.stack import Stack
from tests.app.conftest import as_seen, words_of
from tests.app.supplier_rows import add_38, add_known_supplier
from tests.run.mailbox import Mailbox

SETTINGS = "pages/settings.py"
HELLO = "Hello {{ first_name or 'there' }}"


@pytest.fixture
def mailbox(stack: Stack) -> Iterator[Mailbox]:
    with Mailbox.emptied(stack) as emptied:
        yield emptied


@pytest.fixture
def ada(add_person: Callable[..., dict[str, str]], sql: Any) -> dict[str, str]:
    person = add_person("ada@wedsync.example", "admin")
    sql.execute("update user_profiles set full_name = 'Ada Byron' where id = %s", (person["id"],))
    return person


@pytest.fixture
def cookie(ada: dict[str, str], cookie_of: Callable[..., str]) -> str:
    return cookie_of(ada)


@pytest.fixture
def rowan(sql: Any) -> str:
    supplier_id = add_known_supplier(sql)
    add_38(sql, supplier_id)
    return supplier_id


@pytest.fixture
def open_template(open_page: Callable[..., AppTest], cookie: str) -> Callable[..., AppTest]:
    def run(name: str | None = "check_in", with_cookie: str = cookie) -> AppTest:
        query = {"template": name} if name else {}
        page = open_page(with_cookie, SETTINGS, part="templates", **query)
        assert not page.exception
        return page

    return run


def plain(page: AppTest) -> str:
    return " ".join(html.unescape(re.sub(r"<[^>]+>", " ", words_of(page))).split())


def field(page: AppTest, kind: str, name: str) -> Any:
    (found,) = [one for one in page.get(kind) if str(one.key).endswith(name)]
    return found


def frame(page: AppTest) -> str:
    """The document in the frame, as the mail program would get it."""
    (one,) = page.get("iframe")
    (inner,) = re.findall(r'srcdoc="([^"]*)"', one.proto.srcdoc)
    assert 'sandbox=""' in one.proto.srcdoc
    return html.unescape(inner)


def publish(page: AppTest, words: str) -> AppTest:
    field(page, "text_input", "-note").set_value(words).run()
    page.button(key="publish").click().run()
    page.button(key="publish-sure").click().run()
    assert not page.exception
    return page


def stored(sql: Any, name: str = "check_in") -> list[tuple[int, str, str | None]]:
    query = "select version, subject, note from message_templates where name = %s order by 1"
    return list(sql.execute(query, (name,)).fetchall())


def publish_behind_the_back(sql: Any, who: str, subject: str) -> None:
    sql.execute(
        "insert into message_templates (name, version, audience, subject, body_text, body_html,"
        " note, published_at, published_by)"
        " select name, version + 1, audience, %s, body_text, body_html, 'By hand', now(), %s"
        " from message_templates where name = 'check_in' order by version desc limit 1",
        (subject, who),
    )


# ============ the list ============


def test_all_templates_are_listed_with_what_sends_them(
    open_template: Callable[..., AppTest],
) -> None:
    page = open_template(None)
    said = plain(page)
    assert re.search(r"\d+ templates\.", said)
    assert "Playbook “Silent after set-up”" in said
    assert "The alert about critical suppliers" in said
    assert "Nothing by itself; people choose it when they write to a supplier" in said
    assert "The milestone “" in said
    assert 'href="/settings?part=templates&amp;template=come_back_tips"' in words_of(page)


def test_a_playbook_that_is_off_is_said_to_be(
    open_template: Callable[..., AppTest], sql: Any
) -> None:
    sql.execute(
        "insert into playbooks (name, version, definition)"
        " select name, 2, definition || '{\"enabled\": false}' from playbooks"
        " where name = 'silent_after_set_up'"
    )
    assert "Playbook “Silent after set-up” (off)" in plain(open_template(None))


def test_an_analyst_sees_nothing_of_them(
    open_template: Callable[..., AppTest],
    add_person: Callable[..., dict[str, str]],
    cookie_of: Callable[..., str],
) -> None:
    ann = cookie_of(add_person("ann@wedsync.example", "analyst"))
    for name in (None, "check_in", "new"):
        page = open_template(name, ann)
        assert page.info[0].value.startswith("Only people with the role admin")
        assert not page.text_area


def test_when_they_cannot_be_read_the_page_says_so(
    open_page: Callable[..., AppTest], cookie: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: Any, **__: Any) -> Any:
        raise StoreError(what="Reading the templates", reason="Supabase does not answer")

    monkeypatch.setattr(template_versions, "call", fail)
    page = open_page(cookie, SETTINGS, part="templates")
    assert "Reading the templates failed" in as_seen(page.error[0].value)


def test_a_template_that_there_is_not_leads_to_the_list(
    open_template: Callable[..., AppTest],
) -> None:
    page = open_template("no_such")
    assert page.info[0].value == "There is no such template; here are all there are."
    assert "come_back_tips" in words_of(page)


def test_one_that_cannot_be_used_as_it_is_stored_is_marked(
    open_template: Callable[..., AppTest], sql: Any, ada: dict[str, str]
) -> None:
    publish_behind_the_back(sql, ada["id"], "{{ nobody }}")
    assert "It cannot be used as it is stored." in plain(open_template(None))
    assert "nobody" in plain(open_template())


# ============ the editor ============


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
    assert words in html.unescape(wrong.proto.body)
    assert page.button(key="publish").disabled
    assert "As soon as the template is right, you see it here." in plain(page)


def test_the_preview_follows_what_is_typed(
    open_template: Callable[..., AppTest], rowan: str, sql: Any
) -> None:
    page = open_template()
    field(page, "text_area", "-body_html").set_value(f"<p>{HELLO}, <b>new</b></p>").run()
    assert "<p>Hello Maya, <b>new</b></p>" in frame(page)
    field(page, "text_area", "-body_html").set_value(" ").run()
    assert "It has no HTML; the plain text is all there is." in plain(page)
    assert stored(sql) == [(1, stored(sql)[0][1], stored(sql)[0][2])]


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
        broken.setattr(template_preview_view, "find_suppliers", fail)
        page.run()
        assert "The preview could not be made. Finding suppliers failed" in as_seen(
            page.error[0].value
        )
        assert field(page, "text_input", "-subject").value == "Kept"
    page.button(key="preview-again").click().run()
    assert not page.error


# ============ test mails ============


def test_a_test_mail_comes_to_me_alone_and_is_marked(
    open_template: Callable[..., AppTest], rowan: str, mailbox: Mailbox, sql: Any
) -> None:
    page = open_template()
    field(page, "text_input", "-subject").set_value("Draft for {{ business_name }}").run()
    page.button(key="test-mail").click().run()
    assert as_seen(page.success[0].value) == "Test mail sent to ada@wedsync.example."
    (mail,) = mailbox.read()
    assert mail["To"] == "ada@wedsync.example"
    assert mail["Subject"] == "[Test] Draft for Rowan & Fox"
    assert mail["List-Unsubscribe"] is None
    text = mail.get_body(("plain",)).get_content()
    assert text.startswith("This is a test of the template “Check in”, as it would read for")
    (token,) = sql.execute("select private.unsubscribe_token(%s)", (rowan,)).fetchone()
    for part in mail.walk():
        if not part.is_multipart():
            assert token not in part.get_content()
            assert "unsubscribe" not in part.get_content()
    assert sql.execute("select recipient_id from outbox").fetchall() == [(None,)]
    assert sql.execute("select count(*) from interventions").fetchone() == (0,)
    assert len(stored(sql)) == 1  # nothing was published by it


def test_a_subject_with_line_breaks_sent_past_the_screen_is_refused(
    ada: dict[str, str], settings: Settings, sql: Any
) -> None:
    mine = connect(settings, ada["access_token"])
    mail = {"subject": "Hello\r\nBcc: all@x.example", "body_text": "x"}
    with pytest.raises(APIError, match="outbox_subject_check"):
        mine.rpc("queue_test_mail", {"p_mail": mail}).execute()
    assert sql.execute("select count(*) from outbox").fetchone() == (0,)


def test_a_test_mail_that_does_not_leave_is_told(
    open_template: Callable[..., AppTest], rowan: str, mailbox: Mailbox
) -> None:
    mailbox.treat("refuse")
    page = open_template()
    page.button(key="test-mail").click().run()
    assert "The test mail to ada@wedsync.example is not sent yet." in as_seen(page.warning[0].value)
    assert "451" in as_seen(page.warning[0].value)


def test_somebody_who_is_no_admin_any_more_gets_no_test_mail(
    open_template: Callable[..., AppTest], rowan: str, mailbox: Mailbox, sql: Any
) -> None:
    page = open_template()
    sql.execute("update user_profiles set role = 'analyst'")
    page.button(key="test-mail").click().run()
    assert "Only people with the role admin" in page.info[0].value
    assert mailbox.read() == []


def test_without_a_mail_server_nothing_is_queued(
    open_template: Callable[..., AppTest], rowan: str, sql: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    page = open_template()
    monkeypatch.delenv("CS_SMTP_URL")
    page.button(key="test-mail").click().run()
    assert "No test mail was sent. Setting CS_SMTP_URL is missing" in as_seen(page.warning[0].value)
    assert sql.execute("select count(*) from outbox").fetchone() == (0,)


def test_too_many_test_mails_are_refused(
    open_template: Callable[..., AppTest],
    rowan: str,
    mailbox: Mailbox,
    sql: Any,
    ada: dict[str, str],
) -> None:
    sql.execute(
        "insert into outbox (dedupe_key, to_address, subject, body_text, scheduled_for,"
        " next_attempt_at) select 'test/' || %s || '/' || n, 'a@b.example', 's', 't', now(),"
        " 'tomorrow' from generate_series(1, 20) n",
        (ada["id"],),
    )
    page = open_template()
    page.button(key="test-mail").click().run()
    assert "You sent yourself 20 test mails within an hour" in as_seen(page.warning[0].value)
    assert mailbox.read() == []


# ============ publishing ============


def test_publishing_gives_a_new_version_in_the_admins_name(
    open_template: Callable[..., AppTest], rowan: str, sql: Any, ada: dict[str, str]
) -> None:
    page = open_template()
    field(page, "text_input", "-subject").set_value("New words").run()
    assert "Subject: “New words”, was “" in plain(page)
    page = publish(page, "Warmer")
    assert as_seen(page.success[0].value) == "Version 2 of “Check in” is in force."
    assert stored(sql)[1] == (2, "New words", "Warmer")
    assert "Version 2 is in force published by Ada Byron just now" in plain(page)
    found = sql.execute(
        "select actor_id::text, after ->> 'subject' from audit_log order by id desc limit 1"
    ).fetchone()
    assert found == (ada["id"], "changed")


def test_what_follows_is_written_with_the_new_version(
    open_template: Callable[..., AppTest], rowan: str, service: Any
) -> None:

    from cs_core.io.writing import preview_message

    page = open_template()
    field(page, "text_input", "-subject").set_value("New words").run()
    publish(page, "x")
    assert preview_message(service, rowan, "check_in", datetime.now(UTC)).subject == "New words"


def test_a_new_template_is_published_under_its_name(
    open_template: Callable[..., AppTest], rowan: str, sql: Any
) -> None:
    page = open_template("new")
    assert "✕" not in plain(page)  # nobody has done anything wrong yet
    field(page, "text_input", "-subject").set_value("Spring").run()
    assert "Needs letters from a to z; call it for example Spring tips." in plain(page)
    field(page, "text_input", "-name").set_value("Check in").run()
    assert "Is taken by another template; choose another." in plain(page)
    field(page, "text_input", "-name").set_value("Spring tips").run()
    field(page, "text_area", "-body_html").set_value("").run()
    page = publish(page, "For the season")
    assert stored(sql, "spring_tips") == [(1, "Spring", "For the season")]
    assert page.query_params["template"] in ("spring_tips", ["spring_tips"])
    assert "Spring tips" in plain(page)


def test_two_who_make_a_new_template_of_one_name_get_one(
    open_template: Callable[..., AppTest], rowan: str, sql: Any
) -> None:
    page = open_template("new")
    field(page, "text_input", "-name").set_value("Spring Tips!").run()
    field(page, "text_input", "-subject").set_value("Mine").run()
    sql.execute(
        "insert into message_templates (name, version, audience, subject, body_text, published_at)"
        " values ('spring_tips', 1, 'supplier', 'Theirs', 't', now())"
    )
    page.run()
    assert "Is taken by another template" in plain(page)
    assert page.button(key="publish").disabled
    assert stored(sql, "spring_tips") == [(1, "Theirs", None)]


def test_who_is_late_is_told_and_loses_nothing(
    open_template: Callable[..., AppTest],
    rowan: str,
    sql: Any,
    add_person: Callable[..., dict[str, str]],
) -> None:
    page = open_template()
    field(page, "text_area", "-body_text").set_value("Mine").run()
    grace = add_person("grace@wedsync.example", "admin")
    publish_behind_the_back(sql, grace["id"], "Theirs")
    page.run()
    assert "grace@wedsync.example published version 2 while you were editing version 1" in (
        as_seen(page.warning[0].value)
    )
    assert page.button(key="publish").disabled
    page.button(key="bring-forward").click().run()
    assert field(page, "text_input", "-subject").value == "Theirs"
    assert field(page, "text_area", "-body_text").value == "Mine"
    publish(page, "Both")
    assert [version for version, _, _ in stored(sql)] == [1, 2, 3]


def test_who_is_late_by_a_moment_is_told_by_the_database(
    open_template: Callable[..., AppTest], rowan: str, sql: Any, ada: dict[str, str]
) -> None:
    page = open_template()
    field(page, "text_area", "-body_text").set_value("Mine").run()
    field(page, "text_input", "-note").set_value("x").run()
    page.button(key="publish").click().run()
    sure = page.button(key="publish-sure")
    publish_behind_the_back(sql, ada["id"], "Theirs")
    sure.click().run()
    assert not page.exception
    assert [subject for _, subject, _ in stored(sql)][1:] == ["Theirs"]
    assert "published version 2 while you were editing" in as_seen(page.warning[0].value)


def test_going_back_puts_the_old_words_into_the_form_to_be_published(
    open_template: Callable[..., AppTest], rowan: str, sql: Any, ada: dict[str, str]
) -> None:
    (first,) = stored(sql)
    publish_behind_the_back(sql, ada["id"], "Theirs")
    page = open_template()
    page.button(key="go-back-1").click().run()
    assert field(page, "text_input", "-subject").value == first[1]
    page.button(key="publish").click().run()
    page.button(key="publish-sure").click().run()
    assert stored(sql)[2] == (3, first[1], "Back to version 1")


# ============ differences ============


def test_differences_are_shown_line_by_line_as_text() -> None:
    before = {"subject": "a", "body_text": "one\ntwo\nthree", "body_html": None}
    after = before | {"body_text": "one\n<b>2</b>\nthree", "body_html": "<p>x</p>"}
    shown = diff_html(before, after)
    assert "Subject" not in shown
    assert (
        'cs-line-gone"><i aria-hidden="true">-</i><span class="cs-unseen">gone: </span>two' in shown
    )
    assert "&lt;b&gt;2&lt;/b&gt;" in shown
    assert "<b>2</b>" not in shown
    assert "They say the same." in diff_html(before, before)


def test_every_seeded_template_opens_in_the_editor(
    open_template: Callable[..., AppTest], rowan: str, service: Any
) -> None:
    for one in fetch_stored_templates(service):
        page = open_template(one.name)
        assert not page.error, one.name
        assert "publish" not in [button.key for button in page.button], one.name
