"""HTML as a type: text stays text wherever it is put, HTML is not escaped twice."""

import pytest
from markupsafe import Markup

from cs_core.base.html import each, fill, together

HOSTILE = (
    "<script>alert(1)</script>",
    "\"' onclick='x",
    "Rowan & Fox",
    "**x** [y](z) `<b>`",
    "{} {0}",
)


@pytest.mark.parametrize("text", HOSTILE)
def test_text_stays_text(text: str) -> None:
    made = (
        fill('<b title="{}">{}</b>', text, text),
        each("<li>{}</li>", [text, text]),
        together([text, Markup("<br>"), text], text),
    )
    for html in made:
        assert type(html) is Markup
        inner = html
        for ours in ("<b title=", "</b>", "<li>", "</li>", "<br>", '"'):
            inner = Markup(inner.replace(ours, ""))
        assert not set(inner) & set("<\"'")
        assert html.unescape().count(text) >= 2


def test_html_is_not_escaped_again() -> None:
    inner = fill("<i>{}</i>", "a & b")
    assert fill("<b>{}</b>", inner) == "<b><i>a &amp; b</i></b>"
    assert together([inner, "<"], " · ") == "<i>a &amp; b</i> · &lt;"
    assert together([inner, "<"], Markup("<br>")) == "<i>a &amp; b</i><br>&lt;"
    assert each("<li>{}</li>", []) == ""


def test_numbers_and_nothing_are_written_as_python_writes_them() -> None:
    assert fill("{} {} {}", 3, 2.5, None) == "3 2.5 None"
