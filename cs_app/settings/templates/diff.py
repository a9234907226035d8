"""What differs between two texts of a template, line by line."""

from collections.abc import Mapping, Sequence
from html import escape
from typing import Any

import streamlit as st

from cs_app.settings.drafts import DefinitionDraft
from cs_app.ui.markup import nothing
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


def diff_html(before: Mapping[str, Any], after: Mapping[str, Any]) -> str:
    """Write what differs, part by part."""
    parts = []
    for part, name in PARTS.items():
        old, new = (str(side.get(part) or "") for side in (before, after))
        if old != new:
            lines = "".join(_line(mark, line) for mark, line in line_changes(old, new))
            parts.append(
                f'<p class="cs-field-head"><b>{name}</b></p><pre class="cs-diff">{lines}</pre>'
            )
    return "".join(parts) or nothing("They say the same.")


def _line(mark: str, line: str) -> str:
    css, word = MARKS[mark]
    unseen = f'<span class="cs-unseen">{word}: </span>' if word else ""
    return (
        f'<span class="cs-line {css}"><i aria-hidden="true">{mark}</i>{unseen}{escape(line)}</span>'
    )
