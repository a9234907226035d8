"""How the supplier list looks. Risk colours follow light and dark; each comes with a word."""

import streamlit as st

# The height of a row is fixed: the boxes to select rows stand beside the table.
STYLE = """<style>
.sup { --critical: light-dark(#b42318, #ff7b72); --at_risk: light-dark(#d99a00, #e3b341);
  --healthy: light-dark(#1a7f37, #3fb950); --at_risk-text: light-dark(#8a5a00, #e3b341);
  --line: light-dark(#e3e6eb, #2a323d); --quiet: light-dark(#586274, #9aa5b5);
  --hover: light-dark(#f5f6f8, #1b212a); --link: light-dark(#1f5fbf, #6ea8fe);
  --none: light-dark(#7b8494, #8a95a5); --row: 24px; }
.sup a { color: var(--link); text-decoration: none; }
.sup a:hover { text-decoration: underline; }
.sup a:focus-visible { outline: 2px solid var(--link); outline-offset: 1px; }
.sup .critical { --level: var(--critical); --level-text: var(--critical); }
.sup .at_risk { --level: var(--at_risk); --level-text: var(--at_risk-text); }
.sup .healthy { --level: var(--healthy); --level-text: var(--healthy); }
.sup .not_scored { --level: var(--none); --level-text: var(--quiet); }
.stMainBlockContainer > [data-testid="stVerticalBlock"] { gap: .4rem; }
.sup-result { margin: 0; line-height: 1.3; }

.sup-scroll { overflow-x: auto; }
.sup-rows { width: 100%; border-collapse: collapse; table-layout: fixed; min-width: 1180px;
  font-size: 13px; font-variant-numeric: tabular-nums; margin: 0; }
.sup-rows th, .sup-rows td { height: var(--row); padding: 0 6px; line-height: 1; border: 0;
  border-bottom: 1px solid var(--line); text-align: left; vertical-align: middle;
  white-space: nowrap; overflow: hidden; text-overflow: ellipsis; box-sizing: border-box; }
.sup-rows th { font-weight: 500; color: var(--quiet); font-size: 12px; }
.sup-rows th a { color: inherit; }
.sup-rows th[aria-sort] a { color: var(--link); }
.sup-rows .n { text-align: right; }
.sup-rows .owner { padding-left: 16px; }
.sup-rows tbody tr:hover { background: var(--hover); }
.sup-rows .name { font-weight: 500; }
.sup-rows .name a { color: inherit; }
.sup-rows .mark { color: var(--quiet); font-size: 11px; border: 1px solid var(--line);
  border-radius: 3px; padding: 0 3px; margin-left: 4px; font-weight: 400; }
.sup-rows td.name > div { display: flex; align-items: center; }
.sup-rows td.name a { overflow: hidden; text-overflow: ellipsis; line-height: 1.4; }
.sup-rows td.level { color: var(--level-text); font-weight: 500; }
.sup-rows .quiet { color: var(--quiet); }
.sup-bar { display: inline-block; vertical-align: middle; width: 52px; height: 8px;
  margin-right: 6px; border-radius: 2px;
  background: linear-gradient(to right, var(--level) calc(var(--score) * 1%),
    color-mix(in srgb, var(--quiet) 22%, transparent) 0); }
.sup-score { display: inline-block; width: 1.7em; text-align: right; }
.sup-rows .cs-spark { height: 16px; width: 100%; }

.sup-level { margin: 10px 0 4px; padding: 0; font-size: 13px; font-weight: 600;
  color: var(--level-text); }
.sup-tiles { display: grid; gap: 3px; margin: 0 0 8px; padding: 0 !important; list-style: none;
  grid-template-columns: repeat(auto-fill, minmax(122px, 1fr)); }
.sup-tiles li { margin: 0 !important; padding: 0; min-width: 0; font-size: 12px; line-height: 1.2; }
.sup a.sup-tile { display: flex; gap: 5px; align-items: center; height: 26px; padding: 0 5px;
  color: inherit; border-radius: 3px; border-left: 3px solid var(--level);
  background: color-mix(in srgb, var(--level) var(--shade), transparent);
  text-decoration: none; font-variant-numeric: tabular-nums; }
.sup a.sup-tile:hover { outline: 2px solid var(--level); }
.sup-tile .who { flex: 1; overflow: hidden; text-overflow: ellipsis; white-space: nowrap; }
.sup-tile .what { font-weight: 600; }

.st-key-rows { gap: 0 !important; align-items: flex-start; flex-wrap: nowrap !important; }
.st-key-rail, .st-key-rail-head { gap: 0 !important; }
.st-key-rail [data-testid="stElementContainer"], .st-key-rail .stCheckbox,
.st-key-rail .stCheckbox > label { height: 24px !important; min-height: 0 !important; margin: 0; }
.st-key-rail .stCheckbox > label { align-items: center; padding: 0 8px 0 2px; }
.st-key-chips button { min-height: 26px; height: 26px; padding: 0 8px; font-size: .85rem; }
.st-key-bulk-done { padding: 6px 12px; }
.st-key-bulk-bar { border-top: 1px solid light-dark(#d7dbe2, #333c49); padding-top: 8px; }

@media (max-width: 700px) {
  .sup { --row: 62px; }
  .sup-rows { min-width: 0; display: block; }
  .sup-rows thead { display: none; }
  .sup-rows tbody { display: block; }
  .sup-rows tr { display: grid; height: var(--row); padding: 6px 2px 4px; gap: 0 6px;
    grid-template-columns: 1fr auto auto; grid-template-rows: 18px 16px 16px;
    border-bottom: 1px solid var(--line); box-sizing: border-box; align-items: center; }
  .sup-rows td { display: none; height: auto; border: 0; padding: 0; }
  .sup-rows td.name { display: block; grid-area: 1 / 1; font-size: 14px; }
  .sup-rows td.level { display: block; grid-area: 1 / 2; }
  .sup-rows td.score { display: block; grid-area: 1 / 3; }
  .sup-rows td.score .sup-bar { display: none; }
  .sup-rows td.why { display: block; grid-area: 2 / 1 / 3 / 3; }
  .sup-rows td.change { display: block; grid-area: 2 / 3; }
  .sup-rows td.login { display: block; grid-area: 3 / 1; color: var(--quiet); }
  .sup-rows td.login::before { content: "last login "; }
  .sup-rows td.revenue { display: block; grid-area: 3 / 2 / 4 / 4; color: var(--quiet); }
  .st-key-rail [data-testid="stElementContainer"], .st-key-rail .stCheckbox,
  .st-key-rail .stCheckbox > label { height: 62px !important; }
  .st-key-rail-head { display: none; }
  .sup-tiles { grid-template-columns: repeat(auto-fill, minmax(100px, 1fr)); }
  .sup a.sup-tile { height: 32px; }
}
</style>"""


def show_supplier_style() -> None:
    """Put the styles of the supplier list into the page."""
    st.html(STYLE)
