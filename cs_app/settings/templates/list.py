"""All templates: for whom each is, what sends it, and which version is in force."""

from collections.abc import Collection, Mapping, Sequence
from datetime import UTC, datetime

import streamlit as st
from markupsafe import Markup

from cs_app.settings.drafts import UNPUBLISHED
from cs_app.settings.fields import show_list_head
from cs_app.settings.versions import author, is_default
from cs_app.ui.formats import counted, first_upper, in_words
from cs_app.ui.markup import address, heading, link, quiet, table, when
from cs_core.base.errors import TemplateError
from cs_core.base.html import fill, together
from cs_core.io.definitions.versions import Stored
from cs_core.mail.messages import VARIABLES, Template, render_message

NOBODY = "Nothing by itself; people choose it when they write to a supplier"
HEADS = ("Template", "Sent by", "In force")
GROUPS = (
    ("supplier", "To suppliers"),
    ("milestone", "To suppliers, when they reach something"),
    ("team", "To the team"),
)


def show_list(
    templates: Sequence[Stored],
    users: Mapping[str, Sequence[str]],
    begun: Collection[str],
    zone: str | None,
) -> None:
    """Show all templates; `users`: what sends each by itself; `begun`: with unpublished edits."""
    said = counted(len(templates), "template") if templates else "No templates yet"
    show_list_head(said, "template", begun)
    now = datetime.now(UTC)
    for group, title in GROUPS:
        mine = [one for one in templates if _group(one) == group]
        if mine:
            rows = (
                _row(one, users.get(one.name, ()), one.name in begun, now, zone) for one in mine
            )
            st.html(heading(title) + table("cs-table cs-templates", HEADS, rows))
    st.caption(
        "A template cannot be taken away: messages that were sent with it name it. One that nothing"
        " sends is left alone; a playbook that should use another is changed under Playbooks."
    )


def where_is(name: str) -> str:
    """Give the address of a template's editor."""
    return address("/settings", {"part": "templates", "template": name})


def _group(template: Stored) -> str:
    is_celebration = template.name.startswith("milestone_")
    return "milestone" if is_celebration else str(template.definition["audience"])


def _row(
    template: Stored, users: Sequence[str], is_begun: bool, now: datetime, zone: str | None
) -> Markup:
    name = link(in_words(template.name), where_is(template.name), css="cs-name")
    if is_begun:
        name += " " + UNPUBLISHED
    sent_by = first_upper(", ".join(users)) if users else quiet(NOBODY)
    moment = "" if is_default(template) else " · " + when(template.published_at, now, zone)
    by = quiet(together((author(template), moment)))
    pattern = "<tr><td>{}{}</td><td>{}</td><td>Version {} {}</td></tr>"
    return fill(pattern, name, _subject(template), sent_by, template.version, by)


def _subject(template: Stored) -> Markup:
    """Give the subject as somebody might get it; of one that cannot be used, as it is stored."""
    stored, wrong = str(template.definition["subject"]), Markup()
    samples = {name: one.sample for name, one in VARIABLES[template.definition["audience"]].items()}
    try:
        known = Template.from_dict(template.definition, template.version)
        said = render_message(known, samples).subject
    except TemplateError:
        said = stored
        wrong = Markup('<div class="cs-wrong"><b>✕</b> It cannot be used as it is stored.</div>')
    hover = fill(' title="{}"', stored) if said != stored else ""
    return fill('<div class="cs-why"{}>{}</div>{}', hover, said, wrong)
