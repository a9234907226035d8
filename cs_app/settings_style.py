"""The few styles of the settings' forms."""

import streamlit as st

STYLE = """<style>
.cs-standing { margin: 0; font-size: .95rem; }
.cs-field-head { margin: 0; font-size: .95rem; line-height: 1.35; }
.cs-total { margin: 0; font-size: .9rem; color: var(--cs-healthy); }
.cs-wrong { margin: 0; font-size: .9rem; line-height: 1.4; color: var(--cs-critical); }
.cs-wrong b { font-weight: 600; }
.stApp .cs-levels { margin: .2rem 0 .4rem; }
.stApp h2.cs-answer { font-size: 1.1rem; font-weight: 600; padding: 0; margin: 0; line-height: 1.35;
  letter-spacing: 0; }
.cs-version p, .cs-version ul, .cs-question p { margin: 0 0 .15rem; }
.cs-version, .cs-question { font-size: .9rem; line-height: 1.45; }
.cs-version ul, .cs-changes, .cs-question ul { padding-left: 1.1rem; }
.cs-changes { margin: .2rem 0 0; font-size: .9rem; line-height: 1.45; }
.cs-version li, .cs-changes li, .cs-question li { margin: 0; font-size: .9rem; }
.cs-in-force { font-size: .8rem; padding: .05rem .4rem; border-radius: .6rem;
  border: 1px solid var(--cs-line); background: var(--cs-surface); }
[class*="st-key-cs-version-"] { padding-bottom: .4rem;
  border-bottom: 1px solid color-mix(in srgb, var(--cs-line) 55%, transparent); }
[class*="st-key-cs-measure-"], .st-key-cs-thresholds { padding: .6rem .8rem !important; }
[class*="st-key-cs-playbook-"] { padding-bottom: .5rem;
  border-bottom: 1px solid color-mix(in srgb, var(--cs-line) 55%, transparent); }
.cs-playbook p { margin: 0; font-size: .9rem; line-height: 1.45; }
.cs-playbook .cs-playbook-head { font-size: 1rem; }
.cs-playbook .cs-did { margin-top: .25rem; }
.cs-did .cs-link { text-decoration: underline; }
p.cs-why { margin: 0; }
.cs-on, .cs-off { font-size: .8rem; font-weight: 400; padding: .05rem .45rem; border-radius: .6rem;
  border: 1px solid var(--cs-line); vertical-align: .1em; }
.cs-on { background: var(--cs-accent); border-color: var(--cs-accent);
  color: light-dark(#ffffff, #12161c); }
.cs-off { color: var(--cs-quiet); }
.stApp p.cs-fallback { margin: 0; }
.cs-said { margin: 0; font-size: .95rem; line-height: 1.45; }
.cs-who p { margin: 0 0 .1rem; font-size: .9rem; line-height: 1.45; }
.cs-one { display: inline-block; margin-right: .9rem; }
.cs-who .cs-names { margin-bottom: .5rem; }
[class*="st-key-remove-conditions"] p, [class*="st-key-remove-recovery"] p { position: absolute;
  width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); }
@media (max-width: 640px) {
  .st-key-cs-when .stColumn, .st-key-cs-recovery .stColumn { min-width: 0 !important;
    flex: 1 1 35% !important; }
  .st-key-cs-when .stColumn:nth-child(1), .st-key-cs-recovery .stColumn:nth-child(1) {
    flex: 1 0 100% !important; }
  .st-key-cs-when .stColumn:nth-child(4), .st-key-cs-recovery .stColumn:nth-child(4) {
    flex: 0 0 2.2rem !important; }
  [class*="st-key-cs-measure-"] .stColumn, .st-key-cs-thresholds .stColumn {
    flex: 1 1 calc(50% - 1rem) !important; min-width: 0 !important; }
  [class*="st-key-cs-measure-"] .stColumn:nth-child(3) { flex: 1 0 100% !important; }
  [class*="st-key-cs-version-"] { flex-wrap: wrap !important; }
  [class*="st-key-cs-version-"] > :first-child { flex: 1 0 100% !important; }
}
</style>"""


def show_settings_style() -> None:
    """Put the styles into the page."""
    st.html(STYLE)
