"""What differs between two texts of a template, line by line."""

from collections.abc import Mapping, Sequence
from typing import Any

import streamlit as st
from markupsafe import Markup

from cs_app.settings.drafts import DefinitionDraft
from cs_app.ui.markup import nothing
from cs_core.base.html import fill, together
from cs_core.io.definitions.versions import Version
from cs_core.outreach.template_wording import PARTS, line_changes

MARKS = {
    "+": ("cs-line-new", "new"),
    "-": ("cs-line-gone", "gone"),
    " ": ("", ""),
    "…": ("cs-line-left", ""),
}


def show_compare(draft: DefinitionDraft, versions: Sequence[Version]) -> None:
    """Let the reader choose two texts that follow each other, and show what differs."""
    choices: dict[str, tuple[Mapping[str, Any], Mapping[str, Any]]] = {}
    if draft.is_changed and versions:
        choices[f"Your edits, against version {draft.based_on}"] = (draft.base, draft.edited)
    for older in versions[1:]:
        newest = versions[0]
        words = f"Version {older.version}, against version {newest.version} in force"
        choices[words] = (older.definition, newest.definition)
    if not choices:
        return
    with st.expander("Compare line by line", icon=":material/difference:"):
        chosen = st.selectbox("Compare", list(choices), label_visibility="collapsed")
        st.html(diff_html(*choices[chosen]))


def diff_html(before: Mapping[str, Any], after: Mapping[str, Any]) -> Markup:
    """Write what differs, part by part."""
    parts = Markup()
    for part, name in PARTS.items():
        old, new = (str(side.get(part) or "") for side in (before, after))
        if old != new:
            lines = together(_line(mark, line) for mark, line in line_changes(old, new))
            pattern = '<p class="cs-field-head"><b>{}</b></p><pre class="cs-diff">{}</pre>'
            parts += fill(pattern, name, lines)
    return parts or nothing("They say the same.")


def _line(mark: str, line: str) -> Markup:
    css, word = MARKS[mark]
    unseen = fill('<span class="cs-unseen">{}: </span>', word) if word else ""
    pattern = '<span class="cs-line {}"><i aria-hidden="true">{}</i>{}{}</span>'
    return fill(pattern, css, mark, unseen, line)
