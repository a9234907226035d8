"""What a version of a template changes, what sends one, and how a test is marked."""

from cs_core.mail.messages import Message
from cs_core.outreach.template_wording import as_test, line_changes, template_changes, users_of
from tests.support.outreach_plans import EMAIL, IN_APP, playbook

BEFORE = {"subject": "Hello", "body_text": "one\ntwo", "body_html": "<p>one</p>"}


def test_each_part_that_changes_is_a_sentence():
    assert template_changes(BEFORE, BEFORE) == []
    assert template_changes(BEFORE, BEFORE | {"subject": "Hi"}) == ["Subject: “Hi”, was “Hello”"]
    assert template_changes(BEFORE, BEFORE | {"body_text": "one\n2\n3"}) == [
        "Plain text: 2 lines new, 1 line gone"
    ]
    assert template_changes(BEFORE, BEFORE | {"body_html": None}) == ["HTML taken out"]
    assert template_changes(BEFORE | {"body_html": None}, BEFORE) == ["HTML added"]


def test_lines_far_from_a_change_are_left_out():
    before = "\n".join(str(n) for n in range(20))
    lines = line_changes(before, before.replace("10", "ten"))
    assert lines == [
        ("…", ""),
        *((" ", str(n)) for n in (8, 9)),
        ("-", "10"),
        ("+", "ten"),
        *((" ", str(n)) for n in (11, 12)),
    ]
    assert line_changes(before, before) == []


def test_playbooks_milestones_and_the_alert_are_named():
    tips = playbook("tips", title="Tips", actions=[EMAIL, IN_APP])
    off = playbook("off", title="Off", actions=[EMAIL], enabled=False)
    assert users_of("tips", [tips, off]) == ["playbook “Tips”", "playbook “Off” (off)"]
    assert users_of("critical_digest", []) == ["the alert about critical suppliers"]
    (milestone,) = users_of("milestone_first_login", [])
    assert milestone.startswith("the milestone “")
    assert users_of("nothing", [tips]) == []


def test_a_test_is_marked_in_the_subject_and_in_both_texts():
    marked = as_test(Message("Hello", "Dear Maya", "<p>Dear Maya</p>"), "Check in", "R & <b>")
    assert marked.subject == "[Test] Hello"
    assert marked.text.startswith("This is a test of the template “Check in”, as it would read for")
    assert marked.text.endswith("Dear Maya")
    assert marked.html is not None
    assert "R &amp; &lt;b&gt;" in marked.html
    assert marked.html.endswith("<p>Dear Maya</p>")
    assert as_test(Message("x" * 200, "t", None), "a", "b").html is None
    assert len(as_test(Message("x" * 200, "t", None), "a", "b").subject) == 200
