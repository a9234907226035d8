from typing import Any

import pytest

from cs_core.base.errors import TemplateError
from cs_core.mail.messages import Template, render_message
from tests.core.mail.test_messages import DATA, SAMPLE, template


def problems(**changed: Any) -> dict[str, str]:
    with pytest.raises(TemplateError) as caught:
        Template.from_dict(DATA | changed, version=1)
    assert all(
        f"{field} {problem}" in str(caught.value) for field, problem in caught.value.problems
    )
    found: dict[str, str] = {}
    for field, problem in caught.value.problems:
        found[field] = f"{found[field]}; {problem}" if field in found else problem
    return found


def test_what_stands_beside_the_texts_in_the_database_may_be_given():
    row = {"version": 3, "note": "x", "published_at": "2000-01-01", "published_by": None}
    assert Template.from_dict(DATA | row, version=3).version == 3


def test_a_template_needs_no_html():
    made = template(body_html=None)
    assert render_message(made, SAMPLE).html is None


def test_everything_that_is_wrong_is_listed_at_once():
    found = problems(
        name="No!", audience="all", subject=" ", body_text=7, body_html="", colour="red"
    )
    assert set(found) == {"name", "audience", "subject", "body_text", "body_html", "colour"}
    assert found["audience"] == "must be supplier or team, not 'all'"
    assert found["body_text"] == "must be a text, not 7"


def test_a_missing_part_is_named():
    with pytest.raises(TemplateError, match="body_text is missing; add it"):
        Template.from_dict({k: v for k, v in DATA.items() if k != "body_text"}, version=1)


@pytest.mark.parametrize("data", [None, [], "x"])
def test_what_is_no_template_at_all_is_refused(data: Any):
    with pytest.raises(TemplateError, match="must be an object"):
        Template.from_dict(data, version=1)


@pytest.mark.parametrize(
    ("field", "longest"), [("subject", 200), ("body_text", 20_000), ("body_html", 60_000)]
)
def test_a_part_may_be_so_long_and_no_longer(field: str, longest: int):
    template(**{field: "x" * longest})
    assert problems(**{field: "x" * (longest + 1)}) == {
        field: f"has {longest + 1:,} characters; shorten it to {longest:,} at most"
    }


@pytest.mark.parametrize("line_break", ["\n", "\r\n", "\r"])
def test_a_line_break_in_the_subject_is_refused(line_break: str):
    assert problems(subject=f"One{line_break}Two") == {"subject": "has a line break; take it out"}


def test_an_unknown_variable_is_named_with_the_one_that_was_meant():
    found = problems(body_text="Hello\n{{ busines_name }}")["body_text"]
    assert found.startswith('line 2: uses "busines_name", which is not known')
    assert 'did you mean "business_name"?' in found


def test_a_variable_of_the_other_audience_is_unknown():
    assert 'uses "suppliers"' in problems(body_text="{{ suppliers }}")["body_text"]


def test_where_no_value_has_fields_none_are_listed():
    found = problems(body_text="{{ first_name.upper }}")["body_text"]
    assert 'asks for ".upper", which no value has' in found
    assert "known:" not in found
    assert not found.endswith((";", "; "))


def test_an_unknown_field_is_named_with_the_one_that_was_meant():
    text = "{% for s in suppliers %}{{ s.nmae }}{% endfor %}"
    found = problems(audience="team", subject="x", body_text=text, body_html=None)["body_text"]
    assert 'asks for ".nmae"' in found
    assert 'did you mean "name"?' in found


@pytest.mark.parametrize(
    "text",
    ["{% if features %}", "{{ first_name", "{{ }}", "{% endif %}", "{{ 1 +* 2 }}", "{% x %}"],
)
def test_a_syntax_error_is_told_with_its_line(text: str):
    assert problems(body_text=f"Hello\n{text}")["body_text"].startswith(
        "line 2: is not a template:"
    )


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("{{ ''.__class__ }}", 'asks for ".__class__"'),
        ("{{ ''['__class__'] }}", 'asks for ".__class__"'),
        ("{{ ''['__cla' ~ 'ss__'] }}", "by something that is no number"),
        ("{{ features | map(attribute='__class__') | listed }}", 'the filter "map"'),
        ("{{ ''|attr('__class__') }}", 'the filter "attr"'),
        ("{{ first_name.format(1) }}", "calls something"),
        ("{{ loop.__init__ }}", 'asks for ".__init__"'),
        ("{{ self }}", 'uses "self"'),
        ("{{ cycler }}", 'uses "cycler"'),
        ("{% include 'x' %}", "includes another template"),
        ("{% import 'x' as x %}", "imports another template"),
        ("{% extends 'x' %}", "extends another template"),
        ("{% macro x() %}{% endmacro %}", "defines a macro"),
        ("{% set x = 'y' %}{{ x }}", "sets a variable"),
        (
            "{% autoescape false %}{{ first_name }}{% endautoescape %}",
            "switches escaping on or off",
        ),
        ("{% for i in range(99999999999) %}{% endfor %}", "loops over something that is no list"),
        ("{% for i in 'abc' %}{% endfor %}", "loops over something that is no list"),
        ("{{ 'x' * 1000000000 }}", "calculates"),
        ("{{ 9 ** 9 ** 9 ** 9 }}", "calculates"),
        ("{{ '%1000000000d' % 1 }}", "calculates"),
        ("{{ 'x' | center(1000000000) }}", 'the filter "center"'),
        ("{{ business_name | safe }}", 'the filter "safe"'),
        ("{{ 1 is nothing_known }}", 'the test "nothing_known"'),
        ("{{ " + "(" * 5000 + "1" + ")" * 5000 + " }}", "is not a template"),
        ("{{ " + "9" * 10_000 + " }}", "is not a template"),
    ],
)
def test_what_could_do_harm_is_refused_before_it_runs(text: str, reason: str):
    for field in ("subject", "body_text", "body_html"):
        if field == "subject" and len(text) > 200:
            continue
        assert reason in problems(**{field: text})[field]


def test_loops_deeper_than_two_are_refused():
    opened = "".join(f"{{% for {name} in features %}}" for name in "abc")
    found = problems(body_text=f"{opened}{'{% endfor %}' * 3}x")["body_text"]
    assert "loops more than 2 deep" in found


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("Ends in {{ trial_days_left }} days", "shows a value that is missing"),
        ("{{ features }}", "shows a whole list"),
        ("Try {{ features[0] }}", "cannot be rendered"),
        ("{{ first_name }}", "is empty"),
        ("{{ days_silent + first_name }}", "cannot be rendered"),
        ("{{ first_name | join('x') }}", "join needs a list"),
    ],
)
def test_a_template_must_work_with_much_and_with_little_known(text: str, reason: str):
    for field in ("subject", "body_text", "body_html"):
        assert reason in problems(**{field: text})[field]


def test_what_may_be_missing_can_be_tested_first():
    days = "{{ trial_days_left }} days"
    text = f"{{% if trial_days_left is not none %}}{days}{{% else %}}No trial{{% endif %}}"
    made = template(body_text=text)
    assert render_message(made, SAMPLE).text == "3 days"
    assert render_message(made, SAMPLE | {"trial_days_left": None}).text == "No trial"


@pytest.mark.parametrize(
    ("html", "reason"),
    [
        ("<script>alert(1)</script>", "has a <script>: mail must run nothing"),
        ("<style>@import 'x'</style>", "has a <style>"),
        ("<p onclick='x'>a</p>", "has onclick on <p>"),
        ("<a href='javascript:alert(1)'>a</a>", "a link must begin with"),
        ("<a href=' java\tscript:alert(1)'>a</a>", "a link must begin with"),
        ("<a href='java&#115;cript:alert(1)'>a</a>", "a link must begin with"),
        ("<a href='/suppliers'>a</a>", "a link must begin with"),
        ("<a href>a</a>", "a link must begin with"),
        ("<img src='https://evil.example/x.png'>", "has a <img>"),
        ("<form action='https://x'></form>", "refuse forms"),
        ("<iframe src='https://x'></iframe>", "has a <iframe>"),
        ("<svg/onload=alert(1)>", "has a <svg>"),
        ("<p style='background: url(https://x)'>a</p>", "could load or run"),
        ("<p style='background: u\\72l(https://x)'>a</p>", "could load or run"),
        ("<table background='https://x'></table>", "has background on <table>"),
        ("<body>a</body>", "the layout has it"),
        ("<!-- a -->b", "has an HTML comment"),
        ("<!doctype html>b", "the layout has it"),
        ("<p>a < b</p>", "write &lt;"),
        ("<p>a</p><b onmouseover=alert(1) ", "write &lt;"),
        ("<p>a", "opens <p> and does not close it"),
        ("a</p>", "closes </p> where nothing is open"),
        ("<p><b>a</p></b>", "close tags in order"),
        # In a branch that no sample takes.
        ("{% if clients_known == 77 %}<script>x</script>{% endif %}a", "has a <script>"),
        ("{% if clients_known == 77 %}<p onclick='x'>a</p>{% endif %}a", "has onclick"),
        # What a supplier's name would make of it.
        ("<a href='{{ business_name }}'>a</a>", "a link must begin with"),
        ("<p class={{ tier }}>a</p>", "pretend to be HTML"),
        ("<p style='color: {{ category }}'>a</p>", "could load or run"),
        ("<{{ category }}>a", "only these are known"),
    ],
)
def test_unsafe_html_is_refused_with_the_reason(html: str, reason: str):
    assert reason in problems(body_html=html)["body_html"]


def test_ordinary_html_is_accepted():
    template(
        body_html='<h2 style="margin:0">Hi &amp; bye</h2><p>a<br/>b</p><hr>'
        "<table><tr><td align=left>1 &lt; 2</td></tr></table>"
        '<p><a href="https://wedsync.example/{{ tier }}">{{ tier }}</a>'
        '<a href="mailto:a@b.c">x</a>'
        "{# not sent #}</p>"
    )
