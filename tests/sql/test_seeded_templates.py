"""The templates that a fresh database holds."""

import datetime as dt
import re
from collections.abc import Callable
from typing import Any

import pytest
from supabase import Client

from cs_core.base.errors import StoreError
from cs_core.io.mail.compose import preview_message
from cs_core.mail.messages import Message, Template, render_message, wrap_html, wrap_text
from cs_core.mail.variables import VARIABLES

MILESTONES = {
    *("first_login", "onboarding_finished", "first_client", "ten_clients"),
    *("first_form_completed", "first_journey_completed", "all_core_features"),
    *("thirty_active_days", "one_year"),
}
PLAYBOOKS = {"come_back_tips", "feature_tips", "feature_tips_in_app", "first_client_help"}
BY_HAND = {"check_in", "upgrade_offer"}
SEEDED = PLAYBOOKS | BY_HAND | {f"milestone_{name}" for name in MILESTONES} | {"critical_digest"}
# Shown inside the product, where nobody greets or signs.
IN_APP = {name for name in SEEDED if name.startswith("milestone_")} | {
    "feature_tips_in_app",
    "first_client_help",
}


@pytest.fixture
def templates(service: Client, sql: Any) -> dict[str, Template]:
    """The seeded templates, checked, as they come through the API."""
    rows = service.table("message_templates").select("*").eq("version", 1).execute().data
    return {row["name"]: Template.from_dict(row, row["version"]) for row in rows}


def message(template: Template, which: str, **changed: Any) -> Message:
    variables = VARIABLES[template.audience]
    values = {name: getattr(variable, which) for name, variable in variables.items()}
    return render_message(template, values | changed)


def test_all_templates_are_seeded_and_keep_the_rules(templates: dict[str, Template]) -> None:
    assert set(templates) >= SEEDED


def test_the_audit_log_begins_with_what_people_change(sql: Any) -> None:
    with sql.transaction(force_rollback=True):
        logged = "select count(*) from audit_log where table_name = 'message_templates'"
        assert sql.execute(logged).fetchone() == (0,)
        sql.execute(
            "insert into message_templates (name, version, audience, subject, body_text)"
            " values ('check_in', 2, 'supplier', 'x', 'y')"
        )
        assert sql.execute(logged).fetchone() == (1,)


@pytest.mark.parametrize("which", ["sample", "least"])
def test_every_template_reads_well_with_much_and_with_little_known(
    templates: dict[str, Template], which: str
) -> None:
    for name, template in templates.items():
        rendered = message(template, which)
        assert rendered.html is not None
        whole = wrap_html(rendered.subject, rendered.html, "https://cs.example/unsubscribe")
        text = wrap_text(rendered.text, "https://cs.example/unsubscribe")
        for part in (rendered.subject, text, rendered.html):
            assert not re.search(r"None|[{}]|%}|undefined|  +\S| ,| \.|!|\n\n\n", part), (
                name,
                part,
            )
        assert "{{" not in whole
        assert len(rendered.subject) <= 78


@pytest.mark.parametrize("which", ["sample", "least"])
def test_text_and_html_say_the_same(templates: dict[str, Template], which: str) -> None:
    for name, template in templates.items():
        if template.audience == "team":
            continue  # the table of the HTML words its figures more briefly
        rendered = message(template, which)
        assert rendered.html is not None
        from_html = re.sub(r"<[^>]+>", " ", rendered.html).replace("&amp;", "&")
        assert re.findall(r"\w+", from_html) == re.findall(r"\w+", rendered.text), name


def test_a_message_inside_the_product_neither_greets_nor_signs(
    templates: dict[str, Template],
) -> None:
    for name in IN_APP:
        for text in (message(templates[name], which).text for which in ("sample", "least")):
            assert not re.search(r"Hello|Dear|regards|Ada Byron|this mail|The WedSync team", text)


def test_the_mail_to_a_silent_supplier_announces_the_call(templates: dict[str, Template]) -> None:
    text = message(templates["come_back_tips"], "sample").text
    assert "Hello Maya,\n\nIt has been 9 days" in text
    assert "will ring you" in text


def test_feature_tips_name_the_features(templates: dict[str, Template]) -> None:
    tips = message(templates["feature_tips"], "sample", features=["invoicing", "contracts"])
    assert "- invoicing\n- contracts\n" in tips.text
    shown = message(templates["feature_tips_in_app"], "sample", features=["invoicing"])
    assert shown.subject == "Worth a try: invoicing"
    assert "use invoicing, and you have not used it lately" in shown.text


def digest(templates: dict[str, Template], count: int, listed: int) -> Message:
    supplier = VARIABLES["team"]["suppliers"].sample[0]
    suppliers = [supplier | {"name": f"Supplier {number}"} for number in range(listed)]
    return message(templates["critical_digest"], "sample", suppliers=suppliers, count=count)


def test_the_digest_about_one_supplier_names_it_in_the_subject(
    templates: dict[str, Template],
) -> None:
    one = digest(templates, 1, 1)
    assert one.subject == "Supplier 0 became critical"
    assert "1 supplier became critical" in one.text
    assert "Score 31, down 27 from 58\n- Login recency: 0 of 30 points" in one.text


def test_the_digest_about_forty_lists_them_all(templates: dict[str, Template]) -> None:
    forty = digest(templates, 40, 40)
    assert forty.subject == "40 suppliers became critical"
    for part in (forty.text, forty.html or ""):
        assert part.count("Supplier ") == 40
        assert "not listed" not in part


def test_the_digest_says_how_many_it_leaves_out(templates: dict[str, Template]) -> None:
    many = digest(templates, 1234, 50)
    for part in (many.text, many.html or ""):
        assert "1184 more are not listed here." in part


def test_the_digest_shows_three_drivers_at_most_and_the_note(
    templates: dict[str, Template],
) -> None:
    supplier = VARIABLES["team"]["suppliers"].sample[0]
    supplier |= {"drivers": ["one", "two", "three", "four"], "note": "Left alone by a holdout."}
    shown = message(templates["critical_digest"], "sample", suppliers=[supplier], count=1)
    for part in (shown.text, shown.html or ""):
        assert "three" in part
        assert "four" not in part
        assert "Left alone by a holdout." in part


@pytest.mark.parametrize(
    ("score", "before", "words"),
    [(31, 58, "down 27 from 58"), (38, 30, "up 8 from 30"), (38, 38, "as before: 38")],
)
def test_the_digest_tells_how_the_score_moved(
    templates: dict[str, Template], score: int, before: int, words: str
) -> None:
    supplier = VARIABLES["team"]["suppliers"].sample[0]
    supplier |= {"score": score, "previous_score": before}
    shown = message(templates["critical_digest"], "sample", suppliers=[supplier], count=1)
    assert f"Score {score}, {words}\n" in shown.text


def test_users_are_counted_only_for_a_message_that_tells_of_them(
    service: Client, sql: Any, add_supplier: Callable[..., str]
) -> None:
    supplier, now = add_supplier(), dt.datetime.now(dt.UTC)
    sql.execute("revoke execute on function feature_users from service_role")
    try:
        assert preview_message(service, supplier, "check_in", now).text
        with pytest.raises(StoreError, match="feature_users"):
            preview_message(service, supplier, "feature_tips", now)
    finally:
        sql.execute("grant execute on function feature_users to service_role")
