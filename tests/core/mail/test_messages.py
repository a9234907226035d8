from typing import Any

import pytest

from cs_core.base.errors import MessageError, TemplateError
from cs_core.mail.messages import (
    MOST_LISTED,
    Template,
    message_from_person,
    render_message,
    unsubscribe_link,
    wrap_html,
    wrap_text,
)
from cs_core.mail.variables import VARIABLES

DATA = {
    "name": "hello",
    "audience": "supplier",
    "subject": "News for {{ business_name }}",
    "body_text": "Hello {{ first_name or 'there' }}",
    "body_html": "<p>Hello {{ first_name or 'there' }}</p>",
}
SAMPLE = {name: variable.sample for name, variable in VARIABLES["supplier"].items()}


def template(**changed: Any) -> Template:
    return Template.from_dict(DATA | changed, version=1)


# ============ rendering ============


def test_values_are_filled_in_and_escaped_in_html_only():
    made = template(body_text="{{ business_name }}", body_html="<p>{{ business_name }}</p>")
    message = render_message(made, SAMPLE)
    assert message.subject == "News for Rowan & Fox Photography"
    assert message.text == "Rowan & Fox Photography"
    assert message.html == "<p>Rowan &amp; Fox Photography</p>"


def test_html_in_the_name_of_a_business_stays_a_name():
    made = template(body_html='<p title="{{ business_name }}">{{ business_name }}</p>')
    name = '"><img src=x onerror=alert(1)>'
    html = render_message(made, SAMPLE | {"business_name": name}).html
    assert html is not None
    assert "<img" not in html
    assert html.count('"') == 2


def test_a_template_in_the_name_of_a_business_is_not_filled_in():
    message = render_message(template(), SAMPLE | {"business_name": "{{ 7 * 7 }}"})
    assert message.subject == "News for {{ 7 * 7 }}"


@pytest.mark.parametrize("between", ["\r\n", "\n", "\r", "\0", "\x0b", "\x85", "\u2028", " \t "])
def test_a_line_break_in_a_value_makes_no_header(between: str):
    name = f"Rowan{between}Bcc: everybody@example.com"
    message = render_message(template(), SAMPLE | {"business_name": name})
    assert message.subject == "News for Rowan Bcc: everybody@example.com"


def test_what_no_mail_can_hold_is_dropped():
    message = render_message(template(), SAMPLE | {"first_name": "Ma\ud800ya\u202e", "x": 1})
    assert message.text == "Hello Ma ya"
    message.text.encode()


def test_a_long_name_shortens_the_subject():
    subject = render_message(template(), SAMPLE | {"business_name": "Long" * 60}).subject
    assert len(subject) == 200
    assert subject.endswith("LongLo…")


def test_a_missing_text_is_an_empty_one():
    values = SAMPLE | {"first_name": None, "category": None}
    assert render_message(template(), values).text == "Hello there"


def test_a_value_that_is_not_given_is_named():
    with pytest.raises(TemplateError, match=r"hello.body_text .*'first_name' is undefined"):
        render_message(template(), {"business_name": "R"})


def test_empty_lines_left_by_conditions_are_closed_up():
    listed = "{% for f in features %}\n- {{ f }}\n{% endfor %}"
    text = f"One\n\n{{% if features %}}\nTwo\n{{% endif %}}\n\n{listed}"
    made = template(body_text=text)
    assert render_message(made, SAMPLE | {"features": []}).text == "One"
    assert render_message(made, SAMPLE | {"features": ["x", "y"]}).text == "One\n\nTwo\n\n- x\n- y"


@pytest.mark.parametrize(
    ("features", "words"),
    [([], "nothing"), (["a"], "a"), (["a", "b"], "a and b"), (["a", "b", "c"], "a, b and c")],
)
def test_a_list_is_written_as_in_a_sentence(features: list[str], words: str):
    made = template(body_text="{{ features | listed or 'nothing' }}")
    assert render_message(made, SAMPLE | {"features": features}).text == words


def test_a_list_in_html_is_escaped():
    made = template(body_html="<p>{{ features | listed }}{{ features | join('<br>') }}-</p>")
    html = render_message(made, SAMPLE | {"features": ["<b>", "x"]}).html
    assert html == "<p>&lt;b&gt; and x&lt;b&gt;&lt;br&gt;x-</p>"


@pytest.mark.parametrize(
    ("parts", "uses"),
    [
        ({}, False),
        ({"subject": "{{ features | length }} tips"}, True),
        ({"body_text": "{% if features %}Try one{% else %}Hello{% endif %}"}, True),
        ({"body_html": "<p>{% for features in features %}{{ features }}, {% endfor %}.</p>"}, True),
        ({"body_text": "Hello {{ 'you' if tier else features | listed }}"}, True),
        ({"body_text": "Our features, for {{ first_name or 'you' }}"}, False),
        ({"body_text": "{{ 'features' }}"}, False),
        ({"body_html": None}, False),
    ],
)
def test_a_template_says_which_values_it_asks_for(parts: dict[str, Any], uses: bool):
    assert template(**parts).uses("features") is uses


def test_a_message_that_grows_too_long_is_refused():
    long = "{% for f in features %}" + "x" * 19_000 + "{% endfor %}."
    with pytest.raises(TemplateError, match="longer than 20,000 characters"):
        template(body_text=long)
    once = template(body_text="{% for f in features[:1] %}" + "x" * 19_000 + "{% endfor %}.")
    assert len(render_message(once, SAMPLE).text) == 19_001


def test_only_the_first_of_very_many_are_listed():
    made = template(body_text="{% for f in features %}x{% endfor %}.")
    assert (
        render_message(made, SAMPLE | {"features": ["f"] * 100_000}).text == "x" * MOST_LISTED + "."
    )


# ============ written by hand ============


def test_what_a_person_wrote_becomes_text_and_paragraphs():
    message = message_from_person(
        " Your\nquestion ", "Dear <b>Maya</b>,\r\n\r\n\r\nyes & no\nAda\n"
    )
    assert message.subject == "Your question"
    assert message.text == "Dear <b>Maya</b>,\n\nyes & no\nAda"
    assert message.html == "<p>Dear &lt;b&gt;Maya&lt;/b&gt;,</p>\n<p>yes &amp; no<br>Ada</p>"


def test_what_a_person_wrote_is_no_template():
    assert message_from_person("x", "{{ first_name }}").text == "{{ first_name }}"


def test_a_message_of_100_kb_is_refused_with_its_length_and_the_limit():
    with pytest.raises(MessageError) as caught:
        message_from_person("x", "a" * 100_000)
    assert caught.value.problems == (
        ("message", "has 100,000 characters; shorten it to 20,000 at most"),
    )


def test_the_longest_message_is_taken_whatever_it_holds():
    assert len(message_from_person("s" * 200, "a" * 20_000).text) == 20_000
    assert message_from_person("x", "&" * 20_000).text == "&" * 20_000


@pytest.mark.parametrize("empty", ["", "  \n ", "\0"])
def test_an_empty_message_is_refused(empty: str):
    with pytest.raises(MessageError) as caught:
        message_from_person(empty, empty)
    assert caught.value.problems == (
        ("subject", "must not be empty"),
        ("message", "must not be empty"),
    )


# ============ the layout ============


def test_the_layout_names_the_language_and_loads_nothing():
    page = wrap_html("A & B", "<p>x</p>", "https://cs.example/unsubscribe?supplier=1&token=2")
    assert '<html lang="en">' in page
    assert "<title>A &amp; B</title>" in page
    assert "max-width:600px" in page
    assert 'href="https://cs.example/unsubscribe?supplier=1&amp;token=2"' in page
    assert not any(word in page for word in ("src=", "url(", "@import", "<script", "<link"))


def test_every_mail_to_a_supplier_says_how_to_stop_it():
    link = "https://cs.example/unsubscribe?supplier=1&token=2"
    words = "You receive this because your business uses WedSync."
    assert words in wrap_html("x", "y", link)
    assert wrap_text("Hello\n", link) == f"Hello\n\n-- \n{words}\nStop these mails: {link}\n"


def test_mail_to_the_team_has_no_footer():
    assert "You receive this" not in wrap_html("x", "y", None)
    assert wrap_text("Hello\n\n", None) == "Hello\n"


def test_the_unsubscribe_link_keeps_the_place_for_the_token():
    link = unsubscribe_link("https://cs.example/", "a b", "{token}")
    assert link == "https://cs.example/unsubscribe?supplier=a+b&token={token}"
