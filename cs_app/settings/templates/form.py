"""A template as a form: subject, HTML, plain text, and what may be used in them."""

from collections.abc import Mapping, Sequence
from typing import Any

import streamlit as st
from markupsafe import Markup

from cs_app.settings.drafts import DefinitionDraft
from cs_app.settings.fields import Problem, Problems, typed
from cs_app.ui.formats import in_words
from cs_app.ui.markup import render
from cs_core.base.checks import LONGEST_NAME, name_from
from cs_core.base.errors import TemplateError
from cs_core.mail.messages import VARIABLES, Template

NEW: dict[str, Any] = {
    "name": "",
    "audience": "supplier",
    "subject": "",
    "body_text": "Hello {{ first_name or 'there' }},\n\n\n\nKind regards,\n{{ sender_name }}\n",
    "body_html": "<p>Hello {{ first_name or 'there' }},</p>\n\n<p></p>\n\n"
    "<p>Kind regards,<br>{{ sender_name }}</p>\n",
}
NAMES = {"body_html": "HTML", "body_text": "plain text"}
LANGUAGE = (
    ("{{ first_name }}", "a value"),
    ("{{ first_name or 'there' }}", "something else where it is empty"),
    ("{% if clients_known > 0 %} … {% else %} … {% endif %}", "only where it is so"),
    ("{% for feature in features %} … {% endfor %}", "once for each of a list"),
    ("{{ features | join(', ') }}", "a list in one line"),
)


def read_form(draft: DefinitionDraft) -> dict[str, Any]:
    """Give the definition that the fields say; before they are drawn, that of the draft."""
    now = dict(draft.edited)
    if "name" in now and draft.based_on == 0:
        now["name"] = name_from(str(typed(draft.key("name"), now["name"])))
    now["subject"] = str(typed(draft.key("subject"), now["subject"])).strip()
    now["body_text"] = _body(draft, "body_text", now["body_text"])
    html = _body(draft, "body_html", now["body_html"] or "")
    now["body_html"] = html if html.strip() else None
    return now


def check(
    definition: Mapping[str, Any], taken: Sequence[str] = ()
) -> tuple[Template | None, Problems]:
    """Ask the rules; the template is None where something is wrong."""
    found: list[tuple[str, str]] = []
    if definition["name"] in taken:
        found.append(("name", "is taken by another template; choose another"))
    try:
        template = Template.from_dict(definition, version=0)
    except TemplateError as error:
        found += [_clearer(definition, one) for one in error.problems]
    return (None if found else template), Problems(found, NAMES)


def _clearer(definition: Mapping[str, Any], problem: Problem) -> Problem:
    """Say of what is empty that it is; nobody wants to read what else it is not."""
    part, _ = problem
    if part == "name" and not definition["name"]:
        return part, "needs letters from a to z; call it for example Spring tips"
    if part in ("subject", "body_text") and not str(definition[part]).strip():
        return part, "is empty; write something"
    return problem


def show_form(draft: DefinitionDraft, problems: Problems) -> None:
    """Show the fields, with what is wrong beneath each."""
    with st.container(gap="small", key="cs-template"):
        if draft.based_on == 0:
            st.session_state.setdefault(draft.key("name"), in_words(draft.edited["name"]))
            st.text_input(
                "Name",
                key=draft.key("name"),
                max_chars=LONGEST_NAME,
                placeholder="Spring tips",
                help="What playbooks and people choose it by. It cannot be changed later.",
            )
            problems.show("name")
        _begin(draft, "subject")
        st.text_input("Subject, and title in the product", key=draft.key("subject"))
        problems.show("subject")
        html, text = st.tabs(
            [_tab("HTML", "body_html", problems), _tab("Plain text", "body_text", problems)]
        )
        with html:
            _begin(draft, "body_html")
            st.text_area(
                "HTML of the mail; header and footer are added. Empty: plain text alone",
                key=draft.key("body_html"),
                height=380,
            )
            problems.show("body_html")
        with text:
            _begin(draft, "body_text")
            st.text_area(
                "Plain text, also shown in the product", key=draft.key("body_text"), height=380
            )
            problems.show("body_text")
        problems.show_rest()
        with st.expander("What may be used in it", icon=":material/data_object:"):
            st.html(variables_table(draft.edited["audience"]))


def variables_table(audience: str) -> Markup:
    """List what a template may say, with an example of each, and how it is written."""
    rows = [
        (name, variable.words, _sample(variable.sample))
        for name, variable in VARIABLES[audience].items()
    ]
    return render("settings/templates/variables.html", rows=rows, ways=LANGUAGE)


def _sample(sample: Any) -> str:
    if isinstance(sample, tuple):
        return (
            f"{len(sample)} of: {', '.join(sample[0])}"
            if isinstance(sample[0], dict)
            else ", ".join(sample)
        )
    return str(sample)


def _tab(words: str, part: str, problems: Problems) -> str:
    return f"{words} :red[✕]" if any(path == part for path, _ in problems.found) else words


def _begin(draft: DefinitionDraft, part: str) -> None:
    st.session_state.setdefault(draft.key(part), draft.edited[part] or "")


def _body(draft: DefinitionDraft, part: str, value: str) -> str:
    """Give a text as it is stored: line ends of one kind; a form adds or takes none at the end."""
    found = str(typed(draft.key(part), value)).replace("\r\n", "\n")
    return value if found.rstrip() == value.rstrip() else found
