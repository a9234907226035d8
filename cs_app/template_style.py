"""How templates look while they are edited."""

import streamlit as st

STYLE = """<style>
.st-key-cs-template textarea { font-family: ui-monospace, "SF Mono", Menlo, Consolas, monospace;
  font-size: .82rem; line-height: 1.5; }
.cs-subject { margin: 0 0 .4rem; font-weight: 600; overflow-wrap: anywhere; }
.stApp pre.cs-text, .stApp pre.cs-diff { margin: 0; padding: .75rem .9rem; font-size: .82rem;
  line-height: 1.5; white-space: pre-wrap; overflow-wrap: anywhere;
  border: 1px solid var(--cs-line); border-radius: .375rem; background: var(--cs-surface);
  color: inherit; }
.stApp pre.cs-diff { padding: .4rem 0; margin-bottom: .75rem; }
.cs-line { display: block; padding: 0 .75rem; min-height: 1.5em; }
.cs-line i { display: inline-block; width: 1.1rem; font-style: normal; color: var(--cs-quiet);
  user-select: none; }
.cs-line-new { background: color-mix(in srgb, var(--cs-healthy) 14%, transparent); }
.cs-line-gone { background: color-mix(in srgb, var(--cs-critical) 13%, transparent); }
.cs-line-left { color: var(--cs-quiet); }
.stApp .cs-table.cs-templates { table-layout: fixed; }
.cs-templates th:nth-child(2) { width: 37%; }
.cs-templates th:nth-child(3) { width: 22%; }
.cs-templates td { overflow-wrap: anywhere; }
.cs-variables code { white-space: nowrap; font-size: .8rem; padding: 0; background: none;
  color: inherit; }
.cs-variables td[colspan] code { white-space: normal; }
.stApp .cs-table.cs-templates { margin-bottom: 1rem; }
@media (max-width: 640px) {
  .stApp .cs-table.cs-templates thead { display: none; }
  .cs-templates tr { display: block; padding: .35rem 0; border-bottom: 1px solid var(--cs-line); }
  .stApp .cs-templates td { display: block; width: auto !important; border: 0; padding: 0;
    white-space: normal !important; }
}
</style>"""


def show_template_style() -> None:
    """Put the styles into the page."""
    st.html(STYLE)
